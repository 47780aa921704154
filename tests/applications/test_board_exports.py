"""The board as a file: what it shows, in its order, with no cell that starts a formula; each export is in the journal."""

import csv
import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from accounts.roles import Role
from applications import services
from applications.models import Application
from applications.states import State
from records.models import Act, Job
from records.tasks import do_waiting_work
from tests.accounts.factories import UserFactory, sign_in
from tests.applications import boards

pytestmark = pytest.mark.django_db
NAME = "admin:applications_application_board"


@pytest.fixture
def team():
    return UserFactory(email="equipe@la27eregion.example", roles=[Role.STAFF])


def export(client, edition, kind, **query):
    return client.post(reverse(f"{NAME}_export", args=[edition.pk], query=query or None), {"kind": kind})


def decided(team):
    edition, rows, people = boards.before_the_jury(3)
    Application.objects.filter(pk=rows[0].pk).update(organisation="=1+1")
    services.decide(rows[1], State.WAITLISTED, by=team, now=boards.JURY)
    services.decide(rows[2], State.DECLINED, by=team, now=boards.JURY, reason="@Trop loin.")
    return edition, rows, people


def test_the_csv_says_what_the_board_says_and_starts_no_formula(client, team):
    edition, rows, people = decided(team)
    answer = export(sign_in(client, team), edition, "csv", o="nom")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")), delimiter=";"))
    assert [line["Référence"] for line in lines] == [row.reference for row in rows]
    first = {name: lines[0][name] for name in ("Structure", "Moyenne", "Écart", "Lectures", "Région")}
    assert first == {"Structure": "'=1+1", "Moyenne": "4,80", "Écart": "0,40", "Lectures": "2", "Région": "Guadeloupe"}
    assert lines[0]["Notes des lectures"].replace("\u202f", " ").replace("\xa0", " ") == f"{people[0]} : 4,60 ; {people[1]} : 5,00"
    assert [(line["État"], line["Rang"]) for line in lines] == [("En examen", ""), ("Liste d’attente", "1"), ("Non retenue", "")]
    assert lines[2]["Motif"] == "'@Trop loin."


def test_a_filter_narrows_the_file_and_the_journal_says_so(client, team):
    edition, _, _ = decided(team)
    b"".join(export(sign_in(client, team), edition, "csv", state="WAITLISTED"))
    act = Act.objects.get(verb="export du tableau de sélection")
    assert (act.about_name, act.note.replace("\u202f", " ")) == (str(edition), "CSV, 1 ligne ; état liste d’attente")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbook_holds_numbers_where_they_are(client, team, kind):
    edition, rows, _ = decided(team)
    assert export(sign_in(client, team), edition, kind).status_code == 302
    do_waiting_work()
    job = Job.objects.get()
    assert (job.state, job.summary) == ("DONE", "3 candidatures dans le fichier.")
    with job.file.open("rb") as file:
        heading, first, second, _ = CalamineWorkbook.from_filelike(io.BytesIO(file.read())).get_sheet_by_index(0).to_python()
    named = dict(zip(heading, first, strict=True))
    assert (named["Moyenne"], named["Lectures"], named["Structure"]) == (4.8, 2.0, "'=1+1")
    assert dict(zip(heading, second, strict=True))["Rang"] == 1.0


def test_who_may_not_export_does_not(client, team, monkeypatch):
    edition, _, _ = decided(team)
    monkeypatch.setattr("applications.admin.board_pages.EXPORT_APPLICATIONS", "applications.nobody")
    assert export(sign_in(client, team), edition, "csv").status_code == 403


def test_another_kind_is_a_bad_request(client, team):
    edition, _, _ = decided(team)
    assert export(sign_in(client, team), edition, "exe").status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_the_file_costs_the_same_for_more_lines(client, team, count, django_assert_max_num_queries):
    edition, _, _ = boards.before_the_jury(count)
    sign_in(client, team)
    with django_assert_max_num_queries(16):
        b"".join(export(client, edition, "csv"))
