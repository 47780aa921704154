"""What follows a day of itself: certificates and invoices of the present the morning after, letters, and what is asked of somebody (S9).

Everything is derived from what is recorded, so that a presence typed a week later, or a reference given at last, is followed all the
same. Who was absent, partly there or not recorded is charged by nobody but a person (`invoicing.to_decide`).
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import Invoice
from bookings import moments, paper_emails
from bookings.models import Booking, Certificate
from bookings.sales import ABOUT
from bookings.services import certifying, invoicing
from bookings.states import State
from core.addresses import absolute, path_of
from core.clock import PARIS
from core.refusals import Refused
from programmes.models import TrainingSession

if TYPE_CHECKING:
    from accounts.models import User

from records.sweeping import each_alone

logger = logging.getLogger(__name__)

# Documents issued by hand, outside the sweep, are told by it for so long.
TOLD_FOR = timedelta(days=30)


def finish_due(*, now: datetime) -> int:
    """Finish every order that has something to; one that fails holds up no other. Return how many were looked at."""
    found = list(due(now=now))
    each_alone(found, lambda row: finish(row, by=None, now=now), what="finishing of an order")
    return len(found)


@transaction.atomic
def finish(booking: Booking, *, by: "User | None", now: datetime) -> None:
    """Certify, invoice and tell, for one order: what was done stays done, asked again nothing more."""
    _certify(booking, by=by, now=now)
    _invoice(booking, by=by, now=now)
    paper_emails.post_closed(booking, now=now, undecided=len(invoicing.undecided(booking)))


def due(*, now: datetime) -> Iterable[Booking]:
    """Those of a day that is over, from the morning after on, with a presence to attest, a place to invoice or a document to tell."""
    found = _days(now=now)
    if not found:
        return []
    days, first = [day.pk for day in found], now.astimezone(PARIS).date() - moments.SWEPT_FOR
    rows = Booking.objects.filter(session__in=days, state__in=[State.FIRM, State.CANCELLED])
    attested = [seat.booking_id for seat in certifying.to_certify(rows.filter(session__day__gte=first))]
    billed = [row.pk for row in invoicing.to_issue(now=now).filter(session__in=days)]
    return _read(rows.filter(Q(pk__in={*attested, *billed}) | Q(pk__in=_to_tell(now=now)) | Exists(_attested(now=now))))


def _days(*, now: datetime) -> list[TrainingSession]:
    today = now.astimezone(PARIS).date()
    rows = TrainingSession.objects.filter(day__lt=today, day__gte=today - moments.FINISHED_FOR, cancelled_at=None).order_by("day", "pk")
    return [day for day in rows if moments.closing_from(day) <= now]


def _to_tell(*, now: datetime) -> list[int]:
    rows = Invoice.objects.invoices().filter(about__startswith=ABOUT, issued_at__gte=now - TOLD_FOR, delivered_on__isnull=False)
    return [int(about.removeprefix(ABOUT)) for about in rows.order_by("pk").values_list("about", flat=True)]


def _attested(*, now: datetime) -> QuerySet[Certificate]:
    return Certificate.objects.filter(seat__booking=OuterRef("pk"), issued_at__gte=now - TOLD_FOR)


def _read(rows: QuerySet[Booking]) -> QuerySet[Booking]:
    related = ("session__programme", "session__venue", "session__terms__tax_profile", "conditions", "body")
    return rows.select_related(*related).prefetch_related("seats__attendance").order_by("pk")


def _certify(booking: Booking, *, by: "User | None", now: datetime) -> None:
    for seat in certifying.to_certify(Booking.objects.filter(pk=booking.pk)):
        made = certifying.certify(seat, by=by, now=now)
        paper_emails.post_certificate(made, absolute(path_of("certificate", made.number)), now=now)


def _invoice(booking: Booking, *, by: "User | None", now: datetime) -> None:
    """An invoice that lacks a reference waits, and says so to whoever can give it; what we lack ourselves, the team reads."""
    if not invoicing.due(booking):
        return
    if gaps := invoicing.missing(booking, now=now):
        paper_emails.post_waits(booking, gaps, now=now)
        return
    try:
        with transaction.atomic():
            invoicing.invoice_after(booking, by=by, now=now)
    except Refused as refusal:
        logger.warning("invoice of %s: %s", booking.reference, refusal)
