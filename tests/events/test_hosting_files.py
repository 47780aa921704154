"""The list as a file, and the sheet for the door: nothing runs in a spreadsheet, needs only when asked for, a tagged PDF."""

import csv
import io
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.roles import Role
from events.models import Registration
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.events.attending import NOW, coming, opened
from tests.events.desks import at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def slot() -> Any:
    slot = opened(2)
    coming(slot, "zoe", companions=1, needs="Un accès de plain-pied")
    Registration.objects.update(name="=CMD|' /C calc'!A0", organisation="@SUM(1;2)\n-3")
    coming(slot, "anna")
    return slot


def lines_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_the_csv_names_each_person_and_no_cell_starts_a_formula(client, slot):
    answer = client.post(at("host_export", slot.event), {"kind": "csv"})
    found = lines_of(answer)
    assert (answer["Content-Disposition"], answer["Content-Type"]) == (
        f'attachment; filename="inscrits-{slot.event.slug}.csv"', "text/csv; charset=utf-8",
    )  # fmt: skip
    assert [line[1:7] for line in found[1:]] == [
        ["'=CMD|' /C calc'!A0", "'@SUM(1;2) -3", "zoe@ville.example", "sur place", "2", "inscrit"],
        ["ANNA Exemple", "", "anna@ville.example", "sur place", "1", "liste d’attente, rang 1"],
    ]
    assert "plain-pied" not in answer.content.decode()


def test_needs_are_in_the_file_when_asked_for_and_the_journal_says_who_took_it(client, slot):
    answer = client.post(at("host_export", slot.event), {"kind": "xlsx", "needs": "on"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert (rows[0][-1], rows[1][-1], {cell.data_type for row in sheet.iter_rows() for cell in row} & {"f"}) == (
        "Besoins", "Un accès de plain-pied", set(),
    )  # fmt: skip
    act = Act.objects.get(verb="liste des inscrits exportée")
    assert (act.by_name, act.note) == ("Camille Exemple", "xlsx, 2 lignes, avec les besoins")


def test_a_file_that_is_none_is_not_made(client, slot):
    assert client.post(at("host_export", slot.event), {"kind": "exe"}).status_code == 302
    assert client.get(at("host_export", slot.event)).status_code == 405


def words_of(answer: Any) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_the_sheet_is_a_tagged_pdf_by_sitting_with_needs_only_when_asked_for(client):
    slot = opened(9, at=["2027-11-23T10:00", "2027-11-24T10:00"], title="Récrire un courrier à plusieurs")
    coming(slot, "zoe", needs="Un accès de plain-pied", companions=1)
    coming(slot, "anna")
    coming(slot.event.slots.order_by("starts_at").last(), "bilal")
    plain, needs = client.get(at("host_sheet", slot.event)), client.get(at("host_sheet", slot.event), {"besoins": "oui", "seance": slot.pk})
    reader = PdfReader(io.BytesIO(plain.content))
    root = reader.trailer["/Root"]
    assert (plain["Content-Type"], root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("application/pdf", "fr", True)
    said = words_of(plain)
    assert said.index("ANNA Exemple") < said.index("ZOE Exemple") < said.index("BILAL Exemple")
    assert ("plain-pied" in said, "plain-pied" in words_of(needs), "BILAL" in words_of(needs)) == (False, True, False)
    assert ("mardi 23 novembre 2027" in said.lower(), "mercredi 24 novembre 2027" in said.lower()) == (True, True)


def test_an_event_without_anybody_has_its_sheet_all_the_same(client):
    assert "Personne n’est inscrit" in words_of(client.get(at("host_sheet", opened(3).event)))


def test_what_people_need_is_in_no_file_of_the_team(client, slot):
    """« Lus que par l’organisateur »: the form promises it, whatever is asked in the address."""
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    key = slot.event.pk
    answer = client.post(reverse("host_export", args=[key]), {"kind": "csv", "needs": "on"})
    assert ("plain-pied" in answer.content.decode(), Act.objects.latest("pk").note) == (False, "csv, 2 lignes")
    sheet = client.get(reverse("host_sheet", args=[key]), {"besoins": "oui"})
    assert "plain-pied" not in words_of(sheet)
    page = client.get(reverse("host", args=[key])).content.decode()
    assert ("plain-pied" in page, "Avec les besoins" in page, "besoins=oui" in page) == (False, False, False)
