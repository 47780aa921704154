"""Saying who came, once the day has begun: whoever walked in, or a place that nobody had named (the blank lines of the sheet).

For the team only, as long as the day's papers still follow; the name is then on the certificate, and no letter says anything else.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from bookings.asks import Person
from bookings.models import Booking, Seat
from bookings.moments import SWEPT_FOR
from bookings.services import cancelling, naming, told
from bookings.states import State
from core.refusals import Refused

NOT_NOW = "Le nom de qui est venu se donne ici une fois la journée commencée, pour une place ferme."


def may_name_after(booking: Booking, *, now: datetime) -> bool:
    session = booking.session
    if booking.state != State.FIRM or session.cancelled_at is not None:
        return False
    return session.starts.timestamp() <= now.timestamp() < (session.ends + SWEPT_FOR).timestamp()


@transaction.atomic
def name_after(seat: Seat, person: Person, *, by: Any, now: datetime) -> Seat:
    """Write who came at this place; a certificate of another name is replaced by the next sweep."""
    booking = cancelling.hold(seat.booking)
    seat = booking.seats.select_for_update(of=("self",)).get(pk=seat.pk)
    if seat.released_at is not None or not may_name_after(booking, now=now):
        raise Refused(NOT_NOW)
    if not person.name.strip():
        raise Refused("Donnez le nom de la personne qui est venue.")
    naming.write_one(seat, person, needs="", now=now)
    # By its rank: the history is kept longer than the names.
    told.note(booking, "personne venue nommée", by=by, now=now, words=f"place {seat.rank}")
    return seat
