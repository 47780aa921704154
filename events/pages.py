"""What `core` gathers from seasons and events: a section of the home page, lines of the site map."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from core.caching import MAX_AGE
from core.clock import PARIS
from core.registry import Link
from events import queries
from events.finding import Filters
from events.models import Event, Season

# The home page has its queries counted, and a cache in front may keep it as long (`core.caching.MAX_AGE`).
_KEPT = "events:home"


def home(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The season that is held, or the next one, region by region; nothing between two seasons. Drawn once a minute."""
    drawn = cache.get_or_set(_KEPT, lambda: _drawn(now), MAX_AGE)
    return {"drawn": drawn} if drawn else None


def _drawn(now: datetime) -> str:
    section = _home(now)
    return render_to_string("events/_home_drawn.html", section) if section else ""


def _home(now: datetime) -> dict[str, Any] | None:
    rows = list(
        Event.objects.held(now=now)
        .filter(season__ends_on__gte=now.astimezone(PARIS).date())
        .order_by("season__starts_on", "season", "region")
        .values_list("season", "season__slug", "season__title", "season__kind", "season__starts_on", "season__ends_on", "region")
        .annotate(Count("pk"))
    )
    if not rows:
        return None
    pk, slug, title, kind, starts_on, ends_on, *_ = rows[0]
    counts = Counter({row[6]: row[7] for row in rows if row[0] == pk})
    season = Season(pk=pk, slug=slug, title=title, kind=kind, starts_on=starts_on, ends_on=ends_on)
    regions = sum(1 for region in counts if region in queries.SHORT)
    return {"season": season, "tiles": queries.tiles_of(counts, Filters()), "total": counts.total(), "regions": regions}


def site_map(now: datetime) -> Iterator[Link]:
    """The programme, each season, and for engines each event."""
    yield Link("Événements", reverse("events"))
    yield Link("Données ouvertes", reverse("events_data"))
    seasons = queries.public_seasons(now=now)
    for season in seasons:
        yield Link(season.title, season.get_absolute_url(), note=str(season.starts_on.year))
    for event in _listed(now) if seasons else ():
        changed_on = event.changed_at.date() if event.changed_at else None
        yield Link(event.title, event.get_absolute_url(), changed_on=changed_on, is_detail=True)


def _listed(now: datetime) -> Iterator[Event]:
    """Every event that anybody may read, a few columns of each."""
    rows = Event.objects.public(now=now).select_related("season").order_by("season", "starts_at", "pk")
    return rows.only("slug", "title", "changed_at", "season__slug").iterator()
