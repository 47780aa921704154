"""What the home of a season and the page of an event read, their SQL written once for each process."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from core.prepared import Prepared
from events import finding
from events.finding import Filters
from events.models import Event, EventFormat, EventPartner, PressRelease, Season, TimeSlot
from events.models.event import EventQuerySet
from events.queries import SHORT, WITH_ONLINE, Facet, Tile, tiles_of
from events.remembered import Same
from events.rooms import with_rooms
from events.states import Format

# On the home of a season: its first events, and those beside its dates.
FIRST, BESIDE = 9, 6
# All that a poster says; the last, how many sittings there are.
_IN_A_LINE = (
    "pk", "slug", "title", "mode", "place", "city", "department", "region", "access", "starts_at", "ends_at", "is_beside", "sittings",
)  # fmt: skip
# Read by no page: what is being written, what waits, what is searched.
_UNREAD = ("typed", "pending", "search", "exception_asked")


@dataclass(frozen=True, eq=False)
class Home:
    """What the home of a season shows; made once for what is read of it, so that what is drawn of it is too."""

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
    # Counted for these alone: grouping them would group the whole season.
    slots = TimeSlot.objects.filter(event=OuterRef("pk")).order_by().values("event").annotate(count=Count("pk")).values("count")
    counts = Coalesce(Subquery(slots), 0)
    return chosen.annotate(sittings=counts).order_by("starts_at", "pk").values_list(*_IN_A_LINE)


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
    asked = {"season": season.pk, "now": now}
    read = tuple(tuple(map(tuple, question(**asked))) for question in (_REGIONS, _SHOWN, _FORMATS))
    releases, others = _RELEASES(**asked), [other for other in seasons if other.pk != season.pk]
    return _home(Same(season), tuple(map(Same, others)), tuple(map(Same, releases)), *read)


@lru_cache(maxsize=64)
def _home(
    season: Same[Season], others: tuple[Same[Season], ...], releases: tuple[Same[PressRelease], ...],
    regions: tuple[Any, ...], shown: tuple[Any, ...], formats: tuple[Any, ...],
) -> Home:  # fmt: skip
    """Remembered: a season changes when somebody acts, and is read all day."""
    filters = Filters(saison=season.row.slug)
    counts = Counter({region: count for region, count, _ in regions})
    events = [_event(season.row, dict(zip(_IN_A_LINE, row, strict=True))) for row in shown]
    return Home(
        season.row, tiles_of(counts, filters), _facets(formats, filters), counts.total(),
        sum(online for *_, online in regions), len([region for region in counts if region in SHORT]),
        [event for event in events if not event.is_beside], [event for event in events if event.is_beside],
        [release.row for release in releases], [other.row for other in others],
    )  # fmt: skip


def _event(season: Season, said: dict[str, Any]) -> Event:
    count = said.pop("sittings")
    event = Event(season=season, **said)
    event.sittings = count  # type: ignore[attr-defined]  # as `counted` leaves it
    return event


def _facets(rows: Sequence[tuple[str, int]], filters: Filters) -> list[Facet]:
    slugs = {code: slug for slug, code in finding.FORMATS.items()}
    often = sorted(rows, key=lambda row: (-row[1], row[0]))
    return [Facet(str(Format(code).label), count, filters.address(format=slugs[Format(code)])) for code, count in often]


# --- One event -------------------------------------------------------------------------------------

_EVENT = Prepared(
    lambda season, slug, now: with_season(Event.objects.public(now=now)).filter(season__slug=season, slug=slug),
    season=str, slug=str, now=datetime,
)  # fmt: skip
_SLOTS = Prepared(
    lambda event, now: with_rooms(TimeSlot.objects.filter(event=event), now=now).order_by("starts_at", "pk"), event=int, now=datetime
)
_FORMATS_OF = Prepared(lambda event: EventFormat.objects.filter(event=event).order_by("pk"), event=int)
_PARTNERS = Prepared(lambda event: EventPartner.objects.filter(event=event), event=int)
_PARTS = Prepared(
    lambda event, now: counted(Event.objects.public(now=now)).filter(parent=event).order_by("starts_at", "pk"), event=int, now=datetime
)


def with_season(events: EventQuerySet) -> EventQuerySet:
    return events.select_related("season", "parent", "picture").defer(*_UNREAD, *(f"parent__{name}" for name in _UNREAD))


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
    return Page(event, _SLOTS(event=event.pk, now=now), _FORMATS_OF(event=event.pk), _PARTNERS(event=event.pk), parts)
