"""Importing organisations and contacts: tried first, replay-safe, a refusal for each bad cell."""

from datetime import date

import pytest
import time_machine

from accounts.roles import Role
from core import clock
from core.refusals import Refused
from organisations import importing
from organisations.cells import COLUMNS
from organisations.models import Alias, Contact, ImportFile, Organisation, ServiceCode
from organisations.services.importing import Importer
from organisations.states import ContactRole, Kind
from records.models import Act, Job, JobRow
from records.states import JobState, Outcome
from records.work import work
from tests.accounts.factories import UserFactory
from tests.organisations.factories import BRETAGNE, NOW, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
HEADINGS = ";".join(column.heading for column in COLUMNS.values())
TOWN = "Nom;Type;Autres noms;Codes service;Contact : rôle;Contact : nom;Contact : adresse électronique;Contact : téléphone"
LINE = "Ville d’Exemple;commune;Mairie centrale | VE;FIN = Finances;finances;Exemple;achats@ville.example;01 99 00 00 00"


@pytest.fixture
def by():
    return UserFactory(roles=[Role.STAFF])


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def deposit(content, by, name="organismes.csv"):
    return importing.deposit(name, content.encode() if isinstance(content, str) else content, by=by, now=clock.now())


def tried(content, by):
    kept = deposit(content, by)
    work(clock=clock.now)
    return Job.objects.get(pk=kept.trial_id)


def imported(content, by):
    kept = deposit(content, by)
    work(clock=clock.now)
    job = importing.confirm(kept, by=by, now=clock.now())
    work(clock=clock.now)
    return Job.objects.get(pk=job.pk)


def told(job):
    return [
        (row.label, row.outcome, row.message.replace("\u00a0", " ").replace("\u202f", " "))
        for row in JobRow.objects.filter(job=job).order_by("number")
    ]


def register():
    return [list(model.objects.order_by("pk").values()) for model in (Organisation, Alias, ServiceCode, Contact)]


def test_a_trial_says_everything_and_writes_nothing(by):
    before = (register(), Act.objects.exclude(verb="travail demandé").count())
    job = tried(f"{TOWN}\n{LINE}\n", by)
    assert (register(), Act.objects.exclude(verb="travail demandé").count()) == before
    assert (job.state, job.done, job.total) == (JobState.DONE, 1, 1)
    assert told(job) == [
        ("Ligne 2 : Ville d’Exemple", Outcome.DONE,
         "organisme à ajouter ; autres noms : Mairie centrale, VE ; codes service : FIN ; contact à ajouter : Exemple"),
    ]  # fmt: skip
    assert job.summary.startswith("Rien n’est écrit. Lignes\u00a0: à écrire 1, sans changement 0, refusées 0.")


def test_an_import_writes_what_was_tried(by):
    job = imported(f"{TOWN}\n{LINE}\n", by)
    body, contact = Organisation.objects.get(), Contact.objects.get()
    assert (body.name, body.kind) == ("Ville d’Exemple", Kind.COMMUNE)
    assert sorted(alias.name for alias in body.aliases.all()) == ["Mairie centrale", "VE"]
    assert [str(code) for code in body.service_codes.all()] == ["FIN\u00a0: Finances"]
    assert (contact.organisation, contact.role, contact.email, contact.phone) == (
        body, ContactRole.FINANCE, "achats@ville.example", "01 99 00 00 00",
    )  # fmt: skip
    assert list(Organisation.objects.searched("mairie centrale")) == [body]
    assert job.summary == "Lignes\u00a0: écrites 1, sans changement 0, refusées 0."
    assert [(act.verb, act.by_name, act.note) for act in Act.objects.filter(about__startswith="organisations.")] == [
        ("ajout", "Camille Exemple", "Import de organismes.csv")
    ] * 2


def test_the_same_file_twice_changes_nothing_and_a_corrected_one_updates(by):
    imported(f"{TOWN}\n{LINE}\n", by)
    before = register()
    assert [outcome for _, outcome, _ in told(imported(f"{TOWN}\n{LINE}\n", by))] == [Outcome.SKIPPED]
    assert register() == before
    job = imported(f"{TOWN}\n{LINE.replace('01 99 00 00 00', '01 99 00 00 99')}\n", by)
    assert told(job) == [("Ligne 2 : Ville d’Exemple", Outcome.DONE, "contact changé : Exemple")]
    assert Contact.objects.get().phone == "01 99 00 00 99"


def test_an_empty_cell_erases_nothing(by):
    OrganisationFactory(name="Ville d’Exemple", city="Exemple", postcode="01000")
    imported("Nom;Ville;Code postal\nVille d’Exemple;;02000\n", by)
    body = Organisation.objects.get()
    assert (body.city, body.postcode) == ("Exemple", "02000")


def test_every_refusal_says_row_column_and_what_is_wrong(by):
    lines = [
        "Nom;Type;SIRET;Commune (code INSEE);Contact : adresse électronique;Contact : depuis le;Code service obligatoire;Région",
        "Région Essai;région;23350001600041;35000;pas une adresse;31/02/2027;peut-être;Atlantide",
        ";;;;;;;",
        "Sans type;;;;;;;",
        "Ville d’Exemple;commune;;;;;oui;Bretagne;de trop",
        ";commune;;;a@ville.example;;;",
    ]
    job = tried("\n".join(lines), by)
    assert told(job) == [
        ("Ligne 2 : Région Essai", Outcome.REFUSED,
         "SIRET : Ce SIRET n’est pas valide : vérifiez ses 14 chiffres, surtout les 5 derniers. "
         "Commune (code INSEE) : « 35000 » n’est pas un code INSEE de commune. Attention, ce n’est pas le code postal. "
         "Contact : adresse électronique : « pas une adresse » n’est pas une adresse électronique. "
         "Contact : depuis le : « 31/02/2027 » n’est pas une date : écrivez-la comme 31/12/2027. "
         "Code service obligatoire : « peut-être » : écrivez oui ou non. "
         "Région : « Atlantide » n’est pas une région, ni d’aujourd’hui, ni d’avant 2016."),
        ("Ligne 4 : Sans type", Outcome.REFUSED,
         "Type : dites le type : région, département, intercommunalité, commune, ministère ou service de l’État, établissement de santé "
         "ou médico-social, établissement public, association, autre."),
        ("Ligne 5 : Ville d’Exemple", Outcome.REFUSED, "Ligne : une cellule de trop : « de trop »."),
        ("Ligne 6 : a@ville.example", Outcome.REFUSED, "Nom : donnez un nom, ou le SIRET d’un organisme du répertoire."),
    ]  # fmt: skip


def test_the_refused_rows_come_back_to_be_corrected_and_read_again(by):
    job = tried("Nom;Type;Contact : nom;Contact : téléphone\nSans type;;Exemple;+33 1 99 00 00 00\n", by)
    with job.file.open("rb") as given:
        content = given.read()
    assert content.decode("utf-8-sig").splitlines()[0] == "Nom;Type;Contact\u00a0: nom;Contact\u00a0: téléphone;Motif du refus"
    assert "'+33 1 99" in content.decode()
    corrected = content.decode().replace("Sans type;;", "Sans type;autre;").encode()
    assert [outcome for _, outcome, _ in told(imported(corrected, by))] == [Outcome.DONE]
    assert Contact.objects.get().phone == "+33 1 99 00 00 00"


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://mal.example")', "@SUM(A1)", "+cmd|calc", "-2+3", "＝1+1"])
def test_a_formula_is_refused_and_nothing_of_it_is_kept(by, cell):
    quoted = cell.replace('"', '""')
    job = imported(f'Nom;Type\n"{quoted}";commune\n', by)
    assert told(job)[0][1:] == (Outcome.REFUSED, "Nom : cette cellule commence comme une formule de tableur : retapez sa valeur.")
    assert not Organisation.objects.exists()


def test_a_body_is_found_by_its_siret_whatever_the_name(by):
    body = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE)
    imported("Nom;SIRET;Ville\nConseil régional;233 500 016 00040;Rennes\n", by)
    body.refresh_from_db()
    assert (body.name, body.city, [alias.name for alias in body.aliases.all()]) == ("Région Bretagne", "Rennes", ["Conseil régional"])
    assert Organisation.objects.count() == 1


def test_accents_are_corrected_and_another_way_of_writing_is_no_new_name(by):
    body = OrganisationFactory(name="Region bretagne", kind=Kind.REGION, siret=BRETAGNE)
    for written in ("Région Bretagne", "Conseil régional de Bretagne"):
        imported(f"Nom;SIRET\n{written};{BRETAGNE}\n", by)
    body.refresh_from_db()
    assert (body.name, body.aliases.count()) == ("Région Bretagne", 0)


def test_a_name_takes_the_siret_it_had_not_and_two_of_a_name_are_refused(by):
    body = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION)
    imported(f"Nom;SIRET\nConseil régional de Bretagne;{BRETAGNE}\n", by)
    body.refresh_from_db()
    assert (body.siret, Organisation.objects.count()) == (BRETAGNE, 1)
    OrganisationFactory(name="CCAS d’Exemple"), OrganisationFactory(name="CCAS d’Exemple")
    assert told(tried("Nom;Ville\nCCAS d’Exemple;Exemple\n", by))[0][2] == "Nom : 2 organismes portent ce nom : donnez le SIRET."


def test_a_name_with_another_siret_is_another_establishment(by):
    OrganisationFactory(name="La Poste", kind=Kind.OTHER, siret="35600000000048")
    imported("Nom;Type;SIRET\nLa Poste;autre;35600000049837\n", by)
    assert sorted(Organisation.objects.values_list("siret", flat=True)) == ["35600000000048", "35600000049837"]


def test_one_body_and_its_contacts_come_on_several_rows(by):
    lines = ["Nom;Type;Contact : rôle;Contact : nom;Contact : adresse électronique"]
    lines += [
        f"Ville d’Exemple;commune;{role};Exemple;{number}@ville.example" for number, role in enumerate(("général", "finances", "vote"))
    ]
    job = imported("\n".join(lines), by)
    assert [words for _, _, words in told(job)] == ["organisme ajouté ; contact ajouté : Exemple", *["contact ajouté : Exemple"] * 2]
    assert Organisation.objects.get().contacts.count() == 3


def test_a_role_that_ended_is_not_begun_again_by_an_old_file(by):
    body = OrganisationFactory(name="Ville d’Exemple")
    ContactFactory(organisation=body, email="a@ville.example", role=ContactRole.FINANCE, ends_on=date(2027, 1, 31))
    table = "Nom;Contact : rôle;Contact : adresse électronique;Contact : depuis le\nVille d’Exemple;finances;a@ville.example;{}\n"
    job = imported(table.format(""), by)
    assert told(job)[0][1:] == (Outcome.SKIPPED, "le rôle de Camille Exemple a pris fin le 31/01/2027 : laissé ainsi")
    imported(table.format("01/03/2027"), by)
    assert sorted(body.contacts.values_list("starts_on", "ends_on"), key=str) == [(None, date(2027, 1, 31)), (date(2027, 3, 1), None)]


def test_a_body_merged_into_another_is_the_other(by):
    kept = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION)
    OrganisationFactory(name="CRB", merged_into=kept, merged_at=NOW)
    imported("Nom;Ville\nCRB;Rennes\n", by)
    kept.refresh_from_db()
    assert (kept.city, Organisation.objects.standing().count()) == ("Rennes", 1)


def test_a_row_refused_leaves_no_trace_on_the_rows_after_it(by):
    OrganisationFactory(name="Ville d’Exemple", city="Exemple")
    lines = ["Nom;Ville;Contact : depuis le;Contact : jusqu’au;Contact : nom", "Ville d’Exemple;Autre;02/01/2027;01/01/2027;Exemple",
             "Ville d’Exemple;Exemple;;;"]  # fmt: skip
    job = imported("\n".join(lines), by)
    assert [words for _, _, words in told(job)] == ["Contact : jusqu’au : le dernier jour vient avant le premier.", "rien à changer"]


def test_the_template_is_a_table_that_imports(by):
    job = imported(importing.template(), by)
    assert [outcome for _, outcome, _ in told(job)] == [Outcome.DONE]
    assert importing.template().decode("utf-8-sig").splitlines()[0] == HEADINGS


def test_a_number_rounded_by_the_spreadsheet_is_told(by):
    assert "le tableur a arrondi ce SIRET" in told(tried("Nom;SIRET\nVille;2,3350E+13\n", by))[0][2]


def test_nothing_is_imported_before_its_trial_nor_without_its_file(by):
    kept = deposit("Nom;Type\nVille;commune\n", by)
    with pytest.raises(Refused, match="Attendez la fin de l’essai"):
        importing.confirm(kept, by=by, now=NOW)
    work(clock=clock.now)
    ImportFile.objects.update(file="")
    with pytest.raises(Refused, match="n’est plus gardé"):
        importing.confirm(kept, by=by, now=NOW)


def test_ten_thousand_rows_in_latin_1_ask_few_queries_to_be_tried(by, django_assert_max_num_queries):
    lines = ["Nom;Type;Contact : adresse électronique"] + [
        f"Mairie d’Exemple n° {n};commune;mairie{n}@ville.example" for n in range(10_000)
    ]
    sheet = importing.read("\n".join(lines).encode("cp1252"))
    with django_assert_max_num_queries(10):
        importer = Importer()
        plans = [importer.plan(number, cells, beyond) for number, cells, beyond in sheet.rows()]
    assert (len(plans), sum(plan.is_new for plan in plans), sum(bool(plan.errors) for plan in plans)) == (10_000, 10_000, 0)


@pytest.mark.parametrize("typed", ["Ville d'Exemple", "VILLE D’EXEMPLE", " Ville  d’Exemple", "ville d'exemple"])
def test_a_name_typed_more_plainly_changes_nothing(by, typed):
    OrganisationFactory(name="Ville d’Exemple")
    job = imported(f"Nom;Type\n{typed};commune\n", by)
    assert (told(job)[0][1:], Organisation.objects.get().name) == ((Outcome.SKIPPED, "rien à changer"), "Ville d’Exemple")


def test_what_an_import_adds_is_set_as_we_keep_it(by):
    imported("Nom;Type;Autres noms\nVille  d'Exemple;commune;L'autre nom\n", by)
    body = Organisation.objects.get()
    assert (body.name, [alias.name for alias in body.aliases.all()]) == ("Ville d’Exemple", ["L’autre nom"])
