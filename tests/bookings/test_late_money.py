"""Money of several invoices, of orders that ended, that were made again, that were withdrawn (C2; issue 7, « a payment after expiry »)."""

from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any
from unittest.mock import Mock

import pytest

from billing.models import Invoice, Refund
from billing.services import matching, record_payment
from billing.services.proposing import Desk
from billing.states import Method
from bookings import services
from bookings.models import Booking
from bookings.services import firming, invoicing, late_money, sweeping
from bookings.states import Firmness, InvoiceBy, Payer, State
from mailing.models import Message
from tests.billing.bank_factories import line
from tests.bookings.factories import NOW, firm, ordered, session
from tests.bookings.test_order_clock import A_DAY, MINUTE, fresh, letters, pay, taken
from tests.patience import PATIENCE
from tests.racing import race

EACH = Decimal(680)
LATER = NOW + 16 * A_DAY


def each(day: Any = None, *, places: int = 3, **fields: Any) -> Booking:
    """A private order with one invoice for each person."""
    return ordered(day or session(), payer=Payer.PRIVATE, places=places, invoice_by=InvoiceBy.PERSON, **fields)


def by_card(invoice: Invoice, *, now: Any) -> None:
    record_payment(invoice, invoice.gross, method=Method.CARD, received_on=now.date(), by=None, now=now, reference="pi_1")


@pytest.mark.django_db
def test_one_invoice_paid_of_three_gives_no_place_when_the_hold_ends_and_waits_for_a_person() -> None:
    row = each()
    pay(invoicing.standing(row)[0], now=NOW)
    for minutes in range(3):
        sweeping.sweep(now=LATER + minutes * MINUTE)
    standing = invoicing.standing(row)
    assert (fresh(row).state, taken(row.session)) == (State.LAPSED, 0)
    assert [(invoice.gross, invoice.remaining) for invoice in standing] == [(EACH, Decimal(0))]
    assert late_money.paid_late(now=LATER) == [row]
    assert [kind for kind in letters(row) if kind in ("firm", "lapsed", "paid_late")] == ["lapsed", "paid_late"]


def placeable() -> list[bool]:
    """Of each order whose money came late, whether it may have its places for it."""
    return [late_money.may_place(row, now=LATER) for row in late_money.paid_late(now=LATER)]


@pytest.mark.django_db
def test_the_other_invoices_paid_late_bring_the_order_back_whole_on_as_many_invoices() -> None:
    row = each()
    first, second, third = invoicing.standing(row)
    pay(first, now=NOW)
    sweeping.sweep(now=LATER)
    pay(second, now=LATER + A_DAY)
    sweeping.sweep(now=LATER + A_DAY)
    assert fresh(row).state == State.LAPSED
    pay(third, now=LATER + 2 * A_DAY)
    sweeping.sweep(now=LATER + 2 * A_DAY)
    assert (fresh(row).state, fresh(row).firm_by, taken(row.session)) == (State.FIRM, Firmness.PAYMENT, 3)
    assert [(invoice.gross, invoice.remaining) for invoice in invoicing.standing(row)] == [(EACH, Decimal(0))] * 3


def accepted(invoice: Invoice, *, now: Any, by: Any = None) -> list[tuple[str, bool]]:
    """The transfer of what a credited invoice asked, as the treasurer finds it and counts it."""
    entry = line(f"{invoice.gross:.2f}", f"VIR {invoice.number}", on=now.date())
    proposals = Desk([entry]).proposals(entry)
    for proposal in proposals:
        if proposal.is_late:
            matching.accept(entry, proposal, by=by, now=now)
    return [(" ".join(proposal.numbers), proposal.closes) for proposal in proposals]


@pytest.mark.django_db
@pytest.mark.parametrize("is_full", [False, True])
def test_a_transfer_that_comes_once_the_invoice_is_credited_is_proposed_for_the_order_and_gives_its_places_back(is_full) -> None:
    row = ordered(session(seats=3), payer=Payer.PRIVATE, places=3)
    (invoice,) = invoicing.standing(row)
    sweeping.sweep(now=LATER)
    assert (fresh(row).state, taken(row.session)) == (State.LAPSED, 0)
    if is_full:
        firm(row.session, places=1)
    assert accepted(invoice, now=LATER + A_DAY) == [(invoice.number, False)]
    sweeping.sweep(now=LATER + A_DAY)
    row = fresh(row)
    assert (row.state, taken(row.session)) == ((State.LAPSED, 1) if is_full else (State.FIRM, 3))
    assert [paid.remaining for paid in invoicing.standing(row)] == ([] if is_full else [Decimal(0)])
    assert late_money.paid_late(now=LATER + A_DAY) == ([row] if is_full else [])


@pytest.mark.django_db
def test_a_transfer_for_an_invoice_credited_with_a_withdrawn_order_is_not_proposed() -> None:
    row = ordered(session(), payer=Payer.PRIVATE)
    (invoice,) = invoicing.standing(row)
    services.withdraw(row, by=None, now=NOW)
    assert accepted(invoice, now=NOW + A_DAY) == [("", False)]


@pytest.mark.django_db
def test_late_money_of_somebody_who_ordered_again_leaves_both_orders_and_they_are_told() -> None:
    day = session()
    first = ordered(day, payer=Payer.PRIVATE, email="moi@ville.example")
    invoice = invoicing.standing(first)[0]
    sweeping.sweep(now=LATER)
    again = ordered(day, payer=Payer.PRIVATE, email="moi@ville.example", now=LATER)
    pay(invoice, now=LATER)
    sweeping.sweep(now=LATER)
    assert (fresh(first).state, fresh(again).state, taken(day)) == (State.LAPSED, State.HELD, 1)
    assert (placeable(), late_money.place(fresh(first), now=LATER)) == ([False], False)
    assert Message.objects.filter(kind="bookings.paid_late").count() == 1


@pytest.mark.django_db
def test_a_card_that_paid_a_credited_invoice_is_told_once_and_never_carried() -> None:
    row = ordered(session(), payer=Payer.PRIVATE)
    invoice = invoicing.standing(row)[0]
    sweeping.sweep(now=LATER)
    by_card(invoice, now=LATER)
    for minutes in range(2):
        sweeping.sweep(now=LATER + minutes * MINUTE)
    assert (fresh(row).state, placeable()) == (State.LAPSED, [False])
    assert Message.objects.filter(kind="bookings.paid_late").count() == 1


@pytest.mark.django_db
def test_of_an_order_withdrawn_what_a_card_paid_is_owed_back_by_card() -> None:
    row = each(places=2)
    by_card(invoicing.standing(row)[0], now=NOW)
    services.withdraw(fresh(row), by=None, now=NOW)
    assert list(Refund.objects.values_list("amount", flat=True)) == [EACH]


@pytest.mark.django_db
def test_orders_paid_in_time_are_not_read_again_for_late_money(django_assert_num_queries: Any) -> None:
    day = session()
    for _ in range(3):
        pay(invoicing.standing(ordered(day, payer=Payer.PRIVATE))[0], now=NOW)
    with django_assert_num_queries(1):
        assert late_money.paid_late(now=NOW) == []


@pytest.mark.django_db
def test_an_order_cancelled_by_its_rules_is_not_said_paid_too_late() -> None:
    row = firm(session(), payer=Payer.PUBLIC)
    Booking.objects.filter(pk=row.pk).update(state=State.CANCELLED, payer=Payer.PRIVATE)
    assert firming.is_paid_late(fresh(row)) is False


@pytest.mark.django_db
def test_a_held_order_whose_invoices_are_all_paid_is_made_firm_by_the_sweep() -> None:
    row = each(places=2)
    unpaid = each(places=2)
    for invoice in invoicing.standing(row):
        pay(invoice, now=NOW)
    pay(invoicing.standing(unpaid)[0], now=NOW)
    Booking.objects.filter(pk=row.pk).update(state=State.HELD, holds_until=NOW + A_DAY, firm_at=None, firm_by="")
    assert firming.to_firm() == [row]
    sweeping.sweep(now=NOW)
    assert (fresh(row).state, fresh(row).firm_by, fresh(unpaid).state) == (State.FIRM, Firmness.PAYMENT, State.HELD)


def _pay_both_at_once(monkeypatch: pytest.MonkeyPatch) -> Booking:
    """Both payments are written, and neither is committed, when the orders are looked at."""
    row, written, asked = each(places=2), Barrier(2, timeout=PATIENCE), firming.booking_of

    def booking_of(invoice: Invoice) -> Booking | None:
        found = asked(invoice)
        written.wait()
        return found

    monkeypatch.setattr(firming, "booking_of", booking_of)
    first, second = invoicing.standing(row)
    outcomes = race(partial(pay, first, now=NOW), partial(pay, second, now=NOW))
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    monkeypatch.undo()
    return fresh(row)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_invoices_of_one_order_paid_at_the_same_second_make_it_firm(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _pay_both_at_once(monkeypatch).state == State.FIRM


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_unheld_each_of_two_payments_at_once_sees_the_other_unpaid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the order is not held, and stays « held » though all is paid, until the sweep says it."""
    looked, is_paid = Barrier(2, timeout=PATIENCE), invoicing.is_paid

    def looks(booking: Booking) -> bool:
        found = is_paid(booking)
        looked.wait()
        return found

    monkeypatch.setattr(firming, "hold", Mock())
    monkeypatch.setattr(invoicing, "is_paid", looks)
    row = _pay_both_at_once(monkeypatch)
    assert (row.state, firming.to_firm()) == (State.HELD, [row])
