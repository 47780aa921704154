"""Two workers at once, on the database that serves production."""

from functools import partial
from threading import Barrier

import pytest
from django.db import transaction

from core import hints
from mailing import delivery, outbox
from mailing.models import Message, MessageQuerySet
from mailing.states import State
from tests.mailing.factories import NOW, MessageFactory
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_nudge(monkeypatch):
    monkeypatch.setattr(hints, "_send", lambda _: None)


def test_two_workers_claim_different_letters():
    MessageFactory.create_batch(60)
    first, second = race(partial(delivery.claim, now=NOW, size=30), partial(delivery.claim, now=NOW, size=30))
    assert len({letter.pk for letter in first} | {letter.pk for letter in second}) == len(first) + len(second) == 60


def test_three_workers_send_each_letter_once(smtp, clock):
    MessageFactory.create_batch(120)
    counts = race(*[partial(delivery.deliver, clock=clock)] * 3)
    assert sum(counts) == 120
    assert len({mail["Message-ID"] for mail in smtp.mails}) == len(smtp.mails) == 120
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


def test_without_the_lock_two_workers_claim_the_same_letters(monkeypatch):
    """The twin: both look before either writes, and nothing holds the rows."""
    MessageFactory.create_batch(5)
    both_have_looked = Barrier(2, timeout=30)

    class Unlocked(MessageQuerySet):
        def __getitem__(self, key):
            found = list(super().__getitem__(key))
            both_have_looked.wait()
            return found

    monkeypatch.setattr(MessageQuerySet, "select_for_update", lambda self, **_: Unlocked(self.model, query=self.query))
    first, second = race(partial(delivery.claim, now=NOW), partial(delivery.claim, now=NOW))
    assert {letter.pk for letter in first} == {letter.pk for letter in second}


def test_the_same_fact_posted_by_two_at_once_is_one_letter(kinds):
    def owe() -> int:
        with transaction.atomic():
            return outbox.post("fact:1", kinds["test.plain"], to="a@b.example", context={"name": "A", "place": "B"}, now=NOW).pk

    first, second = race(owe, owe)
    assert first == second
    assert Message.objects.count() == 1


def test_two_colleagues_settling_at_once_settle_once(reader):
    letter = MessageFactory(state=State.UNCERTAIN)
    outcomes = race(*[partial(outbox.settle, letter, left=False, by=reader, now=NOW)] * 2)
    assert [type(outcome).__name__ for outcome in outcomes].count("Refused") == 1
