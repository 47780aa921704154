"""Working days and hours (domain.md G8): neither Saturdays, Sundays nor public holidays, from 08:00 to 19:00 in Paris.

The holidays are those of metropolitan France, those of Alsace-Moselle and overseas left out.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from core.clock import PARIS

OPENS = time(8)
CLOSES = time(19)
_ONE_DAY = timedelta(days=1)


@cache
def _holidays(year: int) -> frozenset[date]:
    # Imported at first use: three hundred modules that a web process which posts no such letter does without.
    from holidays import country_holidays

    return frozenset(country_holidays("FR", years=year))


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def is_working_moment(moment: datetime) -> bool:
    """Half-open: 08:00:00 is, 19:00:00 is not."""
    local = moment.astimezone(PARIS)
    return is_working_day(local.date()) and OPENS <= local.time() < CLOSES


def next_working_moment(moment: datetime) -> datetime:
    """Return the moment itself in working hours, else the next 08:00 of a working day in Paris."""
    if is_working_moment(moment):
        return moment
    local = moment.astimezone(PARIS)
    day = local.date() if local.time() < OPENS else local.date() + _ONE_DAY
    return datetime.combine(next_working_day(day), OPENS, tzinfo=PARIS)


def next_working_day(day: date) -> date:
    """Return the day itself when people work, else the next one they do."""
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def working_days(start: datetime, until: datetime, at: time) -> list[datetime]:
    """Return this hour of Paris on each working day, from `start` on and before `until`."""
    day, last = start.astimezone(PARIS).date(), until.astimezone(PARIS).date()
    days = (day + _ONE_DAY * rank for rank in range((last - day).days + 1))
    moments = (datetime.combine(day, at, tzinfo=PARIS) for day in days if is_working_day(day))
    # In UTC: two local times of one zone compare by the clock on the wall.
    return [moment for moment in moments if start.astimezone(UTC) <= moment.astimezone(UTC) < until.astimezone(UTC)]
