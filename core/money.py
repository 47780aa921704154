"""Amounts in euros: how they are said, and how a price with tax splits. Always `Decimal`, never a float."""

from decimal import ROUND_HALF_UP, Decimal

from core.typography import NBSP, THIN

CENT = Decimal("0.01")


def euros(amount: Decimal) -> str:
    """« 680 € », « 566,67 € », « 5 000 € »: cents only when there are some."""
    cents = amount.quantize(CENT, ROUND_HALF_UP)
    text = f"{cents:,.2f}".replace(",", THIN).replace(".", ",").removesuffix(",00")
    return f"{text}{NBSP}€"


def without_tax(gross: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Return net and tax of a price that holds it; by subtraction, so that the halves always add up."""
    net = (gross / (1 + rate / 100)).quantize(CENT, ROUND_HALF_UP)
    return net, gross - net
