"""A day that is sold, and orders of its places: the day of Tuesday 16 March 2027, open to all since January."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from billing.models import TaxProfile
from bookings import services
from bookings.asks import Ask, Person
from bookings.models import Booking, SaleConditions, SessionTerms
from bookings.states import Payer
from core.clock import PARIS
from programmes.models import TrainingSession, VatMode
from tests.billing.factories import association, taxed
from tests.programmes.factories import SessionFactory

NOW = datetime(2027, 2, 1, 10, tzinfo=PARIS)
DAY = date(2027, 3, 16)
OPENS = datetime(2027, 1, 11, 9, tzinfo=PARIS)
TIERS = [{"days": 30, "percent": 100}, {"days": 10, "percent": 50}]
_NUMBERS = count(1)


def conditions() -> SaleConditions:
    """The one version in force."""
    found = SaleConditions.objects.filter(version=1).first()
    if found is None:
        found = SaleConditions(version=1, text="Les places se paient.", tiers=TIERS, in_force_from=datetime(2026, 1, 1, tzinfo=PARIS))
        found.save()
    return found


def exempt_training() -> TaxProfile:
    """Certified training, exempt by the words of billing.md section 6."""
    return TaxProfile.objects.get_or_create(
        name="Formation exonérée (essai)",
        defaults={
            "category": "E", "exemption_code": "VATEX-FR-CGI261-4", "account": "706",
            "exemption_text": "Exonération de TVA, article 261, 4-4° a du CGI",
        },
    )[0]  # fmt: skip


def session(*, seats: int = 20, terms: dict[str, Any] | None = None, **fields: Any) -> TrainingSession:
    """A day with its terms, an association that may invoice, and conditions of sale."""
    association()
    conditions()
    mode = fields.setdefault("vat_mode", VatMode.TAXED_20)
    profile = taxed() if mode == VatMode.TAXED_20 else exempt_training()
    row = SessionFactory(**({"day": DAY, "seats": seats, "price": Decimal(680), "contact_email": "journees@la27eregion.example"} | fields))
    SessionTerms.objects.create(session=row, **({"opens_at": OPENS, "tax_profile": profile} | (terms or {})))
    return TrainingSession.objects.select_related("programme", "venue", "terms__tax_profile").get(pk=row.pk)


def ask(**fields: Any) -> Ask:
    """One place for somebody of an invented town, unless said otherwise."""
    number = next(_NUMBERS)
    said = {
        "email": f"commande{number}@ville.example", "name": f"Camille Exemple {number}", "payer": Payer.PUBLIC,
        "payer_name": "Ville d’Exemple", "payer_siret": "", "payer_address": "1, place de l’Exemple", "payer_postcode": "35000",
        "payer_city": "Exempleville",
    }  # fmt: skip
    return Ask(**(said | fields))


def private(**fields: Any) -> Ask:
    return ask(**({"payer": Payer.PRIVATE, "payer_name": "Atelier Exemple"} | fields))


def people(*names: str) -> tuple[Person, ...]:
    return tuple(Person(name) for name in names)


def ordered(day: TrainingSession | None = None, *, now: datetime = NOW, proven: bool = True, **fields: Any) -> Booking:
    """An order made by its services, its address proven unless said otherwise."""
    wanted = private(**fields) if fields.get("payer") in (Payer.PRIVATE, Payer.PERSON) else ask(**fields)
    row = services.order(day or session(), wanted, conditions=conditions(), now=now)
    return services.prove(row, now=now) if proven else row


def firm(day: TrainingSession | None = None, *, now: datetime = NOW, **fields: Any) -> Booking:
    """A public body's order, firm by its number."""
    return ordered(day, now=now, **({"commitment_number": "EJ-2027-001"} | fields))
