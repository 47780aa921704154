"""Two tabs, two readers, a criterion that changes while the first reading is sent: on the database that serves production."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db.models import QuerySet

from applications import services
from applications.models import Application, Criterion, Review, ReviewVersion
from applications.services import juries, reading
from applications.services.juries import Asked
from applications.services.reading import Outdated, Seen
from applications.states import State
from core import hints
from core.refusals import Refused
from tests.applications.factories import NOON, deposited, reviewer, staff
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = NOON + timedelta(days=3)
SETTINGS = {"is_blind": True, "readings": 2, "read_by": None, "confirm_by": None, "prefers_balance": False}


@pytest.fixture(autouse=True)
def _no_nudge(monkeypatch):
    monkeypatch.setattr(hints, "_send", lambda _: None)


@pytest.fixture
def file():
    """A file given to two people; the criteria of its call are made."""
    call, people = EditionFactory(), [reviewer("Lou"), reviewer("Alix")]
    application = deposited(edition=call, state=State.IN_REVIEW)
    services.selection_of(call)
    services.assign([application.pk], people, by=staff(), now=NOON)
    return application, people


def sending(application, person, value, **said):
    scores = {criterion.pk: value for criterion in application.edition.criteria.all()}
    review = Review.objects.get(application=application, reviewer=person)
    return partial(services.send_review, review, scores, by=person, now=NOW, **said)


@pytest.mark.parametrize("attempt", range(3))
def test_two_tabs_send_at_once_one_is_kept_the_other_is_told(attempt, file):
    application, (lou, _) = file
    outcomes = race(*(sending(application, lou, value, seen=Seen(0)) for value in (1, 5)))
    assert [isinstance(outcome, Outdated) for outcome in outcomes].count(True) == 1
    assert (ReviewVersion.objects.count(), Review.objects.get(reviewer=lou).revision) == (1, 1)


def test_without_the_lock_both_tabs_are_kept_and_nobody_is_told(file, monkeypatch):
    """The twin: both have looked before either writes."""
    application, (lou, _) = file
    both, looking = Barrier(2, timeout=PATIENCE), reading._refuse_outdated

    def looked(*args):
        looking(*args)
        both.wait()

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(reading, "_refuse_outdated", looked)
    monkeypatch.setattr(reading, "_keep", lambda review, *_, **__: review.save())
    outcomes = race(*(sending(application, lou, value, seen=Seen(0)) for value in (1, 5)))
    assert [isinstance(outcome, Outdated) for outcome in outcomes].count(True) == 0
    assert ReviewVersion.objects.count() == 2


@pytest.mark.parametrize("attempt", range(3))
def test_two_readers_send_at_once_and_the_mean_holds_both(attempt, file):
    application, (lou, alix) = file
    race(sending(application, lou, 1), sending(application, alix, 5))
    application.refresh_from_db()
    assert (application.mean, application.spread, application.readings) == (3, 4, 2)


def test_without_the_lock_the_mean_forgets_one(file, monkeypatch):
    """The twin: each counts before the other has written."""
    application, (lou, alix) = file
    both, counting = Barrier(2, timeout=PATIENCE), reading.counted

    def counted(keys):
        found = counting(keys)
        both.wait()
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(reading, "counted", counted)
    race(sending(application, lou, 1), sending(application, alix, 5))
    application.refresh_from_db()
    assert application.readings == 1


def changing(application):
    wanted = [Asked(one.pk, f"{one.label}, autrement", one.help, one.weight) for one in services.criteria_asked(application.edition)]
    return partial(services.set_up_selection, application.edition, SETTINGS, wanted, by=None, now=NOW)


@pytest.mark.parametrize("attempt", range(3))
def test_criteria_that_change_while_the_first_reading_is_sent_change_before_or_never(attempt, file):
    application, (lou, _) = file
    refused, sent = race(changing(application), sending(application, lou, 3))
    assert not isinstance(sent, Exception)
    changed = Criterion.objects.filter(label__endswith="autrement").count()
    assert (changed, isinstance(refused, Refused)) in [(3, False), (0, True)]


def test_without_the_lock_criteria_change_under_a_reading_that_was_sent(file, monkeypatch):
    """The twin: the change looks, the reading is sent, the change is written."""
    application, (lou, _) = file
    looked, sent = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE)
    asking = juries.criteria_are_frozen

    def asked(edition):
        frozen = asking(edition)
        looked.wait()
        sent.wait()
        return frozen

    def send():
        looked.wait()
        sending(application, lou, 3)()
        sent.wait()

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(juries, "criteria_are_frozen", asked)
    outcomes = race(changing(application), send)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert (Criterion.objects.filter(label__endswith="autrement").count(), Application.objects.get().readings) == (3, 1)
