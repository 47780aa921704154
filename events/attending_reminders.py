"""The reminder of E6: two days before the sitting, at ten in Paris; of a Sunday, a Saturday or a holiday, the working day before (G8)."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from core import workdays
from core.clock import PARIS
from events import attending_emails as emails
from events.models import Event, Registration, TimeSlot
from events.models.attending import RegistrationQuerySet
from events.states import State
from events.zones import zone_of

DAYS, AT = timedelta(days=2), time(10)
# Two days, and the longest run of days on which nobody works.
_FARTHEST = timedelta(days=9)


def moment_of(slot: TimeSlot) -> datetime:
    """When who comes is reminded: at least two days before, counted where it takes place."""
    day = slot.starts_at.astimezone(zone_of(slot.event.region, slot.event.department)).date() - DAYS
    while not workdays.is_working_day(day):
        day -= timedelta(days=1)
    return datetime.combine(day, AT, PARIS).astimezone(UTC)


def near(start: datetime, until: datetime) -> Iterator[tuple[datetime, TimeSlot]]:
    """The sittings whose reminder falls between two moments."""
    slots = TimeSlot.objects.filter(event__state=State.LISTED, starts_at__gt=start, starts_at__lte=until + _FARTHEST)
    for slot in slots.select_related("event__season").order_by("starts_at", "pk"):
        moment = moment_of(slot)
        if start <= moment < until:
            yield moment, slot


def to_remind(slot: TimeSlot, moment: datetime) -> RegistrationQuerySet:
    """Who had a seat by then: who took one since has just been written to."""
    return Registration.objects.filter(slot=slot, reminded_at=None, seated_at__lt=moment).seated().order_by("pk")


def remind(*, now: datetime) -> int:
    """Remind who comes, once; after an outage, as long as the sitting has not begun. Return how many are owed."""
    owed = 0
    for moment, slot in near(now - _FARTHEST, now + timedelta(microseconds=1)):
        if slot.starts_at <= now:
            continue
        for row in to_remind(slot, moment):
            row.slot = slot
            owed += _remind(row, now=now)
    return owed


def _remind(row: Registration, *, now: datetime) -> int:
    if not Registration.objects.filter(pk=row.pk, reminded_at=None).update(reminded_at=now):
        return 0
    emails.post_reminder(row, now=now)
    return 1


def begin_again(event: Event, *, now: datetime) -> None:
    """A sitting that moved is reminded anew, unless its letter of change comes as late as the reminder would."""
    for slot in TimeSlot.objects.filter(event=event).select_related("event").order_by("pk"):
        is_near = moment_of(slot) <= now
        Registration.objects.filter(slot=slot).seated().update(reminded_at=now if is_near else None)
