"""The figures of a season, region by region and in one region: what was proposed, listed, attended, and how long answers took.

Nobody is in it, by name or by address: counts of events and of people (who register count with their companions), which stay once
registrations are anonymised (G3); names of structures, those of listed events only. The same figures for staff, for coordinators and for
partners (S17), on the page, on paper and in files.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from core.folding import fold
from events import answering, finding
from events.models import Event, EventFormat, EventPartner, Registration, Season, TimeSlot
from events.models.event import EventQuerySet
from events.proposing import HELPS, PUBLICS
from events.states import Access, Format, Mode, State
from events.words import place, sittings
from organisations.reference import departments
from organisations.regions import Region

# Where: a region's code, « en-ligne » for what has none (E4), nothing for the whole country.
ONLINE, EVERYWHERE = "en-ligne", ""
MOST_NAMES = 40
_STATES = {
    "listed": [State.LISTED], "refused": [State.REFUSED], "cancelled": [State.CANCELLED],
    "waiting": [State.PROPOSED, State.CHANGES_REQUESTED],
}  # fmt: skip
SEATED = Q(confirmed_at__isnull=False, seated_at__isnull=False, withdrawn_at=None, is_walk_in=False)
CAME = Q(came_at__isnull=False, withdrawn_at=None)
_PEOPLE = F("companions") + 1


@dataclass(frozen=True)
class Line:
    """The figures of a place."""

    code: str
    name: str
    proposed: int = 0
    listed: int = 0
    waiting: int = 0
    refused: int = 0
    cancelled: int = 0
    registered: int = 0
    came: int = 0

    @property
    def figures(self) -> list[int]:
        return [getattr(self, each.name) for each in fields(Line)[2:]]


# The columns of the table, in the order of `Line.figures`.
COLUMNS = ("Proposés", "Au programme", "En attente", "Refusés", "Annulés", "Inscrits", "Venus")


@dataclass(frozen=True)
class Bar:
    """A line of a figure: its words, its number, and its length in hundredths of the longest."""

    label: str
    count: int
    size: float


@dataclass(frozen=True)
class Held:
    """A listed event, and who came."""

    title: str
    url: str
    when: str
    where: str
    registered: int
    came: int


@dataclass(frozen=True)
class Report:
    """All that the report of a season says, everywhere or in one place."""

    season: Season
    place: str
    name: str
    total: Line
    lines: Sequence[Line]
    seats: int
    unlimited: int
    sittings: int
    structures: int
    formats: Sequence[Bar]
    publics: Sequence[Bar]
    accesses: Sequence[Bar]
    helps: Sequence[Bar]
    departments: Sequence[Bar]
    days: Sequence[tuple[date, Bar]]
    delay: answering.Delay | None
    partners: Sequence[Bar]
    carriers: Sequence[Bar]
    events: Sequence[Held] = field(default=())

    @property
    def is_whole(self) -> bool:
        return self.place == EVERYWHERE


def name_of(place: str) -> str:
    return "Toutes les régions" if place == EVERYWHERE else "En ligne" if place == ONLINE else str(Region(place).label)


def is_known(place: str) -> bool:
    return place in (EVERYWHERE, ONLINE) or place in Region.values


def proposals(season: Season, place: str = EVERYWHERE) -> EventQuerySet:
    """What was proposed, whatever became of it; a draft is nobody's business."""
    rows = Event.objects.filter(season=season).exclude(state=State.DRAFT)
    return rows if place == EVERYWHERE else rows.filter(region=_region(place))


def _region(place: str) -> str:
    return "" if place == ONLINE else place


# --- Region by region --------------------------------------------------------------------------------------


def lines_of(season: Season, places: Iterable[str] | None = None) -> list[Line]:
    """One line for each place where something was proposed, or for each of `places` (2 queries, however many events and people)."""
    counts = {name: Count("pk", filter=Q(state__in=states)) for name, states in _STATES.items()}
    rows = proposals(season).order_by().values("region").annotate(proposed=Count("pk"), **counts)
    found, people = _by("region", rows), _people_by(season, "slot__event__region")
    wanted = [_region(place) for place in places] if places is not None else sorted(found, key=_in_order)
    return [Line(code or ONLINE, name_of(code or ONLINE), **found.get(code, {}), **people.get(code, {})) for code in wanted]


def _by(column: str, rows: Iterable[Any]) -> dict[Any, dict[str, int]]:
    return {row[column]: {name: count for name, count in row.items() if name != column} for row in rows}


def _in_order(code: str) -> tuple[bool, str]:
    """By name; online last."""
    return (not code, fold(name_of(code or ONLINE)))


def _people_by(season: Season, column: str, **narrowed: Any) -> dict[Any, dict[str, int]]:
    """People by this column: who registered for what was held, and who came, walk-ins included."""
    rows = Registration.objects.filter(slot__event__season=season, slot__event__state=State.LISTED, **narrowed).order_by()
    sums = {"registered": Sum(_PEOPLE, filter=SEATED, default=0), "came": Sum(_PEOPLE, filter=CAME, default=0)}
    return _by(column, rows.values(column).annotate(**sums))


def total_of(lines: Sequence[Line], name: str = "Total") -> Line:
    summed = [sum(figures) for figures in zip(*(line.figures for line in lines), strict=True)] or [0] * len(COLUMNS)
    return Line(EVERYWHERE, name, *summed)


# --- In one place ------------------------------------------------------------------------------------------


def report_of(season: Season, place: str = EVERYWHERE) -> Report:
    """The report (12 queries at most, however many events and people)."""
    lines = lines_of(season, None if place == EVERYWHERE else [place])
    held = proposals(season, place).filter(state=State.LISTED)
    carriers = Counter(_named(held.exclude(carrier="").order_by("pk").values_list("carrier", flat=True)))
    seats, flags = _seats(held), _flags(held)
    return Report(
        season, place, name_of(place), total_of(lines), lines, seats["seats"], seats["unlimited"], seats["sittings"], len(carriers),
        formats=_formats(held), publics=flags["publics"], accesses=flags["accesses"], helps=flags["helps"],
        departments=_departments(held, place), days=_days(held),
        delay=answering.delay_of(season, regions=None if place == EVERYWHERE else [_region(place)]), partners=_partners(held),
        carriers=_bars(carriers.most_common(MOST_NAMES)), events=_held(held, season, place) if place != EVERYWHERE else (),
    )  # fmt: skip


def _bars(rows: Iterable[tuple[Any, int]]) -> list[Bar]:
    found = [(str(label), count) for label, count in rows]
    most = max((count for _, count in found), default=0) or 1
    return [Bar(label, count, round(100 * count / most, 1)) for label, count in found if count]


def _often(rows: Iterable[tuple[Any, int]]) -> list[Bar]:
    return _bars(sorted(rows, key=lambda row: (-row[1], str(row[0]))))


def _seats(held: EventQuerySet) -> dict[str, int]:
    """Seats offered, sittings that take registrations without limit, and sittings in all."""
    slots = TimeSlot.objects.filter(event__in=held)
    onsite = Q(seats_onsite=None) & ~Q(event__mode=Mode.ONLINE)
    online = Q(seats_online=None) & ~Q(event__mode=Mode.ONSITE)
    counted = slots.aggregate(
        seats=Sum("seats_onsite", default=0) + Sum("seats_online", default=0), sittings=Count("pk"),
        unlimited=Count("pk", filter=Q(event__access=Access.REGISTRATION) & (onsite | online)),
    )  # fmt: skip
    return {name: int(count) for name, count in counted.items()}


def _formats(held: EventQuerySet) -> list[Bar]:
    rows = EventFormat.objects.filter(event__in=held).order_by().values_list("format").annotate(Count("pk"))
    return _often((Format(code).label, count) for code, count in rows)


def _flags(held: EventQuerySet) -> dict[str, list[Bar]]:
    """For whom, how one comes, what the place offers (1 query)."""
    sums = {name: Count("pk", filter=Q(**{name: True})) for name in (*PUBLICS, *HELPS)}
    sums |= {access.value: Count("pk", filter=Q(access=access)) for access in Access}
    counted = held.order_by().aggregate(**sums)
    return {
        "publics": _often((words, counted[name]) for name, words in PUBLICS.items()),
        "accesses": _often((access.label, counted[access.value]) for access in Access),
        "helps": _often((words, counted[name]) for name, words in HELPS.items()),
    }


def _departments(held: EventQuerySet, place: str) -> list[Bar]:
    """Of one region only."""
    if place in (EVERYWHERE, ONLINE):
        return []
    rows = held.order_by().values_list("department").annotate(Count("pk"))
    known = departments()
    return _often((known[code].name if code in known else code, count) for code, count in rows)


def _days(held: EventQuerySet) -> list[tuple[date, Bar]]:
    """How many sittings each day begins, where they take place."""
    rows = list(finding.with_sittings(held).order_by("day").values_list("day").annotate(found=Count("sitting")))
    most = max((count for _, count in rows), default=0) or 1
    return [(day, Bar(day.isoformat(), count, round(100 * count / most, 1))) for day, count in rows]


def _partners(held: EventQuerySet) -> list[Bar]:
    names = EventPartner.objects.filter(event__in=held).order_by("pk").values_list("name", flat=True)
    return _bars(Counter(_named(names)).most_common(MOST_NAMES))


def _named(names: Iterable[str]) -> Iterable[str]:
    """Each under its first spelling: « la Fabrique » and « La Fabrique » are one."""
    known: dict[str, str] = {}
    for name in names:
        yield known.setdefault(" ".join(name.split()).casefold(), name)


def _held(held: EventQuerySet, season: Season, place: str) -> list[Held]:
    """Each listed event of a place with its people (2 queries)."""
    people = _people_by(season, "slot__event", slot__event__region=_region(place))
    rows: QuerySet[Event] = held.order_by("starts_at", "pk").annotate(sittings=Count("slots"))
    nobody = {"registered": 0, "came": 0}
    return [_one(event, season, people.get(event.pk, nobody)) for event in rows.defer("typed", "pending", "search", "description")]


def _one(event: Event, season: Season, people: dict[str, int]) -> Held:
    event.season = season
    return Held(event.title, event.get_absolute_url(), sittings(event), place(event), **people)
