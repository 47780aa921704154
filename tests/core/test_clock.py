"""The one clock, on the nights when the clocks of Paris change."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from core import clock

SPRING, AUTUMN = datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
@pytest.mark.parametrize("minutes", [-61, -10, 0, 10, 50, 61])
def test_fifteen_minutes_are_fifteen_minutes(change, minutes):
    moment = change + timedelta(minutes=minutes)
    with time_machine.travel(moment, tick=False):
        for span in (timedelta(minutes=15), timedelta(minutes=-15), timedelta(hours=12)):
            assert (clock.now() + span).astimezone(UTC) == moment + span


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (SPRING - timedelta(minutes=1), "2027-03-28 01:59 +0100"),
        (SPRING, "2027-03-28 03:00 +0200"),
        (AUTUMN - timedelta(minutes=1), "2027-10-31 02:59 +0200"),
        (AUTUMN, "2027-10-31 02:00 +0100"),
    ],
)
def test_it_tells_the_hour_of_paris(moment, shown):
    with time_machine.travel(moment, tick=False):
        assert f"{clock.now():%Y-%m-%d %H:%M %z}" == shown
