"""The half-days of a day, and the hours of each (domain.md C4)."""

from datetime import time
from decimal import Decimal

import pytest

from bookings.halves import attended, halves
from bookings.states import Half
from programmes.models import TrainingSession

MORNING, AFTERNOON = Half.MORNING, Half.AFTERNOON


def day(first: time, last: time, hours: str) -> TrainingSession:
    return TrainingSession(starts_at=first, ends_at=last, hours=Decimal(hours))


def said(session: TrainingSession) -> list[tuple[str, str, str]]:
    return [(half.half, half.when.replace("\u00a0", " "), half.duration.replace("\u00a0", " ")) for half in halves(session)]


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (day(time(9), time(18), "8.0"), [(MORNING, "9 h – 13 h", "4 heures"), (AFTERNOON, "14 h – 18 h", "4 heures")]),
        (day(time(9, 30), time(17), "6.5"), [(MORNING, "9 h 30 – 13 h", "3 h 30"), (AFTERNOON, "14 h – 17 h", "3 heures")]),
        (day(time(9), time(17), "7.0"), [(MORNING, "9 h – 13 h", "4 heures"), (AFTERNOON, "14 h – 17 h", "3 heures")]),
        (day(time(9), time(12), "3.0"), [(MORNING, "9 h – 12 h", "3 heures")]),
        (day(time(9), time(13, 30), "4.0"), [(MORNING, "9 h – 13 h 30", "4 heures")]),
        (day(time(14), time(18), "4.0"), [(AFTERNOON, "14 h – 18 h", "4 heures")]),
        (day(time(13), time(18), "4.5"), [(AFTERNOON, "13 h – 18 h", "4 h 30")]),
    ],
    ids=["the day of 2019", "half an hour later", "seven hours", "a morning", "past 13 h", "an afternoon", "from 13 h"],
)
def test_the_hours_of_a_day_are_shared_between_its_halves(session, expected):
    assert (said(session), sum(half.hours for half in halves(session))) == (expected, session.hours)


def test_hours_that_are_no_half_hours_add_up_all_the_same():
    shared = [half.hours for half in halves(day(time(9), time(18), "7.3"))]
    assert (shared, sum(shared)) == ([Decimal("3.7"), Decimal("3.6")], Decimal("7.3"))


def test_what_is_attended_is_the_sum_of_the_halves_somebody_was_at():
    session = day(time(9, 30), time(17), "6.5")
    assert [attended(session, there) for there in ([], [MORNING], [AFTERNOON], [MORNING, AFTERNOON])] == [
        Decimal(0), Decimal("3.5"), Decimal("3.0"), Decimal("6.5"),
    ]  # fmt: skip
