"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from bookings.services import finishing, following, sweeping_papers
from core import clock


@shared_task(name="bookings.papers")
def papers() -> None:
    """Ask for papers and joining letters, finish the days that are over, draw what was asked."""
    now = clock.now()
    finishing.finish_due(now=now)
    sweeping_papers.post_due(now=now)
    sweeping_papers.ask_due(now=now)
    sweeping_papers.draw_due(now=now)


@shared_task(name="bookings.days")
def days() -> None:
    """Close the orders of days called off, and replace the invoices of days moved, once neither can be undone."""
    following.follow_due(now=clock.now())
