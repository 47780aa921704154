"""The poster of a listed event: every fact of its page that somebody who passes by needs, on one page of A4 (docs/adr/0046).

`content_of` gathers all that is printed, as plain words: two equal contents are the same poster, and its fingerprint says when to draw
again. Neither the address to connect to nor anybody's own is on it: what the public page says, and nothing else (E8).
"""

import hashlib
import json
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from django.conf import settings

from core import pdf
from core.addresses import absolute
from core.covers import INK
from core.drawing import drawer
from core.typography import NBSP
from events.covers import cover_of, hue_of
from events.finding import PUBLICS
from events.models import Event
from events.proposing import HELPS
from events.states import Access, Mode
from events.words import slot
from programmes.flyers import qr_code
from records.models import Association

# Dates that a poster says one by one; of more, it says how many and leads to the page.
MOST_DATES = 10
# From the largest to the smallest: the first that holds in one page is kept.
SIZES = ("huge", "xxl", "xl", "l", "m", "s", "xs", "xxs")
# Signs above which a size is not tried: measured, so that the first tried is most often the one that holds.
_TRIED = ((170, 0), (250, 1), (380, 2), (560, 3), (790, 4), (1100, 5))
_DRAWN_BY = ("templates/events/pdf/poster.html", "static/css/pdf-poster.css", "events/posters.py")


def content_of(event: Event, association: Association) -> dict[str, Any]:
    """Return all that is printed; `event` comes with its season, and may come with the rows it reads."""
    season, parent = event.season, event.parent
    dates = [slot(row, event) for row in event.slots.all()]
    return {
        "title": event.title,
        "summary": event.summary,
        "season": season.title,
        "beside": f"{season.short_kind}, c’est aussi…" if event.is_beside else "",
        "formats": [str(row) for row in event.formats.all()],
        "parent": parent.title if parent and parent.listed_at else "",
        "dates": dates[:MOST_DATES],
        "more_dates": max(0, len(dates) - MOST_DATES),
        **_where(event),
        "access": access_in_words(event),
        "is_invited": event.access == Access.INVITATION,
        "conditions": event.conditions,
        "publics": ", ".join(words for column, words in PUBLICS.values() if getattr(event, column)),
        "helps": helps_in_words(event),
        "access_contact": event.access_contact,
        "carrier": event.carrier,
        "partners": [row.name for row in event.partners.all()],
        "hue": hue_of(event.slug),
        "slug": cover_of(season.slug, event.slug),
        "url": absolute(event.get_absolute_url()),
        "association": {name: getattr(association, name) for name in ("name", "website")},
        "trial": settings.TRIAL,
    }


def _where(event: Event) -> dict[str, Any]:
    online = event.mode == Mode.ONLINE
    town = f"{event.postcode}{NBSP}{event.city}".strip()
    lines = [] if online else [line for line in (event.place, event.address, town) if line]
    return {"where": lines, "is_online": event.mode != Mode.ONSITE}


def access_in_words(event: Event) -> str:
    """« Sur invitation uniquement », « Entrée libre, gratuit »."""
    words = str(Access(event.access).label)
    said = f"{words[0].upper()}{words[1:]}"
    return f"{said}, gratuit" if event.is_free and event.access != Access.INVITATION else said


def helps_in_words(event: Event) -> list[str]:
    return [words for column, words in HELPS.items() if getattr(event, column)]


def fingerprint(content: dict[str, Any]) -> str:
    """Return what changes with anything printed, the drawing itself included."""
    return hashlib.sha256(json.dumps([_drawing(), content], ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def layouts_of(content: dict[str, Any]) -> list[pdf.Layout]:
    """Return the ways to lay it out, the largest first; the last one takes the pages it needs."""
    context = {"poster": content, "qr": qr_code(content["url"])}
    tried = SIZES[_first(content) :]
    return [pdf.Layout(pdf.markup("events/pdf/poster.html", {**context, "size": size}), 1) for size in tried]


def draw(content: dict[str, Any], *, seconds: float) -> bytes:
    """Return the tagged PDF, drawn apart and stopped when it takes too long (`drawing.Undrawn`)."""
    return drawer.draw(layouts_of(content), seconds=seconds)


def _first(content: dict[str, Any]) -> int:
    signs = sum(len(str(content[name])) for name in ("summary", "conditions", "access_contact", "carrier", "parent"))
    signs += sum(len(words) for name in ("dates", "where", "helps", "partners") for words in content[name]) + 3 * len(content["title"]) // 2
    return next((first for most, first in _TRIED if signs < most), len(_TRIED))


def qr_picture(event: Event) -> bytes:
    """The QR code of the page as a picture, with its quiet zone: 1,000 dots or so, for any printed thing."""
    return _qr(event, kind="png", scale=24, border=4, dark=INK, light="#ffffff")


def qr_drawing(event: Event) -> bytes:
    """The same to be enlarged at will."""
    return _qr(event, kind="svg", scale=10, border=4, dark=INK, light="#ffffff")


def _qr(event: Event, **drawn: Any) -> bytes:
    code, made = segno.make(absolute(event.get_absolute_url()), micro=False, error="m", boost_error=False), BytesIO()
    code.save(made, **drawn)
    return made.getvalue()


def file_name(event: Event) -> str:
    """« 2027-le-village-affiche.pdf »"""
    return f"{event.season.slug}-{event.slug}-affiche.pdf"


@lru_cache(maxsize=1)
def _drawing() -> str:
    """The files that decide how it looks: a new drawing is a new poster."""
    return hashlib.sha256(b"".join((Path(settings.BASE_DIR) / name).read_bytes() for name in _DRAWN_BY)).hexdigest()
