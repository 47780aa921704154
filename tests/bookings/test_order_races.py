"""Buyers at once, on PostgreSQL: places are never oversold, lost, nor given twice; each with the twin that shows what protects them."""

import time
from functools import partial
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction

from billing import services as billing
from billing.states import Method
from bookings import seats, services
from bookings.models import Booking, PlaceOffer
from bookings.services import holding, invoicing, offering, ordering, settling, sweeping
from bookings.states import Ending, Payer, State
from core.refusals import Refused
from mailing.models import Message
from programmes.models import TrainingSession
from tests.bookings.factories import NOW, ask, conditions, ordered, private, session
from tests.bookings.test_order_clock import A_DAY, HOUR, MINUTE, fresh, pay
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BUYERS, AT_ONCE, SEATS, LATENCY = 200, 80, 20, 0.02


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def faults(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)]


def slowly(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """The database is twenty milliseconds away."""
    time.sleep(LATENCY)
    return execute(sql, params, many, context)


def buy(day: TrainingSession, wanted: Any, **more: Any) -> Any:
    return services.order(day, wanted, conditions=conditions(), now=NOW, **more)


def far(acts: list[Any]) -> list[Any]:
    with connection.execute_wrapper(slowly):
        return [act() for act in acts]


def counted(day: TrainingSession) -> int:
    row = TrainingSession.objects.get(pk=day.pk)
    assert row.taken == seats.recount(row)
    return row.taken


def test_two_hundred_orders_at_once_for_twenty_places_are_exactly_twenty() -> None:
    """Eighty connections, the database twenty milliseconds away; the others wait, each with a rank once proven."""
    day, version = session(), conditions()
    asks = [ask() for _ in range(BUYERS)]
    acts = [partial(services.order, day, wanted, conditions=version, now=NOW) for wanted in asks]
    assert faults(race(*(partial(far, acts[start::AT_ONCE]) for start in range(AT_ONCE)))) == []
    states = list(Booking.objects.values_list("state", flat=True))
    assert (states.count(State.HELD), states.count(State.WAITING), counted(day)) == (SEATS, BUYERS - SEATS, SEATS)
    rows = list(Booking.objects.order_by("pk"))
    proofs = [partial(services.prove, row, now=NOW) for row in rows]
    assert faults(race(*(partial(far, proofs[start::AT_ONCE]) for start in range(AT_ONCE)))) == []
    ranks = sorted(services.rank_of(row) for row in Booking.objects.filter(state=State.WAITING))
    assert (ranks, counted(day)) == (list(range(1, BUYERS - SEATS + 1)), SEATS)
    assert Message.objects.filter(kind="bookings.waiting").count() == BUYERS - SEATS


def test_two_browsers_for_the_last_place_one_has_it_and_one_waits() -> None:
    day = session(seats=1)
    outcomes = race(partial(buy, day, ask()), partial(buy, day, ask()))
    assert (faults(outcomes), sorted(row.state for row in outcomes), counted(day)) == ([], [State.HELD, State.WAITING], 1)


def test_looked_at_then_written_the_last_place_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without the conditional update, both look before either writes."""
    day, looked = session(seats=1), Barrier(2, timeout=PATIENCE)

    def naive(day: TrainingSession, places: int) -> bool:
        row = TrainingSession.objects.get(pk=day.pk)
        looked.wait()
        if row.taken + places > row.seats:
            return False
        TrainingSession.objects.filter(pk=day.pk).update(taken=row.taken + places)
        return True

    monkeypatch.setattr(seats, "take", naive)
    race(partial(buy, day, ask()), partial(buy, day, ask()))
    assert (Booking.objects.filter(state=State.HELD).count(), seats.recount(day), TrainingSession.objects.get().taken) == (2, 2, 1)


def impatient(act: Any) -> Any:
    """Whoever would wait for a row that is held fails at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
    return act()


def test_whoever_begins_to_wait_holds_nothing_and_a_place_given_back_at_that_moment_is_offered_by_the_sweep() -> None:
    day, wanted = session(seats=1), ask()
    first = ordered(day)
    with transaction.atomic():
        services.withdraw(first, by=None, now=NOW)
        (row,) = race(partial(impatient, partial(buy, day, wanted, proven=[wanted.email])))
    assert (faults([row]), row.state, PlaceOffer.objects.count()) == ([], State.WAITING, 0)
    sweeping.sweep(now=NOW)
    assert (PlaceOffer.objects.get().booking, counted(day)) == (row, 1)


def test_offering_places_holds_the_day_so_that_another_waits() -> None:
    """The twin: were the day held for whoever begins to wait, they would wait for one another."""
    day = session(seats=1)
    first = ordered(day)
    ordered(day)
    with transaction.atomic():
        services.withdraw(first, by=None, now=NOW)
        (outcome,) = race(partial(impatient, partial(offering.fill, day, now=NOW)))
    assert (type(outcome), counted(day)) == (OperationalError, 1)


def test_the_same_address_twice_at_once_is_one_order() -> None:
    day, wanted = session(), ask()
    outcomes = race(*(partial(buy, day, wanted) for _ in range(8)))
    assert (faults(outcomes), Booking.objects.count(), counted(day)) == ([], 1, 1)
    assert Message.objects.filter(kind="bookings.to_prove").count() == 1


def test_proven_twice_at_once_is_one_hold_and_one_letter() -> None:
    row = ordered(proven=False)
    assert faults(race(*(partial(services.prove, row, now=NOW) for _ in range(6)))) == []
    assert (fresh(row).state, row.steps.count()) == (State.HELD, 1)
    assert Message.objects.filter(kind="bookings.held").count() == 1


def test_an_offer_its_end_and_a_newcomer_at_the_same_second_give_one_place_once() -> None:
    day = session(seats=1)
    first, second = ordered(day), ordered(day, now=NOW + MINUTE)
    services.withdraw(first, by=None, now=NOW + HOUR)
    offer = PlaceOffer.objects.get(booking=second)
    end = offer.expires_at
    outcomes = race(
        partial(services.accept, offer, by=None, now=end - MINUTE),
        partial(settling.settle, day, now=end),
        partial(services.order, day, ask(), conditions=conditions(), now=end),
        partial(settling.settle, day, now=end),
    )
    offer.refresh_from_db()
    after = fresh(second).state
    assert faults(outcomes) == []
    assert (offer.ending, after) in [(Ending.ACCEPTED, State.HELD), (Ending.EXPIRED, State.LAPSED)]
    assert counted(day) == 1


def test_unguarded_an_offer_is_taken_and_given_to_the_next_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the offer is read, then closed without asking that it is still open."""
    day = session(seats=1)
    first, second, third = ordered(day), ordered(day, now=NOW + MINUTE), ordered(day, now=NOW + 2 * MINUTE)
    services.withdraw(first, by=None, now=NOW + HOUR)
    offer, both = PlaceOffer.objects.get(booking=second), Barrier(2, timeout=PATIENCE)

    def accept() -> None:
        row = PlaceOffer.objects.get(pk=offer.pk, ending="")
        both.wait()
        PlaceOffer.objects.filter(pk=row.pk).update(ending=Ending.ACCEPTED)
        Booking.objects.filter(pk=second.pk).update(state=State.HELD, holds_until=NOW + 15 * A_DAY)

    def expire() -> None:
        row = PlaceOffer.objects.get(pk=offer.pk, ending="")
        both.wait()
        PlaceOffer.objects.filter(pk=row.pk).update(ending=Ending.EXPIRED)
        seats.give_back(day, row.places)
        offering.fill(day, now=NOW + 80 * HOUR)

    race(accept, expire)
    given = PlaceOffer.objects.filter(booking=third, ending="").exists() + (fresh(second).state == State.HELD)
    assert given == 2


def test_a_payment_and_the_end_of_the_hold_at_the_same_second_never_stop_each_other() -> None:
    """One is first; either way the count is right, nothing is paid and credited, and no transaction is thrown away."""
    for attempt in range(4):
        day = session(seats=1)
        row = ordered(day, payer=Payer.PRIVATE)
        invoice, end = invoicing.standing(row)[0], row.holds_until
        outcomes = race(
            partial(pay, invoice, now=end),
            partial(settling.settle, day, now=end),
            partial(services.order, day, ask(), conditions=conditions(), now=end),
            partial(holding.credit_lapsed, row, now=end),
        )
        assert faults(outcomes) == [], attempt
        after = fresh(row)
        assert after.state in (State.FIRM, State.LAPSED)
        assert counted(day) == 1


def test_looked_at_then_written_a_hold_that_ends_lapses_after_it_was_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: both read « held » before either writes, and the update does not ask that it still is."""
    day = session(seats=1)
    row = ordered(day, payer=Payer.PRIVATE)
    both = Barrier(2, timeout=PATIENCE)

    def naive(booking: Booking, state: State, **_: Any) -> None:
        both.wait()
        Booking.objects.filter(pk=booking.pk).update(state=state, firm_at=NOW, firm_by="PAYMENT")
        both.wait()

    def firm() -> None:
        naive(fresh(row), State.FIRM)

    def lapse() -> None:
        naive(fresh(row), State.LAPSED)
        seats.give_back(day, 1)

    race(firm, lapse)
    day.refresh_from_db()
    assert (day.taken, fresh(row).firm_at) == (0, NOW)


def test_the_same_number_given_twice_at_once_is_firm_once() -> None:
    row = ordered(session())
    give = partial(services.give_reference, row, commitment_number="EJ-7", by=None, now=NOW)
    assert faults(race(give, give, give)) == []
    assert (fresh(row).state, row.steps.filter(to_state=State.FIRM).count()) == (State.FIRM, 1)
    assert Message.objects.filter(kind="bookings.firm").count() == 1


def test_withdrawals_changes_and_offers_all_at_once_keep_the_count() -> None:
    day = session(seats=4)
    held = [ordered(day) for _ in range(4)]
    waiting = [ordered(day, places=2, now=NOW + (number + 1) * MINUTE) for number in range(6)]
    later = NOW + HOUR
    acts = [partial(services.withdraw, row, by=None, now=later) for row in held]
    acts += [partial(services.take_fewer, row, True, by=None, now=later) for row in waiting]
    acts += [partial(services.withdraw, row, by=None, now=later) for row in waiting[::2]]
    acts += [partial(offering.fill, day, now=later) for _ in range(3)]
    assert faults(race(*acts)) == []
    settling.settle(day, now=later)
    offering.fill(day, now=later)
    assert counted(day) == 4 or not seats.queue(day).exists()


def test_paid_twice_at_the_same_moment_is_firm_once() -> None:
    row = ordered(session(), payer=Payer.PRIVATE)
    invoice = invoicing.standing(row)[0]
    transfer = partial(
        billing.record_payment,
        invoice,
        invoice.gross,
        method=Method.TRANSFER,
        received_on=NOW.date(),
        by=None,
        now=NOW,
        reason="Deux fois.",
    )
    assert faults(race(transfer, transfer)) == []
    assert (fresh(row).state, row.steps.filter(to_state=State.FIRM).count()) == (State.FIRM, 1)


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_ordering_is_written_before_its_places_are_taken(is_signed_in: bool) -> None:
    """What a crowd waits for is one update and the end of its transaction: nothing else comes between, were the order firm at once."""
    day, wanted, said = session(), ask(commitment_number="EJ-1") if is_signed_in else private(), []
    proven = [wanted.email] if is_signed_in else []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        row = ordering.order(day, wanted, conditions=conditions(), now=NOW, proven=proven)
    assert row.state == (State.FIRM if is_signed_in else State.HELD)
    update = max(rank for rank, sql in enumerate(said) if sql.startswith('UPDATE "programmes_trainingsession"'))
    assert [sql for sql in said[update + 1 :] if not sql.startswith("RELEASE SAVEPOINT")] == []
