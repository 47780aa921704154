"""When an unfinished draft is reminded (domain.md A7): to change a reminder's date, change this table.

Days are counted on the Paris calendar back from the day of the deadline; hours are those of Paris.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from core.clock import PARIS


@dataclass(frozen=True)
class Reminder:
    days_before: int
    at: time

    def moment(self, closes_at: datetime) -> datetime:
        """Return the moment of this reminder for a deadline, right on both sides of a change of hour."""
        day = closes_at.astimezone(PARIS).date() - timedelta(days=self.days_before)
        return datetime.combine(day, self.at, tzinfo=PARIS)


REMINDERS = (
    Reminder(days_before=7, at=time(10)),
    Reminder(days_before=2, at=time(10)),
    Reminder(days_before=0, at=time(9)),
)
FIRST = timedelta(days=1 + max(reminder.days_before for reminder in REMINDERS))


def last_reached(closes_at: datetime, *, begun_at: datetime, now: datetime) -> datetime | None:
    """Return the latest reminder's moment reached, or None: after an outage only the latest missed one leaves.

    None for a moment that passed before the draft was begun, and none once the deadline has come.
    """
    if now >= closes_at:
        return None
    moments = (reminder.moment(closes_at) for reminder in REMINDERS)
    return max((moment for moment in moments if begun_at <= moment <= now and moment < closes_at), default=None)
