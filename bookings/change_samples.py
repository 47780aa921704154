"""An invented order on an invented day, for the previews of letters; nothing of it is stored."""

from datetime import date, datetime, time
from decimal import Decimal

from bookings import links
from bookings.models import Booking
from bookings.states import Payer, State
from core.clock import PARIS
from programmes.models import Programme, TrainingSession, VatMode, Venue


def sample_day() -> TrainingSession:
    programme = Programme(pk=0, slug="journees-decouverte", title="Journées découverte", contact_email="formation@la27eregion.example")
    venue = Venue(pk=0, name="Halle civique", address="27 rue Piat", postcode="75020", city="Paris")
    return TrainingSession(
        pk=0, programme=programme, slug="2019-03-19", title="Journée découverte", day=date(2019, 3, 19), starts_at=time(9),
        ends_at=time(18), hours=Decimal(8), venue=venue, price=Decimal(680), vat_mode=VatMode.TAXED_20,
    )  # fmt: skip


def sample() -> Booking:
    booking = Booking(
        pk=42, session=sample_day(), state=State.FIRM, email="camille@ville.example", name="Camille Exemple", asked=2, payer=Payer.PUBLIC,
        payer_name="Ville d’Exemple", unit_price=Decimal(680), created_at=datetime(2019, 1, 14, 10, 5, tzinfo=PARIS),
    )  # fmt: skip
    return links.make(booking)
