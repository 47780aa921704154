"""What an organiser reads of who comes: each sitting with its people, and the figures that stay once the people are erased.

People are counted with their companions. What is public counts nobody by name: only the desk of an event calls this.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum

from core.folding import fold, holds
from events import seats
from events.calendars import SUPPOSED
from events.models import Event, Registration, TimeSlot
from events.states import Mode

_SEATED = Q(seated_at__isnull=False, withdrawn_at=None, is_walk_in=False)
_WAITING = Q(confirmed_at__isnull=False, seated_at=None, withdrawn_at=None, is_walk_in=False)
_CAME = Q(came_at__isnull=False, withdrawn_at=None)
# Arrivals are noted well before the hour; earlier still, somebody opened the wrong sitting, or is trying.
EARLY = timedelta(hours=12)


@dataclass(frozen=True)
class Count:
    """How many people, of a sitting and a mode."""

    slot: int
    mode: str
    registered: int = 0
    waiting: int = 0
    unconfirmed: int = 0
    withdrawn: int = 0
    came: int = 0
    walked_in: int = 0

    @property
    def label(self) -> str:
        return str(Mode(self.mode).label)


@dataclass(frozen=True)
class Sitting:
    """One sitting: its counts, and its people when they are asked for."""

    slot: TimeSlot
    counts: Sequence[Count]
    seated: Sequence[Registration] = field(default=())
    waiting: Sequence[Registration] = field(default=())

    def total(self, name: str) -> int:
        return sum(getattr(count, name) for count in self.counts)

    @property
    def registered(self) -> int:
        return self.total("registered")

    @property
    def queued(self) -> int:
        return self.total("waiting")

    @property
    def unconfirmed(self) -> int:
        return self.total("unconfirmed")

    @property
    def withdrawn(self) -> int:
        return self.total("withdrawn")

    @property
    def came(self) -> int:
        return self.total("came")

    @property
    def seats(self) -> int | None:
        """None: without limit somewhere."""
        limits = [seats.limit(self.slot, mode) for mode in seats.modes_of(self.slot.event)]
        return None if None in limits else sum(limit or 0 for limit in limits)


def ends_of(slot: TimeSlot) -> datetime:
    return slot.ends_at or slot.starts_at + SUPPOSED


def is_early(slot: TimeSlot, *, now: datetime) -> bool:
    """Whether nobody can be arriving yet."""
    return now < slot.starts_at - EARLY


def is_over(event: Event, *, now: datetime) -> bool:
    """Every sitting is over."""
    slots = list(event.slots.all())
    return bool(slots) and all(ends_of(slot) <= now for slot in slots)


def counts(event: Event, *, now: datetime) -> list[Count]:
    """Count everybody in one query, people who are erased included."""
    sums = {
        "registered": _SEATED, "waiting": _WAITING, "came": _CAME, "walked_in": _CAME & Q(is_walk_in=True),
        "unconfirmed": Q(confirmed_at=None, withdrawn_at=None, holds_until__gt=now),
        "withdrawn": Q(withdrawn_at__isnull=False, confirmed_at__isnull=False),
    }  # fmt: skip
    rows = Registration.objects.filter(slot__event=event).order_by().values("slot", "mode")
    found = rows.annotate(**{name: Sum(F("companions") + 1, filter=which, default=0) for name, which in sums.items()})
    return sorted((Count(**row) for row in found), key=lambda count: (count.slot, count.mode != Mode.ONSITE))


def sittings(event: Event, *, now: datetime) -> list[Sitting]:
    """Every sitting with its counts (2 queries)."""
    found = counts(event, now=now)
    slots = event.slots.order_by("starts_at", "pk")
    for slot in slots:
        slot.event = event
    return [Sitting(slot, [count for count in found if count.slot == slot.pk]) for slot in slots]


def people(event: Event, slots: Iterable[int] | None = None) -> list[Registration]:
    """Who holds a seat, waits or walked in, of these sittings or of all: by surname."""
    rows = Registration.objects.filter(slot__event=event, withdrawn_at=None, erased_at=None).select_related("slot")
    rows = rows.filter(Q(confirmed_at__isnull=False) | Q(is_walk_in=True))
    chosen = rows if slots is None else rows.filter(slot__in=slots)
    found = sorted(chosen, key=by_name)
    for row in found:
        row.slot.event = event
    return found


def by_name(row: Registration) -> tuple[str, str, int]:
    """By the last word of the name, as people look for themselves on a sheet."""
    words = fold(row.name).split()
    return (words[-1] if words else "", " ".join(words), row.pk)


def with_people(sitting: Sitting, rows: Iterable[Registration]) -> Sitting:
    """Put those of this sitting in it: the seated by name, who waits by rank."""
    mine = [row for row in rows if row.slot_id == sitting.slot.pk]
    waiting = sorted((row for row in mine if row.is_waiting and not row.is_walk_in), key=_rank)
    queued = {row.pk for row in waiting}
    return Sitting(sitting.slot, sitting.counts, [row for row in mine if row.pk not in queued], waiting)


def _rank(row: Registration) -> tuple[datetime, int]:
    """The order of the waiting list (`RegistrationQuerySet.waiting`)."""
    return (row.confirmed_at or row.created_at, row.pk)


def matching(rows: Iterable[Registration], words: str) -> list[Registration]:
    """Those with every word in their name, organisation or address, accents and capitals apart."""
    return [row for row in rows if holds(f"{row.name} {row.organisation} {row.email}", words)]


def chosen(found: Sequence[Sitting], asked: str, *, now: datetime) -> Sitting | None:
    """The sitting asked for, else the one that is on, or comes next; the last one once all are over."""
    by_key = {str(sitting.slot.pk): sitting for sitting in found}
    to_come = (sitting for sitting in found if ends_of(sitting.slot) > now)
    return by_key.get(asked) or next(to_come, found[-1] if found else None)
