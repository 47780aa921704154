"""A list of guests as somebody pastes it: « nom ; adresse », one a line. What cannot be read is said by its line; nothing is lost."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import normalise
from events.proposing import storable

MOST = 500
LONGEST_NAME, LONGEST_ADDRESS = 160, 254
_SPLIT = re.compile(r"[;,\t<>]+")
_HEADING = re.compile(r"^\s*(nom|name|prénom|mail|courriel|adresse|e-mail)\b[^@]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Guest:
    name: str
    email: str
    line: int


@dataclass(frozen=True)
class Guests:
    """Whom a list names, and what is wrong with its other lines: (line, why)."""

    found: list[Guest] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)


def read(text: str, invited: Iterable[str]) -> Guests:
    """Read a pasted list; `invited` are the addresses that hold an invitation already."""
    guests, known = Guests(), dict.fromkeys(invited, 0)
    for number, line in enumerate(storable(text).split("\n"), start=1):
        if not line.strip() or (number == 1 and _HEADING.match(line)):
            continue
        name, email = _parts(line)
        why = _fault(name, email, known, len(guests.found))
        if why:
            guests.wrong.append((number, why))
        else:
            known[email] = number
            guests.found.append(Guest(name, email, number))
    return guests


def _parts(line: str) -> tuple[str, str]:
    """The piece with an @ is the address; the name is what stands before, or else after."""
    pieces = [" ".join(piece.split()).strip("\"' ") for piece in _SPLIT.split(line)]
    rank = next((rank for rank, piece in enumerate(pieces) if "@" in piece), len(pieces))
    address = pieces[rank] if rank < len(pieces) else ""
    before, after = (" ".join(piece for piece in some if piece) for some in (pieces[:rank], pieces[rank + 1 :]))
    return before or after, normalise(address)


def _fault(name: str, email: str, known: dict[str, int], count: int) -> str:
    if not email:
        return "il n’y a pas d’adresse électronique."
    if not _is_address(email):
        return f"« {email[:80]} » n’est pas une adresse électronique."
    if email in known:
        return f"la même adresse est à la ligne {known[email]}." if known[email] else f"{email} est déjà invité."
    if len(name) > LONGEST_NAME:
        return f"le nom dépasse {LONGEST_NAME} caractères."
    return f"{MOST} personnes au plus à la fois : elle n’est pas lue." if count >= MOST else ""


def _is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= LONGEST_ADDRESS
