"""Amounts in euros: how they are said, how they are read, and how a price with tax splits. Always `Decimal`, never a float."""

import re
from decimal import ROUND_HALF_UP, Decimal

from core.refusals import Refused
from core.typography import NBSP, THIN

CENT = Decimal("0.01")
_GROUPED = re.compile(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*", re.ASCII)
# A comma before three digits: thousands in English, a decimal in French, which has only two of them in euros.
_TWO_READINGS = re.compile(r"([1-9]\d{0,2}),(\d{3})", re.ASCII)


def euros(amount: Decimal) -> str:
    """« 680 € », « 566,67 € », « 5 000 € »: cents only when there are some."""
    cents = amount.quantize(CENT, ROUND_HALF_UP)
    text = f"{cents:,.2f}".replace(",", THIN).replace(".", ",").removesuffix(",00")
    return f"{text}{NBSP}€"


class TwoReadings(Refused):
    """An amount that reads in two ways, a thousand times apart: nobody guesses which."""


def amount_of(text: str) -> Decimal:
    """« 5 000,00 », « 5.000 », « -1.234,56 », « 4 999.00 », « 1 234,56 € », « 12,00- »: the one reader of amounts, of files and of forms.

    A dot before three digits groups thousands; a comma there is refused, with its two readings.
    """
    bare = re.sub(r"[\s\u00a0\u202f]|€|EUR", "", text.replace("\u2212", "-"), flags=re.IGNORECASE)
    sign = -1 if bare.startswith("-") or bare.endswith("-") else 1
    bare = bare.strip("+-").replace("’", "'")
    if twice := _TWO_READINGS.fullmatch(bare):
        thousands, units = f"{twice[1]}{THIN}{twice[2]},00", f"{twice[1]},{twice[2][:2]}"
        raise TwoReadings(f"le montant « {text[:40].strip()} » se lit de deux façons : écrivez {thousands} ou {units}.")
    whole, cents = _cut(bare)
    digits = re.sub(r"[.,']", "", whole) if _GROUPED.fullmatch(whole) else whole
    if not re.fullmatch(r"\d{1,9}", digits, re.ASCII) or not re.fullmatch(r"\d{0,2}", cents, re.ASCII):
        raise Refused(f"le montant « {text[:40]} » ne se lit pas.")
    return sign * Decimal(f"{digits}.{cents or '0'}").quantize(CENT)


def _cut(bare: str) -> tuple[str, str]:
    """Return what stands before and after the decimal sign, which may be absent."""
    cut = max(bare.rfind(","), bare.rfind("."))
    if cut < 0 or (_GROUPED.fullmatch(bare) and not bare.startswith("0")):
        return bare, ""
    whole = bare[:cut]
    return ("" if bare[cut] in whole else whole), bare[cut + 1 :]


def without_tax(gross: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Return net and tax of a price that holds it; by subtraction, so that the halves always add up."""
    net = (gross / (1 + rate / 100)).quantize(CENT, ROUND_HALF_UP)
    return net, gross - net
