"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from billing import checking, iban
from billing.services import cards, publishing, reminding
from core import clock


@shared_task(name="billing.settle_refunds")
def settle_refunds() -> None:
    """Ask the card provider again for the refunds it did not hear."""
    cards.settle_refunds(now=clock.now())


@shared_task(name="billing.remind_unpaid")
def remind_unpaid() -> None:
    """Remind of what is unpaid, on the days of domain.md D5."""
    reminding.remind(now=clock.now())


@shared_task(name="billing.publish_invoices")
def publish_invoices() -> None:
    """Make the files of what was issued."""
    publishing.publish_due(now=clock.now())


@shared_task(name="billing.verify_files")
def verify_files() -> None:
    """Read again, each night, the file of every issued document (R2)."""
    checking.verify_files(now=clock.now())


@shared_task(name="billing.tell_iban")
def tell_iban() -> None:
    """Tell every treasurer that the IBAN was changed."""
    iban.tell(now=clock.now())
