"""The yes and the employer's word at the same second, two answers of one link, on PostgreSQL; each with its unlocked twin."""

from functools import partial
from threading import Barrier

import pytest
import time_machine

from applications import agreements, services
from applications.models import Application, EmployerAgreement
from applications.services import AlreadyAnswered, agreeing, confirming
from applications.states import Agreement, State
from mailing.models import Message
from tests.applications.selections import AFTER, chosen, told_call
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AFTER, tick=False):
        yield


def asked():
    row = chosen(told_call())
    return row, services.ask_manager(row, "chef@ville.example", by=row.applicant, now=AFTER)


def answer(link, *, agrees=True):
    said = {"name": "Dominique Exemple", "job": "directrice", "words": "" if agrees else "Pas en octobre."}
    return partial(services.word_received, link, agrees=agrees, **said, now=AFTER)


def unlocked(application):
    return Application.objects.with_call().get(pk=application.pk)


def test_the_yes_and_the_word_at_the_same_second_confirm_once():
    row, link = asked()
    yes = partial(services.accept_place, row, by=row.applicant, now=AFTER)
    outcomes = race(yes, answer(link), yes)
    row.refresh_from_db()
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert (row.state, row.steps.filter(to_state=State.CONFIRMED).count()) == (State.CONFIRMED, 1)
    assert Message.objects.filter(kind="applications.place_confirmed").count() == 1


def test_unlocked_the_yes_and_the_word_miss_each_other(monkeypatch):
    """The twin: both look before either has committed, and the place stays unconfirmed for ever."""
    row, link = asked()
    looking, looked, complete = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE), confirming.confirmed_if_complete

    def late(*args, **options):
        looking.wait()
        found = complete(*args, **options)
        looked.wait()  # or the faster one commits before the slower one looks
        return found

    for module in (confirming, agreeing):
        monkeypatch.setattr(module, "held", unlocked)
        monkeypatch.setattr(module, "confirmed_if_complete", late)
    race(partial(services.accept_place, row, by=row.applicant, now=AFTER), answer(link))
    row.refresh_from_db()
    assert (row.state, agreements.word_of(row), row.accepted_at) == (State.SELECTED, Agreement.RECEIVED, AFTER)


def test_a_forwarded_link_answered_twice_at_once_is_answered_once():
    row, link = asked()
    outcomes = race(answer(link), answer(link, agrees=False), answer(link))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAnswered", "AlreadyAnswered", "EmployerAgreement"]
    assert Message.objects.filter(kind__in=["applications.agreement_received", "applications.agreement_refused"]).count() == 1
    assert [type(outcome) for outcome in outcomes].count(AlreadyAnswered) == 2


def test_unlocked_a_forwarded_link_would_be_answered_twice(monkeypatch):
    row, link = asked()
    both, write = Barrier(2, timeout=PATIENCE), agreeing._write

    def late(agreement, **values):
        both.wait()
        write(agreement, **values)

    def again(agreement, application):
        found = EmployerAgreement.objects.get(pk=agreement.pk)
        found.application = application
        return found

    monkeypatch.setattr(agreeing, "held", unlocked)
    monkeypatch.setattr(agreeing, "_again", again)
    monkeypatch.setattr(agreeing, "_write", late)
    outcomes = race(answer(link), answer(link, agrees=False))
    assert [type(outcome).__name__ for outcome in outcomes] == ["EmployerAgreement", "EmployerAgreement"]
