"""The social card of a page: its cover, its title and its dates on 1200 × 630 points, drawn once for each content."""

import hashlib
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core import pdf
from programmes.models import Edition, Programme, TrainingSession
from programmes.structured import Row

WIDTH = 1200
# To be raised when the drawing of the card changes: the cards of before are then drawn again.
DRAWING = "3"
FOLDER = "cartes"


def png(row: Row) -> bytes:
    """Return the card of a row: the one kept for what it says now, else drawn and kept in its place."""
    return kept(f"{FOLDER}/{row._meta.model_name}-{row.pk}", content_of(row))


def kept(folder: str, said: dict[str, Any]) -> bytes:
    """Return the card that says this, the only one kept in its folder. The apps above draw theirs so, in folders of their own."""
    name = f"{folder}/{_fingerprint(said)}.png"
    try:
        with default_storage.open(name) as file:
            content: bytes = file.read()
        return content
    except FileNotFoundError:
        drawn = _drawn(said)
    _replace(name, drawn)
    return drawn


def content_of(row: Row) -> dict[str, Any]:
    """Return all that a card says, and nothing else: two equal contents are the same picture."""
    programme = row if isinstance(row, Programme) else row.programme
    slug = programme.slug if isinstance(row, Programme) else f"{programme.slug}-{row.slug}"
    return {"hue": programme.hue, "slug": slug, "kind": _kind(row), "title": row.title, "line": _line(row)}


def _kind(row: Row) -> str:
    if isinstance(row, Edition):
        return "Appel à candidatures"
    programme = row.programme if isinstance(row, TrainingSession) else row
    return programme.get_kind_display()


def _line(row: Row) -> str:
    if isinstance(row, Edition):
        return f"Clôture des candidatures : {row.deadline_short}"
    if isinstance(row, TrainingSession):
        return ", ".join(part for part in (row.when, row.where) if part)
    return "La 27e Région"


def _fingerprint(said: dict[str, Any]) -> str:
    return hashlib.sha256("\0".join((DRAWING, *(str(said[name]) for name in sorted(said)))).encode()).hexdigest()[:32]


def _drawn(said: dict[str, Any]) -> bytes:
    """A WeasyPrint page made PNG (interface.md, Identity)."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf.render("programmes/pdf/card.html", {"card": said}))
    try:
        page = document[0]
        picture = page.render(scale=WIDTH / page.get_width()).to_pil()
    finally:
        document.close()
    kept = BytesIO()
    picture.convert("P", palette=1, colors=64).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _replace(name: str, content: bytes) -> None:
    """Keep the new card; the one of what the row said before goes."""
    folder = name.rsplit("/", 1)[0]
    if default_storage.exists(folder):
        for old in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{old}")
    default_storage.save(name, ContentFile(content))
