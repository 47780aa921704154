"""When what the portal does of itself around a day falls due: the timeline and the sweeps read the same hours (domain.md C4, G8)."""

from datetime import datetime, time, timedelta

from bookings.models.terms import JOINING_BEFORE
from core.clock import PARIS
from core.workdays import OPENS, next_working_moment
from programmes.models import TrainingSession

# Presences typed from the paper, names corrected: for so long after the day.
SWEPT_FOR = timedelta(days=120)
# An order number or a SIRET may come years after: a debt of a public body lapses after four (law of 31 December 1968).
FINISHED_FOR = timedelta(days=4 * 365)


def joining_from(session: TrainingSession) -> datetime:
    """Fifteen days before, at 08:00 of a working day: joining letters leave, at once for whoever is named later."""
    return next_working_moment(datetime.combine(session.day - JOINING_BEFORE, OPENS, PARIS))


def closing_from(session: TrainingSession) -> datetime:
    """The morning after, at 08:00 of a working day: certificates and invoices of the present."""
    return next_working_moment(datetime.combine(session.day + timedelta(days=1), time(), PARIS))
