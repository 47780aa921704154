"""Putting lines of the bank and invoices together: what is sure closes by itself, all else waits for a person (D7, docs/adr/0032).

Lines are locked, then invoices, each by key: nothing closes twice, whoever else is at it, and nobody waits in a ring (docs/adr/0032).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from billing.models import Invoice, Payment, Refund, Statement, StatementEntry
from billing.models.invoice import InvoiceQuerySet
from billing.named import numbers_in
from billing.services.payments import CLOSED, PAID_BEFORE, hold_invoice, record_payment, undo_payment
from billing.services.proposing import Desk, Proposal, payer_of
from billing.services.refunding import close_refund, reopen_refund
from billing.states import Method
from core.money import euros
from core.refusals import Refused
from core.typography import day_in_words
from records.services import Entry as Acted
from records.services import record, record_many

if TYPE_CHECKING:
    from accounts.models import User

OVERTAKEN = "Cette ligne vient de changer : rechargez la page."
# As many lines are looked at together; as many are settled in one transaction.
_TOGETHER, _AT_ONCE = 1000, 50


@dataclass
class Matched:
    """What became of lines: `closed` by themselves, `left` to a person."""

    closed: int = 0
    left: int = 0

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(self.closed + other.closed, self.left + other.left)


def match(entries: Iterable[int], *, by: "User | Any", now: datetime, told: Callable[[int], object] = int, writes: bool = True) -> Matched:
    """Close what is sure among these lines (their keys).

    A reference comes before an account: the second look knows the accounts that the first has met. `told` hears of each look.
    """
    keys, closed = sorted(entries), 0
    for _ in range(2):
        for start in range(0, len(keys), _TOGETHER):
            piece = keys[start : start + _TOGETHER]
            closed += _match(piece, by=by, now=now, writes=writes)
            told(len(piece))
    return Matched(closed, StatementEntry.objects.to_reconcile().filter(pk__in=keys).count() if len(keys) <= _TOGETHER else _left(keys))


def _left(keys: list[int]) -> int:
    wanted = set(keys)
    return sum(key in wanted for key in StatementEntry.objects.to_reconcile().values_list("pk", flat=True).order_by("pk"))


def _match(keys: list[int], *, by: Any, now: datetime, writes: bool) -> int:
    entries = list(StatementEntry.objects.to_reconcile().filter(pk__in=keys).order_by("booked_on", "pk"))
    desk, closed = Desk(entries), 0
    best = [(entry, next(iter(desk.proposals(entry)), None)) for entry in entries]
    sure = [(entry, proposal) for entry, proposal in best if proposal and proposal.closes]
    paying = [pair for pair in sure if pair[1].invoices]
    for start in range(0, len(paying), _AT_ONCE):
        closed += settle(paying[start : start + _AT_ONCE], by=by, now=now, writes=writes)
    for entry, proposal in sure:
        if not proposal.invoices:
            try:
                accept(entry, proposal, by=by, now=now)
            except Refused:
                continue  # another line, or another hand, was first: a person will see
            closed += 1
    return closed


@transaction.atomic
def settle(pairs: Sequence[tuple[StatementEntry, Proposal]], *, by: Any, now: datetime, writes: bool = True) -> int:
    """Pay, each line its invoices, whatever still holds; what another hand was first at is left to a person. One round trip for all.

    `writes` False: the receipts are left to `write_receipts`.
    """
    entries = hold_entries([entry.pk for entry, _ in pairs])
    invoices = hold_invoices({invoice.pk for _, proposal in pairs for invoice in proposal.invoices})
    payments: list[Payment] = []
    closed: list[Invoice] = []
    for entry, proposal in pairs:
        held, due = entries[entry.pk], [invoices.get(invoice.pk) for invoice in proposal.invoices]
        if not _holds(entry, held, proposal, due):
            continue
        for invoice in proposal.invoices:
            paid = invoices.pop(invoice.pk)
            payments.append(_payment(held, paid, proposal.why, by=by, now=now))
            closed.append(paid)
    Payment.objects.bulk_create(payments)
    record_many("paiement noté", [Acted(row.invoice, note=_told(row)) for row in payments], by=by, now=now)
    for invoice in closed if writes else ():
        _tell_closed(invoice, now)
    return len({payment.entry_id for payment in payments})


def write_receipts(statement: Statement, *, now: datetime, told: Callable[[int], object] = int) -> None:
    """Owe the receipt of each invoice that lines of a statement closed. Owed once, however often it is asked."""
    paid = Payment.objects.standing().filter(entry__statement=statement).values("invoice")
    invoices = Invoice.objects.with_balance().filter(pk__in=paid, remaining__lte=0).order_by("pk")
    for invoice in invoices.iterator(chunk_size=_AT_ONCE):
        _tell_closed(invoice, now)
        told(1)


def _tell_closed(invoice: Invoice, now: datetime) -> None:
    for tell in CLOSED:
        tell(invoice, now)


def _holds(entry: StatementEntry, held: StatementEntry, proposal: Proposal, due: list[Invoice | None]) -> bool:
    """Whether the line has as much left as when it was looked at, and each invoice asks as much, and is not paid by another line here."""
    asked = [invoice.remaining if invoice else None for invoice in due]
    return held.set_aside_at is None and held.left == entry.left and asked == [invoice.remaining for invoice in proposal.invoices]


def hold_entries(keys: Iterable[int]) -> dict[int, StatementEntry]:
    """Return lines with what is left of them, locked in order until the transaction ends."""
    keys = list(
        StatementEntry.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk", flat=True)
    )
    return StatementEntry.objects.with_rest().in_bulk(keys)


def hold_invoices(keys: Iterable[int]) -> dict[int, Invoice]:
    """Return invoices with what remains of them, locked in order until the transaction ends."""
    keys = list(
        Invoice.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk", flat=True)
    )
    return Invoice.objects.with_balance().in_bulk(keys)


def _payment(held: StatementEntry, invoice: Invoice, why: str, *, by: Any, now: datetime) -> Payment:
    author = {"by_id": str(by.pk), "by_name": str(by)[:200]} if by else {"by_name": "Portail"}
    return Payment(
        invoice=invoice, amount=invoice.remaining, method=Method.TRANSFER, received_on=held.booked_on, entry=held, reason=why[:300],
        at=now, **author,
    )  # fmt: skip


def _told(payment: Payment) -> str:
    return f"{euros(payment.amount)}, virement du {day_in_words(payment.received_on)}. {payment.reason}"


@transaction.atomic
def accept(entry: StatementEntry, proposal: Proposal, *, by: "User | Any", now: datetime) -> None:
    """Do what is proposed, if it still holds: the line has as much left, and each invoice asks as much."""
    if proposal.refund and proposal.refund.closed_by_id:
        hold_entries([entry.pk, proposal.refund.closed_by_id])  # a return and what it returns: both are written
    held = hold_entry(entry)
    if proposal.taken_back:
        for payment in sorted(proposal.taken_back, key=lambda row: row.invoice_id):
            undo_payment(payment, reason="Virement retourné par la banque.", by=by, now=now, entry=held)
    elif proposal.refund and held.amount > 0:
        _come_back(held, proposal.refund, by=by, now=now)
    elif proposal.refund:
        close_refund(proposal.refund, held, by=by, now=now)
    else:
        _pay(held, proposal, by=by, now=now)


def _pay(held: StatementEntry, proposal: Proposal, *, by: Any, now: datetime) -> None:
    left = held.left
    for invoice in sorted(proposal.invoices, key=lambda row: row.pk):
        if hold_invoice(invoice).remaining != invoice.remaining or not left:
            raise Refused(OVERTAKEN)
        part = left if proposal.is_late else min(left, invoice.remaining)
        count(held, invoice, part, by=by, now=now, reason=proposal.why)
        left -= part


def _come_back(held: StatementEntry, refund: Refund, *, by: Any, now: datetime) -> None:
    """Our transfer came back: both lines are settled one by the other, the refund waits for the next one."""
    left = refund.closed_by
    reopen_refund(refund, reason="Virement retourné par la banque.", by=by, now=now, on=held.booked_on)
    for row, other in ((left, held), (held, left)):
        if row and other:
            aside(row, reason=f"Retour : voir la ligne du {other.booked_on:%d/%m/%Y}.", by=by, now=now)


def aside(held: StatementEntry, *, reason: str, by: Any, now: datetime) -> None:
    """Say that a line, which is held, waits for nobody."""
    held.set_aside_at, held.set_aside_by, held.set_aside_reason = now, str(by)[:200], reason[:300]
    held.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_reason"])
    record("ligne écartée", held, by=by, now=now, note=reason)


def count(held: StatementEntry, invoice: Invoice, amount: Decimal, *, by: Any, now: datetime, reason: str = "") -> Payment:
    """Count a part of a line, which is held, for an invoice."""
    return record_payment(
        invoice, amount, method=Method.TRANSFER, received_on=held.booked_on, entry=held, by=by, now=now, reason=reason[:300]
    )  # fmt: skip


def hold_entry(entry: StatementEntry) -> StatementEntry:
    """Return the line with what is left of it, locked until the transaction ends; refused when somebody else placed some of it."""
    StatementEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
    held = StatementEntry.objects.with_rest().get(pk=entry.pk)
    if "rest" in entry.__dict__ and entry.left != held.left:
        raise Refused(OVERTAKEN)
    if held.set_aside_at:
        raise Refused("Cette ligne est écartée : reprenez-la d’abord.")
    return held


def may_be_paid_by_waiting_entry(invoices: InvoiceQuerySet, *, issued_since: date | None = None) -> InvoiceQuerySet:
    """Keep those that a line which waits for a person may pay (R16): it names them, brings what remains, or their payer sent it.

    To be asked before a reminder: `invoices` must be annotated by `with_balance` (`unpaid` is). When none was issued before
    `issued_since`, lines of long before are not read.
    """
    waiting = StatementEntry.objects.to_reconcile().coming_in()
    waiting = waiting.filter(booked_on__gte=issued_since - PAID_BEFORE) if issued_since else waiting
    numbers = {number for entry in waiting for number in numbers_in(entry.structured_reference, entry.end_to_end, entry.label)}
    rests = {entry.left for entry in waiting}
    ibans = {entry.party_iban for entry in waiting if entry.party_iban}
    paid = Payment.objects.standing().filter(entry__party_iban__in=ibans).select_related("invoice")
    bodies = {payer_of(payment.invoice) for payment in paid}
    theirs = Q(organisation__in=[int(key.removeprefix("organisme:")) for key in bodies if key.startswith("organisme:")])
    theirs |= Q(organisation=None, buyer_siret__in=[key for key in bodies if key.isdigit()])
    return invoices.filter(Q(number__in=numbers) | Q(remaining__in=rests) | theirs)
