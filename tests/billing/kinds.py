"""One issued document of every kind that the house makes (issue « Memberships and money », Figures)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from billing import services
from billing.models import Invoice, TaxProfile, Terms
from billing.sale import Buyer, Item, Paid, Sale
from tests.billing.factories import NOW, exempt, outside, siret, taxed


def buyer(**changes: object) -> Buyer:
    said = {"name": "Ville d’Exemple", "siret": siret(1), "address": "2 place de la Mairie", "postcode": "35000", "city": "Exempleville"}
    return Buyer(**(said | changes))  # type: ignore[arg-type]


def dues(gross: str = "5000", tax: TaxProfile | None = None) -> Item:
    year = {"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31)}
    return Item("Adhésion 2027 à La 27e Région", tax or exempt(), gross=Decimal(gross), **year)  # type: ignore[arg-type]


def seat(name: str = "Camille Exemple", tax: TaxProfile | None = None, **changes: object) -> Item:
    return Item(f"Journée découverte du 19 mars 2027 — {name}", tax or taxed(), gross=Decimal(680), **changes)  # type: ignore[arg-type]


def issued(key: str, of: Buyer, *items: Item, **changes: object) -> Invoice:
    said = {"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31)} | changes
    return services.issue(Sale(key, "tests.kind:1", "Adhésion 2027", of, items or (dues(),), **said), by=None, now=NOW)  # type: ignore[arg-type]


def sale(key: str = "essai", **changes: object) -> Sale:
    said = {"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31), "buyer": buyer(), "items": (dues(),)} | changes
    return Sale(key, "tests.kind:1", "Adhésion 2027", **said)  # type: ignore[arg-type]


def commune() -> Invoice:
    return issued("commune", buyer())


def ministry() -> Invoice:
    of = buyer(
        name="Ministère de l’Exemple", siret=siret(2), address="20 avenue de Ségur\nBâtiment B\nService des achats\nPorte 3",
        postcode="75007", service_code="SRV-ACHATS_12", commitment_number="1300123456", contract_number="2027-MAPA-17", via_chorus=True,
    )  # fmt: skip
    return issued("ministere", of)


def hospital() -> Invoice:
    return issued("hopital", buyer(name="Hôpital d’Exemple", siret=siret(3), payment_days=50, commitment_number="BC-2027/118"))


def martinique() -> Invoice:
    where = {"address": "Rue Gaston Defferre", "postcode": "97200", "city": "Fort-de-France"}
    return issued("martinique", buyer(name="Commune d’Exemple en Martinique", siret=siret(4), **where))


def private_firm() -> Invoice:
    firm = buyer(name="Atelier d’Exemple & fils", siret=siret(5), vat_number="FR00210000059", city="Lyon", postcode="69003")
    day = {"delivered_on": date(2027, 3, 1), "period_start": None, "period_end": None}
    return issued("entreprise", firm, seat(), seat("Dominique Exemple"), seat("Sacha Exemple"), **day)


def association() -> Invoice:
    return issued("association", buyer(name="Association d’Exemple", siret=siret(5)), dues("150", outside()))


def paid_by_card() -> Invoice:
    day = {"delivered_on": date(2027, 3, 19), "period_start": None, "period_end": None}
    firm = buyer(name="Atelier d’Exemple", siret=siret(5))
    return issued("carte", firm, seat(), paid=Paid(Decimal(680), date(2027, 2, 27)), **day)


def dues_and_training() -> Invoice:
    return issued("e-et-s", buyer(), dues(), seat())


def debits() -> Invoice:
    terms = Terms.current()
    terms.vat_on_debits = True
    terms.save()
    return issued("debits", buyer(), seat(), delivered_on=date(2027, 3, 1), period_start=None, period_end=None)


def credit_note() -> Invoice:
    return services.credit(ministry(), reason="Adhésion comptée deux fois.", by=None, now=NOW)


def partial_credit() -> Invoice:
    return services.credit(dues_and_training(), reason="Geste de La 27e Région.", by=None, now=NOW, amount=Decimal("340.40"))


KINDS: dict[str, Callable[[], Invoice]] = {
    made.__name__: made
    for made in (
        commune, ministry, hospital, martinique, private_firm, association, paid_by_card, dues_and_training, debits, credit_note,
        partial_credit,
    )
}  # fmt: skip
