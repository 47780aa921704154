"""Two looks at the same lines at once: one closes, the other finds it done. Without the locks both would count the money."""

from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import transaction

from billing.models import Invoice, Payment, StatementEntry
from billing.services import matching
from billing.services.payments import hold_invoice
from billing.services.proposing import Desk
from core.refusals import Refused
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, issued
from tests.patience import PATIENCE
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


def unlocked(rows, met):
    """What `hold_…` answers, without its lock: both look before either writes."""

    def look(keys):
        found = rows().in_bulk(list(keys))
        met.wait()
        return found

    return look


def test_without_the_locks_the_same_line_would_be_counted_twice(monkeypatch):
    issued()
    entry = line(label="F2027-0001")
    monkeypatch.setattr(matching, "hold_entries", unlocked(StatementEntry.objects.with_rest, Barrier(2, timeout=PATIENCE)))
    monkeypatch.setattr(matching, "hold_invoices", unlocked(Invoice.objects.with_balance, Barrier(2, timeout=PATIENCE)))
    assert match_twice(entry, entry)[1] == [Decimal(5000)] * 2


def test_without_the_lock_of_the_invoice_two_lines_would_close_it_twice(monkeypatch):
    issued()
    monkeypatch.setattr(matching, "hold_invoices", unlocked(Invoice.objects.with_balance, Barrier(2, timeout=PATIENCE)))
    assert match_twice(line(label="F2027-0001"), line(label="F2027-0001"))[1] == [Decimal(5000)] * 2


@pytest.mark.parametrize("attempt", range(5))
def test_two_persons_who_accept_the_same_line_at_once_count_it_once(attempt):
    invoice, entry = issued(), line(label="VIREMENT", party_name="X")
    proposal = Desk([entry]).proposals(entry)[0]
    outcomes = race(*[partial(matching.accept, entry, proposal, by=None, now=NOW)] * 2)
    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    assert (Payment.objects.count(), Invoice.objects.with_balance().get(pk=invoice.pk).remaining) == (1, 0)


# --- No ring: a line is held before its invoice, and what only names them waits for neither ---------------------


def crossed(held_line, held_invoice):
    """One hand holds the line, then wants the invoice; the other holds the invoice, then writes a payment that names the line."""
    invoice, entry, met = issued(), line(label="VIREMENT"), Barrier(2, timeout=PATIENCE)

    @transaction.atomic
    def places():
        held_line(entry)
        met.wait()
        held_invoice(invoice)

    @transaction.atomic
    def counts():
        held = held_invoice(invoice)
        met.wait()
        matching.count(entry, held, Decimal(5000), by=None, now=NOW)

    return [type(outcome) for outcome in race(places, counts)]


def test_a_payment_that_names_a_held_line_is_no_deadlock():
    assert crossed(matching.hold_entry, hold_invoice) == [type(None)] * 2


def test_with_locks_on_keys_one_of_the_two_would_be_a_deadlock():
    def locked(row):
        return type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)

    assert sorted(kind.__name__ for kind in crossed(locked, locked)) == ["NoneType", "OperationalError"]
