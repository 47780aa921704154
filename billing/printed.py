"""The words and figures of a document as people read them, on the page and on paper; the structured file says the same (R6 to R9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from billing.amounts import Group
from billing.models import Invoice, Line
from billing.states import VatCategory
from core.money import CENT
from core.numbers import spaced
from core.typography import NBSP, THIN, day_in_words

CREDIT_TO = "Net à rembourser"
TO_PAY = "Net à payer"
ON_DEBITS = "Option pour le paiement de la taxe d’après les débits."
NATURE = "prestation de services"
_TAX_WORDS = {VatCategory.EXEMPT: "exonéré", VatCategory.OUTSIDE: "hors champ"}


@dataclass(frozen=True)
class Said:
    """A label and what it says."""

    label: str
    value: str


@dataclass(frozen=True)
class LineSaid:
    """A line of the table."""

    label: str
    description: str
    period: str
    quantity: str
    unit: str
    tax: str
    net: str


def exact(amount: Decimal) -> str:
    """« 5 000,00 € »: always with its cents, as accountants read them."""
    return f"{_french(amount.quantize(CENT, ROUND_HALF_UP), 2)}{NBSP}€"


def lines(of: Sequence[Line]) -> list[LineSaid]:
    return [
        LineSaid(
            line.label, _glued(line.description), period(line.period_start, line.period_end), _number(line.quantity), _unit(line.unit_net),
            tax_words(line.vat_category, line.vat_rate), exact(line.net),
        )
        for line in of
    ]  # fmt: skip


def _glued(words: str) -> str:
    """« 9 h – 18 h » on one line: a no-break space after a dash does not hold to it without a word joiner (Unicode annex 14, LB12a)."""
    return words.replace("–\u00a0", "–\u2060\u00a0")


def taxes(groups: Sequence[Group]) -> list[tuple[str, str, str]]:
    """Return each regime with what tax is counted on, and the tax."""
    return [(tax_words(group.category, group.rate), exact(group.net), exact(group.vat)) for group in groups]


def tax_words(category: str, rate: Decimal) -> str:
    """« 20 % », « 8,5 % », « exonéré », « hors champ »."""
    return _TAX_WORDS.get(VatCategory(category), f"{_number(rate)}{NBSP}%")


def mentions(invoice: Invoice, groups: Sequence[Group]) -> list[str]:
    """Return why no tax is counted, and how it is owed."""
    said = [group.exemption_text for group in groups if group.exemption_text]
    if invoice.terms.get("vat_on_debits") and any(group.category == VatCategory.TAXED for group in groups):
        said.append(ON_DEBITS)
    return list(dict.fromkeys(said))


def totals(invoice: Invoice) -> list[Said]:
    """The sums; the last one is what is asked for."""
    said = [Said("Total HT", exact(invoice.net)), Said("Total TVA", exact(invoice.vat)), Said("Total TTC", exact(invoice.gross))]
    if invoice.paid_at_issue:
        on = f" le {day_in_words(invoice.paid_on)}" if invoice.paid_on else ""
        said.append(Said(f"Déjà payé{on}", exact(invoice.paid_at_issue)))
    return [*said, Said(CREDIT_TO if invoice.is_credit else TO_PAY, exact(invoice.due))]


def references(invoice: Invoice) -> list[Said]:
    """What a finance department looks for, in the order in which it does; what is not known is left out."""
    return [Said(label, value) for label, value in _references(invoice) if value]


def _references(invoice: Invoice) -> Iterator[tuple[str, str]]:
    yield ("Date" if invoice.number else "Date prévue"), day_in_words(invoice.issued_on)
    if not invoice.is_credit:
        yield "Échéance", day_in_words(invoice.due_on) if invoice.due_on else ""
    for label, other in (("Facture corrigée", invoice.corrects), ("Remplace", invoice.replaces)):
        yield label, f"{other.number} du {day_in_words(other.issued_on)}" if other else ""
    yield "Motif", invoice.reason
    yield "N° d’engagement ou de commande", invoice.commitment_number
    yield "Code service", invoice.service_code
    yield "N° de marché", invoice.contract_number
    yield "Objet", invoice.subject
    yield "Période", period(invoice.period_start, invoice.period_end)
    yield "Service fait le", day_in_words(invoice.delivered_on) if invoice.delivered_on else ""
    yield "Nature de l’opération", NATURE


def identity(who: dict[str, str]) -> list[Said]:
    """The numbers of a party."""
    said = (("SIRET", spaced(who["siret"])), ("SIREN", spaced(who["siren"])), ("N° de TVA", who["vat_number"]))
    return [Said(label, value) for label, value in said if value]


def address(who: dict[str, str]) -> list[str]:
    """The lines of an address."""
    place = f"{who['postcode']} {who['city']}".strip()
    return [line.strip() for line in (*who["address"].split("\n"), place) if line.strip()]


def period(start: date | None, end: date | None) -> str:
    """« du 1er janvier 2027 au 31 décembre 2027 »."""
    if start and end:
        return day_in_words(start) if start == end else f"du {day_in_words(start)} au {day_in_words(end)}"
    return f"à partir du {day_in_words(start)}" if start else f"jusqu’au {day_in_words(end)}" if end else ""


def _unit(amount: Decimal) -> str:
    """Cents, and the four decimals only where they count."""
    return exact(amount) if amount == amount.quantize(CENT) else f"{_french(amount, 4)}{NBSP}€"


def _number(amount: Decimal) -> str:
    return f"{amount.normalize():f}".replace(".", ",")


def _french(amount: Decimal, decimals: int) -> str:
    return f"{amount:,.{decimals}f}".replace(",", THIN).replace(".", ",")
