"""The admin's first page: what waits for whoever reads it, what comes in the next days, and the figures of each app."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.http import HttpRequest

from core import clock
from core.asking import everyone
from core.registry import DASHBOARD, TIMELINE, WAITING, Planned, Waiting
from core.sections import rendered
from core.typography import day_in_words

AHEAD = timedelta(days=7)
SHOWN = 8


@dataclass(frozen=True)
class Day:
    """A day to come, and what it holds."""

    on: date
    name: str
    planned: list[Planned]


def context(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    waits, plans = everyone(WAITING, now), everyone(TIMELINE, now, now + AHEAD)
    planned = sorted(plans.items, key=lambda item: item.at)
    return {
        "title": f"Aujourd’hui, {day_in_words(now.date(), weekday=True)}",
        "waiting": mine(waits.items, request.user),
        "days": days(planned[:SHOWN], now),
        "later": len(planned) - SHOWN,
        "incomplete": not (waits.complete and plans.complete),
        "sections": rendered(DASHBOARD, request),
    }


def mine(found: Iterable[Waiting], user: Any) -> list[Waiting]:
    """What waits for this person, what has waited longest first; the undated last."""
    mine = [item for item in found if item.count and user.has_perm(item.permission)]
    return sorted(mine, key=lambda item: (item.since is None, item.since.timestamp() if item.since else 0))


def days(planned: Iterable[Planned], now: datetime) -> list[Day]:
    by_day = groupby(planned, key=lambda item: item.at.astimezone(clock.PARIS).date())
    return [Day(day, _name(day, now.date()), list(items)) for day, items in by_day]


def _name(day: date, today: date) -> str:
    names = {0: "Aujourd’hui", 1: "Demain"}
    return names.get((day - today).days) or day_in_words(day, weekday=True).capitalize()
