"""What the orders of a day should be after each act, reckoned apart from the portal: no query, no lock, lists and dates only.

An act is given the moment; it answers True, or False when it should be refused, and then nothing has changed (`tried`).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HALF_HOUR, FORTNIGHT, OFFERED, A_DAY = timedelta(minutes=30), timedelta(days=15), timedelta(hours=72), timedelta(days=1)
PRICE = 680


@dataclass
class Bill:
    """An invoice: what it asks, what was credited, paid, and is owed back by the card that paid."""

    gross: int
    credited: int = 0
    paid: int = 0
    by_card: bool = False
    owed: int = 0

    @property
    def stands(self) -> bool:
        return self.credited < self.gross

    @property
    def remains(self) -> int:
        return self.gross - self.credited - self.paid

    def credit(self, amount: int) -> None:
        self.credited += amount
        if self.by_card:
            self.owed += max(min(-self.remains - self.owed, amount), 0)


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
    took: bool = False
    by_person: bool = False
    reminded: set[tuple[datetime, int]] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)
    cancelled: set[datetime] = field(default_factory=set)
    # Money: the invoices in the order of their issue; for each place not given back, on which it stands.
    bills: list[Bill] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    payments: int = 0
    told: int = 0
    # As it was typed, whatever was left.
    asked: int = 0

    def __post_init__(self) -> None:
        self.asked = self.places

    def said(self) -> dict[str, object]:
        """All that it says, apart from the row: what is then done to the row does not change it."""
        lists = {"letters": self.letters[:], "lines": self.lines[:], "reminded": {*self.reminded}, "cancelled": {*self.cancelled}}
        return self.__dict__ | lists | {"bills": [Bill(**bill.__dict__) for bill in self.bills]}

    def is_paid(self) -> bool:
        """Each place on an invoice that stands, and nothing remains of any."""
        standing = [bill for bill in self.bills if bill.stands]
        return bool(standing) and None not in self.lines and all(bill.remains <= 0 for bill in standing)

    def invoice(self) -> list[Bill]:
        """One invoice for the places on none, or one for each of them."""
        bare = [rank for rank, line in enumerate(self.lines) if line is None]
        made = []
        for group in [[rank] for rank in bare] if self.by_person else [bare] if bare else []:
            for rank in group:
                self.lines[rank] = len(self.bills)
            made.append(Bill(PRICE * len(group)))
            self.bills.append(made[-1])
        return made


@dataclass
class Model:
    seats: int
    starts: datetime
    closes: datetime
    rows: list[Row] = field(default_factory=list)

    def tried(self, act: str, *args: object, now: datetime) -> bool:
        """Do an act; refused, everything is as it was."""
        rows = list(self.rows)
        before = [row.said() for row in rows]
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
        for row in [row for row in self.rows if row.state == "HELD" and row.proven and row.is_paid()]:
            self._all_paid(row, now)
        self._clock(now)
        for row in self.line if now >= self.starts else []:
            row.state, row.waits = "LAPSED", None
        for row in self.rows:
            if row.state == "LAPSED":
                self._credit_unpaid(row)
        for row in self.rows:
            self._late(row, now)
        for row in self.rows:
            self._remind(row, now)
        return True

    def _all_paid(self, row: Row, now: datetime) -> None:
        """A held order of which nothing remains to pay: firm, unless its hold ended and somebody waits for its places."""
        if now >= self.starts:
            return
        if (row.end and row.end > now) or not self.waits(now):
            self._firm(row)
            return
        self._clock(now)
        if self.has(row.places, now):
            self._firm(row)

    @staticmethod
    def _credit_unpaid(row: Row) -> None:
        for number, bill in enumerate(row.bills):
            if bill.stands and bill.remains > 0:
                bill.credit(bill.gross - bill.credited)
                row.lines = [None if line == number else line for line in row.lines]

    def _clock(self, now: datetime) -> None:
        for row in self.rows:
            if row.state == "HELD" and row.end and row.end <= now:
                row.state = "LAPSED"
                if row.proven:
                    row.letters.append("lapsed")
            elif row.offer and row.offer[1] <= now:
                row.offer, row.state = None, "LAPSED"
                row.letters.append("offer_expired")
        self.fill(now)

    def fill(self, now: datetime) -> None:
        left = self.seats - self.taken
        for row in self.line:
            fits = row.places if row.places <= left else left if row.fewer else 0
            if row.offer is None and fits > 0 and now < self.starts - A_DAY:
                row.offer = (fits, min(now + OFFERED, self.starts - A_DAY))
                row.letters.append("offer")
                left -= fits

    def _late(self, row: Row, now: datetime) -> None:
        """Paid after the end: placed when there is room and money for all of it, else told once for each payment."""
        if row.state != "LAPSED" or not any(bill.paid and bill.remains <= 0 for bill in row.bills):
            return
        carried = [] if row.is_paid() else [bill for bill in row.bills if bill.paid and not bill.stands]
        is_enough = sum(bill.paid for bill in row.bills) >= PRICE * row.places and not any(bill.by_card for bill in carried)
        if is_enough and self.has(row.places, now) and now < self.starts and not self.living(row.who):
            self._carry(row, carried, now)
        elif row.told != row.payments:
            row.told = row.payments
            row.letters.append("paid_late")

    def _carry(self, row: Row, carried: list[Bill], now: datetime) -> None:
        """The money goes to new invoices, in their order; firm once nothing remains to pay."""
        row.state, row.held_since, row.end = "HELD", now, self._until(row, now)
        made = row.invoice() if carried else []
        for rank, bill in enumerate(carried):
            made[min(rank, len(made) - 1)].paid += bill.paid
            bill.paid = 0
            row.payments += 1
        if row.is_paid():
            self._firm(row)

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
        until, row.made, row.took = now + HALF_HOUR, now, takes_left
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
        return (known.asked, known.took, known.is_public, known.number) == (row.asked, row.took, row.is_public, row.number)

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
        row.end, row.held_since, row.lines = self._until(row, now), now, [None] * row.places
        if row.is_public and row.number:
            return self._firm(row)
        if not row.is_public:
            row.invoice()
        row.letters.append("held")
        return True

    def _until(self, row: Row, now: datetime) -> datetime:
        return min(now + (HALF_HOUR if row.by_card and not row.is_public else FORTNIGHT), self.closes)

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

    def pay(self, row: Row, number: int, by_card: bool, *, now: datetime) -> bool:
        """The whole of what an invoice still asks, or asked before it was credited."""
        if number >= len(row.bills) or row.bills[number].paid:
            return False
        bill = row.bills[number]
        was_asked = bill.remains > 0
        bill.paid, bill.by_card = bill.gross - bill.credited or bill.gross, by_card
        row.payments += 1
        if not was_asked or not row.is_paid() or now >= self.starts:
            return True
        if row.state == "HELD" or (row.state == "LAPSED" and not self.living(row.who) and self.has(row.places, now)):
            self._firm(row)
        return True

    def cancel(self, row: Row, places: int, *, now: datetime) -> bool:
        """The first places of an order: what is firm is given back by the tiers, the rest whole."""
        if row.state not in ("HELD", "WAITING", "FIRM") or not row.proven or places > row.places or now >= self.starts:
            return False
        if row.state != "FIRM" and places == row.places:
            return self.withdraw(row, now=now)
        if row.state == "WAITING":
            return False
        percent = self.given_back(now) if row.state == "FIRM" else 100
        lines, row.lines, row.places = row.lines[:places], row.lines[places:], row.places - places
        for line in lines:
            if line is not None and percent:
                row.bills[line].credit(PRICE * percent // 100)
        if not row.places:
            row.state = "CANCELLED"
        self._told(row, now, is_credited=bool(percent) and any(line is not None for line in lines))
        self.fill(now)
        return True

    def _told(self, row: Row, now: datetime, *, is_credited: bool) -> None:
        """Asked twice in a second, it is one letter; but each credit note has one that carries it."""
        if is_credited or now not in row.cancelled:
            row.letters.append("cancelled")
        if not is_credited:
            row.cancelled.add(now)

    def given_back(self, now: datetime) -> int:
        """In percent, by the tiers of the accepted conditions: thirty days before, then ten."""
        left = (self.starts.date() - now.date()).days
        return 100 if left >= 30 else 50 if left >= 10 else 0

    def withdraw(self, row: Row, *, now: datetime) -> bool:
        if row.state == "CANCELLED":
            return True
        if row.state not in ("HELD", "WAITING") or not row.proven:
            return False
        freed = row.state == "HELD" or row.offer is not None
        for bill in row.bills:
            if bill.stands:
                bill.credit(bill.gross - bill.credited)
        row.state, row.offer = "CANCELLED", None
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
