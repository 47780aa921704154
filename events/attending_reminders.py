"""The reminder of E6: two days before the sitting, at ten in Paris; of a Sunday, a Saturday or a holiday, the working day before (G8)."""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, Q

from core import workdays
from core.clock import PARIS
from events import attending_emails as emails
from events.models import Event, Registration, TimeSlot
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


def near(start: datetime, until: datetime) -> list[tuple[datetime, TimeSlot]]:
    """The sittings whose reminder falls between two moments, with how many `people` it is for (1 query)."""
    slots = TimeSlot.objects.filter(event__state=State.LISTED, starts_at__gt=start, starts_at__lte=until + _FARTHEST)
    awaited = Q(registrations__seated_at__isnull=False, registrations__withdrawn_at=None, registrations__reminded_at=None)
    counted = slots.annotate(people=Count("registrations", filter=awaited)).filter(people__gt=0)
    found = [(moment_of(slot), slot) for slot in counted.select_related("event__season").order_by("starts_at", "pk")]
    return [(moment, slot) for moment, slot in found if start <= moment < until]


def remind(*, now: datetime) -> int:
    """Remind who had a seat by then, once; after an outage, as long as the sitting has not begun. Return how many are owed (2 queries)."""
    reached = {slot.pk: (moment, slot) for moment, slot in near(now - _FARTHEST, now + timedelta(microseconds=1)) if slot.starts_at > now}
    if not reached:
        return 0
    owed = 0
    for row in Registration.objects.filter(slot__in=list(reached), reminded_at=None).seated().order_by("slot__starts_at", "pk"):
        moment, row.slot = reached[row.slot_id]
        # Who took a seat since then has just been written to.
        owed += _remind(row, now=now) if row.seated_at and row.seated_at < moment else 0
    return owed


def _remind(row: Registration, *, now: datetime) -> int:
    if not Registration.objects.filter(pk=row.pk, reminded_at=None).update(reminded_at=now):
        return 0
    emails.post_reminder(row, now=now)
    return 1


def begin_again(event: Event, *, moved: frozenset[int] | None = None, now: datetime) -> None:
    """A sitting that moved is reminded anew, unless its letter of change comes as late as the reminder would."""
    for slot in TimeSlot.objects.filter(event=event).select_related("event").order_by("pk"):
        if moved is not None and slot.pk not in moved:
            continue
        is_near = moment_of(slot) <= now
        Registration.objects.filter(slot=slot).seated().update(reminded_at=now if is_near else None)
