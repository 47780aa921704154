"""The Celery application and its beat table.

Every task may run twice, at once, or never (conventions 4.3): the sweeps ask the database what is due,
the table below only says how often they ask.
"""

import os

from celery import Celery
from celery.schedules import crontab
from kombu import Exchange, Queue

from core.retention import PURGED_AT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portail")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Three queues, so that a code to sign in waits neither for an import nor for a PDF: one worker reads the first two, another the
# last (docker-compose.yml, `scripts.services`). A worker that is told nothing reads them all (trial mode, benches).
SHORT, LETTERS, LONG = "celery", "letters", "long"
# Each has an exchange of its own: those that share one receive every message.
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in (SHORT, LETTERS, LONG)]
app.conf.task_routes = {
    "mailing.deliver": {"queue": LETTERS},
    "records.work": {"queue": LONG},
    "applications.render_documents": {"queue": LONG},
    "programmes.render_flyers": {"queue": LONG},
    "core.purge": {"queue": LONG},
    "billing.verify_files": {"queue": LONG},
    "events.press": {"queue": LONG},
    "events.posters": {"queue": LONG},
    "bookings.papers": {"queue": LONG},
    # It waits for other sites, one link after the other.
    "events.check_press_links": {"queue": LONG},
    # It waits for the card provider, row after row.
    "billing.settle_refunds": {"queue": LONG},
}

EVERY_MINUTE = 60.0

app.conf.beat_schedule = {
    "tick": {"task": "core.tick", "schedule": EVERY_MINUTE},
    "deliver": {"task": "mailing.deliver", "schedule": EVERY_MINUTE},
    "remind-drafts": {"task": "applications.remind_drafts", "schedule": EVERY_MINUTE},
    "remind-confirmations": {"task": "applications.remind_confirmations", "schedule": EVERY_MINUTE},
    "settle-places": {"task": "applications.settle_places", "schedule": EVERY_MINUTE},
    "remind-readers": {"task": "applications.remind_readers", "schedule": EVERY_MINUTE},
    "verify-readings": {"task": "applications.verify_readings", "schedule": crontab(hour="4", minute="11")},
    "tell-openings": {"task": "programmes.tell_openings", "schedule": EVERY_MINUTE},
    "digest": {"task": "accounts.digest", "schedule": EVERY_MINUTE},
    "render-flyers": {"task": "programmes.render_flyers", "schedule": EVERY_MINUTE},
    "render-documents": {"task": "applications.render_documents", "schedule": EVERY_MINUTE},
    "remind-silent": {"task": "memberships.remind_silent", "schedule": EVERY_MINUTE},
    "renew-late-joiners": {"task": "memberships.renew_late_joiners", "schedule": EVERY_MINUTE},
    "renew-links": {"task": "memberships.renew_links", "schedule": EVERY_MINUTE},
    "remind-claims": {"task": "memberships.remind_claims", "schedule": EVERY_MINUTE},
    "publish-invoices": {"task": "billing.publish_invoices", "schedule": EVERY_MINUTE},
    "remind-unpaid": {"task": "billing.remind_unpaid", "schedule": EVERY_MINUTE},
    "tell-iban": {"task": "billing.tell_iban", "schedule": EVERY_MINUTE},
    "verify-files": {"task": "billing.verify_files", "schedule": crontab(hour="4", minute="41")},
    "settle-refunds": {"task": "billing.settle_refunds", "schedule": EVERY_MINUTE},
    "press": {"task": "events.press", "schedule": EVERY_MINUTE},
    "posters": {"task": "events.posters", "schedule": EVERY_MINUTE},
    "day-papers": {"task": "bookings.papers", "schedule": EVERY_MINUTE},
    "proposals": {"task": "events.proposals", "schedule": EVERY_MINUTE},
    "registrations": {"task": "events.attending", "schedule": EVERY_MINUTE},
    "verify-seats": {"task": "events.verify_seats", "schedule": crontab(hour="4", minute="53")},
    "check-press-links": {"task": "events.check_press_links", "schedule": crontab(hour="3", minute="23")},
    "days": {"task": "bookings.days", "schedule": EVERY_MINUTE},
    "settle-orders": {"task": "bookings.settle", "schedule": EVERY_MINUTE},
    "verify-orders": {"task": "bookings.verify", "schedule": crontab(hour="4", minute="23")},
    "long-work": {"task": "records.work", "schedule": EVERY_MINUTE},
    "settle-merges": {"task": "organisations.settle", "schedule": crontab(minute="17")},
    "purge": {"task": "core.purge", "schedule": crontab(hour=str(PURGED_AT.hour), minute=str(PURGED_AT.minute))},
}
