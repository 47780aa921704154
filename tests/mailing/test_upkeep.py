"""Health, purge, the worker's door."""

import signal
from datetime import timedelta

import pytest
from celery import current_app, signals

from mailing import batches, delivery, health, retention, stopping, tasks
from mailing.models import Batch, Message, Refusal, Relay
from mailing.states import State
from records import tasks as long_work
from records.models import Act
from records.services import record
from tests.mailing.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db


def facts(now=NOW) -> dict[str, bool]:
    return {fact.name: fact.ok for fact in health.facts(now)}


def test_without_letters_all_is_well():
    assert facts() == {"letters": True, "mail-server": True, "letters-to-settle": True}


@pytest.mark.parametrize(("minutes", "ok"), [(9, True), (10, False)])
def test_a_letter_due_for_ten_minutes_degrades(minutes, ok):
    MessageFactory()
    assert facts(NOW + timedelta(minutes=minutes))["letters"] is ok


def test_a_letter_due_later_degrades_nothing():
    MessageFactory(due_at=NOW + timedelta(days=1))
    assert facts() == {"letters": True, "mail-server": True, "letters-to-settle": True}


def test_the_health_page_counts_and_names_nobody():
    MessageFactory(state=State.UNCERTAIN)
    MessageFactory(state=State.FAILED, to="parti@ville.example")
    Relay.current().trouble("serveur.prive.example refuse", now=NOW)
    told = list(health.facts(NOW))
    assert [fact.detail for fact in told] == ["0 à envoyer", "injoignable", "1 incertaines, 1 refusées"]
    assert [fact.ok for fact in told] == [True, False, False]
    assert not any(fact.vital for fact in told)


def test_after_a_year_letters_about_nothing_are_blank_and_the_others_wait_for_their_row():
    old = NOW - timedelta(days=366)
    MessageFactory(created_at=old, due_at=old, state=State.SENT)
    MessageFactory(created_at=old, due_at=old, state=State.SENT, about="applications.application:41", to="garde@ville.example")
    MessageFactory(state=State.SENT, to="recente@ville.example")
    Refusal.objects.create(address="parti@ville.example", reason="550", at=old)
    told = [erasure.count for erasure in retention.purge(NOW, True)]
    assert (told, Message.objects.filter(to="").count(), Refusal.objects.count()) == ([1, 1, 0], 0, 1)
    assert [erasure.count for erasure in retention.purge(NOW, False)] == [1, 1, 0]
    assert sorted(Message.objects.values_list("to", flat=True)) == ["", "garde@ville.example", "recente@ville.example"]
    assert list(Message.objects.filter(to="").values_list("subject", "text")) == [("", "")]
    assert [erasure.count for erasure in retention.purge(NOW, False)] == [0, 0, 0]


def test_thirty_days_later_a_group_act_names_nobody(monkeypatch):
    monkeypatch.setitem(batches.UNDOS, "essai.defaire", lambda *_, **__: "")
    long_ago = NOW - timedelta(days=31)
    for label, now in (("Confier au jury\u00a0: Alix Exemple", long_ago), ("Ajouter l’étiquette « bavard »", NOW)):
        batch = batches.open_batch(label, by=None, now=now, undo="essai.defaire", undo_data={"tag": "bavard"})
        batch.results = [["applications.application:1", "Alix Exemple", ""]]
        batch.save()
        record("acte groupé", batch, by=None, now=now, note="Alix Exemple")
    counts = [erasure.count for erasure in retention.purge(NOW, True)], [erasure.count for erasure in retention.purge(NOW, False)]
    assert counts == ([0, 0, 1], [0, 0, 1])
    assert list(Batch.objects.order_by("pk").values_list("label", "undo_data", "results")) == [
        ("Confier au jury", {}, []),
        ("Ajouter l’étiquette « bavard »", {"tag": "bavard"}, [["applications.application:1", "Alix Exemple", ""]]),
    ]
    assert list(Act.objects.order_by("pk").values_list("verb", "about_name", "note")) == [
        ("acte groupé", "", ""), ("acte groupé", "Ajouter l’étiquette « bavard »", "Alix Exemple"),
    ]  # fmt: skip
    assert [erasure.count for erasure in retention.purge(NOW, False)] == [0, 0, 0]


def test_the_task_is_known_by_its_name_and_reads_the_portals_clock(monkeypatch):
    read = []
    monkeypatch.setattr(delivery, "deliver", lambda *, clock: read.append(clock()))
    current_app.tasks["mailing.deliver"]()
    assert read[0].tzinfo is not None


def test_a_worker_that_starts_looks_at_once_and_one_told_to_stop_stops(monkeypatch):
    nudged = []
    monkeypatch.setattr(tasks.hints, "nudge", nudged.append)
    assert long_work.TASK  # its module listens too, as in a worker, whatever tests ran before
    stopping.ask()
    signals.worker_init.send(sender=None)
    assert not stopping.asked()
    signals.worker_ready.send(sender=None)
    assert sorted(nudged) == ["mailing.deliver", "records.work"]
    signals.worker_shutting_down.send(sender=None, sig="SIGTERM", how="Warm", exitcode=0)
    assert stopping.asked()


def test_a_stop_waits_until_the_letter_handed_over_is_marked():
    stopped = []
    before = signal.signal(signal.SIGTERM, lambda *_: stopped.append("stop"))
    try:
        with stopping.unbroken():
            signal.raise_signal(signal.SIGTERM)
            assert stopped == []
        assert stopped == ["stop"]
    finally:
        signal.signal(signal.SIGTERM, before)
