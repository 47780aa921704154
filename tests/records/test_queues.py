"""A code to sign in never waits behind an import: the worker of the trial mode does both at once."""

import threading
import time

import pytest
from celery import signals

from config import trial
from config.celery import app
from core import clock, hints
from mailing.models import Message
from mailing.states import State
from records import jobs, kinds
from records.models import Job
from records.states import JobState
from tests.accounts.factories import UserFactory
from tests.mailing.factories import MessageFactory
from tests.patience import PATIENCE

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def until(true):
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, "never came"
        time.sleep(0.05)


@pytest.fixture
def worker():
    """The one of `config.trial`, without its beat: every queue, as many threads."""
    signals.setup_logging.connect(trial._keep_logging, weak=False)
    options = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
    controller = app.WorkController(pool="threads", concurrency=trial.THREADS, **options)
    thread = threading.Thread(target=controller.start, daemon=True)
    thread.start()
    yield controller
    controller.stop()
    thread.join(PATIENCE)


def test_a_letter_leaves_while_long_work_runs(worker, monkeypatch, mailoutbox):
    begun, end = threading.Event(), threading.Event()

    def lasts(job, work):
        begun.set()
        end.wait(PATIENCE)
        return "Fini."

    monkeypatch.setitem(kinds.KINDS, "essai", kinds.JobKind("essai", "essai", lasts))
    job = jobs.start("essai", by=UserFactory(), now=clock.now())
    assert begun.wait(PATIENCE)
    letter = MessageFactory(kind="applications.received", due_at=clock.now())
    hints.nudge("mailing.deliver")
    until(lambda: Message.objects.get(pk=letter.pk).state == State.SENT)
    assert Job.objects.get(pk=job.pk).state == JobState.RUNNING
    end.set()
    until(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE)
