"""The report of a season on paper and in a file: what its page says, and nothing else."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core import pdf
from core.drawing import drawer
from core.spreadsheets import harmless
from events import opendata, report
from events.report import Report
from records.models import Association

LIMIT = 30.0  # seconds a drawing may take
CSV_COLUMNS = ("saison", "code", "region", "proposes", "au_programme", "en_attente", "refuses", "annules", "inscrits", "venus")


def context_of(told: Report, *, now: datetime) -> dict[str, Any]:
    return {
        "report": told,
        "season": told.season,
        "columns": report.COLUMNS,
        "now": now,
        "links": {"page": ""},
        "blocks": [
            ("Formats", "formats", told.formats), ("Publics", "publics", told.publics), ("Accès", "acces", told.accesses),
            ("Accessibilité des lieux", "lieux", told.helps), ("Par département", "departements", told.departments),
        ],
    }  # fmt: skip


def draw(told: Report, *, now: datetime) -> bytes:
    """Return the tagged PDF, drawn apart; raises `Undrawn` when it fails or takes too long."""
    markup = pdf.markup("events/pdf/report.html", context_of(told, now=now) | {"association": Association.current()})
    return drawer.draw([pdf.Layout(markup)], seconds=LIMIT)


def file_name(told: Report) -> str:
    """« bilan-2027.pdf », « bilan-2027-53.pdf »"""
    return f"bilan-{told.season.slug}{f'-{told.place}' if told.place else ''}.pdf"


def figures_csv(told: Report, *, now: datetime) -> Iterator[bytes]:
    """Yield the figures region by region, as French spreadsheets open them, with licence, source and date on each line."""
    line = csv.writer(opendata.Echo(), delimiter=";", lineterminator="\r\n")
    said = list(opendata.notice(now).values())
    yield "\ufeff".encode() + line.writerow([*CSV_COLUMNS, *opendata.ADDED]).encode()
    for row in told.lines:
        code = "" if row.code == report.ONLINE else row.code
        yield line.writerow([told.season.slug, code, harmless(row.name), *row.figures, *said]).encode()
