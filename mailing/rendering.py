"""From words with placeholders to a letter, and what is wrong with words before they are kept (docs/adr/).

One rendering for the shipped text and for the team's: each `{name}` is replaced once by its value, which is never read again.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.template.loader import get_template

from mailing.letters import Context, LetterKind, Placeholder

SUBJECT_LENGTH = 250
BODY_LENGTH = 20_000
NAME = re.compile(r"\{([a-z0-9_]+)\}")
_BRACE = re.compile(r"\{[^{}\s]*\}|[{}]")
# An ordinary blank goes with an empty placeholder; a no-break one belongs to the sign beside it.
_IN_PLACE = re.compile(r"(?P<blank> ?)\{(?P<name>[a-z0-9_]+)\}")
_BUTTON = re.compile(r"[^\n]+?\s*:\n\{(?P<name>[a-z0-9_]+)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Words:
    """A subject and a body, with their placeholders."""

    subject: str
    body: str


def shipped(kind: LetterKind) -> Words:
    """Return the words the portal comes with: first line the subject, then a blank line, then the text."""
    template: Any = get_template(kind.template, using="text")
    return _cut(template.template.source)


@lru_cache(maxsize=128)
def _cut(source: str) -> Words:
    subject, _, body = plain(source).partition("\n")
    return Words(subject.strip(), body.strip())


def plain(text: str) -> str:
    """Return the text with ends of line made alike, without what no mail holds, at most one blank line in a row."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)).strip()


def render(kind: LetterKind, words: Words, context: Context) -> tuple[str, str]:
    """Return the subject, on one line, and the text."""
    values = _Values(kind, context)
    body = "\n\n".join(shown for part in re.split(r"\n\s*\n", words.body) if (shown := _paragraph(part, values)))
    return _one_line(_put(words.subject, values)), re.sub(r"\n{3,}", "\n\n", body).strip()


class _Values:
    """What takes the place of each placeholder: asked once, and only when the text holds it."""

    def __init__(self, kind: LetterKind, context: Context) -> None:
        self.placeholders, self.context = kind.placeholders, context
        self.known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self.known:
            self.known[name] = _value(self.placeholders[name], self.context)
        return self.known[name]

    def all_empty(self, text: str) -> bool:
        """True when a text holds placeholders and none of them says anything."""
        found = NAME.findall(text)
        return bool(found) and not any(self[name] for name in found)


def _value(placeholder: Placeholder, context: Context) -> str:
    value = str(placeholder.value(context)).replace("\r\n", "\n").replace("\x00", "").strip()
    return value if placeholder.lines else re.sub(r" *[\r\n\t]+ *", " ", value)


def _paragraph(part: str, values: _Values) -> str:
    """Return the paragraph; nothing when all it had to say is empty. So with each item of a list, and with the list itself."""
    lines = part.split("\n")
    first = next((rank for rank, line in enumerate(lines) if line.startswith("- ")), len(lines))
    lead, items = "\n".join(lines[:first]), lines[first:]
    kept = [line for line in items if not values.all_empty(line)]
    if (items and not kept) or (not items and values.all_empty(lead)):
        return ""
    said = kept if values.all_empty(lead) else [*lines[:first], *kept]
    return "\n".join(_put(line, values) for line in said).strip("\n")


def _put(line: str, values: _Values) -> str:
    def put(found: re.Match[str]) -> str:
        value = values[found["name"]]
        return found["blank"] + value if value else ""

    return _IN_PLACE.sub(put, line).lstrip(" ")


def _one_line(subject: str) -> str:
    # Only ASCII blanks: the no-break spaces of French stay.
    line = re.sub(r"[\r\n\t ]+", " ", subject).strip()
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"


# --- What is wrong with words ------------------------------------------------------------------------

Fault = tuple[str, str]
NO_SUBJECT = "Écrivez le sujet de la lettre."
NO_BODY = "Écrivez le texte de la lettre. Pour revenir au texte d’origine, un bouton suffit, plus bas."


def faults(kind: LetterKind, words: Words) -> list[Fault]:
    """Say, by field and in French, why these words cannot be kept; nothing when they can."""
    return [(field, told) for check in _CHECKS for field, told in check(kind, words)]


def _said(kind: LetterKind, words: Words) -> Iterator[Fault]:
    if not words.subject:
        yield "subject", NO_SUBJECT
    if not words.body:
        yield "body", NO_BODY
    if len(words.subject) > SUBJECT_LENGTH:
        yield "subject", f"Le sujet tient en {SUBJECT_LENGTH} signes ; celui-ci en a {len(words.subject)}."
    if len(words.body) > BODY_LENGTH:
        yield "body", f"Le texte tient en 20\u202f000 signes ; celui-ci en a {len(words.body)}."


def _known(kind: LetterKind, words: Words) -> Iterator[Fault]:
    for field, text in (("subject", words.subject), ("body", words.body)):
        for found in dict.fromkeys(_BRACE.findall(text)):
            if found in "{}":
                yield field, f"Une accolade « {found} » est seule : les accolades entourent le nom d’un repère, comme {_first(kind)}."
            elif found[1:-1] not in kind.placeholders:
                yield field, f"Le repère {found} n’existe pas pour cette lettre : choisissez dans la liste."


def _first(kind: LetterKind) -> str:
    return f"{{{next(iter(kind.placeholders), 'nom')}}}"


def _one_line_subject(kind: LetterKind, words: Words) -> Iterator[Fault]:
    for name in dict.fromkeys(NAME.findall(words.subject)):
        if name in kind.placeholders and kind.placeholders[name].lines:
            yield "subject", f"Le repère {{{name}}} tient sur plusieurs lignes : il n’a pas sa place dans le sujet."


def _essential(kind: LetterKind, words: Words) -> Iterator[Fault]:
    held = set(NAME.findall(words.body))
    for name, placeholder in kind.placeholders.items():
        if (placeholder.essential or placeholder.button) and name not in held:
            yield "body", f"Il manque le repère {{{name}}} ({placeholder.meaning}) : sans lui, la lettre ne sert à rien."


def _buttons(kind: LetterKind, words: Words) -> Iterator[Fault]:
    laid = {found["name"] for part in re.split(r"\n\s*\n", words.body) if (found := _BUTTON.fullmatch(part.strip()))}
    for name in NAME.findall(words.body):
        if name in kind.placeholders and kind.placeholders[name].button and name not in laid:
            yield (
                "body",
                f"Le repère {{{name}}} fait le bouton de la lettre : seul sur sa ligne, sous une ligne qui finit par « : », "
                "entre deux lignes vides.",
            )


_CHECKS: tuple[Callable[[LetterKind, Words], Iterable[Fault]], ...] = (_said, _known, _one_line_subject, _essential, _buttons)
