"""The admin's first page: what waits for whoever reads it, what comes in the next days, and the figures of each app."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from core import clock
from core.asking import Answers, everyone
from core.registry import DASHBOARD, PULSE, TIMELINE, WAITING, Planned, Waiting
from core.sections import rendered
from core.typography import day_in_words

AHEAD = timedelta(days=7)
SHOWN = 8
KEPT, KEPT_WAITING, SECONDS = "core.dashboard.coming", "core.dashboard.waiting", 60


@dataclass(frozen=True)
class Day:
    """A day to come, and what it holds."""

    on: date
    name: str
    planned: list[Planned]


def context(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    waits, plans = waiting(now), coming(now)
    planned = once(sorted((item for item in told_to(request.user, plans.items) if item.at >= now), key=lambda item: item.at))
    return {
        "title": f"Aujourd’hui, {day_in_words(now.date(), weekday=True)}",
        "waiting": mine(waits.items, request.user),
        "days": days(planned[:SHOWN], now),
        "later": len(planned) - SHOWN,
        "incomplete": not (waits.complete and plans.complete),
        "sections": rendered(DASHBOARD, request),
    }


def waiting(now: datetime) -> Answers[Waiting]:
    """What waits, asked again as soon as somebody acts (`PULSE`), else at most a minute old; for everybody at once, naming nobody."""
    beat = [ask() for ask in PULSE]
    kept: tuple[list[object], Answers[Waiting]] | None = cache.get(KEPT_WAITING)
    if kept and kept[0] == beat:
        return kept[1]
    asked = everyone(WAITING, now)
    if asked.complete:
        cache.set(KEPT_WAITING, (beat, asked), SECONDS)
    return asked


def coming(now: datetime) -> Answers[Planned]:
    """What is due in the next seven days, as it was at most a minute ago: a dozen queries, for everybody at once.

    What is kept names nobody: no row of a person leaves the database for the cache. Whom a line is told to is asked after (`told_to`).
    """
    plans: Answers[Planned] | None = cache.get(KEPT)
    if plans is None:
        asked = everyone(TIMELINE, now, now + AHEAD)
        plans = asked._replace(items=[replace(item, names=None) for item in asked.items])
        if plans.complete:
            cache.set(KEPT, plans, SECONDS)
    return plans


def told_to(user: Any, planned: Iterable[Planned]) -> list[Planned]:
    """The lines that this person's roles open."""
    return [item for item in planned if not item.permission or user.has_perm(item.permission)]


def once(planned: Iterable[Planned]) -> list[Planned]:
    """What comes back each day and is about nothing in particular (the digest) is told once."""
    told: set[tuple[str, str]] = set()
    kept = []
    for item in planned:
        key = (item.act, item.what)
        if item.about or item.url or key not in told:
            kept.append(item)
        told.add(key)
    return kept


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
