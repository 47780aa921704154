"""Changes at once, on PostgreSQL: no place lost or doubled, no invoice wrong; with the twins that show what protects them."""

from datetime import date
from functools import partial
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError

from billing.models import Invoice
from bookings import seats
from bookings.models import Attendance, Booking, Seat
from bookings.services import attending, calling_off, cancelling, holding, invoicing, moving_session
from bookings.states import Half, Payer, State
from core.refusals import Refused
from mailing.models import Message
from programmes.models import TrainingSession
from tests.applications.factories import staff
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, people, session
from tests.bookings.test_attending import MORNING, TRAINER
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
APRIL = date(2027, 4, 15)


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def faults(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)]


def refused(outcomes: list[Any]) -> int:
    return sum(isinstance(outcome, Refused) for outcome in outcomes)


def counted(day: TrainingSession) -> int:
    row = TrainingSession.objects.get(pk=day.pk)
    assert row.taken == seats.recount(row)
    return row.taken


def to_invoice(places: int = 3) -> Booking:
    """Firm, paid before the day, and on no invoice yet."""
    booking = firm(session(), places=places, payer_siret=siret())
    Booking.objects.filter(pk=booking.pk).update(payer=Payer.PRIVATE)
    return holding.fresh(booking)


def cancel(booking: Booking, *ranks: int) -> Any:
    rows = list(Seat.objects.filter(booking=booking, rank__in=ranks))
    return cancelling.cancel(booking, rows, by=holding.buyer(booking), now=NOW, seen=100)


def asked(booking: Booking) -> int:
    """What the invoices of an order ask, credit notes taken away."""
    rows = Invoice.objects.invoices().about(f"bookings.booking:{booking.pk}").with_balance()
    return int(sum(row.gross - row.credited for row in rows))


@pytest.mark.parametrize("attempt", range(4))
def test_a_cancellation_during_invoicing_leaves_the_invoice_right(attempt: int) -> None:
    booking = to_invoice()
    outcomes = race(partial(invoicing.invoice_now, booking, by=None, now=NOW), partial(cancel, booking, 2))
    assert (faults(outcomes), asked(booking), counted(booking.session)) == ([], 1360, 2)


def test_looked_at_without_holding_the_order_the_invoice_asks_for_a_place_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: both look before either writes."""
    booking, looked = to_invoice(), Barrier(2, timeout=PATIENCE)
    issued, free = invoicing._issued, cancelling._free

    def issued_late(*args: Any, **said: Any) -> None:
        looked.wait()
        issued(*args, **said)

    def free_late(*args: Any, **said: Any) -> None:
        looked.wait()
        free(*args, **said)

    monkeypatch.setattr(invoicing, "_held", holding.fresh)
    monkeypatch.setattr(cancelling, "hold", holding.fresh)
    monkeypatch.setattr(invoicing, "_issued", issued_late)
    monkeypatch.setattr(cancelling, "_free", free_late)
    outcomes = race(partial(invoicing.invoice_now, booking, by=None, now=NOW), partial(cancel, booking, 2))
    assert (faults(outcomes), asked(booking), counted(booking.session)) == ([], 2040, 2)


def test_the_same_place_cancelled_twice_at_once_is_credited_once() -> None:
    booking = to_invoice()
    invoicing.invoice_now(booking, by=None, now=NOW)
    outcomes = race(*(partial(cancel, booking, 2) for _ in range(4)))
    assert (faults(outcomes), refused(outcomes), asked(booking), counted(booking.session)) == ([], 3, 1360, 2)
    assert Message.objects.filter(kind="bookings.cancelled").count() == 1


def test_two_orders_that_cross_between_two_full_days_wait_for_each_other_and_none_is_lost() -> None:
    first = session(seats=3)
    second = session(seats=3, day=APRIL, programme=first.programme)
    one, other, by = firm(first, places=2), firm(second), staff()
    outcomes = race(
        partial(moving_session.move, one, second, by=by, now=NOW), partial(moving_session.move, other, first, by=by, now=NOW)
    )  # fmt: skip
    assert (faults(outcomes), counted(first) + counted(second)) == ([], 3)
    assert refused(outcomes) == 0


def test_four_orders_for_the_two_places_of_another_day_take_two() -> None:
    here = session()
    there = session(seats=2, day=APRIL, programme=here.programme)
    orders, by = [firm(here) for _ in range(4)], staff()
    outcomes = race(*(partial(moving_session.move, order, there, by=by, now=NOW) for order in orders))
    assert (faults(outcomes), refused(outcomes), counted(there), counted(here)) == ([], 2, 2, 2)


def test_another_date_pressed_twice_at_once_is_one_order() -> None:
    day = session()
    there = session(day=APRIL, programme=day.programme)
    booking = firm(day, places=2)
    TrainingSession.objects.filter(pk=day.pk).update(cancelled_at=NOW)
    calling_off.close(booking, now=NOW)
    by = holding.buyer(booking)
    outcomes = race(*(partial(calling_off.take_again, holding.fresh(booking), there, by=by, now=NOW) for _ in range(4)))
    assert (faults(outcomes), {row.pk for row in outcomes}, counted(there)) == ([], {outcomes[0].pk}, 2)
    assert Booking.objects.filter(session=there, state=State.FIRM).count() == 1


# --- Two phones ----------------------------------------------------------------------------------------------------


def one_seat() -> Seat:
    booking = firm(session(), people=people("Camille Exemple"))
    return booking.seats.select_related("booking__session").get()


def test_presence_typed_on_two_phones_at_once_is_one_row() -> None:
    seat = one_seat()
    outcomes = race(*(partial(attending.note, seat, Half.MORNING, True, by=TRAINER, now=MORNING) for _ in range(6)))
    assert (faults(outcomes), Attendance.objects.count()) == ([], 1)
    day = seat.booking.session
    outcomes = race(*(partial(attending.note_all, day, Half.AFTERNOON, by=TRAINER, now=MORNING) for _ in range(6)))
    assert (faults(outcomes), Attendance.objects.count()) == ([], 2)


def test_looked_for_then_written_the_second_phone_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without `get_or_create`, which takes the row of whoever was first, the database alone refuses the second."""
    seat, looked = one_seat(), Barrier(2, timeout=PATIENCE)

    def naive(*, seat: Seat, half: str, defaults: dict[str, Any]) -> Any:
        found = Attendance.objects.filter(seat=seat, half=half).first()
        looked.wait()
        return (found, False) if found else (Attendance.objects.create(seat=seat, half=half, **defaults), True)

    monkeypatch.setattr(Attendance.objects, "get_or_create", naive)
    outcomes = race(*(partial(attending.note, seat, Half.MORNING, True, by=TRAINER, now=MORNING) for _ in range(2)))
    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1
