"""The season of the demonstration that is a year ahead: its events, as many as asked, in a few rows at once."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from core.clock import PARIS
from core.folding import fold
from events.demo_topics import CARRIERS, LONG_CARRIER, LONG_TITLE, PLACES, TOPICS, TOWNS
from events.models import Event, EventFormat, EventPartner, Season, TimeSlot
from events.states import Access, Format, Mode, SeasonKind, State
from events.zones import zone_of

MONDAY, NOVEMBER, FIRST = 0, 11, 20
EACH = 80
_ACCESS = (Access.REGISTRATION, Access.OPEN, Access.REGISTRATION, Access.ELSEWHERE, Access.REGISTRATION, Access.OPEN, Access.REGISTRATION)
_HOURS = (9, 10, 14, 9, 17, 14, 11, 18)
_LASTS = (120, 180, 90, None, 240, 60)
# Most of a week is on its weekdays.
_SPREAD = (0, 1, 2, 3, 4, 1, 2, 3, 5, 4, 0, 3, 6, 2, 4)


def season_ahead(now: datetime) -> dict[str, Any]:
    """A week of November, next year: what can be clicked before, during and after by setting the clock."""
    year = now.year + 1
    first = date(year, NOVEMBER, FIRST)
    first += timedelta(days=(MONDAY - first.weekday()) % 7)
    published_at = now.replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=20)
    return {
        "slug": str(year), "kind": SeasonKind.WEEK, "title": f"Semaine de l’innovation publique {year}",
        "theme": "Prendre soin de ce qui nous relie", "starts_on": first, "ends_on": first + timedelta(days=6),
        "carriers": "La 27e Région et ses partenaires (démonstration)", "published_at": published_at,
        "listing_opens_at": published_at, "listing_closes_at": datetime.combine(first - timedelta(days=24), time(12), PARIS),
        "lede": "Une semaine pour montrer, partout, comment l’action publique s’invente : on y vient essayer, débattre, marcher, réparer.",
        "description": "Chaque année, des agents, des citoyens et des élus ouvrent leurs portes et leurs dossiers. Les événements "
        "sont **gratuits** et ouverts au moins en partie au public.\n\n*Données de démonstration : ces événements sont inventés.*",
        "highlights": "- Une grande soirée d’ouverture, le lundi.\n- Le Village de l’innovation publique, trois jours d’ateliers.\n"
        "- Une nuit blanche des services publics, le samedi.",
        "rules": "Votre événement est porté par une administration ou son partenaire, il est gratuit, il est ouvert au public et il a "
        "lieu pendant la Semaine ? Proposez-le en trois écrans ; une personne de votre région vous répond sous trois jours ouvrés.",
    }  # fmt: skip


def fill(season: Season, count: int, *, now: datetime) -> None:
    """Bring a season to `count` listed events, in bulk; those that are there stay as somebody made them."""
    there = set(Event.objects.filter(season=season).values_list("slug", flat=True))
    wanted = [(number, event) for number, event in enumerate(_events(season, count, now)) if event.slug not in there]
    rows = Event.objects.bulk_create(event for _, event in wanted)
    numbered = [(number, row) for (number, _), row in zip(wanted, rows, strict=True)]
    TimeSlot.objects.bulk_create(slot for number, event in numbered for slot in _slots(season, event, number))
    EventFormat.objects.bulk_create(EventFormat(event=event, format=code) for number, event in numbered for code in _topic(number)[2])
    EventPartner.objects.bulk_create(
        EventPartner(event=event, name="La Fabrique d’Exemple", order=1) for number, event in numbered if number % 4 == 1
    )


def _topic(number: int) -> tuple[str, str, tuple[Format, ...]]:
    return TOPICS[(number + number // len(TOPICS) * 7) % len(TOPICS)]


def _events(season: Season, count: int, now: datetime) -> Iterator[Event]:
    for number in range(count):
        title, summary, _ = _topic(number)
        event = Event(
            season=season, slug=f"{slugify(title)[:60].strip('-')}-{number + 1}", title=title, summary=summary,
            description="On y vient tel que l’on est ; rien n’est à préparer.\n\n*Événement de démonstration.*",
            carrier=CARRIERS[number % len(CARRIERS)], created_at=season.published_at or now, proposed_at=season.published_at,
            listed_at=season.published_at + timedelta(hours=number % 400) if season.published_at else now,
            changed_at=season.published_at, for_agents=True, for_citizens=number % 3 != 0, for_elected=number % 4 == 0,
            wheelchair=number % 3 != 2, sign_language=number % 7 == 0, captions=number % 6 == 0, hearing_loop=number % 9 == 0,
            quiet_room=number % 11 == 0, access=_ACCESS[number % len(_ACCESS)], state=State.LISTED,
        )  # fmt: skip
        _place(event, number)
        _vary(event, number)
        yield _settled(event, season, number)


def _place(event: Event, number: int) -> None:
    event.mode = Mode.ONLINE if Format.WEBINAR in _topic(number)[2] else Mode.HYBRID if number % 9 == 4 else Mode.ONSITE
    if event.mode != Mode.ONSITE:
        event.online_url = f"https://visio.exemple.example/{event.slug}"
    if event.mode != Mode.ONLINE:
        event.commune = TOWNS[number % len(TOWNS)]
        event.place, event.address = PLACES[number % len(PLACES)], f"{number % 90 + 1} rue d’Exemple"


def _vary(event: Event, number: int) -> None:
    """By invitation, called off, registered elsewhere, hard to show."""
    if event.access == Access.ELSEWHERE:
        event.registration_url = f"https://inscription.exemple.example/{event.slug}"
    if number % 23 == 11:
        event.access, event.is_open_to_public = Access.INVITATION, False
    if number % 31 == 30:
        event.state = State.CANCELLED
    if number == 7:
        event.title, event.carrier, event.summary = LONG_TITLE, LONG_CARRIER, ""


def _settled(event: Event, season: Season, number: int) -> Event:
    """What `save` would fill, since rows made in bulk are not saved one by one."""
    placed = event._placed()
    vars(event).update(placed)
    vars(event).update(search=fold(event.title, event.summary, event.place, event.city, event.carrier))
    slots = _slots(season, event, number)
    event.take_dates(slots)
    event.is_beside = not season.holds(slots[0].starts_at.astimezone(zone_of(event.region, event.department)).date())
    if event.is_beside:
        event.exception_granted_at = event.listed_at
    return event


def _slots(season: Season, event: Event, number: int) -> list[TimeSlot]:
    """One sitting, or three at the same hour; at the hour of the place; some without an end, a few beside the season."""
    length = (season.ends_on - season.starts_on).days + 1
    day = season.starts_on + timedelta(days=_SPREAD[number % len(_SPREAD)] * length // 7)
    if number % 27 == 20:
        day = season.starts_on - timedelta(days=3) if number % 2 else season.ends_on + timedelta(days=4)
    days = [day + timedelta(days=turn) for turn in range(3)] if number % 13 == 6 else [day]
    return [_slot(event, at, number) for at in days]


def _slot(event: Event, day: date, number: int) -> TimeSlot:
    zone: ZoneInfo = zone_of(event.region, event.department)
    starts = datetime.combine(day, time(_HOURS[number % len(_HOURS)], 30 if number % 5 == 2 else 0), zone)
    minutes = _LASTS[number % len(_LASTS)]
    seats = (20, 40, None, 12)[number % 4] if event.access == Access.REGISTRATION else None
    online = 100 if seats and event.mode != Mode.ONSITE else None
    return TimeSlot(
        event=event, starts_at=starts, ends_at=starts + timedelta(minutes=minutes) if minutes else None,
        seats_onsite=seats if event.mode != Mode.ONLINE else None, seats_online=online,
    )  # fmt: skip
