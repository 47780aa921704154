"""What a trainer and the team read of a day: who comes, what they need, who was there. Read in a few questions, whatever the number."""

from dataclasses import dataclass, field
from datetime import datetime, time

from bookings import papers
from bookings.halves import HalfDay, halves
from bookings.models import Seat
from bookings.services import attending
from bookings.states import Half
from core.clock import PARIS
from core.folding import fold
from programmes.models import TrainingSession

# What the addresses and the buttons of both doors say.
HALVES = {"matin": Half.MORNING, "apres-midi": Half.AFTERNOON}
SLUGS = {half: slug for slug, half in HALVES.items()}
SAID = {"present": True, "absent": False}


@dataclass(frozen=True)
class Line:
    """Somebody expected, and what was said of their half-days: True, False, or nothing."""

    seat: Seat
    name: str
    employer: str
    said: dict[str, bool] = field(default_factory=dict)

    def at(self, half: str) -> bool | None:
        return self.said.get(half)


@dataclass(frozen=True)
class Shown:
    """One half-day of the page: its lines with what was said, and how many."""

    day: HalfDay
    lines: list[tuple[Line, bool | None]]

    @property
    def present(self) -> int:
        return sum(said is True for _, said in self.lines)

    @property
    def absent(self) -> int:
        return sum(said is False for _, said in self.lines)

    @property
    def unsaid(self) -> int:
        return sum(said is None for _, said in self.lines)


def group(session: TrainingSession) -> list[Line]:
    """The people expected, by name, those not named yet at the end (2 questions)."""
    seats = list(attending.present_at(session))
    said = attending.said_of(seats)
    lines = []
    for seat in seats:
        mine = {half: present for (pk, half), present in said.items() if pk == seat.pk}
        lines.append(
            Line(seat, seat.name or f"Place {seat.rank}, commande {seat.booking.reference}", papers.employer_of(seat.booking), mine)
        )
    return sorted(lines, key=lambda line: (not line.seat.name, fold(line.name), line.seat.pk))


def needs(lines: list[Line]) -> list[Line]:
    """Those who said a diet or an access to prepare."""
    return [line for line in lines if line.seat.needs]


def shown(session: TrainingSession, lines: list[Line], asked: str, *, now: datetime) -> Shown:
    """The half-day asked for; else the one that the clock is in: the afternoon from two o'clock, and once the day is over the first."""
    days = halves(session)
    found = next((day for day in days if day.half == asked), None) or _now(session, days, now)
    return Shown(found, [(line, line.at(found.half)) for line in lines])


def _now(session: TrainingSession, days: list[HalfDay], now: datetime) -> HalfDay:
    begun = [day for day in days if datetime.combine(session.day, day.starts_at, PARIS).timestamp() <= now.timestamp()]
    is_that_day = now.astimezone(PARIS).date() == session.day
    return begun[-1] if begun and is_that_day else days[0]


def has_begun(session: TrainingSession, *, now: datetime) -> bool:
    return now.timestamp() >= datetime.combine(session.day, time(), PARIS).timestamp()
