"""What the team does with a bulletin: accept it, ask, refuse; suspend rights by hand, give them back (D2). Money decides nothing here."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from core.clock import PARIS
from core.refusals import Refused
from memberships import emails, rights
from memberships.addressing import ADDRESS, complete_register
from memberships.bulletins import Person, people_of
from memberships.models import Membership, Suspension
from memberships.services.moving import family, hold_body, hold_grace, lock, move
from memberships.states import State
from organisations.models import Contact, Organisation
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def accept(membership: Membership, *, by: "User | None", now: datetime) -> Membership:
    """Begin the rights (D2), enter the contacts in the register, and send the bulletin and the call of dues."""
    # The body first, as `joining.send` does: its row and its contacts are written too (docs/adr/0032).
    hold_body(membership)
    hold_grace(membership.campaign)
    membership = lock(membership)
    today = now.astimezone(PARIS).date()
    period = rights.period(membership.campaign, today)
    move(membership, State.ACTIVE, accepted_at=now, rights_from=period.starts, rights_until=period.until, question="")
    _complete_body(membership)
    _enter_contacts(membership, today)
    record("bulletin accepté", membership, by=by, now=now)
    emails.post_accepted(membership, now=now)
    return membership


@transaction.atomic
def ask(membership: Membership, question: str, *, by: "User | None", now: datetime) -> Membership:
    """Ask the person for what is missing: they answer by completing the bulletin."""
    membership = lock(membership)
    if not question.strip():
        raise Refused("Écrivez ce que vous demandez.")
    if membership.state == State.ASKED:
        Membership.objects.filter(pk=membership.pk).update(question=question.strip())
        membership.question = question.strip()
    else:
        move(membership, State.ASKED, question=question.strip())
    record("complément demandé", membership, by=by, now=now, note=question.strip())
    emails.post_asked(membership, now=now)
    return membership


@transaction.atomic
def refuse(membership: Membership, reason: str, *, by: "User", now: datetime) -> Membership:
    """Refuse a bulletin, with the reason the person reads."""
    membership = lock(membership)
    if not reason.strip():
        raise Refused("Dites pourquoi : la personne le lira.")
    move(membership, State.REFUSED, question=reason.strip())
    record("bulletin refusé", membership, by=by, now=now, note=reason.strip())
    emails.post_refused(membership, now=now)
    return membership


@transaction.atomic
def suspend(
    membership: Membership, reason: str, *, by: "User | None", now: datetime, starts_on: date | None = None, ends_on: date | None = None
) -> Suspension:
    """Stop rights by hand, after talking; a late payment never does (D2)."""
    membership = lock(membership)
    start = starts_on or now.astimezone(PARIS).date()
    if not reason.strip():
        raise Refused("Dites pourquoi les droits sont suspendus.")
    if membership.state != State.ACTIVE:
        raise Refused("Seule une adhésion active se suspend.")
    if ends_on and ends_on < start:
        raise Refused("La suspension finit avant de commencer.")
    if Suspension.objects.on(start).filter(membership__organisation=membership.organisation_id).exists():
        raise Refused("Ces droits sont déjà suspendus ce jour-là.")
    found = membership.suspensions.create(
        starts_on=start, ends_on=ends_on, reason=reason.strip(), by_name=str(by)[:200] if by else "Portail"
    )
    record("droits suspendus", membership, by=by, now=now, note=reason.strip())
    return found


@transaction.atomic
def lift_suspension(membership: Membership, reason: str, *, by: "User", now: datetime) -> None:
    """Give the rights back from today: a suspension begun today never was, another one ended yesterday."""
    membership = lock(membership)
    today = now.astimezone(PARIS).date()
    theirs = Suspension.objects.filter(membership__organisation__in=family(membership, on=today))
    running = list((theirs.filter(ends_on=None) | theirs.filter(ends_on__gte=today)).order_by("pk"))
    if not running:
        raise Refused("Ces droits ne sont pas suspendus.")
    for suspension in running:
        if suspension.starts_on >= today:
            suspension.delete()
        else:
            Suspension.objects.filter(pk=suspension.pk).update(ends_on=today - timedelta(days=1))
    record("suspension levée", membership, by=by, now=now, note=reason.strip())


def _complete_body(membership: Membership) -> None:
    """Give the register what only the bulletin knew: the SIRET of a body known by its SIREN, its population, where it is."""
    body, said = membership.organisation, membership.bulletin
    siret = str(said.get("siret") or "")
    if siret and not body.siret and siret.startswith(body.siren) and not Organisation.objects.filter(siret=siret).exists():
        body.siret = siret
    body.population = body.population or said.get("population")
    if complete_register(body, membership):
        membership.save(update_fields=ADDRESS)
    body.save()


def _enter_contacts(membership: Membership, today: date) -> None:
    """Enter those whom the bulletin names; who holds the role already stays, with what the bulletin adds."""
    for role, person in people_of(membership.bulletin).items():
        theirs = Contact.objects.filter(organisation=membership.organisation, role=role, email=person.email.lower())
        # One whose role is said to begin later has it from today.
        known = theirs.filter(Q(ends_on=None) | Q(ends_on__gte=today)).order_by("pk").first()
        if known:
            known.starts_on = min(known.starts_on, today) if known.starts_on else None
            _fill(known, person)
        else:
            _entered(membership, role, person, today)


def _fill(contact: Contact, person: Person) -> None:
    for name in ("first_name", "last_name", "job", "phone"):
        if value := getattr(person, name):
            setattr(contact, name, value)
    contact.save()


def _entered(membership: Membership, role: str, person: Person, today: date) -> None:
    proven = EmailAddress.objects.filter(email=person.email.lower(), verified=True).select_related("user").first()
    account = proven.user if proven and person.email else None
    said = {name: getattr(person, name) for name in ("first_name", "last_name", "job", "email", "phone")}
    Contact.objects.create(organisation=membership.organisation, role=role, account=account, starts_on=today, **said)
