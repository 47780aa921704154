"""What the orders of a day should be after each act, reckoned apart from the portal: no query, no lock, lists and dates only.

An act is given the moment; it answers True, or False when it should be refused, and then nothing has changed (`tried`).
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

HALF_HOUR, FORTNIGHT, OFFERED, A_DAY = timedelta(minutes=30), timedelta(days=15), timedelta(hours=72), timedelta(days=1)
PRICE = 680


@dataclass
class Row:
    who: str
    places: int
    is_public: bool
    state: str
    number: str = ""
    fewer: bool = False
    by_card: bool = False
    proven: bool = False
    end: datetime | None = None
    held_since: datetime | None = None
    waits: datetime | None = None
    offer: tuple[int, datetime] | None = None
    linked: int = -1
    made: datetime | None = None
    reminded: set[tuple[datetime, int]] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)
    # Money: what stands invoiced; what was paid of what was credited since.
    invoiced: int = 0
    paid: int = 0
    stray: int = 0


@dataclass
class Model:
    seats: int
    starts: datetime
    closes: datetime
    rows: list[Row] = field(default_factory=list)

    def tried(self, act: str, *args: object, now: datetime) -> bool:
        """Do an act; refused, everything is as it was."""
        rows = list(self.rows)
        before = [deepcopy(row.__dict__) for row in rows]
        if getattr(self, act)(*args, now=now):
            return True
        self.rows = rows
        for row, said in zip(rows, before, strict=True):
            row.__dict__.update(said)
        return False

    # --- What is read ---------------------------------------------------------------------------------------

    @property
    def taken(self) -> int:
        return sum(row.places for row in self.rows if row.state in ("HELD", "FIRM")) + sum(row.offer[0] for row in self.rows if row.offer)

    @property
    def line(self) -> list[Row]:
        """The waiting list, by the moment one began to wait."""
        waiting = [row for row in self.rows if row.state == "WAITING" and row.proven]
        return sorted(waiting, key=lambda row: (row.waits, self.rows.index(row)))

    def waits(self, now: datetime) -> bool:
        return now < self.starts - A_DAY and any(row.offer is None for row in self.line)

    def has(self, places: int, now: datetime) -> bool:
        return not self.waits(now) and self.seats - self.taken >= places

    def living(self, who: str) -> Row | None:
        return next((row for row in self.rows if row.who == who and row.state in ("HELD", "WAITING", "FIRM")), None)

    # --- The clock --------------------------------------------------------------------------------------------

    def sweep(self, *, now: datetime) -> bool:
        for row in self.rows:
            if row.state == "HELD" and row.end and row.end <= now:
                row.state = "LAPSED"
                if row.proven:
                    row.letters.append("lapsed")
            elif row.offer and row.offer[1] <= now:
                row.offer, row.state = None, "LAPSED"
                row.letters.append("offer_expired")
        self.fill(now)
        for row in self.rows:
            if row.state == "LAPSED" and row.invoiced and not row.paid:
                row.invoiced = 0
            self._late(row, now)
            self._remind(row, now)
        return True

    def fill(self, now: datetime) -> None:
        left = self.seats - self.taken
        for row in self.line:
            fits = row.places if row.places <= left else left if row.fewer else 0
            if row.offer is None and fits > 0 and now < self.starts - A_DAY:
                row.offer = (fits, min(now + OFFERED, self.starts - A_DAY))
                row.letters.append("offer")
                left -= fits

    def _late(self, row: Row, now: datetime) -> None:
        """Paid after the end: placed when there is room, else told."""
        if row.state != "LAPSED" or not (row.stray or (row.paid and row.invoiced)):
            return
        if self.has(row.places, now) and now < self.starts:
            row.invoiced, row.paid, row.stray = PRICE * row.places, PRICE * row.places, 0
            row.state, row.end = "FIRM", None
            row.letters.append("firm")
        elif "paid_late" not in row.letters:
            row.letters.append("paid_late")

    def _remind(self, row: Row, now: datetime) -> None:
        if row.state != "HELD" or not row.proven or row.end is None or row.held_since is None:
            return
        reached = [days for days in (7, 2) if row.held_since < row.end - timedelta(days=days) <= now < row.end]
        if reached and (row.end, min(reached)) not in row.reminded:
            row.reminded.add((row.end, min(reached)))
            row.letters.append("hold_reminder")

    # --- Acts ---------------------------------------------------------------------------------------------------

    def order(self, row: Row, takes_left: bool, *, now: datetime) -> bool:
        if now >= self.closes or row.places > self.seats:
            return False
        known = self.living(row.who)
        until, row.made = now + HALF_HOUR, now
        if known and known.made and now - known.made < timedelta(minutes=1) and self._same(known, row):
            return True
        if known and known.proven:
            if known.linked != int(now.timestamp()) // 600:
                known.letters.append("link")
            known.linked = int(now.timestamp()) // 600
            return True
        if known:
            until = min(until, known.end or until) if known.state == "HELD" else until
            self.rows.remove(known)
        left = self.seats - self.taken
        places = 0 if self.waits(now) else row.places if left >= row.places else left if takes_left else 0
        if places > 0:
            row.places, row.state, row.end = places, "HELD", min(until, self.closes)
        row.letters.append("to_prove")
        self.rows.append(row)
        return True

    @staticmethod
    def _same(known: Row, row: Row) -> bool:
        """A double click: the very same order a moment ago."""
        return (known.places, known.is_public, known.number) == (row.places, row.is_public, row.number)

    def prove(self, row: Row, *, now: datetime) -> bool:
        if row.proven:
            return True
        if now >= self.closes:
            return False
        if row.state == "HELD":
            row.proven = True
            return self._held(row, now)
        if any(other is not row and other.who == row.who and other.state in ("HELD", "WAITING", "FIRM") for other in self.rows):
            return False
        row.proven = True
        if self._has_besides(row, now):
            return self._held(row, now)
        row.state, row.waits, row.end = "WAITING", now, None
        self.fill(now)
        if row.offer is None:
            row.letters.append("waiting")
        return True

    def _has_besides(self, row: Row, now: datetime) -> bool:
        """As somebody new: who has just proven their address does not wait for themselves."""
        row.proven = False
        found = self.has(row.places, now)
        row.proven = True
        return found

    def _held(self, row: Row, now: datetime) -> bool:
        row.state, row.waits = "HELD", None
        row.end = min(now + (HALF_HOUR if row.by_card and not row.is_public else FORTNIGHT), self.closes)
        row.held_since = now
        if row.is_public and row.number:
            return self._firm(row)
        if not row.is_public:
            row.invoiced = PRICE * row.places
        row.letters.append("held")
        return True

    def _firm(self, row: Row) -> bool:
        row.state, row.end, row.waits = "FIRM", None, None
        if "firm" not in row.letters:
            row.letters.append("firm")
        return True

    def reference(self, row: Row, number: str, *, now: datetime) -> bool:
        if not row.is_public or not row.proven:
            return False
        row.number = number
        if row.state == "HELD":
            return now < self.starts and self._firm(row)
        if row.state == "LAPSED":
            if now >= self.starts or self.living(row.who):
                return False
            if self.has(row.places, now):
                return self._firm(row)
            row.state, row.waits = "WAITING", now
            row.letters.append("waiting")
            self.fill(now)
        return True

    def pay(self, row: Row, *, now: datetime) -> bool:
        """A transfer of the whole: of what stands, or of what was credited since."""
        owed = PRICE * row.places
        if row.is_public or row.paid or row.stray or "held" not in row.letters:
            return False
        if not row.invoiced:
            row.stray = owed
            return True
        row.paid = owed
        return self._firm(row) if row.state == "HELD" and now < self.starts else True

    def withdraw(self, row: Row, *, now: datetime) -> bool:
        if row.state == "CANCELLED":
            return True
        if row.state not in ("HELD", "WAITING") or not row.proven:
            return False
        freed = row.state == "HELD" or row.offer is not None
        row.state, row.offer, row.invoiced = "CANCELLED", None, 0
        row.letters.append("withdrawn")
        if freed:
            self.fill(now)
        return True

    def accept(self, row: Row, *, now: datetime) -> bool:
        if row.offer is None:
            return False
        row.places, row.offer = row.offer[0], None
        return self._held(row, now)

    def decline(self, row: Row, *, now: datetime) -> bool:
        if row.offer is None:
            return False
        places, row.offer = row.offer[0], None
        if places < row.places:
            row.fewer = False
        else:
            row.state = "CANCELLED"
            row.letters.append("withdrawn")
        self.fill(now)
        return True

    def fewer(self, row: Row, yes: bool, *, now: datetime) -> bool:
        if row.state == "WAITING" and row.proven and row.fewer != yes:
            row.fewer = yes
            self.fill(now)
        return True
