"""What the public pages of events read: the programme day by day, the home of a season, the page of an event."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, Q

from core.clock import PARIS
from events import finding
from events.finding import Filters
from events.models import Event, EventFormat, PressRelease, Season
from events.models.event import EventQuerySet
from events.states import Format, Mode
from events.zones import midnight
from organisations.reference import departments
from organisations.regions import Region

PER_PAGE = 20
# On the home of a season: its first events, and those beside its dates.
FIRST, BESIDE = 9, 6
_WITH_ONLINE = Q(mode__in=(Mode.ONLINE, Mode.HYBRID))
# Where each region stands on the grid is in static/css/site.css (`.tile-53`).
SHORT = {
    "32": "HDF", "28": "NOR", "11": "IDF", "44": "GES", "53": "BRE", "52": "PDL", "24": "CVL", "27": "BFC", "75": "NAQ", "84": "ARA",
    "76": "OCC", "93": "PAC", "94": "COR", "01": "GUA", "02": "MTQ", "03": "GUY", "04": "REU", "06": "MAY",
}  # fmt: skip


class Sitting(NamedTuple):
    """A line of the programme: an event at one of its times."""

    pk: int
    slug: str
    title: str
    summary: str
    region: str
    department: str
    city: str
    place: str
    mode: str
    access: str
    is_beside: bool
    starts: datetime
    ends: datetime | None
    day: date


_READ = ("pk", "slug", "title", "summary", "region", "department", "city", "place", "mode", "access", "is_beside", "starts", "ends", "day")


@dataclass(frozen=True)
class Tile:
    """A region on the grid of the eighteen: its short name, its count, whether it is the one looked for, and where it leads."""

    code: str
    name: str
    short: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True)
class Facet:
    """A narrower search, and how much it finds."""

    label: str
    count: int
    url: str
    chosen: bool = False


@dataclass(frozen=True)
class Day:
    """The lines of one day, or what is left of it on this page."""

    day: date
    is_beside: bool
    lines: list[Sitting]

    @property
    def anchor(self) -> str:
        return f"j{self.day.isoformat()}"


@dataclass(frozen=True)
class Calendar:
    """How many sittings each day holds: the list is paginated by it."""

    counts: list[tuple[bool, date, int]]

    @property
    def total(self) -> int:
        return sum(count for *_, count in self.counts)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))

    def leads(self, address: str) -> list[tuple[date, int, str, bool]]:
        """Each day with its count and where it begins in the pages."""
        found, before = [], 0
        for is_beside, day, count in self.counts:
            page = before // PER_PAGE + 1
            anchor = f"{address}&page={page}" if page > 1 else address
            found.append((day, count, f"{anchor}#j{day.isoformat()}", is_beside))
            before += count
        return found


@dataclass(frozen=True)
class Programme:
    """The page of the list: what is found, counted by region, by département and by day."""

    season: Season | None
    filters: Filters
    days: list[Day]
    formats: dict[int, list[str]]
    tiles: list[Tile]
    departments: list[Facet]
    total: int
    online: int
    calendar: Calendar
    page: int
    since: date | None


def public_seasons(*, now: datetime) -> list[Season]:
    """Every season that anybody may see, the latest first (1 query)."""
    return list(Season.objects.public(now=now).order_by("-starts_on", "pk"))


def leading(seasons: Sequence[Season], *, now: datetime) -> Season | None:
    """The season that is held, else the next one, else the last one."""
    today = now.astimezone(PARIS).date()
    to_come = [season for season in seasons if season.ends_on >= today]
    return min(to_come, key=lambda season: (season.starts_on, season.pk), default=seasons[0] if seasons else None)


def season_of(filters: Filters, seasons: Sequence[Season], *, now: datetime) -> Season | None:
    named = next((season for season in seasons if season.slug == filters.saison), None)
    return named or leading(seasons, now=now)


def programme(filters: Filters, season: Season | None, *, page: int, now: datetime) -> Programme:
    """What the list shows (4 queries, however many events): of a season that is held, from today on."""
    held = Event.objects.held(now=now).filter(season=season)
    since = _since(filters, season, now=now)
    first = filters.du or since
    tiles, facets, total, online = _places(held, filters, first)
    sittings = finding.with_sittings(finding.narrowed(held, filters)).filter(finding.between(first, filters.au))
    counted = sittings.order_by("is_beside", "day").values_list("is_beside", "day").annotate(found=Count("sitting"))
    calendar = Calendar(list(counted))
    page = min(max(page, 1), calendar.pages)
    start = (page - 1) * PER_PAGE
    ordered = sittings.order_by("is_beside", "day", "starts", "pk", "sitting").values_list(*_READ)
    lines = [Sitting(*row) for row in ordered[start : start + PER_PAGE]] if calendar.total else []
    return Programme(
        season, filters, list(_by_day(lines)), formats_of(line.pk for line in lines), tiles, facets, total, online, calendar, page, since
    )


def _since(filters: Filters, season: Season | None, *, now: datetime) -> date | None:
    """Today, in the midst of a season, for who asked for no day."""
    today = now.astimezone(PARIS).date()
    asked = filters.du or filters.au
    return today if season and not asked and season.starts_on < today <= season.ends_on else None


def _by_day(lines: Iterable[Sitting]) -> Iterable[Day]:
    for (is_beside, day), found in groupby(lines, key=lambda line: (line.is_beside, line.day)):
        yield Day(day, is_beside, list(found))


def formats_of(events: Iterable[int]) -> dict[int, list[str]]:
    """The formats of each event, in words (1 query)."""
    found: dict[int, list[str]] = {}
    wanted = list(dict.fromkeys(events))
    rows = EventFormat.objects.filter(event__in=wanted).order_by("pk").values_list("event", "format") if wanted else ()
    for event, code in rows:
        found.setdefault(event, []).append(str(Format(code).label))
    return found


def _places(held: EventQuerySet, filters: Filters, first: date | None) -> tuple[list[Tile], list[Facet], int, int]:
    """The grid of regions, the départements of the one looked for, how many events are found, and how many can be followed online."""
    anywhere = finding.held_between(finding.narrowed(held, filters, places=False), first, filters.au)
    columns = ("region", "department") if filters.region else ("region",)
    rows = anywhere.order_by().values(*columns).annotate(found=Count("pk"), online=Count("pk", filter=_WITH_ONLINE))
    regions, places, total, online = Counter[str](), Counter[str](), 0, 0
    for row in rows:
        regions[row["region"]] += row["found"]
        if filters.region in ("", row["region"]):
            places[row.get("department", "")] += row["found"]
            is_wanted = filters.departement in ("", row.get("department", ""))
            total, online = total + is_wanted * row["found"], online + is_wanted * row["online"]
    return tiles_of(regions, filters), _departments(places, filters), total, online


def tiles_of(counts: "Counter[str]", filters: Filters) -> list[Tile]:
    """The eighteen regions as the grid shows them; the one looked for leads back to all."""
    found = []
    for code, short in SHORT.items():
        chosen = code == filters.region
        url = filters.address(region="" if chosen else code, departement="")
        found.append(Tile(code, str(Region(code).label), short, counts[code], chosen, url))
    return found


def _departments(counts: "Counter[str]", filters: Filters) -> list[Facet]:
    known = {code: departments()[code].name for code in counts if code in departments()}
    if not filters.region or (len(known) < 2 and not filters.departement):  # noqa: PLR2004 - one is no choice
        return []
    return [
        Facet(name, counts[code], filters.address(departement="" if code == filters.departement else code), code == filters.departement)
        for code, name in sorted(known.items())
    ]


# --- The home of a season --------------------------------------------------------------------------


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


def home_of(season: Season, seasons: Sequence[Season], *, now: datetime) -> Home:
    """Figures, regions, formats, first events and those beside, press (4 queries)."""
    held = Event.objects.held(now=now).filter(season=season)
    filters = Filters(saison=season.slug)
    rows = list(held.order_by().values_list("region").annotate(found=Count("pk"), online=Count("pk", filter=_WITH_ONLINE)))
    regions = Counter({region: count for region, count, _ in rows})
    shown = _shown_of(held)
    releases = PressRelease.objects.listed(now=now).filter(season=season).order_by("-dated_on", "-pk")
    return Home(
        season, tiles_of(regions, filters), _formats(held, filters), regions.total(), sum(online for *_, online in rows),
        len([region for region in regions if region in SHORT]),
        [event for event in shown if not event.is_beside][:FIRST], [event for event in shown if event.is_beside], list(releases),
        [other for other in seasons if other.pk != season.pk],
    )  # fmt: skip


def _shown_of(held: EventQuerySet) -> list[Event]:
    """The first events that are part of no other, and those beside the dates (1 query)."""
    whole = held.filter(parent=None).order_by("starts_at", "pk")
    first, beside = whole.filter(is_beside=False)[:FIRST], whole.filter(is_beside=True)[:BESIDE]
    chosen = held.filter(Q(pk__in=first.values("pk")) | Q(pk__in=beside.values("pk")))
    return list(counted(chosen).select_related("season").order_by("starts_at", "pk"))


def _formats(held: EventQuerySet, filters: Filters) -> list[Facet]:
    slugs = {code: slug for slug, code in finding.FORMATS.items()}
    rows = EventFormat.objects.filter(event__in=held).order_by().values_list("format").annotate(found=Count("pk"))
    counted = sorted(((count, code) for code, count in rows), key=lambda pair: (-pair[0], pair[1]))
    return [Facet(str(Format(code).label), count, filters.address(format=slugs[Format(code)])) for count, code in counted]


# --- One event -------------------------------------------------------------------------------------


def with_all(events: EventQuerySet) -> EventQuerySet:
    """Events with all that their page says (3 queries more)."""
    return events.select_related("season", "parent", "parent__season").prefetch_related("slots", "formats", "partners")


def parts_of(event: Event, *, now: datetime) -> list[Event]:
    """What is part of an event, by date (1 query)."""
    rows = counted(Event.objects.public(now=now)).filter(parent=event).select_related("season")
    return list(rows.order_by("starts_at", "pk"))


def counted(events: EventQuerySet) -> EventQuerySet:
    """With how many `sittings` each has, as a line says them."""
    return events.annotate(sittings=Count("slots"))


# --- The feeds -------------------------------------------------------------------------------------


def shared(filters: Filters, season: Season | None, *, now: datetime) -> EventQuerySet:
    """What feeds give: what is public, the cancelled said as such, so that who copied it knows."""
    public = Event.objects.public(now=now).filter(season=season)
    return finding.held_between(finding.narrowed(public, filters), filters.du, filters.au).order_by("starts_at", "pk")


def state_of(events: EventQuerySet) -> dict[str, Any]:
    """What tells a feed from itself later: how many events and sittings, what changed last, at which versions (1 query)."""
    of_slots = events.order_by()
    found: dict[str, Any] = of_slots.aggregate(
        events=Count("pk", distinct=True), changed=models.Max("changed_at"), listed=models.Max("listed_at"),
        versions=models.Sum("revision"), sittings=Count("slots"), sequences=models.Sum("slots__sequence"),
        starts=models.Max("slots__starts_at"),
    )  # fmt: skip
    return found


def until_midnight(now: datetime) -> timedelta:
    """How long « from today on » stays true."""
    tomorrow = now.astimezone(PARIS).date() + timedelta(days=1)
    return midnight(tomorrow, PARIS) - now
