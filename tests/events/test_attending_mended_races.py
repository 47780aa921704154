"""Codes, several dates, a change of way and the doors at the same second; each with the twin that shows what protects them."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError, local
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, transaction

from core.refusals import Refused
from events import seats
from events.models import Event, Invitation, Registration, TimeSlot
from events.services import attending, carrying, hosting, inviting, queueing, sweeping
from events.services.inviting import Reply
from events.states import Mode
from tests.events.attending import MINUTE, NOW, asked, coming, counted, fresh, opened, states, taken
from tests.events.desks import by_invitation, code
from tests.patience import PATIENCE
from tests.racing import race, until_somebody_waits_for_us

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LATE = NOW + 31 * MINUTE


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def faults(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)]


def again(row: Registration) -> Registration:
    return Registration.objects.select_related("slot__event__season", "invitation").get(pk=row.pk)


def used(invitation: Invitation) -> int:
    return Invitation.objects.get(pk=invitation.pk).used


def by_code(invitation: Invitation, slot: TimeSlot, who: str) -> Registration:
    found = Invitation.objects.select_related("event__season").get(pk=invitation.pk)
    return inviting.accept(found, fresh(slot), Reply(f"{who} Exemple", email=f"{who}@ville.example"), now=NOW)


def later_one(slot: TimeSlot) -> TimeSlot:
    return TimeSlot.objects.create(event=slot.event, starts_at=slot.starts_at + timedelta(days=1), seats_onsite=slot.seats_onsite)


# --- The places of a code ------------------------------------------------------------------------------------------------


def two_by_code() -> tuple[Invitation, list[Registration]]:
    """Two people at two dates, by a code that has room for one more."""
    slot = by_invitation()
    shared = code(slot, 3, companions=1)
    return shared, [attending.confirm(by_code(shared, where, who), now=NOW) for where, who in ((slot, "a"), (later_one(slot), "b"))]


def bring_more(rows: list[Registration]) -> list[Any]:
    return race(*(partial(attending.change, again(row), companions=1, now=NOW) for row in rows))


def people(invitation: Invitation) -> int:
    return sum(row.people for row in invitation.registrations.live())


def test_the_last_place_of_a_code_goes_to_one_of_two_who_bring_somebody() -> None:
    shared, rows = two_by_code()
    outcomes = bring_more(rows)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "Registration"]
    assert (used(shared), people(shared)) == (3, 3)


def test_uncounted_two_would_bring_somebody_for_the_last_place_of_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: both look at what is left before either writes."""
    shared, rows = two_by_code()
    both = Barrier(2, timeout=PATIENCE)

    def naive(invitation: Invitation, more: int) -> bool:
        is_free = used(invitation) + more <= invitation.quota
        both.wait()
        Invitation.objects.filter(pk=invitation.pk).update(used=3)
        return is_free

    monkeypatch.setattr(inviting, "claim", naive)
    assert faults(bring_more(rows)) == []
    assert people(shared) == 4


def leaves_while_another_comes(monkeypatch: pytest.MonkeyPatch) -> tuple[Invitation, list[Any]]:
    """Somebody leaves a date while somebody else, who has taken a place of the code for another, is about to commit."""
    slot = by_invitation()
    other, shared = later_one(slot), code(slot, 2)
    row = attending.confirm(by_code(shared, slot, "a"), now=NOW)
    taken_one, claim, left = Barrier(2, timeout=PATIENCE), inviting.claim, list[bool]()

    def slow(invitation: Invitation, more: int) -> bool:
        found = claim(invitation, more)
        taken_one.wait()
        until_somebody_waits_for_us(lambda: bool(left))
        return found

    def leaves() -> None:
        taken_one.wait()
        attending.withdraw(again(row), now=NOW)
        left.append(True)

    monkeypatch.setattr(inviting, "claim", slow)
    return shared, race(partial(by_code, shared, other, "b"), leaves)


def test_who_leaves_takes_no_place_of_the_code_from_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    shared, outcomes = leaves_while_another_comes(monkeypatch)
    assert (faults(outcomes), used(shared), people(shared)) == ([], 1, 1)


def test_counted_then_written_who_leaves_would_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what is left is summed, then written over what another wrote meanwhile."""

    def summed(invitation: Invitation, gone: int) -> None:
        Invitation.objects.filter(pk=invitation.pk).update(used=people(invitation) - gone)

    monkeypatch.setattr(inviting, "release", summed)
    shared, outcomes = leaves_while_another_comes(monkeypatch)
    assert (faults(outcomes), used(shared), people(shared)) == ([], 0, 1)


# --- Two dates at once -----------------------------------------------------------------------------------------------------


def proves_while_another_asks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both for the same two dates, each stopped once it has locked a first sitting, when it can be."""
    slot = opened(5)
    other = later_one(slot)
    row, _ = asked(slot, "a"), asked(other, "a")
    sweeping.sweep(now=LATE)
    mine, both, seat = local(), Barrier(2, timeout=2), queueing.seat

    def slow(row: Registration, **said: Any) -> bool:
        found = seat(row, **said)
        if not hasattr(mine, "met"):
            mine.met = True
            with suppress(BrokenBarrierError):
                both.wait()
        return found

    @transaction.atomic
    def asks() -> None:
        for where in sorted([slot, other], key=lambda where: where.pk):
            asked(where, "b", now=LATE)

    monkeypatch.setattr(queueing, "seat", slow)
    outcomes = race(partial(attending.confirm_ask, again(row), now=LATE), asks)
    assert (taken(slot), taken(other)) == (counted(slot), counted(other))
    return faults(outcomes)


def test_a_late_proof_of_two_dates_and_an_ask_of_the_same_two_wait_for_each_other_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proves_while_another_asks(monkeypatch) == []


def test_with_its_own_date_last_one_of_them_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: dates locked in another order than everywhere else."""
    monkeypatch.setattr(attending, "in_order", lambda rows: sorted(rows, key=lambda row: -row.slot_id))
    assert [type(fault) for fault in proves_while_another_asks(monkeypatch)] == [OperationalError]


# --- An event that changes its way -------------------------------------------------------------------------------------------


def asks_while_the_way_changes() -> tuple[TimeSlot, list[Any]]:
    """Somebody asks for a seat in the hall while the event goes online, and is about to commit."""
    slot = opened(5, online=5)
    coming(slot, "a")
    written, over = Barrier(2, timeout=PATIENCE), list[bool]()

    @transaction.atomic
    def goes_online() -> None:
        event = Event.objects.select_for_update(of=("self",)).get(pk=slot.event_id)
        event.mode = Mode.ONLINE
        event.save(update_fields=["mode"])
        held = seats.hold(slot)
        carrying.carry(held, event)
        held.save(update_fields=carrying.COUNTS)
        written.wait()
        until_somebody_waits_for_us(lambda: bool(over))

    def asks() -> None:
        # The page was opened before.
        known = fresh(slot)
        written.wait()
        try:
            attending.register(known, email="b@ville.example", name="B Exemple", now=NOW)
        finally:
            over.append(True)

    return slot, race(goes_online, asks)


def test_who_asks_for_a_seat_in_the_hall_as_the_event_goes_online_is_told_that_it_changed() -> None:
    slot, outcomes = asks_while_the_way_changes()
    assert [str(outcome) for outcome in outcomes if outcome] == ["Cet événement vient de changer\u00a0: rechargez la page."]
    assert (taken(slot), counted(slot), states(slot)) == ((0, 1), (0, 1), {"a": "seated"})


def test_not_asked_again_a_seat_would_be_sold_in_a_hall_that_nobody_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    def naive(row: Registration) -> bool:
        return bool(Registration.objects.filter(pk=row.pk).update(holds_until=row.holds_until))

    monkeypatch.setattr(attending, "write_hold", naive)
    slot, outcomes = asks_while_the_way_changes()
    assert (faults(outcomes), taken(slot)) == ([], (1, 1))


# --- The doors -----------------------------------------------------------------------------------------------------------------


def test_looked_at_then_written_two_doors_would_each_mark_the_same_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of « marked at three doors »: both see nobody marked, and both say that it was they."""
    row, both = coming(opened(5), "anna"), Barrier(2, timeout=PATIENCE)

    def naive(registration: Registration, *, now: Any) -> bool:
        is_new = Registration.objects.get(pk=registration.pk).came_at is None
        both.wait()
        Registration.objects.filter(pk=registration.pk).update(came_at=now)
        return is_new

    monkeypatch.setattr(hosting, "check_in", naive)
    assert race(*[partial(hosting.check_in, row, now=NOW)] * 2) == [True, True]


def shrinks_while_another_comes() -> tuple[TimeSlot, list[Any]]:
    """One of two seats is taken away by who has just read that it is free."""
    slot = opened(2)
    coming(slot, "anna")
    return slot, race(partial(hosting.resize, fresh(slot), onsite=1, online=None, by=None, now=NOW), partial(coming, slot, "bilal"))


def test_a_seat_taken_away_is_never_the_one_that_somebody_takes() -> None:
    """Both orders end well: the seat is gone and they wait, or they have it and it cannot go."""
    slot, outcomes = shrinks_while_another_comes()
    row = fresh(slot)
    is_refused = isinstance(outcomes[0], Refused)
    assert faults(outcomes) == []
    assert (row.seats_onsite, states(slot)["bilal"], taken(slot)) == ((2, "seated", (2, 0)) if is_refused else (1, "1", (1, 0)))


def test_unheld_the_seat_taken_away_would_be_taken_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: nothing is locked while the number is read and written; the guard of the database alone stops it, by failing."""
    read, sold, refuse = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE), seats.taken
    slot = opened(2)
    coming(slot, "anna")

    def late(row: TimeSlot, mode: str) -> int:
        found = refuse(row, mode)
        if mode == Mode.ONSITE:
            read.wait()
            sold.wait()
        return found

    def comes() -> None:
        read.wait()
        coming(slot, "bilal")
        sold.wait()

    monkeypatch.setattr(seats, "hold", lambda row: fresh(row))
    monkeypatch.setattr(seats, "taken", late)
    outcomes = race(partial(hosting.resize, fresh(slot), onsite=1, online=None, by=None, now=NOW), comes)
    assert [type(fault).__name__ for fault in faults(outcomes)] == ["IntegrityError"]
