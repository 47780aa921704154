"""The worker's door to the register."""

from celery import shared_task

from core import clock
from organisations import services


@shared_task(name="organisations.settle")
def settle() -> None:
    """Pass on what was tied to a merged row at the very moment it was merged."""
    services.settle(now=clock.now())
