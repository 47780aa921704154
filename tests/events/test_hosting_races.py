"""Several people at the doors at the same second, and seats taken away while somebody registers; with the twin that holds nothing."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest
import time_machine

from core.refusals import Refused
from events.models import Registration, TimeSlot
from events.services import hosting
from tests.events.attending import NOW, coming, counted, fresh, opened, taken
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_somebody_marked_at_three_doors_at_once_is_marked_once() -> None:
    row = coming(opened(5), "anna")
    assert sorted(race(*[partial(hosting.check_in, row, now=NOW)] * 3)) == [False, False, True]


def test_the_last_seat_at_two_doors_goes_to_one_person_and_the_counts_hold() -> None:
    slot = opened(1)
    outcomes = race(*(partial(hosting.walk_in, fresh(slot), once=f"{number}" * 32, name="Noa Exemple", now=NOW) for number in range(4)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "Refused", "Refused", "Registration"]
    assert (taken(slot), counted(slot)) == ((1, 0), (1, 0))


def test_the_empty_chair_of_somebody_late_is_given_once_at_two_doors() -> None:
    slot = opened(1)
    coming(slot, "anna")
    enter = [partial(hosting.walk_in, fresh(slot), once=f"{number}" * 32, name="Noa Exemple", anyway=True, now=NOW) for number in range(3)]
    outcomes = race(*enter)
    assert ([type(outcome) for outcome in outcomes].count(Registration), hosting.inside_of(slot)) == (1, 1)


def test_unheld_the_empty_chair_would_be_given_twice(monkeypatch: Any) -> None:
    slot = opened(1)
    coming(slot, "anna")
    both, inside = Barrier(2, timeout=PATIENCE), hosting.inside_of

    def late(held: TimeSlot) -> int:
        found = inside(held)
        both.wait()
        return found

    monkeypatch.setattr(hosting, "inside_of", late)
    monkeypatch.setattr(hosting.seats, "hold", lambda row: fresh(row))
    monkeypatch.setattr(hosting.seats, "take", lambda *_, **__: False)
    race(*(partial(hosting.walk_in, slot, once=f"{number}" * 32, name="Noa Exemple", anyway=True, now=NOW) for number in range(2)))
    assert inside(slot) == 2


def test_fewer_seats_and_one_more_person_at_the_same_second_never_cross() -> None:
    slot = opened(2)
    coming(slot, "anna")
    outcomes = race(partial(hosting.resize, fresh(slot), onsite=1, online=None, by=None, now=NOW), partial(coming, slot, "bilal"))
    row = TimeSlot.objects.get(pk=slot.pk)
    assert (row.taken_onsite <= (row.seats_onsite or 0), counted(slot)[0] == row.taken_onsite) == (True, True)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)] == []
