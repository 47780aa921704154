"""How the dates of a call are said, for pages, admin, letters, PDFs and calendars. Pure: no model, no clock.

Spans of days, and the deadline with its zone and the hour overseas beside it (domain.md A1).
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.clock import PARIS
from core.typography import NBSP, day_in_words, hour_in_words, moment_in_words
from organisations.regions import OVERSEAS_ZONES


def span_text(first: date, last: date | None = None) -> str:
    """« jeudi 12 octobre 2027 », « 12 et 13 octobre 2027 », « du 12 au 14 octobre 2027 »: what two ends share is said once."""
    if last is None or first == last:
        return day_in_words(first, weekday=True)
    start = _without_what_it_shares(first, last)
    if last - first == timedelta(days=1):
        return f"{start} et {day_in_words(last)}"
    return f"du {start} au {day_in_words(last)}"


def hours_text(first: time, last: time) -> str:
    """« 9 h – 18 h », « 9 h 30 – 17 h », in one piece."""
    return f"{time_in_words(first)}{NBSP}–{NBSP}{time_in_words(last)}"


def time_in_words(hour: time) -> str:
    """« 9 h », « 9 h 05 »"""
    return hour_in_words(datetime.combine(date.min, hour))


def overseas_text(moment: datetime) -> str:
    """« 14 h à La Réunion, 13 h à Mayotte… »: the same moment overseas, by the zone rules of that day.

    Places that agree are said together.
    """
    places: dict[str, list[str]] = {}
    for place, zone in OVERSEAS_ZONES.items():
        places.setdefault(_hour_there(moment, ZoneInfo(zone)), []).append(place)
    return ", ".join(f"{hour} {' et '.join(names)}" for hour, names in places.items())


def deadline_text(moment: datetime) -> str:
    """The deadline in full: day, hour (to the second when it has some), zone, and the hour overseas beside it."""
    return f"{moment_in_words(moment, noon=True, seconds=bool(moment.second))}, soit {overseas_text(moment)}"


def deadline_short(moment: datetime) -> str:
    """« 8 septembre 2017, midi », for a sticker: a call may close next year."""
    local = moment.astimezone(PARIS)
    return f"{day_in_words(local)}, {_hour(local)}"


def _without_year(day: date) -> str:
    return day_in_words(day).removesuffix(f" {day.year}")


def _without_what_it_shares(first: date, last: date) -> str:
    if first.year != last.year:
        return day_in_words(first)
    words = _without_year(first)
    return words.split("\u00a0")[0] if first.month == last.month else words


def _hour(local: datetime) -> str:
    return hour_in_words(local, noon=True, seconds=bool(local.second))


def _hour_there(moment: datetime, zone: ZoneInfo) -> str:
    here, there = moment.astimezone(PARIS), moment.astimezone(zone)
    days = (there.date() - here.date()).days
    return _hour(there) + {0: "", 1: " le lendemain", -1: " la veille"}[days]
