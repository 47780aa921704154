"""Seats of a sitting: counted in one column a mode, moved by a conditional update, so that a crowd never oversells.

The rule is reliability.md section 2. Who finds no seat takes no lock.
What is kept for members (`Event.members_seats`) is out of reach of the others until its day.
"""

from datetime import datetime

from django.db.models import F, Q

from events.models import Event, Registration, TimeSlot
from events.states import Mode

_OF = {Mode.ONSITE: "onsite", Mode.ONLINE: "online"}


def modes_of(event: Event) -> list[Mode]:
    """The ways one may come."""
    return [Mode.ONSITE, Mode.ONLINE] if event.mode == Mode.HYBRID else [Mode(event.mode)]


def limit(slot: TimeSlot, mode: str) -> int | None:
    """How many seats there are; None: as many as come."""
    found: int | None = getattr(slot, f"seats_{_OF[Mode(mode)]}")
    return found


def taken(slot: TimeSlot, mode: str) -> int:
    found: int = getattr(slot, f"taken_{_OF[Mode(mode)]}")
    return found


def left(slot: TimeSlot, mode: str) -> int | None:
    """How many seats nobody has; None: without limit."""
    seats = limit(slot, mode)
    return None if seats is None else max(0, seats - taken(slot, mode))


def kept(slot: TimeSlot, mode: str, *, now: datetime) -> int:
    """How many seats are kept for members at `now`, taken by them or not: on site, or online when there is nothing else."""
    event = slot.event
    until = event.members_seats_until
    if not event.members_seats or until is None or now >= until or mode != modes_of(event)[0]:
        return 0
    return min(event.members_seats, limit(slot, mode) or 0)


def still_kept(slot: TimeSlot, mode: str, *, now: datetime) -> int:
    """How many of them no member has yet."""
    members: int = getattr(slot, f"members_{_OF[Mode(mode)]}")
    return max(0, kept(slot, mode, now=now) - members)


def open_to(slot: TimeSlot, mode: str, *, is_member: bool, now: datetime) -> int | None:
    """How many seats this person could have; None: without limit."""
    free = left(slot, mode)
    return free if free is None or is_member else max(0, free - still_kept(slot, mode, now=now))


def has_room(registration: Registration, *, now: datetime) -> bool:
    """Whether somebody who asks would be seated now: nobody waits, and there are enough."""
    slot, mode = TimeSlot.objects.select_related("event").get(pk=registration.slot_id), registration.mode
    if Registration.objects.filter(slot=slot, mode=mode).waiting().exclude(pk=registration.pk).exists():
        return False
    free = open_to(slot, mode, is_member=registration.is_member, now=now)
    return free is None or free >= registration.people


def take(slot: TimeSlot, mode: str, people: int, *, is_member: bool, now: datetime, only_kept: bool = False) -> bool:
    """Take seats, all or none. `only_kept`: others wait for the rest, so that a member has but what is kept for members."""
    way = _OF[Mode(mode)]
    room = Q(**{f"seats_{way}": None}) | Q(**{f"taken_{way}__lte": F(f"seats_{way}") - people})
    reserve = kept(slot, mode, now=now)
    if only_kept:
        room &= Q(**{f"members_{way}__lte": reserve - people})
    elif reserve and not is_member:
        room &= Q(**{f"taken_{way}__lte": F(f"seats_{way}") - people - reserve + F(f"members_{way}")})
    moved = {f"taken_{way}": F(f"taken_{way}") + people}
    if is_member:
        moved[f"members_{way}"] = F(f"members_{way}") + people
    return bool(TimeSlot.objects.filter(room, pk=slot.pk).update(**moved))


def give_back(slot: TimeSlot, mode: str, people: int, *, is_member: bool) -> None:
    way = _OF[Mode(mode)]
    moved = {f"taken_{way}": F(f"taken_{way}") - people}
    if is_member:
        moved[f"members_{way}"] = F(f"members_{way}") - people
    TimeSlot.objects.filter(pk=slot.pk).update(**moved)


def carry(slot: TimeSlot, gone: Mode, there: Mode) -> None:
    """Count under a way of coming what was counted under another, on a row that the caller holds and saves."""
    for count in ("taken", "members"):
        old, new = f"{count}_{_OF[gone]}", f"{count}_{_OF[there]}"
        setattr(slot, new, getattr(slot, new) + getattr(slot, old))
        setattr(slot, old, 0)


def exists(slot: TimeSlot, mode: str) -> bool:
    """Whether one may come so, now: asked again once the seats are taken, since an event may change its way meanwhile."""
    return Event.objects.filter(pk=slot.event_id, mode__in=[mode, Mode.HYBRID]).exists()


def hold(slot: TimeSlot) -> TimeSlot:
    """Hold a sitting while seats move among those who wait: whoever does it locks it first, and registrations after.

    Its event is read once the lock is there: whoever held it before may have changed it.
    """
    TimeSlot.objects.select_for_update().order_by().values_list("pk").get(pk=slot.pk)
    return TimeSlot.objects.select_related("event__season").get(pk=slot.pk)


def is_refused_to(registration: Registration, *, now: datetime) -> str:
    """Why the first of the list still waits, in words: a group that is bigger than what is left is told so."""
    slot = TimeSlot.objects.select_related("event").get(pk=registration.slot_id)
    free = open_to(slot, registration.mode, is_member=registration.is_member, now=now)
    first = Registration.objects.filter(slot=slot, mode=registration.mode).waiting().first()
    if first != registration or not free or free >= registration.people:
        return ""
    seats = f"{free} place{'s' if free > 1 else ''}"
    return f"Il reste {seats} et vous êtes {registration.people} : en venant moins nombreux, vous pourriez avoir une place."
