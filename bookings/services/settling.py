"""Doing what the clock did, and giving places back to whoever waits for them (domain.md C2, G7; reliability.md section 2)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from billing.models import Invoice
from bookings import emails, seats
from bookings.models import Booking, PlaceOffer, Seat
from bookings.services import holding, invoicing, offering, owing
from bookings.services.moving import Overtaken, move
from bookings.states import Ending, State
from core import hints
from core.refusals import Refused
from programmes.models import TrainingSession
from records.services import record

ENDED_BY_CLOCK = "Fin de la tenue des places, sans commande ferme."
GIVEN_UP = "Places rendues par la personne qui les avait commandées."

WITHDRAWN = "Commande retirée avant d’être ferme"


@transaction.atomic
def settle(session: TrainingSession, *, now: datetime) -> None:
    """Close the holds and the offers that the clock ended, give their places back, offer them. Nothing ended: nothing is locked."""
    if not seats.standing(session, now=now).is_due:
        return
    lapsed = Booking.objects.with_day().filter(session=session.pk).lapsed(now=now).order_by("pk")
    ended = PlaceOffer.objects.filter(booking__session=session.pk, ending="", expires_at__lte=now)
    freed = sum(_lapse(booking, now=now) for booking in lapsed)
    freed += sum(_expire(offer, now=now) for offer in ended.select_related("booking").order_by("pk"))
    give_back(session, freed, now=now)


def _lapse(booking: Booking, *, now: datetime) -> int:
    """Close one hold; return the places it gives back, none when a faster hand took it. An address never proven leaves no trace."""
    still = Q(holds_until__lte=now)
    if booking.proven_at is None:
        rows = Booking.objects.filter(still, pk=booking.pk, state=State.HELD, proven_at=None)
        return seats.count(booking) if rows.update(state=State.LAPSED, closed_at=now) else 0
    try:
        move(booking, State.LAPSED, by=None, now=now, words=ENDED_BY_CLOCK, if_still=still)
    except Overtaken:
        return 0
    record("tenue des places expirée", booking, by=None, now=now)
    emails.post_lapsed(booking, now=now)
    hints.nudge(holding.TASK)  # what it was invoiced is credited apart: whoever orders at this moment waits for no counter
    return seats.count(booking)


def _expire(offer: PlaceOffer, *, now: datetime) -> int:
    rows = PlaceOffer.objects.filter(pk=offer.pk, ending="", expires_at__lte=now)
    if not rows.update(ending=Ending.EXPIRED, ended_at=now):
        return 0
    booking = holding.fresh(offer.booking)
    move(booking, State.LAPSED, by=None, now=now, words="Offre de places restée sans réponse.")
    emails.post_offer_expired(booking, offer, now=now)
    return offer.places


def give_back(session: TrainingSession, places: int, *, now: datetime) -> None:
    """Give places back and offer them to those who wait."""
    seats.give_back(session, places)
    offering.fill(session, now=now)


@transaction.atomic
def release_seats(booking: Booking, released: Iterable[Seat], *, now: datetime) -> int:
    """Give places of a living order back, and offer them; return how many. It decides nothing of money: that is the caller's."""
    keys = [seat.pk for seat in released]
    freed = Seat.objects.filter(pk__in=keys, booking=booking.pk, released_at=None).update(released_at=now)
    if Booking.objects.filter(pk=booking.pk, state__in=[State.HELD, State.FIRM]).exists():
        give_back(booking.session, freed, now=now)
    return freed


@transaction.atomic
def withdraw(booking: Booking, *, by: Any, now: datetime, words: str = GIVEN_UP) -> Booking:
    """Give up an order that is not firm: nothing is owed, what was invoiced is credited, the places go to who waits. Twice is once."""
    holding.hold_invoices(booking)
    booking = holding.fresh(booking)
    if booking.state == State.CANCELLED:
        return booking
    if booking.state not in (State.HELD, State.WAITING) or booking.proven_at is None:
        raise Refused("Cette commande n’est plus en attente\u202f: rechargez la page.")
    held = booking.state == State.HELD
    move(booking, State.CANCELLED, by=by, now=now, words=words)
    freed = seats.count(booking) if held else _withdraw_offer(booking, now=now)
    record("commande retirée", booking, by=by, now=now, note=words)
    notes: list[Invoice] = []
    if held and holding.pays_before(booking):
        notes = invoicing.credit_for(booking, reason=WITHDRAWN, by=None, now=now, is_told=True)
        owing.owe_back(notes, reason=WITHDRAWN, by=None, now=now)
    emails.post_withdrawn(booking, notes, now=now)
    if freed:  # else nothing to offer, and the day is not waited for while an order is held (`bookings.seats`)
        give_back(booking.session, freed, now=now)
    return booking


def _withdraw_offer(booking: Booking, *, now: datetime) -> int:
    offer = booking.offers.filter(ending="").first()
    if offer is None or not PlaceOffer.objects.filter(pk=offer.pk, ending="").update(ending=Ending.WITHDRAWN, ended_at=now):
        return 0
    return offer.places
