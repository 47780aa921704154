"""What follows from a day moved or called off, once that can no longer be undone: for the sweep, one row at a time (docs/adr/0050)."""

from datetime import datetime

from django.db.models import F

from bookings.models import Booking, PlaceOffer
from bookings.models.terms import LAST_OFFER
from bookings.openings import closes_at
from bookings.services import calling_off, moving_session
from bookings.states import State
from records.sweeping import each_alone


def follow_due(*, now: datetime) -> None:
    """Close the orders of days called off, replace the invoices of days moved, cut what is held past its eve. Each row alone."""
    each_alone(calling_off.to_close(now=now), lambda row: calling_off.close(row, now=now), what="order of a day called off")
    each_alone(
        list(moving_session.of_another_day()), lambda row: moving_session.follow_moved_day(row, now=now), what="order of a day moved"
    )
    each_alone(held_too_long(now=now), cut_hold, what="hold past the eve of its day")
    each_alone(offered_too_long(now=now), cut_offer, what="offer past the eve of its day")


def held_too_long(*, now: datetime) -> list[Booking]:
    """Holds that end after the eve of their day: it was brought forward, told or not, and that stands."""
    rows = Booking.objects.filter(state=State.HELD, session__cancelled_at=None, holds_until__date__gte=F("session__day"))
    found = [row for row in rows.select_related("session").order_by("pk") if row.holds_until and row.holds_until > closes_at(row.session)]
    return [row for row in found if not moving_session.may_be_undone(row.session, now=now)]


def cut_hold(booking: Booking) -> None:
    rows = Booking.objects.filter(pk=booking.pk, state=State.HELD, holds_until=booking.holds_until)
    rows.update(holds_until=closes_at(booking.session))


def offered_too_long(*, now: datetime) -> list[PlaceOffer]:
    """Offers that end later than a day before their day."""
    rows = PlaceOffer.objects.filter(ending="", booking__session__cancelled_at=None).select_related("booking__session").order_by("pk")
    found = [row for row in rows if row.expires_at > row.booking.session.starts - LAST_OFFER]
    return [row for row in found if not moving_session.may_be_undone(row.booking.session, now=now)]


def cut_offer(offer: PlaceOffer) -> None:
    PlaceOffer.objects.filter(pk=offer.pk, ending="").update(expires_at=offer.booking.session.starts - LAST_OFFER)
