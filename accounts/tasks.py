"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from accounts import digest
from core import clock


@shared_task(name="accounts.digest")
def send_digest() -> None:
    """Owe the digest of the day, from 08:30 on."""
    digest.make(now=clock.now())
