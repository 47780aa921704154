"""A day that we call off: everything is given back, by rule, once the act can no longer be undone; another date is taken in one press.

The letter of programmes says at once that the day is called off; ours, when the money follows, says what is given back and which other
days have room. The order that takes another day is a new one, at the same price and on the same terms (docs/adr/0050).
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from accounts.models import User
from bookings import change_emails, links, seats
from bookings.models import Booking, PlaceOffer, Seat
from bookings.openings import closes_at
from bookings.services import cancelling, holding, invoicing, moving_session, owing, settling, told
from bookings.services.moving import move
from bookings.states import LIVING, Ending, State
from core.refusals import Refused
from programmes.models import TrainingSession
from records.services import record

CALLED_OFF = "Journée annulée par l’association\u202f: tout est rendu."
CHOSEN = "autre date choisie"
# How long the same places may be taken at the same price on another day.
TAKEN_AGAIN = timedelta(days=90)
_COPIED = (
    "email", "name", "phone", "takes_fewer", "payer", "body", "payer_name", "payer_siret", "payer_address", "payer_postcode", "payer_city",
    "service_code", "commitment_number", "contract_number", "finance_email", "invoice_by", "by_card", "unit_price", "price_kind",
    "conditions", "search",
)  # fmt: skip


def to_close(*, now: datetime) -> list[Booking]:
    """Orders of a day called off, once that stands, that live, or of which a late cancellation had left something due: for the sweep."""
    left_due = Q(pk__in=Seat.objects.filter(kept__gt=0).values("booking"), state=State.CANCELLED)
    rows = Booking.objects.filter(Q(state__in=LIVING) | left_due, session__cancelled_at__isnull=False, proven_at__isnull=False)
    return [row for row in rows.with_day().order_by("pk") if not moving_session.may_be_undone(row.session, now=now)]


@transaction.atomic
def close(booking: Booking, *, now: datetime) -> None:
    """Close one order of a day called off: its invoices credited whole, what was paid owed back, its letter with other dates."""
    held = cancelling.hold(booking)
    if not held.session.cancelled_at:
        return
    if held.state not in LIVING:
        _forgive(held, now=now)
        return
    count = seats.count(held) if held.state != State.WAITING else _end_offer(held, now=now)
    standing = invoicing.standing(held)
    was_due = held.unit_price * count if held.state == State.FIRM else sum((row.gross - row.credited for row in standing), Decimal(0))
    notes = invoicing.credit_for(held, reason=CALLED_OFF, by=None, now=now, is_told=True)
    owing.owe_back(notes, reason=CALLED_OFF, by=None, now=now)
    Seat.objects.filter(booking=held, released_at=None).update(released_at=now, kept=Decimal(0))
    Seat.objects.filter(booking=held, kept__gt=0).update(kept=Decimal(0))
    seats.give_back(held.session, count)
    move(held, State.CANCELLED, by=None, now=now, words=CALLED_OFF)
    record("commande close, journée annulée", held, by=None, now=now)
    change_emails.post_called_off(held, was_due, notes, moving_session.other_days(held, now=now), now=now)


def _forgive(booking: Booking, *, now: datetime) -> None:
    """Who had cancelled late owes nothing of a day that we call off ourselves: what their conditions left due is given back too."""
    kept = booking.seats.filter(kept__gt=0).aggregate(total=Sum("kept"))["total"]
    if booking.state != State.CANCELLED or not kept:
        return
    notes = invoicing.credit_for(booking, reason=CALLED_OFF, by=None, now=now, is_told=True)
    owing.owe_back(notes, reason=CALLED_OFF, by=None, now=now)
    Seat.objects.filter(booking=booking, kept__gt=0).update(kept=Decimal(0))
    told.note(booking, "ce qui restait dû est rendu", by=None, now=now, words=CALLED_OFF)
    change_emails.post_called_off(booking, kept, notes, [], now=now)


def _end_offer(booking: Booking, *, now: datetime) -> int:
    """Withdraw what is offered of a day that will not be; return its places."""
    offer = booking.offers.filter(ending="").first()
    if offer is None or not PlaceOffer.objects.filter(pk=offer.pk, ending="").update(ending=Ending.WITHDRAWN, ended_at=now):
        return 0
    return offer.places


# --- Another date -------------------------------------------------------------------------------------------------


def may_take_again(booking: Booking, *, now: datetime) -> bool:
    """Closed because we called the day off, not long ago."""
    off, closed = booking.session.cancelled_at, booking.closed_at
    if booking.state != State.CANCELLED or off is None or closed is None:
        return False
    return closed >= off and now < off + TAKEN_AGAIN


def was_taken_again(booking: Booking) -> bool:
    """Another date was chosen once: at that price it is chosen once."""
    return booking.steps.filter(words__startswith=CHOSEN).exists()


def take_again(booking: Booking, target: TrainingSession, *, by: Any, now: datetime) -> Booking:
    """Order the same places on another day, at the same price, for the same people. Pressed twice, it is one order.

    What the clock ended there is given back first, in a transaction of its own, as `moving_session.move` does.
    """
    settling.settle(target, now=now)
    return _take_again(booking, target, by=by, now=now)


@transaction.atomic
def _take_again(booking: Booking, target: TrainingSession, *, by: Any, now: datetime) -> Booking:
    former = cancelling.hold(booking)
    if known := Booking.objects.with_day().filter(session=target, email=former.email, state__in=LIVING).first():
        return known
    _refuse(former, target, by=by, now=now)
    # Those that we gave back in closing it, not those that were cancelled before.
    people = list(former.seats.filter(released_at=former.closed_at).order_by("rank", "pk"))
    if not seats.take(target, len(people)):
        raise Refused("Il ne reste plus assez de places à cette date\u202f: choisissez-en une autre.")
    made = _copied(former, target, len(people), now=now)
    Seat.objects.bulk_create([_again(seat, made, rank) for rank, seat in enumerate(people, start=1)])
    told.note(made, "commandée de nouveau", by=by, now=now, words=f"à la place de {former.reference}, journée annulée")
    told.note(former, CHOSEN, by=by, now=now, words=f"commande {made.reference}, {target.when}")
    holding.begin(made, by=by, now=now)
    return made


def _refuse(booking: Booking, target: TrainingSession, *, by: Any, now: datetime) -> None:
    if not may_take_again(booking, now=now):
        raise Refused("Cette commande ne se reprend pas à une autre date\u202f: faites-en une nouvelle.")
    if target.cancelled_at or not target.is_public(now=now) or now.timestamp() >= closes_at(target).timestamp():
        raise Refused(moving_session.NOT_SOLD)
    if was_taken_again(booking):
        raise Refused("Une autre date a déjà été choisie pour cette commande\u202f: la nouvelle se change sur sa propre page.")
    if not isinstance(by, User) and (why := moving_session.why_not(booking, target, now=now)):
        raise Refused(why)


def _copied(former: Booking, target: TrainingSession, count: int, *, now: datetime) -> Booking:
    said = {name: getattr(former, name) for name in _COPIED}
    made = Booking(session=target, state=State.HELD, asked=count, created_at=now, accepted_at=now, proven_at=now, **said)
    made.price_note = f"prix de la commande {former.reference}, journée annulée"
    made.holds_until = holding.hold_until(made, now=now)
    links.make(made).save()
    return holding.fresh(made)


def _again(seat: Seat, booking: Booking, rank: int) -> Seat:
    said = {name: getattr(seat, name) for name in ("name", "email", "job", "needs", "named_at")}
    return Seat(booking=booking, rank=rank, **said)
