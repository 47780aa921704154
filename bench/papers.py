"""The morning after a day: nineteen certificates and their invoices, from the presences to the last file (issue 7)."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

PEOPLE, LIMIT = 19, 60
Say = Callable[[str, str, str, bool], None]


def morning_after(say: Say) -> None:
    """Twenty orders of one person each, nineteen of whom were there: certified, invoiced, drawn and kept by the sweeps."""
    from billing.services import publishing
    from bookings.services import finishing, sweeping_papers
    from core import clock
    from core.drawing import drawer

    now = clock.now()
    day = _day(now)
    start = perf_counter()
    finishing.finish_due(now=now)
    decided = perf_counter() - start
    while not _is_ready(day) and perf_counter() - start < 2 * LIMIT:
        # As the worker does: what is asked is drawn, a few seconds at a time.
        sweeping_papers.ask_due(now=now)
        sweeping_papers.draw_due(now=now)
        publishing.publish_due(now=now)
    seconds = perf_counter() - start
    drawn, invoices = _counts(day)
    say(
        f"{PEOPLE} certificats et leurs factures, des présences aux fichiers",
        f"{seconds:.1f} s (décidé en {decided:.1f} s), {drawn} certificats, {invoices} factures",
        f"≤ {LIMIT} s, {PEOPLE}, {PEOPLE}",
        _is_ready(day) and seconds <= LIMIT,
    )
    drawer.stop()


def _is_ready(day: Any) -> bool:
    return _counts(day) == (PEOPLE, PEOPLE)


def _counts(day: Any) -> tuple[int, int]:
    """How many certificates and invoices of the day are drawn and kept."""
    from billing.models import InvoiceFile
    from bookings.models import BilledSeat, BookingPaper
    from bookings.states import Paper

    certificates = BookingPaper.objects.filter(session=day, kind=Paper.CERTIFICATE).exclude(file="").count()
    invoices = BilledSeat.objects.filter(seat__booking__session=day).values("invoice")
    return certificates, InvoiceFile.objects.filter(invoice__in=invoices).count()


def _day(now: datetime) -> Any:
    """A day that was the last working day but one, with its orders, firm, and the presences of all but one."""
    from bookings.models import Attendance, Booking, SaleConditions, Seat, SessionTerms
    from bookings.states import Firmness, Half, Payer, State
    from core.clock import PARIS
    from programmes.models import Programme, TrainingSession, Venue

    _ready()
    held_on = (now - timedelta(days=7)).astimezone(PARIS).date()
    day = TrainingSession.objects.create(
        programme=Programme.objects.order_by("pk").first(), slug=f"mesure-{now:%H%M%S}", title="Journée mesurée", lede="Pour les mesures.",
        day=held_on, starts_at=time(9), ends_at=time(18), hours=Decimal(8), venue=Venue.objects.order_by("pk").first(), price=Decimal(680),
        vat_mode="TAXED_20", taken=PEOPLE + 1, published_at=now,
    )  # fmt: skip
    SessionTerms.objects.create(session=day, opens_at=now - timedelta(days=60), tax_profile=_taxed(), objectives="Mesurer")
    conditions = SaleConditions.objects.order_by("-version").first() or SaleConditions(version=1, text="—", tiers=[], in_force_from=now)
    if conditions.pk is None:
        conditions.save()
    for number in range(PEOPLE + 1):
        booking = Booking.objects.create(
            session=day, state=State.FIRM, email=f"mesure{number}@ville.example", name="Camille Exemple", asked=1, payer=Payer.PUBLIC,
            payer_name="Ville d’Exemple", payer_siret="23350001600040", payer_address="1, rue de l’Exemple", payer_postcode="35000",
            payer_city="Exemple", commitment_number="EJ-1", unit_price=Decimal(680), conditions=conditions, accepted_at=now, created_at=now,
            proven_at=now, firm_at=now, firm_by=Firmness.ORDER, nonce=f"{now:%H%M%S}-{number}", digest=f"{now:%H%M%S}-{number}",
        )  # fmt: skip
        seat = Seat.objects.create(booking=booking, rank=1, name=f"Personne Exemple {number}", named_at=now)
        there = number < PEOPLE
        Attendance.objects.bulk_create([Attendance(seat=seat, half=half, present=there, at=now) for half in Half])
    return day


def _taxed() -> Any:
    from billing.models import TaxProfile

    found = TaxProfile.objects.filter(category="S", rate=20).order_by("pk").first()
    return found or TaxProfile.objects.create(name="Formation (mesure)", category="S", rate=Decimal(20), account="706")


def _ready() -> None:
    """What our own part of an invoice needs; what the association typed stays."""
    from records.models import Association

    association = Association.current()
    wanted = {
        "siret": "13002526500013", "vat_number": "FR00130025265", "iban": "FR7630001007941234567890185", "address": "1, rue de l’Exemple",
        "postcode": "75010", "city": "Paris",
    }  # fmt: skip
    for name, value in wanted.items():
        if not getattr(association, name):
            setattr(association, name, value)
    association.save()
