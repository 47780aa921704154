"""What is owed by payer and by age, on a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing import aged, services
from billing.models import Invoice
from billing.states import Method
from tests.billing.factories import NOW, body, dues, issued

pytestmark = pytest.mark.django_db
DUE = date(2027, 3, 31)


def pay(invoice, amount):
    services.record_payment(invoice, Decimal(amount), method=Method.TRANSFER, received_on=NOW.date(), by=None, now=NOW)


@pytest.mark.parametrize(("days", "band"), [(-20, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (900, 4)])
def test_the_band_of_each_age(days, band):
    assert aged.band_of(DUE, DUE + timedelta(days=days)) == band


def test_a_document_without_due_date_is_not_late():
    assert aged.band_of(None, DUE) == 0


def test_each_payer_once_the_largest_debt_first():
    small, large = body(name="Commune d’Exemple"), body(name="Département d’Exemple")
    issued(large, now=NOW - timedelta(days=40))
    issued(small, dues(Decimal(300)))
    issued(large)
    found = aged.balance(on=date(2027, 4, 1))
    assert [(payer.name, payer.total, len(payer.numbers)) for payer in found] == [
        ("Département d’Exemple", 10000, 2),
        ("Commune d’Exemple", 300, 1),
    ]
    assert found[0].owed == [0, 5000, 5000, 0, 0]


def test_paid_and_credited_invoices_owe_nothing_partly_paid_what_remains():
    paid, credited, partly = issued(), issued(), issued(body(name="Partie d’Exemple"))
    pay(paid, 5000)
    services.credit(credited, reason="Comptée deux fois.", by=None, now=NOW)
    pay(partly, "1234.56")
    assert [(payer.name, payer.total) for payer in aged.balance(on=DUE)] == [("Partie d’Exemple", Decimal("3765.44"))]


def test_what_is_to_be_given_back_is_below_nothing():
    paid = issued(body(name="Ville d’Exemple"))
    pay(paid, 5000)
    services.credit(paid, reason="Geste.", by=None, now=NOW, amount=Decimal(100))
    assert [(payer.name, payer.total) for payer in aged.balance(on=DUE)] == [("Ville d’Exemple", -100)]


def test_the_totals_are_the_sum_of_what_remains():
    issued(body(), now=NOW - timedelta(days=100))
    issued(body(), dues(Decimal("0.10")))
    issued(body(), dues(Decimal("0.20")))
    payers = aged.balance(on=date(2027, 3, 15))
    assert aged.totals(payers) == [Decimal("0.30"), 0, 0, Decimal(5000), 0, Decimal("5000.30")]
    assert aged.totals(payers)[-1] == sum(row.remaining for row in Invoice.objects.unpaid())


def test_one_question_for_one_payer_as_for_three(django_assert_num_queries):
    issued()
    with django_assert_num_queries(1):
        aged.balance(on=DUE)
    issued()
    issued()
    with django_assert_num_queries(1):
        assert len(aged.balance(on=DUE)) == 3
