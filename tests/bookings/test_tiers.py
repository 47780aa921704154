"""What is given back of a seat cancelled before the day, by the tiers of the accepted conditions."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from bookings import tiers
from bookings.models import SaleConditions
from core.clock import PARIS

DAY = date(2027, 3, 30)
CONDITIONS = SaleConditions(version=1, text="", tiers=[{"days": 10, "percent": 50}, {"days": 30, "percent": 100}])


@pytest.mark.parametrize(
    ("moment", "percent"),
    [
        (datetime(2027, 2, 28, 23, 59, 59, tzinfo=PARIS), 100),  # the thirtieth day before, to its last second
        (datetime(2027, 3, 1, 0, 0, tzinfo=PARIS), 50),
        (datetime(2027, 3, 20, 23, 59, 59, tzinfo=PARIS), 50),
        (datetime(2027, 3, 21, 0, 0, tzinfo=PARIS), 0),
        (datetime(2027, 3, 28, 2, 30, tzinfo=PARIS), 0),  # the night the clocks change
        (datetime(2027, 3, 30, 8, 0, tzinfo=PARIS), 0),
    ],
)
def test_the_exact_day_of_a_tier_counts_in_paris_whatever_the_hour(moment, percent):
    assert tiers.percent_at(CONDITIONS, DAY, now=moment) == percent


def test_a_moment_of_another_zone_is_read_in_paris():
    assert tiers.percent_at(CONDITIONS, DAY, now=datetime.fromisoformat("2027-02-28T23:30:00+00:00")) == 50


def test_without_tiers_nothing_is_given_back():
    assert tiers.percent_on([], DAY, on=date(2026, 1, 1)) == 0
    assert tiers.in_words(SaleConditions(version=2, text="", tiers=[]), DAY) == ["rien n’est remboursé"]


def test_half_of_an_odd_price_is_rounded_to_the_cent():
    asked = (("680.00", 50), ("0.01", 50), ("99.99", 33), ("680.00", 0))
    assert [tiers.given_back(Decimal(price), percent) for price, percent in asked] == [
        Decimal("340.00"), Decimal("0.01"), Decimal("33.00"), Decimal("0.00"),
    ]  # fmt: skip


def test_each_tier_is_said_with_its_last_day():
    assert [line.replace("\u00a0", " ") for line in tiers.in_words(CONDITIONS, DAY)] == [
        "jusqu’au 28 février 2027 : tout est remboursé",
        "jusqu’au 20 mars 2027 : 50 % remboursés",
        "après le 20 mars 2027 : rien n’est remboursé",
    ]


def test_tiers_that_give_more_when_the_day_comes_near_are_refused():
    assert tiers.faults([{"days": 30, "percent": 100}, {"days": 10, "percent": 50}]) == []
    assert len(tiers.faults([{"days": 30, "percent": 50}, {"days": 10, "percent": 100}])) == 1
    assert len(tiers.faults([{"days": 30, "percent": 50}, {"days": 30, "percent": 50}])) == 1
