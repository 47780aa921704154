"""Letters of one group act: ten minutes to undo it, then they leave."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core import hints
from core.refusals import Refused
from mailing import batches, delivery, outbox
from mailing.models import Batch, Message
from mailing.states import State
from records.models import Act
from tests.mailing.factories import NOW, MessageFactory
from tests.patience import PATIENCE
from tests.racing import race

SOON = NOW + timedelta(minutes=9, seconds=59)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def undone(monkeypatch) -> list[dict]:
    """An act that tells what was given back to it."""
    seen: list[dict] = []
    monkeypatch.setitem(batches.UNDOS, "test.act", lambda batch, **_: seen.append(batch.undo_data))
    return seen


@pytest.fixture
def batch(db, undone) -> Batch:
    return batches.open_batch("Essai", by=None, now=NOW, undo="test.act", undo_data={"rows": [1, 2]})


@pytest.fixture
def write(kinds, batch):
    """Owe a letter of the batch."""

    def post(number: int) -> Message:
        context = {"name": "Camille Exemple", "place": "Lyon"}
        return outbox.post(f"fact:{number}", kinds["test.plain"], to=f"a{number}@ville.example", context=context, now=NOW, batch=batch)

    return post


def test_letters_of_a_batch_are_due_ten_minutes_later_and_leave_then(batch, write, smtp, clock, send):
    assert (write(1).due_at, write(2).next_at, batch.due_at) == (LATER, LATER, LATER)
    clock.moment = SOON
    assert send() == 0
    clock.moment = LATER
    assert send() == 2


def test_until_they_are_due_the_act_is_undone_with_its_letters(batch, write, undone, smtp, clock, send):
    write(1)
    write(2)
    assert batches.undo(batch, by=None, now=SOON) == batches.Undone(2)
    batch.refresh_from_db()
    assert (batch.undone_at, batch.undone_by, undone) == (SOON, "Portail", [{"rows": [1, 2]}])
    assert set(batch.letters.values_list("state", flat=True)) == {State.VOID}
    clock.moment = LATER
    assert send() == 0
    assert [(act.verb, act.note) for act in Act.objects.all()] == [("envoi groupé annulé", "Essai")]


def test_an_act_undone_may_be_done_again_with_the_same_letters(batch, write, smtp, clock, send, kinds):
    first = write(1)
    batches.undo(batch, by=None, now=SOON)
    again = batches.open_batch("Essai", by=None, now=SOON)
    second = outbox.post("fact:1", kinds["test.plain"], to="a1@ville.example", context={"name": "A", "place": "B"}, now=SOON, batch=again)
    assert (second.pk != first.pk, second.message_id) == (True, first.message_id)
    clock.moment = SOON + batches.TEN_MINUTES
    assert send() == 1


def test_once_due_the_act_can_no_longer_be_undone(batch, write):
    write(1)
    with pytest.raises(Refused, match="Le délai pour annuler est passé"):
        batches.undo(batch, by=None, now=LATER)


def test_an_act_is_undone_once(batch, undone):
    batches.undo(batch, by=None, now=SOON)
    with pytest.raises(Refused, match="déjà annulé"):
        batches.undo(batch, by=None, now=SOON)
    assert len(undone) == 1


def test_what_takes_the_act_back_may_refuse_and_then_the_letters_leave(batch, write, monkeypatch, smtp, clock, send):
    def no(batch, *, by, now):
        raise Refused("Trois candidatures ont changé depuis.")

    monkeypatch.setitem(batches.UNDOS, "test.act", no)
    write(1)
    with pytest.raises(Refused, match="Trois candidatures"):
        batches.undo(batch, by=None, now=SOON)
    clock.moment = LATER
    assert send() == 1


def test_undoing_says_what_changed_since_and_was_left(batch, monkeypatch):
    monkeypatch.setitem(batches.UNDOS, "test.act", lambda *_, **__: "Deux candidatures ont changé depuis.")
    assert batches.undo(batch, by=None, now=SOON).told == "Deux candidatures ont changé depuis."
    assert Act.objects.get().note == "Essai. Deux candidatures ont changé depuis."


def test_sending_now_skips_the_wait_and_forbids_undoing(batch, write, smtp, clock, send):
    write(1)
    assert batches.send_now(batch, by=None, now=NOW) == 1
    batch.refresh_from_db()
    assert (batch.due_at, batch.hurried_at) == (NOW, NOW)
    with pytest.raises(Refused, match="Envoyer maintenant"):
        batches.undo(batch, by=None, now=NOW - timedelta(seconds=1))
    with pytest.raises(Refused, match="partent déjà"):
        batches.send_now(batch, by=None, now=NOW)
    assert send() == 1


def test_the_letters_of_a_group_wait_for_working_hours_and_the_act_may_be_undone_until_then(db, kinds, undone):
    saturday, monday = NOW - timedelta(days=2), NOW - timedelta(hours=2)
    batch = batches.open_batch("Essai", by=None, now=saturday, undo="test.act")
    assert batch.due_at == saturday + batches.TEN_MINUTES
    owed = [outbox.Owed("x:1", "a@ville.example", {"name": "A", "place": "B"})]
    outbox.post_all(kinds["test.plain"], owed, batch=batch, now=saturday)
    batch.refresh_from_db()
    assert (batch.due_at, batch.letters.get().due_at) == (monday, monday)
    assert not batches.can_be_hurried(batch, now=saturday)
    with pytest.raises(Refused, match="un jour ouvré"):
        batches.send_now(batch, by=None, now=saturday)
    assert batches.undo(batch, by=None, now=saturday + timedelta(days=1)).letters == 1


def test_what_was_undone_is_not_sent(batch, write, send):
    write(1)
    batches.undo(batch, by=None, now=SOON)
    with pytest.raises(Refused, match="déjà annulé"):
        batches.send_now(batch, by=None, now=SOON)


@pytest.mark.parametrize("state", [State.CLAIMED, State.HANDING_OVER, State.SENT, State.UNCERTAIN])
def test_a_letter_that_a_worker_holds_means_that_it_is_too_late_whatever_the_clocks_say(batch, write, state, undone):
    write(1)
    held = write(2)
    Message.objects.filter(pk=held.pk).update(state=state)
    with pytest.raises(Refused, match="partent déjà"):
        batches.undo(batch, by=None, now=SOON)
    assert (undone, Message.objects.get(key="fact:1").state) == ([], State.DUE)


def test_an_act_that_nothing_can_undo_is_not_opened(db):
    with pytest.raises(LookupError):
        batches.open_batch("Essai", by=None, now=NOW, undo="test.unknown")


def test_one_confirmation_is_one_batch(db):
    batches.open_batch("Essai", by=None, now=NOW, token="abc")
    with pytest.raises(IntegrityError), transaction.atomic():
        batches.open_batch("Essai", by=None, now=NOW, token="abc")
    batches.open_batch("Essai", by=None, now=NOW)
    batches.open_batch("Essai", by=None, now=NOW)


def test_one_letter_of_a_batch_gets_a_personal_paragraph_until_it_leaves(batch, write):
    letter = write(1)
    assert batches.add_paragraph(letter, "À bientôt à Lyon !", by=None, now=SOON).paragraph == "À bientôt à Lyon !"
    assert batches.add_paragraph(letter, "", by=None, now=SOON).paragraph == ""
    assert list(Act.objects.order_by("pk").values_list("verb", flat=True)) == ["paragraphe personnel", "paragraphe personnel retiré"]
    with pytest.raises(Refused, match="part ou est partie"):
        batches.add_paragraph(letter, "Trop tard.", by=None, now=LATER)


def test_a_letter_of_no_batch_gets_no_paragraph(db):
    with pytest.raises(Refused, match="envoi groupé"):
        batches.add_paragraph(MessageFactory(), "Bonjour.", by=None, now=NOW)


def test_the_letters_of_a_group_act_are_written_together_each_fact_once(batch, write, kinds, django_assert_max_num_queries):
    write(1)
    owed = [
        outbox.Owed(f"fact:{number}", f"A{number}@ville.example", {"name": f"Lou {number}", "place": "Lyon"}, reply_to="qui@ville.example")
        for number in (1, 2, 3, 3)
    ]
    with django_assert_max_num_queries(4):
        assert outbox.post_all(kinds["test.plain"], owed, batch=batch, now=NOW) == {"fact:2", "fact:3"}
    rows = batch.letters.order_by("key").values_list("key", "to", "due_at", "next_at", "reply_to")[1:]
    assert [*rows] == [(f"fact:{n}", f"a{n}@ville.example", LATER, LATER, "qui@ville.example") for n in (2, 3)]
    assert Message.objects.get(key="fact:2").text.startswith("Rendez-vous à Lyon")
    assert outbox.post_all(kinds["test.plain"], owed, batch=batch, now=NOW) == set()


def claim_between(before: Barrier, after: Barrier) -> list[Message]:
    """What a worker takes between two meetings with somebody who undoes."""
    before.wait()
    try:
        return delivery.claim(now=LATER)
    finally:
        after.wait()


class TestRaces:
    """On the database that serves production: undoing while a worker claims, with clocks that disagree."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture(autouse=True)
    def no_nudge(self, monkeypatch):
        monkeypatch.setattr(hints, "_send", lambda _: None)

    @pytest.mark.parametrize("attempt", range(6))
    def test_either_the_letters_leave_or_the_act_is_undone(self, attempt, batch, write, undone):
        for number in range(20):
            write(number)
        claimed, outcome = race(partial(delivery.claim, now=LATER), partial(batches.undo, batch, by=None, now=SOON))
        states = set(batch.letters.values_list("state", flat=True))
        if isinstance(outcome, Refused):
            self.every_letter_leaves(batch, claimed, undone)
        else:
            assert (outcome.letters, claimed, states, len(undone)) == (20, [], {State.VOID}, 1)

    def every_letter_leaves(self, batch, claimed, undone) -> None:
        """Nothing was undone, and what the refused undoing held while the worker passed leaves with the next round: each letter once."""
        batch.refresh_from_db()
        assert (claimed != [], undone, batch.undone_at) == (True, [], None)
        states = [State.CLAIMED] * len(claimed) + [State.DUE] * (20 - len(claimed))
        assert sorted(batch.letters.values_list("state", flat=True)) == sorted(states)
        rest = delivery.claim(now=LATER)
        assert sorted(letter.pk for letter in claimed + rest) == sorted(batch.letters.values_list("pk", flat=True))
        assert set(batch.letters.values_list("state", flat=True)) == {State.CLAIMED}

    def test_an_undoing_that_meets_the_worker_half_way_is_refused_and_every_letter_leaves(self, batch, write, undone):
        """Undoing locks the letters one by one, the worker skips those it finds locked: between the two, some are left for later."""
        for number in range(20):
            write(number)
        half, taken = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE)

        @transaction.atomic
        def undo() -> batches.Undone:
            list(batch.letters.order_by("pk").select_for_update()[:5])
            half.wait()
            taken.wait()
            return batches.undo(batch, by=None, now=SOON)

        claimed, outcome = race(partial(claim_between, half, taken), undo)
        assert (len(claimed), type(outcome), str(outcome)) == (15, Refused, batches.LEAVING)
        self.every_letter_leaves(batch, claimed, undone)

    def test_without_the_lock_a_letter_leaves_for_an_act_that_is_undone(self, batch, write, undone, monkeypatch):
        """The twin: undoing has looked, the worker claims, and nothing held the rows."""
        write(1)
        looked, taken = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE)
        locking = QuerySet.select_for_update

        def unlocked(rows, *args, **options):
            return rows.all() if rows.model is Message and not options.get("skip_locked") else locking(rows, *args, **options)

        def undo() -> batches.Undone:
            return batches.undo(batch, by=None, now=SOON)

        def hold(letter) -> str:
            looked.wait()
            taken.wait()
            return letter

        monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
        monkeypatch.setattr(batches, "message_id", hold)

        outcome, claimed = race(undo, partial(claim_between, looked, taken))
        assert (outcome.letters, len(claimed), len(undone)) == (1, 1, 1)

    def test_two_colleagues_undoing_at_once_undo_once(self, batch, write, undone):
        write(1)
        outcomes = race(*[partial(batches.undo, batch, by=None, now=SOON)] * 2)
        assert [type(outcome).__name__ for outcome in outcomes].count("Refused") == 1
        assert len(undone) == 1

    def test_one_undoes_while_another_sends_now_and_one_of_them_is_refused(self, batch, write, undone):
        write(1)
        outcomes = race(partial(batches.undo, batch, by=None, now=SOON), partial(batches.send_now, batch, by=None, now=SOON))
        assert [type(outcome).__name__ for outcome in outcomes].count("Refused") == 1
        assert len(undone) == (0 if isinstance(outcomes[0], Refused) else 1)
