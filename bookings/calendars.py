"""The calendar entry of a place: that of the day's page, so that importing both is one entry, corrected at each change (UID, SEQUENCE).

The sequence of a joining letter is its own moment: later than whatever was imported before it, and earlier than the next change.
"""

from copy import copy
from datetime import datetime

from mailing.letters import Attachment
from programmes.documents import calendar_name, session_calendar
from programmes.models import TrainingSession


def entry(session: TrainingSession, *, at: datetime) -> Attachment:
    """The day as it stands at that moment."""
    row = copy(session)
    row.changed_at = max(at, session.changed_at or at)
    return Attachment(calendar_name(row), session_calendar(row), "text/calendar")


def taken_away(session: TrainingSession, *, at: datetime) -> Attachment:
    """The entry of a day that somebody left for another: calendars drop it."""
    row = copy(session)
    row.changed_at = row.cancelled_at = max(at, session.changed_at or at)
    return Attachment(f"annulation-{calendar_name(row)}", session_calendar(row), "text/calendar")
