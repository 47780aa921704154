"""The board as a file, as it is narrowed and sorted: CSV that streams, XLSX and ODS as long work. No cell starts a formula."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from import_export.formats.base_formats import ODS, XLSX
from tablib import Dataset

from accounts.models import User
from accounts.roles import DECIDE, EXPORT_APPLICATIONS
from applications.board import with_readings
from applications.board_columns import COLUMNS
from applications.exports import BOM, CHUNK, SEPARATOR, Echo, cell
from applications.models import Application
from core.refusals import Refused
from records import jobs
from records.models import Job
from records.work import Work

XLSX_JOB, ODS_JOB = "applications.board_xlsx", "applications.board_ods"
KINDS = {"csv": "CSV", "xlsx": "XLSX", "ods": "ODS"}
JOBS = {"xlsx": XLSX_JOB, "ods": ODS_JOB}


def lines(rows: Iterable[Application], *, numbers: bool = False) -> Iterator[list[Any]]:
    """Give the headings, then each row as the board says it; with `numbers`, what is one is one."""
    yield [cell(column.heading.capitalize()) for column in COLUMNS]
    for row in rows:
        yield [_value(column.value(row)) if numbers and column.value else cell(column.text(row)) for column in COLUMNS]
        vars(row).pop("_prefetched_objects_cache", None)


def _value(number: float | None) -> Any:
    return "" if number is None else number


def csv_parts(rows: Iterable[Application]) -> Iterator[str]:
    """Give the file line by line: nothing of it is kept."""
    writer = csv.writer(Echo(), delimiter=SEPARATOR)
    yield BOM
    for line in lines(rows):
        yield writer.writerow(line)


def in_order(pks: Sequence[int], user: Any) -> Iterator[Application]:
    """Give the rows of these keys, in their order, that this person may still see; a few hundred at a time."""
    for start in range(0, len(pks), CHUNK):
        some = pks[start : start + CHUNK]
        found = with_readings(Application.objects.visible_to(user)).order_by("pk").in_bulk(some)
        yield from (found[pk] for pk in some if pk in found)


def _workbook(job: Job, work: Work, make: Callable[[Dataset], Any], suffix: str) -> str:
    user = User.objects.filter(pk=job.by_id, is_active=True).first()
    if user is None or not (user.has_perm(EXPORT_APPLICATIONS) and user.has_perm(DECIDE)):
        raise Refused("Ce compte ne peut plus exporter de candidatures.")
    pks = job.params["rows"]
    work.expect(len(pks))
    book, count = Dataset(title="Sélection"), 0
    for line in lines(in_order(pks, user), numbers=True):
        if work.is_cancelled:
            return "Arrêté avant la fin."
        if book.headers is None:
            book.headers = line
            continue
        book.append(line)
        count += 1
        work.step()
    content = make(book)
    work.keep(f"selection.{suffix}", content if isinstance(content, bytes) else content.encode())
    return f"{count} candidature{'s' if count > 1 else ''} dans le fichier."


@jobs.register(XLSX_JOB, label="export du tableau de sélection (XLSX)", permission=EXPORT_APPLICATIONS)
def export_xlsx(job: Job, work: Work) -> str:
    return _workbook(job, work, XLSX().export_data, "xlsx")


@jobs.register(ODS_JOB, label="export du tableau de sélection (ODS)", permission=EXPORT_APPLICATIONS)
def export_ods(job: Job, work: Work) -> str:
    return _workbook(job, work, ODS().export_data, "ods")
