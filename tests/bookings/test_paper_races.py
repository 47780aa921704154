"""Papers at once, on PostgreSQL: one invoice, one certificate, one file; with the twins that show what protects them."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError
from django.db.models import QuerySet

from billing.models import Invoice
from bookings import certificates, papers
from bookings.models import BilledSeat, Booking, BookingPaper, Certificate
from bookings.services import certifying, finishing, invoicing
from bookings.services import papers as drawing
from bookings.states import Paper
from core.drawing import drawer
from mailing.models import Message
from tests.bookings.paper_factories import MORNING_AFTER, day_2019, employer, seats_of, was_there
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(MORNING_AFTER, tick=False):
        yield


@pytest.fixture
def over() -> Booking:
    booking = employer(day_2019(), 2)
    was_there(seats_of(booking))
    return booking


def faults(outcomes: list[Any]) -> list[type]:
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]


def invoice(booking: Booking) -> Any:
    return invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)


@pytest.mark.parametrize("attempt", range(4))
def test_asked_four_times_at_once_it_is_one_invoice(attempt: int, over: Booking) -> None:
    outcomes = race(*[partial(invoice, over)] * 4)
    assert (faults(outcomes), Invoice.objects.count(), BilledSeat.objects.count()) == ([], 1, 2)
    assert len({row.pk for rows in outcomes for row in rows}) == 1


def test_looked_at_without_holding_the_order_a_place_billed_twice_is_refused_by_the_database(
    over: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: both see that nothing is billed; the constraint alone is left, and one of them fails instead of doubling."""
    looked, before = Barrier(2, timeout=PATIENCE), invoicing._unbilled

    def together(booking: Booking) -> Any:
        found = before(booking)
        looked.wait()
        return found

    related = ("session__programme", "session__venue", "session__terms__tax_profile", "body")
    monkeypatch.setattr(invoicing, "_held", lambda booking: Booking.objects.select_related(*related).get(pk=booking.pk))
    monkeypatch.setattr(invoicing, "_unbilled", together)
    outcomes = race(*[partial(invoice, over)] * 2)
    assert (faults(outcomes), Invoice.objects.count(), BilledSeat.objects.count()) == ([IntegrityError], 1, 2)


@pytest.mark.parametrize("attempt", range(4))
def test_two_sweeps_and_a_hand_certify_invoice_and_tell_once(attempt: int, over: Booking) -> None:
    sweep = partial(finishing.finish_due, now=MORNING_AFTER)
    outcomes = race(sweep, sweep, partial(certifying.certify, seats_of(over)[0], by=None, now=MORNING_AFTER))
    finishing.finish_due(now=MORNING_AFTER)
    letters = Message.objects.filter(kind="bookings.closed").count()
    assert (faults(outcomes), Certificate.objects.count(), Invoice.objects.count()) == ([], 2, 1)
    carried = [row.key.rpartition(":")[2] for row in Message.objects.filter(kind="bookings.closed").order_by("pk")]
    assert (1 <= letters <= 2, len(set(carried))) == (True, letters)


def test_certified_at_once_without_holding_the_place_it_would_be_twice(over: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the lock of the place taken away, both see no certificate before either writes its own."""
    looked, numbered = Barrier(2, timeout=PATIENCE), certificates.new_number

    def together() -> Any:
        looked.wait()
        return numbered()

    monkeypatch.setattr(certificates, "new_number", together)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    seat = seats_of(over)[0]
    race(*[partial(certifying.certify, seat, by=None, now=MORNING_AFTER)] * 2)
    assert Certificate.objects.filter(seat=seat).count() == 2


@pytest.mark.parametrize("attempt", range(2))
def test_downloaded_by_four_at_once_a_paper_is_one_row_and_one_file(attempt: int, over: Booking) -> None:
    subject = papers.of_order(Paper.QUOTE, over)
    try:
        outcomes = race(*[partial(drawing.publish, subject, now=MORNING_AFTER)] * 4)
    finally:
        drawer.stop()
    assert (faults(outcomes), BookingPaper.objects.count(), len({row.file.name for row in outcomes})) == ([], 1, 1)
