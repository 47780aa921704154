"""How dates are said, once, for pages, admin, letters, PDFs and calendars. Pure: no model, no clock.

Exact days, spans of days, and the deadline with its zone and the hour overseas beside it (domain.md A1).
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.clock import PARIS
from organisations.regions import OVERSEAS_ZONES

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NBSP = "\u00a0"


def day_text(day: date, *, weekday: bool = False, year: bool = True) -> str:
    """« 8 septembre 2017 », « 1ᵉʳ octobre 2017 », « vendredi 8 septembre 2017 »."""
    words = [WEEKDAYS[day.weekday()]] if weekday else []
    words += [_number(day) + NBSP + MONTHS[day.month - 1]]
    return " ".join(words + [str(day.year)] * year)


def span_text(first: date, last: date | None = None) -> str:
    """« jeudi 12 octobre 2027 », « 12 et 13 octobre 2027 », « du 12 au 14 octobre 2027 »: what two ends share is said once."""
    if last is None or first == last:
        return day_text(first, weekday=True)
    start = _without_what_it_shares(first, last)
    if last - first == timedelta(days=1):
        return f"{start} et {day_text(last)}"
    return f"du {start} au {day_text(last)}"


def hour_text(moment: datetime) -> str:
    """« midi », « 14 h », « 14 h 30 », « 23 h 59 min 59 s »: the hour in the moment's own zone, seconds only when there are some."""
    if (moment.hour, moment.minute, moment.second) == (12, 0, 0):
        return "midi"
    words = [f"{moment.hour}{NBSP}h"]
    if moment.second:
        words += [f"{moment.minute:02}{NBSP}min", f"{moment.second:02}{NBSP}s"]
    elif moment.minute:
        words += [f"{moment.minute:02}"]
    return NBSP.join(words)


def moment_text(moment: datetime) -> str:
    """« vendredi 8 septembre 2017 à midi (heure de Paris) »."""
    local = moment.astimezone(PARIS)
    return f"{day_text(local, weekday=True)} à {hour_text(local)} (heure de Paris)"


def overseas_text(moment: datetime) -> str:
    """« 14 h à La Réunion, 13 h à Mayotte… »: the same moment overseas, by the zone rules of that day.

    Places that agree are said together.
    """
    places: dict[str, list[str]] = {}
    for place, zone in OVERSEAS_ZONES.items():
        places.setdefault(_hour_there(moment, ZoneInfo(zone)), []).append(place)
    return ", ".join(f"{hour} {' et '.join(names)}" for hour, names in places.items())


def deadline_text(moment: datetime) -> str:
    """The deadline in full: day, hour, zone, and the hour overseas beside it."""
    return f"{moment_text(moment)}, soit {overseas_text(moment)}"


def deadline_short(moment: datetime) -> str:
    """« 8 septembre, midi », for a sticker or a card."""
    local = moment.astimezone(PARIS)
    return f"{day_text(local, year=False)}, {hour_text(local)}"


def _number(day: date) -> str:
    return "1ᵉʳ" if day.day == 1 else str(day.day)


def _without_what_it_shares(first: date, last: date) -> str:
    if first.year != last.year:
        return day_text(first)
    return _number(first) if first.month == last.month else day_text(first, year=False)


def _hour_there(moment: datetime, zone: ZoneInfo) -> str:
    here, there = moment.astimezone(PARIS), moment.astimezone(zone)
    days = (there.date() - here.date()).days
    return hour_text(there) + {0: "", 1: " le lendemain", -1: " la veille"}[days]
