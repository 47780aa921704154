"""What the clock does to registrations: seats held too long are given on, whoever fits is seated, who comes is reminded."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from events import attending_reminders as reminders
from events.models import Registration, TimeSlot
from events.services import queueing
from events.states import State
from records.sweeping import each_alone


def sweep(*, now: datetime) -> None:
    """Ask the database what is due; twice, or at once, it is done once."""
    give_on(now=now)
    reminders.remind(now=now)


def give_on(*, now: datetime) -> None:
    """Take back the seats of holds that lapsed, and seat those who wait where something is free. Each sitting alone."""
    rows = Registration.objects.filter(slot=OuterRef("pk"))
    lapsed = TimeSlot.objects.filter(Exists(rows.lapsed(now=now))).select_related("event").order_by("pk")
    each_alone(lapsed, lambda slot: queueing.settle(slot, now=now), what="seats of a sitting")
    each_alone(_with_room(now=now), lambda slot: queueing.seat_next(slot, now=now), what="waiting list of a sitting")


def _with_room(*, now: datetime) -> list[TimeSlot]:
    """Sittings to come with somebody waiting and something free."""
    onsite = Q(seats_onsite=None) | Q(taken_onsite__lt=F("seats_onsite"))
    online = Q(seats_online=None) | Q(taken_online__lt=F("seats_online"))
    waits = Exists(Registration.objects.filter(slot=OuterRef("pk")).waiting().order_by())
    rows = TimeSlot.objects.filter(waits, onsite | online, starts_at__gt=now, event__state=State.LISTED)
    return list(rows.select_related("event").order_by("pk"))
