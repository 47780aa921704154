"""Sweeps of seasons, events and the press: each asks the database what is due, and may run twice, at once, or never."""

from celery import shared_task

from core import clock
from events import proposal_reminders
from events.press import emails as press_emails
from events.services import attending, kits, press, press_links, sweeping, verifying


@shared_task(name=press.TASK)
def keep_press_versions() -> None:
    """Make the PDFs of the communiqués that are public, or were corrected; remind who is to open registrations."""
    now = clock.now()
    press.keep_due(now=now)
    press_emails.remind(now=now)


@shared_task(name="events.check_press_links")
def check_press_links() -> None:
    """Look, once a night, at the links that published communiqués give."""
    press_links.check(now=clock.now())


@shared_task(name="events.proposals")
def follow_proposals() -> None:
    """Remind unfinished proposals, tell of late answers, say each morning what waits."""
    now = clock.now()
    proposal_reminders.remind(now=now)
    proposal_reminders.tell_late(now=now)
    proposal_reminders.tell_morning(now=now)


@shared_task(name=kits.TASK)
def draw_posters() -> None:
    """Draw the posters of what was listed or changed."""
    kits.render_due(now=clock.now())


@shared_task(name=attending.TASK)
def follow_registrations() -> None:
    """Give on the seats that are free, remind who comes."""
    sweeping.sweep(now=clock.now())


@shared_task(name="events.verify_seats")
def verify_seats() -> None:
    """Compare, once a night, the seats that are counted with those who have them."""
    verifying.verify(now=clock.now())
