"""When the silent are reminded of a year to confirm, and when they are told that it is over: to change a date, change this table.

Days are those of Paris. A date that follows the call by less than a week is left out: nobody is silent yet; so is one after the grace day.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.clock import PARIS
from memberships.models import Campaign

AT = time(10)
A_WEEK = timedelta(days=7)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Reminder:
    """A day of the year called, or of the year before it."""

    years: int
    month: int
    day: int

    def moment(self, year: int) -> datetime:
        return datetime.combine(date(year + self.years, self.month, self.day), AT, tzinfo=PARIS)


REMINDERS = (Reminder(-1, 12, 15), Reminder(0, 1, 15), Reminder(0, 2, 15))


def moments(campaign: Campaign, *, called_at: datetime) -> list[datetime]:
    """Return when somebody called at a moment is reminded, while silent."""
    planned = (reminder.moment(campaign.year) for reminder in REMINDERS)
    return [moment for moment in planned if called_at + A_WEEK <= moment and moment.date() <= campaign.grace_day]


def last_reached(campaign: Campaign, *, called_at: datetime, now: datetime) -> datetime | None:
    """Return the latest reminder reached, or None: after an outage only the latest missed one leaves; none once the grace day is over."""
    if now >= lapses_at(campaign):
        return None
    return max((moment for moment in moments(campaign, called_at=called_at) if moment <= now), default=None)


def lapses_at(campaign: Campaign) -> datetime:
    """Return when the silent are told that their rights are over: the day after the grace day."""
    return datetime.combine(campaign.grace_day + _ONE_DAY, AT, tzinfo=PARIS)


def begins(campaign: Campaign, *, now: datetime) -> bool:
    """True once the first reminder of a campaign may have been reached: before, nobody is asked about."""
    return now >= min(reminder.moment(campaign.year) for reminder in REMINDERS)
