"""Coming to an event: asked, proven, seated or ranked, changed, withdrawn; the seats are those of the rows at every step."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.clock import PARIS
from core.refusals import Refused
from events.models import Registration, TimeSlot
from events.services import attending, sweeping
from events.services.admitting import TooEarly
from events.services.attending import HOLD
from events.states import Access, Mode, State
from records.models import Act
from tests.events.attending import MINUTE, NOW, asked, coming, counted, fresh, letters, opened, states, taken

pytestmark = pytest.mark.django_db


def test_an_ask_holds_its_seats_for_thirty_minutes_and_the_proof_keeps_them() -> None:
    slot = opened(3)
    row = asked(slot, companions=1)
    assert (row.holds_until, taken(slot), states(slot)) == (NOW + HOLD, (2, 0), {"a": "held"})
    attending.confirm(row, now=NOW + 29 * MINUTE)
    assert (states(slot), taken(slot), counted(slot)) == ({"a": "seated"}, (2, 0), (2, 0))
    assert letters("a") == ["registered"]


def test_a_seat_held_too_long_goes_to_the_next_at_the_very_second() -> None:
    slot = opened(1)
    row = asked(slot)
    assert asked(slot, "b", now=NOW + HOLD - timedelta(seconds=1)).holds_until is None
    later = asked(slot, "c", now=NOW + HOLD)
    assert (later.holds_until, states(slot), taken(slot)) == (NOW + 2 * HOLD, {"a": "asked", "b": "asked", "c": "held"}, (1, 0))
    attending.confirm(row, now=NOW + HOLD)
    assert states(slot) == {"a": "1", "b": "asked", "c": "held"}


def test_a_lapsed_hold_goes_to_who_waits_and_not_to_a_newcomer() -> None:
    slot = opened(1)
    asked(slot)
    coming(slot, "b")
    assert states(slot) == {"a": "held", "b": "1"}
    newcomer = asked(slot, "c", now=NOW + HOLD)
    assert (newcomer.holds_until, states(slot)) == (None, {"a": "asked", "b": "seated", "c": "asked"})
    assert letters("b") == ["registration_waiting".removeprefix("registration_"), "promoted"]


def test_the_clock_gives_a_lapsed_hold_on_without_anybody_coming() -> None:
    slot = opened(1)
    asked(slot)
    coming(slot, "b")
    sweeping.sweep(now=NOW + HOLD - timedelta(seconds=1))
    assert states(slot) == {"a": "held", "b": "1"}
    sweeping.sweep(now=NOW + HOLD)
    sweeping.sweep(now=NOW + HOLD)
    assert (states(slot), letters("b")) == ({"a": "asked", "b": "seated"}, ["waiting", "promoted"])


def test_proven_too_late_one_has_a_seat_if_one_is_left() -> None:
    slot = opened(2)
    row = asked(slot)
    attending.confirm(row, now=NOW + 2 * HOLD)
    assert (states(slot), taken(slot), counted(slot)) == ({"a": "seated"}, (1, 0), (1, 0))


def test_confirming_twice_is_once() -> None:
    slot = opened(2)
    row = asked(slot)
    attending.confirm(row, now=NOW)
    attending.confirm(Registration.objects.get(pk=row.pk), now=NOW + MINUTE)
    assert (taken(slot), letters("a")) == ((1, 0), ["registered"])


def test_an_address_asks_once_and_what_was_typed_last_counts_until_it_is_proven() -> None:
    slot = opened(3)
    first = asked(slot)
    again = asked(slot, now=NOW + 10 * MINUTE, companions=1, needs="Un accès.")
    assert (again.pk, again.holds_until, again.companions, again.needs, taken(slot)) == (first.pk, NOW + HOLD, 1, "Un accès.", (2, 0))
    attending.confirm(again, now=NOW + 20 * MINUTE)
    proven = asked(slot, now=NOW + 25 * MINUTE, companions=2)
    assert (proven.companions, taken(slot), Registration.objects.count()) == (1, (2, 0), 1)


def test_an_address_holds_a_seat_once_whatever_it_asks_again() -> None:
    slot = opened(1)
    asked(slot)
    again = asked(slot, now=NOW + HOLD)
    assert (again.holds_until, taken(slot)) == (None, (0, 0))


def test_asking_again_mails_the_link_again_and_changes_nothing() -> None:
    slot = opened(3)
    coming(slot)
    attending.ask_proof([asked(slot, now=NOW + MINUTE)], now=NOW + MINUTE)
    assert (letters("a"), taken(slot)) == (["registered", "link"], (1, 0))


def test_withdrawing_gives_the_seat_to_the_first_who_waits_and_twice_is_once() -> None:
    slot = opened(1)
    row = coming(slot)
    coming(slot, "b", now=NOW + MINUTE)
    coming(slot, "c", now=NOW + 2 * MINUTE)
    attending.withdraw(row, now=NOW + 3 * MINUTE)
    attending.withdraw(row, now=NOW + 4 * MINUTE)
    assert (states(slot), taken(slot), counted(slot)) == ({"a": "gone", "b": "seated", "c": "1"}, (1, 0), (1, 0))
    assert (letters("a"), letters("b"), letters("c")) == (["registered", "withdrawn"], ["waiting", "promoted"], ["waiting"])


def test_withdrawn_one_may_come_back_at_the_end_of_the_list() -> None:
    slot = opened(1)
    row = coming(slot)
    coming(slot, "b")
    attending.withdraw(row, now=NOW)
    coming(slot, "a", now=NOW + MINUTE)
    assert states(slot) == {"a": "1", "b": "seated"}


def test_a_group_that_does_not_fit_waits_and_nobody_overtakes_it() -> None:
    slot = opened(3)
    coming(slot, "a")
    group = coming(slot, "b", companions=2)
    coming(slot, "c", now=NOW + MINUTE)
    assert states(slot) == {"a": "seated", "b": "1", "c": "2"}
    attending.change(group, companions=1, now=NOW + 2 * MINUTE)
    assert (states(slot), taken(slot)) == ({"a": "seated", "b": "seated", "c": "1"}, (3, 0))
    assert letters("b") == ["waiting", "promoted"]


def test_coming_fewer_gives_seats_back_to_who_waits() -> None:
    slot = opened(3)
    group = coming(slot, "a", companions=2)
    coming(slot, "b")
    attending.change(group, companions=0, now=NOW)
    assert (states(slot), taken(slot), letters("a")) == ({"a": "seated", "b": "seated"}, (2, 0), ["registered", "registered"])


def test_coming_more_is_refused_when_seats_lack_and_what_one_has_stays() -> None:
    slot = opened(2)
    row = coming(slot)
    coming(slot, "b")
    with pytest.raises(Refused, match="Vous gardez votre place"):
        attending.change(row, companions=1, now=NOW)
    assert (states(slot), taken(slot)) == ({"a": "seated", "b": "seated"}, (2, 0))


def test_who_waits_and_asks_for_more_waits_from_now_on() -> None:
    slot = opened(2)
    coming(slot, "a", companions=1)
    row = coming(slot, "b")
    coming(slot, "c", now=NOW + MINUTE)
    attending.change(row, companions=1, now=NOW + 2 * MINUTE)
    assert states(slot) == {"a": "seated", "b": "2", "c": "1"}
    attending.change(row, companions=0, now=NOW + 3 * MINUTE)
    assert states(slot) == {"a": "seated", "b": "2", "c": "1"}


def test_each_way_of_coming_has_its_seats_and_its_list() -> None:
    slot = opened(1, online=1, mode=Mode.HYBRID)
    coming(slot, "a", mode=Mode.ONSITE)
    coming(slot, "b", mode=Mode.ONLINE)
    coming(slot, "c", mode=Mode.ONLINE)
    row = coming(slot, "d", mode=Mode.ONSITE)
    assert (states(slot), taken(slot)) == ({"a": "seated", "b": "seated", "c": "1", "d": "1"}, (1, 1))
    attending.change(row, mode=Mode.ONLINE, now=NOW + MINUTE)
    assert states(slot) == {"a": "seated", "b": "seated", "c": "1", "d": "2"}


def test_one_changes_to_another_sitting_when_it_has_room_and_else_keeps_the_seat() -> None:
    slot = opened(1, at=["2027-11-23T10:00", "2027-11-24T10:00", "2027-11-25T10:00"])
    other, full = TimeSlot.objects.filter(event=slot.event).order_by("starts_at")[1:]
    coming(full, "b")
    row = coming(slot, "a")
    with pytest.raises(Refused, match="pas assez de places"):
        attending.change(row, slot=fresh(full), now=NOW)
    moved = attending.change(row, slot=fresh(other), now=NOW)
    assert (moved.slot_id, taken(slot), taken(other), taken(full)) == (other.pk, (0, 0), (1, 0), (1, 0))


def test_words_change_without_a_letter_and_nothing_changed_leaves_no_trace() -> None:
    slot = opened(1)
    row = coming(slot)
    attending.change(row, needs="Un accès.", name="Lou Exemple", now=NOW)
    attending.change(row, needs="Un accès.", companions=0, mode=Mode.ONSITE, slot=fresh(slot), now=NOW)
    assert (letters("a"), list(Act.objects.order_by("pk").values_list("verb", flat=True))) == (
        ["registered"], ["inscription confirmée", "inscription modifiée"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": State.CANCELLED}, "annulé"),
        ({"access": Access.OPEN}, "pas ici"),
        ({"access": Access.ELSEWHERE}, "pas ici"),
        ({"access": Access.INVITATION}, "invitation"),
        ({"at": ["2027-11-08T10:00"]}, "trop tard"),
    ],
)
def test_no_seat_is_asked_where_none_is_given(fields: dict[str, Any], words: str) -> None:
    slot = opened(1, **fields)
    with pytest.raises(Refused, match=words):
        asked(slot)
    assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"companions": 3}, "que 3 places"), ({"companions": -1}, "au plus"), ({"companions": 10}, "9 personnes"),
        ({"mode": "MARS"}, "Choisissez"), ({"mode": Mode.ONLINE}, "Choisissez"), ({"mode": Mode.HYBRID}, "Choisissez"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(fields: dict[str, Any], words: str) -> None:
    slot = opened(3)
    with pytest.raises(Refused, match=words):
        asked(slot, **fields)
    assert (Registration.objects.count(), taken(slot)) == (0, (0, 0))


def test_without_limit_everybody_has_a_seat_and_they_are_counted() -> None:
    slot = opened(None)
    for who in "abcde":
        coming(slot, who)
    assert (taken(slot), set(states(slot).values())) == ((5, 0), {"seated"})


def test_once_it_began_nothing_is_proven_withdrawn_nor_changed_by_the_person() -> None:
    slot = opened(3)
    row, held = coming(slot), asked(slot, "b")
    begun = datetime(2027, 11, 23, 10, tzinfo=PARIS)
    for act in (attending.withdraw, attending.change):
        with pytest.raises(Refused, match="commencé"):
            act(row, now=begun)
    with pytest.raises(Refused, match="commencé"):
        attending.confirm(held, now=begun)
    attending.withdraw(row, now=begun, by_organiser=True)
    assert states(slot) == {"a": "gone", "b": "held"}


def test_one_proof_is_good_for_every_sitting_that_was_asked_for() -> None:
    slot = opened(1, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    other = TimeSlot.objects.filter(event=slot.event).order_by("starts_at")[1]
    rows = [asked(slot), asked(other)]
    attending.ask_proof(rows, now=NOW)
    attending.confirm_ask(rows[1], now=NOW)
    assert (states(slot), states(other), letters("a")) == ({"a": "seated"}, {"a": "seated"}, ["to_confirm", "registered", "registered"])


# --- Members --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def of_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever's name begins with an m."""
    monkeypatch.setattr("events.members.is_of_a_member", lambda email, **_: email.startswith("m"))


def test_until_its_end_the_priority_is_for_members(of_a_member: None) -> None:
    until = NOW + timedelta(days=1)
    slot = opened(3, members_until=until)
    with pytest.raises(TooEarly):
        asked(slot)
    asked(slot, "m")
    asked(slot, now=until)
    assert states(slot) == {"m": "asked", "a": "held"}


def test_what_is_kept_for_members_is_out_of_reach_of_the_others_until_its_day(of_a_member: None) -> None:
    until = NOW + timedelta(days=1)
    slot = opened(3, members_seats=2, members_seats_until=until)
    for who in ("a", "b", "m1", "c"):
        coming(slot, who)
    assert (states(slot), taken(slot)) == ({"a": "seated", "b": "1", "m1": "seated", "c": "2"}, (2, 0))
    sweeping.sweep(now=until - MINUTE)
    assert states(slot)["b"] == "1"
    sweeping.sweep(now=until)
    assert (states(slot), taken(slot)) == ({"a": "seated", "b": "seated", "m1": "seated", "c": "1"}, (3, 0))


def test_a_member_has_what_is_kept_but_overtakes_nobody_for_the_rest(of_a_member: None) -> None:
    slot = opened(3, members_seats=1, members_seats_until=NOW + timedelta(days=1))
    coming(slot, "a")
    coming(slot, "b", companions=1)
    coming(slot, "m1")
    coming(slot, "m2")
    assert (states(slot), taken(slot)) == ({"a": "seated", "b": "1", "m1": "seated", "m2": "2"}, (2, 0))


def test_the_seats_of_members_are_counted_apart(of_a_member: None) -> None:
    slot = opened(5, members_seats=2, members_seats_until=NOW + timedelta(days=1))
    row = coming(slot, "m1", companions=1)
    assert fresh(slot).members_onsite == 2
    attending.change(row, companions=0, now=NOW)
    coming(slot, "a")
    assert fresh(slot).members_onsite == 1
    attending.withdraw(row, now=NOW)
    assert (fresh(slot).members_onsite, taken(slot)) == (0, (1, 0))
