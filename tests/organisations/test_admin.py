"""The register in the admin: found, edited, united, replaced, imported; by whom it may be."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from applications.models import Application
from core import clock
from organisations.models import Alias, Contact, ImportFile, Organisation
from organisations.states import Kind
from records.models import Act, Job
from records.work import work
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import deposited
from tests.organisations.factories import BRETAGNE, NOW, TODAY, ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:organisations_organisation_changelist")
IMPORT = reverse("admin:organisations_organisation_import")
MERGE = reverse("admin:organisations_organisation_merge")
INLINES = {f"{name}-{part}": number for name in ("aliases", "service_codes") for part, number in
           (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0), ("MIN_NUM_FORMS", 0), ("MAX_NUM_FORMS", 1000))}  # fmt: skip


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def staff(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    return person


def page(name, body):
    return reverse(f"admin:organisations_organisation_{name}", args=[body.pk])


def text(answer):
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def listed(client, **filters):
    return [row.name for row in client.get(LIST, filters).context["cl"].result_list]


# --- The list ------------------------------------------------------------------------------------------------


def test_any_part_of_a_name_an_alias_or_a_number_finds_a_body(client, staff):
    body = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE, region="53")
    Alias.objects.create(organisation=body, name="Conseil régional de Bretagne")
    body.save()
    OrganisationFactory(name="Ville d’Exemple")
    for words in ("bretagne", "RETAGN", "conseil régional", "233 500 016", "00040"):
        assert listed(client, q=words) == ["Région Bretagne"]
    assert listed(client, q="zzz") == []


def test_filters_narrow_by_kind_region_and_situation(client, staff):
    region = OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, region="53")
    OrganisationFactory(name="Ville d’Exemple")
    OrganisationFactory(name="Hier", replaced_by=region, replaced_on=TODAY)
    OrganisationFactory(name="Doublon", merged_into=region, merged_at=NOW)
    OrganisationFactory(name="Disparu", left_reference_on=TODAY)
    assert listed(client) == ["Disparu", "Région Bretagne", "Ville d’Exemple"]
    assert listed(client, kind="REGION") == listed(client, region="53") == ["Région Bretagne"]
    assert [listed(client, etat=which) for which in ("remplace", "reuni", "disparu")] == [["Hier"], ["Doublon"], ["Disparu"]]
    assert len(listed(client, etat="tous")) == 5


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_for_one_row_and_for_three(client, staff, rows, django_assert_num_queries):
    for _ in range(rows):
        ContactFactory(organisation__replaced_by=OrganisationFactory(), organisation__replaced_on=TODAY)
    client.get(LIST, {"etat": "tous"})
    with django_assert_num_queries(5):
        client.get(LIST, {"etat": "tous"})


# --- Editing -------------------------------------------------------------------------------------------------


def fields(**values):
    return {"name": "Ville d’Exemple", "kind": "", "legal_category": "7210", "payment_days": 30, **INLINES, **values}


def test_a_body_is_added_with_what_its_category_says(client, staff):
    answer = client.post(reverse("admin:organisations_organisation_add"), fields(legal_category="7364", siret="267 500 452 00011"))
    assert answer.status_code == 302
    body = Organisation.objects.get()
    assert (body.kind, body.branch, body.payment_days, body.siren) == (Kind.HOSPITAL, "HOSPITAL", 50, "267500452")
    assert Act.objects.get(verb="ajout").by_name == "Camille Exemple"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"siret": "23350001600041"}, "Ce SIRET n’est pas valide : vérifiez ses 14 chiffres, surtout les 5 derniers."),
        ({"commune": "35000"}, "« 35000 » n’est pas un code INSEE de commune. Attention, ce n’est pas le code postal."),
        ({"legal_category": ""}, "Choisissez un type, ou donnez la catégorie juridique."),
        ({"siret": BRETAGNE}, "Un autre organisme porte déjà ce SIRET."),
    ],
)
def test_what_is_wrong_is_said_in_words(client, staff, values, words):
    OrganisationFactory(siret=BRETAGNE)
    answer = client.post(reverse("admin:organisations_organisation_add"), fields(**values))
    assert words in text(answer)
    assert Organisation.objects.count() == 1


def test_a_new_alias_is_searched_at_once_and_the_history_says_it(client, staff):
    body = OrganisationFactory(name="Ville d’Exemple")
    added = {"aliases-TOTAL_FORMS": 1, "aliases-0-name": "Mairie centrale", "aliases-0-organisation": body.pk}
    assert client.post(page("change", body), fields(kind="COMMUNE", **added)).status_code == 302
    assert listed(client, q="mairie centrale") == ["Ville d’Exemple"]
    assert "Mairie centrale" in text(client.get(page("history", body)))


def test_the_page_shows_contacts_with_those_of_the_bodies_it_replaced(client, staff):
    old, body = OrganisationFactory(name="Hier"), OrganisationFactory(name="Demain")
    Organisation.objects.filter(pk=old.pk).update(replaced_by=body, replaced_on=TODAY)
    (
        ContactFactory(organisation=old, last_name="Passée"),
        ContactFactory(organisation=body, last_name="Partie", ends_on=TODAY.replace(month=1)),
    )
    shown = text(client.get(page("change", body)))
    assert ("venu de Hier" in shown, "jusqu’au 1er janvier 2027" in shown, "jusqu’au 1er mars 2027" in shown) == (True, True, True)


def test_the_page_counts_the_files_of_the_body_and_of_those_it_replaced(client, staff):
    old, body = OrganisationFactory(name="Hier"), OrganisationFactory(name="Demain")
    for owner in (old, body, body):
        application = deposited()
        Application.objects.filter(pk=application.pk).update(body=owner)
    assert "2 candidatures" in text(client.get(page("change", body)))
    Organisation.objects.filter(pk=old.pk).update(replaced_by=body, replaced_on=TODAY)
    assert "3 candidatures" in text(client.get(page("change", body)))
    reading = reverse("admin:applications_application_change", args=[Application.objects.get(body=old).pk])
    assert f'par <a href="{body.get_absolute_url()}">Demain</a>' in text(client.get(reading))


def test_a_contact_is_added_from_the_page_of_its_body_and_keeps_its_own_history(client, staff):
    body = OrganisationFactory(name="Ville d’Exemple")
    add = reverse("admin:organisations_contact_add")
    assert f"Ville d’Exemple [{body.pk}]" in text(client.get(f"{add}?organisation={body.pk}"))
    values = {"organisation": f"Ville d’Exemple [{body.pk}]", "role": "FINANCE", "last_name": "Exemple", "email": "A@Ville.example"}
    assert client.post(add, values).status_code == 302
    contact = Contact.objects.get()
    assert (contact.organisation, contact.email) == (body, "a@ville.example")
    assert not Act.objects.filter(about=f"organisations.organisation:{body.pk}").exists()
    twice = client.post(add, values)
    assert "Cette adresse tient déjà ce rôle dans cet organisme." in text(twice)


def test_contacts_are_found_by_name_address_and_body(client, staff):
    ContactFactory(organisation=OrganisationFactory(name="Région Bretagne"), last_name="Élémentaire", email="el@bretagne.example")
    ContactFactory(last_name="Autre", ends_on=TODAY.replace(month=1))
    found = reverse("admin:organisations_contact_changelist")
    for words in ("elementaire", "el@bretagne", "region bret"):
        assert [row.last_name for row in client.get(found, {"q": words}).context["cl"].result_list] == ["Élémentaire"]
    assert [row.last_name for row in client.get(found, {"tenu": "fini"}).context["cl"].result_list] == ["Autre"]
    assert len(client.get(found, {"tenu": "tous"}).context["cl"].result_list) == 2


def test_a_name_typed_by_hand_is_set_as_we_keep_it_and_the_same_name_is_no_change(client, staff):
    body = OrganisationFactory(name="Ville d'Exemple")
    assert body.name == "Ville d’Exemple"
    shown = client.get(page("change", body)).context["adminform"].form.initial
    typed = {name: value for name, value in shown.items() if value not in (None, False)} | INLINES | {"name": "Ville  d'Exemple"}
    assert client.post(page("change", body), typed).status_code == 302
    assert (Organisation.objects.get().name, Act.objects.filter(verb="modification").count()) == ("Ville d’Exemple", 0)
    alias = {"aliases-TOTAL_FORMS": "1", "aliases-0-name": "L'autre"}
    assert client.post(page("change", body), typed | alias).status_code == 302
    assert Alias.objects.get().name == "L’autre"


# --- Merging -------------------------------------------------------------------------------------------------


@pytest.fixture
def pair():
    return OrganisationFactory(name="Région Bretagne", kind=Kind.REGION), OrganisationFactory(
        name="CR Bretagne", kind=Kind.REGION, city="Rennes"
    )


def both(kept, gone):
    return f"{MERGE}?garder={kept.pk}&retirer={gone.pk}"


def test_two_rows_chosen_lead_to_the_preview_and_the_merge_follows(client, staff, pair):
    kept, gone = pair
    ContactFactory.create_batch(2, organisation=gone)
    chosen = {"action": "merge_two", "_selected_action": [kept.pk, gone.pk]}
    assert client.post(LIST, chosen).headers["Location"] == both(kept, gone)
    shown = text(client.get(both(kept, gone)))
    assert ("<li>2 contacts</li>" in shown, "<li>ville : Rennes</li>" in shown) == (True, True)
    assert client.post(both(kept, gone), {"reason": ""}).headers["Location"] == kept.get_absolute_url()
    gone.refresh_from_db()
    assert gone.merged_into == kept


def test_the_old_address_leads_to_the_row_that_stays(client, staff, pair):
    kept, gone = pair
    client.post(both(kept, gone), {"reason": ""})
    assert client.get(page("change", gone)).headers["Location"] == kept.get_absolute_url()
    shown = text(client.get(kept.get_absolute_url()))
    assert ("« CR Bretagne » a été réuni à « Région Bretagne »" in shown, ", réuni à celui-ci" in shown) == (True, True)
    assert "Réuni à un autre" in text(client.get(page("history", gone)))


def test_one_or_three_rows_are_not_two(client, staff, pair):
    for chosen in ([pair[0].pk], [*(body.pk for body in pair), OrganisationFactory().pk]):
        answer = client.post(LIST, {"action": "merge_two", "_selected_action": chosen}, follow=True)
        assert "Choisissez deux organismes : ni plus, ni moins." in text(answer)


def test_the_other_row_is_named_in_words(client, staff, pair):
    kept, gone = pair
    assert "Nommez l’autre ligne" in text(client.get(f"{MERGE}?garder={kept.pk}"))
    assert client.get(f"{MERGE}?garder={kept.pk}&other=CR Bretagne [{gone.pk}]").headers["Location"] == both(kept, gone)
    same = client.get(f"{MERGE}?garder={kept.pk}&other=[{kept.pk}]")
    assert (same.status_code, "C’est le même organisme" in text(same)) == (422, True)


def test_two_sirets_ask_for_a_reason(client, staff):
    kept, gone = OrganisationFactory(siret="35600000000048"), OrganisationFactory(siret="35600000049837")
    assert "ce sont peut-être deux établissements" in text(client.get(both(kept, gone)))
    assert client.post(both(kept, gone), {"reason": " "}).status_code == 422
    assert client.post(both(kept, gone), {"reason": "Le second a fermé."}).status_code == 302


def test_two_kinds_ask_for_a_tick_and_the_page_says_that_it_is_for_good(client, staff, pair):
    kept, gone = pair
    Organisation.objects.filter(pk=gone.pk).update(kind=Kind.COMMUNE)
    shown = text(client.get(both(kept, gone)))
    assert ("Leurs types diffèrent : région pour l’un, commune pour l’autre." in shown, "C’est définitif" in shown) == (True, True)
    answer = client.post(both(kept, gone), {"reason": ""})
    assert (answer.status_code, "Cochez cette case" in text(answer)) == (422, True)
    assert client.post(both(kept, gone), {"reason": "", "sure": "on"}).status_code == 302


@pytest.mark.parametrize("query", ["", "?garder=x", "?garder=999999", "?garder=99999999999999999999"])
def test_an_address_that_names_no_row_is_404(client, staff, query):
    assert client.get(f"{MERGE}{query}").status_code == 404


def test_a_merge_done_by_a_colleague_meanwhile_is_said(client, staff, pair):
    kept, gone = pair
    client.post(both(kept, gone), {"reason": ""})
    answer = client.post(both(kept, gone), {"reason": ""})
    assert (answer.status_code, "a déjà été réuni à" in text(answer)) == (422, True)


# --- Succession ----------------------------------------------------------------------------------------------


def test_a_body_is_replaced_then_no_more(client, staff):
    old, new = OrganisationFactory(name="Hier"), OrganisationFactory(name="Demain")
    typed = {"new": "demain", "on": "2028-01-01"}
    seen = client.post(page("succession", old), typed)
    assert (seen.status_code, f'value="Demain [{new.pk}]"' in text(seen), "Rien n’est encore enregistré" in text(seen)) == (200, True, True)
    old.refresh_from_db()
    assert old.replaced_by is None
    assert client.post(page("succession", old), {"new": f"Demain [{new.pk}]", "on": "2028-01-01", "confirme": "1"}).status_code == 302
    old.refresh_from_db()
    assert (old.replaced_by, str(old.replaced_on)) == (new, "2028-01-01")
    assert "« Hier » est remplacé par « Demain » à partir du 1er janvier 2028." in text(client.get(page("change", old)))
    assert "est remplacé par" in text(client.get(page("succession", old)))
    assert client.post(page("succession", old), {"reason": ""}).status_code == 422
    assert client.post(page("succession", old), {"reason": "Erreur."}).status_code == 302
    old.refresh_from_db()
    assert old.replaced_by is None


def test_a_circle_is_refused_in_words(client, staff):
    old, new = OrganisationFactory(name="Hier"), OrganisationFactory(name="Demain")
    client.post(page("succession", old), {"new": f"[{new.pk}]", "on": "2028-01-01", "confirme": "1"})
    for confirmed in ({}, {"confirme": "1"}):
        answer = client.post(page("succession", new), {"new": f"[{old.pk}]", "on": "2029-01-01", **confirmed})
        assert (answer.status_code, "tournerait en rond" in text(answer)) == (422, True)


def test_what_passes_is_shown_before_a_replacement(client, staff):
    old = OrganisationFactory(name="Hier")
    OrganisationFactory(name="Demain", kind=Kind.REGION, siret="23350001600040")
    ContactFactory.create_batch(2, organisation=old)
    shown = text(client.post(page("succession", old), {"new": "233 500 016 00040", "on": "2028-01-01"}))
    facts = re.findall(r"<d[td]>(?:<a[^>]*>)?(.*?)(?:</a>)?</d[td]>", shown)
    assert dict(zip(facts[::2], facts[1::2], strict=True)) == {
        "Nom": "Demain",
        "Type": "Région",
        "SIRET": "233 500 016 00040",
        "À partir du": "1ᵉʳ janvier 2028",
        "Passeront ce jour-là": "2 contacts",
    }


# --- Import --------------------------------------------------------------------------------------------------


def upload(client, content, name="organismes.csv"):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content, content_type="text/csv")})


def test_a_table_is_tried_then_imported(client, staff):
    answer = upload(client, "Nom;Type\nVille d’Exemple;commune\n".encode("cp1252"))
    trial = Job.objects.get()
    assert answer.headers["Location"] == trial.get_absolute_url()
    work(clock=clock.now)
    assert not Organisation.objects.exists()
    shown = text(client.get(trial.get_absolute_url()))
    assert f'href="{IMPORT}#fichier-{ImportFile.objects.get().pk}">Importer ce tableau' in shown
    assert ('<span class="outcome planned">À écrire</span>' in shown, "À écrire (1)" in shown, "Fait" in shown) == (True, True, False)
    assert "Rien n’est écrit. Lignes : à écrire 1, sans changement 0, refusées 0." in text(client.get(IMPORT))
    confirm = reverse("admin:organisations_organisation_import_confirm", args=[ImportFile.objects.get().pk])
    assert client.get(confirm).status_code == 405
    assert client.post(confirm).status_code == 302
    work(clock=clock.now)
    assert Organisation.objects.get().name == "Ville d’Exemple"
    assert "écrites 1, sans changement 0, refusées 0" in text(client.get(IMPORT))


def test_two_files_of_one_name_are_told_apart(client, staff):
    with time_machine.travel(NOW, tick=False) as clock_hands:
        upload(client, b"Nom;Type\nUn;commune\n")
        clock_hands.shift(61)
        upload(client, b"Nom;Type\nDeux;commune\n")
    shown = text(client.get(IMPORT))
    told = re.findall(r'<li id="fichier-\d+"><p><strong>organismes.csv</strong>, déposé par (.*?) le (.*?) : 1 ligne</p>', shown)
    assert told == [(str(staff), f"1ᵉʳ mars 2027 à 10 h {clock}") for clock in ("01 min 01 s", "00 min 00 s")]
    assert {job.label for job in Job.objects.all()} == {f"Essai de {kept.named}" for kept in ImportFile.objects.all()}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ\x90\x00\x03\x00", "c’est un programme"),
        (b"PK\x03\x04", "« Enregistrer sous », puis « CSV »"),
        (b"Nom;Couleur\nUn;rouge\n", "Colonne inconnue : « Couleur »"),
        (b"", "Ce fichier est vide."),
    ],
)
def test_what_is_no_table_is_refused_at_once(client, staff, content, words):
    answer = upload(client, content, "tableau.exe")
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert (ImportFile.objects.count(), Job.objects.count()) == (0, 0)


def test_no_file_is_said(client, staff):
    assert "Choisissez un fichier." in text(client.post(IMPORT, {}))


def test_somebody_else_s_table_is_not_mine_to_import(client, staff):
    kept = ImportFile.objects.create(name="a.csv", digest="x", created_at=NOW, by_id="0")
    assert client.post(reverse("admin:organisations_organisation_import_confirm", args=[kept.pk])).status_code == 404


def test_the_template_is_downloaded(client, staff):
    answer = client.get(reverse("admin:organisations_organisation_import_template"))
    assert (answer.headers["Content-Type"], answer.content[:3]) == ("text/csv; charset=utf-8", b"\xef\xbb\xbf")


# --- Who -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "opens"), [(Role.STAFF, {200}), (Role.TREASURER, {403}), (Role.REVIEWER, {302, 403, 404})])
def test_the_acts_are_the_team_s(client, role, opens):
    body = OrganisationFactory()
    sign_in(client, UserFactory(roles=[role]))
    for address in (
        f"{MERGE}?garder={body.pk}",
        page("succession", body),
        IMPORT,
        reverse("admin:organisations_organisation_import_template"),
    ):
        assert client.get(address).status_code in opens


def test_the_treasurer_reads(client):
    body = OrganisationFactory()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    assert client.get(page("change", body)).status_code == 200
    assert client.post(page("change", body), fields(kind="COMMUNE")).status_code == 403


def test_nothing_is_deleted(client, staff):
    assert client.get(page("delete", OrganisationFactory())).status_code == 403
