"""The import as long work: tried first, written when asked; each row tells what becomes of it."""

import csv
import hashlib
import io
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse

from core import clock
from core.refusals import Refused
from core.registry import Link
from core.spreadsheets import harmless
from organisations import sheets
from organisations.cells import REASON
from organisations.models import ImportFile
from organisations.services import importing as rows
from organisations.tables import ORGANISATIONS, TABLES, Table
from records import jobs
from records.states import JobState, Outcome

if TYPE_CHECKING:
    from accounts.models import User
    from records.models import Job
    from records.work import Work

GONE = "Ce fichier n’est plus gardé : déposez-le de nouveau."
_BOM = "\ufeff"


def read(content: bytes, table: str = ORGANISATIONS) -> sheets.Sheet:
    """Return the table of a file, or refuse it in words."""
    return sheets.read(content, known=TABLES[table].headings, ignored=[REASON])


@transaction.atomic
def deposit(name: str, content: bytes, *, by: "User", now: datetime, table: str = ORGANISATIONS) -> ImportFile:
    """Keep a file and try it: nothing of it is written to the register."""
    sheet, kind = read(content, table), TABLES[table]
    digest, who = hashlib.sha256(content).hexdigest(), {"by_id": str(by.pk), "by_name": str(by)[:200]}
    kept = ImportFile(table=table, name=name[:200], digest=digest, rows=len(sheet.lines), created_at=now, **who)
    kept.file.save(f"{kind.file}.csv", ContentFile(content), save=False)
    kept.save()
    kept.trial = jobs.start(kind.trying, label=f"Essai de {kept.named}", params={"file": kept.pk}, by=by, now=now)
    kept.save(update_fields=["trial"])
    return kept


@transaction.atomic
def confirm(kept: ImportFile, *, by: "User", now: datetime) -> "Job":
    """Write what was tried. The rows refused stay out; the same file again changes nothing."""
    kept = ImportFile.objects.select_for_update(of=("self",)).select_related("trial").get(pk=kept.pk)
    if kept.trial is None or kept.trial.state != JobState.DONE:
        raise Refused("Attendez la fin de l’essai : il dit ce que le fichier changera.")
    if not kept.file:
        raise Refused(GONE)
    writing = TABLES[kept.table].writing
    kept.job = jobs.start(writing, label=f"Import de {kept.named}", params={"file": kept.pk}, by=by, now=now)
    kept.save(update_fields=["job"])
    return kept.job


def register(table: Table) -> None:
    """Make known the two works of a kind of table: its trial and its writing."""

    def go_on(job: "Job") -> Link:
        """To the very file: two of one name are told apart by their place in the list."""
        return Link("Importer ce tableau, ou en essayer un autre", f"{reverse(table.page)}#fichier-{job.params['file']}")

    trial = jobs.register(
        table.trying, label=f"essai d’un import ({table.label})", permission=table.permission, then=go_on, would="à écrire"
    )
    trial(partial(_run, writes=False))
    jobs.register(table.writing, label=f"import ({table.label})", permission=table.permission)(partial(_run, writes=True))


def _run(job: "Job", work: "Work", *, writes: bool) -> str:
    kept = ImportFile.objects.filter(pk=job.params["file"]).first()
    if kept is None or not kept.file:
        raise Refused(GONE)
    with kept.file.open("rb") as stored:
        sheet = read(stored.read(), kept.table)
    work.expect(len(sheet.lines))
    counts, refused = {outcome: 0 for outcome in Outcome}, []
    table = TABLES[kept.table]
    importer = table.importer()
    for number, cells, beyond in sheet.rows():
        if work.is_cancelled:
            return f"Arrêté à la ligne {number}."
        plan = importer.plan(number, cells, beyond)
        outcome, words = _do(importer, plan, job, note=f"Import de {kept.name}") if writes else (_outcome(plan), plan.words(written=False))
        counts[outcome] += 1
        if outcome == Outcome.REFUSED:
            refused.append((cells, words))
        work.tell(f"Ligne {number} : {plan.label}", outcome, words)
    if refused:
        work.keep("lignes-refusees.csv", _given_back(refused, table))
    return _summary(counts, writes=writes)


def _do(importer: rows.Importer, plan: rows.RowPlan, job: "Job", *, note: str) -> tuple[Outcome, str]:
    # The words first: once written, what was added is there.
    words, outcome = plan.words(), _outcome(plan)
    try:
        importer.write(plan, by_name=job.by_name, by_id=job.by_id, now=clock.now(), note=note)
    except Refused as refusal:
        return Outcome.REFUSED, str(refusal)
    return outcome, words


def _outcome(plan: rows.RowPlan) -> Outcome:
    if plan.errors:
        return Outcome.REFUSED
    return Outcome.SKIPPED if plan.is_void else Outcome.DONE


def _summary(counts: dict[Outcome, int], *, writes: bool) -> str:
    done, same, refused = counts[Outcome.DONE], counts[Outcome.SKIPPED], counts[Outcome.REFUSED]
    told = f"à écrire {done}, sans changement {same}, refusées {refused}"
    if writes:
        return f"Lignes : {told.replace('à écrire', 'écrites')}."
    return f"Rien n’est écrit. Lignes : {told}."


def _given_back(refused: list[tuple[dict[str, str], str]], table: Table) -> bytes:
    """The rows to correct, with why: corrected, the file can be deposited as it is."""
    known = table.columns
    columns = [name for name in known if any(name in cells for cells, _ in refused)]
    lines = [[known[name].heading for name in columns] + [REASON]]
    lines += [[cells.get(name, "") for name in columns] + [words] for cells, words in refused]
    return _table(lines)


def template(table: str = ORGANISATIONS) -> bytes:
    """A table to fill: every heading, and an example row that is invented."""
    columns = TABLES[table].columns.values()
    return _table([[column.heading for column in columns], [column.example for column in columns]])


def _table(lines: list[list[str]]) -> bytes:
    """Write what a French spreadsheet opens with its accents, and never runs."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return (_BOM + text.getvalue()).encode()


register(TABLES[ORGANISATIONS])
