"""Sweeps: each asks the database what is due, and may run twice, at once, or never."""

from typing import Any

from celery import shared_task

from applications import confirm_reminders, documents, emails, jury_waiting, reminders
from applications.models import Application, Step
from applications.services import places, verifying
from core import clock
from mailing.batches import TEN_MINUTES
from mailing.models import Message
from programmes.models.change import Change
from records.sweeping import alone, each_alone

DOCUMENTS_AT_ONCE = 20


@shared_task(name="applications.remind_drafts")
def remind_drafts() -> None:
    """Remind the unfinished, on the days of domain.md A7."""
    now = clock.now()
    due = {}
    near = Application.objects.drafts_open(now=now).filter(edition__closes_at__lte=now + reminders.FIRST).with_call()
    drafts: Any = near.annotate(moved_at=Change.objects.last_deadline_move())
    for application in drafts:
        # The letter of a moved deadline tells it, and may be undone for ten minutes: a moment before it left reminds of nothing.
        told_at = application.moved_at + TEN_MINUTES if application.moved_at else application.started_at
        begun_at = max(application.started_at, told_at)
        moment = reminders.last_reached(application.edition.closes_at, begun_at=begun_at, now=now)
        if moment:
            due[emails.reminder_key(application, moment)] = (application, moment)
    written = set(Message.objects.filter(key__in=due).order_by("pk").values_list("key", flat=True))
    moments = {application: moment for key, (application, moment) in due.items() if key not in written}
    each_alone(moments, lambda row: emails.post_reminder(row, moments[row], now=now), what="reminder of a draft")


@shared_task(name="applications.remind_readers")
def remind_readers() -> None:
    """Remind the jury three days before the date of the readings, and the day after."""
    jury_waiting.remind(now=clock.now())


@shared_task(name="applications.verify_readings")
def verify_readings() -> None:
    """Compare what is kept of the readings with the readings, and the conflicts with what is known of bodies today."""
    verifying.verify(now=clock.now())


@shared_task(name="applications.remind_confirmations")
def remind_confirmations() -> None:
    """Remind who has a place to confirm, on the days of A7."""
    confirm_reminders.remind(clock.now())


@shared_task(name="applications.render_documents")
def render_documents() -> None:
    """Make the PDFs that nobody has downloaded yet; one that fails does not stop the others."""
    steps = Step.objects.to_render(now=clock.now()).select_related("application__edition__programme")
    for step in steps.order_by("at", "pk")[:DOCUMENTS_AT_ONCE]:
        with alone(step, what="documents of a step"):  # drawn outside any transaction: it takes its time
            documents.publish(step)


@shared_task(name="applications.settle_places")
def settle_places() -> None:
    """Bring to their end the places and the offers that the clock ended, and offer what is free (domain.md B5, B8)."""
    now = clock.now()
    each_alone(places.to_settle(now=now), lambda edition: places.settle(edition, now), what="places")
