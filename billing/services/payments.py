"""What counts for an invoice: rows are added only; a mistake is undone by its opposite, with a reason (D7)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from billing import emails
from billing.models import GatewayEvent, Invoice, Payment, Refund, StatementEntry
from billing.services.numbering import day_of
from billing.states import Method
from core.money import euros
from core.prepared import Prepared
from core.refusals import Refused
from core.registry import Registry
from core.typography import day_in_words
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# Above it, a difference is not an error of cents: it is owed, or credited.
SMALL_DIFFERENCE = Decimal(5)
# A body may pay upon a quote, so long before its invoice.
PAID_BEFORE = timedelta(days=120)
BY_HAND = (Method.CHEQUE, Method.CASH)
CARD_IS_GIVEN_BACK = "Un paiement par carte ne s’annule pas à la main : rendez-le par carte, l’avoir se fait avec."
# (invoice, now): nothing remains to pay, told in the transaction that makes it so.
CLOSED: Registry[Callable[[Invoice, datetime], object]] = Registry()
CLOSED.add(emails.post_paid)


@transaction.atomic
def record_payment(
    invoice: Invoice,
    amount: Decimal,
    *,
    method: Method,
    received_on: date,
    by: "User | None",
    now: datetime,
    entry: StatementEntry | None = None,
    event: GatewayEvent | None = None,
    reference: str | None = None,
    reason: str = "",
) -> Payment:
    """Count an amount for an invoice. The same event, or the same reference, is one payment, however often it is told.

    More than what remains is taken too: money that came is never turned away, and the invoice then says what is to refund.
    """
    held = hold_invoice(invoice)
    if known := _told_before(event, reference):
        return known
    if held.is_credit:
        raise Refused(f"{held} est un avoir : un paiement se note sur la facture qu’il corrige.")
    if amount <= 0:
        raise Refused("Le montant d’un paiement est plus grand que zéro.")
    payment = Payment(
        invoice=held, amount=amount, method=method, received_on=received_on, entry=entry, event=event, reference=reference,
        reason=reason.strip(),
    )  # fmt: skip
    _keep(payment, by=by, now=now)
    record("paiement noté", held, by=by, now=now, note=_told(payment))
    if held.remaining > 0 >= held.remaining - amount:
        for tell in CLOSED:
            tell(held, now)
    return payment


_WITH_BALANCE = Prepared(lambda invoice: Invoice.objects.with_balance().filter(pk=invoice), invoice=int)


def hold_invoice(invoice: Invoice) -> Invoice:
    """Return the invoice with what remains of it, locked until the transaction ends: payments and credit notes queue for it."""
    # Not its key: a row that names the invoice (a link, a payment) is written beside without waiting (docs/adr/0032).
    Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=invoice.pk)
    # A second question: the first may have waited, and sums are read as they stand once the row is ours.
    return _WITH_BALANCE.get(invoice=invoice.pk)


def _told_before(event: GatewayEvent | None, reference: str | None) -> Payment | None:
    if event:
        return Payment.objects.filter(event=event).first()
    return Payment.objects.filter(reference=reference).first() if reference else None


def _keep(payment: Payment, *, by: "User | None", now: datetime) -> None:
    payment.at = now
    payment.by_id, payment.by_name = (str(by.pk), str(by)[:200]) if by else ("", "Portail")
    payment.save()


def _told(payment: Payment) -> str:
    said = f"{euros(abs(payment.amount))}, {payment.get_method_display()} du {day_in_words(payment.received_on)}."
    return f"{said} {payment.reason}".strip()


@transaction.atomic
def undo_payment(payment: Payment, *, reason: str, by: "User | None", now: datetime, entry: StatementEntry | None = None) -> Payment:
    """Take a payment back by an opposite row: a match undone, or a transfer returned by `entry`. What is undone stays readable.

    A card payment is given back, not undone; and what was given back, or is promised, no longer stands without this payment. A small
    difference that was settled because it was all that was missing is owed again with it.
    """
    invoice = hold_invoice(payment.invoice)
    payment = _standing(payment)
    if not reason.strip():
        raise Refused("Dites pourquoi ce paiement est annulé.")
    if payment.method == Method.CARD:
        raise Refused(CARD_IS_GIVEN_BACK)
    leaning = differences_left_by(payment)
    if given := _given_without(invoice, payment.amount + sum((row.amount for row in leaning), Decimal(0))):
        raise Refused(given)
    on = entry.booked_on if entry else day_of(now)
    opposite = _oppose(payment, entry or payment.entry, on, reason=reason, by=by, now=now)
    for row in leaning:
        _oppose(row, None, on, reason=f"Écart de nouveau dû, le paiement qui le laissait étant annulé : {reason}", by=by, now=now)
    return opposite


def differences_left_by(payment: Payment) -> list[Payment]:
    """Return the small differences that were settled because this payment left no more than them: they stand with it only."""
    if payment.method == Method.DIFFERENCE:
        return []
    return list(Payment.objects.standing().filter(invoice=payment.invoice_id, method=Method.DIFFERENCE).order_by("pk"))


def _oppose(payment: Payment, entry: StatementEntry | None, on: date, *, reason: str, by: "User | None", now: datetime) -> Payment:
    opposite = Payment(
        invoice=payment.invoice, amount=-payment.amount, method=payment.method, received_on=on, entry=entry, undoes=payment,
        reason=reason.strip()[:300],
    )  # fmt: skip
    _keep(opposite, by=by, now=now)
    record("paiement annulé", payment.invoice, by=by, now=now, note=_told(opposite))
    return opposite


def _given_without(invoice: Invoice, amount: Decimal) -> str:
    """Say why payments of this amount cannot be taken back: money left because of them, or will.

    Undone, the invoice would be due, and the money, twice.
    """
    promised = sum((row.amount for row in Refund.objects.open().filter(invoice=invoice).order_by("pk")), Decimal(0))
    given = invoice.refunded + promised
    # What was received above what is asked, refunds apart, once they no longer count.
    excess = invoice.refunded - invoice.remaining - amount
    if not given or excess >= given:
        return ""
    return (
        f"{euros(given)} sont rendus, ou promis, sur {invoice} : ce paiement y est pour quelque chose. "
        "Abandonnez d’abord le remboursement, ou annulez son rapprochement."
    )


def _standing(payment: Payment) -> Payment:
    if found := Payment.objects.standing().select_related("entry").filter(pk=payment.pk).first():
        return found
    raise Refused("Ce paiement est déjà annulé.")


@transaction.atomic
def record_by_hand(
    invoice: Invoice, amount: Decimal, *, method: Method, received_on: date, reason: str, by: "User", now: datetime, number: str = ""
) -> Payment:
    """A cheque or cash, that no statement tells (yet): a person says it, and why. Never more than what remains."""
    if method not in BY_HAND:
        raise Refused("Seuls un chèque et des espèces se notent à la main : le reste vient de la banque ou du prestataire.")
    if not reason.strip():
        raise Refused("Dites d’où vient ce paiement : qui l’a remis, à qui, avec quel bordereau.")
    refuse_odd_day(invoice, received_on, now=now)
    held = hold_invoice(invoice)
    if amount > held.remaining:
        raise Refused(f"Il reste {euros(max(held.remaining, Decimal(0)))} à payer : ce montant est trop grand.")
    reference = f"{method}:{number.strip()}:{held.number}" if number.strip() else None
    if reference and Payment.objects.filter(reference=reference).exists():
        raise Refused(f"Le chèque n° {number.strip()} est déjà noté sur cette facture.")
    return record_payment(
        held, amount, method=method, received_on=received_on, reference=reference, reason=reason, by=by, now=now
    )  # fmt: skip


def refuse_odd_day(invoice: Invoice, received_on: date, *, now: datetime) -> None:
    """A day that is not come yet, or of long before the invoice: the year is mistyped, and the books of another year would say it."""
    if received_on > day_of(now):
        raise Refused("Un paiement ne se note pas avant d’être reçu.")
    if received_on < invoice.issued_on - PAID_BEFORE:
        raise Refused(f"Ce jour vient bien avant la facture, émise le {day_in_words(invoice.issued_on)} : vérifiez l’année.")


@transaction.atomic
def close_difference(invoice: Invoice, *, reason: str, by: "User", now: datetime) -> Payment:
    """Count as settled the little that is missing (bank fees, a slip of cents): no money came, a person says why."""
    held = hold_invoice(invoice)
    if held.is_credit or held.remaining <= 0:
        raise Refused("Il ne manque rien sur cette pièce.")
    if held.remaining > SMALL_DIFFERENCE:
        raise Refused(
            f"Il manque {euros(held.remaining)} : au-delà de {euros(SMALL_DIFFERENCE)}, ce n’est pas un petit écart. "
            "Relancez, ou faites un avoir."
        )
    if not reason.strip():
        raise Refused("Dites pourquoi cet écart est soldé.")
    return record_payment(held, held.remaining, method=Method.DIFFERENCE, received_on=day_of(now), reason=reason, by=by, now=now)
