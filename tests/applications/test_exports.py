"""The files of the list, opened with another program and compared with the screen."""

import csv
import io
import re
import time
import tracemalloc
from datetime import datetime

import openpyxl
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse
from odf.opendocument import load
from odf.table import Table, TableCell
from python_calamine import CalamineWorkbook

from accounts.roles import EXPORT_APPLICATIONS, PERMISSIONS, TRIAGE, Role
from applications import exports, services
from applications.models import Application, Review
from applications.states import Branch, State
from core.clock import PARIS
from organisations.regions import Region
from records.models import Act, Job
from records.states import JobState
from records.tasks import do_waiting_work
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import OPEN, ApplicationFactory, deposited
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"


@pytest.fixture(autouse=True)
def _in_september_2017():
    with time_machine.travel(OPEN):
        yield


@pytest.fixture
def colleague(client):
    colleague = UserFactory(roles=[Role.STAFF], first_name="Inès")
    sign_in(client, colleague)
    return colleague


@pytest.fixture
def call(colleague):
    call = EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")
    for number, (last_name, organisation) in enumerate(
        [("Érable", "Œuvre d’Exemple"), ("=1+1", "+33 Exemple"), ("-Exemple", "@somme"), ('d\'Ornano; "le Bon"', "CHU\tet autres")]
    ):
        application = deposited(edition=call)
        application.last_name, application.organisation = last_name, organisation
        application.save()
        if number == 0:
            services.add_tag(application, "=étiquette", by=colleague, now=OPEN)
            Review.objects.create(application=application, reviewer=colleague, assigned_at=OPEN)
    services.withdraw(application, by=application.applicant, now=OPEN)
    return call


def on_screen(client, query) -> list[list[str]]:
    """Read the table of the page, as a person does."""
    text = client.get(f"{LIST}{query}").content.decode()
    table = re.search(r'<table id="result_list">.*?</table>', text, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*(?<!action-checkbox-column\")>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    read = [[_plain(cell) for cell in row if "action-" not in cell] for row in cells]
    return [["" if cell == "—" else cell for cell in row] for row in read]


def _plain(cell: str) -> str:
    from html import unescape

    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", cell))).strip()


def as_text(rows) -> list[list[str]]:
    """What a file says, without the mark that keeps a spreadsheet from running it; a date as the screen writes it."""
    said = [[f"{cell:%d/%m/%Y %H:%M}" if isinstance(cell, datetime) else str(cell or "") for cell in row] for row in rows]
    return [[re.sub(r"^'(?=[=+\-@])", "", cell) for cell in row] for row in said]


def export(client, kind, query=""):
    return client.post(f"{reverse('admin:applications_application_export')}{query}", {"kind": kind})


def file_of(client, kind, query="") -> bytes:
    answer = export(client, kind, query)
    if kind == "csv":
        return b"".join(answer.streaming_content)
    do_waiting_work()
    job = Job.objects.latest("pk")
    assert (job.state, answer["Location"]) == (JobState.DONE, job.get_absolute_url())
    with default_storage.open(job.file.name) as file:
        return file.read()


def rows_of(kind: str, content: bytes) -> list[list[str]]:
    """Open the file with another program than the one that wrote it: calamine, a reader of spreadsheets in Rust.

    What wrote it (openpyxl, odfpy) only says that no cell of it is a formula.
    """
    if kind == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"inlineStr", "s", "n", "d"}
    else:
        table = load(io.BytesIO(content)).spreadsheet.getElementsByType(Table)[0]
        assert [cell for cell in table.getElementsByType(TableCell) if cell.getAttribute("formula")] == []
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Candidatures"]
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


@pytest.mark.parametrize("query", ["", "?state=SUBMITTED", "?q=erable", "?o=1", "?o=-3&state=SUBMITTED"])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_a_file_holds_exactly_what_is_on_the_screen(client, colleague, call, kind, query):
    screen, file = on_screen(client, query), as_text(rows_of(kind, file_of(client, kind, query)))
    assert [[_plain(cell) for cell in row] for row in file] == screen
    assert len(file) > 1


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_day_of_the_deposit_is_a_date_of_paris_that_sorts(client, colleague, call, kind):
    ApplicationFactory(edition=call)
    headings, *rows = rows_of(kind, file_of(client, kind))
    held = [row[headings.index("Déposée le")] for row in rows]
    assert held == [datetime(2017, 9, 1, 10, tzinfo=PARIS).replace(tzinfo=None)] * 4 + [""]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_no_cell_starts_a_formula_and_accents_are_right(client, colleague, call, kind):
    rows = rows_of(kind, file_of(client, kind))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if str(cell).startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert {"'=1+1 Camille", "'+33 Exemple", "'-Exemple Camille", "'@somme", "'=étiquette"} <= set(cells)
    assert "Œuvre d’Exemple" in cells


@pytest.mark.parametrize(
    ("text", "held"),
    [("Camille", "Camille"), ("\t=1", "'=1"), ("\r\n+1", "'+1"), (" @a", "'@a"), ("a\x00b\x0bc", "a b c"), ("－1", "'－1"), ("", "")],
)
def test_a_cell_is_one_line_that_no_spreadsheet_runs(text, held):
    assert exports.cell(text) == held


def test_each_export_is_in_the_log_with_what_narrowed_it_but_not_the_words_searched(client, colleague, call):
    file_of(client, "csv")
    file_of(client, "ods", f"?edition={call.pk}&q=erable")
    acts = [(act.verb, act.about_name, act.by_name, act.note) for act in Act.objects.filter(verb__startswith="export").order_by("pk")]
    assert [(verb, about, by, note.replace("\u202f", " ")) for verb, about, by, note in acts] == [
        ("export de candidatures", "Inès Exemple", "Inès Exemple", "CSV, 4 lignes ; toutes"),
        ("export de candidatures", str(call), "Inès Exemple", "ODS, 1 ligne ; recherche, appel Les Aventuriers 2017"),
    ]


def test_who_may_not_sort_gets_neither_tags_nor_jury_and_who_may_not_export_gets_nothing(client, colleague, call, monkeypatch):
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {TRIAGE})
    headings = rows_of("csv", file_of(client, "csv"))[0]
    assert {"Étiquettes", "Jury"} & set(headings) == set()
    assert rows_of("xlsx", file_of(client, "xlsx"))[0] == headings
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {EXPORT_APPLICATIONS})
    assert "Exporter" not in client.get(LIST).content.decode()
    assert [export(client, kind).status_code for kind in ("csv", "xlsx")] == [403, 403]


def test_a_right_lost_before_the_work_is_done_gives_no_file(client, colleague, call):
    export(client, "xlsx")
    colleague.grants.all().delete()
    do_waiting_work()
    assert (Job.objects.get().state, bool(Job.objects.get().file)) == (JobState.FAILED, False)


@pytest.mark.parametrize("kind", ["", "exe"])
def test_another_kind_of_file_or_a_get_is_refused(client, colleague, call, kind):
    assert export(client, kind).status_code == 400
    assert client.get(reverse("admin:applications_application_export")).status_code == 405


def many(count: int, colleague) -> None:
    people = UserFactory._meta.model.objects.bulk_create(
        UserFactory._meta.model(email=f"p{number}@ville.example", password="!") for number in range(count)
    )
    call = EditionFactory(reference_prefix="GROS")
    Application.objects.bulk_create(
        Application(
            edition=call, applicant=person, state=State.SUBMITTED, reference=f"GROS-{number:05}", last_name=f"Exemple-{number}",
            first_name="Camille", organisation="Centre hospitalier d’Exemple", job="cadre de santé", branch=list(Branch)[number % 3],
            region=Region.values[number % 18], motivation="Voir ailleurs. " * 40, deposited_at=OPEN, started_at=OPEN,
        )
        for number, person in enumerate(people)
    )  # fmt: skip


def test_a_csv_of_5000_rows_streams_and_keeps_nothing_in_memory(client, colleague):
    many(5000, colleague)
    answer = export(client, "csv")
    parts = iter(answer.streaming_content)
    start, size = time.monotonic(), len(next(parts))
    for _ in range(600):
        size += len(next(parts))
    tracemalloc.start()
    size += sum(map(len, parts))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 500_000
    assert most < 15_000_000  # a few hundred rows at once, of five thousand
    assert time.monotonic() - start < 30  # measured by `make bench`; here memory is watched, which is slow
