"""Replacing somebody until two days before: the place stays, the person changes, the needs of the former are erased (domain.md C4)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User, normalise
from bookings import change_emails
from bookings.asks import Person
from bookings.models import Booking, Seat
from bookings.models.terms import REPLACED_UNTIL
from bookings.services import cancelling, naming, told
from bookings.states import SEATED
from core.clock import PARIS
from core.refusals import Refused
from core.typography import moment_in_words
from programmes.models import TrainingSession

SAME = "C’est déjà cette personne qui vient."


def replaced_until(session: TrainingSession) -> datetime:
    """The last moment, not included: at the hour the day begins, two days before by the calendar, whatever the clocks did between."""
    return datetime.combine(session.day - REPLACED_UNTIL, session.starts_at, PARIS)


def may_replace(booking: Booking, *, by: Any, now: datetime) -> bool:
    """By its link until two days before; the team until the day begins. Nobody before the address is proven (G7)."""
    if booking.proven_at is None:
        return False
    until = booking.session.starts if isinstance(by, User) else replaced_until(booking.session)
    return booking.counts_at(now) and booking.session.cancelled_at is None and now.timestamp() < until.timestamp()


@transaction.atomic
def replace(seat: Seat, person: Person, *, by: Any, now: datetime) -> Seat:
    """Give a named place to somebody else; each is told, what the former needed is erased."""
    booking = cancelling.hold(seat.booking)
    seat = booking.seats.select_for_update(of=("self",)).get(pk=seat.pk)
    _refuse(booking, seat, person, by=by, now=now)
    former = Person(seat.name, seat.email)
    naming.write_one(seat, person, needs=person.needs.strip(), now=now)
    # The names are in the place alone: the history is kept longer than they are.
    told.note(booking, "participant remplacé", by=by, now=now, words=f"place {seat.rank}")
    change_emails.post_replaced(seat, former, now=now)
    return seat


def _refuse(booking: Booking, seat: Seat, person: Person, *, by: Any, now: datetime) -> None:
    if booking.state not in SEATED or seat.released_at is not None:
        raise Refused("Cette place n’est plus à vous\u202f: rechargez la page.")
    if booking.proven_at is None:
        raise Refused(cancelling.UNPROVEN)
    if not may_replace(booking, by=by, now=now):
        until = moment_in_words(replaced_until(booking.session), zone=False)
        raise Refused(f"Un participant se remplace jusqu’au {until}\u202f: écrivez-nous, nous verrons avec le formateur.")
    if not person.name.strip():
        raise Refused("Donnez le nom de la personne qui vient.")
    if (seat.name, seat.email) == (person.name.strip(), normalise(person.email)):
        raise Refused(SAME)
