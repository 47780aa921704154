"""What a selection should be after each act, reckoned apart from the portal: no query, no lock, lists and dates only.

An act is given the moment; it answers True, or False when it should be refused, and then nothing has changed (`tried`).
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core import workdays

OFFERED = timedelta(hours=72)
A_WEEK = timedelta(days=7)
TEN_MINUTES = timedelta(minutes=10)
TELLS = {"SELECTED": "selected", "WAITLISTED": "waitlisted", "DECLINED": "declined"}
# Where a decision may lead from, by the person's state.
DECIDES = {
    "IN_REVIEW": {"SELECTED", "WAITLISTED", "DECLINED"},
    "SELECTED": {"WAITLISTED", "DECLINED"},
    "WAITLISTED": {"SELECTED", "DECLINED"},
    "DECLINED": {"SELECTED", "WAITLISTED"},
    "LAPSED": {"SELECTED", "WAITLISTED"},
}


@dataclass
class Person:
    state: str = "IN_REVIEW"
    offer: datetime | None = None  # until when a place is offered
    last: str = ""  # how the last offer ended
    own: datetime | None = None  # a date of confirmation of their own
    yes: bool = False
    word: bool = False
    letters: list[str] = field(default_factory=list)


@dataclass
class Model:
    seats: int
    confirm_by: datetime
    people: list[Person]
    waiting: list[int] = field(default_factory=list)
    released_at: datetime | None = None
    hurried: bool = False

    def tried(self, act: str, *args: object, now: datetime) -> bool:
        """Do an act; refused, everything is as it was."""
        before = deepcopy(self.__dict__)
        if getattr(self, act)(*args, now=now):
            return True
        self.__dict__.update(before)
        return False

    # --- What is read -------------------------------------------------------------------------------------

    def is_out(self, now: datetime) -> bool:
        return self.released_at is not None and self.released_at <= now

    def limit(self, each: Person) -> datetime:
        return each.own or self.confirm_by

    def is_late(self, each: Person, now: datetime) -> bool:
        return each.state == "SELECTED" and self.is_out(now) and self.limit(each) <= now

    def holds(self, each: Person, now: datetime) -> bool:
        offered = each.state == "WAITLISTED" and each.offer is not None and each.offer > now
        return offered or each.state == "CONFIRMED" or (each.state == "SELECTED" and not self.is_late(each, now))

    def held(self, now: datetime) -> int:
        return sum(self.holds(each, now) for each in self.people)

    def rank(self, pk: int) -> int | None:
        return self.waiting.index(pk) + 1 if pk in self.waiting else None

    # --- The clock, and who is next ------------------------------------------------------------------------

    def settle(self, now: datetime) -> bool:
        if not self.is_out(now):
            return True
        for pk, each in enumerate(self.people):
            if each.offer and each.offer <= now:
                each.offer, each.last = None, "expired"
                self._becomes(pk, "LAPSED")
                each.letters.append("offer_expired")
            elif self.is_late(each, now):
                self._becomes(pk, "LAPSED")
                each.letters.append("place_lapsed")
        for pk in list(self.waiting):
            if self.held(now) < self.seats and self.people[pk].offer is None:
                self.people[pk].offer, self.people[pk].last = now + OFFERED, "open"
                self.people[pk].letters.append("offer")
        return True

    def _becomes(self, pk: int, state: str) -> None:
        each = self.people[pk]
        if pk in self.waiting:
            self.waiting.remove(pk)
        if each.offer:
            each.offer, each.last = None, "closed"
        each.state = state
        if state == "WAITLISTED":
            self.waiting.append(pk)

    # --- Staff ----------------------------------------------------------------------------------------------

    def decide(self, pk: int, state: str, *, now: datetime) -> bool:
        self.settle(now)
        each = self.people[pk]
        if each.state == "CONFIRMED":
            return False
        others = self.held(now) - self.holds(each, now)
        if state == "SELECTED" and others >= self.seats:
            return False
        if state == each.state:
            return True
        if state not in DECIDES.get(each.state, ()):
            return False
        self._becomes(pk, state)
        if self.released_at is not None:
            late = state == "SELECTED" and self.is_out(now)
            each.yes, each.own = False, max(self.confirm_by, now + A_WEEK) if late else None
            if not self.hurried and now < self.released_at:
                each.letters = [kind for kind in each.letters if kind not in TELLS.values()]
            each.letters.append(TELLS[state])
        return self.settle(now)

    def undecide(self, pk: int, *, now: datetime) -> bool:
        self.settle(now)
        each = self.people[pk]
        if each.state == "IN_REVIEW":
            return True
        if self.released_at is not None or each.state not in TELLS:
            return False
        self._becomes(pk, "IN_REVIEW")
        return True

    def move_to(self, pk: int, rank: int, *, now: datetime) -> bool:
        self.settle(now)
        if self.people[pk].state != "WAITLISTED":
            return False
        self.waiting.remove(pk)
        self.waiting.insert(rank - 1, pk)
        return True

    def release(self, *, now: datetime) -> bool:
        leaves = workdays.next_working_moment(now + TEN_MINUTES)
        states = [each.state for each in self.people]
        to_confirm = "SELECTED" in states or "WAITLISTED" in states
        if self.released_at is not None or "IN_REVIEW" in states or (to_confirm and self.confirm_by <= leaves):
            return False
        if all(state == "WITHDRAWN" for state in states):
            return False
        self.released_at, self.hurried = leaves, False
        for each in self.people:
            if each.state in TELLS:
                each.letters.append(TELLS[each.state])
        return True

    def undo(self, *, now: datetime) -> bool:
        if self.released_at is None or self.hurried or now >= self.released_at:
            return False
        self.released_at = None
        for each in self.people:
            each.own = None
            each.letters = [kind for kind in each.letters if kind not in TELLS.values()]
        return True

    def hurry(self, *, now: datetime) -> bool:
        if self.released_at is None or self.hurried or now >= self.released_at or not workdays.is_working_moment(now):
            return False
        self.released_at, self.hurried = now, True
        return True

    def resize(self, seats: int, *, now: datetime) -> bool:
        if seats < self.seats and seats < self.held(now):
            return False
        self.seats = seats
        return True

    # --- People ----------------------------------------------------------------------------------------------

    def withdraw(self, pk: int, *, now: datetime) -> bool:
        each = self.people[pk]
        if each.state == "WITHDRAWN":
            return True
        if each.state == "DECLINED" and self.is_out(now):
            return False
        told = "withdrawn"
        if each.offer and each.offer > now:
            each.offer, each.last, told = None, "declined", "offer_declined"
        elif each.state in ("SELECTED", "CONFIRMED") and self.is_out(now):
            told = "place_left"
        self._becomes(pk, "WITHDRAWN")
        each.letters.append(told)
        return self.settle(now)

    def accept(self, pk: int, *, now: datetime) -> bool:
        each = self.people[pk]
        if each.state == "CONFIRMED" or (each.state == "SELECTED" and each.yes and not self.is_late(each, now)):
            return True
        if each.state != "SELECTED" or not self.is_out(now) or self.is_late(each, now):
            return False
        each.yes = True
        self._complete(each, now)
        return True

    def agree(self, pk: int, *, now: datetime) -> bool:
        """The employer's word."""
        self.people[pk].word = True
        self._complete(self.people[pk], now)
        return True

    def _complete(self, each: Person, now: datetime) -> None:
        if each.state == "SELECTED" and each.yes and each.word and self.is_out(now) and not self.is_late(each, now):
            each.state = "CONFIRMED"

    def take(self, pk: int, *, now: datetime) -> bool:
        each = self.people[pk]
        if each.last == "accepted":
            return True
        if not each.offer or each.offer <= now:
            return False
        each.offer, each.last = None, "accepted"
        self._becomes(pk, "SELECTED")
        each.yes, each.own = True, max(self.confirm_by, now + A_WEEK)
        self._complete(each, now)
        return True

    def refuse(self, pk: int, *, now: datetime) -> bool:
        each = self.people[pk]
        if each.last == "declined":
            return True
        if not each.offer or each.offer <= now:
            return False
        return self.withdraw(pk, now=now)
