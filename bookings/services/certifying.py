"""Certifying: for a presence that was recorded, and for nothing else; hours by half-day really attended (domain.md C4).

What is attested is frozen. A presence or a name corrected after makes another certificate, which replaces the first.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from bookings import certificates
from bookings.halves import attended
from bookings.models import Booking, Certificate, Seat
from bookings.papers import employer_of
from bookings.states import State
from core.refusals import Refused
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

NOT_OVER = "La journée n’est pas terminée : les certificats s’établissent après."
GIVEN_BACK = "Cette place a été rendue : elle n’a pas de certificat."
NOT_FIRM = "La commande n’est pas ferme : ses places n’ont pas de certificat."
NO_NAME = "La personne de cette place n’est pas nommée : donnez son nom avant d’établir le certificat."


@transaction.atomic
def certify(seat: Seat, *, by: "User | None", now: datetime) -> Certificate:
    """Attest the recorded presence of a person; asked again, the same certificate, or the one that replaces it.

    Refused in words for who was absent, or of whom nobody recorded anything.
    """
    seat = Seat.objects.select_for_update(of=("self",), no_key=True).get(pk=seat.pk)
    hours = _hours(seat, now=now)
    facts = _facts(seat.booking, seat, hours)
    last = Certificate.objects.standing().filter(seat=seat).order_by("pk").last()
    if last and all(getattr(last, name) == value for name, value in facts.items()):
        return last
    made = Certificate(seat=seat, number=certificates.new_number(), issued_at=now, by_name=str(by)[:200] if by else "Portail", **facts)
    made.replaces = last
    made.save()
    verb = "certificat de réalisation remplacé" if last else "certificat de réalisation établi"
    record(verb, seat.booking, by=by, now=now, note=f"place {seat.rank}, {hours} h")
    return made


def to_certify(bookings: "QuerySet[Booking]") -> list[Seat]:
    """Return the places of these orders whose recorded presence no certificate attests, or another than the one it does."""
    seats = Seat.objects.filter(booking__in=bookings, booking__state=State.FIRM, released_at=None, attendance__present=True)
    rows = seats.exclude(name="").select_related("booking__session__venue", "booking__session__terms")
    rows = rows.prefetch_related("attendance", "certificates").order_by("booking_id", "rank", "pk").distinct()
    return [seat for seat in rows if not _is_attested(seat, seat.certificates.all())]


def _is_attested(seat: Seat, rows: Iterable[Certificate]) -> bool:
    """The last one says what is recorded today: hours and name; the rest was as printed."""
    last = max(rows, key=lambda row: row.pk, default=None)
    return last is not None and (last.hours, last.name) == (_attended(seat), seat.name)


def _hours(seat: Seat, *, now: datetime) -> Decimal:
    """Return the hours to attest; refuse in words where there is nothing to."""
    if seat.booking.session.ends > now:
        raise Refused(NOT_OVER)
    if seat.released_at is not None:
        raise Refused(GIVEN_BACK)
    if seat.booking.state != State.FIRM:
        raise Refused(NOT_FIRM)
    if not seat.name:
        raise Refused(NO_NAME)
    if hours := _attended(seat):
        return hours
    if seat.attendance.exists():
        raise Refused(f"{seat.name} est notée « absent » ce jour-là : aucun certificat ne peut être établi.")
    raise Refused(f"Aucune présence n’est notée pour {seat.name} : notez-la d’abord, d’après la feuille d’émargement.")


def _attended(seat: Seat) -> Decimal:
    return attended(seat.booking.session, [row.half for row in seat.attendance.all() if row.present])


def _facts(booking: Booking, seat: Seat, hours: Decimal) -> dict[str, object]:
    session = booking.session
    terms = getattr(session, "terms", None)
    return {
        "name": seat.name,
        "employer": employer_of(booking)[:200],
        "title": session.title,
        "day": session.day,
        "place": session.venue.label[:250] if session.venue else "",
        "hours": hours,
        "objectives": terms.objectives if terms else "",
    }
