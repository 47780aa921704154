"""The waiting list of a day: who is offered the places that become free, for how long, and what is done of an offer.

Ranks are (moment, row), computed and never stored. Places go to the first whom they are enough for, or who takes fewer; whoever asks for
more keeps their rank and is told why (docs/adr/0048). An offered place counts as taken until the answer.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from bookings import emails, seats
from bookings.models import Booking, PlaceOffer
from bookings.models.booking import BookingQuerySet
from bookings.models.terms import LAST_OFFER, OFFER
from bookings.services import holding
from bookings.services.moving import move, note
from bookings.states import Ending, State
from core.clock import PARIS
from core.prepared import Prepared
from core.refusals import Refused
from programmes.models import TrainingSession
from records.services import record

GONE = "Cette offre n’est plus ouverte\u202f: rechargez la page."


def rank_of(booking: Booking) -> int:
    """Its place in the waiting list, from 1; 0 for whoever does not wait."""
    if booking.state != State.WAITING or booking.proven_at is None:
        return 0
    order = Booking.objects.filter(session=booking.session_id).waiting().values_list("pk", flat=True)
    return next((rank for rank, pk in enumerate(order, start=1) if pk == booking.pk), 0)


def open_offer(booking: Booking, *, now: datetime) -> PlaceOffer | None:
    """The offer that may be answered now; past its end, or of a day called off, it is no more, whatever its row still says."""
    if booking.session.cancelled_at:
        return None
    return booking.offers.filter(ending="", expires_at__gt=now).first()


def why_not(booking: Booking, *, now: datetime) -> str:
    """Why somebody who waits is not served, in words; nothing for whoever has an offer."""
    if rank_of(booking) == 0 or open_offer(booking, now=now):
        return ""
    return why(booking, seats.standing(booking.session, now=now), now=now)


def why(booking: Booking, standing: seats.Standing, *, now: datetime) -> str:
    """Why whoever waits is not served by a day that stands so."""
    left = standing.left
    if left > 0 and (places := seats.count(booking)) > left:
        free = f"{left}\u00a0place{'s' if left > 1 else ''} libre{'s' if left > 1 else ''}"
        return f"{free}, vous en demandez {places}\u00a0: dites que vous en prendriez moins, et une offre vous viendra."
    if not seats.may_offer(booking.session, now=now):
        return "La journée est trop proche\u00a0: plus aucune place n’est proposée."
    return "Toutes les places sont tenues ou proposées."


def ends_at(session: TrainingSession, *, now: datetime) -> datetime:
    """Seventy-two hours, and no later than a day before the day begins."""
    return min(now + OFFER, session.starts - LAST_OFFER, key=datetime.timestamp)


@transaction.atomic
def fill(session: TrainingSession, *, now: datetime) -> list[PlaceOffer]:
    """Offer what is free to those who wait, in their order, with a letter to each. Safe to run twice, or at once."""
    if not seats.queue(session).exists():
        return []
    held = seats.hold(session)
    left = held.seats - held.taken
    if left <= 0 or not seats.may_offer(held, now=now):
        return []
    made = []
    for booking in seats.queue(held).with_day():
        places = _fitting(booking, left)
        if places and (offer := _offer(booking, places, now=now)):
            made.append(offer)
            left -= places
        if left <= 0:
            break
    if made:
        TrainingSession.objects.filter(pk=held.pk).update(taken=F("taken") + sum(offer.places for offer in made))
    return made


def _waits_that_day(now: datetime) -> BookingQuerySet:
    rows = Booking.objects.with_day().filter(state=State.WAITING, proven_at__isnull=False, session__cancelled_at=None)
    return rows.filter(session__day__lte=now.astimezone(PARIS).date()).order_by("pk")


_WAITS_THAT_DAY = Prepared(_waits_that_day, now=datetime)


def too_late(*, now: datetime) -> list[Booking]:
    """Those who still wait for a day that has begun: for the sweep."""
    return [row for row in _WAITS_THAT_DAY(now=now) if row.session.starts.timestamp() <= now.timestamp()]


def close_waiting(booking: Booking, *, now: datetime) -> None:
    """The day begins without them: nobody waits for a day that is over. Nothing is written to them, no offer was to come."""
    move(booking, State.LAPSED, by=None, now=now, words="La journée a commencé, sans place libre.", waits_since=None)


def _fitting(booking: Booking, left: int) -> int:
    """How many places suit this order, of those that are left."""
    asked = seats.count(booking)
    if asked <= left:
        return asked
    return left if booking.takes_fewer else 0


def _offer(booking: Booking, places: int, *, now: datetime) -> PlaceOffer | None:
    """Write the offer, unless the order has just left the list."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).filter(pk=booking.pk, state=State.WAITING)
    if not rows.exists():
        return None
    offer = PlaceOffer.objects.create(booking=booking, places=places, made_at=now, expires_at=ends_at(booking.session, now=now))
    note(booking, by=None, now=now, words=f"{places} place{'s' if places > 1 else ''} proposée{'s' if places > 1 else ''}.")
    emails.post_offer(booking, offer, now=now)
    return offer


@transaction.atomic
def accept(offer: PlaceOffer, *, by: Any, now: datetime) -> Booking:
    """Take the places offered: held, or firm at once when the order number is known. Of a partial offer, the other places are dropped."""
    booking = holding.fresh(offer.booking)
    if booking.session.cancelled_at:
        raise Refused(GONE)
    if not PlaceOffer.objects.filter(pk=offer.pk, ending="", expires_at__gt=now).update(ending=Ending.ACCEPTED, ended_at=now):
        if PlaceOffer.objects.filter(pk=offer.pk, ending=Ending.ACCEPTED).exists():
            return booking
        raise Refused(GONE)
    changes = _drop_beyond(booking, offer.places, now=now)
    until = holding.hold_until(booking, now=now)
    move(
        booking,
        State.HELD,
        by=by,
        now=now,
        words="Offre acceptée.",
        changes=changes,
        holds_until=until,
        waits_since=None,
        asked=offer.places,
    )
    record("offre de places acceptée", booking, by=by, now=now)
    holding.begin(booking, by=by, now=now)
    return booking


def _drop_beyond(booking: Booking, places: int, *, now: datetime) -> dict[str, list[Any]]:
    """Drop the places beyond those offered, unnamed ones first; they were never counted."""
    living = sorted(seats.of(booking), key=lambda seat: (not seat.name, seat.rank))
    beyond = living[places:]
    if not beyond:
        return {}
    booking.seats.filter(pk__in=[seat.pk for seat in beyond]).update(released_at=now)
    names = ", ".join(seat.name for seat in beyond if seat.name)
    return {"places": [len(living), places]} | ({"sans place": [names, ""]} if names else {})


def left_out(booking: Booking, places: int) -> list[str]:
    """Who is named and would have no place, were a partial offer taken: said before it is."""
    living = sorted(seats.of(booking), key=lambda seat: (not seat.name, seat.rank))
    return [seat.name for seat in living[places:] if seat.name]


@transaction.atomic
def decline(offer: PlaceOffer, *, by: Any, now: datetime) -> Booking:
    """Say no: to fewer places than asked, one goes on waiting for all of them; to all of them, one leaves the list. The next is served."""
    booking = holding.fresh(offer.booking)
    if not PlaceOffer.objects.filter(pk=offer.pk, ending="").update(ending=Ending.DECLINED, ended_at=now):
        if PlaceOffer.objects.filter(pk=offer.pk, ending=Ending.DECLINED).exists():
            return booking
        raise Refused(GONE)
    if offer.places < seats.count(booking):
        Booking.objects.filter(pk=booking.pk).update(takes_fewer=False)
        booking.takes_fewer = False
        note(booking, by=by, now=now, words="Offre partielle déclinée : attend toutes ses places.")
    else:
        move(booking, State.CANCELLED, by=by, now=now, words="Offre déclinée.")
        emails.post_withdrawn(booking, now=now)
    record("offre de places déclinée", booking, by=by, now=now)
    seats.give_back(booking.session, offer.places)
    fill(booking.session, now=now)
    return booking


@transaction.atomic
def take_fewer(booking: Booking, takes_fewer: bool, *, by: Any, now: datetime) -> None:
    """Change one's mind about a partial offer; it may be made at once. The day is held first, as `fill` does."""
    seats.hold(booking.session)
    rows = Booking.objects.filter(pk=booking.pk, state=State.WAITING, proven_at__isnull=False)
    if not rows.exclude(takes_fewer=takes_fewer).update(takes_fewer=takes_fewer):
        return
    booking.takes_fewer = takes_fewer
    note(booking, by=by, now=now, words="Accepte une offre partielle." if takes_fewer else "N’accepte plus d’offre partielle.")
    fill(booking.session, now=now)
