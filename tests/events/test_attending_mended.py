"""What a code counts, which door is still open, the reminder of another date, who is let in: each was wrong once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from core.refusals import Refused
from events import attending_reminders as reminders
from events.attending_retention import UNPROVEN_FOR, purge
from events.models import Event, Invitation, Registration, TimeSlot
from events.proposing import typed_of
from events.services import attending, hosting, inviting, queueing, sweeping, verifying, writing
from events.services.inviting import Reply
from events.states import Access, Mode
from mailing.models import Message
from tests.events.attending import MINUTE, NOW, asked, coming, counted, fresh, letters, opened, states, taken
from tests.events.desks import BY, by_invitation, code

pytestmark = pytest.mark.django_db
LATE = NOW + attending.HOLD + MINUTE


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def again(row: Registration) -> Registration:
    return Registration.objects.select_related("slot__event__season", "invitation").get(pk=row.pk)


def used(invitation: Invitation) -> int:
    return Invitation.objects.get(pk=invitation.pk).used


def by_code(invitation: Invitation, slot: TimeSlot, who: str, *, now: datetime = NOW, companions: int = 0) -> Registration:
    found = Invitation.objects.select_related("event__season").get(pk=invitation.pk)
    reply = Reply(f"{who} Exemple", email=f"{who}@ville.example", companions=companions)
    return inviting.accept(found, fresh(slot), reply, now=now)


def come_by_code(invitation: Invitation, slot: TimeSlot, who: str, *, now: datetime = NOW, companions: int = 0) -> Registration:
    return attending.confirm(by_code(invitation, slot, who, now=now, companions=companions), now=now)


def later_one(slot: TimeSlot, days: int = 8, seats: int = 5) -> TimeSlot:
    return TimeSlot.objects.create(event=slot.event, starts_at=slot.starts_at + timedelta(days=days), seats_onsite=seats)


# --- Codes ---------------------------------------------------------------------------------------------------------------


def test_who_comes_with_more_people_takes_them_from_the_code_or_is_refused() -> None:
    slot = by_invitation()
    shared = code(slot, 4, companions=3)
    first, second = come_by_code(shared, slot, "a"), come_by_code(shared, slot, "b")
    attending.change(again(first), companions=1, now=NOW)
    assert (used(shared), taken(slot)) == (3, (3, 0))
    with pytest.raises(Refused, match="Il reste 1.place avec ce code"):
        attending.change(again(second), companions=3, now=NOW)
    assert (used(shared), taken(slot), counted(slot)) == (3, (3, 0), (3, 0))


def test_who_comes_with_fewer_people_gives_them_back_to_the_code() -> None:
    slot = by_invitation()
    shared = code(slot, 4, companions=3)
    row = come_by_code(shared, slot, "a", companions=3)
    attending.change(again(row), companions=1, now=NOW)
    assert used(shared) == 2
    attending.withdraw(again(row), now=NOW)
    assert used(shared) == 0


def test_who_waits_and_asks_for_more_people_takes_them_from_the_code_too() -> None:
    slot = by_invitation(4)
    shared = code(slot, 6, companions=3)
    come_by_code(shared, slot, "a", companions=3)
    waits = come_by_code(shared, slot, "b")
    attending.change(again(waits), companions=1, now=NOW)
    assert (states(slot), used(shared)) == ({"a": "seated", "b": "1"}, 6)
    with pytest.raises(Refused, match="déjà utilisée"):
        attending.change(again(waits), companions=2, now=NOW)


def test_an_address_never_proven_gives_its_places_of_the_code_back_with_its_seat() -> None:
    slot = by_invitation()
    shared = code(slot, 1)
    typo = by_code(shared, slot, "typo")
    assert used(shared) == 1
    sweeping.sweep(now=LATE)
    assert used(shared) == 0
    come_by_code(shared, slot, "right", now=LATE)
    with pytest.raises(Refused, match="déjà utilisée"):
        attending.confirm(again(typo), now=LATE)
    assert (states(slot), used(shared), taken(slot)) == ({"typo": "asked", "right": "seated"}, 1, (1, 0))


def test_proven_late_while_the_code_has_places_one_takes_them_again() -> None:
    slot = by_invitation()
    shared = code(slot, 2)
    late = by_code(shared, slot, "a")
    attending.confirm(again(late), now=LATE)
    assert (states(slot), used(shared)) == ({"a": "seated"}, 1)
    attending.confirm(again(late), now=LATE)
    assert used(shared) == 1


def test_without_a_seat_to_hold_the_places_of_a_code_are_taken_with_the_proof() -> None:
    slot = by_invitation(1)
    shared = code(slot, 2)
    come_by_code(shared, slot, "a")
    waits = by_code(shared, slot, "b")
    assert used(shared) == 1
    attending.confirm(again(waits), now=NOW)
    assert (states(slot), used(shared)) == ({"a": "seated", "b": "1"}, 2)


def test_what_was_never_proven_and_lapsed_gives_nothing_back_twice() -> None:
    slot = by_invitation()
    shared = code(slot, 3)
    by_code(shared, slot, "typo")
    come_by_code(shared, slot, "a")
    sweeping.sweep(now=LATE)
    list(purge(NOW + UNPROVEN_FOR + MINUTE, False))
    assert (states(slot), used(shared)) == ({"a": "seated"}, 1)


def test_asked_again_with_fewer_people_the_code_counts_the_last_ask() -> None:
    slot = by_invitation()
    shared = code(slot, 4, companions=2)
    row = by_code(shared, slot, "a", companions=2)
    assert by_code(shared, slot, "a", companions=1) == row
    assert (used(shared), taken(slot), counted(slot)) == (2, (2, 0), (2, 0))


def test_a_code_that_was_taken_back_proves_nobody_any_more_and_keeps_who_was_proven() -> None:
    slot = by_invitation()
    shared = code(slot, 5)
    before, row = come_by_code(shared, slot, "a"), by_code(shared, slot, "b")
    inviting.revoke(shared, by=BY, now=NOW)
    with pytest.raises(Refused, match="a repris cette invitation"):
        attending.confirm(again(row), now=NOW)
    assert attending.confirm(again(before), now=NOW).is_seated is True
    assert states(slot) == {"a": "seated", "b": "held"}


def test_an_event_that_is_by_invitation_since_proves_nobody_who_was_not_invited() -> None:
    slot = opened()
    row = asked(slot)
    Event.objects.update(access=Access.INVITATION)
    with pytest.raises(Refused, match="sur invitation uniquement"):
        attending.confirm(again(row), now=NOW)
    assert states(slot) == {"a": "held"}


# --- Several dates ---------------------------------------------------------------------------------------------------------


def test_another_sitting_refused_is_left_out_of_the_proof() -> None:
    slot = by_invitation(at=["2027-11-23T10:00", "2027-11-24T10:00"])
    other = slot.event.slots.latest("starts_at")
    open_one, taken_back = code(slot, 2), code(slot, 2)
    row = by_code(open_one, slot, "a")
    by_code(taken_back, other, "a")
    inviting.revoke(taken_back, by=BY, now=NOW)
    assert attending.confirm_ask(again(row), now=NOW).is_seated is True
    assert (states(slot), states(other)) == ({"a": "seated"}, {"a": "held"})


def test_who_changes_to_another_date_is_reminded_of_it() -> None:
    slot = opened(5)
    other = later_one(slot)
    row = coming(slot)
    first = reminders.moment_of(slot)
    assert reminders.remind(now=first) == 1
    attending.change(again(row), slot=fresh(other), now=first)
    assert again(row).reminded_at is None
    assert (reminders.remind(now=reminders.moment_of(other)), letters("a").count("reminder")) == (1, 2)


def test_who_changes_to_a_date_so_near_that_the_answer_is_the_reminder_has_no_other() -> None:
    slot = opened(5)
    near = later_one(slot, days=-1)
    row, then = coming(slot), reminders.moment_of(fresh(near))
    attending.change(again(row), slot=fresh(near), now=then)
    assert (again(row).reminded_at, reminders.remind(now=then + MINUTE)) == (then, 0)


def test_a_link_mailed_again_lives_a_week_from_then() -> None:
    slot, again_at = opened(), NOW + UNPROVEN_FOR - timedelta(hours=1)
    asked(slot)
    with time_machine.travel(again_at, tick=False):
        attending.ask_proof([asked(slot, now=again_at)], now=again_at)
    list(purge(again_at + timedelta(days=1), False))
    assert states(slot) == {"a": "asked"}
    list(purge(again_at + UNPROVEN_FOR + MINUTE, False))
    assert states(slot) == {}


def test_a_link_of_a_code_mailed_again_lives_a_week_from_then() -> None:
    slot = by_invitation()
    shared, again_at = code(slot, 2), NOW + UNPROVEN_FOR - timedelta(hours=1)
    by_code(shared, slot, "a")
    by_code(shared, slot, "a", now=again_at)
    list(purge(again_at + timedelta(days=1), False))
    assert states(slot) == {"a": "asked"}


@pytest.mark.parametrize(("gone", "words"), [(True, "se sont désistées"), (False, "Des personnes sont inscrites")])
def test_a_date_that_is_taken_away_says_who_is_in_the_way(gone: bool, words: str) -> None:
    slot = opened(2, at=["2027-11-23T10:00", "2027-11-24T10:00"], for_citizens=True)
    row = coming(slot)
    if gone:
        attending.withdraw(again(row), now=NOW)
    checked = writing.check(slot.event, typed_of(slot.event), now=NOW)
    with pytest.raises(Refused, match=words):
        writing.write_sittings(slot.event, checked.said["sittings"][1:], 2, None, now=NOW)


# --- At the door -----------------------------------------------------------------------------------------------------------


def hybrid() -> tuple[TimeSlot, Registration]:
    """One seat online, taken; somebody waits for it, and comes to the hall."""
    slot = opened(2, online=1, mode=Mode.HYBRID)
    coming(slot, "a", mode=Mode.ONLINE)
    return slot, coming(slot, "b", mode=Mode.ONLINE)


def test_who_waited_online_and_is_let_in_is_of_the_room() -> None:
    slot, row = hybrid()
    assert hosting.let_in(again(row), now=NOW) is True
    assert (again(row).mode, taken(slot), counted(slot), hosting.inside_of(slot)) == ("ONSITE", (1, 1), (1, 1), 1)
    attending.withdraw(again(row), now=NOW, by_organiser=True)
    assert (taken(slot), counted(slot), verifying.different(now=NOW)) == ((0, 1), (0, 1), [])


def test_let_in_to_the_place_of_somebody_late_one_is_of_the_room_and_waits_no_more() -> None:
    slot = opened(1)
    late, row = coming(slot, "late"), coming(slot, "b")
    hosting.let_in(again(row), anyway=True, now=NOW)
    attending.withdraw(again(late), now=NOW)
    assert (queueing.seat_next(fresh(slot), now=NOW), letters("b")) == ([], ["waiting"])
    assert (again(row).is_seated, hosting.inside_of(slot), counted(slot)) == (False, 1, (0, 0))
    hosting.undo(again(row))
    assert [found.pk for found in queueing.seat_next(fresh(slot), now=NOW)] == [row.pk]


def test_an_event_online_has_no_door() -> None:
    slot = opened(2, online=2, mode=Mode.ONLINE)
    with pytest.raises(Refused, match="n’a pas de porte"):
        hosting.walk_in(slot, once="0" * 32, name="Noa Exemple", now=NOW)
    assert (Registration.objects.count(), taken(slot)) == (0, (0, 0))


def test_the_form_of_a_sitting_sent_to_another_writes_somebody_else_down() -> None:
    slot = opened(5)
    other = later_one(slot, days=1)
    once = "0" * 32
    first = hosting.walk_in(slot, once=once, name="Noa Exemple", now=NOW)
    assert hosting.walk_in(slot, once=once, name="Noa Exemple", now=NOW) == first
    second = hosting.walk_in(other, once=once, name="Lou Exemple", now=NOW)
    assert (second.slot_id, second.name, taken(slot), taken(other)) == (other.pk, "Lou Exemple", (1, 0), (1, 0))


# --- The letter to prove -----------------------------------------------------------------------------------------------------


def said(row: Registration, *, now: datetime) -> str:
    attending.ask_proof([row], now=now)
    return " ".join(Message.objects.order_by("-pk")[0].text.split())


def test_asked_again_after_the_hold_the_letter_says_that_seats_are_left_and_none_is_held() -> None:
    slot = opened(2)
    asked(slot)
    words = said(asked(slot, now=LATE), now=LATE)
    assert ("il en reste" in words, "liste d’attente" in words) == (True, False)


def test_when_it_is_full_the_letter_says_the_waiting_list() -> None:
    slot = opened(1)
    coming(slot, "z")
    assert "Il n’y a plus de place libre" in said(asked(slot), now=NOW)
    left = opened(3)
    coming(left, "z")
    assert "Il n’y a plus assez de places libres" in said(asked(left, companions=2), now=NOW)


def test_with_seats_free_for_some_sittings_only_the_letter_says_both() -> None:
    slot = opened(1)
    other = later_one(slot, days=1)
    rows = [asked(slot), asked(other)]
    coming(slot, "z", now=LATE)
    attending.ask_proof([asked(slot, now=LATE), asked(other, now=LATE)], now=LATE)
    words = " ".join(Message.objects.filter(to=rows[0].email).order_by("-pk")[0].text.split())
    assert ("il en reste" in words, "liste d’attente" in words) == (True, True)
