"""The worker's door to long work."""

from celery import shared_task

from core import clock
from records.jobs import TASK
from records.work import work


@shared_task(name=TASK)
def do_waiting_work() -> None:
    """Do what waits, take up what a dead worker left. Twice, at once or never: the leases keep it right."""
    work(clock=clock.now)
