"""Statements of the bank: deposited, shown, then imported; each line is kept once, whatever is imported again (billing.md section 8)."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction

from billing import camt, statements, twins
from billing.camt import ReadEntry, ReadStatement
from billing.models import BankMapping, Statement, StatementEntry
from billing.services.matching import Matched, match
from billing.states import StatementFormat
from core.folding import fold
from core.money import euros
from core.refusals import Refused
from records.models import Association
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

GONE = "Ce relevé n’est plus gardé : déposez-le de nouveau."
_DOUBT = "Le relevé {name} a déjà une ligne de ce montant, ce jour-là, dite autrement : est-ce la même ?"
SAY_ACCOUNT = "Dites que ce compte est bien celui de l’association, ou choisissez un autre relevé."
_TEXTS = ("bank_reference", "label", "structured_reference", "end_to_end", "party_name", "party_iban")
_LENGTHS = {name: StatementEntry._meta.get_field(name).max_length for name in _TEXTS}  # type: ignore[union-attr]
_PIECE = 500


@dataclass
class Trial:
    """What importing a statement would do."""

    new: list[StatementEntry] = field(default_factory=list)
    known: int = 0
    # Of the new ones, those another statement has told: kept, and set aside; and those it may have told, which wait for a person.
    told: int = 0
    doubted: int = 0
    # Accounts of the file that nobody has said to be ours.
    foreign: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def came(self) -> Decimal:
        return sum((entry.amount for entry in self.new if entry.amount > 0), Decimal(0))

    @property
    def left(self) -> Decimal:
        return -sum((entry.amount for entry in self.new if entry.amount < 0), Decimal(0))


def format_of(content: bytes) -> StatementFormat:
    """XML is a CAMT, whatever its name; the rest is a table."""
    bare = content[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return StatementFormat.CAMT if bare.startswith(b"<") else StatementFormat.CSV


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@transaction.atomic
def deposit(name: str, content: bytes, *, by: "User", now: datetime) -> Statement:
    """Keep a file to be shown; nothing of it counts before it is imported. What cannot be read is refused in words."""
    digest = digest_of(content)
    if done := Statement.objects.imported().filter(digest=digest).first():
        raise Refused(f"Ce fichier est déjà importé ({done.name}, par {done.by_name}) : rien n’a changé.")
    if waiting := Statement.objects.tried().filter(digest=digest, by_id=str(by.pk)).first():
        return waiting
    kind, mapping = format_of(content), None
    if kind == StatementFormat.CAMT:
        camt.read(content)
    else:
        mapping = statements.fitting(statements.table(content).headings)
    author = {"by_id": str(by.pk), "by_name": str(by)[:200]}
    row = Statement(name=name[:200] or "releve", digest=digest, format=kind, mapping=mapping, deposited_at=now, **author)
    row.file.save("releve.xml" if kind == StatementFormat.CAMT else "releve.csv", ContentFile(content), save=False)
    row.save()
    return row


def content_of(statement: Statement) -> bytes:
    if not statement.file:
        raise Refused(GONE)
    with statement.file.open("rb") as stored:
        found: bytes = stored.read()
    return found


def read(statement: Statement) -> ReadStatement:
    """Return what a kept file says; a CSV is read by its mapping."""
    content = content_of(statement)
    if statement.format == StatementFormat.CAMT:
        return camt.read(content)
    if statement.mapping is None:
        raise Refused("Dites d’abord quelle colonne contient quoi.")
    return statements.read(content, statement.mapping)


@transaction.atomic
def keep_mapping(statement: Statement, mapping: BankMapping, *, by: "User", now: datetime) -> None:
    """Read this CSV so, and those to come with the same headings."""
    if told := statements.faults(mapping.columns, statements.table(content_of(statement)).headings):
        raise Refused(" ".join(told))
    verb = "modification" if mapping.pk else "ajout"
    mapping.save()
    record(
        verb, mapping, by=by, now=now, changes={"colonnes": ["", ", ".join(f"{name} : {said}" for name, said in mapping.columns.items())]}
    )
    statement.mapping = mapping
    statement.save(update_fields=["mapping"])


def try_out(statement: Statement) -> Trial:
    """Return what importing would do; nothing is written."""
    return _plan(statement, read(statement))


def _plan(statement: Statement, found: ReadStatement) -> Trial:
    ours, trial = _ours(), Trial(refused=found.refused)
    account = found.ibans[0] if found.ibans else Association.current().iban
    rows = _entries(statement, [entry for entry in found.entries if entry.currency == "EUR"], account)
    known = _known(row.fingerprint for row in rows)
    trial.new = [row for row in rows if row.fingerprint not in known]
    trial.known = len(known)
    trial.told, trial.doubted = _compare(rows, known)
    trial.foreign = [iban for iban in found.ibans if iban and iban not in ours]
    trial.warnings = list(_warnings(statement, found, account, others=len(found.entries) - len(rows)))
    return trial


def _ours() -> set[str]:
    """Our account, and those that somebody said to be ours by importing their statements."""
    said = Statement.objects.imported().exclude(iban="").values_list("iban", flat=True).order_by("pk")
    return {Association.current().iban, *said} - {""}


def _entries(statement: Statement, found: Iterable[ReadEntry], account: str) -> list[StatementEntry]:
    """Make the rows; two lines alike on one day differ by their ordinal, so that both are kept, and once."""
    seen, rows = Counter[str](), []
    for entry in found:
        texts = {name: getattr(entry, name) for name in _TEXTS}
        iban = entry.iban or account
        line = entry.raw or "\x1f".join(texts.values())
        base = "\x1e".join([iban, entry.booked_on.isoformat(), f"{entry.amount:.2f}", entry.bank_reference, fold(line)])
        fingerprint = hashlib.sha256(f"{base}\x1e{seen[base]}".encode()).hexdigest()
        seen[base] += 1
        cut = {name: text[: _LENGTHS[name]] if _LENGTHS[name] else text[:2000] for name, text in texts.items()}
        row = StatementEntry(
            statement=statement, fingerprint=fingerprint, iban=iban, booked_on=entry.booked_on, value_on=entry.value_on,
            amount=entry.amount, currency=entry.currency, is_return=entry.is_return, **cut,
        )  # fmt: skip
        row.derive()
        rows.append(row)
    return rows


def _known(fingerprints: Iterable[str]) -> set[str]:
    asked, found = list(fingerprints), set[str]()
    for start in range(0, len(asked), _PIECE):
        piece = StatementEntry.objects.filter(fingerprint__in=asked[start : start + _PIECE])
        found.update(piece.values_list("fingerprint", flat=True).order_by("pk"))
    return found


def _compare(rows: list[StatementEntry], known: set[str]) -> tuple[int, int]:
    """Set aside the new lines that a statement of another shape has told (a notice, a CSV, then a CAMT), and say of which it is not sure.

    They are all kept; return how many are set aside, how many doubted.
    """
    if not rows:
        return 0, 0
    days, file = [row.booked_on for row in rows], {row.fingerprint for row in rows}
    there = StatementEntry.objects.filter(booked_on__range=(min(days), max(days))).select_related("statement").order_by("pk")
    found = twins.sort_out(rows, [entry for entry in there if entry.fingerprint not in file], known=known)
    for index, twin in found.told.items():
        rows[index].set_aside_reason = f"Déjà connue par le relevé {twin.statement.name}."[:300]
    doubted = {index: twin for index, twin in found.doubted.items() if index not in found.told}
    for index, twin in doubted.items():
        rows[index].doubt = _DOUBT.format(name=twin.statement.name[:120])
    return len(found.told), len(doubted)


def _warnings(statement: Statement, found: ReadStatement, account: str, *, others: int) -> Iterable[str]:
    if found.left_out:
        yield f"{found.left_out} opération(s) en attente chez la banque : elles viendront par un prochain relevé."
    if others:
        yield f"{others} ligne(s) dans une autre devise que l’euro : laissées."
    if found.opening is not None and found.closing is not None:
        total = found.opening + sum((entry.amount for entry in found.entries), Decimal(0))
        if total != found.closing:
            yield f"Les lignes mènent à {euros(total)}, le relevé annonce {euros(found.closing)} : il en manque peut-être."
    before = _before(statement, found, account)
    if before and found.opening is not None and before.closing != found.opening:
        yield (
            f"Le relevé commence à {euros(found.opening)}, le précédent ({before.name}, jusqu’au {before.ends_on:%d/%m/%Y}) "
            f"finissait à {euros(before.closing or Decimal(0))} : il manque peut-être un relevé entre les deux."
        )


def _before(statement: Statement, found: ReadStatement, account: str) -> Statement | None:
    """The last statement of the account that ended before this one begins."""
    rows = Statement.objects.imported().filter(iban=account, closing__isnull=False).exclude(pk=statement.pk)
    return rows.filter(ends_on__lt=found.starts_on).order_by("-ends_on", "-pk").first() if found.starts_on else None


@transaction.atomic
def keep(statement: Statement, *, by: "User | Any", now: datetime, said: bool = False) -> int:
    """Keep the lines of a statement that no other told; return how many. `said`: a person says that its account is ours."""
    held = Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    if held.imported_at:
        return held.entries_new
    found = read(held)
    trial = _plan(held, found)
    if trial.foreign and not said:
        raise Refused(f"Le compte {', '.join(trial.foreign)} n’est pas celui de la fiche de l’association. {SAY_ACCOUNT}")
    for row in trial.new:
        if row.set_aside_reason:
            row.set_aside_at, row.set_aside_by = now, "Portail"
    StatementEntry.objects.bulk_create(trial.new, batch_size=_PIECE, ignore_conflicts=True)
    held.iban = found.ibans[0] if len(found.ibans) == 1 else "" if found.ibans else Association.current().iban
    held.starts_on, held.ends_on, held.opening, held.closing = found.starts_on, found.ends_on, found.opening, found.closing
    held.entries_read, held.entries_new = len(found.entries), held.entries.count()
    held.imported_at = now
    held.save()
    record("relevé importé", held, by=by, now=now, note=f"{held.entries_new} lignes nouvelles sur {held.entries_read}.")
    return held.entries_new


def import_statement(
    statement: Statement, *, by: "User | Any", now: datetime, said: bool = False, told: Callable[[int], object] = int, writes: bool = True
) -> Matched:
    """Keep the lines, then close what is sure. Harmless a second time: what is kept is kept, what is closed no longer waits."""
    keep(statement, by=by, now=now, said=said)
    waiting = StatementEntry.objects.to_reconcile().filter(statement=statement)
    return match(list(waiting.values_list("pk", flat=True).order_by("pk")), by=by, now=now, told=told, writes=writes)


@transaction.atomic
def forget(statement: Statement) -> None:
    """Put away a file that was shown and not imported."""
    held = Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    if held.imported_at:
        raise Refused("Ce relevé est importé : ses lignes restent.")
    file = held.file
    held.delete()
    transaction.on_commit(lambda: file.delete(save=False) if file else None)
