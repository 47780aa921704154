"""Working days and hours (G8), at their borders."""

from datetime import UTC, date, datetime, time

import pytest

from core import workdays
from core.clock import PARIS


def paris(*moment):
    return datetime(*moment, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        # Tuesday 7 September 2027.
        (paris(2027, 9, 7, 7, 59, 59), paris(2027, 9, 7, 8)),
        (paris(2027, 9, 7, 8), paris(2027, 9, 7, 8)),
        (paris(2027, 9, 7, 18, 59, 59), paris(2027, 9, 7, 18, 59, 59)),
        (paris(2027, 9, 7, 19), paris(2027, 9, 8, 8)),
        (paris(2027, 9, 7, 0, 0), paris(2027, 9, 7, 8)),
        # Friday evening, Saturday, Sunday: Monday.
        (paris(2027, 9, 10, 19), paris(2027, 9, 13, 8)),
        (paris(2027, 9, 11, 10), paris(2027, 9, 13, 8)),
        (paris(2027, 9, 12, 23, 59, 59), paris(2027, 9, 13, 8)),
        # 14 July 2027 is a Wednesday.
        (paris(2027, 7, 13, 19), paris(2027, 7, 15, 8)),
        (paris(2027, 7, 14, 10), paris(2027, 7, 15, 8)),
        # Easter Monday 2027 is 29 March, the day after the hour changed; Good Friday is a working day.
        (paris(2027, 3, 26, 10), paris(2027, 3, 26, 10)),
        (paris(2027, 3, 26, 20), paris(2027, 3, 30, 8)),
        (paris(2027, 3, 29, 10), paris(2027, 3, 30, 8)),
        # Ascension 2027 is Thursday 6 May, Whit Monday 17 May.
        (paris(2027, 5, 6, 9), paris(2027, 5, 7, 8)),
        (paris(2027, 5, 17, 9), paris(2027, 5, 18, 8)),
        # From a year to the next.
        (paris(2027, 12, 31, 19), paris(2028, 1, 3, 8)),
        (paris(2025, 12, 31, 19), paris(2026, 1, 2, 8)),
    ],
)
def test_what_we_start_leaves_on_a_working_day_between_eight_and_seven(moment, then):
    assert workdays.next_working_moment(moment) == then


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        # Sunday 31 October 2027 at 03:00 it is 02:00 again: Monday 1 November is All Saints, 08:00 is 07:00 UTC.
        (datetime(2027, 10, 29, 17, 30, tzinfo=UTC), datetime(2027, 11, 2, 7, tzinfo=UTC)),
        # 18:30 in Paris in summer, 18:30 in winter.
        (datetime(2027, 10, 29, 16, 30, tzinfo=UTC), datetime(2027, 10, 29, 16, 30, tzinfo=UTC)),
        (datetime(2027, 11, 2, 17, 30, tzinfo=UTC), datetime(2027, 11, 2, 17, 30, tzinfo=UTC)),
        (datetime(2027, 11, 2, 18, 0, tzinfo=UTC), datetime(2027, 11, 3, 7, tzinfo=UTC)),
        # Friday evening before the hour moves forward (28 March 2027), and Easter: Tuesday 08:00 is 06:00 UTC.
        (datetime(2027, 3, 26, 18, 0, tzinfo=UTC), datetime(2027, 3, 30, 6, tzinfo=UTC)),
    ],
)
def test_hours_are_those_of_paris_on_both_sides_of_a_change_of_hour(moment, then):
    assert workdays.next_working_moment(moment).astimezone(UTC) == then


def test_the_public_holidays_are_the_eleven_of_metropolitan_france():
    days = [date(2027, 1, 1), date(2027, 3, 29), date(2027, 5, 1), date(2027, 5, 6), date(2027, 5, 8), date(2027, 5, 17), date(2027, 7, 14),
            date(2027, 8, 15), date(2027, 11, 1), date(2027, 11, 11), date(2027, 12, 25)]  # fmt: skip
    assert sorted(workdays._holidays(2027)) == days
    # Good Friday and 26 December are holidays in Alsace-Moselle, 27 April in Mayotte.
    assert all(workdays.is_working_day(day) for day in (date(2027, 3, 26), date(2028, 12, 26), date(2027, 4, 27)))


def test_the_working_days_between_two_moments_are_half_open():
    half_past_eight = time(8, 30)
    monday, friday = paris(2027, 9, 6, 8, 30), paris(2027, 9, 10, 8, 30)
    found = workdays.working_days(monday, friday, half_past_eight)
    assert [moment.day for moment in found] == [6, 7, 8, 9]
    assert workdays.working_days(paris(2027, 9, 10, 8, 30, 1), paris(2027, 9, 13, 8, 30), half_past_eight) == []
    assert workdays.working_days(paris(2027, 7, 14), paris(2027, 7, 15), half_past_eight) == []
