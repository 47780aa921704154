"""What a reader of a blind call does not read: who wrote it. The answers themselves never change (domain.md B2, issue 5).

Masked by themselves: the candidate's names, the structure as it was written and the place in it, addresses of mail and of the web, phone
numbers. Staff add words, one a line (`Application.masked_words`). Case, accents, hyphens and apostrophes do not matter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from applications.models import Application
from core.folding import fold
from organisations.naming import place_in

MASK = "▇▇▇"
MOST_WORDS = 60
_SHORTEST_PLACE = 3
# What any administration is called: masking these would hide half of what people write about their work.
_COMMON = """
academie administration agence agglomeration agglo assistance association caisse centre chambre communaute communautaire conseil
consultatif delegation departement departemental departementale direction ecole ehpad etablissement etat general generale
groupement hopital hopitaux hospitalier hospitaliere hospices institut intercommunal intercommunale maison metropole ministere
mission national nationale office parc pays pole prefecture public publique publics recherche rectorat region regional regionale
republique sante secretariat service services social sociale sous syndicat territoire territorial territoriale territoires
transition tribunal universitaire universite
"""
_ADDRESSES = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b|\b(?:https?://|www\.)\S+|(?:\+33|\b0)\s?[1-9](?:[\s.-]?\d{2}){4}\b")


@dataclass(frozen=True)
class Piece:
    """A run of characters, shown or masked."""

    text: str
    masked: bool = False


Line = list[Piece]
Paragraph = list[Line]


@dataclass(frozen=True)
class Read:
    """The two answers that a reader reads."""

    job: Line
    motivation: list[Paragraph]

    @property
    def hides(self) -> bool:
        return any(piece.masked for line in [self.job, *(line for lines in self.motivation for line in lines)] for piece in line)


def read_by_jury(application: Application, *, blind: bool) -> Read:
    """Give the job and the motivation as a reader sees them."""
    pattern = _pattern(words_of(application)) if blind else None
    paragraphs = re.split(r"\n\s*\n", application.motivation.strip()) if application.motivation.strip() else []
    return Read(
        masked(application.job, pattern),
        [[masked(line, pattern) for line in paragraph.split("\n")] for paragraph in paragraphs],
    )


def words_of(application: Application) -> list[str]:
    """Return what is masked of this file: by itself, and by the team."""
    names = [application.last_name, application.first_name, application.organisation]
    if application.body_id and application.body:
        names.append(application.body.name)
    return [*names, *(word for name in names[2:] for word in _proper(name)), *chosen(application)]


def _proper(name: str) -> list[str]:
    """Return what tells a structure from others: « Rennes » of « Mairie de Rennes », nothing of « Conseil régional »."""
    places = {word for word in place_in(name) if len(word) >= _SHORTEST_PLACE and not word.isdigit()} - set(_COMMON.split())
    return [word for word in re.findall(r"\w+", name) if word[0].isupper() and fold(word) in places]


def chosen(application: Application) -> list[str]:
    """Return the words that the team masks."""
    return [word for line in application.masked_words.splitlines() if (word := line.strip())]


def tidied(typed: str) -> str:
    """Return the words of the team as they are kept: one a line, each once, as typed."""
    kept: dict[str, str] = {}
    for line in typed.splitlines():
        if folded := _key(line):
            kept.setdefault(folded, " ".join(line.split()))
    return "\n".join(list(kept.values())[:MOST_WORDS])


def masked(text: str, pattern: "re.Pattern[str] | None") -> Line:
    """Cut a text where it is masked; a mask says nothing of the length of what it hides."""
    hidden = bytearray(len(text))
    for start, end in _hits(text, pattern) if pattern else ():
        hidden[start:end] = b"\x01" * (end - start)
    runs = ((flag, "".join(text[at] for at in run)) for flag, run in groupby(range(len(text)), key=hidden.__getitem__))
    return [Piece(MASK, masked=True) if flag else Piece(words) for flag, words in runs]


def plain(lines: Iterable[Line]) -> str:
    """Write lines as text, masks included."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def _hits(text: str, pattern: "re.Pattern[str]") -> Iterator[tuple[int, int]]:
    """Where the text is masked: found in its folded writing, told in its own."""
    folded, origins = _folded(text)
    for match in pattern.finditer(folded):
        if match.end() > match.start():
            yield origins[match.start()], origins[match.end() - 1] + 1
    for match in _ADDRESSES.finditer(text):
        yield match.span()


def _folded(text: str) -> tuple[str, list[int]]:
    """Fold character by character: what is not a letter nor a digit is a blank; each keeps its place."""
    out: list[str] = []
    origins: list[int] = []
    for at, character in enumerate(text):
        bare = fold(character) if character.isalnum() else ""
        # A combining accent belongs to the letter before it.
        if not bare and 0x300 <= ord(character) <= 0x36F:
            continue
        for folded in bare or " ":
            out.append(folded)
            origins.append(at)
    return "".join(out), origins


def _key(word: str) -> str:
    return " ".join(_folded(word)[0].split())


def _pattern(words: Iterable[str]) -> "re.Pattern[str]":
    """Match any of these words whole, the longest first; a plural is the word too."""
    keys = sorted({key for word in words if (key := _key(word))}, key=len, reverse=True)
    bodies = [r"\s+".join(map(re.escape, key.split())) for key in keys]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(bodies)})s?(?![^\W_])" if bodies else r"(?!)")
