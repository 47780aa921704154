"""Paying by card before the day: the hosted page of an invoice, and how long the places are held meanwhile (C2, G7)."""

from datetime import datetime

from django.db import transaction

from billing import gateway
from billing.models import Checkout, Invoice
from billing.services import cards
from bookings.models import Booking
from bookings.models.terms import UNPROVEN_HOLD
from bookings.openings import closes_at
from bookings.services import holding, invoicing
from bookings.services.moving import note
from bookings.states import State
from core.refusals import Refused

ENDED = "Vos places ne sont plus tenues\u202f: rien n’est à payer. Commandez de nouveau, ou écrivez-nous."
NO_MORE = "La tenue des places ne se prolonge qu’une fois."


def is_card_offered() -> bool:
    return gateway.gateway() is not None


def to_pay(booking: Booking, *, now: datetime) -> list[Invoice]:
    """The invoices that the payer of a held order has to pay now."""
    if not holding.pays_before(booking) or not booking.counts_at(now) or booking.state != State.HELD or booking.proven_at is None:
        return []
    if booking.session.cancelled_at:
        return []
    return [invoice for invoice in invoicing.standing(booking) if invoice.remaining > 0]


def open_checkout(booking: Booking, invoice: Invoice, *, now: datetime) -> Checkout:
    """Return the provider's page for an invoice. Whose hold is about to end keeps the places thirty minutes, once."""
    if not booking.counts_at(now) or booking.session.cancelled_at:
        raise Refused(ENDED)
    if may_extend(booking, now=now) and not booking.by_card:
        extend(booking, now=now)
    return cards.open_checkout(invoice, now=now)


def may_extend(booking: Booking, *, now: datetime) -> bool:
    """Once, by whoever pays by card and whose hold ends within thirty minutes."""
    ends = booking.holds_until
    is_near = ends is not None and now < ends <= now + UNPROVEN_HOLD and ends.timestamp() < closes_at(booking.session).timestamp()
    return is_near and booking.hold_extended_at is None and bool(to_pay(booking, now=now)) and is_card_offered()


@transaction.atomic
def extend(booking: Booking, *, now: datetime) -> Booking:
    """Hold the places thirty minutes more; once."""
    ends = booking.holds_until
    if ends is None or not may_extend(booking, now=now):
        raise Refused(NO_MORE if booking.hold_extended_at else ENDED)
    until = min(ends + UNPROVEN_HOLD, closes_at(booking.session), key=datetime.timestamp)
    rows = Booking.objects.filter(pk=booking.pk, state=State.HELD, holds_until=ends, holds_until__gt=now, hold_extended_at=None)
    if not rows.update(holds_until=until, hold_extended_at=now):
        raise Refused(NO_MORE)
    booking.holds_until, booking.hold_extended_at = until, now
    note(booking, by=holding.buyer(booking), now=now, words="Tenue prolongée pour un paiement par carte.")
    return booking
