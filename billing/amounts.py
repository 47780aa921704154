"""What lines come to: price lists honoured to the cent, one line a person, VAT by rate (billing.md decision 4, R10, R10b).

A price that holds its tax is what the buyer pays, whatever the quantity: net and VAT of a group of lines are found once, by
subtraction, then shared between its lines by largest remainder. The unit net has four decimals, as in the structured file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from billing.models import Line
from billing.sale import Item
from billing.states import VatCategory
from core.money import CENT
from core.refusals import Refused

UNIT = Decimal("0.0001")
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Priced:
    """An item with its amounts: `gross` is what the price list asks for this line."""

    item: Item
    unit_net: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True)
class Group:
    """The lines of one regime and rate, as the VAT breakdown of the document says them (BG-23)."""

    category: VatCategory
    rate: Decimal
    exemption_code: str
    exemption_text: str
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True)
class Totals:
    """All the amounts of a document to be."""

    lines: Sequence[Priced]
    groups: Sequence[Group]

    @property
    def net(self) -> Decimal:
        return sum((group.net for group in self.groups), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((group.vat for group in self.groups), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def shared(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share cents by largest remainder (R10b): the parts add up to `total`, each within a cent of its due."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [total, *([ZERO] * (len(weights) - 1))] if weights else []
    dues = [total * weight / whole for weight in weights]
    parts = [due.quantize(CENT, ROUND_FLOOR) for due in dues]
    missing = int((total - sum(parts, ZERO)) / CENT)
    by_remainder = sorted(range(len(dues)), key=lambda rank: (parts[rank] - dues[rank], rank))
    for rank in by_remainder[:missing]:
        parts[rank] += CENT
    return parts


def totals(items: Sequence[Item]) -> Totals:
    """Return the amounts of a document to be; refuses what cannot stand together on one."""
    refuse_mixed(items)
    priced: dict[int, Priced] = {}
    for rate in dict.fromkeys(item.tax.rate for item in items):
        ranks = [rank for rank, item in enumerate(items) if item.tax.rate == rate]
        for with_tax in (True, False):
            chosen = [rank for rank in ranks if (items[rank].gross is not None) == with_tax]
            price = _priced_with_tax if with_tax else _priced_without_tax
            priced |= zip(chosen, price([items[rank] for rank in chosen], rate), strict=True)
    lines = [priced[rank] for rank in range(len(items))]
    return Totals(lines, groups(_Taxed.of(line) for line in lines))


def _priced_with_tax(items: Sequence[Item], rate: Decimal) -> list[Priced]:
    """What is paid is the price list's; the net is found once for all of them."""
    asked = [cents((item.gross or ZERO) * item.quantity) for item in items]
    net = cents(sum(asked, ZERO) / (1 + rate / 100))
    nets = shared(net, asked)
    units = [_unit((item.gross or ZERO) / (1 + rate / 100)) for item in items]
    return [Priced(item, unit, part, gross - part) for item, unit, part, gross in zip(items, units, nets, asked, strict=True)]


def _priced_without_tax(items: Sequence[Item], rate: Decimal) -> list[Priced]:
    """The tax is found once for all of them."""
    nets = [cents((item.net or ZERO) * item.quantity) for item in items]
    vats = shared(cents(sum(nets, ZERO) * rate / 100), nets)
    return [Priced(item, _unit(item.net or ZERO), net, vat) for item, net, vat in zip(items, nets, vats, strict=True)]


def _unit(amount: Decimal) -> Decimal:
    return amount.quantize(UNIT, ROUND_HALF_UP)


def refuse_mixed(items: Sequence[Item]) -> None:
    """What the norm refuses on one document (billing.md section 6)."""
    if not items:
        raise Refused("Une facture a au moins une ligne.")
    if any((item.gross is None) == (item.net is None) for item in items):
        raise Refused("Chaque ligne a un prix, avec ou sans taxe.")
    if any(item.quantity <= 0 or (item.gross or item.net or ZERO) < 0 for item in items):
        raise Refused("Une ligne a une quantité et un prix qui ne sont pas négatifs : on corrige par un avoir.")
    if len({item.tax.category for item in items}) > 1 and any(item.tax.category == VatCategory.OUTSIDE for item in items):
        raise Refused("Ce qui est hors champ de la TVA se facture à part : faites deux factures.")
    reasons = {(item.tax.exemption_code, item.tax.exemption_text) for item in items if item.tax.category != VatCategory.TAXED}
    if len(reasons) > 1:
        raise Refused("Une facture ne dit qu’un motif d’exonération : faites deux factures.")


@dataclass(frozen=True)
class _Taxed:
    """What `groups` reads of a line to be, under the names of an issued one."""

    vat_category: str
    vat_rate: Decimal
    exemption_code: str
    exemption_text: str
    net: Decimal
    vat: Decimal

    @classmethod
    def of(cls, line: Priced) -> "_Taxed":
        tax = line.item.tax
        return cls(tax.category, tax.rate, tax.exemption_code, tax.exemption_text, line.net, line.vat)


def groups(lines: "Iterable[Line | _Taxed]") -> list[Group]:
    """Return the VAT breakdown, of issued lines as of those to be: by regime and rate, in the order in which they come."""
    found: dict[tuple[str, Decimal], list[Line | _Taxed]] = {}
    for line in lines:
        found.setdefault((line.vat_category, line.vat_rate.normalize()), []).append(line)
    return [_group(alike) for alike in found.values()]


def _group(lines: "Sequence[Line | _Taxed]") -> Group:
    first = lines[0]
    net, vat = sum((line.net for line in lines), ZERO), sum((line.vat for line in lines), ZERO)
    return Group(VatCategory(first.vat_category), first.vat_rate, first.exemption_code, first.exemption_text, net, vat)
