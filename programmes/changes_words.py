"""Moving dates and the words that stand for them. Pure: no model, no clock.

Days move by whole weeks, so that they keep their weekday; hours are those on the wall in Paris on both sides of a change of hour.
"""

import re
from datetime import date, datetime, timedelta

from core.clock import PARIS
from core.typography import day_in_words

WEEK = 7
TO_BE_SAID = "dates à préciser"
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTHS = [day_in_words(date(2001, month, 2)).split("\u00a0")[1].split()[0] for month in range(1, 13)]
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b", re.IGNORECASE)
_THIRD = re.compile(r"\b(?:début|mi|fin)\b", re.IGNORECASE)
_FIRST_DAYS, _MIDDLE_DAYS = 10, 20


def whole_weeks(start: date, wanted: date) -> int:
    """Return the days, a multiple of seven, that bring `start` nearest to `wanted`."""
    return WEEK * round((wanted - start).days / WEEK)


def a_year_later(day: date) -> date:
    """Return the day of the same weekday nearest to the same date a year later."""
    anniversary = date(day.year + 1, day.month, min(day.day, 28) if day.month == 2 else day.day)  # noqa: PLR2004
    return day + timedelta(days=whole_weeks(day, anniversary))


def move(moment: datetime, days: int) -> datetime:
    """Return the moment some days later, at the same hour on the wall in Paris."""
    local = moment.astimezone(PARIS)
    return datetime.combine(local.date() + timedelta(days=days), local.time(), PARIS)


def move_words(words: str, old: date, new: date) -> str | None:
    """Return the words that stood near `old` as they stand near `new`; None when only a person can tell.

    « mi-septembre 2017 » a year later is « mi-septembre 2018 », a month later « mi-octobre 2017 ». Days named by their number,
    two months, or a season that changed are for a person.
    """
    if not words or re.search(r"\d", _YEAR.sub("", words)):
        return None if words else ""
    new = _as_meant(old, new)
    later = _YEAR.sub(lambda found: str(int(found[0]) + new.year - old.year), words)
    if old.month == new.month and (_third(old) == _third(new) or not _THIRD.search(words)):
        return later
    months = {found.lower() for found in _MONTH.findall(words)}
    if months != {_MONTHS[old.month - 1]}:
        return None
    return _THIRD.sub(lambda found: _like(found[0], _third(new)), _MONTH.sub(_MONTHS[new.month - 1], later))


def years_in(text: str) -> set[int]:
    return {int(year) for year in _YEAR.findall(text)}


def move_years(text: str, by: int) -> str:
    """Return a title a few editions later: « Les Aventuriers 2017 » is « Les Aventuriers 2018 »."""
    return _YEAR.sub(lambda found: str(int(found[0]) + by), text)


def _as_meant(old: date, new: date) -> date:
    """Return the anniversary when the weekday alone made the new day miss it: the 1st of October is not moved into September."""
    same = (date(year, old.month, min(old.day, 28)) for year in (new.year, new.year + 1))
    return next((day for day in same if abs((day - new).days) < WEEK), new)


def _third(day: date) -> str:
    return "début" if day.day <= _FIRST_DAYS else "mi" if day.day <= _MIDDLE_DAYS else "fin"


def _like(model: str, word: str) -> str:
    return word.capitalize() if model[0].isupper() else word
