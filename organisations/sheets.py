"""Reading a table as people save it: any usual encoding and separator, French headings, and a refusal in words for the rest."""

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.refusals import Refused
from core.spreadsheets import is_formula
from core.typography import grouped
from organisations.naming import words_of

LARGEST = 10 * 1024 * 1024
MOST_ROWS = 20_000
LONGEST_CELL = 5_000
SEPARATORS = ";,\t"
_KINDS = {
    b"MZ": "un programme",
    b"\x7fELF": "un programme",
    b"\xca\xfe\xba\xbe": "un programme",
    b"\xcf\xfa\xed\xfe": "un programme",
    b"#!": "un programme",
    b"PK\x03\x04": "un classeur ou une archive. Dans votre tableur, choisissez « Enregistrer sous », puis « CSV »",
    b"\xd0\xcf\x11\xe0": "un ancien classeur. Dans votre tableur, choisissez « Enregistrer sous », puis « CSV »",
    b"%PDF": "un PDF",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
    b"GIF8": "une image",
    b"<!DO": "une page web",
    b"<htm": "une page web",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Sheet:
    """A table read: its headings as the columns they are, its rows as {column: text}, and how it was written."""

    columns: list[str]
    lines: list[tuple[int, list[str]]]
    encoding: str
    separator: str

    def rows(self) -> Iterator[tuple[int, dict[str, str], list[str]]]:
        """Yield each row: its number in the file, its cells by column, and the cells beyond the last column."""
        for number, cells in self.lines:
            beyond = [cell for cell in cells[len(self.columns) :] if cell.strip()]
            yield number, dict(zip(self.columns, map(bare, cells), strict=False)), beyond


def read(content: bytes, *, known: dict[str, str], ignored: Iterable[str] = (), needed: Iterable[str] = ()) -> Sheet:
    """Return the table of a file, or refuse it in words. `known` is {heading: column}; headings are compared folded."""
    _refuse_what_is_no_table(content)
    text, encoding = _decoded(content)
    headings = {words_of(heading): column for heading, column in known.items()} | {words_of(heading): "" for heading in ignored}
    separator = _separator(text, headings)
    lines = [(number, cells) for number, cells in _lines(text, separator) if any(cell.strip() for cell in cells)]
    if not lines:
        raise Refused("Ce fichier est vide.")
    columns = _columns(lines[0][1], headings, list(known))
    if missing := [heading for heading in needed if known[heading] not in columns]:
        raise Refused(f"Il manque la colonne « {missing[0]} ».")
    if len(lines) - 1 > MOST_ROWS:
        raise Refused(f"Ce fichier a {grouped(len(lines) - 1)} lignes : {grouped(MOST_ROWS)} au plus. Coupez-le en plusieurs.")
    if len(lines) == 1:
        raise Refused("Ce fichier n’a que ses titres de colonnes, aucune ligne.")
    return Sheet(columns, lines[1:], encoding, separator)


def bare(cell: str) -> str:
    """Return a cell without the blanks around it, nor the apostrophe that kept it from being a formula."""
    cell = cell.strip()
    return cell[1:].strip() if cell[:1] == "'" and is_formula(cell[1:]) else cell


def _refuse_what_is_no_table(content: bytes) -> None:
    if not content.strip():
        raise Refused("Ce fichier est vide.")
    if len(content) > LARGEST:
        raise Refused(f"Ce fichier est trop lourd : {LARGEST // 1024 // 1024} Mo au plus.")
    for beginning, what in _KINDS.items():
        if content.startswith(beginning):
            raise Refused(f"Ce fichier n’est pas un tableau CSV : c’est {what}.")
    if b"\x00" in content and not content.startswith(_UTF_16):
        raise Refused("Ce fichier n’est pas un tableau CSV : il contient autre chose que du texte.")


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding: UTF-8 with or without its mark, UTF-16, else what Windows writes."""
    encodings = ("utf-16",) if content.startswith(_UTF_16) else ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in set(text) - set("\t\r\n")):
            break
        return text, encoding
    raise Refused("Ce fichier n’est pas un tableau CSV : il contient autre chose que du texte.")


def _separator(text: str, headings: dict[str, str]) -> str:
    """Return the separator under which the first line holds the most headings we know."""

    def known(separator: str) -> tuple[int, int]:
        first = next(iter(_lines(text, separator)), (0, []))[1]
        return sum(words_of(cell) in headings for cell in first), len(first)

    return max(SEPARATORS, key=known)


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line of the table with the number a spreadsheet gives it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(map(_bounded, reader), start=1):
            yield number, cells
    except csv.Error:
        raise Refused(f"Ligne {number + 1} : cette ligne ne se lit pas (un guillemet en trop, ou une cellule sans fin).") from None


def _bounded(cells: list[str]) -> list[str]:
    """Refuse a cell without end. The limit of the csv module is that of the whole process: it is left as it is."""
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise csv.Error
    return cells


def _columns(cells: list[str], headings: dict[str, str], known: list[str]) -> list[str]:
    """Return the column of each heading; refuse those nobody knows, and the same one twice."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    unknown = [cell for cell in cells if words_of(cell) not in headings]
    if unknown:
        raise Refused(f"Colonne inconnue : {', '.join(_with_hint(cell, known) for cell in unknown[:10])}. Colonnes : {', '.join(known)}.")
    columns = [headings[words_of(cell)] for cell in cells]
    named = [column for column in columns if column]
    if twice := next((cell for cell, column in zip(cells, columns, strict=True) if named.count(column) > 1), None):
        raise Refused(f"La colonne « {twice} » est là deux fois.")
    return columns


def _with_hint(cell: str, known: list[str]) -> str:
    by_words = {words_of(heading): heading for heading in known}
    close = difflib.get_close_matches(words_of(cell), by_words, n=1)
    shown = cell.strip()[:60] or "sans titre"
    return f"« {shown} » (vouliez-vous dire « {by_words[close[0]]} » ?)" if close else f"« {shown} »"
