"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from core import clock
from memberships import claim_sweeping, sweeping
from memberships.services import handing_over


@shared_task(name="memberships.remind_silent")
def remind_silent() -> None:
    """Remind those who have not answered the call, tell those whose rights are over."""
    sweeping.remind(now=clock.now())


@shared_task(name="memberships.renew_late_joiners")
def renew_late_joiners() -> None:
    """Begin the year that who joined late owes, once its campaign is there."""
    sweeping.renew_late_joiners(now=clock.now())


@shared_task(name="memberships.renew_links")
def renew_links() -> None:
    """Close the addresses that people who left may know, and give whoever pays from then on their own."""
    handing_over.renew(now=clock.now())


@shared_task(name="memberships.remind_claims")
def remind_claims() -> None:
    """Remind the contacts of a member, once, of whoever asks to be counted among its people."""
    claim_sweeping.remind(now=clock.now())
