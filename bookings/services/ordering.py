"""Ordering places, and proving the address (domain.md C1 to C3, G0, G7). The places move last, so that a crowd waits for nobody long.

An order of an address that is not proven holds its places thirty minutes; proven, fifteen days (`services.holding`). The same address asked
again is the same order: its link is mailed again, and nothing is said on screen.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from types import EllipsisType
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import normalise
from bookings import emails, links, openings, prices, seats
from bookings.asks import Ask, refuse_odd
from bookings.models import Booking, SaleConditions, Seat
from bookings.models.terms import UNPROVEN_HOLD
from bookings.openings import Phase
from bookings.services import holding, offering, settling
from bookings.services.moving import Overtaken, move, note
from bookings.states import LIVING, State
from core.clock import PARIS
from core.refusals import Refused
from memberships.belonging import Belongs, member_of
from memberships.models import BookingLink
from programmes.models import TrainingSession
from records.services import record

_TYPED = ("name", "typed_places", "chose_left", "payer", "payer_name", "commitment_number")
_MOVED = ["state", "proven_at", "holds_until", "waits_since", "closed_at", "firm_at", "firm_by", "firm_day"]
NOT_SOLD = "Cette journée ne se réserve pas en ligne\u202f: écrivez-nous."
CLOSED = "La réservation est close\u202f: la journée commence."
DOUBLE_CLICK = timedelta(minutes=1)
ORDERED, ENTERED = "commande de places", "commande saisie par l’équipe"


class TooEarly(Refused):
    """Reserved to members for now, or not open yet: said by letter to an address that is not proven."""


class _NoSeat(Exception):  # noqa: N818 - caught a few lines below: the places went to a faster hand
    pass


def order(
    session: TrainingSession,
    ask: Ask,
    *,
    conditions: SaleConditions,
    now: datetime,
    proven: Collection[str] = (),
    link: BookingLink | None = None,
    entered_by: Any = None,
    standing: seats.Standing | None = None,
    is_of: Belongs | None | EllipsisType = ...,
) -> Booking:
    """Order places: held, or on the waiting list when there are not enough, or when somebody waits.

    `proven`: the addresses of whoever is signed in; one of them needs no letter. `entered_by`: staff, for somebody who wrote or called.
    `standing`: how the day stands, `is_of`: of which member they are, when whoever calls has just read it.
    An address that has a living order for this day is returned that order, with its link mailed again.
    """
    opening = openings.of(session, now=now)
    belongs = _of({normalise(ask.email), *proven}, link, session, opening, now=now) if isinstance(is_of, EllipsisType) else is_of
    _refuse_closed(opening, belongs, session, is_staff=entered_by is not None, now=now)
    refuse_odd(ask, session)
    standing = standing or seats.standing(session, now=now)
    if standing.is_due:
        settling.settle(session, now=now)
        standing = seats.standing(session, now=now)
    row = ask.row(session)
    row.typed_places, row.chose_left = ask.places, ask.takes_left
    price = prices.price_for(session, belongs)
    row.unit_price, row.price_kind, row.price_note = price.unit, price.kind, price.note
    row.conditions, row.accepted_at, row.created_at, row.entered_by = conditions, now, now, str(entered_by or "")[:200]
    if entered_by is not None or row.email in {normalise(each) for each in proven}:
        row.proven_at = now
    return _put(row, ask, standing, by=entered_by, now=now)


def _of(
    addresses: Collection[str], link: BookingLink | None, session: TrainingSession, opening: openings.Opening, *, now: datetime
) -> Belongs | None:
    """Of which member they are, when it changes something."""
    return member_of(addresses, now.astimezone(PARIS).date(), link=link) if openings.gates_matter(session, opening) else None


def _refuse_closed(opening: openings.Opening, belongs: Belongs | None, session: TrainingSession, *, is_staff: bool, now: datetime) -> None:
    if opening.phase == Phase.NOT_SOLD:
        raise Refused(NOT_SOLD)
    if opening.phase == Phase.CLOSED:
        raise Refused(CLOSED)
    if is_staff or opening.phase == Phase.OPEN:
        return
    if opening.phase == Phase.SOON or belongs is None:
        raise TooEarly(opening.in_words)


def _put(row: Booking, ask: Ask, standing: seats.Standing, *, by: Any, now: datetime) -> Booking:
    """Write it with its places, or, when a faster hand took them, on the waiting list; asked twice at once, it is one order."""
    try:
        if places := _may_have(ask, standing):
            try:
                return _write(row, ask.for_places(places), State.HELD, by=by, now=now)
            except _NoSeat:
                pass
        return _write(row, ask, State.WAITING, by=by, now=now)
    except IntegrityError:
        known = Booking.objects.with_day().living().filter(session=row.session_id, email=row.email).first()
        if known is None:
            raise
        return _again(known, row, ask, by=by, now=now)


def _may_have(ask: Ask, standing: seats.Standing) -> int:
    """How many places it may have now: all, or what is left when that was chosen."""
    if standing.waits or standing.left <= 0:
        return 0
    return ask.places if standing.left >= ask.places else standing.left if ask.takes_left else 0


@transaction.atomic
def _write(row: Booking, ask: Ask, state: State, *, by: Any, now: datetime) -> Booking:
    """Insert the order, its places and its letter; take the places last, and roll everything back when they are gone.

    An order that is invoiced at once takes them first: the counter of invoices comes after the day (`bookings.seats`).
    """
    row.pk, row.asked, row.state = None, ask.places, state
    row.holds_until = row.waits_since = row.closed_at = row.firm_at = row.firm_day = None
    row.firm_by = ""
    if state == State.WAITING:
        row.waits_since = now
    else:
        unproven = min(now + UNPROVEN_HOLD, openings.closes_at(row.session), key=datetime.timestamp)
        row.holds_until = holding.hold_until(row, now=now) if row.proven_at else unproven
    links.make(row).save(force_insert=True)
    places = ask.seats()
    for seat in places:
        seat.booking, seat.named_at = row, now if seat.name else None
    Seat.objects.bulk_create(places)
    row.just_made, row.all_named = True, all(seat.name for seat in places)
    if row.proven_at is None:
        emails.post_to_prove(row, now=now)
    is_invoiced = row.proven_at is not None and holding.pays_before(row)
    if state == State.HELD and is_invoiced:
        _take(row, ask.places)
    if row.proven_at:
        _begin(row, by=by, now=now)
    if state == State.HELD and not is_invoiced:
        _take(row, ask.places)
    return row


def _take(row: Booking, places: int) -> None:
    if not seats.take(row.session, places):
        raise _NoSeat


def _begin(row: Booking, *, by: Any, now: datetime) -> None:
    """What follows the proof of an order that was just written, or just proven."""
    verb = ENTERED if row.entered_by else ORDERED
    author = by or holding.buyer(row)
    note(row, by=author, now=now, to_state=row.state, words=verb.capitalize() + ".")
    if row.state == State.WAITING or holding.firm_at_once(row) is None:
        record(verb, row, by=author, now=now, note=f"{row.asked} places. {row.price_note}".strip())
    if row.state == State.HELD:
        holding.begin(row, by=author, now=now)
    else:
        _wait(row, now=now)


def _wait(row: Booking, *, now: datetime) -> None:
    """Say the rank, unless an offer is made at once: places may be free for fewer than those before ask for.

    A day without a place is not held: a crowd that waits takes no lock. A place given back at this very moment is offered by the sweep.
    """
    standing = seats.standing(row.session, now=now)
    if standing.left > 0 and (made := offering.fill(row.session, now=now)):
        if any(offer.booking_id == row.pk for offer in made):
            return
        standing = seats.standing(row.session, now=now)
    emails.post_waiting(row, rank=offering.rank_of(row), why=offering.why(row, standing, now=now), now=now)


def _again(known: Booking, row: Booking, ask: Ask, *, by: Any, now: datetime) -> Booking:
    """The order that this address has already. Not proven yet, it gives way to the new one, within the hold of the first time."""
    if _is_double_click(known, row, now=now):
        return known
    if known.proven_at and row.entered_by:
        raise Refused(f"Cette adresse a déjà une commande pour cette journée, {known.reference}\u202f: rien n’est ajouté. Ouvrez-la.")
    if known.proven_at:
        emails.post_link(known, now=now)
        return known
    until = known.holds_until
    forget(known, now=now)
    standing = seats.standing(row.session, now=now)
    row = _put(row, ask, standing, by=by, now=now)
    if row.proven_at is None and row.state == State.HELD and until and until < (row.holds_until or until):
        Booking.objects.filter(pk=row.pk, proven_at=None).update(holds_until=until)
        row.holds_until = until
    return row


def _is_double_click(known: Booking, row: Booking, *, now: datetime) -> bool:
    """The very same order, a moment ago: its letter is on its way."""
    return all(getattr(known, name) == getattr(row, name) for name in _TYPED) and now - known.created_at < DOUBLE_CLICK


@transaction.atomic
def forget(booking: Booking, *, now: datetime) -> bool:
    """Remove an order that nobody proved, with its places; False when somebody has just proven it."""
    rows = Booking.objects.filter(pk=booking.pk, proven_at=None)
    held, places = rows.filter(state=State.HELD).exists(), seats.count(booking)
    if not rows.update(state=State.CANCELLED, closed_at=now):
        return False
    if held:
        seats.give_back(booking.session, places)
    emails.forget(booking, now=now)
    booking.seats.all().delete()
    rows.delete()
    return True


# --- The proof ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def prove(booking: Booking, *, now: datetime) -> Booking:
    """The address is theirs: the places held are held for long; held no more, they are taken again if nobody waits. Twice is once.

    `booking` as its link has just opened it: what moved since is refused by the update itself.
    """
    if booking.proven_at:
        return booking
    if openings.of(booking.session, now=now).phase == Phase.CLOSED or booking.session.cancelled_at:
        raise Refused(CLOSED)
    _price_again(booking, now=now)
    if booking.state == State.HELD and _prove_held(booking, now=now):
        return booking
    settling.settle(booking.session, now=now)
    booking = holding.fresh(booking)
    if booking.proven_at is None:
        _prove_late(booking, now=now)
    return booking


def _prove_held(booking: Booking, *, now: datetime) -> bool:
    """Prove an order whose thirty minutes run; False when the clock was faster."""
    until = holding.hold_until(booking, now=now)
    rows = Booking.objects.filter(pk=booking.pk, state=State.HELD, proven_at=None, holds_until__gt=now)
    if not rows.update(proven_at=now, holds_until=until):
        return False
    booking.proven_at, booking.holds_until = now, until
    _begin(booking, by=None, now=now)
    return True


def _prove_late(booking: Booking, *, now: datetime) -> None:
    """Prove one whose places went back, or that never had any: places that are free now, or the waiting list."""
    _refuse_second(booking)
    places = seats.count(booking)
    if seats.standing(booking.session, now=now).has(places):
        try:
            with transaction.atomic():
                _hold_late(booking, places, now=now)
        except _NoSeat:
            booking.refresh_from_db(fields=_MOVED)
        else:
            return
    _wait_late(booking, now=now)


def _hold_late(booking: Booking, places: int, *, now: datetime) -> None:
    """As `_write`: the order and its letter, then the places, which roll it all back when they are gone; before the counter of invoices."""
    author, until, is_invoiced = holding.buyer(booking), holding.hold_until(booking, now=now), holding.pays_before(booking)
    move(booking, State.HELD, by=author, now=now, words=f"{ORDERED.capitalize()}.", proven_at=now, holds_until=until, waits_since=None)
    record(ORDERED, booking, by=author, now=now)
    if is_invoiced:
        _take(booking, places)
    holding.begin(booking, by=author, now=now)
    if not is_invoiced:
        _take(booking, places)


def _wait_late(booking: Booking, *, now: datetime) -> None:
    author = holding.buyer(booking)
    said: dict[str, Any] = {"proven_at": now, "waits_since": now, "holds_until": None}
    if booking.state == State.WAITING:
        if not Booking.objects.filter(pk=booking.pk, state=State.WAITING, proven_at=None).update(**said):
            raise Overtaken
        note(booking, by=author, now=now, to_state=State.WAITING, words="Demande de places, liste d’attente.")
    else:
        move(booking, State.WAITING, by=author, now=now, words="Demande de places, liste d’attente.", **said)
    for name, value in said.items():
        setattr(booking, name, value)
    record("liste d’attente", booking, by=author, now=now)
    _wait(booking, now=now)


def _refuse_second(booking: Booking) -> None:
    others = Booking.objects.filter(session=booking.session_id, email=booking.email, state__in=LIVING).exclude(pk=booking.pk)
    if others.exists():
        raise Refused("Vous avez depuis une autre commande pour cette journée\u202f: c’est elle qui compte.")


def _price_again(booking: Booking, *, now: datetime) -> None:
    """A contact may have answered for them meanwhile: the lower price counts. The price that was told is never raised."""
    if prices.member_price(booking.session) is None:
        return
    belongs = member_of([booking.email], now.astimezone(PARIS).date())
    price = prices.price_for(booking.session, belongs)
    if price.unit < booking.unit_price:
        booking.unit_price, booking.price_kind, booking.price_note = price.unit, price.kind, price.note
        booking.save(update_fields=["unit_price", "price_kind", "price_note"])
