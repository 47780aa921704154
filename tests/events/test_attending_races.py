"""Everybody at once, on PostgreSQL: seats are never oversold, lost, nor given twice; each with the twin that shows what protects them."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, connections, transaction

from core.refusals import Refused
from events import attending_links as links
from events import seats
from events.models import Registration, TimeSlot
from events.services import attending, queueing, sweeping
from mailing.models import Message
from tests.events.attending import MINUTE, NOW, asked, coming, counted, fresh, opened, states, taken
from tests.patience import PATIENCE
from tests.racing import race, until_somebody_waits_for_us

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, AT_ONCE, SEATS = 200, 100, 20


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def faults(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)]


def letters(kind: str) -> int:
    return Message.objects.filter(kind=f"events.{kind}").count()


def test_two_hundred_at_once_for_twenty_seats_are_twenty_and_the_others_ranked() -> None:
    """A hundred connections, each of two people one after the other: as many as the server of the tests takes."""
    slot = opened(SEATS)
    lots = [[f"p{number}", f"p{number + AT_ONCE}"] for number in range(AT_ONCE)]
    assert faults(race(*(partial(_all, [partial(asked, slot, who) for who in lot]) for lot in lots))) == []
    assert (list(states(slot).values()).count("held"), taken(slot)) == (SEATS, (SEATS, 0))
    rows = {row.email.partition("@")[0]: row for row in Registration.objects.select_related("slot__event__season", "invitation")}
    assert faults(race(*(partial(_all, [partial(attending.confirm, rows[who], now=NOW) for who in lot]) for lot in lots))) == []
    said = list(states(slot).values())
    assert said.count("seated") == SEATS
    assert sorted(int(rank) for rank in said if rank.isdigit()) == list(range(1, PEOPLE - SEATS + 1))
    assert (taken(slot), counted(slot)) == ((SEATS, 0), (SEATS, 0))
    assert (letters("registered"), letters("registration_waiting")) == (SEATS, PEOPLE - SEATS)


def overtaken(slot: TimeSlot, who: str) -> Any:
    """Ask for the last seat while another takes it, lose, and tell from within that same transaction whether the sitting is free."""
    with transaction.atomic():
        row = asked(slot, who)
        (found,) = race(partial(impatient, slot))
        return row, found


def impatient(slot: TimeSlot) -> bool:
    """Hold the sitting, without waiting for anybody."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '300ms'")
        return bool(seats.hold(slot))


def the_last_seat_goes_to_another() -> Any:
    """What comes of it for whoever asked at the same moment: their row, and whether others had to wait for them."""
    slot, overtaking = opened(1), ThreadPoolExecutor(1)

    def lose() -> Any:
        try:
            return overtaken(slot, "b")
        finally:
            connections.close_all()

    with overtaking, transaction.atomic():
        asked(slot, "a")
        losing = overtaking.submit(lose)
        until_somebody_waits_for_us(losing.done)
    row, found = losing.result(PATIENCE)
    return row.holds_until, found, taken(slot)


def test_whoever_loses_the_last_seat_to_another_holds_the_sitting_no_more() -> None:
    assert the_last_seat_goes_to_another() == (None, True, (1, 0))


def test_lost_outside_a_savepoint_the_sitting_would_stay_held_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: an update that finds after its wait that it moves nothing has locked the row all the same."""

    def write(row: Registration, *, until: Any, now: Any) -> Registration:
        with transaction.atomic():
            links.sign(row).save()
        attending._hold(row, until=until, now=now)
        return row

    monkeypatch.setattr(attending, "_write", write)
    until, found, count = the_last_seat_goes_to_another()
    assert (until, type(found), count) == (None, OperationalError, (1, 0))


def _all(acts: list[Any]) -> None:
    for act in acts:
        act()


def test_looked_at_then_written_the_last_seat_is_sold_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without the conditional update, both look before either writes."""
    slot, looked = opened(1), Barrier(2, timeout=PATIENCE)

    def naive(slot: TimeSlot, mode: str, people: int, **_: Any) -> bool:
        row = TimeSlot.objects.get(pk=slot.pk)
        if row.taken_onsite + people > (row.seats_onsite or 0):
            return False
        looked.wait()
        TimeSlot.objects.filter(pk=slot.pk).update(taken_onsite=row.taken_onsite + people)
        return True

    monkeypatch.setattr(seats, "take", naive)
    assert faults(race(partial(asked, slot, "a"), partial(asked, slot, "b"))) == []
    assert (list(states(slot).values()), taken(slot), counted(slot)) == (["held", "held"], (1, 0), (2, 0))


def test_the_same_address_twice_at_once_is_one_registration() -> None:
    slot = opened(5)
    outcomes = race(*(partial(asked, slot, "a") for _ in range(8)))
    assert (faults(outcomes), Registration.objects.count(), taken(slot)) == ([], 1, (1, 0))


def test_confirmed_twice_at_once_is_one_seat_and_one_letter() -> None:
    slot = opened(5)
    row = asked(slot)
    outcomes = race(*(partial(attending.confirm, Registration.objects.get(pk=row.pk), now=NOW) for _ in range(6)))
    assert (faults(outcomes), states(slot), taken(slot), letters("registered")) == ([], {"a": "seated"}, (1, 0), 1)
    late = asked(slot, "b")
    outcomes = race(*(partial(attending.confirm, Registration.objects.get(pk=late.pk), now=NOW + 31 * MINUTE) for _ in range(6)))
    assert (faults(outcomes), taken(slot), counted(slot), letters("registered")) == ([], (2, 0), (2, 0), 2)


def waited() -> TimeSlot:
    """Two seats, both taken; three people wait; then both seats are free and nobody was moved up."""
    slot = opened(2)
    rows = [coming(slot, who) for who in "abcde"]
    for row in rows[:2]:
        Registration.objects.filter(pk=row.pk).update(withdrawn_at=NOW)
    TimeSlot.objects.filter(pk=slot.pk).update(taken_onsite=0)
    return slot


def test_promoted_by_several_at_once_each_seat_goes_to_one_person_in_order() -> None:
    slot = waited()
    assert faults(race(*(partial(queueing.seat_next, fresh(slot), now=NOW) for _ in range(6)))) == []
    assert {who: state for who, state in states(slot).items() if state != "gone"} == {"c": "seated", "d": "seated", "e": "1"}
    assert (taken(slot), counted(slot), letters("registration_promoted")) == ((2, 0), (2, 0), 2)


def test_unlocked_two_promotions_would_give_both_seats_to_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: both read the list before either writes, and a seat is lost."""
    slot, both, look = waited(), Barrier(2, timeout=PATIENCE), queueing.waiting
    monkeypatch.setattr(seats, "hold", lambda slot: fresh(slot))

    def late(slot: TimeSlot, mode: str) -> list[Registration]:
        found = look(slot, mode)[:1]
        if found:
            both.wait()
        return found

    monkeypatch.setattr(queueing, "waiting", late)
    monkeypatch.setattr(queueing.emails, "post_promoted", lambda row, **_: row)
    assert faults(race(*(partial(queueing.seat_next, fresh(slot), now=NOW) for _ in range(2)))) == []
    assert (taken(slot), counted(slot)) == ((2, 0), (1, 0))


@pytest.mark.parametrize("attempt", range(4))
def test_a_seat_given_back_is_never_a_newcomers(attempt: int) -> None:
    slot = opened(1)
    row = coming(slot, "a")
    coming(slot, "b")
    newcomers = [partial(asked, slot, f"n{number}") for number in range(6)]
    assert faults(race(partial(attending.withdraw, row, now=NOW), *newcomers)) == []
    said = states(slot)
    assert (said["a"], said["b"], {said[f"n{number}"] for number in range(6)}) == ("gone", "seated", {"asked"})


def test_with_the_list_left_for_later_a_newcomer_overtakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the seat given back in one transaction, given on in another, to whoever comes between."""
    slot = opened(1)
    row = coming(slot, "a")
    coming(slot, "b")
    given_back = Barrier(2, timeout=PATIENCE)
    monkeypatch.setattr(attending, "seat_next", lambda *_, **__: [])
    straight = partial(seats.take, is_member=False, now=NOW)
    monkeypatch.setattr(queueing, "seat", lambda row, **_: straight(row.slot, row.mode, row.people))

    def leaves() -> None:
        attending.withdraw(row, now=NOW)
        given_back.wait()

    def comes() -> None:
        given_back.wait()
        asked(slot, "n")

    assert faults(race(leaves, comes)) == []
    assert states(slot) == {"a": "gone", "b": "1", "n": "held"}


@pytest.mark.parametrize("attempt", range(4))
def test_proven_at_the_second_its_hold_ends_a_seat_is_neither_lost_nor_doubled(attempt: int) -> None:
    slot = opened(1)
    row = asked(slot)
    waits = asked(slot, "b")
    end = NOW + attending.HOLD
    acts = [
        partial(attending.confirm, row, now=end - MINUTE), partial(queueing.settle, fresh(slot), now=end),
        partial(attending.confirm, waits, now=end), partial(sweeping.sweep, now=end),
    ]  # fmt: skip
    assert faults(race(*acts)) == []
    sweeping.sweep(now=end)
    assert (taken(slot), counted(slot), sorted(states(slot).values())) == ((1, 0), (1, 0), ["1", "seated"])


@pytest.mark.parametrize("attempt", range(3))
def test_all_that_may_happen_at_once_leaves_the_counts_right_and_nobody_stuck(attempt: int) -> None:
    slot = opened(6)
    rows = [coming(slot, f"p{number}", companions=number % 3) for number in range(12)]
    chance = random.Random(attempt)
    acts = [
        *(partial(attending.withdraw, row, now=NOW) for row in chance.sample(rows, 4)),
        *(partial(attending.change, row, companions=chance.randint(0, 3), now=NOW) for row in chance.sample(rows, 6)),
        *(partial(asked, slot, f"n{number}") for number in range(6)),
        *(partial(asked, slot, "p1") for _ in range(2)),
        *(partial(coming, slot, f"c{number}", now=NOW + attending.HOLD) for number in range(4)),
        *(partial(sweeping.sweep, now=NOW + attending.HOLD) for _ in range(3)),
    ]
    chance.shuffle(acts)
    assert faults(race(*acts)) == []
    sweeping.sweep(now=NOW + 2 * attending.HOLD)
    assert taken(slot) == counted(slot)
    assert taken(slot)[0] <= 6
    first = queueing.waiting(slot, "ONSITE")
    assert first == [] or taken(slot)[0] + first[0].people > 6
