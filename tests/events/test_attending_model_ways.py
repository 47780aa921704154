"""Random steps at a sitting on site and online, entered by a code, whose way changes and whose door opens: an oracle knows only the rules.

Beside those of test_attending_model: who is carried keeps a seat and a rank, a code counts its living, a room holds no more than its seats.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from core.refusals import Refused
from events import seats
from events.models import Event, Invitation, Registration, TimeSlot
from events.services import attending, carrying, hosting, inviting, sweeping, verifying
from events.services.inviting import Reply
from events.states import Mode
from tests.events.attending import NOW, counted, fresh, states, taken
from tests.events.desks import by_invitation, code

pytestmark = pytest.mark.django_db
PEOPLE, STEPS, QUOTA, BOTH = "abcdefg", 70, 11, ["ONSITE", "ONLINE"]
HALF_AN_HOUR = timedelta(minutes=30)
WAYS = {"HYBRID": BOTH, "ONSITE": ["ONSITE"], "ONLINE": ["ONLINE"]}


class No(Exception):
    """Refused: nothing changes."""


@dataclass
class Person:
    number: int
    mode: str
    state: str = "asked"
    until: datetime | None = None
    since: datetime = NOW
    came: bool = False


@dataclass
class Oracle:
    seats: dict[str, int]
    modes: list[str] = field(default_factory=lambda: list(BOTH))
    people: dict[str, Person] = field(default_factory=dict)

    def taken(self, mode: str) -> int:
        return sum(who.number for who in self.people.values() if who.mode == mode and who.state in ("held", "seated"))

    def used(self) -> int:
        return sum(who.number for who in self.people.values() if who.state in ("held", "seated", "waiting"))

    def queue(self, mode: str) -> list[str]:
        waits = [(who.since, name) for name, who in self.people.items() if who.state == "waiting" and who.mode == mode and not who.came]
        return [name for _, name in sorted(waits)]

    def fits(self, mode: str, number: int) -> bool:
        return not self.queue(mode) and self.taken(mode) + number <= self.seats[mode]

    def move_up(self) -> None:
        for mode in self.modes:
            for name in self.queue(mode):
                if self.taken(mode) + self.people[name].number > self.seats[mode]:
                    break
                self.people[name].state = "seated"

    def lapse(self, now: datetime) -> None:
        late = [who for who in self.people.values() if who.state == "held" and who.until and who.until <= now]
        for who in late:
            who.state, who.until = "asked", None
        if late:
            self.move_up()

    def may(self, mode: str, number: int) -> None:
        if mode not in self.modes or number > self.seats[mode]:
            raise No

    def ask(self, name: str, number: int, mode: str, now: datetime) -> None:
        if self.used() >= QUOTA:
            raise No
        known = self.people.get(name)
        if known and known.state in ("seated", "waiting"):
            return
        self.may(mode, number)
        self.lapse(now)
        is_new = known is None or known.state == "gone"
        until = now + HALF_AN_HOUR if is_new else known.until if known else None
        self.people[name] = Person(number, mode)
        if until and self.fits(mode, number):
            self.people[name].state, self.people[name].until = "held", until
        if self.used() + (0 if self.people[name].state == "held" else number) > QUOTA:
            raise No

    def confirm(self, name: str, number: int, mode: str, now: datetime) -> None:
        known = self.people.get(name)
        if known is None or known.state not in ("asked", "held"):
            return
        if known.state == "asked" or (known.until and known.until <= now):
            self.lapse(now)
            known.state = "waiting" if not self.fits(known.mode, known.number) else "seated"
            known.since = now
            if self.used() > QUOTA:
                raise No
        known.state, known.until = "waiting" if known.state == "waiting" else "seated", None

    def withdraw(self, name: str, number: int, mode: str, now: datetime) -> None:
        known = self.people.get(name)
        if known and known.state != "gone":
            known.state = "gone"
            self.move_up()

    def change(self, name: str, number: int, mode: str, now: datetime) -> None:
        known = self.people.get(name)
        if known is None or known.state not in ("seated", "waiting") or number == known.number:
            return
        self.may(known.mode, number)
        more = number - known.number
        if known.state == "seated" and more > 0 and not self.fits(known.mode, more):
            raise No
        if known.state == "waiting" and more > 0:
            known.since = now
        known.number = number
        if more > 0 and self.used() > QUOTA:
            raise No
        self.move_up()

    def let_in(self, name: str, number: int, mode: str, now: datetime) -> None:
        known = self.people.get(name)
        if known is None or known.state not in ("seated", "waiting") or known.came:
            return
        if known.state == "waiting":
            if "ONSITE" not in self.modes:
                raise No
            inside = sum(who.number for who in self.people.values() if who.came and who.mode == "ONSITE" and who.state != "gone")
            if self.taken("ONSITE") + known.number <= self.seats["ONSITE"]:
                known.state = "seated"
            elif inside + known.number > self.seats["ONSITE"]:
                raise No
            known.mode = "ONSITE"
        known.came = True

    def resize(self, name: str, number: int, mode: str, now: datetime) -> None:
        self.seats[mode] = max(self.taken(mode), 1 + number)
        self.move_up()

    def way(self, name: str, number: int, mode: str, now: datetime) -> None:
        self.modes = way(number, mode)
        there = self.modes[0]
        for who in self.people.values():
            if who.state != "gone" and who.mode not in self.modes:
                who.mode = there
        if self.taken(there) > self.seats[there]:
            raise No
        self.move_up()

    def sweep(self, name: str, number: int, mode: str, now: datetime) -> None:
        self.lapse(now)
        self.move_up()

    def states(self) -> dict[str, str]:
        return {name: self._state(name) for name in self.people}

    def _state(self, name: str) -> str:
        who = self.people[name]
        if who.state != "waiting":
            return who.state
        return "0" if who.came else str(self.queue(who.mode).index(name) + 1)


def way(number: int, mode: str) -> list[str]:
    """Two times in three, both ways."""
    return WAYS["HYBRID" if number > 1 else mode]


@contextmanager
def or_as_before(oracle: Oracle) -> Iterator[None]:
    before = deepcopy(vars(oracle))
    try:
        yield
    except No:
        vars(oracle).update(before)


@dataclass
class Portal:
    """The same verbs, by the services."""

    slot: TimeSlot
    code: Invitation

    def row(self, name: str) -> Registration | None:
        rows = Registration.objects.filter(email=f"{name}@ville.example").select_related("slot__event__season", "invitation")
        return rows.order_by("-pk").first()

    def ask(self, name: str, number: int, mode: str, now: datetime) -> None:
        found = Invitation.objects.select_related("event__season").get(pk=self.code.pk)
        reply = Reply(name, email=f"{name}@ville.example", companions=number - 1, mode=mode)
        inviting.accept(found, fresh(self.slot), reply, now=now)

    def confirm(self, name: str, number: int, mode: str, now: datetime) -> None:
        if row := self.row(name):
            attending.confirm(row, now=now)

    def withdraw(self, name: str, number: int, mode: str, now: datetime) -> None:
        if row := self.row(name):
            attending.withdraw(row, now=now)

    def change(self, name: str, number: int, mode: str, now: datetime) -> None:
        if row := self.row(name):
            attending.change(row, companions=number - 1, now=now)

    def let_in(self, name: str, number: int, mode: str, now: datetime) -> None:
        if row := self.row(name):
            hosting.let_in(row, anyway=True, now=now)

    def resize(self, name: str, number: int, mode: str, now: datetime) -> None:
        column = {"ONSITE": "onsite", "ONLINE": "online"}[mode]
        most = max(seats.taken(fresh(self.slot), mode), 1 + number)
        TimeSlot.objects.filter(pk=self.slot.pk).update(**{f"seats_{column}": most})
        attending.seat_next(fresh(self.slot), now=now)

    @transaction.atomic
    def way(self, name: str, number: int, mode: str, now: datetime) -> None:
        wanted = way(number, mode)
        event = Event.objects.get(pk=self.slot.event_id)
        event.mode = Mode.HYBRID if wanted == BOTH else Mode(wanted[0])
        event.save(update_fields=["mode"])
        held = seats.hold(self.slot)
        carrying.refuse_unless_they_fit(held, carrying.carry(held, event))
        held.save(update_fields=carrying.COUNTS)
        attending.seat_next(held, now=now)

    def sweep(self, name: str, number: int, mode: str, now: datetime) -> None:
        sweeping.sweep(now=now)


VERBS = {"ask": 7, "confirm": 7, "withdraw": 3, "change": 4, "let_in": 2, "resize": 1, "way": 2, "sweep": 2}


@pytest.mark.parametrize("seed", range(10))
def test_at_every_step_the_sitting_and_the_code_are_what_the_rules_say(seed: int) -> None:
    chance, now = random.Random(seed), NOW
    slot = by_invitation(4, online=4, mode=Mode.HYBRID)
    oracle, portal = Oracle({"ONSITE": 4, "ONLINE": 4}), Portal(slot, code(slot, QUOTA, companions=2))
    for number in range(STEPS):
        verb = chance.choices(list(VERBS), list(VERBS.values()))[0]
        name, count, mode = chance.choice(PEOPLE), chance.randint(1, 3), chance.choice(BOTH)
        now += timedelta(minutes=chance.randint(1, 11))
        with or_as_before(oracle):
            getattr(oracle, verb)(name, count, mode, now)
        with suppress(Refused):
            getattr(portal, verb)(name, count, mode, now)
        said = (number, verb, name, count, mode)
        assert states(slot) == oracle.states(), said
        assert taken(slot) == counted(slot) == (oracle.taken("ONSITE"), oracle.taken("ONLINE")), said
        assert Invitation.objects.get().used == oracle.used() <= QUOTA, said
        assert verifying.different(now=now) == [], said
