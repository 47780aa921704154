"""The board as a file, as it is narrowed and sorted: CSV that streams, XLSX and ODS as long work. No cell starts a formula."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from import_export.formats.base_formats import ODS, XLSX
from tablib import Dataset

from accounts.roles import DECIDE, EXPORT_APPLICATIONS
from applications import exports
from applications.board import with_readings
from applications.board_columns import COLUMNS
from applications.exports import KINDS as KINDS
from applications.exports import asker, cell, csv_of, keep_workbook
from applications.models import Application
from records import jobs
from records.models import Job
from records.work import Work

XLSX_JOB, ODS_JOB = "applications.board_xlsx", "applications.board_ods"
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
    return csv_of(lines(rows))


def in_order(pks: Sequence[int], user: Any) -> Iterator[Application]:
    """Give the rows of these keys, in their order, with what the board says of each."""
    return exports.in_order(pks, with_readings(Application.objects.visible_to(user)))


def _workbook(job: Job, work: Work, make: Callable[[Dataset], Any], suffix: str) -> str:
    user, pks = asker(job, EXPORT_APPLICATIONS, DECIDE), job.params["rows"]
    work.expect(len(pks))
    return keep_workbook(lines(in_order(pks, user), numbers=True), work, make, f"selection.{suffix}", title="Sélection")


@jobs.register(XLSX_JOB, label="export du tableau de sélection (XLSX)", permission=EXPORT_APPLICATIONS)
def export_xlsx(job: Job, work: Work) -> str:
    return _workbook(job, work, XLSX().export_data, "xlsx")


@jobs.register(ODS_JOB, label="export du tableau de sélection (ODS)", permission=EXPORT_APPLICATIONS)
def export_ods(job: Job, work: Work) -> str:
    return _workbook(job, work, ODS().export_data, "ods")
