"""An event that changes its way of being held: who is registered is carried there, keeps a seat and a rank; a room is never oversold."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from core.refusals import Refused
from events import organisers, proposing
from events.models import Event, Registration, TimeSlot
from events.services import attending, changing, queueing, verifying, writing
from events.services import proposing as services
from events.states import Mode
from tests.events.attending import NOW, asked, coming, counted, fresh, opened, states, taken
from tests.events.desks import BY

pytestmark = pytest.mark.django_db
VISIO = "https://visio.example/atelier"


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def ready(seats: int | None = 3, **fields: Any) -> TimeSlot:
    """A sitting of an event whose every answer is typed, so that its organiser may change it."""
    return opened(seats, **{"for_citizens": True, "description": "Venez.", "access_contact": "01 00 00 00 00", **fields})


def wanted(slot: TimeSlot, now: datetime = NOW, **typed: str) -> Event:
    """What the organiser types and sends; what is heavy waits."""
    event = Event.objects.get(pk=slot.event_id)
    organiser = organisers.make(event, "camille@ville.example", name="Camille Exemple", is_lead=True, now=NOW)
    organiser.event = services.save(event, proposing.typed_of(event) | typed, now=now)
    return changing.send(organiser, revision=organiser.event.revision, now=now)


def changed(slot: TimeSlot, now: datetime = NOW, **typed: str) -> Event:
    return changing.accept(wanted(slot, now, **typed), by=BY, now=now)


def modes(slot: TimeSlot) -> set[str]:
    return set(Registration.objects.filter(slot=slot).live().values_list("mode", flat=True))


def hybrid(onsite: int | None = 2, online: int | None = 50, *, on: int = 2, off: int = 6) -> TimeSlot:
    slot = ready(onsite, online=online, mode=Mode.HYBRID, online_url=VISIO)
    for number in range(on):
        coming(slot, f"p{number}", mode=Mode.ONSITE)
    for number in range(off):
        coming(slot, f"v{number}", mode=Mode.ONLINE)
    return slot


def test_those_who_come_online_and_do_not_fit_in_the_hall_refuse_the_change() -> None:
    slot = hybrid()
    with pytest.raises(Refused) as refusal:
        changed(slot, mode="ONSITE")
    assert str(refusal.value) == (
        "6\u00a0personnes viennent en ligne, et il ne reste plus de place sur place\u00a0: "
        "ajoutez des places sur place, ou désinscrivez quelqu’un d’abord."
    )
    assert (Event.objects.get().mode, taken(slot), counted(slot)) == (Mode.HYBRID, (2, 6), (2, 6))


def test_who_would_not_fit_is_told_of_when_the_change_is_asked_and_nothing_moves() -> None:
    slot = hybrid()
    with pytest.raises(Refused, match="ajoutez des places sur place"):
        wanted(slot, mode="ONSITE")
    event = Event.objects.get()
    assert (event.pending, event.mode, modes(slot), taken(slot)) == ({}, Mode.HYBRID, {"ONSITE", "ONLINE"}, (2, 6))
    wanted(slot, mode="ONSITE", seats_onsite="8")
    assert (Event.objects.get().pending["typed"]["mode"], Event.objects.get().mode, taken(slot)) == ("ONSITE", Mode.HYBRID, (2, 6))


def test_those_who_come_online_and_fit_in_the_hall_are_carried_there() -> None:
    slot = hybrid(9)
    changed(slot, mode="ONSITE")
    assert (modes(slot), taken(slot), counted(slot)) == ({"ONSITE"}, (8, 0), (8, 0))
    assert set(states(slot).values()) == {"seated"}
    assert states(coming(slot, "n").slot)["n"] == "seated"
    assert (states(coming(slot, "m").slot)["m"], taken(slot)) == ("1", (9, 0))


def test_those_who_come_to_the_hall_keep_their_seats_online_and_no_more_are_sold_than_there_are() -> None:
    slot = ready(2)
    for who in "abcd":
        coming(slot, who)
    changed(slot, mode="ONLINE", online_url=VISIO, seats_onsite="", seats_online="3")
    assert (modes(slot), taken(slot), counted(slot)) == ({"ONLINE"}, (0, 3), (0, 3))
    assert states(slot) == {"a": "seated", "b": "seated", "c": "seated", "d": "1"}


def test_places_emptied_with_the_way_wait_with_it_and_seat_nobody_meanwhile() -> None:
    slot = ready(2)
    for who in "abcd":
        coming(slot, who)
    event = wanted(slot, mode="ONLINE", online_url=VISIO, seats_onsite="", seats_online="2")
    queueing.seat_next(fresh(slot), now=NOW)
    assert (fresh(slot).seats_onsite, fresh(slot).seats_online, states(slot)) == (
        2,
        None,
        {"a": "seated", "b": "seated", "c": "1", "d": "2"},
    )
    changing.accept(event, by=BY, now=NOW)
    assert (fresh(slot).seats_online, states(slot)) == (2, {"a": "seated", "b": "seated", "c": "1", "d": "2"})


def test_who_waited_in_both_ways_waits_in_one_line_by_the_hour_they_asked() -> None:
    slot = hybrid(1, 1, on=1, off=1)
    coming(slot, "w", mode=Mode.ONLINE, now=NOW)
    coming(slot, "x", mode=Mode.ONSITE, now=NOW + attending.HOLD)
    coming(slot, "y", mode=Mode.ONLINE, now=NOW + 2 * attending.HOLD)
    changed(slot, mode="ONSITE", seats_onsite="2")
    assert states(slot) == {"p0": "seated", "v0": "seated", "w": "1", "x": "2", "y": "3"}


def test_a_seat_held_for_an_unproven_address_is_carried_and_proven_after() -> None:
    slot = ready(2)
    row = asked(slot)
    changed(slot, mode="ONLINE", online_url=VISIO, seats_online="2")
    assert (taken(slot), counted(slot)) == ((0, 1), (0, 1))
    found = attending.confirm(row, now=NOW)
    assert (found.mode, states(slot), taken(slot), counted(slot)) == ("ONLINE", {"a": "seated"}, (0, 1), (0, 1))


def test_proven_late_who_asked_in_a_way_that_ended_comes_in_the_one_there_is() -> None:
    slot = ready(2)
    row = asked(slot)
    Event.objects.update(mode=Mode.ONLINE, online_url=VISIO)
    late = attending.confirm(Registration.objects.select_related("slot__event__season").get(pk=row.pk), now=NOW + attending.HOLD)
    assert (late.mode, taken(slot), counted(slot)) == ("ONLINE", (0, 1), (0, 1))


def test_nobody_is_moved_up_in_a_way_that_the_event_has_not() -> None:
    slot = ready(1)
    for who in "abc":
        coming(slot, who)
    Event.objects.update(mode=Mode.ONLINE, online_url=VISIO)
    TimeSlot.objects.update(seats_onsite=None, seats_online=1)
    assert [row.email for row in queueing.seat_next(fresh(slot), now=NOW)] == ["b@ville.example"]
    assert (counted(slot), states(slot)["c"]) == ((1, 1), "1")


def test_a_sitting_that_is_over_keeps_who_came_and_how() -> None:
    slot = ready(2, at=["2027-11-22T10:00", "2027-11-24T10:00"])
    later = slot.event.slots.latest("starts_at")
    coming(slot, "a")
    coming(later, "b")
    between = NOW.replace(day=23)
    changed(later, between, mode="ONLINE", online_url=VISIO, seats_online="1")
    assert (modes(slot), modes(later), taken(slot), taken(later)) == ({"ONSITE"}, {"ONLINE"}, (1, 0), (0, 1))
    assert verifying.verify(now=between) == []


def test_the_night_carries_who_is_left_in_a_way_that_there_is_no_more() -> None:
    slot = ready(1)
    coming(slot, "a")
    Event.objects.update(mode=Mode.ONLINE, online_url=VISIO)
    assert verifying.verify(now=NOW) == [slot]
    assert (modes(slot), taken(slot), counted(slot), verifying.verify(now=NOW)) == ({"ONLINE"}, (0, 1), (0, 1), [])


def test_the_night_says_it_when_they_do_not_fit() -> None:
    slot = hybrid()
    Event.objects.update(mode=Mode.ONSITE)
    assert verifying.verify(now=NOW) == [slot]
    assert (taken(slot), counted(slot)) == ((2, 6), (2, 6))


def test_only_the_sittings_whose_hours_change_are_said_to_have_moved() -> None:
    slot = ready(2, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    checked = writing.check(slot.event, proposing.typed_of(slot.event), now=NOW)
    checked.said["sittings"][1] = type(checked.said["sittings"][1])(
        checked.said["sittings"][1].slot, checked.said["sittings"][1].starts_at + attending.HOLD, checked.said["sittings"][1].ends_at
    )
    assert writing.write(slot.event, checked.said, now=NOW) == {checked.said["sittings"][1].slot}
