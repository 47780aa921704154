"""Amounts are exact to the cent and said as in French print."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import euros, without_tax


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
