"""What anybody may come to now, as a letter says it (`core.registry.OPEN`): open calls, days with places."""

from collections.abc import Iterator
from datetime import datetime

from core.registry import Link
from programmes import queries
from programmes.models import Edition
from programmes.states import DayStatus


def calls(now: datetime) -> Iterator[Link]:
    """Open calls, the first to close first."""
    for call in Edition.objects.open(now=now).select_related("programme").order_by("closes_at", "pk"):
        yield Link(call.title, call.get_absolute_url(), f"candidatures jusqu’au {call.deadline_short}")


def days(now: datetime) -> Iterator[Link]:
    """Days to come that have places, the first first."""
    for day in queries.days_to_come(now=now):
        if day.status(now=now) == DayStatus.TO_COME:
            yield Link(day.title, day.get_absolute_url(), ", ".join(part for part in (day.when, day.where) if part))
