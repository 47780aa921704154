"""Files of the list as it is on the screen: CSV that streams, XLSX and ODS as long work. No cell starts a formula."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from import_export.formats.base_formats import ODS, XLSX
from tablib import Dataset

from accounts.models import User
from accounts.roles import EXPORT_APPLICATIONS
from applications.columns import BY_NAME, Column, seen_by, with_lines
from applications.models import Application, ApplicationQuerySet
from core.refusals import Refused
from core.spreadsheets import harmless
from records import jobs
from records.models import Job
from records.work import Work

# What no cell holds: ends of line, tabulations, and the characters that XML refuses.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
# Rows held at once: the memory of an export is that of these.
CHUNK = 200
# French spreadsheets open it right: the mark says UTF-8, and the comma is theirs for decimals.
BOM, SEPARATOR = "\ufeff", ";"

XLSX_JOB, ODS_JOB = "applications.export_xlsx", "applications.export_ods"
KINDS = {"csv": "CSV", "xlsx": "XLSX", "ods": "ODS"}


def cell(text: str) -> str:
    """Return what a cell holds: one line; a text that a spreadsheet would run is shown as text."""
    return harmless(_UNSEEN.sub(" ", text).strip())


def lines(rows: Iterable[Application], columns: Sequence[Column], *, dated: bool = False) -> Iterator[list[Any]]:
    """Give the headings, then each row as the screen says it; `dated`, what is a date is one."""
    yield [cell(column.heading.capitalize()) for column in columns]
    for row in rows:
        yield [(column.value(row) or "") if dated and column.value else cell(column.text(row)) for column in columns]
        # What was read with a row points back at it: it would wait for the garbage collector, and thousands of others with it.
        vars(row).pop("_prefetched_objects_cache", None)


class Echo:
    """A file that keeps nothing: each line is given back."""

    def write(self, line: str) -> str:
        return line


def csv_parts(rows: Iterable[Application], columns: Sequence[Column]) -> Iterator[str]:
    return csv_of(lines(rows, columns))


def csv_of(table: Iterable[list[Any]]) -> Iterator[str]:
    """Give the file line by line: nothing of it is kept."""
    writer = csv.writer(Echo(), delimiter=SEPARATOR)
    yield BOM
    for line in table:
        yield writer.writerow(line)


def in_order(pks: Sequence[int], seen: ApplicationQuerySet) -> Iterator[Application]:
    """Give the rows of these keys, in their order, that are still among what the person may see; a few hundred at a time."""
    for start in range(0, len(pks), CHUNK):
        some = pks[start : start + CHUNK]
        found = seen.order_by("pk").in_bulk(some)
        yield from (found[pk] for pk in some if pk in found)


def asker(job: Job, *permissions: str) -> Any:
    """Return who asked, as long as they may; refuse in words once they may not."""
    user = User.objects.filter(pk=job.by_id, is_active=True).first()
    if user is None or not user.has_perms(permissions):
        raise Refused("Ce compte ne peut plus exporter de candidatures.")
    return user


def keep_workbook(table: Iterable[list[Any]], work: Work, make: Callable[[Dataset], Any], name: str, *, title: str) -> str:
    """Keep these lines, headings first, as the file of a work; say how many there are."""
    book, count = Dataset(title=title), 0
    for line in table:
        if work.is_cancelled:
            return "Arrêté avant la fin."
        if book.headers is None:
            book.headers = line
            continue
        book.append(line)
        count += 1
        work.step()
    content = make(book)
    work.keep(name, content if isinstance(content, bytes) else content.encode())
    return f"{count} candidature{'s' if count > 1 else ''} dans le fichier."


def _workbook(job: Job, work: Work, make: Callable[[Dataset], Any], suffix: str) -> str:
    """Make the file of what was on the screen when it was asked."""
    user = asker(job, EXPORT_APPLICATIONS)
    allowed = {column.name for column in seen_by(user, one_call=False)}
    columns = [BY_NAME[name] for name in job.params["columns"] if name in allowed]
    pks = job.params["rows"]
    work.expect(len(pks))
    table = lines(in_order(pks, with_lines(Application.objects.visible_to(user))), columns, dated=True)
    return keep_workbook(table, work, make, f"candidatures.{suffix}", title="Candidatures")


@jobs.register(XLSX_JOB, label="export de candidatures (XLSX)", permission=EXPORT_APPLICATIONS)
def export_xlsx(job: Job, work: Work) -> str:
    return _workbook(job, work, XLSX().export_data, "xlsx")


@jobs.register(ODS_JOB, label="export de candidatures (ODS)", permission=EXPORT_APPLICATIONS)
def export_ods(job: Job, work: Work) -> str:
    return _workbook(job, work, ODS().export_data, "ods")
