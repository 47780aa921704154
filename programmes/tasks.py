"""Sweeps of programmes: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from core import clock
from programmes.services import flyers, interest


@shared_task(name="programmes.tell_openings")
def tell_openings() -> None:
    """Tell those who asked that a call is open, or that a day is published."""
    interest.tell_openings(now=clock.now())


@shared_task(name="programmes.render_flyers")
def render_flyers() -> None:
    """Make the flyers of what changed, public or not yet: at its hour it is there."""
    flyers.render_due(now=clock.now())
