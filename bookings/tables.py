"""Orders as a table: one line each, for CSV and XLSX. No cell starts a formula (reliability.md section 4)."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from import_export.formats.base_formats import XLSX
from tablib import Dataset

from bookings.situations import Billed, Names, Situation
from core.clock import PARIS
from core.spreadsheets import harmless

# What no cell holds: ends of line, tabulations, and the characters that XML refuses.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM, SEPARATOR = "\ufeff", ";"
HEADINGS = (
    "Commande", "Journée", "Date", "Situation", "Places", "Prix TTC par personne", "Total TTC", "Commandée par", "Adresse", "Téléphone",
    "Payeur", "Qui paie", "SIRET", "Numéro de commande", "Code service", "Tenue jusqu’au", "Noms", "Facture", "Commandée le",
)  # fmt: skip


def cell(text: object) -> str:
    """What a cell holds: one line; a text that a spreadsheet would run is shown as text."""
    return harmless(_UNSEEN.sub(" ", str(text)).strip())


def line(row: Any) -> list[Any]:
    """One order, in the words of the list; an annotated row (`situations.situated`)."""
    until = f"{row.holds_until.astimezone(PARIS):%d/%m/%Y %H:%M}" if row.situation in (Situation.HELD, Situation.ENDING) else ""
    said = (
        row.reference, row.session.title, f"{row.session.day:%d/%m/%Y}", Situation(row.situation).label, row.places,
        _money(row.unit_price), _money(row.unit_price * row.places), row.name, row.email, row.phone, row.payer_name,
        row.get_payer_display(), row.payer_siret, row.commitment_number, row.service_code, until, Names(row.names).label,
        Billed(row.billed).label, f"{row.created_at.astimezone(PARIS):%d/%m/%Y %H:%M}",
    )  # fmt: skip
    return [value if isinstance(value, int) else cell(value) for value in said]


def _money(amount: Any) -> str:
    return f"{amount:.2f}".replace(".", ",")


def lines(rows: Iterable[Any]) -> Iterator[list[Any]]:
    yield list(HEADINGS)
    for row in rows:
        yield line(row)


class _Echo:
    """A file that keeps nothing: each line is given back."""

    def write(self, text: str) -> str:
        return text


def csv_of(rows: Iterable[Any]) -> Iterator[str]:
    """Line by line: nothing of it is kept. French spreadsheets open it right."""
    writer = csv.writer(_Echo(), delimiter=SEPARATOR)
    yield BOM
    for told in lines(rows):
        yield writer.writerow(told)


def workbook(rows: Iterable[Any]) -> bytes:
    table = lines(rows)
    book = Dataset(title="Commandes", headers=next(table))
    for told in table:
        book.append(told)
    content = XLSX().export_data(book)
    return content if isinstance(content, bytes) else content.encode()
