"""Amounts are exact to the cent and said as in French print."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import TwoReadings, amount_of, euros, without_tax
from core.refusals import Refused


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("680", "680\u00a0€"),
        ("680.00", "680\u00a0€"),
        ("566.67", "566,67\u00a0€"),
        ("0", "0\u00a0€"),
        ("5000", "5\u202f000\u00a0€"),
        ("1234567.5", "1\u202f234\u202f567,50\u00a0€"),
        ("0.005", "0,01\u00a0€"),
    ],
)
def test_an_amount_is_said(amount, words):
    assert euros(Decimal(amount)) == words


def test_a_price_with_tax_splits_as_the_flyer_says():
    assert without_tax(Decimal("680.00"), Decimal(20)) == (Decimal("566.67"), Decimal("113.33"))


@given(st.decimals(min_value=0, max_value=999_999, places=2))
def test_the_halves_always_add_up(gross):
    assert sum(without_tax(gross, Decimal(20))) == gross


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5.000", "5000"), ("5 000,00", "5000"), ("5.000,00", "5000"), ("5000.00", "5000"), ("5000,5", "5000.50"), ("5,000.00", "5000"),
        ("5’000.00", "5000"), ("1,234,567", "1234567"), ("5,00", "5"), ("5,000,000.10", "5000000.10"),
    ],
)  # fmt: skip
def test_one_reader_for_every_amount_of_the_portal(text, amount):
    assert amount_of(text) == Decimal(amount)


def test_thousands_are_grouped_by_one_sign():
    with pytest.raises(Refused):
        amount_of("1.234,567")


@pytest.mark.parametrize("text", ["5,000", "-5,000 €", " 5,000"])
def test_a_comma_before_three_digits_is_refused_with_both_readings(text):
    with pytest.raises(TwoReadings) as refused:
        amount_of(text)
    assert str(refused.value).endswith("se lit de deux façons\u00a0: écrivez 5\u202f000,00 ou 5,00.")
