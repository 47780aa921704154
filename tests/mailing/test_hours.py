"""Working hours of letters (G8): what we start waits for them, what answers an act leaves at once."""

from datetime import datetime, timedelta

import pytest

from core.clock import PARIS
from mailing import batches, outbox
from mailing.letters import KINDS
from mailing.models import Message
from mailing.states import State
from tests.mailing.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db
CONTEXT = {"name": "Camille", "place": "Lyon"}


def at(*moment):
    return datetime(2027, *moment, tzinfo=PARIS)


@pytest.fixture
def ours(change_kind):
    """A kind of letter that we start."""
    return change_kind("test.plain", in_working_hours=True)


def owed(kind, now, **more):
    return outbox.post(f"x:{now.isoformat()}", kind, to="a@ville.example", context=CONTEXT, now=now, **more)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(9, 7, 18, 59, 59), at(9, 7, 18, 59, 59)),
        (at(9, 7, 19), at(9, 8, 8)),
        (at(9, 11, 10), at(9, 13, 8)),
        (at(7, 14, 10), at(7, 15, 8)),
        (at(3, 26, 20), at(3, 30, 8)),
    ],
)
def test_what_we_start_is_due_in_working_hours(ours, now, due):
    letter = owed(ours, now)
    assert (letter.due_at, letter.next_at) == (due, due)


def test_what_answers_an_act_is_due_at_once_day_and_night(kinds):
    night = at(9, 12, 3)
    assert owed(kinds["test.plain"], night).due_at == night
    assert owed(kinds["test.reminder"], night + timedelta(hours=1)).due_at == night + timedelta(hours=1)


def test_the_letters_of_the_portal_that_wait_are_those_that_we_start():
    """A7 keeps its hour, and what answers an act of the person leaves at once."""
    at_once = {name for name, kind in KINDS.items() if not kind.in_working_hours and not name.startswith(("test.", "bench."))}
    assert {"applications.received", "applications.received_late", "applications.received_again", "applications.withdrawn"} <= at_once
    assert {"applications.draft_reminder", "accounts.sign_in", "accounts.add_address", "accounts.told"} <= at_once
    assert KINDS["accounts.digest"].in_working_hours


def test_a_letter_that_could_not_leave_in_time_waits_for_the_morning(ours, send, clock, mailoutbox):
    letter = owed(ours, at(9, 7, 18, 59))
    clock.moment = at(9, 7, 19)
    assert send() == 0
    letter.refresh_from_db()
    assert (letter.state, letter.next_at, letter.failures) == (State.DUE, at(9, 8, 8), 0)
    clock.moment = at(9, 8, 8)
    assert send() == 1


def test_a_letter_of_a_group_keeps_to_working_hours_whatever_its_kind(kinds, send, clock, mailoutbox):
    batch = batches.open_batch("Essai", by=None, now=at(9, 7, 18, 55))
    letter = owed(kinds["test.plain"], at(9, 7, 18, 55), batch=batch)
    batch.refresh_from_db()
    assert (letter.due_at, batch.due_at) == (at(9, 8, 8), at(9, 8, 8))
    Message.objects.update(next_at=at(9, 7, 19))
    clock.moment = at(9, 7, 19, 30)
    assert send() == 0
    clock.moment = at(9, 8, 8)
    assert send() == 1


def test_the_page_of_a_batch_says_when_it_leaves(staff, kinds):
    batch = batches.open_batch("Essai", by=None, now=at(9, 7, 18, 55))
    owed(kinds["test.plain"], at(9, 7, 18, 55), batch=batch)
    page = staff.get(f"/admin/mailing/batch/{batch.pk}/change/").content.decode()
    assert "8\u00a0septembre 2027 à 8\u00a0h" in page


@pytest.mark.parametrize("state", [State.FAILED, State.SENT])
def test_what_is_sent_again_by_hand_keeps_to_the_same_hours(ours, reader, state):
    again = outbox.resend(MessageFactory(state=state), by=reader, now=at(9, 11, 10))
    assert (again.due_at, again.next_at) == (at(9, 13, 8), at(9, 13, 8))


def test_sent_again_in_working_hours_it_leaves_at_once(ours, reader):
    assert outbox.resend(MessageFactory(state=State.FAILED), by=reader, now=NOW).next_at == NOW
