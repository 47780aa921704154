"""How the dates of an event are said, at the hour of its place. Pure: no query, no clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from core.typography import NBSP, day_in_words, hour_in_words
from events.zones import is_all_day, last_day, zone_in_words
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


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{day_in_words(local)} à {hour_in_words(local)}"
