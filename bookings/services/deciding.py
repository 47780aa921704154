"""The absent, and who was there for a part of the day only: a person says whether the place is due all the same (C4, S9)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from bookings.halves import halves
from bookings.models import Seat
from bookings.services import cancelling, invoicing, owing, told
from bookings.states import CHARGED, State
from core.refusals import Refused


@transaction.atomic
def decide(seat: Seat, charged: bool, *, reason: str, by: Any, now: datetime) -> Seat:
    """Say whether an absence is invoiced all the same. Already invoiced, and not due: credited in the same act, and given back."""
    booking = cancelling.hold(seat.booking)
    seat = booking.seats.get(pk=seat.pk)
    if booking.state != State.FIRM or seat.released_at is not None:
        raise Refused("Cette place n’est plus de la journée\u202f: il n’y a rien à décider.")
    if booking.session.cancelled_at or booking.session.ends.timestamp() > now.timestamp():
        raise Refused("Cela se décide une fois la journée finie.")
    if is_there_all_day(seat):
        raise Refused("Cette personne a été présente toute la journée\u202f: sa place est facturée.")
    if not reason.strip():
        raise Refused("Dites pourquoi\u202f: l’employeur peut le demander.")
    if seat.charged is not charged:
        _write(seat, charged, reason.strip(), by=by, now=now)
    return seat


def _write(seat: Seat, charged: bool, reason: str, *, by: Any, now: datetime) -> None:
    before, booking = seat.charged, seat.booking
    Seat.objects.filter(pk=seat.pk).update(charged=charged, charged_by=str(by)[:200])
    seat.charged = charged
    changes = {f"place {seat.rank}, absence": [CHARGED[before], CHARGED[charged]]}
    told.note(booking, "absence décidée", by=by, now=now, words=f"place {seat.rank}, {CHARGED[charged]}. {reason}", changes=changes)
    if not charged:
        words = f"Place {seat.rank} : absence non facturée. {reason}"[:300]
        notes = invoicing.credit_for(booking, seats=[seat], reason=words, by=by, now=now)
        owing.owe_back(notes, reason=words, by=by, now=now)


def is_there_all_day(seat: Seat) -> bool:
    there = set(seat.attendance.filter(present=True).values_list("half", flat=True))
    return there == {each.half for each in halves(seat.booking.session)}
