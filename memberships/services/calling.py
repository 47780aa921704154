"""The November call: every member of the year before gets next year's membership « à confirmer », once, and its call of dues.

`called` looks and writes nothing; `call` locks the campaign, looks again, and writes. A body acts through whoever has replaced it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import ProtectedError

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from mailing.batches import UNDOS
from mailing.models import Batch, Refusal
from memberships import dues, renewal_emails
from memberships.models import Campaign, Membership
from memberships.renewal_emails import Told
from memberships.services import renewing
from memberships.services.renewing import carried
from memberships.states import Origin, State
from organisations.models import Contact, Organisation
from organisations.speaking import among
from records.services import Entry, record, record_many

if TYPE_CHECKING:
    from accounts.models import User

UNDO_CALL = "memberships.call"
NO_FINANCE = "pas de contact « finances » avec une adresse"


@dataclass(frozen=True)
class Called:
    """One body, and what the call makes of it: `why` says why it is left out; empty: it is called."""

    organisation: Organisation
    last: Membership
    why: str = ""
    owed: dues.Owed | None = None
    to: Told | None = None


def register_undos() -> None:
    UNDOS[UNDO_CALL] = _uncall


def refusal_to_call(campaign: Campaign, *, now: datetime) -> str:
    """Say why nothing can be called for this campaign at all; nothing when it can."""
    today = now.astimezone(PARIS).date()
    if campaign.year < today.year:
        return f"L’année {campaign.year} est finie."
    if campaign.year > today.year + 1:
        return f"L’appel {campaign.year} se lance en {campaign.year - 1}, à partir de novembre."
    if not campaign.rates.all():
        return f"Le barème {campaign.year} est vide : donnez ses tarifs d’abord."
    if dues.overlaps(campaign.rates.all()):
        return f"Deux tranches du barème {campaign.year} se recouvrent : corrigez-les d’abord."
    return ""


def called(campaign: Campaign, *, now: datetime, only: Collection[int] | None = None) -> list[Called]:
    """Say, of each member of the year before, whether it is called, or why not: each acting body once, by name."""
    today = now.astimezone(PARIS).date()
    rows = Membership.objects.accepted().filter(campaign__year=campaign.year - 1).order_by("pk")
    rows = rows.select_related("organisation__replaced_by", "organisation__merged_into", "campaign")
    families: dict[int, list[Membership]] = defaultdict(list)
    acting: dict[int, Organisation] = {}
    for row in rows:
        body = row.organisation.at(today)
        acting[body.pk] = body
        families[body.pk].append(row)
    known = _Known(campaign, acting, families, today)
    bodies = sorted(acting.values(), key=lambda body: (body.name, body.pk))
    return [known.about(body) for body in bodies if only is None or body.pk in only]


class _Known:
    """What is read once for all the bodies: a call of hundreds asks a handful of questions."""

    def __init__(self, campaign: Campaign, acting: dict[int, Organisation], families: dict[int, list[Membership]], today: date) -> None:
        self.campaign, self.families, self.today = campaign, families, today
        members = {pk: {pk, *(row.organisation_id for row in rows)} for pk, rows in families.items()}
        everybody = set().union(*members.values()) if members else set()
        contacts = Contact.objects.filter(organisation__in=everybody).current(on=today).exclude(email="").select_related("account")
        by_body: dict[int, list[Contact]] = defaultdict(list)
        for contact in contacts.order_by("pk"):
            by_body[contact.organisation_id].append(contact)
        # The acting body's own last, so that they win.
        ordered = {pk: [*sorted(found - {pk}), pk] for pk, found in members.items()}
        self.contacts = {pk: [contact for body in found for contact in by_body[body]] for pk, found in ordered.items()}
        self.deaf = Refusal.objects.among([contact.email for rows in by_body.values() for contact in rows])
        theirs = Membership.objects.filter(campaign=campaign, organisation__in=everybody).order_by("pk")
        states = {row.organisation_id: State(row.state) for row in theirs}
        self.states = {pk: next((states[body] for body in found if body in states), None) for pk, found in members.items()}

    def about(self, body: Organisation) -> Called:
        last = max(self.families[body.pk], key=lambda row: (row.resigned_on is None, row.pk))
        to = self._to(body.pk)
        owed, unpriced = self._owed(body)
        why = self._why(body, last, to, unpriced) or unpriced
        return Called(body, last, why, owed, to)

    def _to(self, pk: int) -> Told | None:
        to = renewal_emails.told_of(among(self.contacts[pk]))
        return replace(to, cc="") if to and to.cc in self.deaf else to

    def _owed(self, body: Organisation) -> tuple[dues.Owed | None, str]:
        try:
            return dues.amount_for(self.campaign, body, date(self.campaign.year, 1, 1)), ""
        except Refused as refusal:
            return None, f"pas de tarif : {refusal}"

    def _why(self, body: Organisation, last: Membership, to: Told | None, unpriced: str) -> str:
        if state := self.states[body.pk]:
            return f"déjà dans la campagne {self.campaign.year} ({state.label})"
        if renewing.owes_next_year(last):
            # Without a rate their year does not begin by itself either: somebody must look.
            return unpriced or f"adhérent arrivé en fin d’année : l’adhésion {self.campaign.year} est déjà due"
        if last.resigned_on:
            return f"a démissionné le {day_in_words(last.resigned_on)}"
        if body.closed_on and body.closed_on <= self.today:
            return f"fermé le {day_in_words(body.closed_on)}"
        if to is None:
            return NO_FINANCE
        return "l’adresse de son contact « finances » ne reçoit pas" if to.contact.email in self.deaf else ""


def unsaved(row: Called, campaign: Campaign, *, now: datetime) -> Membership:
    """Return the membership that calling a body makes, not written: what the preview reads."""
    if row.owed is None:
        raise Refused(row.why)
    amounts = {"rate": row.owed.rate, "amount": row.owed.amount, "amount_note": row.owed.note}
    return Membership(
        organisation=row.organisation, campaign=campaign, category=row.owed.rate.category, state=State.TO_CONFIRM,
        origin=Origin.CAMPAIGN, asked_at=now, asked_by="Portail", **amounts, **carried(row.last),
    )  # fmt: skip


def lock(campaign: Campaign) -> Campaign:
    """The campaign's row is the guard: of two calls at once, the second sees what the first made."""
    Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    return with_rates(campaign)


def with_rates(campaign: Campaign) -> Campaign:
    """Return the campaign with its rates at hand."""
    return Campaign.objects.prefetch_related("rates").get(pk=campaign.pk)


@transaction.atomic
def call(campaign: Campaign, keys: Collection[int], *, by: "User", now: datetime, batch: Batch) -> list[Called]:
    """Call these bodies: their membership « à confirmer », their letter with the batch. Whoever was called meanwhile is left out."""
    campaign = lock(campaign)
    if refusal := refusal_to_call(campaign, now=now):
        raise Refused(refusal)
    rows = called(campaign, now=now, only=set(keys))
    made = []
    for row in rows:
        if not row.why and row.to:
            membership = unsaved(row, campaign, now=now)
            membership.save()
            renewal_emails.post_call(membership, row.to, batch=batch, now=now)
            made.append(membership)
    record_many("appel de cotisation", [Entry(membership) for membership in made], by=by, now=now)
    batch.undo_data = {"campaign": campaign.pk, "memberships": [membership.pk for membership in made], "first": campaign.called_at is None}
    if made and campaign.called_at is None:
        Campaign.objects.filter(pk=campaign.pk).update(called_at=now)
    return rows


def _uncall(batch: Batch, *, by: Any, now: datetime) -> str:
    """Take back the memberships that nobody has answered: they were never told."""
    wanted = batch.undo_data["memberships"]
    rows = list(
        Membership.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted, state=State.TO_CONFIRM).order_by("pk")
    )
    gone = sum(_forget(row) for row in rows)
    campaign = Campaign.objects.get(pk=batch.undo_data["campaign"])
    if batch.undo_data["first"]:
        Campaign.objects.filter(pk=campaign.pk).update(called_at=None)
    record("appel de cotisation annulé", campaign, by=by, now=now, note=f"{gone} sur {len(wanted)}")
    return _left(len(wanted) - gone)


def _forget(row: Membership) -> bool:
    try:
        with transaction.atomic():
            row.documents.all().delete()
            row.delete()
    except ProtectedError:
        return False
    return True


def _left(count: int) -> str:
    if not count:
        return ""
    return "Une adhésion a changé depuis : elle reste." if count == 1 else f"{count} adhésions ont changé depuis : elles restent."


def uncallable(rows: Iterable[Called]) -> list[Called]:
    """Those whom the call cannot reach, and whom somebody must look at."""
    return [row for row in rows if row.why == NO_FINANCE or row.why.startswith(("pas de tarif", "l’adresse"))]
