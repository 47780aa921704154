"""An invoice that is replaced does not remind who has paid: what was counted for it counts for the one in its place (R3, D7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from billing.models import Invoice, Payment, StatementEntry
from billing.models.payment import PaymentQuerySet
from billing.services.numbering import day_of
from billing.services.payments import hold_invoice, record_payment, undo_payment
from billing.states import Method
from core.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

BY_CARD = (
    "Cette facture a été payée par carte, et ce paiement ne se porte pas sur une autre. "
    "Rendez-le par carte, son avoir se fait avec, puis faites émettre la nouvelle facture."
)
BEFORE = (
    "Cette facture a été payée avant d’être émise : elle ne se remplace pas. "
    "Créditez-la et rendez la somme, puis émettez la nouvelle facture."
)


def refuse_what_cannot_be_carried(invoice: Invoice) -> None:
    """What the provider took for one document is known to it under that one; what was paid before the issue is written on it."""
    if invoice.paid_at_issue:
        raise Refused(BEFORE)
    if _standing(invoice).filter(method=Method.CARD).exists():
        raise Refused(BY_CARD)


def take_back(invoice: Invoice, *, reason: str, by: "User | None", now: datetime) -> list[Payment]:
    """Undo what counts for an invoice about to be replaced; return it, to be counted by `put_on` in the same transaction."""
    hold_lines([invoice])
    hold_invoice(invoice)
    refuse_what_cannot_be_carried(invoice)
    found = list(_standing(invoice).select_related("entry").order_by("pk"))
    for payment in sorted(found, key=lambda row: row.method != Method.DIFFERENCE):  # a difference goes with its payment: it goes first
        undo_payment(payment, reason=f"Facture remplacée : {reason.strip()}"[:300], by=by, now=now)
    return found


def hold_lines(invoices: Iterable[Invoice]) -> None:
    """Hold the lines of statements that paid these invoices: lines before invoices, as everywhere (docs/adr/0032)."""
    rows = Payment.objects.standing().filter(invoice__in=invoices, entry__isnull=False)
    keys = list(rows.order_by("pk").values_list("entry_id", flat=True))
    list(StatementEntry.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def put_on(new: Invoice, payments: list[Payment], *, replaced: Invoice, by: "User | None", now: datetime) -> None:
    """Count them for the new one, on the day they are carried: the year in which they came may have been exported."""
    for payment in payments:
        reference = payment.reference.replace(replaced.number, new.number) if payment.reference else None
        record_payment(
            new, payment.amount, method=Method(payment.method), received_on=day_of(now), entry=payment.entry, reference=reference,
            reason=f"Porté de {replaced}, reçu le {payment.received_on:%d/%m/%Y}.", by=by, now=now,
        )  # fmt: skip


def _standing(invoice: Invoice) -> PaymentQuerySet:
    return Payment.objects.standing().filter(invoice=invoice)
