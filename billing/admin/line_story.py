"""What was made of a line of the bank, and by whom: its own acts, and those written on the invoices it was counted for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models import Payment, Refund, StatementEntry
from billing.services.payments import differences_left_by
from core.money import euros
from records.models import Act
from records.services import label_of

MOST = 20


@dataclass(frozen=True)
class Told:
    """One line of « Journal »."""

    at: datetime
    words: str
    by_name: str = ""
    note: str = ""


def told_of(entry: StatementEntry) -> dict[str, Any]:
    """Return what is counted of a line, what an undoing would take with it, and every act since, the last first."""
    payments = list(entry.payments.select_related("invoice", "undone_by").order_by("pk"))
    for payment in payments:
        payment.leaning = differences_left_by(payment) if payment.stands else []  # type: ignore[attr-defined]
    refunds, closes = list(entry.refunds.order_by("pk")), Refund.objects.filter(closed_by=entry).first()
    own = Act.objects.filter(about=label_of(entry)).order_by("-at", "-pk")[:MOST]
    acts = [*(Told(act.at, act.verb, act.by_name, act.note) for act in own), *(_of_payment(row) for row in payments)]
    if closes and closes.done_at:
        acts.append(Told(closes.done_at, f"remboursement de {euros(closes.amount)} parti par cette ligne", note=closes.reason))
    return {"payments": payments, "refunds": refunds, "closes": closes, "acts": sorted(acts, key=_when, reverse=True)[:MOST]}


def _of_payment(payment: Payment) -> Told:
    taken = "repris sur" if payment.undoes_id else "comptés sur"
    return Told(payment.at, f"{euros(abs(payment.amount))} {taken} {payment.invoice.number}", payment.by_name, payment.reason)


def _when(act: Told) -> datetime:
    return act.at
