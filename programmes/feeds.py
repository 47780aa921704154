"""The open calls and the days to come, for machines: JSON Feed 1.1, Atom (RFC 4287). The calendar is in `documents.agenda`.

An entry keeps its id as long as its row lives, whatever its address and its title become.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings
from django.urls import reverse

from core.addresses import absolute
from core.clock import PARIS
from core.typography import typo
from programmes.models import Edition, TrainingSession
from programmes.states import DayStatus

TITLE = "La 27e Région : appels ouverts et journées à venir"
_ATOM = "http://www.w3.org/2005/Atom"
# Since when this portal names its entries (RFC 4151).
_BORN = "2026"


@dataclass(frozen=True)
class Item:
    """An entry, the same in every format; `facts` are for those who count."""

    key: str
    title: str
    url: str
    summary: str
    lines: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        return f"tag:{urlsplit(settings.PORTAL_URL).hostname},{_BORN}:{self.key}"

    @property
    def text(self) -> str:
        return "\n".join((self.summary, *self.lines))


def of_call(call: Edition) -> Item:
    facts = {
        "kind": "appel", "programme": call.programme.title, "opens_at": _iso(call.opens_at), "closes_at": _iso(call.closes_at),
        "seats": call.seats, "costs": call.costs_label, "when": call.when, "where": call.where,
    }  # fmt: skip
    lines = (f"Clôture : {call.deadline}.", *_line("Quand", call.when), *_line("Où", call.where), *_line("Frais", call.costs_label))
    return _item(f"appel-{call.pk}", call, lines, facts)


def of_day(day: TrainingSession, *, now: datetime) -> Item:
    full = day.status(now=now) == DayStatus.FULL
    left = "complet" if full else f"{day.seats_left} libre{'s' if day.seats_left > 1 else ''} sur {day.seats}"
    facts = {
        "kind": "journée", "programme": day.programme.title, "starts_at": _iso(day.starts), "ends_at": _iso(day.ends),
        "seats": day.seats, "seats_left": day.seats_left, "price": str(day.price), "currency": "EUR", "where": day.where,
    }  # fmt: skip
    lines = (f"Quand : {day.when}.", *_line("Où", day.venue.label if day.venue else ""), f"Prix : {day.price_label}.", f"Places : {left}.")
    return _item(f"journee-{day.pk}", day, lines, facts)


def items(calls: Iterable[Edition], days: Iterable[TrainingSession], *, now: datetime) -> list[Item]:
    """The entries, the last published first."""
    found = [*(of_call(call) for call in calls), *(of_day(day, now=now) for day in days)]
    return sorted(found, key=lambda item: (item.published_at, item.key), reverse=True)


def json_feed(found: list[Item]) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": typo(TITLE),
        "home_page_url": absolute(reverse("programmes")),
        "feed_url": absolute(reverse("calls_json")),
        "language": "fr",
        "authors": [{"name": "La 27e Région", "url": absolute("/")}],
        "items": [_json_item(item) for item in found],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def atom(found: list[Item]) -> bytes:
    """`updated` is that of the entry changed last: the feed of an unchanged portal does not change."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "fr"})
    last = max((item.updated_at for item in found), default=datetime(int(_BORN), 1, 1, tzinfo=UTC))
    _add(feed, "id", absolute(reverse("calls_atom")))
    _add(feed, "title", typo(TITLE))
    _add(feed, "updated", _iso(last))
    _add(_add(feed, "author"), "name", "La 27e Région")
    _add(feed, "link", rel="self", type="application/atom+xml", href=absolute(reverse("calls_atom")))
    _add(feed, "link", rel="alternate", type="text/html", href=absolute(reverse("programmes")))
    for item in found:
        _atom_entry(feed, item)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _item(key: str, row: Edition | TrainingSession, lines: Iterable[str], facts: dict[str, Any]) -> Item:
    published_at = row.published_at or (row.opens_at if isinstance(row, Edition) else row.starts)
    updated_at = max(published_at, row.changed_at or published_at)
    told = tuple(typo(line) for line in lines)
    return Item(key, typo(row.title), absolute(row.get_absolute_url()), typo(row.lede), told, published_at, updated_at, facts)


def _json_item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "content_text": item.text,
        "image": f"{item.url}carte.png",
        "date_published": _iso(item.published_at),
        "date_modified": _iso(item.updated_at),
        "tags": [item.facts["kind"]],
        "_la27eregion": item.facts,
    }


def _atom_entry(feed: ET.Element, item: Item) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", item.id)
    _add(entry, "title", item.title)
    _add(entry, "link", rel="alternate", type="text/html", href=item.url)
    _add(entry, "published", _iso(item.published_at))
    _add(entry, "updated", _iso(item.updated_at))
    _add(entry, "category", term=item.facts["kind"])
    _add(entry, "summary", item.text, type="text")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = text or None
    return child


def _line(label: str, value: str) -> tuple[str, ...]:
    return (f"{label} : {value}.",) if value else ()


def _iso(moment: datetime) -> str:
    return moment.astimezone(PARIS).isoformat(timespec="seconds")
