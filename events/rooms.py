"""What is left at each sitting, as it is said on pages: read in the query of the sittings, the seats the clock took back left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from core.typography import NBSP, THIN, moment_in_words
from events import seats
from events.models import Event, Registration, TimeSlot
from events.states import Access, Mode, State

_AS = {Mode.ONSITE: "onsite", Mode.ONLINE: "online"}
FULL = "complet, liste d’attente"


@dataclass(frozen=True)
class Room:
    """What a way of coming to a sitting holds for anybody: `free` None is without limit; 0, or people waiting, is complete.

    `kept`: the seats left that only a member may have, `until` their hour: whoever is of one is not sent away.
    """

    mode: Mode
    free: int | None
    waits: bool
    kept: int = 0
    until: datetime | None = None

    @property
    def is_full(self) -> bool:
        return self.free is not None and (self.waits or self.free == 0)

    @property
    def is_full_for_all(self) -> bool:
        return self.is_full and not self.kept

    @property
    def in_words(self) -> str:
        """« 3 places libres », « complet, liste d’attente », « 1 place gardée aux adhérents… »; nothing without limit."""
        if self.is_full and self.kept and self.until:
            many = "s" if self.kept > 1 else ""
            held = f"{self.kept}{NBSP}place{many} gardée{many} aux adhérents jusqu’au {moment_in_words(self.until, noon=True)}"
            return f"{held}\u202f; liste d’attente pour les autres"
        if self.is_full:
            return FULL
        plural = "s" if self.free and self.free > 1 else ""
        return "" if self.free is None else f"{self.free}{NBSP}place{plural} libre{plural}"


def with_rooms(slots: "QuerySet[TimeSlot]", *, now: datetime) -> "QuerySet[TimeSlot]":
    """Sittings with the seats of holds that lapsed, and whether people wait."""
    found: dict[str, Any] = {}
    for mode, name in _AS.items():
        rows = Registration.objects.filter(slot=OuterRef("pk"), mode=mode)
        people = rows.lapsed(now=now).order_by().values("slot").annotate(sum=Sum(F("companions") + 1)).values("sum")
        found[f"lapsed_{name}"] = Coalesce(Subquery(people, output_field=IntegerField()), 0)
        found[f"waits_{name}"] = Exists(rows.waiting().order_by())
    return slots.annotate(**found)


def is_full_for_all(now: datetime) -> Case:
    """Of an event with its `sitting`, for a list: `Room.is_full_for_all` in each way one may come, of a sitting to come.

    Seats whose hold has just lapsed count as taken until the sweep gives them back.
    """
    kept = Q(members_seats_until__gt=now)
    onsite = Q(mode=Mode.ONLINE) | _without_room(Mode.ONSITE, kept & Q(members_seats__gt=F("slots__members_onsite")))
    online = Q(mode=Mode.ONSITE) | _without_room(Mode.ONLINE, kept & Q(mode=Mode.ONLINE, members_seats__gt=F("slots__members_online")))
    full = onsite & online & Q(access=Access.REGISTRATION, starts__gt=now)
    return Case(When(full, then=Value(True)), default=Value(False))


def _without_room(mode: Mode, kept: Q) -> Q:
    """No seat is left, or people wait for those that are, and no member has one `kept`."""
    way = _AS[mode]
    waiting = Registration.objects.filter(slot=OuterRef("sitting"), mode=mode).waiting().order_by()
    taken = Q(**{f"slots__seats_{way}__lte": F(f"slots__taken_{way}")})
    return taken | Q(**{f"slots__seats_{way}__isnull": False}) & ~kept & Q(Exists(waiting))


def rooms_of(slot: TimeSlot, *, now: datetime) -> list[Room]:
    """Each way of coming, for somebody who is of no member."""
    return [_room(slot, mode, now=now) for mode in seats.modes_of(slot.event)]


def _room(slot: TimeSlot, mode: Mode, *, now: datetime) -> Room:
    free = seats.open_to(slot, mode, is_member=False, now=now)
    lapsed, waits = getattr(slot, f"lapsed_{_AS[mode]}", 0), getattr(slot, f"waits_{_AS[mode]}", False)
    if free is None:
        return Room(mode, None, waits)
    kept = min(seats.still_kept(slot, mode, now=now), (seats.left(slot, mode) or 0) + lapsed)
    return Room(mode, free + lapsed, waits, kept, slot.event.members_seats_until)


def in_words(slot: TimeSlot, *, now: datetime) -> str:
    """« 3 places libres », « sur place : 3 places ; en ligne : complet, liste d’attente »."""
    rooms = [room for room in rooms_of(slot, now=now) if room.in_words]
    if len(seats.modes_of(slot.event)) == 1:
        return rooms[0].in_words if rooms else ""
    return f"{THIN}; ".join(f"{room.mode.label}{NBSP}: {room.in_words}" for room in rooms)


# --- On the page of the event ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rooms:
    """What the page of an event says of its seats: by sitting, in words; whether one may register; until when only members may."""

    words: dict[int, str] = field(default_factory=dict)
    is_open: bool = False
    is_full: bool = False
    gate: datetime | None = None


def shown(event: Event, slots: Sequence[TimeSlot], *, now: datetime) -> Rooms:
    """Of an event one registers to here; of the others, nothing."""
    to_come = [slot for slot in slots if slot.starts_at > now]
    if event.access != Access.REGISTRATION or event.state != State.LISTED or not to_come:
        return Rooms()
    for slot in to_come:
        slot.event = event
    words = {slot.pk: in_words(slot, now=now) for slot in to_come}
    is_full = all(room.is_full_for_all for slot in to_come for room in rooms_of(slot, now=now))
    gate = event.members_until if event.members_until and now < event.members_until else None
    return Rooms(words, is_open=True, is_full=is_full, gate=gate)


def turns(event: Event, slots: Sequence[TimeSlot]) -> list[datetime]:
    """When what the page says of registering changes by itself."""
    gates = [moment for moment in (event.members_until, event.members_seats_until) if moment]
    return [*gates, *(slot.starts_at for slot in slots)] if event.access == Access.REGISTRATION else []
