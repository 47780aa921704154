"""What follows from a day moved or called off, once that can no longer be undone: for the sweep, one order at a time."""

import logging
from datetime import datetime

from bookings.services import calling_off, moving_session
from core.refusals import Refused

log = logging.getLogger(__name__)


def follow_due(*, now: datetime) -> None:
    """Close the orders of days called off, replace the invoices of days moved. One that fails does not stop the others."""
    for booking in calling_off.to_close(now=now):
        try:
            calling_off.close(booking, now=now)
        except Refused as refused:
            log.warning("order %s not closed: %s", booking.pk, refused)
    for booking in list(moving_session.of_another_day()):
        moving_session.follow_moved_day(booking, now=now)
