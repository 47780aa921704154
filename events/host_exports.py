"""The list of who comes, as a file: CSV or XLSX. No cell starts a formula; needs are in it only when they are asked for."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime

from import_export.formats.base_formats import XLSX
from tablib import Dataset

from core.spreadsheets import harmless
from events import host_queries
from events.models import Event, Registration
from events.states import Mode
from events.words import slot as slot_in_words
from events.zones import zone_of

# French spreadsheets open it right: the mark says UTF-8, and the comma is theirs for decimals.
_BOM, _SEPARATOR = "\ufeff", ";"
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
HEADINGS = ["Date", "Nom", "Structure", "Adresse électronique", "Tenue", "Personnes", "État", "Inscription", "Arrivée"]
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def table(event: Event, *, needs: bool) -> list[list[str]]:
    """The headings, then each person: by sitting, by name, then who waits in their order."""
    rows, found = host_queries.people(event), [[*HEADINGS, *(["Besoins"] if needs else [])]]
    for slot in event.slots.order_by("starts_at", "pk"):
        slot.event = event
        sitting = host_queries.with_people(host_queries.Sitting(slot, []), rows)
        ranks = {row.pk: rank for rank, row in enumerate(sitting.waiting, start=1)}
        found += [_line(event, row, ranks.get(row.pk, 0), needs=needs) for row in [*sitting.seated, *sitting.waiting]]
    return found


def _line(event: Event, row: Registration, rank: int, *, needs: bool) -> list[str]:
    said = [
        slot_in_words(row.slot, event), row.name, row.organisation, row.email, str(Mode(row.mode).label), str(row.people),
        in_words(row, rank), _moment(event, row.created_at), _moment(event, row.came_at),
    ]  # fmt: skip
    return [cell(text) for text in [*said, *([row.needs] if needs else [])]]


def in_words(row: Registration, rank: int) -> str:
    if row.is_walk_in:
        return "venu sans inscription"
    return f"liste d’attente, rang {rank}" if rank else "inscrit"


def _moment(event: Event, moment: datetime | None) -> str:
    return moment.astimezone(zone_of(event.region, event.department)).strftime("%d/%m/%Y %H:%M") if moment else ""


def cell(text: str) -> str:
    """One line; a text that a spreadsheet would run is shown as text."""
    return harmless(_UNSEEN.sub(" ", text).strip())


def content(lines: Sequence[Sequence[str]], kind: str) -> bytes:
    if kind == "xlsx":
        book = Dataset(*lines[1:], headers=lines[0], title="Inscrits")
        made: bytes = XLSX().export_data(book)
        return made
    file = io.StringIO()
    csv.writer(file, delimiter=_SEPARATOR).writerows(lines)
    return f"{_BOM}{file.getvalue()}".encode()
