"""The worker's door to long work."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from core import clock, hints
from records.jobs import TASK
from records.work import work


@shared_task(name=TASK)
def do_waiting_work() -> None:
    """Do what waits, take up what a dead worker left. Twice, at once or never: the leases keep it right."""
    work(clock=clock.now)


@worker_ready.connect
def _look_at_once(**_: Any) -> None:
    """A worker that comes back does not wait for the next tick."""
    hints.nudge(TASK)
