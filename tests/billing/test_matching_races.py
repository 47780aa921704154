"""Two looks at the same lines at once: one closes, the other finds it done. Without the locks both would count the money."""

from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest

from billing.models import Invoice, Payment, StatementEntry
from billing.services import matching
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, issued
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def match_twice(one, two):
    outcomes = race(*(partial(matching.match, [entry.pk], by=None, now=NOW) for entry in (one, two)))
    assert [type(outcome) for outcome in outcomes] == [matching.Matched] * 2
    return sum(outcome.closed for outcome in outcomes), [payment.amount for payment in Payment.objects.order_by("pk")]


@pytest.mark.parametrize("attempt", range(5))
def test_the_same_line_looked_at_twice_at_once_is_counted_once(attempt):
    issued()
    entry = line(label="F2027-0001")
    assert match_twice(entry, entry) == (1, [Decimal(5000)])


@pytest.mark.parametrize("attempt", range(5))
def test_two_lines_for_one_invoice_at_once_close_it_once(attempt):
    invoice = issued()
    assert match_twice(line(label="F2027-0001"), line(label="F2027-0001")) == (1, [Decimal(5000)])
    assert Invoice.objects.with_balance().get(pk=invoice.pk).remaining == 0


def test_without_the_lock_of_the_line_it_would_be_counted_twice(monkeypatch):
    issued()
    entry, met = line(label="F2027-0001"), Barrier(2, timeout=20)

    def look(row):
        found = StatementEntry.objects.with_rest().get(pk=row.pk)
        met.wait()
        return found

    monkeypatch.setattr(matching, "hold_entry", look)
    monkeypatch.setattr(matching, "hold_invoice", lambda row: Invoice.objects.with_balance().get(pk=row.pk))
    monkeypatch.setattr(matching, "record_payment", counted_without_lock)
    assert match_twice(entry, entry)[1] == [Decimal(5000)] * 2


def test_without_the_lock_of_the_invoice_two_lines_would_close_it_twice(monkeypatch):
    issued()
    met = Barrier(2, timeout=20)

    def look(row):
        found = Invoice.objects.with_balance().get(pk=row.pk)
        met.wait()
        return found

    monkeypatch.setattr(matching, "hold_invoice", look)
    monkeypatch.setattr(matching, "record_payment", counted_without_lock)
    assert match_twice(line(label="F2027-0001"), line(label="F2027-0001"))[1] == [Decimal(5000)] * 2


def counted_without_lock(invoice, amount, *, method, received_on, entry, by, now, reason):
    return Payment.objects.create(invoice=invoice, amount=amount, method=method, received_on=received_on, entry=entry, at=now)
