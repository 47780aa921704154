"""How the dates and the place of an event are said, at the hour of its place, and the name of its season in a sentence.

Pure: no query, no clock.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from core.typography import NBSP, day_in_words, hour_in_words
from events.models import Event, Season, TimeSlot
from events.states import Mode
from events.zones import is_all_day, last_day, zone_in_words, zone_of
from organisations.reference import departments
from programmes.dates import hours_text, span_text


def hours_in_words(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> str:
    """« 10 h – 12 h 30 », « à partir de 10 h »; nothing for whole days."""
    first = starts_at.astimezone(zone)
    if ends_at is None:
        return f"à partir de {hour_in_words(first)}"
    if is_all_day(starts_at, ends_at, zone):
        return ""
    return hours_text(first.time(), ends_at.astimezone(zone).time())


def slot_in_words(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> str:
    """« mercredi 22 novembre 2017, à partir de 10 h », « du 14 au 16 novembre 2014 »; overseas, « (heure de La Réunion) »."""
    first, last = starts_at.astimezone(zone).date(), last_day(starts_at, ends_at, zone)
    hours = hours_in_words(starts_at, ends_at, zone)
    if not hours:
        return span_text(first, last)
    place = zone_in_words(zone)
    there = f" ({place})" if place else ""
    if ends_at is None or first == last:
        return f"{span_text(first)}, {hours}{there}"
    return f"du {_moment(starts_at, zone)} au {_moment(ends_at, zone)}{there}"


def sittings_in_words(starts: datetime, ends: datetime | None, count: int, zone: ZoneInfo) -> str:
    """One sitting in full; several by their days: « 3 dates, du 22 au 26 novembre 2027 »."""
    if count <= 1:
        return slot_in_words(starts, ends, zone)
    days = span_text(starts.astimezone(zone).date(), last_day(starts, ends, zone))
    return f"{count}{NBSP}dates, {days}"


def slot(row: TimeSlot, event: Event) -> str:
    """A sitting in full, at the hour of its place."""
    return slot_in_words(row.starts_at, row.ends_at, zone_of(event.region, event.department))


def sittings(event: Event) -> str:
    """When, in a line: of an event annotated with how many `sittings` it has, else of its only one."""
    if event.starts_at is None:
        return ""
    count: int = getattr(event, "sittings", 1)
    return sittings_in_words(event.starts_at, event.ends_at, count, zone_of(event.region, event.department))


def place_in_words(mode: str, name: str, city: str, department: str) -> str:
    """« Médiathèque, Rennes (Ille-et-Vilaine) », « En ligne »."""
    if mode == Mode.ONLINE:
        return "En ligne"
    found = departments().get(department)
    there = found.name if found else ""
    town = f"{city} ({there})" if city and there and there != city else city
    return ", ".join(part for part in (name, town) if part)


def place(event: Event) -> str:
    """Where an event takes place, in a line."""
    return place_in_words(event.mode, event.place, event.city, event.department)


# A season named otherwise (« L’Été de l’innovation ») stands between quotes, whatever its article.
_NAMED = re.compile(r"(?:\d+\s?(?:re|er|e|ᵉ|ère|ème)\s)?(?:(semaine)|(mois))\b", re.IGNORECASE)


def _named(season: Season, feminine: str, masculine: str, otherwise: str) -> str:
    found = _NAMED.match(season.title)
    if found is None:
        return f"{otherwise}«{NBSP}{season.title}{NBSP}»"
    return f"{feminine if found[1] else masculine} {season.title}"


def the_season(season: Season) -> str:
    """« la Semaine de l’innovation publique 2027 », « le Mois… »"""
    return _named(season, "la", "le", "")


def of_season(season: Season) -> str:
    """« de la Semaine… », « du Mois… », « de « L’Été… » »"""
    return _named(season, "de la", "du", "de ")


def to_season(season: Season) -> str:
    """« à la Semaine… », « au Mois… », « à « L’Été… » »"""
    return _named(season, "à la", "au", "à ")


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{day_in_words(local)} à {hour_in_words(local)}"
