"""Who speaks for a body, as its own contacts keep it: one corrects, adds, leaves and names who follows. Every act is recorded.

Who leaves loses access at once: the role ends the day before, and the addresses of finance pages given to them are closed. What they
could pay passes to their successor by letter. A body never stays without a general contact.
"""

from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User, normalise
from core.clock import PARIS
from core.refusals import Refused
from memberships import contact_emails as emails
from memberships import links
from memberships.bulletins import Person
from memberships.models import Membership
from memberships.services import handing_over
from organisations.models import Contact, Organisation
from organisations.states import ContactRole
from records.services import record

EDITED = {"first_name": "prénom", "last_name": "nom", "job": "fonction", "phone": "téléphone"}
_ONE_DAY = timedelta(days=1)


@transaction.atomic
def edit_contact(contact: Contact, *, by: Any, now: datetime, **values: str) -> Contact:
    """Correct a name, a job, a telephone. The address is the person: another address is another contact."""
    contact = _held(contact, now=now)
    changes = {label: [getattr(contact, name), values[name]] for name, label in EDITED.items() if values[name] != getattr(contact, name)}
    if changes:
        for name in EDITED:
            setattr(contact, name, values[name])
        contact.save()
        record("contact corrigé", contact.organisation, by=by, now=now, note=contact.email, changes=changes)
    return contact


@transaction.atomic
def add_contact(body: Organisation, role: str, person: Person, *, by: Any, now: datetime) -> Contact:
    """Give a role to somebody, and tell them; who holds it already keeps it."""
    body = _lock(body)
    contact = _entered(body, role, person, by=by, now=now)
    record("contact ajouté", body, by=by, now=now, note=f"{contact.get_role_display()} : {contact.email}")
    return contact


@transaction.atomic
def end_contact(contact: Contact, *, by: Any, now: datetime, successor: Person | None = None) -> Contact | None:
    """End a role, from this very moment; return who follows, if anybody does.

    Refused to the last general contact of a body without a successor.
    """
    contact = _held(contact, now=now)
    body, today = contact.organisation, now.astimezone(PARIS).date()
    if successor is not None and normalise(successor.email) == contact.email:
        raise Refused("La personne qui part ne peut pas se succéder : donnez une autre adresse.")
    if successor is None and _is_last_general(contact, today):
        raise Refused("C’est le dernier référent général de votre organisme : nommez la personne qui le remplace.")
    following = _entered(body, contact.role, successor, by=by, now=now) if successor else None
    contact.ends_on = today - _ONE_DAY
    contact.starts_on = min(contact.starts_on, contact.ends_on) if contact.starts_on else None
    contact.save()
    note = f"{contact.get_role_display()} : {contact.email or contact}" + (f" ; suite prise par {following.email}" if following else "")
    record("fin de rôle d’un contact", body, by=by, now=now, note=note)
    handing_over.pass_on([contact], following, by=by, now=now)
    return following


def needs_successor(contact: Contact, *, now: datetime) -> bool:
    """Say whether a role may not end without a successor."""
    return _is_last_general(contact, now.astimezone(PARIS).date())


def recognise(person: User, now: datetime) -> int:
    """Give a person, at sign-in, the roles that wait for an address now proven theirs. Return how many."""
    if not person.is_active:
        return 0
    waiting = Contact.objects.filter(account=None, email__in=person.addresses()).current(on=now.astimezone(PARIS).date())
    return waiting.update(account=person)


def _held(contact: Contact, *, now: datetime) -> Contact:
    """Read a contact again behind its body's lock; a role that is over is not acted on."""
    _lock(contact.organisation)
    today = now.astimezone(PARIS).date()
    found = Contact.objects.filter(pk=contact.pk).current(on=today).select_related("organisation").first()
    if found is None:
        raise Refused("Ce rôle vient de prendre fin : rechargez la page.")
    return found


def _lock(body: Organisation) -> Organisation:
    """One body's contacts change one after the other: two who leave at once do not leave it alone."""
    found: Organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=body.pk)
    return found


def _is_last_general(contact: Contact, today: date) -> bool:
    if contact.role != ContactRole.GENERAL:
        return False
    others = Contact.objects.filter(organisation=contact.organisation_id, role=ContactRole.GENERAL).current(on=today)
    return not others.exclude(pk=contact.pk).exclude(email="").exists()


def _entered(body: Organisation, role: str, person: Person, *, by: Any, now: datetime) -> Contact:
    address, today = normalise(person.email), now.astimezone(PARIS).date()
    if known := Contact.objects.filter(organisation=body, role=role, email=address).current(on=today).first():
        return known
    proven = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
    said = {name: getattr(person, name) for name in EDITED}
    contact = Contact(organisation=body, role=role, email=address, account=proven.user if proven else None, starts_on=today, **said)
    contact.save()
    emails.post_added(contact, by=str(by), now=now)
    return contact


def finance_page_of(membership: Membership, contact: Contact, *, now: datetime) -> str:
    """Return the address of a file for a contact who signed in: their own, which dies with their role."""
    return links.give(membership, contact, now)
