"""The invoice numbers a payer wrote, however they wrote them: « F2027-0001 », « f 2027 0001 », « RF18 F202 7000 1 »."""

import re
from collections.abc import Iterable, Iterator

_RUN = re.compile(r"(?<![A-Z])F[\W_]{0,3}([0-9](?:[\W_]{0,3}[0-9])*)")
_YEAR, _SHORTEST, _LONGEST = 4, 8, 10
_YEARS = range(2000, 2100)


def numbers_in(*texts: str) -> list[str]:
    """Return the numbers named, as we write them, each once; none is said to exist."""
    return list(dict.fromkeys(number for text in texts if text for number in _numbers(text)))


def _numbers(text: str) -> Iterator[str]:
    for found in _RUN.finditer(text.upper()):
        for digits in _beginnings(found[1]):
            year, rank = digits[:_YEAR], digits[_YEAR:]
            # Ranks have four digits, and more without a zero before: what follows a number is no part of it.
            if int(year) in _YEARS and (len(digits) == _SHORTEST or rank[0] != "0"):
                yield f"F{year}-{rank}"


def _beginnings(run: str) -> Iterable[str]:
    """Return the digits from the first up to each separator, when they are as many as a number has."""
    digits = ""
    for place, sign in enumerate(run):
        digits += sign if sign.isdigit() else ""
        ends = place + 1 == len(run) or not run[place + 1].isdigit()
        if sign.isdigit() and ends and _SHORTEST <= len(digits) <= _LONGEST:
            yield digits
