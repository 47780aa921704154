"""What the gathering pages of `core` ask of organisations."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from core import clock
from core.clock import PARIS
from core.folding import containing
from core.registry import Found, Link, Planned, Waiting
from core.search import MOST
from core.typography import agreeing
from organisations import retention
from organisations.models import Contact, Organisation
from organisations.naming import words_of
from records.services import label_of

VIEW = "organisations.view_organisation"


def found(user: Any, words: str) -> Iterator[Found]:
    """Bodies by any part of a name, an alias, a SIREN or SIRET; contacts by name, mail or phone."""
    folded = words_of(words)
    if not folded:
        return
    for body in Organisation.objects.visible_to(user).standing().searched(words)[:MOST]:
        note = f"{body.note}, SIRET {body.siret_shown}" if body.siret else body.note
        yield Found("Organismes", body.name, body.get_absolute_url(), note)
    contacts = Contact.objects.visible_to(user).filter(containing(folded)).select_related("organisation")
    for contact in contacts.order_by("last_name", "first_name", "pk")[:MOST]:
        url = reverse("admin:organisations_contact_change", args=[contact.pk])
        yield Found("Contacts", str(contact), url, f"{contact.get_role_display()}, {contact.organisation}")


def waiting(now: datetime) -> Iterator[Waiting]:
    """Bodies that the public registers no longer hold: somebody has to say what replaced them."""
    gone = Organisation.objects.left_behind().aggregate(count=Count("pk"), since=Min("left_reference_on"))
    since = datetime.combine(gone["since"], datetime.min.time(), PARIS) if gone["since"] else None
    url = reverse("admin:organisations_organisation_changelist") + "?etat=disparu"
    names = agreeing(gone["count"], "organisme", "organismes"), agreeing(gone["count"], "le", "les")
    label = f"{names[0]} que les répertoires publics ne connaissent plus : dites ce qui {names[1]} remplace"
    yield Waiting(label, gone["count"], url, "organisations.change_organisation", since)


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """What passes from one body to another, and what the nights erase, between the two."""
    days = {"replaced_on__gte": start.astimezone(PARIS).date(), "replaced_on__lte": until.astimezone(PARIS).date()}
    for old in Organisation.objects.standing().filter(**days).with_successor().order_by("replaced_on", "pk"):
        at = datetime.combine(old.replaced_on, time(), PARIS) if old.replaced_on else until
        if start <= at < until:
            what, url = f"{old} laisse la place à {old.replaced_by}", old.get_absolute_url()
            yield Planned(at, "remplacé", what, url=url, about=label_of(old), permission=VIEW)
    for (moment, label), count in sorted(retention.nights(start).items()):
        if start <= moment < until:
            yield Planned(moment, "effacé", label[:1].upper() + label[1:], count=count, erasure=label, permission=VIEW)


def held_by(person: Any) -> Iterator[Link]:
    """What a person whose account is closed leaves here: the roles they hold in a body today."""
    today = clock.now().astimezone(PARIS).date()
    for contact in Contact.objects.filter(account=person).current(on=today).select_related("organisation").order_by("pk"):
        url = reverse("admin:organisations_contact_change", args=[contact.pk])
        yield Link(f"Contact de {contact.organisation}", url, contact.get_role_display())
