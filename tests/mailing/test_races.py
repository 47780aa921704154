"""Two workers at once, on the database that serves production."""

from functools import partial
from threading import Barrier

import pytest
from django.db import connection, transaction

from core import hints
from mailing import delivery, outbox, wordings
from mailing.models import Message, MessageQuerySet, Wording
from mailing.rendering import Words
from mailing.states import State
from records.models import Act
from tests.mailing.factories import NOW, MessageFactory
from tests.patience import PATIENCE
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
    both_have_looked = Barrier(2, timeout=PATIENCE)

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


# --- Two colleagues who word the same letter -----------------------------------------------------------


@pytest.fixture
def both_look(monkeypatch):
    """Each sees that nobody saved anything yet before either writes."""
    both_have_looked, look = Barrier(2, timeout=PATIENCE), wordings._refuse_overtaken

    def looked(*arguments):
        found = look(*arguments)
        both_have_looked.wait()
        return found

    monkeypatch.setattr(wordings, "_refuse_overtaken", looked)


def both_save(kinds, reader):
    body = "Bonjour {prenom},\n\nÀ {lieu}.\n\nLire\u00a0:\n{lien}"
    save = partial(wordings.save, kinds["test.plain"], "", base=0, by=reader, now=NOW)
    return [type(outcome).__name__ for outcome in race(partial(save, Words("Un", body)), partial(save, Words("Deux", body)))]


def test_of_two_colleagues_who_save_at_once_the_second_is_told(kinds, reader, both_look):
    assert sorted(both_save(kinds, reader)) == ["Overtaken", "Wording"]
    assert Wording.objects.count() == Act.objects.count() == 1


def test_without_the_unique_number_the_first_words_are_covered_unseen(kinds, reader, both_look):
    """The twin."""
    (guard,) = Wording._meta.constraints
    with connection.schema_editor() as editor:
        editor.remove_constraint(Wording, guard)
    try:
        assert both_save(kinds, reader) == ["Wording", "Wording"]
        assert list(Wording.objects.values_list("number", flat=True)) == [1, 1]
    finally:
        Wording.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Wording, guard)
