"""The half-days of a training day, and the hours of each: attendance is signed and attested by them (domain.md C4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from decimal import ROUND_HALF_UP, Decimal

from bookings.states import Half
from programmes.dates import hours_text
from programmes.models import TrainingSession

MORNING_ENDS, AFTERNOON_BEGINS = time(13), time(14)
_STEPS = (Decimal("0.5"), Decimal("0.1"))


@dataclass(frozen=True)
class HalfDay:
    """A half-day: from when to when, and how many of the hours of the day."""

    half: Half
    starts_at: time
    ends_at: time
    hours: Decimal

    @property
    def label(self) -> str:
        """« matin »"""
        return str(self.half.label)

    @property
    def when(self) -> str:
        """« 9 h – 13 h »"""
        return hours_text(self.starts_at, self.ends_at)

    @property
    def duration(self) -> str:
        """« 4 heures »"""
        return hours_in_words(self.hours)


def halves(session: TrainingSession) -> list[HalfDay]:
    """Return the half-days of a day: the morning until 13 h, the afternoon from 14 h; its counted hours are shared between them.

    Their sum is `session.hours`, whatever the clock says: breaks and the drink are outside. A day that ends before 14 h, or begins at
    13 h or later, has one half.
    """
    spans = _spans(session.starts_at, session.ends_at)
    return [HalfDay(half, *span, hours) for (half, span), hours in zip(spans, _shared(session.hours, spans), strict=True)]


def attended(session: TrainingSession, present: Iterable[str]) -> Decimal:
    """Return the hours of the half-days somebody was at."""
    there = set(present)
    return sum((half.hours for half in halves(session) if half.half in there), Decimal(0))


def hours_in_words(hours: Decimal) -> str:
    """« 8 heures », « 7 h 30 »: as the page of the day says its duration."""
    return TrainingSession(hours=hours).duration


_Span = tuple[time, time]


def _spans(first: time, last: time) -> list[tuple[Half, _Span]]:
    if first >= MORNING_ENDS:
        return [(Half.AFTERNOON, (first, last))]
    if last <= AFTERNOON_BEGINS:
        return [(Half.MORNING, (first, last))]
    return [(Half.MORNING, (first, MORNING_ENDS)), (Half.AFTERNOON, (AFTERNOON_BEGINS, last))]


def _shared(hours: Decimal, spans: list[tuple[Half, _Span]]) -> list[Decimal]:
    """By the clock, to the half-hour when the day counts in half-hours; the last takes what remains."""
    if len(spans) == 1:
        return [hours]
    lengths = [_minutes(last) - _minutes(first) for _, (first, last) in spans]
    step = next(step for step in _STEPS if hours % step == 0)
    morning = ((hours * lengths[0] / sum(lengths)) / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return [morning, hours - morning]


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute
