"""Whom a change or a cancellation is told (E5, E7): those whose sitting changes and is to come; who is invited and did not answer."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import PARIS
from events import attending_emails as emails
from events import attending_reminders as reminders
from events import host_emails
from events.models import Event, Invitation, Registration, TimeSlot
from events.services import attending, changing, host_writing, hosting, inviting, sweeping, telling
from events.services.changing import Change
from events.services.host_writing import Author, Written
from events.services.inviting import Reply
from events.states import State
from mailing.models import Message
from mailing.states import State as Letter
from mailing.tasks import deliver
from tests.events.attending import NOW, coming, fresh, letters, opened, slot_of
from tests.events.desks import BY, CAMILLE, by_invitation, code, guest

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def then() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def two(**fields: Any) -> tuple[TimeSlot, TimeSlot]:
    """An event of two sittings, the second the day after."""
    slot = opened(5, at=["2027-11-23T10:00", "2027-11-24T10:00"], **fields)
    return slot, TimeSlot.objects.filter(event=slot.event).order_by("starts_at")[1]


def told(event: Event, *changes: Change, now: datetime = NOW, moved: TimeSlot | None = None) -> None:
    telling.tell(event, frozenset(changes), "", now, None if moved is None else frozenset({moved.pk}))


def said_to(who: str, kind: str = emails.CHANGED) -> str:
    return Message.objects.get(to=f"{who}@ville.example", kind=kind).text.replace("\u00a0", " ").replace("\u202f", " ")


def everything_left(traveller: Any, moment: datetime) -> None:
    traveller.move_to(moment)
    deliver()


# --- Who registered ------------------------------------------------------------------------------------------------------


def test_a_date_is_told_to_those_whose_sitting_moved_and_the_place_to_all() -> None:
    slot, other = two()
    coming(slot, "a")
    coming(other, "b")
    told(slot.event, Change.DATE, moved=other)
    assert (letters("a"), letters("b")) == (["registered"], ["registered", "changed"])
    told(slot.event, Change.DATE, Change.PLACE, now=NOW + DAY, moved=slot)
    last = Message.objects.filter(kind=emails.CHANGED).order_by("-pk").values_list("to", "text")[:2]
    assert {to: "la date et le lieu" in text for to, text in last} == {"a@ville.example": True, "b@ville.example": False}


def test_a_sitting_that_did_not_move_keeps_its_reminder() -> None:
    slot, other = two()
    coming(slot, "a")
    coming(other, "b")
    Registration.objects.update(reminded_at=NOW)
    reminders.begin_again(slot.event, moved=frozenset({other.pk}), now=NOW)
    assert list(Registration.objects.order_by("pk").values_list("reminded_at", flat=True)) == [NOW, None]


@pytest.mark.parametrize("change", [Change.PLACE, Change.CANCELLED])
def test_who_came_to_a_sitting_that_is_over_is_told_nothing(change: Change) -> None:
    slot, other = two()
    coming(slot, "a")
    coming(other, "b")
    told(slot.event, change, now=slot.starts_at + timedelta(hours=12))
    assert (letters("a"), letters("b")) == (["registered"], ["registered", change.name.lower().replace("place", "changed")])


def test_no_letter_is_owed_to_an_empty_address() -> None:
    slot = opened(5)
    walked = hosting.walk_in(fresh(slot), once="0" * 32, name="W", now=NOW)
    told(slot.event, Change.PLACE)
    told(slot.event, Change.CANCELLED)
    attending.withdraw(walked, by_organiser=True, now=NOW)
    assert Message.objects.count() == 0


def test_withdrawn_after_the_hour_nobody_is_written_to() -> None:
    slot = opened(5)
    row = coming(slot, "a")
    attending.withdraw(row, by_organiser=True, now=slot.starts_at + timedelta(hours=1))
    assert letters("a") == ["registered"]


@pytest.mark.parametrize("change", [Change.PLACE, Change.CANCELLED])
def test_a_crowd_is_told_in_the_queries_of_one(change: Change) -> None:
    counts = []
    for people in (1, 8):
        slot = opened(None)
        for number in range(people):
            coming(slot, f"p{number}")
        with CaptureQueriesContext(connection) as queries:
            told(slot.event, change)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- The reminder --------------------------------------------------------------------------------------------------------


def test_a_reminder_that_an_outage_delayed_leaves_before_the_sitting(then: Any) -> None:
    slot = opened(5, at=["2027-11-28T10:00"])  # a Sunday
    coming(slot, "a")
    deliver()
    friday = datetime(2027, 11, 26, 21, tzinfo=PARIS)
    then.move_to(friday)
    sweeping.sweep(now=friday)
    assert Message.objects.get(kind=emails.REMINDER).due_at == friday


def test_a_reminder_waits_for_the_morning_when_there_is_one_before(then: Any) -> None:
    slot = opened(5, at=["2027-11-26T18:00"])  # a Friday
    coming(slot, "a")
    night = datetime(2027, 11, 25, 21, tzinfo=PARIS)
    sweeping.sweep(now=night)
    assert Message.objects.get(kind=emails.REMINDER).due_at == datetime(2027, 11, 26, 8, tzinfo=PARIS)


def test_a_reminder_that_could_not_leave_in_time_never_does(then: Any) -> None:
    slot = opened(5, at=["2027-11-28T10:00"])
    coming(slot, "a")
    deliver()
    sweeping.sweep(now=datetime(2027, 11, 26, 21, tzinfo=PARIS))
    everything_left(then, datetime(2027, 11, 29, 9, tzinfo=PARIS))
    assert Message.objects.get(kind=emails.REMINDER).state == Letter.VOID


# --- Who is invited ------------------------------------------------------------------------------------------------------


def invited(kind: str = host_emails.INVITATION) -> list[tuple[str, str]]:
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("to", "state"))


def test_an_invitation_to_what_is_called_off_does_not_leave(then: Any) -> None:
    slot = by_invitation()
    guest(slot)
    changing.cancel(slot.event, "", by=None, now=NOW)
    everything_left(then, NOW + timedelta(hours=1))
    assert (invited(), invited(host_emails.INVITED_CANCELLED)) == ([("lou@ville.example", Letter.VOID)], [])


@pytest.mark.parametrize("changes", [{"state": State.CANCELLED}, {"access": "REGISTRATION"}])
def test_an_invitation_asks_again_whether_one_is_invited_when_it_leaves(changes: dict[str, str], then: Any) -> None:
    slot = by_invitation()
    guest(slot)
    Event.objects.update(**changes)
    everything_left(then, NOW + timedelta(hours=1))
    assert invited() == [("lou@ville.example", Letter.VOID)]


def test_an_invitation_that_has_not_left_takes_the_new_date_and_is_the_only_letter(then: Any) -> None:
    slot = by_invitation()
    guest(slot)
    TimeSlot.objects.update(starts_at=slot.starts_at + DAY, ends_at=None)
    event = slot_of(slot.event).event
    event.take_dates([slot_of(event)])
    event.save()
    told(event, Change.DATE, moved=slot)
    assert invited(host_emails.INVITED_CHANGED) == []
    everything_left(then, NOW + timedelta(hours=1))
    assert [("24 novembre" in letter.body.replace("\u00a0", " "), "23 novembre" in letter.body) for letter in mail.outbox] == [
        (True, False)
    ]


def test_who_received_an_invitation_and_has_not_answered_hears_of_a_change_and_of_the_end(then: Any) -> None:
    slot = by_invitation()
    answered, waiting, taken_back = guest(slot, "a"), guest(slot, "b"), guest(slot, "c")
    code(slot)
    inviting.accept(answered, fresh(slot), Reply(name="A Exemple"), now=NOW)
    inviting.revoke(taken_back, by=BY, now=NOW)
    everything_left(then, NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    told(slot.event, Change.PLACE, now=later)
    changing.cancel(slot.event, "La salle a brûlé.", by=None, now=later)
    assert invited(host_emails.INVITED_CHANGED) == [("b@ville.example", Letter.DUE)]
    assert "La salle a brûlé." in said_to("b", host_emails.INVITED_CANCELLED)
    everything_left(then, later)
    assert (invited(host_emails.INVITED_CHANGED), invited(host_emails.INVITED_CANCELLED)) == (
        [("b@ville.example", Letter.VOID)], [("b@ville.example", Letter.SENT)],
    )  # fmt: skip
    assert Invitation.objects.get(pk=waiting.pk).used == 0


def test_the_address_to_connect_to_is_not_told_to_who_is_invited(then: Any) -> None:
    slot = by_invitation()
    guest(slot)
    everything_left(then, NOW + timedelta(hours=1))
    told(slot.event, Change.ONLINE, now=NOW + timedelta(hours=2))
    assert invited(host_emails.INVITED_CHANGED) == []


# --- A message of the organiser ----------------------------------------------------------------------------------------------


def test_a_message_does_not_leave_for_who_withdrew_nor_after_a_cancellation(then: Any) -> None:
    slot = opened(5)
    gone, stays = coming(slot, "a"), coming(slot, "b")
    written = Written(subject="Venez tôt", words="La porte est étroite.")
    said: dict[str, Any] = {"author": Author(BY, "Camille", CAMILLE), "thanks": False, "now": NOW}
    host_writing.send(slot.event, written, count=2, token="un", **said)
    attending.withdraw(gone, now=NOW)
    everything_left(then, NOW + timedelta(hours=1))
    assert [row.state for row in Message.objects.filter(kind=host_emails.MESSAGE).order_by("pk")] == [Letter.VOID, Letter.SENT]
    host_writing.send(slot.event, written, count=1, token="deux", **(said | {"now": NOW + timedelta(hours=1)}))
    changing.cancel(slot.event, "", by=None, now=NOW + timedelta(hours=1))
    everything_left(then, NOW + timedelta(hours=2))
    assert Message.objects.filter(kind=host_emails.MESSAGE).latest("pk").state == Letter.VOID
    assert stays.pk
