"""Sweeps of programmes: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from core import clock
from programmes.services import interest


@shared_task(name="programmes.tell_openings")
def tell_openings() -> None:
    """Tell those who asked that a call is open, or that a day is published."""
    interest.tell_openings(now=clock.now())
