"""What a reader of a blind call does not read: who wrote it. The answers themselves never change (domain.md B2, issue 5).

Masked by themselves: the candidate's names, the structure as it was written, its other names and acronyms in the register, the place in
it, addresses of mail and of the web with or without their scheme, handles, phone numbers. Staff add words, one a line
(`Application.masked_words`). Case, accents, hyphens, apostrophes, the dots of an acronym and « St » for « Saint » do not matter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.db.models import Q

from applications.models import Application
from core.folding import fold
from organisations.models import Alias, Organisation
from organisations.naming import key_of, place_in

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
# Words of every sentence: a name or an acronym like one of these is masked with its capital alone.
_EVERYDAY = """
ai aie aux avec bon car ce ces cet dans des dit elle en est et etait fin ici ils je la le les leur lui ma mais mes mien mon ne ni nos
notre nous on ont ou par parc pas plan plus pour que qui sa sans se sel ses si soi son sont sous suis sur ta tel tes ton tout tu un
une va vie vos votre vous
"""
_WORDS = frozenset(_EVERYDAY.split())
_SAINTS = (("saint", "st"), ("sainte", "ste"))
_ACRONYM = re.compile(r"[A-Z]{3,8}")  # « DINUM », also written « D.I.N.U.M. »
_DOMAINS = "fr|com|org|net|eu|io|me|info|bzh|alsace|corsica|paris|re|gp|mq|gf|yt|nc|pf|social|online|example"
_ADDRESSES = re.compile(
    r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"
    r"|\b(?:https?://|www\.)\S+"
    # Without its scheme: « linkedin.com/in/camille », « camille.example ».
    rf"|\b(?:[\w-]+\.)+(?:{_DOMAINS})\b(?:/[^\s,;)»]*)?"
    r"|(?<![\w.@])@\w[\w.-]*\w(?:@[\w.-]*\w)?"
    r"|(?:\+33|\b0)\s?[1-9](?:[\s.-]?\d{2}){4}\b"
)


class Pattern(NamedTuple):
    """What is masked: in the folded text, and as it is written."""

    folded: "re.Pattern[str]"
    written: "re.Pattern[str]"


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
    names = [application.last_name, application.first_name, application.organisation, *_in_the_register(application)]
    return [*names, *(word for name in names[2:] for word in _proper(name)), *chosen(application)]


def _in_the_register(application: Application) -> list[str]:
    """Return the names and acronyms of the body, tied to the file or named as it says."""
    key = key_of(application.organisation)
    if not application.body_id and not key:
        return []
    same = Q(pk=application.body_id) if application.body_id else Q(key=key) | Q(aliases__key=key)
    found = dict(Organisation.objects.filter(same).order_by("pk").values_list("pk", "name"))
    return [*found.values(), *Alias.objects.filter(organisation__in=found).order_by("pk").values_list("name", flat=True)]


def _proper(name: str) -> list[str]:
    """Return what tells a structure from others: « Rennes » of « Mairie de Rennes », nothing of « Conseil régional »."""
    bare = re.sub(r"[^\w\s-]", " ", name)
    places = {word for word in place_in(bare) if len(word) >= _SHORTEST_PLACE and not word.isdigit()} - set(_COMMON.split())
    # « Saint-Étienne » is one word here, and so is each of its parts.
    compounds = [word for word in re.findall(r"\w+(?:-\w+)+", bare) if word[0].isupper() and places & set(place_in(word))]
    alone = [word for word in re.findall(r"\w+", bare) if word[0].isupper() and fold(word) in places]
    return [*compounds, *alone]


def chosen(application: Application) -> list[str]:
    """Return the words that the team masks."""
    return [word for line in application.masked_words.splitlines() if (word := line.strip())]


def unfound(application: Application) -> list[str]:
    """Return the words of the team that hide nothing of this file: mistyped, or no longer there."""
    texts = (application.job, application.motivation)
    return [word for word in chosen(application) if not any(_is_in(text, _pattern([word])) for text in texts)]


def _is_in(text: str, pattern: "Pattern") -> bool:
    return bool(pattern.folded.search(_folded(text)[0]) or pattern.written.search(text))


def tidied(typed: str) -> str:
    """Return the words of the team as they are kept: one a line, each once, as typed."""
    kept: dict[str, str] = {}
    for line in typed.splitlines():
        if folded := _key(line):
            kept.setdefault(folded, " ".join(line.split()))
    return "\n".join(list(kept.values())[:MOST_WORDS])


def masked(text: str, pattern: "Pattern | None") -> Line:
    """Cut a text where it is masked; a mask says nothing of the length of what it hides."""
    hidden = bytearray(len(text))
    for start, end in _hits(text, pattern) if pattern else ():
        hidden[start:end] = b"\x01" * (end - start)
    runs = ((flag, "".join(text[at] for at in run)) for flag, run in groupby(range(len(text)), key=hidden.__getitem__))
    return [Piece(MASK, masked=True) if flag else Piece(words) for flag, words in runs]


def plain(lines: Iterable[Line]) -> str:
    """Write lines as text, masks included."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def _hits(text: str, pattern: "Pattern") -> Iterator[tuple[int, int]]:
    """Where the text is masked: found in its folded writing, told in its own."""
    folded, origins = _folded(text)
    for match in pattern.folded.finditer(folded):
        if match.end() > match.start():
            yield origins[match.start()], origins[match.end() - 1] + 1
    for asis in (pattern.written, _ADDRESSES):
        for match in asis.finditer(text):
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


def _pattern(words: Iterable[str]) -> Pattern:
    """Match any of these words whole, the longest first; a plural is the word too."""
    words = list(words)
    shy = {word for word in words if fold(word) in _WORDS and not word.islower()}
    keys = sorted({key for word in words if word not in shy and (key := _key(word))}, key=len, reverse=True)
    bodies = [r"\s+".join(_spellings(part) for part in key.split()) for key in keys]
    bodies += [r"\s+".join(_key(word)) for word in sorted(set(words)) if _ACRONYM.fullmatch(word)]
    written = sorted({each for word in shy for each in (word.upper(), word.capitalize())})
    return Pattern(_whole(bodies, "s?"), _whole([re.escape(each) for each in written]))


def _whole(bodies: Iterable[str], ending: str = "") -> "re.Pattern[str]":
    each = "|".join(bodies)
    return re.compile(rf"(?<![^\W_])(?:{each}){ending}(?![^\W_])" if each else r"(?!)")


def _spellings(word: str) -> str:
    """« Saint » is also « St »."""
    return next((f"(?:{'|'.join(same)})" for same in _SAINTS if word in same), re.escape(word))
