"""An association that may invoice, bodies with valid numbers, sales and what was issued: all invented."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from billing import services
from billing.buyers import from_register
from billing.models import Invoice, TaxProfile
from billing.sale import Buyer, Item, Sale
from billing.states import VatCategory
from core.clock import PARIS
from organisations.models import Organisation
from organisations.states import Kind
from records.models import Association
from tests.organisations.factories import OrganisationFactory

NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
TODAY = date(2027, 3, 1)
DUES = Decimal(5000)
IBAN = "FR7630006000011234567890189"
_NUMBERS, _KEYS = count(1), count(1)


def _with_key(digits: str) -> str:
    """Return digits with the Luhn key at their end."""
    total = 0
    for rank, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if rank % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def siret(number: int | None = None) -> str:
    """Return an invented SIRET whose two keys are right."""
    return _with_key(_with_key(f"21{number or next(_NUMBERS):06d}") + "0001")


def association(**fields: Any) -> Association:
    """The one row, with all that an invoice needs."""
    values = {
        "address": "1, rue de l’Exemple", "postcode": "75010", "city": "Paris", "siret": siret(999_999), "vat_number": "FR00219999990",
        "iban": IBAN, "bic": "AGRIFRPP", "dues_email": "cotisations@la27eregion.example",
    } | fields  # fmt: skip
    kept, _ = Association.objects.update_or_create(pk=1, defaults=values)
    Association.forget_shown()
    return kept


def exempt() -> TaxProfile:
    """Services to members, by the words of billing.md section 6."""
    return TaxProfile.objects.get_or_create(
        name="Cotisations exonérées (essai)",
        defaults={
            "category": VatCategory.EXEMPT, "exemption_code": "VATEX-FR-CGI261-7", "account": "756",
            "exemption_text": "Exonération de TVA, article 261, 7-1° du CGI",
        },
    )[0]  # fmt: skip


def taxed(rate: str = "20") -> TaxProfile:
    return TaxProfile.objects.get_or_create(
        name=f"Formation à {rate} % (essai)", defaults={"category": VatCategory.TAXED, "rate": Decimal(rate), "account": "706"}
    )[0]


def outside() -> TaxProfile:
    return TaxProfile.objects.get_or_create(
        name="Hors champ (essai)",
        defaults={
            "category": VatCategory.OUTSIDE, "exemption_code": "VATEX-EU-O", "exemption_text": "Hors champ de la TVA", "account": "756",
        },
    )[0]  # fmt: skip


def body(**fields: Any) -> Organisation:
    """An invented commune that may be invoiced."""
    number = siret()
    values = {"siret": number, "address": "Hôtel de ville", "postcode": "35000", "city": "Exemple", "kind": Kind.COMMUNE} | fields
    made: Organisation = OrganisationFactory(**values)
    return made


def firm(**fields: Any) -> Buyer:
    """A private buyer, whom no register knows."""
    values = {"name": "Atelier d’Exemple", "siret": siret(), "address": "2, rue du Test", "postcode": "69001", "city": "Lyon"} | fields
    return Buyer(**values)


def dues(amount: Decimal = DUES, **fields: Any) -> Item:
    year = {"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31)}
    return Item(**({"label": "Cotisation 2027", "tax": exempt(), "gross": amount} | year | fields))


def seat(quantity: int = 1, gross: str = "680.00", **fields: Any) -> Item:
    values = {"label": "Journée découverte", "tax": taxed(), "gross": Decimal(gross), "quantity": Decimal(quantity)} | fields
    return Item(**values)


def sale(buyer: Buyer | Organisation | None = None, *items: Item, **fields: Any) -> Sale:
    """What is sold to a body (an invented commune when none is said): dues of 5 000 € when no line is."""
    if buyer is None or isinstance(buyer, Organisation):
        buyer = from_register(buyer or body())
    number = next(_KEYS)
    values = {
        "key": f"essai:{number}", "about": f"essai:{number}", "subject": "Cotisation 2027", "buyer": buyer, "items": items or (dues(),),
        "period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31),
    } | fields  # fmt: skip
    return Sale(**values)


def issued(buyer: Buyer | Organisation | None = None, *items: Item, now: datetime = NOW, by: Any = None, **fields: Any) -> Invoice:
    """An issued invoice, of the association that is ready."""
    association()
    return services.issue(sale(buyer, *items, **fields), by=by, now=now)
