"""Places of a day: one stored count, moved by a conditional update, so that a crowd never oversells (reliability.md section 2).

`TrainingSession.taken` counts the seats not given back of orders HELD or FIRM, and the places of open offers: `recount` is that sum.
Whoever finds no place takes no lock. Lock order, everywhere: invoices, then orders and offers, then the row of the day, and counters of
invoices last; only `services.offering.fill` holds the day first, and it waits for no order that an act with places to give back holds.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from bookings.models import Booking, PlaceOffer, Seat
from bookings.models.booking import BookingQuerySet
from bookings.models.terms import LAST_OFFER
from bookings.states import SEATED, State
from core.prepared import Prepared
from programmes.models import TrainingSession


def take(session: TrainingSession, places: int) -> bool:
    """Take places, all or none; whoever loses takes no lock."""
    room = TrainingSession.objects.filter(pk=session.pk, cancelled_at=None, taken__lte=F("seats") - places)
    return bool(room.update(taken=F("taken") + places))


def give_back(session: TrainingSession, places: int) -> None:
    if places:
        TrainingSession.objects.filter(pk=session.pk).update(taken=F("taken") - places)


def hold(session: TrainingSession) -> TrainingSession:
    """Hold the row of a day while its places move among those who wait."""
    rows = TrainingSession.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("programme", "venue").get(pk=session.pk)


def of(booking: Booking) -> list[Seat]:
    """The seats of an order that were not given back, in order; those read with the order (`prefetch`) are not read again."""
    if "seats" in getattr(booking, "_prefetched_objects_cache", {}):
        return [seat for seat in booking.seats.all() if seat.released_at is None]
    return list(booking.seats.filter(released_at=None).order_by("rank", "pk"))


def count(booking: Booking) -> int:
    return booking.seats.filter(released_at=None).count()


def queue(session: TrainingSession) -> BookingQuerySet:
    """Those who wait and to whom nothing is offered now, in their order."""
    offered = PlaceOffer.objects.filter(booking=OuterRef("pk"), ending="")
    return Booking.objects.filter(~Exists(offered), session=session.pk).waiting()


def recount(session: TrainingSession) -> int:
    """What `taken` should be, from the rows."""
    seated = Seat.objects.filter(booking__session=session.pk, booking__state__in=SEATED, released_at=None).count()
    offers = PlaceOffer.objects.filter(booking__session=session.pk, ending="")
    return seated + (offers.aggregate(total=Sum("places"))["total"] or 0)


@dataclass(frozen=True)
class Standing:
    """How a day stands at a moment: places nobody has, whether somebody waits for them, whether the clock gave some back.

    `left` counts what the clock gave back, whatever the rows still say: whoever takes such places settles the day first (`is_due`).
    """

    seats: int
    left: int
    waits: bool
    is_due: bool

    def has(self, places: int) -> bool:
        """True when a newcomer may have so many places at once: those who wait come first."""
        return not self.waits and self.left >= places


def columns(now: datetime) -> dict[str, Any]:
    """What the row of a day does not say of its places, read with it: given back by the clock, and waited for."""
    lapsed = Seat.objects.filter(
        booking__session=OuterRef("pk"), booking__state=State.HELD, booking__holds_until__lte=now, released_at=None
    )
    ended = PlaceOffer.objects.filter(booking__session=OuterRef("pk"), ending="", expires_at__lte=now)
    offered = PlaceOffer.objects.filter(booking=OuterRef("pk"), ending="")
    waiting = Booking.objects.filter(~Exists(offered), session=OuterRef("pk"), state=State.WAITING, proven_at__isnull=False)
    return {"places_lapsed": _sum(lapsed, Count("pk")), "places_ended": _sum(ended, Sum("places")), "is_waited_for": Exists(waiting)}


def _with_standing(session: int, now: datetime) -> "QuerySet[TrainingSession]":
    due = Exists(Booking.objects.filter(session=OuterRef("pk")).lapsed(now=now))
    rows = TrainingSession.objects.only("seats", "taken", "day", "starts_at", "cancelled_at")
    return rows.annotate(**columns(now), has_lapsed=due).filter(pk=session)


# What a crowd asks at the same moment.
_STANDING = Prepared(_with_standing, session=int, now=datetime)


def standing(session: TrainingSession, *, now: datetime) -> Standing:
    """Read it in one question. While somebody waits a newcomer is told « complet »; no longer once no offer can be made."""
    return standing_of(_STANDING.get(session=session.pk, now=now), now=now)


def standing_of(session: Any, *, now: datetime) -> Standing:
    """The same, of a row read with `columns`; of one that was not (being written, not kept yet), what it says itself."""
    given_back = getattr(session, "places_lapsed", 0) + getattr(session, "places_ended", 0)
    waits = getattr(session, "is_waited_for", False) and may_offer(session, now=now)
    is_due = getattr(session, "has_lapsed", False) or bool(getattr(session, "places_ended", 0))
    return Standing(session.seats, session.seats - session.taken + given_back, waits, is_due)


def _sum(rows: "QuerySet[Any]", total: "Aggregate") -> Coalesce:
    """A total of rows of the day, in the one question about the day."""
    found = rows.order_by().annotate(of_it=Value(1)).values("of_it").annotate(total=total).values("total")
    return Coalesce(Subquery(found), 0)


def may_offer(session: TrainingSession, *, now: datetime) -> bool:
    """No offer of places ends later than a day before the day."""
    return session.cancelled_at is None and now < session.starts - LAST_OFFER


def due(*, now: datetime) -> list[TrainingSession]:
    """The days where the clock gave places back, or where free places wait to be offered: for the sweep."""
    return _DUE(now=now)


def _due(now: datetime) -> "QuerySet[TrainingSession]":
    orders = Booking.objects.filter(session=OuterRef("pk"))
    ended = PlaceOffer.objects.filter(booking__session=OuterRef("pk"), ending="", expires_at__lte=now)
    offered = PlaceOffer.objects.filter(booking=OuterRef("pk"), ending="")
    waiting = orders.filter(~Exists(offered), state=State.WAITING, proven_at__isnull=False)
    free = Q(taken__lt=F("seats"), cancelled_at=None) & Exists(waiting)
    rows = TrainingSession.objects.filter(Exists(orders.lapsed(now=now)) | Exists(ended) | free)
    return rows.select_related("programme", "venue").order_by("day", "pk")


_DUE = Prepared(_due, now=datetime)
