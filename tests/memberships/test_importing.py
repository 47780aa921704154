"""Members, contacts, memberships of past years and past invoice numbers, from a table: tried, written, replayed, refused cell by cell."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from core import clock
from core.refusals import Refused
from memberships import rights
from memberships.cells import money
from memberships.models import Membership
from memberships.states import State
from memberships.tables import MEMBERSHIPS
from organisations import importing
from organisations.models import Contact, Organisation
from organisations.states import Kind
from records.models import Act
from records.services import label_of
from records.work import work
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import CampaignFactory, MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
HEADS = "Nom;Type;Contact : rôle;Contact : nom;Contact : adresse électronique;Adhésion : année;Adhésion : montant"
HEADS += ";Adhésion : acceptée le;Adhésion : démission le;Facture : numéro;Facture : payée le"
LINES = [
    "Ville d’Ici;commune;finances;Exemple;finances@ici.example;2025;4 500,00 €;10/02/2025;;2025-011;03/03/2025",
    "Ville d’Ici;commune;général;Exemple;contact@ici.example;2026;5000;;;2026-007;",
    "Ville de Là;commune;finances;Exemple;finances@la.example;2026;;;30/06/2026;;",
]


@pytest.fixture
def by():
    return UserFactory(roles=[Role.STAFF])


@pytest.fixture(autouse=True)
def _years():
    for year in (2025, 2026, 2027):
        CampaignFactory(year=year)


def table(*lines):
    return "\n".join([HEADS, *lines]).encode()


def tried(content, by):
    kept = importing.deposit("adherents.csv", content, by=by, now=clock.now(), table=MEMBERSHIPS)
    work(clock=clock.now)
    return kept


def imported(content, by):
    job = importing.confirm(tried(content, by), by=by, now=clock.now())
    work(clock=clock.now)
    job.refresh_from_db()
    return job


def test_a_trial_writes_nothing_and_says_what_it_would(by):
    kept = tried(table(*LINES), by)
    kept.trial.refresh_from_db()
    assert kept.trial.summary == "Rien n’est écrit. Lignes\u00a0: à écrire 3, sans changement 0, refusées 0."
    assert (Membership.objects.count(), Organisation.objects.count()) == (0, 0)


def test_members_contacts_past_years_and_invoice_numbers_come_in(by):
    job = imported(table(*LINES), by)
    assert job.summary == "Lignes\u00a0: écrites 3, sans changement 0, refusées 0."
    here = Organisation.objects.get(name="Ville d’Ici")
    rows = {row.year: row for row in Membership.objects.filter(organisation=here).select_related("campaign").order_by("pk")}
    assert {year: (row.amount, row.past_invoice, row.past_paid_on) for year, row in rows.items()} == {
        2025: (Decimal(4500), "2025-011", date(2025, 3, 3)),
        2026: (Decimal(5000), "2026-007", None),
    }
    assert (rows[2025].rights_from, rows[2025].rights_until) == (date(2025, 2, 10), date(2026, 3, 31))
    assert (rows[2026].rights_from, rows[2026].rights_until, rows[2026].origin) == (date(2026, 1, 1), date(2027, 3, 31), "IMPORT")
    there = Membership.objects.get(organisation__name="Ville de Là")
    assert (there.state, there.rights_until, there.amount) == (State.RESIGNED, date(2026, 6, 30), Decimal(5000))
    assert rights.in_force(here, date(2026, 12, 1)) == rows[2026]
    assert Contact.objects.count() == 3
    act = Act.objects.filter(about=label_of(rows[2025])).get()
    assert (act.verb, act.by_name, act.note) == ("ajout", str(by), "Import de adherents.csv")
    assert act.changes["facture d’avant le portail"] == ["", "2025-011"]


def test_the_same_file_again_changes_nothing_and_a_corrected_one_what_was_corrected(by):
    imported(table(*LINES), by)
    before = list(Membership.objects.order_by("pk").values())
    assert imported(table(*LINES), by).summary == "Lignes\u00a0: écrites 0, sans changement 3, refusées 0."
    assert list(Membership.objects.order_by("pk").values()) == before
    corrected = LINES[1].replace("2026-007;", "2026-007;14/04/2026")
    assert imported(table(corrected), by).summary == "Lignes\u00a0: écrites 1, sans changement 0, refusées 0."
    assert Membership.objects.get(past_invoice="2026-007").past_paid_on == date(2026, 4, 14)


REFUSED = {
    "Ville;commune;;;;;4500;;;;": "Adhésion\u00a0: année\u00a0: dites de quelle année.",
    "Ville;commune;;;;1998;;;;;": "Adhésion\u00a0: année\u00a0: «\u00a01998\u00a0» n’est pas une année d’adhésion",
    "Ville;commune;;;;2024;;;;;": "il n’y a pas de campagne 2024\u00a0: ajoutez-la d’abord",
    "Ville;commune;;;;2026;cinq mille;;;;": "Adhésion\u00a0: montant\u00a0: «\u00a0cinq mille\u00a0» n’est pas un montant",
    "Ville;commune;;;;2026;;31/12/2023;;;": "le 31/12/2023 n’est pas un jour de l’adhésion 2026.",
    "Ville;commune;;;;2026;;;01/05/2027;;": "Adhésion\u00a0: démission le\u00a0: le 01/05/2027 n’est pas un jour de ses droits.",
    "Amis;association;;;;2026;;;;;": "un organisme du type «\u00a0association\u00a0» n’adhère pas",
    "Ville;commune;;;;2026;;;;=1+1;": "Facture\u00a0: numéro\u00a0: cette cellule commence comme une formule",
}


@pytest.mark.parametrize(("line", "words"), REFUSED.items())
def test_each_bad_cell_is_told(by, line, words):
    sheet = importing.read(table(line), MEMBERSHIPS)
    importer = importing.TABLES[MEMBERSHIPS].importer()
    plan = next(importer.plan(number, cells, beyond) for number, cells, beyond in sheet.rows())
    assert words in plan.words()
    assert imported(table(line), by).summary == "Lignes\u00a0: écrites 0, sans changement 0, refusées 1."
    assert Membership.objects.count() == 0


def test_one_invoice_number_is_of_one_membership(by):
    job = imported(table(LINES[0], LINES[1].replace("2026-007", "2025-011")), by)
    assert job.summary == "Lignes\u00a0: écrites 1, sans changement 0, refusées 1."


def test_what_the_portal_was_told_is_completed_never_overwritten(by):
    body = OrganisationFactory(name="Ville d’Ici", kind=Kind.COMMUNE)
    row = MembershipFactory(organisation=body, campaign=CampaignFactory(year=2026), amount=Decimal(5000))
    assert imported(table("Ville d’Ici;commune;;;;2026;4000;;;;"), by).summary.endswith("refusées 1.")
    assert imported(table("Ville d’Ici;commune;;;;2026;5 000;;;2026-003;02/02/2026"), by).summary.endswith("refusées 0.")
    row.refresh_from_db()
    assert (row.amount, row.origin, row.past_invoice, row.past_paid_on) == (Decimal(5000), "ONLINE", "2026-003", date(2026, 2, 2))
    waiting = MembershipFactory(organisation=body, campaign=CampaignFactory(year=2027), state=State.TO_CONFIRM)
    assert imported(table("Ville d’Ici;commune;;;;2027;5000;;;;"), by).summary.endswith("refusées 1.")
    waiting.refresh_from_db()
    assert waiting.state == State.TO_CONFIRM


def test_amounts_as_people_write_them():
    assert [money(text) for text in ("5 000,00 €", "5\u202f000", "5000.5", "0")] == [Decimal("5000.00"), 5000, Decimal("5000.50"), 0]
    assert [money(text) for text in ("5.000", "5.000,00", "5000.00", "5,000.00")] == [5000] * 4


@pytest.mark.parametrize("text", ["-5", "5-", "2 000 000", "5000.001"])
def test_an_amount_that_is_none_is_refused(text):
    with pytest.raises(Refused) as refused:
        money(text)
    assert str(refused.value).endswith("n’est pas un montant\u00a0: écrivez-le comme 5 000,00.")


def told(line):
    sheet = importing.read(table(line), MEMBERSHIPS)
    importer = importing.TABLES[MEMBERSHIPS].importer()
    return next(importer.plan(number, cells, beyond) for number, cells, beyond in sheet.rows()).words(written=False)


def test_a_trial_says_the_amount_it_read(by):
    assert told("Ville;commune;;;;2026;5.000;;;;") == "organisme à ajouter\u202f; adhésion 2026 à ajouter (5\u202f000\u00a0€)"
    imported(table("Ville;commune;;;;2026;5.000;;;;"), by)
    assert told("Ville;commune;;;;2026;4.500,00;;;;") == "adhésion 2026 à changer (montant\u00a0: 4\u202f500\u00a0€)"
    assert "écrivez 5\u202f000,00 ou 5,00." in told("Ville;commune;;;;2026;5,000;;;;")


def test_five_thousand_rows_are_tried_and_written(by):
    lines = [f"Ville {n};commune;finances;Exemple;f{n}@ville.example;{2025 + n % 2};5 000;;;{n}-F;" for n in range(5000)]
    sheet = importing.read(table(*lines), MEMBERSHIPS)
    importer = importing.TABLES[MEMBERSHIPS].importer()
    plans = [importer.plan(number, cells, beyond) for number, cells, beyond in sheet.rows()]
    assert sum(not plan.errors and not plan.is_void for plan in plans) == 5000
    for plan in plans[:50]:
        importer.write(plan, by_name=str(by), by_id=str(by.pk), now=clock.now(), note="Import")
    assert Membership.objects.count() == 50


def test_the_page_is_for_who_may_and_gives_a_table_to_fill(by, client):
    sign_in(client, by)
    page = client.get(reverse("admin:memberships_membership_import"))
    assert (page.status_code, "Une facture d’avant le portail garde son numéro" in page.content.decode()) == (200, True)
    given = client.get(reverse("admin:memberships_membership_import_template"))
    assert len(importing.read(given.content, MEMBERSHIPS).lines) == 1
    posted = client.post(reverse("admin:memberships_membership_import"), {"file": SimpleUploadedFile("a.csv", table(*LINES))})
    assert posted.status_code == 302
    assert Membership.objects.count() == 0
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    assert client.get(reverse("admin:memberships_membership_import")).status_code == 403
