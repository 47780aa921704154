"""Reminders before the confirmation date: seven days, two days, the last day; none once confirmed; what is missing (A7, B8)."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from applications import confirm_reminders, reminders, services
from applications.models import Application, EmployerAgreement, Selection
from applications.states import Agreement, State
from applications.tasks import remind_confirmations
from core import clock
from core.clock import PARIS
from mailing import delivery
from mailing.models import Message
from mailing.states import State as LetterState
from programmes.models import Edition
from tests.applications.selections import CONFIRM_BY, RELEASED, chosen, told_call

pytestmark = pytest.mark.django_db
WEEK, TWO, LAST = (reminder.moment(CONFIRM_BY) for reminder in reminders.REMINDERS)


@pytest.fixture
def row():
    with time_machine.travel(RELEASED, tick=False):
        return chosen(told_call())


def beat(now):
    with time_machine.travel(now, tick=False):
        remind_confirmations()


def sent() -> int:
    return Message.objects.filter(kind="applications.confirm_reminder").count()


def test_the_three_moments_are_ten_ten_and_nine_in_paris():
    assert [moment.astimezone(PARIS) for moment in (WEEK, TWO, LAST)] == [
        datetime(2017, 9, 13, 10, tzinfo=PARIS),
        datetime(2017, 9, 18, 10, tzinfo=PARIS),
        datetime(2017, 9, 20, 9, tzinfo=PARIS),
    ]


def test_each_moment_is_one_letter_however_often_the_beat_comes(row):
    counts = []
    for moment in (WEEK - timedelta(minutes=1), WEEK, WEEK, TWO, TWO + timedelta(hours=1), LAST, LAST, CONFIRM_BY):
        beat(moment)
        counts.append(sent())
    assert counts == [0, 1, 1, 2, 2, 3, 3, 3]


def test_it_says_what_is_missing(row):
    services.accept_place(row, by=row.applicant, now=RELEASED)
    beat(WEEK)
    text = Message.objects.get(kind="applications.confirm_reminder").text
    assert ("l’accord de votre employeur" in text, "votre oui" in text, "20\u00a0septembre 2017 à midi" in text) == (True, False, True)


def test_none_once_the_place_is_confirmed(row):
    EmployerAgreement.objects.create(application=row, asked_at=RELEASED, answered_at=RELEASED, answer=Agreement.RECEIVED)
    services.accept_place(row, by=row.applicant, now=RELEASED)
    beat(WEEK)
    assert sent() == 0


def test_a_place_confirmed_before_the_letter_left_closes_it(row):
    beat(WEEK)
    Application.objects.filter(pk=row.pk).update(state=State.CONFIRMED)
    with time_machine.travel(WEEK, tick=False):
        delivery.deliver(clock=clock.now)
    assert Message.objects.get(kind="applications.confirm_reminder").state == LetterState.VOID


def test_after_an_outage_only_the_latest_missed_one_leaves(row):
    beat(LAST + timedelta(hours=1))
    assert sent() == 1


def test_none_for_a_moment_before_the_person_was_told():
    with time_machine.travel(RELEASED, tick=False):
        late = chosen(told_call(results_released_at=WEEK + timedelta(minutes=1)))
    late.edition.refresh_from_db()
    beat(WEEK + timedelta(hours=1))
    first = sent()
    beat(TWO)
    assert (first, sent()) == (0, 1)


def test_an_own_date_arms_its_own_reminders(row):
    beat(WEEK)
    Application.objects.filter(pk=row.pk).update(confirm_by=CONFIRM_BY + timedelta(days=7))
    beat(WEEK + timedelta(hours=1))
    moved = sent()
    beat(CONFIRM_BY - timedelta(hours=2))
    assert (moved, sent()) == (1, 2)


@pytest.mark.parametrize("fields", [{"results_released_at": None}, {"cancelled_at": RELEASED}])
def test_none_before_the_release_nor_of_a_call_that_is_called_off(fields):
    with time_machine.travel(RELEASED, tick=False):
        row = chosen(told_call())
    Edition.objects.filter(pk=row.edition_id).update(**fields)
    beat(WEEK)
    assert sent() == 0


def test_none_without_a_date(row):
    Selection.objects.update(confirm_by=None)
    beat(WEEK)
    assert sent() == 0


def test_the_timeline_says_who_is_reminded(row):
    lines = list(confirm_reminders.planned(RELEASED, datetime.combine(date(2017, 9, 19), datetime.min.time(), PARIS)))
    assert [(line.at, line.count, line.whom) for line in lines] == [(WEEK, 1, "personne retenue"), (TWO, 1, "personne retenue")]
    assert [list(line.names()) for line in lines] == [["Camille Exemple"]] * 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_beat_asks_the_same_for_one_and_for_three(rows, django_assert_num_queries):
    with time_machine.travel(RELEASED, tick=False):
        call = told_call(seats=5)
        for _ in range(rows):
            chosen(call)
    beat(WEEK)
    with time_machine.travel(WEEK, tick=False), django_assert_num_queries(2):
        remind_confirmations()
