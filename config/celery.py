"""The Celery application and its beat table.

Every task may run twice, at once, or never (conventions 4.3): the sweeps ask the database what is due,
the table below only says how often they ask.
"""

import os

from celery import Celery
from celery.schedules import crontab

from core.retention import PURGED_AT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portail")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

EVERY_MINUTE = 60.0

app.conf.beat_schedule = {
    "tick": {"task": "core.tick", "schedule": EVERY_MINUTE},
    "deliver": {"task": "mailing.deliver", "schedule": EVERY_MINUTE},
    "remind-drafts": {"task": "applications.remind_drafts", "schedule": EVERY_MINUTE},
    "tell-openings": {"task": "programmes.tell_openings", "schedule": EVERY_MINUTE},
    "digest": {"task": "accounts.digest", "schedule": EVERY_MINUTE},
    "render-flyers": {"task": "programmes.render_flyers", "schedule": EVERY_MINUTE},
    "render-documents": {"task": "applications.render_documents", "schedule": EVERY_MINUTE},
    "long-work": {"task": "records.work", "schedule": EVERY_MINUTE},
    "settle-merges": {"task": "organisations.settle", "schedule": crontab(minute="17")},
    "purge": {"task": "core.purge", "schedule": crontab(hour=str(PURGED_AT.hour), minute=str(PURGED_AT.minute))},
}
