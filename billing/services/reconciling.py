"""What a person does with a line of the bank: place it, split it, give back, set aside, undo; each with its act (D7)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from billing.models import Invoice, Payment, Refund, StatementEntry
from billing.services.matching import aside, count, hold_entry
from billing.services.payments import close_difference, hold_invoice, undo_payment
from billing.services.refunding import refund_entry, reopen_refund
from core.money import euros
from core.refusals import Refused
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

Parts = Sequence[tuple[Invoice, Decimal]]


@transaction.atomic
def place(entry: StatementEntry, parts: Parts, *, by: "User", now: datetime, reason: str = "", difference: str = "") -> list[Payment]:
    """Count a line for one invoice or several. `difference` says why the little that is still missing is counted as settled."""
    held = hold_entry(entry)
    if held.amount < 0:
        raise Refused("Cette ligne est une sortie d’argent : elle ne paie pas une facture.")
    if not parts:
        raise Refused("Dites quelles factures cette ligne paie.")
    total = sum((amount for _, amount in parts), Decimal(0))
    if total > held.left:
        raise Refused(f"La ligne a {euros(held.left)} à placer, vous en placez {euros(total)}.")
    paid = [_part(held, invoice, amount, by=by, now=now, reason=reason) for invoice, amount in sorted(parts, key=lambda part: part[0].pk)]
    for invoice, _ in parts:
        if difference.strip() and hold_invoice(invoice).remaining > 0:
            close_difference(invoice, reason=difference, by=by, now=now)
    return paid


def _part(held: StatementEntry, invoice: Invoice, amount: Decimal, *, by: "User", now: datetime, reason: str) -> Payment:
    remaining = hold_invoice(invoice).remaining
    if amount <= 0:
        raise Refused(f"{invoice.number} : donnez un montant plus grand que zéro.")
    if amount > remaining:
        raise Refused(
            f"{invoice.number} : il reste {euros(max(remaining, Decimal(0)))} à payer, {euros(amount)} seraient trop. "
            "Le surplus se rembourse, ou reste sur la ligne."
        )
    return count(held, invoice, amount, by=by, now=now, reason=reason)


@transaction.atomic
def give_back(
    entry: StatementEntry, amount: Decimal, *, to_iban: str, to_name: str, reason: str, by: "User", now: datetime
) -> Refund:  # fmt: skip
    """What came in excess will be given back: it waits for the line by which it leaves."""
    return refund_entry(hold_entry(entry), amount, to_iban=to_iban, to_name=to_name, reason=reason, by=by, now=now)


@transaction.atomic
def set_aside(entry: StatementEntry, *, reason: str, by: "User", now: datetime) -> None:
    """This line is nothing for us, or what is left of it is kept: a person says why, and it waits no more."""
    held = hold_entry(entry)
    if not reason.strip():
        raise Refused("Dites pourquoi cette ligne est écartée.")
    aside(held, reason=reason.strip(), by=by, now=now)


@transaction.atomic
def bring_back(entry: StatementEntry, *, by: "User", now: datetime) -> None:
    held = StatementEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
    if not held.set_aside_at:
        raise Refused("Cette ligne n’est pas écartée.")
    _wait_again(held, by=by, now=now)


def _wait_again(held: StatementEntry, *, by: "User", now: datetime, note: str = "") -> None:
    held.set_aside_at, held.set_aside_by, held.set_aside_reason = None, "", ""
    held.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_reason"])
    record("ligne reprise", held, by=by, now=now, note=note)


@transaction.atomic
def undo_match(payment: Payment, *, reason: str, by: "User", now: datetime) -> None:
    """Take back what a line was counted for: the invoice is to pay again, the line is to place again, even if its rest was set aside."""
    if payment.entry_id is None:
        raise Refused("Ce paiement ne vient pas d’un relevé.")
    held = StatementEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.entry_id)
    undo_payment(payment, reason=reason, by=by, now=now)
    if held.set_aside_at:
        _wait_again(held, by=by, now=now, note=f"Son rapprochement est annulé : {reason.strip()}")


@transaction.atomic
def undo_refund(refund: Refund, *, reason: str, by: "User", now: datetime) -> None:
    """The outgoing line was not this refund: it waits again."""
    reopen_refund(refund, reason=reason, by=by, now=now)
