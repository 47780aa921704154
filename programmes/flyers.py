"""What the flyer of a call or of a training day says: every fact of its page, and nothing else (domain.md 2.1 and 2.2).

`content_of` gathers all that is printed, as plain words: two equal contents are the same flyer, and its fingerprint says when to draw
again. Seats left are not printed: a flyer must hold as long as it stays on a table. Trainers' addresses never are.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from core import pdf, prose
from core.addresses import absolute
from core.covers import INK
from core.drawing import drawer
from programmes import photos
from programmes.models import Edition, Phase, Trainer, TrainingSession
from programmes.states import ACCEPTING, Status
from records.models import Association

Row = Edition | TrainingSession
PAGES = 2
# From the roomiest to the tightest: the first that holds in its pages is kept. « flow » fills the first page up.
ON_ONE = ("tall one large", "tall one", "band one")
CLOSE = ("band", "band dense", "band dense flow", "band dense denser flow")
# What is tried, up to so many signs: measured, so that the first tried is most often the one that holds.
TRIED = (
    (1700, (*ON_ONE, "tall", *CLOSE)),
    (2700, ("tall", "band large", "band roomy", *CLOSE)),
    (3300, ("band roomy", *CLOSE)),
)
_PRINTED = ("name", "legal_form", "baseline", "address", "postcode", "city", "phone", "siret", "contact_email", "website")
_DRAWN_BY = ("templates/programmes/pdf/flyer.html", "templates/programmes/pdf/flyer_call.html", "templates/programmes/pdf/flyer_day.html",
             "static/css/flyer.css", "programmes/flyers.py")  # fmt: skip
_LINK = re.compile(r'<a href="(https?://[^"]+)"[^>]*>(.*?)</a>')


@dataclass(frozen=True)
class Edited:
    """Which version this is: printed at the foot of each page."""

    version: int
    at: datetime


def content_of(row: Row, *, now: datetime, association: Association) -> dict[str, Any]:
    """Return all that is printed; `row` may come with what it reads already at hand (`services.flyers`)."""
    of_row = _of_call(row, now=now) if isinstance(row, Edition) else _of_day(row, now=now)
    return of_row | {
        "title": row.title,
        "lede": row.lede,
        "description": row.description,
        "audience": row.audience,
        "cancelled": row.cancelled_at is not None,
        "reason": row.cancellation_reason,
        "programme": row.programme.title,
        "hue": row.programme.hue,
        "slug": f"{row.programme.slug}-{row.slug}",
        "url": absolute(row.get_absolute_url()),
        "association": {name: getattr(association, name) for name in _PRINTED},
        "trial": settings.TRIAL,
    }


def fingerprint(content: dict[str, Any]) -> str:
    """Return what changes with anything printed, the drawing itself included."""
    return hashlib.sha256(json.dumps([_drawing(), content], ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def layouts_of(row: Row, content: dict[str, Any], edited: Edited) -> list[pdf.Layout]:
    """Return the ways to lay it out, the best first: one page when it is short, two otherwise, smaller when it is long."""
    template = "programmes/pdf/flyer_call.html" if isinstance(row, Edition) else "programmes/pdf/flyer_day.html"
    context = {"flyer": content, "edited": edited, "faces": _faces(row), "qr": qr_code(content["url"]), "texts": _texts(content)}
    context |= {"day": None if isinstance(row, Edition) else row.day}
    tried = [(name, 1 if name in ON_ONE else PAGES) for name in _tried(content)]
    return [pdf.Layout(pdf.markup(template, {**context, "layout": name}), pages) for name, pages in tried]


def draw(row: Row, content: dict[str, Any], edited: Edited, *, seconds: float) -> bytes:
    """Return the PDF, drawn apart and stopped when it takes too long (`drawing.Undrawn`)."""
    return drawer.draw(layouts_of(row, content, edited), seconds=seconds)


def _tried(content: dict[str, Any]) -> tuple[str, ...]:
    signs = sum(len(text) for text in _all_texts(content))
    return next((names for most, names in TRIED if signs < most), CLOSE)


def file_name(row: Row) -> str:
    """« aventuriers-2017-depliant.pdf »"""
    return f"{row.programme.slug}-{row.slug}-depliant.pdf"


def qr_code(address: str) -> str:
    """Return a QR code to an address, as a picture written whole in the page."""
    code = segno.make(address, micro=False, error="m", boost_error=False)
    drawn = BytesIO()
    code.save(drawn, kind="svg", border=0, dark=INK, light=None, omitsize=True, xmldecl=False, nl=False)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def printed_links(text: str) -> SafeString:
    """Return Markdown as HTML in which the address of each link can be read on paper."""

    def said(found: re.Match[str]) -> str:
        address = re.sub(r"^https?://(www\.)?|/$", "", html.unescape(found[1]))
        return found[0] if address in html.unescape(found[2]) else f'{found[0]} <span class="url">{html.escape(address)}</span>'

    return mark_safe(_LINK.sub(said, prose.render(text)))  # noqa: S308 - cleaned by nh3; what is added is escaped


# --- What is printed --------------------------------------------------------------------------------


def _of_call(edition: Edition, *, now: datetime) -> dict[str, Any]:
    status = edition.status(now=now)
    return {
        "kind": "Appel à candidatures",
        "subtitle": edition.subtitle,
        "phases": [_phase(phase) for phase in edition.timeline],
        "total_duration": edition.total_duration,
        "costs": edition.costs,
        "history": edition.history,
        "deadline": edition.deadline,
        "deadline_short": edition.deadline_short,
        "is_before": status in ACCEPTING | {Status.ANNOUNCED},
        "seats": edition.seats,
        "lines": edition.motivation_lines,
        "answer": edition.results_label,
        "carriers": edition.carriers,
        "contact": edition.programme.contact_email,
    }


def _phase(phase: Phase) -> dict[str, str]:
    street = phase.venue.street if phase.venue and phase.venue.address else ""
    access = phase.venue.access if phase.venue else ""
    line = " · ".join(part for part in (phase.duration, phase.when, phase.where) if part)
    return {"title": phase.title, "line": line, "street": street, "access": access, "description": phase.description}


def _of_day(day: TrainingSession, *, now: datetime) -> dict[str, Any]:
    return {
        "kind": day.programme.get_kind_display(),
        "questions": day.questions,
        "format": day.format,
        "price": day.price_label,
        "is_free": not day.price,
        "vat": day.vat_label,
        "seats": day.seats,
        "duration": day.duration,
        "contact": day.contact,
        "is_next": day.status(now=now).is_to_come,
        "day": day.day.isoformat(),
        "hours": day.hours_label,
        "where": day.where,
        "venue": {"name": day.venue.name, "street": day.venue.street, "access": day.venue.access} if day.venue else None,
        "slots": [{"hour": slot.hour, "sequences": [[item.title, item.description] for item in slot.items]} for slot in day.slots],
        "pitch": day.pitch,
        "people": [_person(person) for person in day.people],
        "links": day.links,
    }


def _person(person: Trainer) -> dict[str, str]:
    """Never their address."""
    credit = person.photo_credit if person.photo else ""
    return {"name": person.name, "job": person.job, "biography": person.biography, "photo": person.photo.name or "", "credit": credit}


# --- How it is drawn --------------------------------------------------------------------------------


def _faces(row: Row) -> list[tuple[Trainer, str]]:
    """Each trainer and their portrait; without one, or when its file is lost, tiles take its place."""
    return [] if isinstance(row, Edition) else [(person, _portrait(person)) for person in row.people]


def _portrait(person: Trainer) -> str:
    content = photos.read(person)
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}" if content else ""


def _texts(content: dict[str, Any]) -> dict[str, SafeString]:
    """The Markdown of the page as it reads on paper."""
    names = ("description", "questions", "audience", "format", "pitch", "links", "costs", "history")
    return {name: printed_links(content.get(name, "")) for name in names}


def _all_texts(content: Any) -> Sequence[str]:
    if isinstance(content, str):
        return [content]
    inside = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [text for part in inside for text in _all_texts(part)]


@lru_cache(maxsize=1)
def _drawing() -> str:
    """The files that decide how it looks: a new drawing is a new version."""
    return hashlib.sha256(b"".join((Path(settings.BASE_DIR) / name).read_bytes() for name in _DRAWN_BY)).hexdigest()
