"""What the clock owes to orders: holds and offers that end, reminders, invoices to issue or to credit, money that came late.

Each row alone, in its own transaction: one that fails neither stops nor undoes the others. Run twice, or at once, it does it once.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import models

from bookings import emails, seats
from bookings.models import Booking
from bookings.models.booking import BookingQuerySet
from bookings.models.terms import HOLD_REMINDERS
from bookings.services import firming, holding, late_money, offering, settling
from bookings.states import Firmness, State
from core.clock import PARIS
from core.prepared import Prepared
from mailing.models import Message
from programmes.models import TrainingSession
from records.sweeping import each_alone


def sweep(*, now: datetime) -> None:
    each_alone(firming.to_firm(), lambda row: firming.make_firm(row, Firmness.PAYMENT, by=None, now=now), what="paid order")
    each_alone(seats.due(now=now), lambda day: _settle(day, now=now), what="places of a day")
    each_alone(offering.too_late(now=now), lambda row: offering.close_waiting(row, now=now), what="waiting for a day that began")
    each_alone(holding.to_invoice(now=now), lambda row: holding.invoice(row, now=now), what="invoice of an order")
    each_alone(holding.to_credit(), lambda row: holding.credit_lapsed(row, now=now), what="credit of a lapsed order")
    each_alone(late_money.paid_late(now=now), lambda row: late_money.answer(row, now=now), what="late payment of an order")
    each_alone(to_remind(now=now), lambda row: remind(row, now=now), what="reminder of a hold")


def _settle(day: TrainingSession, *, now: datetime) -> None:
    settling.settle(day, now=now)
    offering.fill(day, now=now)


# --- Reminders (C2: they keep their hour) ------------------------------------------------------------------------------


def _end_soon(now: datetime, soon: datetime) -> BookingQuerySet:
    near = Booking.objects.with_day().filter(state=State.HELD, proven_at__isnull=False, session__cancelled_at=None)
    near = near.filter(holds_until__gt=now, holds_until__lte=soon).order_by("holds_until", "pk")
    return near.annotate(held_since=models.Max("steps__at", filter=models.Q(steps__to_state=State.HELD)))


_END_SOON: Prepared[Any] = Prepared(_end_soon, now=datetime, soon=datetime)


def to_remind(*, now: datetime) -> list[Booking]:
    """Held orders whose end is within seven days, and whose last reminder reached is not written yet."""
    keys = {}
    for booking in _END_SOON(now=now, soon=now.astimezone(PARIS) + HOLD_REMINDERS[0]):
        if days := last_reached(booking, since=booking.held_since or booking.created_at, now=now):
            keys[f"booking:{booking.pk}:hold:{emails.stamp(booking.holds_until)}:{days}"] = booking
    if not keys:
        return []
    written = set(Message.objects.filter(key__in=keys).order_by("pk").values_list("key", flat=True))
    return [booking for key, booking in keys.items() if key not in written]


def last_reached(booking: Booking, *, since: datetime, now: datetime) -> int:
    """How many days before the end was the last reminder that is due; 0: none. None for a moment before the hold began."""
    end = booking.holds_until
    if end is None:
        return 0
    ends = end.astimezone(PARIS)  # so many days before, at the same hour of the clock, across a change of hour too
    return min((before.days for before in HOLD_REMINDERS if since < (ends - before).astimezone(UTC) <= now), default=0)


def remind(booking: Booking, *, now: datetime) -> None:
    since = getattr(booking, "held_since", None) or booking.created_at
    if days := last_reached(booking, since=since, now=now):
        emails.post_hold_reminder(booking, days, now=now)
