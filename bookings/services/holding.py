"""Holding places: for how long, what follows at once, and what is credited when nothing came of it (domain.md C2, G7)."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Invoice
from bookings import emails
from bookings.models import BilledSeat, Booking
from bookings.models.booking import BookingQuerySet
from bookings.models.terms import HOLD, UNPROVEN_HOLD
from bookings.openings import closes_at
from bookings.services import invoicing, owing
from bookings.services.moving import move
from bookings.states import Firmness, Payer, State
from core.clock import PARIS
from core.prepared import Prepared
from core.refusals import Refused
from memberships.services.answering import ByLink
from records.services import label_of, record

TASK = "bookings.settle"
UNPAID = "Places non payées avant la fin de leur tenue"


_FRESH = Prepared(lambda booking: Booking.objects.with_day().filter(pk=booking), booking=int)


def fresh(booking: Booking) -> Booking:
    """The order as it stands now."""
    return _FRESH.get(booking=booking.pk)


def buyer(booking: Booking) -> ByLink:
    """How the history names whoever holds the address of an order."""
    return ByLink(f"{booking.name} (par le lien de la commande)")


def pays_before(booking: Booking) -> bool:
    """Everybody but a public body, and nobody of a free day (C2)."""
    return booking.payer != Payer.PUBLIC and bool(booking.unit_price)


def hold_until(booking: Booking, *, now: datetime) -> datetime:
    """Fifteen days at the hour of Paris, thirty minutes while a card is being paid; never past the eve of the day."""
    by_card = booking.by_card and pays_before(booking)
    until = now + UNPROVEN_HOLD if by_card else now.astimezone(PARIS) + HOLD
    return min(until, closes_at(booking.session), key=datetime.timestamp)


def firm_at_once(booking: Booking) -> Firmness | None:
    """What makes an order firm without waiting for anything: a free day, an order number given with it."""
    if not booking.unit_price:
        return Firmness.FREE
    is_ordered = booking.payer == Payer.PUBLIC and bool(booking.commitment_number)
    return Firmness.ORDER if is_ordered and not lacks_service_code(booking) else None


def lacks_service_code(booking: Booking) -> bool:
    """Whether the body that pays asks for a service code on its invoices, and none was given: no number makes it firm without."""
    return booking.body is not None and booking.body.needs_service_code and not booking.service_code


def begin(booking: Booking, *, by: Any, now: datetime) -> None:
    """What follows at once for an order whose places are held, its address proven: firm, invoiced, or asked what makes it firm."""
    if firmness := firm_at_once(booking):
        firm(booking, firmness, by=by, now=now, words=booking.commitment_number if firmness == Firmness.ORDER else "")
    else:
        invoice(booking, now=now)
        emails.post_held(booking, now=now)


def firm(booking: Booking, firmness: Firmness, *, by: Any, now: datetime, words: str = "", **more: Any) -> None:
    """Make firm an order whose places are counted (C2)."""
    columns: dict[str, Any] = {"firm_at": now, "firm_by": firmness, "firm_day": booking.session.day, "holds_until": None}
    move(booking, State.FIRM, by=by, now=now, words=f"{firmness.label} {words}".strip(), **columns, **more)
    record("commande ferme", booking, by=by, now=now, note=f"{firmness.label} {words}".strip())
    emails.post_firm(booking, now=now)


def invoice(booking: Booking, *, now: datetime) -> None:
    """Invoice whoever pays before the day, at once; what is missing is the team's to fill, and the sweep comes back each minute.

    Nothing is nudged here: the sweep itself calls this, and would call itself for ever.
    """
    if not pays_before(booking):
        return
    with suppress(Refused), transaction.atomic():
        invoicing.invoice_now(booking, by=None, now=now)


def hold_invoices(booking: Booking) -> None:
    """Hold the invoices of an order before the order itself: a payment does the same, in that order (`bookings.seats`)."""
    rows = Invoice.objects.select_for_update(of=("self",), no_key=True).filter(about=label_of(booking))
    list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def credit_lapsed(booking: Booking, *, now: datetime) -> list[Invoice]:
    """Credit what a lapsed order was invoiced, one by one: once no card page may pay it any more, and never what was paid since (D7)."""
    hold_invoices(booking)
    booking = fresh(booking)
    if booking.state != State.LAPSED:
        return []
    notes = []
    for row in invoicing.standing(booking):
        if row.remaining > 0 and not row.checkouts.filter(expires_at__gt=now).exists():
            notes += invoicing.credit_for(booking, seats=invoicing.places_on(booking, row), reason=UNPAID, by=None, now=now)
    owing.owe_back(notes, reason=UNPAID, by=None, now=now)
    return notes


_TO_CREDIT = Prepared(
    lambda: Booking.objects.filter(state=State.LAPSED, pk__in=BilledSeat.objects.standing().values("seat__booking")).order_by("pk")
)


def to_credit() -> list[Booking]:
    """Lapsed orders of which something invoiced still stands: for the sweep."""
    return _TO_CREDIT()


def to_invoice(*, now: datetime) -> list[Booking]:
    """Held orders that should have an invoice and have none: for the sweep."""
    return _TO_INVOICE(now=now)


def _to_invoice(now: datetime) -> BookingQuerySet:
    billed = BilledSeat.objects.standing().values("seat__booking")
    rows = Booking.objects.with_day().filter(state=State.HELD, proven_at__isnull=False, holds_until__gt=now, unit_price__gt=0)
    return rows.exclude(payer=Payer.PUBLIC).exclude(pk__in=billed).order_by("pk")


_TO_INVOICE = Prepared(_to_invoice, now=datetime)
