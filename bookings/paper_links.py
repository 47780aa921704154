"""What may be downloaded of an order by its address, now: for its page, and for the views that give the files, which ask the same rule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from billing.models import Invoice
from bookings import links
from bookings.models import Booking, BookingPaper, Certificate, Seat
from bookings.moments import joining_from
from bookings.services import referencing, sweeping_papers
from bookings.services.invoicing import due, missing, undecided
from bookings.states import SEATED, Paper, State
from core import elision
from core.registry import Link
from records.services import label_of

QUOTE, AGREEMENT, CERTIFICATES = "devis", "convention", "certificats"
BY_SLUG = {QUOTE: Paper.QUOTE, AGREEMENT: Paper.AGREEMENT, CERTIFICATES: Paper.CERTIFICATES}


def papers_of(booking: Booking, now: datetime) -> list[Link]:
    """The files of an order, in the order in which they come: quote, agreement, joining letters, certificates, invoices, credit notes."""
    if booking.proven_at is None:
        return []
    found = [*_of_order(booking), *_of_people(booking, now=now), *_certificates(booking), *_invoices(booking)]
    return [replace(link, label=f"{link.label} (PDF)") for link in found]


def on_page(booking: Booking, now: datetime) -> dict[str, Any]:
    """What goes with them on the page of the order (`bookings/papers/_papers.html`)."""
    if booking.proven_at is None:
        return {}
    return {
        "note": invoice_note(booking, now=now),
        "quote": booking.unit_price > 0 and gives(booking, QUOTE) and booking.session.ends > now,
        "may_reference": referencing.may_give(booking),
    }


def gives(booking: Booking, slug: str) -> bool:
    """Whether this paper is to be given: the address proven, places held, and for certificates somebody certified."""
    if booking.proven_at is None:
        return False
    if slug == CERTIFICATES:
        return Certificate.objects.good().filter(seat__booking=booking).exists()
    is_seated = booking.state in SEATED and not booking.session.cancelled_at
    return is_seated if slug == QUOTE else is_seated and sweeping_papers.has_agreement(booking)


def joins(seat: Seat, *, now: datetime) -> bool:
    """A joining letter is given from fifteen days before, to whoever is named."""
    booking = seat.booking
    is_firm = booking.state == State.FIRM and not booking.session.cancelled_at
    return bool(is_firm and seat.name and seat.released_at is None and joining_from(booking.session) <= now)


def invoice_note(booking: Booking, *, now: datetime) -> str:
    """Say where the invoice after the day stands when there is none yet: what is missing, or who decides; nothing when nothing waits."""
    if booking.session.ends > now or booking.session.cancelled_at or not booking.unit_price:
        return ""
    gaps = missing(booking, now=now) if due(booking) else []
    if gaps:
        return f"La facture attend\u00a0: il manque {', '.join(gaps)}."
    waits = len(undecided(booking))
    places = "une place" if waits == 1 else f"{waits}\u00a0places"
    return f"Pour {places}, la présence n’est pas notée toute la journée\u00a0: l’équipe décide avant de facturer." if waits else ""


def _of_order(booking: Booking) -> Iterator[Link]:
    secret = links.secret_of(booking)
    if gives(booking, QUOTE):
        yield Link("Devis", reverse("booking_paper", args=[secret, QUOTE]))
    if gives(booking, AGREEMENT):
        yield Link("Convention de formation", reverse("booking_paper", args=[secret, AGREEMENT]))
    for row in BookingPaper.objects.filter(booking=booking, kind=Paper.SIGNED).exclude(file="").order_by("asked_at", "pk"):
        yield Link(
            "Convention signée", reverse("booking_signed", args=[secret, row.pk]), f"déposée par {row.by_name}" if row.by_name else ""
        )


def _of_people(booking: Booking, *, now: datetime) -> Iterator[Link]:
    for seat in booking.seats.order_by("rank", "pk"):
        if joins(seat, now=now):
            yield Link(f"Convocation {elision.of(seat.name)}", reverse("booking_joining", args=[links.secret_of(booking), seat.rank]))


def _certificates(booking: Booking) -> Iterator[Link]:
    rows = list(Certificate.objects.good().filter(seat__booking=booking).select_related("seat").order_by("seat__rank", "pk"))
    secret = links.secret_of(booking)
    if len(rows) > 1:
        yield Link(f"Les {len(rows)} certificats de réalisation", reverse("booking_paper", args=[secret, CERTIFICATES]))
    for row in rows:
        yield Link(f"Certificat {elision.of(row.name)}", reverse("booking_certificate", args=[secret, row.seat.rank]))


def _invoices(booking: Booking) -> Iterator[Link]:
    for row in Invoice.objects.about(label_of(booking)).order_by("pk"):
        yield Link(row.title, reverse("booking_invoice", args=[links.secret_of(booking), row.number]))
