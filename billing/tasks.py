"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from billing.services import cards
from core import clock


@shared_task(name="billing.settle_refunds")
def settle_refunds() -> None:
    """Ask the card provider again for the refunds it did not hear."""
    cards.settle_refunds(now=clock.now())
