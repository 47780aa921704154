"""The worker's door to the letters."""

from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_ready, worker_shutting_down

from core import clock, hints
from mailing import delivery, stopping
from mailing.outbox import TASK


@shared_task(name=TASK)
def deliver() -> None:
    """Send what is due. Twice, at once or never: the leases keep it right, the sweep finds the forgotten."""
    delivery.deliver(clock=clock.now)


@worker_init.connect
def _starting(**_: Any) -> None:
    stopping.forget()


@worker_ready.connect
def _look_at_once(**_: Any) -> None:
    """A worker that comes back does not wait for the next tick."""
    hints.nudge(TASK)


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    stopping.ask()
