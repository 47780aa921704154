"""What tests of attending share: an event one registers to, people who ask, and the count of seats asked of the rows again."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from core.clock import PARIS
from events.models import Event, Registration, TimeSlot
from events.services import attending
from events.states import Access, Mode
from mailing.models import Message
from tests.events.factories import EventFactory

# A Monday, a fortnight before.
NOW = datetime(2027, 11, 8, 10, tzinfo=PARIS)
MINUTE = timedelta(minutes=1)


def opened(seats: int | None = 3, *, online: int | None = None, **fields: Any) -> TimeSlot:
    """The first sitting of an event one registers to."""
    event = EventFactory(**{"access": Access.REGISTRATION, "title": "Récrire un courrier", **fields})
    event.slots.update(seats_onsite=seats, seats_online=online)
    return slot_of(event)


def slot_of(event: Event) -> TimeSlot:
    return TimeSlot.objects.select_related("event__season").filter(event=event).order_by("starts_at", "pk")[0]


def fresh(slot: TimeSlot) -> TimeSlot:
    return TimeSlot.objects.select_related("event__season").get(pk=slot.pk)


def asked(slot: TimeSlot, who: str = "a", *, now: datetime = NOW, **fields: Any) -> Registration:
    return attending.register(fresh(slot), email=f"{who}@ville.example", name=f"{who.upper()} Exemple", now=now, **fields)


def coming(slot: TimeSlot, who: str = "a", *, now: datetime = NOW, **fields: Any) -> Registration:
    """Asked, and proven at once."""
    return attending.confirm(asked(slot, who, now=now, **fields), now=now)


def states(slot: TimeSlot) -> dict[str, str]:
    """Who is seated, at which rank, held, or gone; by the name before the @."""
    said = {}
    for row in Registration.objects.filter(slot=slot).exclude(email="").order_by("pk"):
        said[row.email.partition("@")[0]] = _state(row)
    return said


def _state(row: Registration) -> str:
    if row.withdrawn_at:
        return "gone"
    if row.confirmed_at is None:
        return "held" if row.holds_until else "asked"
    return "seated" if row.seated_at else str(attending.rank_of(row))


def taken(slot: TimeSlot) -> tuple[int, int]:
    row = TimeSlot.objects.get(pk=slot.pk)
    return row.taken_onsite, row.taken_online


def counted(slot: TimeSlot) -> tuple[int, int]:
    """The same, of the rows."""
    sums: Counter[str] = Counter()
    for row in Registration.objects.filter(slot=slot, withdrawn_at=None):
        if row.seated_at or (row.confirmed_at is None and row.holds_until):
            sums[row.mode] += 1 + row.companions
    return sums[Mode.ONSITE], sums[Mode.ONLINE]


def letters(to: str = "") -> list[str]:
    """The kinds of letters owed, in order."""
    rows: Iterable[Message] = Message.objects.filter(**({"to": f"{to}@ville.example"} if to else {})).order_by("pk")
    return [row.kind.removeprefix("events.").removeprefix("registration_") for row in rows]
