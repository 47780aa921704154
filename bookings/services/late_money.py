"""Money that comes for an order whose hold ended and whose invoice was credited: places that are free are given back, and the money goes
along; else it waits for a person, with the refund at hand (issue 7, « a payment after expiry »)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing.models import Invoice, Payment
from billing.services import carrying
from billing.states import Method
from bookings import emails, seats
from bookings.models import BilledSeat, Booking
from bookings.models.booking import BookingQuerySet
from bookings.services import firming, holding, invoicing
from bookings.services.moving import move
from bookings.states import Firmness, Payer, State
from core.prepared import Prepared
from records.services import label_of

WHY = "Places rendues : le paiement est arrivé après la fin de leur tenue"


def _lapsed() -> BookingQuerySet:
    billed = BilledSeat.objects.filter(seat__booking=OuterRef("pk"))
    return Booking.objects.with_day().filter(Exists(billed), state=State.LAPSED).exclude(payer=Payer.PUBLIC).order_by("pk")


_LAPSED = Prepared(_lapsed)


def paid_late(*, now: datetime) -> list[Booking]:
    """Lapsed orders with money that nothing asks for, and that nobody gave back: they wait for the team."""
    rows = {label_of(booking): booking for booking in _LAPSED()}
    if not rows:
        return []
    invoices = Invoice.objects.invoices().filter(about__in=rows).with_balance()
    late = {row.about for row in invoices if row.paid > row.refunded and row.remaining <= 0}
    return [booking for label, booking in rows.items() if label in late]


def why_taken(invoice: Invoice) -> str:
    """Why money for an invoice that was credited with its hold is taken: its order may have its places for it. « » of any other."""
    label, _, key = invoice.about.rpartition(":")
    found = _lapsed().filter(pk=key).first() if label == Booking._meta.label_lower else None
    if found is None:
        return ""
    return (
        f"C’est celle de la commande {found.reference}, dont la tenue a pris fin\u202f: ses places lui sont rendues s’il en reste, "
        "sinon l’argent est à rendre."
    )


def answer(booking: Booking, *, now: datetime) -> None:
    """Give one its places when they are free again (nobody waits, the day is to come, all of it is paid); else tell it, once a payment."""
    if may_place(booking, now=now):
        place(booking, now=now)
    else:
        emails.post_paid_late(booking, _last(booking), now=now)


def _last(booking: Booking) -> int:
    """The last payment of an order: one more is another letter."""
    keys = Payment.objects.filter(invoice__about=label_of(booking)).order_by("-pk").values_list("pk", flat=True)
    return keys.first() or 0


def may_place(booking: Booking, *, now: datetime) -> bool:
    """Room for all its places, and money for all; a card is given back by its provider, never carried: a person does it."""
    rows = invoicing.invoices_of(booking)
    paid = sum((row.paid - row.refunded for row in rows), Decimal(0))
    if paid < booking.unit_price * seats.count(booking) or not _has_room(booking, now=now):
        return False
    by_card = Payment.objects.standing().filter(invoice__in=_to_carry(booking, rows), method=Method.CARD)
    return not by_card.exists()


def _has_room(booking: Booking, *, now: datetime) -> bool:
    """Enough free places of a day to come; whoever ordered again meanwhile has their places by that order."""
    if booking.session.starts <= now or booking.session.cancelled_at:
        return False
    others = Booking.objects.living().filter(session=booking.session_id, email=booking.email).exclude(pk=booking.pk)
    if booking.email and others.exists():
        return False
    return seats.standing(booking.session, now=now).has(seats.count(booking))


@transaction.atomic
def place(booking: Booking, *, now: datetime) -> bool:
    """Give the places back with the money: on the invoices that still stand, all paid, else on new ones that take their place."""
    if not may_place(booking, now=now):
        return False
    credited = _to_carry(booking, invoicing.invoices_of(booking))
    carried = [(row, carrying.take_back(row, reason=WHY, by=None, now=now)) for row in credited]
    firming.hold(booking)
    booking = holding.fresh(booking)
    if booking.state != State.LAPSED or not _has_room(booking, now=now) or not seats.take(booking.session, seats.count(booking)):
        transaction.set_rollback(True)
        return False
    if not carried and not invoicing.is_paid(booking):
        transaction.set_rollback(True)
        return False
    if not carried:
        holding.firm(booking, Firmness.PAYMENT, by=None, now=now, words=firming.LATE)
        return True
    move(booking, State.HELD, by=None, now=now, words=WHY, holds_until=holding.hold_until(booking, now=now))
    _carry(booking, carried, now=now)
    return True


def _carry(booking: Booking, carried: list[tuple[Invoice, list[Payment]]], *, now: datetime) -> None:
    """Put the money on the new invoices, in their order; those that stood already are paid."""
    stood = {row.pk for row in invoicing.standing(booking)}
    issued = [row for row in invoicing.invoice_now(booking, by=None, now=now) if row.pk not in stood]
    for rank, (replaced, payments) in enumerate(carried):
        carrying.put_on(issued[min(rank, len(issued) - 1)], payments, replaced=replaced, by=None, now=now)


def _to_carry(booking: Booking, rows: list[Invoice]) -> list[Invoice]:
    """The credited ones that have money, unless those that stand are enough."""
    return [] if invoicing.is_paid(booking) else [row for row in rows if row.paid > row.refunded and row.credited >= row.gross]
