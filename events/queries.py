"""What the public pages of events read: the programme day by day, the home of a season, the page of an event."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Aggregate, Count, OuterRef, Q, Subquery

from core.clock import PARIS
from core.prepared import Prepared
from events import finding, rooms
from events.finding import Filters
from events.models import Event, EventFormat, Season, TimeSlot
from events.models.event import EventQuerySet
from events.remembered import Same
from events.states import Format, Mode
from events.zones import midnight
from organisations.reference import departments
from organisations.regions import Region

PER_PAGE = 20
WITH_ONLINE = Q(mode__in=(Mode.ONLINE, Mode.HYBRID))
# Where each region stands on the grid is in static/css/site.css (`.tile-53`).
SHORT = {
    "32": "HDF", "28": "NOR", "11": "IDF", "44": "GES", "53": "BRE", "52": "PDL", "24": "CVL", "27": "BFC", "75": "NAQ", "84": "ARA",
    "76": "OCC", "93": "PAC", "94": "COR", "01": "GUA", "02": "MTQ", "03": "GUY", "04": "REU", "06": "MAY",
}  # fmt: skip


_NAMES = {code: str(Region(code).label) for code in SHORT}
# Stands for a region in an address written once for the eighteen; nobody can type it, and it is written « %00 ».
_ANY = "\x00"


_NEVER = datetime(2900, 1, 1, tzinfo=UTC)


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
    is_full: bool
    # Codes with commas between them, or nothing: `formats` says them.
    codes: str | None

    @property
    def formats(self) -> list[str]:
        """Its formats, in the order in which they are always offered."""
        there = (self.codes or "").split(",")
        return [str(choice.label) for choice in Format if choice in there]


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


@dataclass(frozen=True)
class Calendar:
    """How many sittings each day holds: the list is paginated by it."""

    counts: tuple[tuple[bool, date, int], ...]

    @property
    def total(self) -> int:
        return sum(count for *_, count in self.counts)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))

    def until(self, page: int) -> datetime:
        """A moment after the last line of a page, whatever the clock there: what begins later need not be read."""
        before = 0
        for is_beside, day, count in self.counts:
            before += count
            if before >= page * PER_PAGE and not is_beside:
                # No clock is more than half a day behind that of Paris: what is still that day there has begun by the next noon.
                return midnight(day + timedelta(days=2), PARIS)
        return _NEVER

    def begins(self, page: int) -> tuple[date | None, int]:
        """The day of the first line of a page and how many lines stand before that day: those need not be read."""
        first, before = (page - 1) * PER_PAGE, 0
        for is_beside, day, count in self.counts:
            if before + count > first:
                return (None, 0) if is_beside else (day, before)
            before += count
        return None, 0

    def leads(self, address: str) -> list[tuple[date, int, str, bool]]:
        """Each day with its count and where it begins in the pages."""
        found, before = [], 0
        for is_beside, day, count in self.counts:
            page = before // PER_PAGE + 1
            anchor = f"{address}&page={page}" if page > 1 else address
            found.append((day, count, f"{anchor}#j{day.isoformat()}", is_beside))
            before += count
        return found


@dataclass(frozen=True, eq=False)
class Programme:
    """The page of the list: what is found, counted by region, by département and by day. Made once for what is read of it."""

    season: Season | None
    filters: Filters
    days: list[Day]
    tiles: list[Tile]
    departments: list[Facet]
    total: int
    online: int
    calendar: Calendar
    page: int
    since: datetime | None


class Joined(Aggregate):
    """The texts of a group in one, with commas between them, in no order."""

    function = "GROUP_CONCAT"
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", template="%(function)s(%(expressions)s, ',')", **context)


# What every visitor reads, its SQL written once for each process.
_SEASONS = Prepared(lambda now: Season.objects.public(now=now).order_by("-starts_on", "pk"), now=datetime)


def public_seasons(*, now: datetime) -> list[Season]:
    """Every season that anybody may see, the latest first (1 query)."""
    return _SEASONS(now=now)


def leading(seasons: Sequence[Season], *, now: datetime) -> Season | None:
    """The season that is held, else the next one, else the last one."""
    today = now.astimezone(PARIS).date()
    to_come = [season for season in seasons if season.ends_on >= today]
    return min(to_come, key=lambda season: (season.starts_on, season.pk), default=seasons[0] if seasons else None)


def season_of(filters: Filters, seasons: Sequence[Season], *, now: datetime) -> Season | None:
    named = next((season for season in seasons if season.slug == filters.saison), None)
    return named or leading(seasons, now=now)


def programme(filters: Filters, season: Season | None, *, page: int, now: datetime) -> Programme:
    """What the list shows (3 queries, however many events): of a season that is held, from today on."""
    if season is None:
        return Programme(None, filters, [], tiles_of(Counter(), filters), [], 0, 0, Calendar(()), 1, None)
    since = _since(filters, season, now=now)
    ask = _Asking(filters, season.pk, since)
    places = tuple(map(tuple, ask(_of_places)))
    calendar = Calendar(tuple(map(tuple, ask(_of_calendar))))
    page = min(max(page, 1), calendar.pages)
    lines = tuple(map(tuple, _lines(ask, calendar, page, now))) if calendar.total else ()
    return _programme(Same(season), filters, page, since, places, calendar, lines)


def _lines(ask: "_Asking", calendar: Calendar, page: int, now: datetime) -> list[Any]:
    day, before = calendar.begins(page)
    bounds = {"begins": midnight(day, PARIS)} if day and before else {}
    skipped = (page - 1) * PER_PAGE - (before if bounds else 0)
    # Whole pages are asked for, two where one is not enough: a line more, or another region, is no other shape.
    into = skipped % PER_PAGE
    return ask(_of_lines, skipped - into, until=calendar.until(page), now=now, **bounds)[into : into + PER_PAGE]


@lru_cache(maxsize=128)
def _programme(
    season: Same[Season], filters: Filters, page: int, since: datetime | None, places: tuple[Any, ...], calendar: Calendar,
    lines: tuple[Any, ...],
) -> Programme:  # fmt: skip
    """Remembered: the same rows make the same page."""
    tiles, facets, total, online = _places(places, filters)
    days = list(_by_day(Sitting(*row) for row in lines))
    return Programme(season.row, filters, days, tiles, facets, total, online, calendar, page, since)


def _since(filters: Filters, season: Season, *, now: datetime) -> datetime | None:
    """The beginning of today, in the midst of a season, for who asked for no day."""
    today = now.astimezone(PARIS).date()
    asked = filters.du or filters.au
    return midnight(today, PARIS) if not asked and season.starts_on < today <= season.ends_on else None


@dataclass(frozen=True)
class _Asking:
    """Asks the three questions of the list, by SQL that is kept for each shape of what is looked for.

    Words and days make new SQL each time; the rest is given to the SQL that is there.
    """

    filters: Filters
    season: int
    since: datetime | None

    def __call__(self, question: Callable[..., Any], start: int = 0, **bounds: datetime) -> list[Any]:
        given: dict[str, Any] = {"season": self.season, **bounds}
        given |= {"region": self.filters.region, "departement": self.filters.departement}
        if self.filters.q or self.filters.du or self.filters.au:
            return list(question(self.filters, start, since=self.since, **given))
        shape = replace(self.filters, saison="", region=self.filters.region and "*", departement=self.filters.departement and "*")
        held = {"since": self.since} if self.since else {}
        return _kept(question, shape, start, (*bounds, *held))(**given, **held)


@lru_cache(maxsize=256)
def _kept(question: Callable[..., Any], shape: Filters, start: int, moments: tuple[str, ...]) -> "Prepared[Any]":
    kinds: dict[str, type] = {"season": int, "region": str, "departement": str}
    return Prepared(lambda **given: question(shape, start, **{"since": None, **given}), **kinds, **dict.fromkeys(moments, datetime))


def _held(season: int) -> EventQuerySet:
    """Those of a season that was read as public already."""
    return Event.objects.listed().filter(season=season)


def _placed(filters: Filters, region: str, departement: str) -> Filters:
    """The filters, with what stands for a place in them."""
    return replace(filters, region=filters.region and region, departement=filters.departement and departement)


def _of_places(filters: Filters, _: int, *, season: int, since: datetime | None, **__: str) -> Any:
    """How many events in each region, and in each département when one region is looked for."""
    anywhere = finding.held_between(finding.narrowed(_held(season), filters, places=False), filters.du, filters.au)
    if since:
        slots = TimeSlot.objects.filter(finding.since(since, starts="starts_at", ends="ends_at"))
        anywhere = anywhere.filter(pk__in=slots.values("event"))
    columns = ("region", "department") if filters.region else ("region",)
    counts = {"found": Count("pk"), "online": Count("pk", filter=WITH_ONLINE)}
    return anywhere.order_by().values(*columns).annotate(**counts).values_list(*columns, *counts)


def _of_sittings(filters: Filters, season: int, since: datetime | None, region: str, departement: str) -> Any:
    narrowed = finding.narrowed(_held(season), _placed(filters, region, departement))
    return finding.with_sittings(narrowed).filter(finding.between(filters.du, filters.au) & finding.since(since))


def _of_calendar(filters: Filters, _: int, **given: Any) -> Any:
    """How many sittings each day."""
    counted = _of_sittings(filters, **given).order_by("is_beside", "day").values_list("is_beside", "day")
    return counted.annotate(found=Count("sitting"))


def _of_lines(filters: Filters, start: int, *, until: datetime, now: datetime, begins: datetime | None = None, **given: Any) -> Any:
    """The lines of a page, from those of the day that `begins`; what begins `until` then is all it needs to be sorted."""
    sittings = _of_sittings(filters, **given).filter(starts__lt=until)
    if begins:
        sittings = sittings.filter(Q(is_beside=True) | Q(day__gte=begins.astimezone(PARIS).date()))
    ordered = sittings.order_by("is_beside", "day", "starts", "pk", "sitting")
    # Of a line that a page skips, the formats would be gathered all the same: hence `begins`.
    formats = EventFormat.objects.filter(event=OuterRef("pk")).order_by().values("event").values_list(Joined("format"))
    shown = ordered.annotate(codes=Subquery(formats), is_full=rooms.is_full_for_all(now)).values_list(*Sitting._fields)
    return shown[start : start + PER_PAGE * (2 if begins else 1)]


def _by_day(lines: Iterable[Sitting]) -> Iterable[Day]:
    for (is_beside, day), found in groupby(lines, key=lambda line: (line.is_beside, line.day)):
        yield Day(day, is_beside, list(found))


def _places(rows: Iterable[Sequence[Any]], filters: Filters) -> tuple[list[Tile], list[Facet], int, int]:
    """The grid of regions, the départements of the one looked for, how many events are found, and how many can be followed online."""
    regions, places, total, online = Counter[str](), Counter[str](), 0, 0
    for region, *narrower, found, followed in rows:
        regions[region] += found
        if filters.region in ("", region):
            department = narrower[0] if narrower else ""
            places[department] += found
            is_wanted = filters.departement in ("", department)
            total, online = total + is_wanted * found, online + is_wanted * followed
    return tiles_of(regions, filters), _departments(places, filters), total, online


def tiles_of(counts: "Counter[str]", filters: Filters) -> list[Tile]:
    """The eighteen regions as the grid shows them; the one looked for leads back to all."""
    anywhere = filters.address(region="", departement="")
    there = filters.address(region=_ANY, departement="")
    found = []
    for code, short in SHORT.items():
        chosen = code == filters.region
        found.append(Tile(code, _NAMES[code], short, counts[code], chosen, anywhere if chosen else there.replace("%00", code)))
    return found


def _departments(counts: "Counter[str]", filters: Filters) -> list[Facet]:
    known = {code: departments()[code].name for code in counts if code in departments()}
    if not filters.region or (len(known) < 2 and not filters.departement):  # noqa: PLR2004 - one is no choice
        return []
    return [
        Facet(name, counts[code], filters.address(departement="" if code == filters.departement else code), code == filters.departement)
        for code, name in sorted(known.items())
    ]


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
