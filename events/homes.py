"""What the home of a season and the page of an event read, their SQL written once for each process."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from core.prepared import Prepared
from events import finding
from events.finding import Filters
from events.models import Event, EventFormat, EventPartner, PressRelease, Season, TimeSlot
from events.models.event import EventQuerySet
from events.queries import SHORT, WITH_ONLINE, Facet, Tile, tiles_of
from events.states import Format

# On the home of a season: its first events, and those beside its dates.
FIRST, BESIDE = 9, 6
# All that a poster says.
_IN_A_LINE = (
    "season", "slug", "title", "mode", "place", "city", "department", "region", "access", "starts_at", "ends_at", "is_beside",
)  # fmt: skip
# Read by no page: what is being written, what waits, what is searched.
_UNREAD = ("typed", "pending", "search", "exception_asked")


@dataclass(frozen=True)
class Home:
    """What the home of a season shows."""

    season: Season
    tiles: list[Tile]
    formats: list[Facet]
    total: int
    online: int
    regions: int
    first: list[Event]
    beside: list[Event]
    releases: list[PressRelease]
    others: list[Season]


@dataclass(frozen=True)
class Page:
    """What the page of an event shows."""

    event: Event
    slots: list[TimeSlot] = field(default_factory=list)
    formats: list[EventFormat] = field(default_factory=list)
    partners: list[EventPartner] = field(default_factory=list)
    parts: list[Event] = field(default_factory=list)


def counted(events: EventQuerySet) -> EventQuerySet:
    """With how many `sittings` each has, as a line says them."""
    return events.defer(*_UNREAD).annotate(sittings=Count("slots"))


def _held(season: int, now: datetime) -> EventQuerySet:
    return Event.objects.held(now=now).filter(season=season)


def _shown(season: int, now: datetime) -> Any:
    """The first events that are part of no other, and those beside the dates."""
    whole = _held(season, now).filter(parent=None).order_by("starts_at", "pk")
    first, beside = whole.filter(is_beside=False)[:FIRST], whole.filter(is_beside=True)[:BESIDE]
    chosen = _held(season, now).filter(Q(pk__in=first.values("pk")) | Q(pk__in=beside.values("pk")))
    return counted(chosen).only(*_IN_A_LINE).order_by("starts_at", "pk")


def _of_regions(season: int, now: datetime) -> Any:
    rows = _held(season, now).order_by().values_list("region")
    return rows.annotate(found=Count("pk"), online=Count("pk", filter=WITH_ONLINE))


def _of_formats(season: int, now: datetime) -> Any:
    rows = EventFormat.objects.filter(event__in=_held(season, now)).order_by().values_list("format")
    return rows.annotate(found=Count("pk"))


_SHOWN: Prepared[Any] = Prepared(_shown, season=int, now=datetime)
_REGIONS: Prepared[Any] = Prepared(_of_regions, season=int, now=datetime)
_FORMATS: Prepared[Any] = Prepared(_of_formats, season=int, now=datetime)
_RELEASES = Prepared(
    lambda season, now: PressRelease.objects.listed(now=now).filter(season=season).order_by("-dated_on", "-pk"), season=int, now=datetime
)


def home_of(season: Season, seasons: Sequence[Season], *, now: datetime) -> Home:
    """Figures, regions, formats, first events and those beside, press (4 queries)."""
    filters = Filters(saison=season.slug)
    rows = _REGIONS(season=season.pk, now=now)
    regions = Counter({region: count for region, count, _ in rows})
    shown = _SHOWN(season=season.pk, now=now)
    for event in shown:
        event.season = season
    return Home(
        season, tiles_of(regions, filters), _facets(_FORMATS(season=season.pk, now=now), filters), regions.total(),
        sum(online for *_, online in rows), len([region for region in regions if region in SHORT]),
        [event for event in shown if not event.is_beside], [event for event in shown if event.is_beside],
        _RELEASES(season=season.pk, now=now), [other for other in seasons if other.pk != season.pk],
    )  # fmt: skip


def _facets(rows: list[tuple[str, int]], filters: Filters) -> list[Facet]:
    slugs = {code: slug for slug, code in finding.FORMATS.items()}
    often = sorted(rows, key=lambda row: (-row[1], row[0]))
    return [Facet(str(Format(code).label), count, filters.address(format=slugs[Format(code)])) for code, count in often]


# --- One event -------------------------------------------------------------------------------------

_EVENT = Prepared(
    lambda season, slug, now: with_season(Event.objects.public(now=now)).filter(season__slug=season, slug=slug),
    season=str, slug=str, now=datetime,
)  # fmt: skip
_SLOTS = Prepared(lambda event: TimeSlot.objects.filter(event=event).order_by("starts_at", "pk"), event=int)
_FORMATS_OF = Prepared(lambda event: EventFormat.objects.filter(event=event).order_by("pk"), event=int)
_PARTNERS = Prepared(lambda event: EventPartner.objects.filter(event=event), event=int)
_PARTS = Prepared(
    lambda event, now: counted(Event.objects.public(now=now)).filter(parent=event).order_by("starts_at", "pk"), event=int, now=datetime
)


def with_season(events: EventQuerySet) -> EventQuerySet:
    return events.select_related("season", "parent").defer(*_UNREAD, *(f"parent__{name}" for name in _UNREAD))


def public_event(season: str, slug: str, *, now: datetime) -> Page | None:
    """The event at this address with all that its page says, if anybody may see it (5 queries)."""
    for event in _EVENT(season=season, slug=slug, now=now):
        return page_of(event, now=now)
    return None


def page_of(event: Event, *, now: datetime) -> Page:
    """An event, and what its page says besides (4 queries); of its parts, those that anybody may read."""
    parts = _PARTS(event=event.pk, now=now)
    for other in (*parts, *([event.parent] if event.parent else [])):
        other.season = event.season
    return Page(event, _SLOTS(event=event.pk), _FORMATS_OF(event=event.pk), _PARTNERS(event=event.pk), parts)
