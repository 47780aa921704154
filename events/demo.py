"""The demonstration of seasons: those of the archive with their facts, and one a year ahead; `--scale 5` makes it 400 events."""

from datetime import datetime, timedelta

from django.db import transaction

from core import clock
from core.clock import PARIS
from events import demo_season
from events.demo_archive import EVENTS, SEASONS
from events.models import Event, EventFormat, Season, TimeSlot
from events.states import Access, Format, State
from events.zones import zone_of


@transaction.atomic
def load(scale: int) -> None:
    """Load what is missing: what a person changed stays so."""
    now = clock.now().astimezone(PARIS)
    ahead = demo_season.season_ahead(now)
    for fields in SEASONS:
        Season.objects.get_or_create(slug=fields["slug"], defaults=fields)
    for row in EVENTS:
        _archived(*row)
    season, is_new = Season.objects.get_or_create(slug=ahead["slug"], defaults=ahead)
    if is_new or scale > 1:
        demo_season.fill(season, demo_season.EACH * scale, now=now)
        _village(season)


def _archived(
    season: str, slug: str, parent: str, fields: dict[str, object], formats: list[Format], sittings: list[tuple[datetime, datetime | None]]
) -> None:
    of = Season.objects.get(slug=season)
    if Event.objects.filter(season=of, slug=slug).exists() or of.published_at is None:
        return
    listed_at = of.published_at + timedelta(days=10)
    whole = Event.objects.get(season=of, slug=parent) if parent else None
    _listed(of, slug, whole, fields, formats, sittings, listed_at)


def _listed(
    season: Season, slug: str, whole: Event | None, fields: dict[str, object], formats: list[Format],
    sittings: list[tuple[datetime, datetime | None]], listed_at: datetime,
) -> Event:  # fmt: skip
    """One listed event with its formats and its sittings."""
    event = Event(
        season=season, slug=slug, parent=whole, state=State.LISTED, created_at=listed_at, proposed_at=listed_at, listed_at=listed_at,
        changed_at=listed_at, **fields,
    )  # fmt: skip
    slots = [TimeSlot(event=event, starts_at=start, ends_at=end) for start, end in sittings]
    event.take_dates(slots)
    event.save()
    TimeSlot.objects.bulk_create(slots)
    EventFormat.objects.bulk_create(EventFormat(event=event, format=code) for code in formats)
    return event


def _village(season: Season) -> None:
    """An event and its parts."""
    if Event.objects.filter(season=season, slug="le-village").exists():
        return
    common: dict[str, object] = {
        "place": "Halle aux idées", "commune": "93048", "postcode": "93100", "carrier": "Ville d’Exemple", "for_agents": True,
        "for_citizens": True, "access": Access.OPEN, "wheelchair": True, "sign_language": True, "quiet_room": True,
        "access_contact": "Écrivez à village@exemple.example",
    }  # fmt: skip
    zone, first = zone_of("11"), season.starts_on + timedelta(days=3)
    days = [datetime(first.year, first.month, first.day, 10, tzinfo=zone) + timedelta(days=turn) for turn in range(3)]
    listed_at = season.published_at or days[0]
    whole = _listed(
        season, "le-village", None,
        common | {"title": "Le Village de l’innovation publique", "summary": "Trois jours, vingt stands, une grande table.",
                  "description": "Un village que l’on construit le matin et que l’on range ensemble le soir. *Démonstration.*"},
        [Format.INTERACTIVE, Format.OPEN_DAY], [(day, day + timedelta(hours=8)) for day in days], listed_at,
    )  # fmt: skip
    parts = (
        ("le-village-la-grande-table", "La grande table", "On y mange, on y décide.", Format.DEBATE),
        ("le-village-l-atelier-des-courriers", "L’atelier des courriers", "Apportez le vôtre.", Format.WORKSHOP),
        ("le-village-la-promenade", "La promenade des guichets", "Une heure à pied, six portes.", Format.URBAN_WALK),
    )
    for day, (slug, title, summary, code) in zip(days, parts, strict=True):
        start = day + timedelta(hours=4)
        sittings: list[tuple[datetime, datetime | None]] = [(start, start + timedelta(hours=2))]
        _listed(season, slug, whole, common | {"title": title, "summary": summary}, [code], sittings, listed_at)
