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
    spoke: bool = False  # the employer answered once, whatever became of it
    letters: list[str] = field(default_factory=list)


@dataclass
class Model:
    seats: int
    confirm_by: datetime
    people: list[Person]
    waiting: list[int] = field(default_factory=list)
    released_at: datetime | None = None
    hurried: bool = False
    closed: bool = False
    reopens_until: datetime | None = None
    # The last group act: where it led, where each was before with its rank, until when it is undone.
    group: tuple[str, list[tuple[int, str, int | None]], datetime] | None = None

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

    def settle(self, now: datetime, besides: int | None = None) -> bool:
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
        for pk in [] if self.closed else [pk for pk in self.waiting if pk != besides]:
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
        if each.state == "CONFIRMED" or self.closed:
            return False
        had_a_place = each.state == "SELECTED"
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
        put_back = had_a_place and state == "WAITLISTED"
        self.settle(now, besides=pk if put_back else None)
        # Nobody else waits: the place would go to whoever has just left it.
        return not (put_back and self.is_out(now) and self.held(now) < self.seats)

    def many(self, pks: list[int], state: str, *, now: datetime) -> bool:
        """The same decision for several, before the release: those who cannot have it are left, nobody is refused."""
        room, moved = self.seats - self.held(now), []
        for pk in pks:
            if self.released_at is None and state in DECIDES.get(self.people[pk].state, ()) and (state != "SELECTED" or room > 0):
                room -= state == "SELECTED"
                moved.append((pk, self.people[pk].state, self.rank(pk)))
        for pk, _, _ in moved:
            self._becomes(pk, state)
        self.group = (state, moved, now + TEN_MINUTES)
        return True

    def unmany(self, *, now: datetime) -> bool:
        if self.group is None or now >= self.group[2] or (self.group[1] and self.released_at is not None):
            return False
        (state, moved, _), self.group = self.group, None
        still = [each for each in moved if self.people[each[0]].state == state]
        for before in ("DECLINED", "IN_REVIEW", "WAITLISTED", "SELECTED"):
            back = sorted((each for each in still if each[1] == before), key=lambda each: each[2] or 0)
            for pk, _, _ in back[: max(self.seats - self.held(now), 0)] if before == "SELECTED" else back:
                self._becomes(pk, before)
            for pk, _, rank in back if before == "WAITLISTED" else []:
                self.waiting.remove(pk)
                self.waiting.insert((rank or 1) - 1, pk)
        return True

    def undecide(self, pk: int, *, now: datetime) -> bool:
        self.settle(now)
        each = self.people[pk]
        if self.closed:
            return False
        if each.state == "IN_REVIEW":
            return True
        if self.released_at is not None or each.state not in TELLS:
            return False
        self._becomes(pk, "IN_REVIEW")
        return True

    def move_to(self, pk: int, rank: int, *, now: datetime) -> bool:
        self.settle(now)
        if self.closed or self.people[pk].state != "WAITLISTED":
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

    def close(self, *, now: datetime) -> bool:
        """Everybody has answered, and every letter has left."""
        if self.closed:
            return True
        if not self.is_out(now):
            return False
        self.settle(now)
        if any(each.state == "SELECTED" or each.offer for each in self.people):
            return False
        self.closed = True
        for pk in self.waiting:
            self.people[pk].letters.append("waitlist_over")
        due = now + TEN_MINUTES
        self.reopens_until = workdays.next_working_moment(due) if self.waiting else due
        return True

    def reopen(self, *, now: datetime) -> bool:
        if not self.closed or self.reopens_until is None or now >= self.reopens_until:
            return False
        self.closed = False
        for each in self.people:
            each.letters = [kind for kind in each.letters if kind != "waitlist_over"]
        return self.settle(now)

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
        self.people[pk].word = self.people[pk].spoke = True
        self._complete(self.people[pk], now)
        return True

    def disown(self, pk: int, *, now: datetime) -> bool:
        """The team does not take the employer's word: a week for another one, unless the place is gone already."""
        each = self.people[pk]
        if not each.word:
            return each.spoke
        gone = each.state == "WITHDRAWN" or (self.is_out(now) and (each.state in ("DECLINED", "LAPSED") or self.is_late(each, now)))
        if gone or self.closed:
            return False
        each.word = False
        if each.state in ("SELECTED", "CONFIRMED") and self.is_out(now):
            each.state, each.own = "SELECTED", max(self.limit(each), now + A_WEEK)
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
