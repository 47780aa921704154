"""The calls for which the letters may be worded apart (`mailing.wordings`), and what the timeline may be narrowed to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core import clock
from core.clock import PARIS
from core.registry import Scope, Subject
from programmes.models import Edition, TrainingSession
from records.services import label_of


def of_editions(user: Any) -> Iterable[Scope]:
    """Every call this person may see, the latest first; an old one may still be written to."""
    editions = Edition.objects.visible_to(user, now=clock.now()).order_by("-closes_at", "pk")
    return [Scope(label_of(edition), edition.short_title) for edition in editions]


def subjects(user: Any, now: datetime) -> Iterable[Subject]:
    """Every call and every day this person may see (None: all of them), what is not over first, then the latest first."""
    today = now.astimezone(PARIS).date()
    calls, days = Edition.objects.all(), TrainingSession.objects.all()
    if user is not None:
        calls, days = calls.visible_to(user, now=now), days.visible_to(user, now=now)
    calls, days = calls.select_related("programme").order_by("-closes_at", "pk"), days.select_related("programme").order_by("-day", "pk")
    rows = [(call.ends_on, call.short_title, call) for call in calls] + [(day.day, f"{day.title}, {day.when}", day) for day in days]
    rows.sort(key=lambda row: row[0] < today)
    return [Subject(label_of(row), title, f"{row.programme.slug}/{row.slug}") for _, title, row in rows]
