"""Reading a bank's CSV by a mapping that is kept: which heading holds the date, the label, the amount (billing.md decision 8).

The first time a mapping is proposed from the headings; what cannot be read is said line by line.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from stdnum import iban as ibans

from billing.camt import LARGEST, ReadEntry, ReadStatement
from billing.models import BankMapping
from core.folding import fold
from core.money import amount_of
from core.refusals import Refused
from core.typography import grouped

MOST_ROWS = 20_000
_LONGEST_CELL = 5_000
SEPARATORS = ";\t,|"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ENCODINGS = ("utf-8", "cp1252", "latin-1", "utf-16")
DATE_FORMATS = {
    "%d/%m/%Y": "31/12/2027",
    "%d/%m/%y": "31/12/27",
    "%Y-%m-%d": "2027-12-31",
    "%d-%m-%Y": "31-12-2027",
    "%d.%m.%Y": "31.12.2027",
}

# Our columns, as people read them, with what French banks call them, folded.
COLUMNS = {
    "date": "date de l’opération",
    "value_on": "date de valeur",
    "label": "libellé",
    "details": "suite du libellé",
    "amount": "montant signé",
    "debit": "débit",
    "credit": "crédit",
    "direction": "sens",
    "reference": "référence de la banque",
    "end_to_end": "référence du payeur",
    "payer": "payeur ou bénéficiaire",
    "iban": "son IBAN",
}
_NAMES = {
    "date": ("date operation, date de l operation, date d operation, date comptable, date de comptabilisation, dateop, date"),
    "value_on": ("date valeur, date de valeur, dateval"),
    "label": (
        "libelle, libelle operation, libelle de l operation, libelle simplifie, libelle court, nature de l operation, operation, label"
    ),
    "details": (
        "libelle complementaire, informations complementaires, information complementaire, detail, details, motif, "
        "commentaire, reference et motif"
    ),
    "amount": ("montant, montant eur, montant en euros, montant euros, montant de l operation, amount"),
    "debit": ("debit, debit euros, debit eur, montant debit, debits"),
    "credit": ("credit, credit euros, credit eur, montant credit, credits"),
    "direction": ("sens, debit credit, d c, type de mouvement"),
    "reference": ("reference, reference bancaire, reference banque, reference de l operation, numero d operation, ref, id operation"),
    "end_to_end": ("reference de bout en bout, ref bout en bout, end to end, endtoendid, reference client, reference donneur d ordre"),
    "payer": ("tiers, contrepartie, nom de la contrepartie, nom contrepartie, emetteur, donneur d ordre, nom du tiers, beneficiaire"),
    "iban": ("iban contrepartie, iban de la contrepartie, iban tiers, iban du tiers, iban emetteur, compte contrepartie, iban"),
}
_MONTHS = ("jan", "fev", "mar", "avr", "mai", "juin", "juil", "aou", "sep", "oct", "nov", "dec")
_IN_WORDS = re.compile(r"(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})")
_MONEY = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")
_RETURN = re.compile(
    r"\b(?:retour|retourne|rejet|rejete|annulation|annule)\w*\b.*\bvir|\bvir\w*\b.*\b(?:retour|retourne|rejet|rejete|annule)"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")


@dataclass(frozen=True)
class Table:
    """A CSV as it stands: its headings, its lines with their number, what was written above."""

    headings: list[str]
    lines: list[tuple[int, list[str]]]
    above: list[str] = field(default_factory=list)

    def cell(self, cells: list[str], heading: str) -> str:
        if not heading or heading not in self.headings:
            return ""
        place = self.headings.index(heading)
        return " ".join(cells[place].split()) if place < len(cells) else ""


def table(content: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """Return the table of a file: its headings are the first line that names a date and an amount."""
    text = _decoded(content, encoding)
    lines = list(_lines(text, delimiter or _separator(text)))
    if len(lines) > MOST_ROWS:
        raise Refused(f"Ce fichier a {grouped(len(lines))} lignes : {grouped(MOST_ROWS)} au plus. Coupez-le en plusieurs.")
    if not lines:
        raise Refused("Ce fichier est vide.")
    place = _place_of_headings(lines)
    headings = [" ".join(cell.split()) for cell in lines[place][1]]
    return Table(headings, lines[place + 1 :], [cell for _, cells in lines[:place] for cell in cells])


def proposed(headings: list[str]) -> dict[str, str]:
    """Return which heading seems to hold what: the words banks use most come first."""
    folded = {fold(heading): heading for heading in reversed(headings)}
    found = {name: next((folded[word] for word in words.split(", ") if word in folded), "") for name, words in _NAMES.items()}
    if found["debit"] or found["credit"]:
        found["amount"] = ""
    return {name: heading for name, heading in found.items() if heading}


def faults(columns: dict[str, str], headings: list[str]) -> list[str]:
    """Return in words what a mapping lacks to read a file with these headings."""
    told = [f"La colonne « {heading} » n’est pas dans ce fichier." for heading in columns.values() if heading and heading not in headings]
    if not columns.get("date"):
        told.append("Dites quelle colonne donne la date.")
    if not (columns.get("amount") or columns.get("credit")):
        told.append("Dites quelle colonne donne le montant, ou lesquelles donnent le débit et le crédit.")
    return told


def fitting(headings: list[str]) -> BankMapping | None:
    """Return the mapping, kept, whose every heading is in this file: the one that names the most of them."""
    fit = [kept for kept in BankMapping.objects.all() if kept.columns and not faults(kept.columns, headings)]
    return max(fit, key=lambda kept: (len(kept.columns), -kept.pk), default=None)


def read(content: bytes, mapping: BankMapping) -> ReadStatement:
    """Return what a file says, read by a mapping; the lines that do not read are told, not guessed."""
    found = table(content, encoding=mapping.encoding, delimiter=mapping.delimiter)
    if told := faults(mapping.columns, found.headings):
        raise Refused(" ".join(told))
    statement = ReadStatement(ibans=_account(found))
    for number, cells in found.lines:
        try:
            entry = _entry(found, cells, mapping, statement.ibans)
        except Refused as refusal:
            statement.refused.append(f"Ligne {number} : {refusal}")
        else:
            statement.entries += [entry] if entry else []
    days = [entry.booked_on for entry in statement.entries]
    statement.starts_on, statement.ends_on = (min(days), max(days)) if days else (None, None)
    return statement


def _account(found: Table) -> list[str]:
    """The account, when the bank writes it above the headings."""
    return list(dict.fromkeys(number for cell in found.above if (number := iban_in(cell))))[:1]


def _entry(found: Table, cells: list[str], mapping: BankMapping, own: list[str]) -> ReadEntry | None:
    """Return a line, or None for what is no operation: a total, a blank line, a balance."""
    said = {name: found.cell(cells, heading) for name, heading in mapping.columns.items()}
    amount = _signed(said) if said["date"] else None
    if amount is None:
        return None
    label = " ".join(filter(None, (said.get("label", ""), said.get("details", ""))))
    party = iban_in(said.get("iban", "")) or iban_in(label)
    return ReadEntry(
        booked_on=day_of(said["date"], mapping.date_format),
        value_on=day_of(said["value_on"], mapping.date_format) if said.get("value_on") else None,
        amount=amount,
        iban=own[0] if own else "",
        bank_reference=said.get("reference", ""),
        label=label,
        end_to_end=said.get("end_to_end", ""),
        party_name=said.get("payer", ""),
        party_iban="" if party in own else party,
        is_return=bool(_RETURN.search(fold(label))),
        raw="\x1f".join(" ".join(cell.split()) for cell in cells),
    )


def _signed(said: dict[str, str]) -> Decimal | None:
    """Return the amount, positive when it came in; None when the line gives none."""
    if said.get("amount"):
        amount = amount_of(said["amount"])
        return -abs(amount) if said.get("direction", "").strip().casefold().startswith("d") else amount
    debit = abs(amount_of(said["debit"])) if said.get("debit") else Decimal(0)
    credit = amount_of(said["credit"]) if said.get("credit") else Decimal(0)
    if debit and credit:
        raise Refused("un débit et un crédit sur la même ligne.")
    return (credit - debit) or None


def day_of(text: str, form: str) -> date:
    """Return a day, in the kept form, in another usual one, or in French words."""
    bare = text.split("T")[0].strip()
    for each in dict.fromkeys((form, *DATE_FORMATS)):
        for part in (bare, bare.split(" ")[0]):
            try:
                return datetime.strptime(part, each).date()  # noqa: DTZ007 - a day, without hour
            except ValueError:
                continue
    if (found := _IN_WORDS.search(fold(bare))) and (month := _month(found[2])):
        try:
            return date(int(found[3]), month, int(found[1]))
        except ValueError:
            pass
    raise Refused(f"la date « {text[:40]} » ne se lit pas.")


def _month(word: str) -> int:
    return next((number for number, start in enumerate(_MONTHS, start=1) if word.startswith(start)), 0)


def iban_in(text: str) -> str:
    """Return the IBAN that stands in a text, its keys right; nothing when there is none."""
    found = (match[0].replace(" ", "") for match in _IBAN.finditer(text.upper()))
    return next((number for number in found if ibans.is_valid(number)), "")


def _decoded(content: bytes, encoding: str) -> str:
    """What is plainly UTF-8 or UTF-16 is read so, whatever was kept: a bank changes its export without a word."""
    if len(content) > LARGEST:
        raise Refused(f"Ce relevé est trop lourd : {LARGEST // 1024 // 1024} Mo au plus.")
    if not content.strip():
        raise Refused("Ce fichier est vide.")
    wide = content.startswith(_UTF_16)
    for name in ("utf-16",) if wide else ("utf-8-sig", encoding or "cp1252", "cp1252", "latin-1"):
        try:
            text = content.decode(name)
        except (UnicodeError, LookupError):
            continue
        if "\x00" not in text:
            return text
    raise Refused("Ce fichier n’est ni un relevé CAMT ni un tableau CSV : il contient autre chose que du texte.")


def _separator(text: str) -> str:
    """Return the separator that cuts the most lines in as many cells."""
    lines = text.splitlines()[:50]
    return max(SEPARATORS, key=lambda sign: sum(min(line.count(sign), 20) for line in lines if line.count(sign) > 1))


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(map(_bounded, reader), start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error:
        raise Refused(f"Ligne {number + 1} : cette ligne ne se lit pas (un guillemet en trop, ou une cellule sans fin).") from None


def _bounded(cells: list[str]) -> list[str]:
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        raise csv.Error
    return cells


def _place_of_headings(lines: list[tuple[int, list[str]]]) -> int:
    """Banks write the account and the period first: headings are the first line that names a date and money, else the first of all."""
    for place, (_, cells) in enumerate(lines[:30]):
        named = proposed([" ".join(cell.split()) for cell in cells])
        if "date" in named and named.keys() & {"amount", "debit", "credit"}:
            return place
    return 0
