"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from bookings.services import finishing, following, sweeping, sweeping_papers, telling_gone, verifying
from core import clock


@shared_task(name="bookings.papers")
def papers() -> None:
    """Ask for papers and joining letters, finish the days that are over, draw what was asked."""
    now = clock.now()
    finishing.finish_due(now=now)
    sweeping_papers.post_due(now=now)
    telling_gone.tell_due(now=now)
    sweeping_papers.ask_due(now=now)
    sweeping_papers.draw_due(now=now)


@shared_task(name="bookings.days")
def days() -> None:
    """Close the orders of days called off, and replace the invoices of days moved, once neither can be undone."""
    following.follow_due(now=clock.now())


@shared_task(name="bookings.settle")
def settle() -> None:
    """Holds and offers that end, reminders, invoices to issue or to credit, money that came late."""
    sweeping.sweep(now=clock.now())


@shared_task(name="bookings.verify")
def verify() -> None:
    """Compare, at night, the places counted with the rows."""
    verifying.verify(now=clock.now())
