"""Saying who comes: names may come late, until their day; what was given may be corrected until then (issue 7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import normalise
from bookings import openings, seats
from bookings.asks import Person, said_twice
from bookings.models import Booking, Seat
from bookings.services import holding
from bookings.services.moving import note
from bookings.states import LIVING
from core.clock import PARIS
from core.refusals import Refused, sentences
from core.typography import day_in_words
from records.services import record

CLOSED = "Cette commande est close\u202f: les noms ne changent plus."
FIELDS = ("name", "email", "job", "needs")


def may_name(booking: Booking, seat: Seat, *, now: datetime) -> bool:
    """A place without name is named until the day begins; what was said is corrected here until the day of the names."""
    if booking.state not in LIVING or booking.proven_at is None or now.timestamp() >= booking.session.starts.timestamp():
        return False
    terms = openings.terms_of(booking.session)
    return not seat.name or (terms is not None and now.astimezone(PARIS).date() <= terms.names_due_on)


@transaction.atomic
def name_seats(booking: Booking, people: Mapping[int, Person], *, by: Any, now: datetime) -> int:
    """Say who comes, by place (its key); return how many places changed. Nobody comes twice."""
    # Two tabs, one after the other: the second reads what the first wrote.
    Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)
    booking = holding.fresh(booking)
    living = seats.of(booking)
    changed = [seat for seat in living if seat.pk in people and _differs(seat, people[seat.pk])]
    if not changed:
        return 0
    for seat in changed:
        if not may_name(booking, seat, now=now):
            raise Refused(_too_late(booking))
    after = [people.get(seat.pk) or Person(seat.name, seat.email) for seat in living]
    if twice := said_twice(who for who in after if who.name or who.email):
        raise Refused(f"{twice} est dans la liste deux fois\u202f: une place par personne.")
    try:
        with transaction.atomic():
            _write(changed, people, now=now)
    except IntegrityError:
        raise Refused("Une de ces personnes est dans la liste deux fois\u202f: une place par personne.") from None
    ranks = ", ".join(str(seat.rank) for seat in changed)
    note(booking, by=by, now=now, words=f"Noms donnés : place{'s' if len(changed) > 1 else ''} {ranks}.")
    record("noms des participants", booking, by=by, now=now, note=f"Places {ranks}.")
    return len(changed)


def _differs(seat: Seat, who: Person) -> bool:
    return any(getattr(seat, name) != getattr(who, name) for name in FIELDS)


def _write(changed: list[Seat], people: Mapping[int, Person], *, now: datetime) -> None:
    """Addresses first taken off, so that two may be exchanged between two places."""
    Seat.objects.filter(pk__in=[seat.pk for seat in changed]).update(email="")
    for seat in changed:
        who = people[seat.pk]
        seat.name, seat.email, seat.job, seat.needs = who.name, normalise(who.email), who.job, who.needs
        seat.named_at = (seat.named_at or now) if who.name else None
        seat.save(update_fields=[*FIELDS, "named_at"])


def write_one(seat: Seat, person: Person, *, needs: str, now: datetime) -> None:
    """Write who comes at one place, or came; what the row itself refuses is said in words."""
    seat.name, seat.email, seat.job, seat.needs = person.name.strip(), normalise(person.email), person.job.strip(), needs
    seat.named_at = now
    try:
        seat.full_clean()
    except ValidationError as refused:
        raise Refused(" ".join(sentences(refused))) from None
    seat.save()


def _too_late(booking: Booking) -> str:
    terms = openings.terms_of(booking.session)
    if booking.state not in LIVING or terms is None:
        return CLOSED
    return f"Les noms se corrigeaient ici jusqu’au {day_in_words(terms.names_due_on)}\u202f: remplacez la personne, ou écrivez-nous."
