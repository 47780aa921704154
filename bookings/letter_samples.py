"""Invented orders, and real ones, to preview the letters with."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from billing.models import TaxProfile
from billing.states import VatCategory
from bookings import emails
from bookings.models import Booking, PlaceOffer, SessionTerms
from bookings.openings import terms_of
from bookings.states import Payer, State
from core.clock import PARIS
from mailing.letters import Example
from programmes.models import Programme, TrainingSession, VatMode
from records.services import label_of

EXAMPLES = 5
ORDERED = datetime(2027, 2, 15, 10, tzinfo=PARIS)


def sample() -> dict[str, Any]:
    """An order of two places by an invented town, in a day that is no row."""
    programme = Programme(slug="journees-decouverte", title="Journées découverte", contact_email="journees@la27eregion.example")
    session = TrainingSession(
        pk=0, programme=programme, slug="2027-03-16", title="Journée découverte", day=date(2027, 3, 16), starts_at=time(9),
        ends_at=time(18), hours=Decimal(8), seats=20, price=Decimal(680), vat_mode=VatMode.TAXED_20,
    )  # fmt: skip
    SessionTerms(session=session, opens_at=ORDERED, tax_profile=TaxProfile(category=VatCategory.TAXED, rate=Decimal(20), account="706"))
    return told(_invented(session))


def _invented(session: TrainingSession) -> Booking:
    return Booking(
        session=session, email="camille@ville.example", name="Camille Exemple", asked=2, payer=Payer.PUBLIC, payer_name="Ville d’Exemple",
        unit_price=session.price, created_at=ORDERED, holds_until=ORDERED + timedelta(days=15), nonce="0" * 32, state=State.HELD,
    )  # fmt: skip


def told(booking: Booking) -> dict[str, Any]:
    """What any of the letters would read of an order."""
    moment = booking.created_at
    booking.pk = booking.pk or 0
    booking.holds_until = booking.holds_until or moment + timedelta(days=15)
    offer = PlaceOffer(pk=0, booking=booking, places=1, made_at=moment, expires_at=moment + timedelta(hours=72))
    said = {
        "opening": "La réservation ouvre aux adhérents le 8\u00a0février, et à tous le 15\u00a0février.",
        "rank": 3,
        "why": "2\u00a0places libres, vous en demandez\u00a04.",
        "offer": offer,
    }
    return emails.context_of(booking) | said


def no_example(scope: str) -> Sequence[Example]:
    return ()


def examples(scope: str) -> Sequence[Example]:
    """Days that are sold, to somebody invented."""
    rows = TrainingSession.objects.filter(terms__isnull=False, published_at__isnull=False)
    rows = rows.select_related("programme", "venue", "terms__tax_profile").order_by("-day", "-pk")
    return [Example(label_of(row), f"{row.title}, personne inventée", partial(_shown, row)) for row in rows[:EXAMPLES] if terms_of(row)]


def _shown(session: TrainingSession) -> dict[str, Any]:
    return told(_invented(session))
