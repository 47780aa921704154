"""What orders answer about an invoice of theirs (`billing.sale.SOLD`): whom to write to, where it is read, what is joined again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from django.urls import reverse

from billing.models import Invoice
from billing.sale import Sold
from bookings import links
from bookings.models import Booking
from bookings.sales import ABOUT
from bookings.states import Payer
from core import clock
from core.addresses import absolute
from mailing.letters import Attachment
from records.services import label_of

# (order, now) -> what a finance department asks for again: given by whoever draws papers (`apps.py`).
Enclosures = Callable[[Booking, datetime], Sequence[Attachment]]


def teller(enclosures: Enclosures) -> Callable[[Invoice], Sold | None]:
    """Return what answers for our invoices: the finance department pays, whoever ordered reads the last reminders too.

    These letters carry the page of whoever pays: a finance department's opens its papers, and cancels, moves and names nobody.

    An invoice made after the day leaves with the certificates, in a letter of ours: `billing` does not announce it a second time.
    One that is paid by card at once is not announced either: its letter would ask for a transfer.
    """

    def sold(invoice: Invoice) -> Sold | None:
        booking = booking_of(invoice)
        if booking is None:
            return None
        return Sold(
            title=invoice.subject,
            page=partial(links.payer_address_of, booking),
            staff_page=absolute(reverse("admin:bookings_booking_change", args=[booking.pk])),
            to=booking.finance_email or booking.email,
            cc=booking.email if booking.finance_email and booking.finance_email != booking.email else "",
            greeting=f"Bonjour {booking.name}" if not booking.finance_email or booking.finance_email == booking.email else "Bonjour",
            scope=label_of(booking.session),
            announces=not is_told_by_us(invoice) and not _is_paid_at_once(booking, invoice),
            enclosures=lambda: enclosures(booking, clock.now()),
        )

    return sold


def is_told_by_us(invoice: Invoice) -> bool:
    """An invoice of what was done, that replaces no other."""
    return not invoice.is_credit and invoice.delivered_on is not None and invoice.replaces_id is None


def _is_paid_at_once(booking: Booking, invoice: Invoice) -> bool:
    """By card, within the half hour: the page of the order asks for it, the receipt brings the invoice; a transfer would come too late."""
    return booking.by_card and booking.payer != Payer.PUBLIC and not invoice.is_credit and invoice.delivered_on is None


def booking_of(invoice: Invoice) -> Booking | None:
    if not invoice.about.startswith(ABOUT):
        return None
    rows = Booking.objects.select_related("session__programme", "session__venue")
    return rows.filter(pk=invoice.about.removeprefix(ABOUT)).first()
