"""Money to give back by transfer: decided here, made at the bank, closed by the line by which it left (D7)."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from billing.models import Invoice, Refund, StatementEntry
from billing.services.numbering import day_of
from billing.services.payments import hold_invoice
from billing.states import Method
from core.money import euros
from core.refusals import Refused
from records.models import validate_iban
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

CLOSED = "Ce remboursement est déjà clos."


def to_give_back() -> list[Invoice]:
    """Invoices that received more than they ask, beyond what is promised already; `excess` says how much."""
    promised = Refund.objects.open().filter(invoice=models.OuterRef("pk")).order_by().values("invoice").annotate(total=models.Sum("amount"))
    rows = Invoice.objects.invoices().with_balance().filter(models.Q(remaining__lt=0))
    found = rows.annotate(promised=models.Subquery(promised.values("total"))).order_by("issued_on", "pk")
    told = [(row, -row.remaining - (getattr(row, "promised", None) or 0)) for row in found]
    for row, excess in told:
        row.__dict__["excess"] = excess
    return [row for row, excess in told if excess > 0]


def proposed(invoice: Invoice) -> dict[str, Any]:
    """What to give back on an invoice, to the account that paid it last."""
    excess = next((row.__dict__["excess"] for row in to_give_back() if row.pk == invoice.pk), None)
    last = invoice.payments.standing().filter(entry__isnull=False).select_related("entry").order_by("-pk").first()
    entry = last.entry if last else None
    return {"amount": excess, "to_iban": entry.party_iban if entry else "", "to_name": invoice.buyer_name}


@transaction.atomic
def refund_invoice(invoice: Invoice, amount: Decimal, *, to_iban: str, to_name: str, reason: str, by: "User", now: datetime) -> Refund:
    """Owe back what an invoice has received beyond what it asks: it was credited, or paid twice. Never more than that."""
    held = hold_invoice(invoice)
    promised = sum((row.amount for row in Refund.objects.open().filter(invoice=held).order_by("pk")), Decimal(0))
    excess = -held.remaining - promised
    if amount <= 0 or amount > excess:
        raise Refused(f"Il y a {euros(max(excess, Decimal(0)))} à rendre sur {held.number} : ce montant ne convient pas.")
    note = held.credit_notes.order_by("-pk").first()
    return _owe(invoice=held, credit_note=note, amount=amount, to_iban=to_iban, to_name=to_name, reason=reason, by=by, now=now)


def refund_entry(held: StatementEntry, amount: Decimal, *, to_iban: str, to_name: str, reason: str, by: "User", now: datetime) -> Refund:
    """Owe back what a line, which is held by the caller, brought beyond what was due."""
    if amount <= 0 or amount > held.left:
        raise Refused(f"Il reste {euros(held.left)} sur cette ligne : ce montant ne convient pas.")
    return _owe(entry=held, amount=amount, to_iban=to_iban, to_name=to_name, reason=reason, by=by, now=now)


def _owe(*, to_iban: str, reason: str, by: "User", now: datetime, **fields: Any) -> Refund:
    iban = _checked(to_iban)
    if not reason.strip():
        raise Refused("Dites pourquoi cette somme est rendue.")
    author = {"by_id": str(by.pk), "by_name": str(by)[:200]}
    row = Refund.objects.create(method=Method.TRANSFER, to_iban=iban, reason=reason.strip()[:300], asked_at=now, **author, **fields)
    about = row.invoice or row.entry or row
    record("remboursement décidé", about, by=by, now=now, note=f"{euros(row.amount)} à {row.to_name or 'ce payeur'}. {row.reason}")
    return row


def _checked(text: str) -> str:
    iban = "".join(text.split()).upper()
    if not iban:
        raise Refused("Donnez l’IBAN du compte à rembourser.")
    try:
        validate_iban(iban)
    except ValidationError as error:
        raise Refused(error.messages[0]) from None
    return iban


@transaction.atomic
def close_refund(refund: Refund, entry: StatementEntry, *, by: "User | Any", now: datetime) -> None:
    """The transfer left: this outgoing line closes the refund that waited for it. One line closes one refund."""
    held = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if held.done_on or held.given_up_at:
        raise Refused(CLOSED)
    if entry.amount != -held.amount:
        raise Refused(f"Cette ligne est de {euros(-entry.amount)}, le remboursement de {euros(held.amount)}.")
    if Refund.objects.filter(closed_by=entry).exists():
        raise Refused("Cette ligne a déjà clos un remboursement.")
    held.closed_by, held.done_on, held.done_at = entry, entry.booked_on, now
    held.save(update_fields=["closed_by", "done_on", "done_at"])
    record("remboursement parti", held.invoice or held.entry or held, by=by, now=now, note=f"{euros(held.amount)}, {entry}")


@transaction.atomic
def reopen_refund(refund: Refund, *, reason: str, by: "User | Any", now: datetime, on: date | None = None) -> None:
    """Take back the match of an outgoing line: the refund waits again. `on` is the day the money came back, today if nothing says it."""
    held = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if not held.closed_by_id:
        raise Refused("Ce remboursement n’a pas été clos par une ligne de relevé.")
    if not reason.strip():
        raise Refused("Dites pourquoi ce rapprochement est annulé.")
    held.come_back(on=on or day_of(now), at=now)
    held.save(update_fields=["closed_by", "done_on", "done_at", "came_back"])
    record("remboursement de nouveau attendu", held.invoice or held.entry or held, by=by, now=now, note=reason.strip())


@transaction.atomic
def give_up(refund: Refund, *, reason: str, by: "User", now: datetime) -> None:
    """Nothing will be given back by transfer: what the line brought waits again for a person."""
    held = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if held.done_on or held.given_up_at or held.method != Method.TRANSFER:
        raise Refused(CLOSED)
    if not reason.strip():
        raise Refused("Dites pourquoi ce remboursement est abandonné.")
    held.given_up_at = now
    held.save(update_fields=["given_up_at"])
    record("remboursement abandonné", held.invoice or held.entry or held, by=by, now=now, note=f"{euros(held.amount)}. {reason.strip()}")
