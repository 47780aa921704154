"""An event that changes its way of being held: who came in the other way comes in the one there is, and keeps their seat and their rank.

Under the locks of the event and of the sitting, which whoever calls has taken. They who do not all fit refuse the change: nobody is thrown
out of a room by it, and no room is oversold.
"""

from typing import NamedTuple

from core.refusals import Refused
from core.typography import NBSP, agreeing
from events import seats
from events.models import Event, Registration, TimeSlot
from events.models.attending import RegistrationQuerySet
from events.states import Mode

COUNTS = ["taken_onsite", "taken_online", "members_onsite", "members_online"]
WHERE = {Mode.ONSITE: "sur place", Mode.ONLINE: "en ligne"}


class Carried(NamedTuple):
    """How many people with a seat were carried to a way of coming."""

    people: int
    mode: Mode


def carry(slot: TimeSlot, event: Event) -> Carried | None:
    """Carry who comes in a way that there is no more, on the row and its counts; the counts are for the caller to save."""
    gone, there = gone_of(event)
    if gone is None:
        return None
    people = seats.taken(slot, gone)
    seats.carry(slot, gone, there)
    strays(slot, gone).update(mode=there)
    return Carried(people, there)


def gone_of(event: Event) -> tuple[Mode | None, Mode]:
    """The way of coming that an event has not, if there is one, and its first."""
    modes = seats.modes_of(event)
    return next((mode for mode in (Mode.ONSITE, Mode.ONLINE) if mode not in modes), None), modes[0]


def strays(slot: TimeSlot, gone: Mode) -> RegistrationQuerySet:
    return Registration.objects.filter(slot=slot, mode=gone).live()


def refuse_unless_they_fit(slot: TimeSlot, carried: Carried | None) -> None:
    """No fewer seats than are given, whoever was carried there included."""
    for mode, where in WHERE.items():
        limit, taken = seats.limit(slot, mode), seats.taken(slot, mode)
        if limit is None or taken <= limit:
            continue
        if carried and carried.people and carried.mode == mode:
            raise Refused(_too_many(carried, limit - (taken - carried.people)))
        raise Refused(f"{taken} personnes sont déjà inscrites {where}{NBSP}: il ne peut pas y avoir moins de places.")


def _too_many(carried: Carried, left: int) -> str:
    other = next(where for mode, where in WHERE.items() if mode != carried.mode)
    there, left = WHERE[carried.mode], max(0, left)
    come = _counted(carried.people, "personne vient", "personnes viennent")
    rest = _counted(left, "place", "places") if left else "plus de place"
    only = f"il ne reste que {rest}" if left else f"il ne reste {rest}"
    return f"{come} {other}, et {only} {there}{NBSP}: ajoutez des places {there}, ou désinscrivez quelqu’un d’abord."


def _counted(count: int, one: str, several: str) -> str:
    return f"{count}{NBSP}{agreeing(count, one, several)}"
