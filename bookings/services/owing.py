"""What a credit note makes owed back: by the card that paid, at once; the rest waits for the treasurer (docs/adr/0050)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.models import Invoice, Payment, Refund
from billing.services import cards
from billing.services.payments import hold_invoice
from billing.states import Method
from core import hints

ZERO = Decimal("0.00")


def owe_back(notes: Sequence[Invoice], *, reason: str, by: Any, now: datetime) -> Decimal:
    """Owe by card what a card paid in excess of what is still asked; the rest waits for the treasurer. Return what is owed by card."""
    owed = sum((_owed_by_card(note, reason=reason, by=by, now=now) for note in notes), ZERO)
    if owed:
        hints.nudge("billing.settle_refunds")
    return owed


def _owed_by_card(note: Invoice, *, reason: str, by: Any, now: datetime) -> Decimal:
    invoice = hold_invoice(note.corrects or note)
    promised = sum((row.amount for row in Refund.objects.open().filter(invoice=invoice).order_by("pk")), ZERO)
    left = whole = max(min(-invoice.remaining - promised, note.gross), ZERO)
    for payment in invoice.payments.standing().filter(method=Method.CARD).order_by("-pk"):
        part = min(left, _left_on(payment))
        if part > 0:
            cards.owe(payment, part, reason=reason[:240], by=by, now=now)
            left -= part
    return whole - left


def _left_on(payment: Payment) -> Decimal:
    given = Refund.objects.filter(payment=payment, given_up_at=None).order_by("pk")
    return payment.amount - sum((row.amount for row in given), ZERO)
