"""Whether a line of the bank is one that another statement has told already (docs/adr/0032).

A notice, a CSV, then a CAMT tell one transfer in several ways. Only what proves it makes two lines one: a reference, an invoice named,
the words of both. What contradicts makes them two. Anything else is a doubt, for a person.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from billing.models import StatementEntry
from billing.named import numbers_in
from core.folding import fold

_WORD = re.compile(r"[a-z0-9]+")
_SHORTEST = 3
# What banks add around what the payer wrote.
_NOISE = frozenset(
    {"vir", "virement", "virt", "sepa", "recu", "inst", "instantane", "faveur", "ref", "motif", "libelle", "emetteur", "notprovided"}
)
# What two bodies write alike: no proof that they are one.
_COMMON = frozenset(
    {
        "cotisation",
        "cotisations",
        "adhesion",
        "facture",
        "factures",
        "fact",
        "reglement",
        "paiement",
        "mandat",
        "ville",
        "commune",
        "mairie",
    }
    | {"communaute", "agglomeration", "metropole", "departement", "region", "conseil", "departemental", "regional", "association"}
    | {"tresorerie", "paierie", "sgc", "dgfip", "des", "les"}
)


class Likeness(IntEnum):
    """How much two lines of one account, day and amount are one; the stronger proof is believed first."""

    TWO = 0
    DOUBT = 1
    WORDS = 2
    NUMBERS = 3
    REFERENCE = 4


PROVEN = Likeness.WORDS


@dataclass(frozen=True)
class Line:
    """What a line says, read once."""

    entry: StatementEntry
    format: str
    references: frozenset[str]
    numbers: frozenset[str]
    words: frozenset[str]
    payer: frozenset[str]


@dataclass
class Sorted:
    """What became of the lines of a file: `told` by which other one, `doubted` because of which."""

    told: dict[int, StatementEntry] = field(default_factory=dict)
    doubted: dict[int, StatementEntry] = field(default_factory=dict)


def read(entry: StatementEntry) -> Line:
    given = (entry.bank_reference, entry.end_to_end)
    numbers = frozenset(numbers_in(entry.structured_reference, entry.end_to_end, entry.label))
    words = _words(entry.party_name, entry.label)
    return Line(
        entry, entry.statement.format, frozenset(_bare(text) for text in given) - {"", "notprovided"}, numbers,
        frozenset(word for word in words if not _is_of(word, numbers)), _words(entry.party_name) - _COMMON,
    )  # fmt: skip


def likeness(one: Line, other: Line) -> Likeness:
    """Compare two lines of the same account, day and amount."""
    if _contradict(one, other):
        return Likeness.TWO
    if one.references & other.references:
        return Likeness.DOUBT if _payers_differ(one, other) or _name_otherwise(one, other) else Likeness.REFERENCE
    if one.format == other.format:
        return Likeness.TWO
    if _references_differ(one, other) or one.numbers != other.numbers:
        return Likeness.DOUBT
    if one.numbers:
        return Likeness.NUMBERS if one.words & other.words or not (one.words and other.words) else Likeness.DOUBT
    small, large = sorted((one.words, other.words), key=len)
    return Likeness.WORDS if small <= large and any(_tells(word) for word in small) else Likeness.DOUBT


def sort_out(rows: Sequence[StatementEntry], there: Iterable[StatementEntry], *, known: set[str]) -> Sorted:
    """Compare the lines of a file with those that other statements told.

    Each of those answers for one line, the best proven first; those of the file that are `known` have theirs already. A line that no
    proof settles is doubted when one of another format, of the same account, day and amount, is left without its own.
    """
    others = defaultdict[tuple[Any, ...], list[Line]](list)
    for entry in there:
        others[_place(entry)].append(read(entry))
    found = Sorted()
    groups = defaultdict[tuple[Any, ...], list[tuple[int, Line]]](list)
    for index, row in enumerate(rows):
        if _place(row) in others:
            groups[_place(row)].append((index, read(row)))
    for place, lines in groups.items():
        _sort_group(lines, others[place], found)
    for index, row in enumerate(rows):
        if row.fingerprint in known:
            found.told.pop(index, None)
            found.doubted.pop(index, None)
    return found


def _sort_group(lines: list[tuple[int, Line]], others: list[Line], found: Sorted) -> None:
    pairs = [(likeness(line, other), index, at) for index, line in lines for at, other in enumerate(others)]
    pairs = sorted((pair for pair in pairs if pair[0]), key=lambda pair: (-pair[0], pair[1], pair[2]))
    taken: set[int] = set()
    for strength, index, at in pairs:
        if index in found.told or at in taken:
            continue
        if strength >= PROVEN:
            taken.add(at)
            found.told[index] = others[at].entry
        elif not others[at].entry.set_aside_at:
            found.doubted.setdefault(index, others[at].entry)


def _place(entry: StatementEntry) -> tuple[Any, ...]:
    return entry.iban, entry.booked_on, entry.amount


def _contradict(one: Line, other: Line) -> bool:
    """Two accounts paid, other invoices are named, or the bank itself gave each its own reference in files of one format."""
    ibans = {one.entry.party_iban, other.entry.party_iban} - {""}
    if len(ibans) > 1 or (one.numbers and other.numbers and not one.numbers & other.numbers):
        return True
    return one.format == other.format and _references_differ(one, other)


def _references_differ(one: Line, other: Line) -> bool:
    given = {_bare(one.entry.bank_reference), _bare(other.entry.bank_reference)}
    return "" not in given and len(given) > 1


def _payers_differ(one: Line, other: Line) -> bool:
    """Both name whoever paid, and not one word is common."""
    return bool(one.payer and other.payer and not one.payer & other.payer)


def _name_otherwise(one: Line, other: Line) -> bool:
    """They do not name the same invoices; that only one names any is nothing when the bank's own reference is the same."""
    if one.numbers == other.numbers:
        return False
    of_the_bank = _bare(one.entry.bank_reference)
    return bool(one.numbers and other.numbers) or not of_the_bank or of_the_bank != _bare(other.entry.bank_reference)


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(fold(*texts)) if len(word) >= _SHORTEST) - _NOISE


def _tells(word: str) -> bool:
    return word not in _COMMON and not word.isdigit()


def _is_of(word: str, numbers: Iterable[str]) -> bool:
    """True of a piece of a named invoice: « f2027 », « 0001 », « rf18f20270001 »."""
    return any(word in _bare(number) or _bare(number) in word for number in numbers)


def _bare(text: str) -> str:
    return "".join(_WORD.findall(fold(text)))
