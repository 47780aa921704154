"""Two coordinators answer one proposal at once: one answer is given, the other is told to read again. With its twin."""

from functools import partial
from threading import Barrier

import pytest
import time_machine

from core.refusals import Refused
from events.models import Event, EventStep, Organiser
from events.services import changing, moderating, proposing, writing
from events.states import State
from mailing.models import Message
from tests.accounts.factories import UserFactory
from tests.events.proposals import LISTING, proposed, typed
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LETTERS = ("events.listed", "events.changes_asked", "events.refused")


@pytest.fixture
def proposal():
    with time_machine.travel(LISTING, tick=False):
        yield proposed().event


def answers(event):
    """Two people who read the same page."""
    seen, people = moderating.last_step(event), UserFactory.create_batch(2)
    acts = [
        partial(moderating.list_event, Event.objects.get(pk=event.pk), by=people[0], now=LISTING, seen=seen),
        partial(moderating.refuse, Event.objects.get(pk=event.pk), "Hors des dates.", by=people[1], now=LISTING, seen=seen),
    ]
    return race(*acts)


def given(event):
    return list(EventStep.objects.filter(event=event, to_state__in=[State.LISTED, State.REFUSED]).values_list("to_state", flat=True))


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_answers_at_once_one_is_given_and_the_other_told_to_read_again(attempt, proposal):
    outcomes = answers(proposal)
    refusals = [str(outcome) for outcome in outcomes if isinstance(outcome, Refused)]
    event = Event.objects.get(pk=proposal.pk)
    assert (len(refusals), given(event)) == (1, [event.state])
    assert Message.objects.filter(kind__in=LETTERS).count() == 1
    assert (event.listed_at is not None) is (event.state == State.LISTED)


def test_the_same_answer_pressed_twice_is_given_once(proposal):
    seen, person = moderating.last_step(proposal), UserFactory()
    press = partial(moderating.list_event, proposal, by=person, now=LISTING, seen=seen)
    outcomes = race(press, press)
    assert ([isinstance(outcome, Refused) for outcome in outcomes].count(True), given(proposal)) == (1, [State.LISTED])
    assert Message.objects.filter(kind="events.listed").count() == 1


def test_without_the_lock_both_answers_are_given(proposal, monkeypatch):
    """The twin: each reads before the other writes, and the organiser has two letters that contradict each other."""
    both = Barrier(2, timeout=PATIENCE)

    def unlocked(event):
        return Event.objects.select_related("season").get(pk=event.pk)

    def look(event, to, seen):
        held = unlocked(event)
        both.wait()
        return held

    monkeypatch.setattr(writing, "lock", unlocked)
    monkeypatch.setattr(moderating, "_held", look)
    outcomes = answers(proposal)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, False]
    assert (sorted(given(proposal)), Message.objects.filter(kind__in=LETTERS).count()) == ([State.LISTED, State.REFUSED], 2)


def test_a_change_sent_while_another_is_accepted_is_not_published_unread(proposal):
    """One waits for the other: the change that was read is public, or nothing is; what was not read is never."""
    person = UserFactory()
    moderating.list_event(proposal, by=person, now=LISTING)
    organiser = Organiser.objects.select_related("event").get(event=proposal)
    sent(organiser, "Salle 3")
    seen, revision = moderating.last_step(proposal), typing(organiser, "Salle 4")
    outcomes = race(
        partial(changing.accept, proposal, by=person, now=LISTING, seen=seen),
        partial(changing.send, organiser, revision=revision, now=LISTING),
    )
    event = Event.objects.get(pk=proposal.pk)
    assert (event.place in ("Salle 3", "Médiathèque d’Exemple"), isinstance(outcomes[0], Refused)) == (True, event.place != "Salle 3")


def test_without_what_was_read_what_was_not_is_published(proposal):
    """The twin: accepted as the page did before, the change nobody read is public."""
    person = UserFactory()
    moderating.list_event(proposal, by=person, now=LISTING)
    organiser = Organiser.objects.select_related("event").get(event=proposal)
    sent(organiser, "Salle 3")
    sent(organiser, "Salle 4")
    changing.accept(proposal, by=person, now=LISTING, seen=None)
    assert Event.objects.get(pk=proposal.pk).place == "Salle 4"


def typing(organiser, place):
    held = proposing.save(organiser.event, typed(place=place), now=LISTING)
    return held.revision


def sent(organiser, place):
    changing.send(organiser, revision=typing(organiser, place), now=LISTING)
