"""What a call asks (domain.md A6 and nothing else): its names, how it is typed, how it is read out.

One list for the form, the columns, the copies, the letters and the PDFs.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any

from applications.states import Branch
from core.lines import count_lines
from organisations.regions import Region

LABELS = {
    "last_name": "Nom",
    "first_name": "Prénom",
    "organisation": "Structure",
    "job": "Fonction",
    "branch": "Fonction publique",
    "region": "Région",
    "motivation": "Motivation",
    "costs_covered": "Frais pris en charge par l’administration",
}
NAMES = tuple(LABELS)
TICKED = "on"
# A draft keeps what was typed, whatever its length, up to here: ten times what the longest honest text needs.
MOST_CHARACTERS = 20_000


def typed_in(post: Mapping[str, Any]) -> dict[str, str]:
    """Keep what was typed, as typed: line ends made alike, without the characters no database stores."""
    return {name: storable(str(post.get(name) or "")) for name in NAMES}


def storable(text: str) -> str:
    """Return the text without null bytes and lone surrogates, its line ends being LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return "".join(character for character in text if unicodedata.category(character) != "Cs")


def as_typed(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return answers as the form would send them."""
    return {name: (TICKED if answers.get(name) else "") if name == "costs_covered" else str(answers.get(name) or "") for name in NAMES}


def is_empty(typed: Mapping[str, str]) -> bool:
    return not any(text.strip() for text in typed.values())


def gaps(typed: Mapping[str, str], *, most_lines: int) -> list[str]:
    """Return what keeps a draft from being accepted, in the words of the team (A4, A6)."""
    missing = [_GAPS.get(name, label.lower()) for name, label in LABELS.items() if not typed.get(name, "").strip()]
    lines = count_lines(typed.get("motivation", ""))
    return missing + ([f"motivation de {lines} lignes, {most_lines} au plus"] if lines > most_lines else [])


_GAPS = {"costs_covered": "case des frais non cochée"}


def too_long(typed: Mapping[str, str]) -> bool:
    return any(len(text) > MOST_CHARACTERS for text in typed.values())


def read_out(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each answer with its label, in words, in the order of the form; the address first when it was copied."""
    address = [("Adresse électronique", str(answers["email"]))] if answers.get("email") else []
    return address + [(label, _in_words(name, answers.get(name))) for name, label in LABELS.items()]


def _in_words(name: str, value: Any) -> str:
    if name == "branch":
        return str(dict(Branch.choices).get(value, ""))
    if name == "region":
        return str(dict(Region.choices).get(value, ""))
    if name == "costs_covered":
        return "Oui" if value else "Non"
    return str(value or "")
