"""« À facturer » of a day: the orders with something that no invoice says yet, and why each one waits (C2, R14)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Q, QuerySet

from bookings.models import BilledSeat, Booking
from bookings.models.booking import BookingQuerySet
from bookings.moments import FINISHED_FOR, closing_from
from bookings.services import holding, invoicing
from bookings.states import Payer, State
from core.typography import NBSP, agreeing, moment_in_words
from programmes.models import TrainingSession

NEVER = "plus de quatre ans ont passé\u202f: rien ne part plus de soi-même"
SOON = "au prochain passage, dans quelques minutes"
AFTER = "après la journée"


@dataclass(frozen=True)
class Awaited:
    """An order to invoice, and why it is not yet."""

    booking: Booking
    why: str


def of(session: TrainingSession, *, now: datetime) -> list[Awaited]:
    """What is to be invoiced of a day, past or to come; nothing of a day called off. One question or two an order: of its payer's rules."""
    if session.cancelled_at:
        return []
    rows = list(_rows(session, now=now))
    ours = invoicing.missing_here(session) if rows else []
    return [Awaited(row, " ; ".join(_reasons(row, ours, now=now)) or SOON) for row in rows]


def _rows(session: TrainingSession, *, now: datetime) -> "QuerySet[Booking]":
    """Places due of orders that are firm, or were cancelled late; and holds of whoever pays before the day, when none is on an invoice."""
    due = Q(Exists(invoicing.owed()), state__in=[State.FIRM, State.CANCELLED])
    billed = BilledSeat.objects.standing().filter(seat__booking__session=session).values("seat__booking")
    before = Q(state=State.HELD, proven_at__isnull=False, holds_until__gt=now) & ~Q(payer=Payer.PUBLIC) & ~Q(pk__in=billed)
    rows: BookingQuerySet = Booking.objects.filter(due | before, session=session, unit_price__gt=0)
    return rows.select_related("session__terms__tax_profile", "body").prefetch_related(invoicing.seats_with_presences()).order_by("pk")


def _reasons(booking: Booking, ours: list[str], *, now: datetime) -> Iterator[str]:
    session = booking.session
    if now.timestamp() >= (session.ends + FINISHED_FOR).timestamp():
        yield NEVER
        return
    is_at_once = holding.pays_before(booking) and booking.state == State.HELD
    if not is_at_once and now < session.ends:
        yield AFTER
    elif not is_at_once and now < closing_from(session):
        yield f"à partir du {moment_in_words(closing_from(session), zone=False)}, avec les certificats"
    if gaps := invoicing.missing(booking, now=now):
        yield f"attendu du payeur{NBSP}: {', '.join(gaps)}"
    if ours:
        yield f"à corriger chez nous{NBSP}: {', '.join(ours)}"
    if count := len(invoicing.undecided(booking)) if session.ends <= now else 0:
        yield f"{count}{NBSP}{agreeing(count, 'place attend', 'places attendent')} une présence notée, ou une décision sur l’absence"
