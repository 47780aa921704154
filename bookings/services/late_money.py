"""Money that comes for an order whose hold ended and whose invoice was credited: places that are free are given back, and the money goes
along; else it waits for a person, with the refund at hand (issue 7, « a payment after expiry »)."""

from datetime import datetime

from django.db import transaction

from billing.models import Invoice, Payment
from billing.services import carrying
from billing.states import Method
from bookings import emails, seats
from bookings.models import Booking
from bookings.sales import ABOUT
from bookings.services import firming, holding, invoicing
from bookings.services.moving import move
from bookings.states import Firmness, State
from mailing.models import Message
from records.services import label_of

WHY = "Places rendues : le paiement est arrivé après la fin de leur tenue"


def paid_late(*, now: datetime) -> list[Booking]:
    """Lapsed orders with money that nothing asks for, and that nobody gave back: they wait for the team."""
    rows = Invoice.objects.invoices().filter(about__startswith=ABOUT, payments__isnull=False).distinct().with_balance()
    keys = {int(row.about.removeprefix(ABOUT)) for row in rows if row.paid > row.refunded}
    lapsed = Booking.objects.with_day().filter(pk__in=keys, state=State.LAPSED).order_by("pk")
    return [booking for booking in lapsed if firming.is_paid_late(booking)]


def to_tell(*, now: datetime) -> list[Booking]:
    """Of those, the ones whose places are gone, and who were not told of this payment yet."""
    rows = {emails.paid_late_key(row, _last(row)): row for row in paid_late(now=now) if not _has_room(row, now=now)}
    written = set(Message.objects.filter(key__in=rows).order_by("pk").values_list("key", flat=True))
    return [row for key, row in rows.items() if key not in written]


def tell(booking: Booking, *, now: datetime) -> None:
    emails.post_paid_late(booking, _last(booking), now=now)


def _last(booking: Booking) -> int:
    """The last payment of an order: one more is another letter."""
    keys = Payment.objects.filter(invoice__about=label_of(booking)).order_by("-pk").values_list("pk", flat=True)
    return keys.first() or 0


def to_place(*, now: datetime) -> list[Booking]:
    """Of those, the ones whose places are free again: nobody waits, and the day is to come."""
    return [row for row in paid_late(now=now) if _has_room(row, now=now)]


def _has_room(booking: Booking, *, now: datetime) -> bool:
    if booking.session.starts <= now or booking.session.cancelled_at:
        return False
    return seats.standing(booking.session, now=now).has(seats.count(booking))


@transaction.atomic
def place(booking: Booking, *, now: datetime) -> bool:
    """Give the places back with the money: on the invoice that still stands, else on a new one that takes its place."""
    credited = [row for row in _invoices(booking) if row.paid > row.refunded and row.credited >= row.gross]
    if any(Payment.objects.standing().filter(invoice=row, method=Method.CARD).exists() for row in credited):
        return False  # a card is given back by its provider, never carried: a person does it
    carried = [(row, carrying.take_back(row, reason=WHY, by=None, now=now)) for row in credited]
    Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)
    booking = holding.fresh(booking)
    if booking.state != State.LAPSED or not _has_room(booking, now=now) or not seats.take(booking.session, seats.count(booking)):
        transaction.set_rollback(True)
        return False
    if not credited:
        holding.firm(booking, Firmness.PAYMENT, by=None, now=now, words=firming.LATE)
        return True
    move(booking, State.HELD, by=None, now=now, words=WHY, holds_until=holding.hold_until(booking, now=now))
    issued = invoicing.invoice_now(booking, by=None, now=now)
    for (replaced, payments), new in zip(carried, issued, strict=False):
        carrying.put_on(new, payments, replaced=replaced, by=None, now=now)
    return True


def _invoices(booking: Booking) -> list[Invoice]:
    return list(Invoice.objects.invoices().about(label_of(booking)).with_balance().order_by("pk"))
