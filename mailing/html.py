"""From the text of a letter to its blocks, and from the blocks to the HTML part (`templates/mailing/letter.html`).

Paragraphs are separated by blank lines; lines in « - » are a list; addresses become links. The first « Libellé :⏎https://… » alone
is the button, if it leads to the portal: a letter copies what people typed, which must not make a button to somewhere else.
"""

import re
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from core.typography import typo
from records.models import Association

ADDRESS = re.compile(r"https?://[^\s<>«»\"]*[^\s<>«»\".,;:!?)\]’']|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# The formatted letter carries its styles; it may do nothing else.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
_LEFT_ALONE = re.compile(rf"({ADDRESS.pattern}|\{{[^{{}}\s]*\}})")
# An end of line between « Libellé : » and its address.
_LINK_BELOW = re.compile(r"(?<=:)\n(?=https?://)")
BUTTON = re.compile(r"(?P<label>[^\n]+?)\s*:\n(?P<url>https?://\S+)")


@dataclass(frozen=True)
class Piece:
    """A run of text; with `url`, a link."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph (`lines`), a list (`items`) or the button (`label`, `url`); lines and items are made of pieces."""

    kind: str
    lines: list[list[Piece]] = field(default_factory=list)
    items: list[list[Piece]] = field(default_factory=list)
    label: str = ""
    url: str = ""


def blocks(text: str) -> list[Block]:
    """Cut a letter's text into blocks."""
    found: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        button = BUTTON.fullmatch(paragraph.strip())
        if button and _is_ours(button["url"]) and all(block.kind != "button" for block in found):
            found.append(Block("button", label=button["label"].strip(), url=button["url"]))
        elif paragraph.strip():
            found.extend(_blocks_of(paragraph.strip("\n")))
    return found


def with_paragraph(text: str, paragraph: str) -> str:
    """Return the letter with its personal paragraph after the greeting (« Bonjour Camille, »), else first. It never makes the button."""
    if not paragraph.strip():
        return text
    added = typeset(_LINK_BELOW.sub(" ", paragraph.replace("\r\n", "\n").strip()))
    greeting, _, rest = text.partition("\n\n")
    if greeting.endswith(",") and "\n" not in greeting:
        return f"{greeting}\n\n{added}\n\n{rest}".rstrip("\n")
    return f"{added}\n\n{text}"


def typeset(text: str) -> str:
    """Set a text as in French print, leaving addresses and placeholders as they are."""
    pieces = _LEFT_ALONE.split(text)
    last = len(pieces) - 1
    return "".join(piece if rank % 2 else _piece(piece, after=rank > 0, before=rank < last) for rank, piece in enumerate(pieces))


def _piece(text: str, *, after: bool, before: bool) -> str:
    """A run of text between two others is set as their continuation: « {titre} : »."""
    padded = typo(f"{'x' * after}{text}{'x' * before}")
    return padded[after : len(padded) - before]


def _is_ours(url: str) -> bool:
    return url.startswith(f"{settings.PORTAL_URL}/")


def _blocks_of(paragraph: str) -> list[Block]:
    lines = paragraph.split("\n")
    first = next((rank for rank, line in enumerate(lines) if line.startswith("- ")), len(lines))
    found = [Block("paragraph", lines=[pieces(line) for line in lines[:first]])] if first else []
    if first < len(lines):
        found.append(Block("list", items=[pieces(item) for item in _items(lines[first:])]))
    return found


def _items(lines: list[str]) -> list[str]:
    """A line that does not start with « - » goes on with the item above."""
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        else:
            items[-1] += f" {line.strip()}"
    return items


def pieces(line: str) -> list[Piece]:
    """Cut a line into text and links."""
    found, end = [], 0
    for match in ADDRESS.finditer(line):
        if match.start() > end:
            found.append(Piece(line[end : match.start()]))
        target = match[0] if match[0].startswith("http") else f"mailto:{match[0]}"
        found.append(Piece(match[0], target))
        end = match.end()
    if end < len(line):
        found.append(Piece(line[end:]))
    return found


def html_part(subject: str, text: str, *, association: Association) -> str:
    """Return the HTML part of a letter, in the one shell."""
    context = {"subject": subject, "blocks": blocks(text), "association": association, "portal": settings.PORTAL_URL}
    return render_to_string("mailing/letter.html", context)


def sandboxed(html: str) -> HttpResponse:
    """Answer with the HTML part of a mail, alone and powerless."""
    return HttpResponse(html, headers={"Content-Security-Policy": SANDBOX})


def text_part(text: str, *, association: Association) -> str:
    """Return the text part: as typed, with the association's signature."""
    signature = [association.name, association.baseline, f"Nous écrire : {settings.PORTAL_URL}/contact/"]
    return f"{text}\n\n-- \n" + "\n".join(line for line in signature if line) + "\n"
