"""The public pages of seasons and events, for `tests/pages.py`: each kind of event, hard content included."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.urls import reverse

from core import clock
from events.models import Event, Season
from events.states import Access, Mode, State

EVERYBODY = "everybody"
HARD = 120


def _lists(_: Any) -> list[str]:
    """Whole, narrowed to a region with its départements, finding nothing, refused in words, an archive."""
    queries = ("", "?region=53&format=atelier&acces=inscription", "?q=zzz", "?region=99&du=demain", "?saison=2014", "?page=2")
    return [reverse("events") + query for query in queries]


def _seasons(_: Any) -> list[str]:
    return [season.get_absolute_url() for season in Season.objects.public(now=clock.now()).order_by("pk")]


def _events(_: Any) -> Iterator[str]:
    """One of each access, of each mode; with parts, part of another, several dates, no end, beside, called off, with a hard title."""
    public = Event.objects.public(now=clock.now()).select_related("season").order_by("pk")
    kinds = [
        *(public.filter(access=access) for access in Access),
        *(public.filter(mode=mode) for mode in Mode),
        public.filter(children__isnull=False), public.filter(parent__isnull=False), public.filter(state=State.CANCELLED),
        public.filter(is_beside=True), public.filter(slots__ends_at__isnull=True), public.filter(season__slug="2014"),
        public.filter(season__slug="2017"),
    ]  # fmt: skip
    found = {event.pk: event for rows in kinds if (event := rows.first())}
    found |= {event.pk: event for event in public if len(event.title) > HARD}
    yield from (event.get_absolute_url() for event in found.values())


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "events": (EVERYBODY, _lists),
    "events_embedded": (EVERYBODY, lambda _: [reverse("events_embedded"), reverse("events_embedded") + "?region=53"]),
    "events_data": (EVERYBODY, lambda _: [reverse("events_data")]),
    "season": (EVERYBODY, _seasons),
    "event": (EVERYBODY, _events),
}
NOT_PAGES = {
    "a feed or a picture, looked at in tests/events": "events_ics events_atom events_json events_csv event_ics event_card season_card",
}
