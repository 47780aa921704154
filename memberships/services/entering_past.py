"""Members, contacts, memberships of past years and past invoice numbers, from one table: a line a contact and year, as for organisations.

Replay-safe: the same file twice changes nothing, a corrected one changes what was corrected, an empty cell says nothing. What the portal
itself was told (a bulletin, an answer to a call) is completed, never overwritten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction

from core.clock import PARIS
from core.money import euros
from core.refusals import Refused
from memberships import cells, dues, rights
from memberships.models import Campaign, Membership
from memberships.states import CATEGORY_OF, Origin, State
from organisations.models import Organisation
from organisations.services.importing import Author, Importer, RowPlan, Values
from organisations.services.importing import write as write_body
from records.services import record

ALREADY = "Cet organisme a reçu une adhésion de cette année pendant l’import : recommencez."
LABELS = {found.name: str(found.verbose_name) for found in Membership._meta.concrete_fields}
WRITTEN = ("state", "category", "amount", "accepted_at", "rights_from", "rights_until", "resigned_on", "resignation_reason", *cells.PLAIN)


@dataclass
class MemberPlan(RowPlan):
    """What a row does beside its body and its contact: one membership."""

    membership: Membership | None = None
    is_new_membership: bool = False
    membership_changes: dict[str, list[Any]] = field(default_factory=dict)
    held: Values = field(default_factory=dict)

    @property
    def is_void(self) -> bool:
        return super().is_void and not self.membership_changes

    def take_back(self) -> None:
        super().take_back()
        for name, value in self.held.items():
            setattr(self.membership, name, value)

    def words(self, *, written: bool = True) -> str:
        if self.errors or not self.membership_changes or self.membership is None:
            return super().words(written=written)
        added, changed = ("ajoutée", "changée") if written else ("à ajouter", "à changer")
        # The amount as it was read, so that a slip of a thousand shows before anything is written.
        amount = {_label("amount"): f"montant : {euros(self.membership.amount)}"}
        touched = ", ".join(amount.get(name, name) for name in self.membership_changes)
        verb = f"{added} ({euros(self.membership.amount)})" if self.is_new_membership else f"{changed} ({touched})"
        told = f"adhésion {self.membership.year} {verb}"
        return told if super().is_void else f"{super().words(written=written)} ; {told}"


class MembersImporter(Importer):
    """Plans bodies and contacts as the register's import does, then the membership of the line."""

    columns = cells.COLUMNS

    def __init__(self) -> None:
        super().__init__()
        self.campaigns = {campaign.year: campaign for campaign in Campaign.objects.prefetch_related("rates")}
        self.ends = {year: rights.grace_day_after(year) for year in self.campaigns}
        bodies = {body.pk: body for found in self.register.by_key.values() for body in found.values() if body.pk}
        rows = Membership.objects.select_related("campaign").order_by("pk")
        # By the body itself, as the register does: those to come have no key yet.
        self.known = {(id(bodies.get(row.organisation_id)), row.year): row for row in rows}
        self.invoices = {row.past_invoice: (id(bodies.get(row.organisation_id)), row.year) for row in rows if row.past_invoice}

    def begun(self, number: int, row: dict[str, str]) -> MemberPlan:
        return MemberPlan(number, super().begun(number, row).label)

    def steps(self) -> Sequence[Callable[[Values, Any], None]]:
        return (*super().steps(), self._plan_membership)

    def write(self, plan: RowPlan, *, by_name: str, by_id: str, now: datetime, note: str) -> None:
        """Body, contact and membership in one transaction: a line is written whole, or refused whole."""
        try:
            with transaction.atomic():
                write_body(plan, by_name=by_name, by_id=by_id, now=now, note=note)
                if isinstance(plan, MemberPlan) and plan.membership and plan.membership_changes and not plan.errors:
                    _write_membership(plan, plan.membership, by=Author(by_id, by_name), now=now, note=note)
        except IntegrityError:
            raise Refused(ALREADY) from None

    # --- The membership -----------------------------------------------------------------------------------

    def _plan_membership(self, values: Values, plan: MemberPlan) -> None:
        given = {name: values[name] for name in cells.OF_MEMBERSHIPS if name in values}
        if not given:
            return
        try:
            self._plan_given(given, plan)
        except _Wrong as wrong:
            plan.errors.append((cells.COLUMNS[wrong.column].heading, str(wrong)))

    def _plan_given(self, given: Values, plan: MemberPlan) -> None:
        body, year = plan.known_body, given.get("year")
        campaign = self._campaign(year)
        key = (id(body), campaign.year)
        self._refuse_invoice_of_another(given.get("past_invoice", ""), key)
        row = self.known.get(key)
        plan.is_new_membership = row is None
        row = row or Membership(campaign=campaign, origin=Origin.IMPORT, state=State.ACTIVE)
        plan.membership, plan.held = row, {name: getattr(row, name) for name in WRITTEN}
        _fill(row, body, given, self.ends[campaign.year], is_new=plan.is_new_membership)
        shown = {name: [_shown(plan.held[name]), _shown(getattr(row, name))] for name in WRITTEN}
        changes = {_label(name): pair for name, pair in shown.items() if pair[0] != pair[1]}
        plan.membership_changes = {"année": ["", str(campaign.year)], **changes} if plan.is_new_membership else changes
        self.known[key] = row
        if row.past_invoice:
            self.invoices[row.past_invoice] = key

    def _campaign(self, year: int | None) -> Campaign:
        if year is None:
            raise _Wrong("year", "dites de quelle année.")
        if year not in self.campaigns:
            raise _Wrong("year", f"il n’y a pas de campagne {year} : ajoutez-la d’abord, avec son barème.")
        return self.campaigns[year]

    def _refuse_invoice_of_another(self, number: str, key: tuple[int, int]) -> None:
        if number and self.invoices.get(number, key) != key:
            raise _Wrong("past_invoice", f"« {number} » est déjà la facture d’une autre adhésion.")


class _Wrong(Refused):
    """What is wrong with one cell."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column


def _fill(row: Membership, body: Organisation, given: Values, ends: date, *, is_new: bool) -> None:
    if row.state not in (State.ACTIVE, State.RESIGNED):
        raise _Wrong("year", f"l’adhésion {row.year} est « {State(row.state).label} » dans le portail : répondez-y dans sa fiche.")
    if row.origin != Origin.IMPORT:
        _refuse_overwriting(row, given)
    else:
        _fill_period(row, body, given, ends, is_new=is_new)
    for name in cells.PLAIN:
        if name in given:
            setattr(row, name, given[name])


def _refuse_overwriting(row: Membership, given: Values) -> None:
    """What the portal was told stands: only what the line adds is taken."""
    if "amount" in given and given["amount"] != row.amount:
        raise _Wrong("amount", f"cette adhésion vient du portail, pour {euros(row.amount)} : un tableau ne change pas son montant.")
    if "resigned_on" in given and given["resigned_on"] != row.resigned_on:
        raise _Wrong("resigned_on", "cette adhésion vient du portail : notez la démission dans sa fiche.")


def _fill_period(row: Membership, body: Organisation, given: Values, ends: date, *, is_new: bool) -> None:
    category = CATEGORY_OF.get(body.kind)
    if category is None:
        raise _Wrong("year", f"un organisme du type « {body.get_kind_display()} » n’adhère pas : corrigez son type.")
    row.category = category
    if "amount" in given:
        row.amount = given["amount"]
    elif is_new:
        row.amount = _by_rates(row.campaign, body)
    if "accepted_on" in given or is_new:
        accepted = given.get("accepted_on") or date(row.year, 1, 1)
        if accepted > ends or accepted.year < row.year - 1:
            raise _Wrong("accepted_on", f"le {accepted:%d/%m/%Y} n’est pas un jour de l’adhésion {row.year}.")
        row.accepted_at = datetime.combine(accepted, time(12), tzinfo=PARIS)
        row.asked_at, row.rights_from, row.rights_until = row.accepted_at, max(accepted, date(row.year, 1, 1)), ends
    _fill_resignation(row, given)


def _fill_resignation(row: Membership, given: Values) -> None:
    if on := given.get("resigned_on") or row.resigned_on:
        if row.rights_from is None or on < row.rights_from or (row.rights_until and given.get("resigned_on") and on > row.rights_until):
            raise _Wrong("resigned_on", f"le {on:%d/%m/%Y} n’est pas un jour de ses droits.")
        row.state, row.resigned_on, row.rights_until = State.RESIGNED, on, on
        row.resignation_reason = given.get("resignation_reason") or row.resignation_reason or "Noté à la reprise des données."


def _by_rates(campaign: Campaign, body: Organisation) -> Any:
    try:
        return dues.amount_for(campaign, body, date(campaign.year, 1, 1)).amount
    except Refused as refusal:
        raise _Wrong("amount", f"donnez le montant. {refusal}") from None


def _write_membership(plan: MemberPlan, row: Membership, *, by: Author, now: datetime, note: str) -> None:
    row.organisation = plan.known_body
    if row.pk:
        row.save(update_fields=[*WRITTEN, "asked_at"])
    else:
        row.asked_by = by.name
        row.save()
    record("ajout" if plan.is_new_membership else "modification", row, by=by, now=now, note=note, changes=plan.membership_changes)


def _label(name: str) -> str:
    return LABELS[name]


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(PARIS):%d/%m/%Y}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value if value is not None else "")
