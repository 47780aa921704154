"""Random steps at one sitting, compared at each with an oracle that knows the rules and none of the code.

Seats are never over, nobody who waits is overtaken, a seat is held half an hour and no more, each promotion is one letter.
"""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from core.refusals import Refused
from events.models import Registration, TimeSlot
from events.services import attending, sweeping
from mailing.models import Message
from tests.events.attending import NOW, counted, fresh, opened, states, taken

pytestmark = pytest.mark.django_db
PEOPLE, STEPS = "abcdefgh", 60
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Person:
    number: int
    state: str = "asked"
    until: datetime | None = None


@dataclass
class Oracle:
    """The sitting as a list of people and a queue, by the rules of the domain."""

    seats: int
    people: dict[str, Person] = field(default_factory=dict)
    queue: list[str] = field(default_factory=list)
    promoted: dict[str, int] = field(default_factory=dict)

    def taken(self) -> int:
        return sum(person.number for person in self.people.values() if person.state in ("held", "seated"))

    def fits(self, number: int) -> bool:
        return not self.queue and self.taken() + number <= self.seats

    def move_up(self) -> None:
        while self.queue and self.taken() + self.people[self.queue[0]].number <= self.seats:
            who = self.queue.pop(0)
            self.people[who].state = "seated"
            self.promoted[who] = self.promoted.get(who, 0) + 1

    def lapse(self, now: datetime) -> None:
        late = [person for person in self.people.values() if person.state == "held" and person.until and person.until <= now]
        for person in late:
            person.state, person.until = "asked", None
        if late:
            self.move_up()

    def ask(self, who: str, number: int, now: datetime) -> None:
        if number > self.seats:
            return
        self.lapse(now)
        known = self.people.get(who)
        if known is None or known.state == "gone":
            is_held = self.fits(number)
            self.people[who] = Person(number, "held" if is_held else "asked", now + HALF_AN_HOUR if is_held else None)
        elif known.state in ("asked", "held"):
            was_held, known.state, known.number = known.state == "held", "asked", number
            if was_held and self.fits(number):
                known.state = "held"

    def confirm(self, who: str, number: int, now: datetime) -> None:
        known = self.people.get(who)
        if known is None or known.state not in ("asked", "held"):
            return
        if known.state == "held" and known.until and known.until > now:
            known.state = "seated"
            return
        self.lapse(now)
        if self.fits(known.number):
            known.state = "seated"
        else:
            known.state = "waiting"
            self.queue.append(who)

    def withdraw(self, who: str, number: int, now: datetime) -> None:
        known = self.people.get(who)
        if known is None or known.state == "gone":
            return
        if who in self.queue:
            self.queue.remove(who)
        known.state = "gone"
        self.move_up()

    def change(self, who: str, number: int, now: datetime) -> None:
        known = self.people.get(who)
        if known is None or known.state not in ("seated", "waiting") or number > self.seats:
            return
        if known.state == "seated" and number > known.number and not self.fits(number - known.number):
            return
        if known.state == "waiting" and number > known.number:
            self.queue.append(self.queue.pop(self.queue.index(who)))
        known.number = number
        self.move_up()

    def resize(self, who: str, number: int, now: datetime) -> None:
        self.seats = max(self.taken(), 2 + number)
        self.move_up()

    def sweep(self, who: str, number: int, now: datetime) -> None:
        self.lapse(now)

    def states(self) -> dict[str, str]:
        return {who: str(self.queue.index(who) + 1) if person.state == "waiting" else person.state for who, person in self.people.items()}


@dataclass
class Portal:
    """The same verbs, by the services."""

    slot: TimeSlot

    def row(self, who: str) -> Registration | None:
        rows = Registration.objects.filter(email=f"{who}@ville.example").select_related("slot__event__season", "invitation")
        return rows.order_by("-pk").first()

    def ask(self, who: str, number: int, now: datetime) -> None:
        attending.register(fresh(self.slot), email=f"{who}@ville.example", name=who, companions=number - 1, now=now)

    def confirm(self, who: str, number: int, now: datetime) -> None:
        if row := self.row(who):
            attending.confirm(row, now=now)

    def withdraw(self, who: str, number: int, now: datetime) -> None:
        if row := self.row(who):
            attending.withdraw(row, now=now)

    def change(self, who: str, number: int, now: datetime) -> None:
        if row := self.row(who):
            attending.change(row, companions=number - 1, now=now)

    def resize(self, who: str, number: int, now: datetime) -> None:
        row = fresh(self.slot)
        TimeSlot.objects.filter(pk=row.pk).update(seats_onsite=max(row.taken_onsite, 2 + number))
        attending.seat_next(fresh(self.slot), now=now)

    def sweep(self, who: str, number: int, now: datetime) -> None:
        sweeping.sweep(now=now)

    def states(self) -> dict[str, str]:
        return states(self.slot)


def step(chance: random.Random) -> tuple[str, str, int]:
    verb = chance.choices(["ask", "confirm", "withdraw", "change", "resize", "sweep"], [6, 6, 3, 3, 1, 2])[0]
    return verb, chance.choice(PEOPLE), chance.randint(1, 4)


@pytest.mark.parametrize("seed", range(12))
def test_at_every_step_the_sitting_is_what_the_rules_say(seed: int) -> None:
    chance, now = random.Random(seed), NOW
    slot = opened(4)
    oracle, portal = Oracle(4), Portal(slot)
    for number in range(STEPS):
        verb, who, count = step(chance)
        now += timedelta(minutes=chance.randint(1, 11))
        getattr(oracle, verb)(who, count, now)
        with suppress(Refused):
            getattr(portal, verb)(who, count, now)
        said = (number, verb, who, count)
        assert portal.states() == {who: oracle.states()[who] for who in portal.states()}, said
        assert set(portal.states()) == set(oracle.states()), said
        assert taken(slot) == counted(slot) == (oracle.taken(), 0), said
        assert oracle.taken() <= oracle.seats, said
    letters = Message.objects.filter(kind="events.registration_promoted").values_list("to", flat=True)
    told = {who: list(letters).count(f"{who}@ville.example") for who in oracle.promoted}
    assert told == oracle.promoted
