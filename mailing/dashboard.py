"""« Courrier » on the first page of the admin: what has not left and why, and what left day by day."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse

from core.clock import PARIS
from mailing.health import LATE
from mailing.models import Batch, Message
from mailing.states import PENDING, State

DAYS = 14
BATCHES = 5
KEPT, SECONDS = "mailing.dashboard.figures", 60


def letters(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """Nothing for who may not read the journal. What waits for a decision is in « Ce qui vous attend »; the figures are a minute old."""
    if not request.user.has_perm("mailing.view_message"):
        return None
    pending = Count("letters", filter=Q(letters__state__in=PENDING))
    batches = Batch.objects.filter(undone_at=None, due_at__gt=now).annotate(pending=pending).filter(pending__gt=0)
    figures: dict[str, Any] = cache.get_or_set(KEPT, lambda: _figures(now), SECONDS) or {}
    journal = reverse("admin:mailing_message_changelist")
    return {"batches": list(batches.order_by("due_at", "pk")[:BATCHES]), "journal": journal, **figures}


def _figures(now: datetime) -> dict[str, Any]:
    late = Message.objects.overdue(now=now - LATE).aggregate(count=Count("pk"), since=Min("next_at"))
    return {"late": late, "days": _sent_by_day(now)}


def _sent_by_day(now: datetime) -> list[tuple[str, int]]:
    today = now.astimezone(PARIS).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    first = datetime.combine(days[0], datetime.min.time(), PARIS)
    sent = Message.objects.filter(state=State.SENT, sent_at__gte=first).order_by().annotate(day=TruncDate("sent_at", tzinfo=PARIS))
    numbers: Counter[date] = Counter(dict(sent.values_list("day").annotate(Count("pk"))))
    return [(f"{day:%d/%m}", numbers[day]) for day in days]
