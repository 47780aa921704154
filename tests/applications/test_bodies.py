"""« Région Bretagne », « Conseil régional de Bretagne » and its SIRET are one body: through the form, then by staff."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from applications import retention, services
from applications.models import Application
from core.refusals import Refused
from organisations.models import Organisation
from organisations.services import load_reference
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ANSWERS, OPEN, TYPED, ApplicationFactory, deposited
from tests.organisations.factories import OrganisationFactory
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open():
    with time_machine.travel(OPEN, tick=False):
        yield


def apply(call, organisation):
    """A person types, reads over, deposits."""
    person, client = UserFactory(), Client()
    sign_in(client, person)
    address = [call.programme.slug, call.slug]
    client.post(reverse("apply", args=address), {**TYPED, "organisation": organisation})
    client.post(reverse("apply_deposit", args=address), {"revision": 1})
    return Application.objects.get(edition=call, applicant=person)


def test_three_ways_of_writing_are_one_body_through_the_form():
    load_reference(now=OPEN)
    call, bretagne = EditionFactory(), Organisation.objects.get(reference="region:53")
    written = ["Région Bretagne", "Conseil régional de Bretagne", "23350001600040", "conseil regional de la bretagne"]
    applications = [apply(call, words) for words in written]
    assert {application.body for application in applications} == {bretagne}
    assert [application.organisation for application in applications] == written


def test_what_nobody_knows_stays_as_typed():
    application = apply(EditionFactory(), "Service commun d’Exemple")
    assert (application.body, application.organisation, application.state) == (None, "Service commun d’Exemple", "SUBMITTED")


def test_a_commune_is_known_from_its_first_candidate():
    application = apply(EditionFactory(), "Mairie de Rennes")
    assert (application.body.name, application.body.siren) == ("Ville de Rennes", "213502388")


def test_a_new_deposit_follows_new_words_and_keeps_what_staff_said_of_the_same():
    staff, body = UserFactory(roles=[Role.STAFF]), OrganisationFactory(name="Centre d’Exemple")
    application = deposited()
    services.set_body(application, body, by=staff, now=OPEN)
    services.submit(application, {**ANSWERS, "job": "autre"}, by=application.applicant, now=OPEN)
    assert Application.objects.get().body == body
    services.submit(application, {**ANSWERS, "organisation": "Ailleurs"}, by=application.applicant, now=OPEN)
    assert Application.objects.get().body is None


def test_recognising_costs_two_queries_at_most(django_assert_max_num_queries):
    OrganisationFactory(name="Ville d’Exemple")
    application = ApplicationFactory()
    with CaptureQueriesContext(connection) as counted:
        services.submit(application, dict(ANSWERS), by=application.applicant, now=OPEN)
    asked = [query["sql"] for query in counted if "organisations_" in query["sql"] and query["sql"].startswith("SELECT")]
    assert (len(asked), Application.objects.get().body.name) == (1, "Ville d’Exemple")


def test_the_anonymous_have_no_body_left():
    application = deposited()
    Application.objects.update(body=OrganisationFactory())
    retention._anonymise(application, OPEN)
    assert Application.objects.get().body is None


# --- By staff ---------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    return person


def tie(client, application, body):
    return client.post(reverse("admin:applications_application_body", args=[application.pk]), {"body": body})


def test_staff_tie_and_untie_and_the_journal_says_so(client, staff):
    body, application = OrganisationFactory(name="Agence d’Exemple"), deposited()
    assert tie(client, application, "agence d'exemple").status_code == 302
    assert Application.objects.get().body == body
    assert tie(client, application, "").status_code == 302
    assert Application.objects.get().body is None
    told = Act.objects.filter(about=f"applications.application:{application.pk}").order_by("pk")
    assert [(act.verb, act.changes) for act in told] == [
        ("rattachée à un organisme", {"organisme": ["", "Agence d’Exemple"]}),
        ("détachée de son organisme", {"organisme": ["Agence d’Exemple", ""]}),
    ]


def test_a_name_that_may_be_several_is_answered_with_all_of_them(client, staff):
    one, two = OrganisationFactory(name="CCAS d’Exemple", city="Ici"), OrganisationFactory(name="CCAS d’Exemple", city="Là")
    application = deposited()
    answer = tie(client, application, "CCAS d’Exemple")
    assert answer.status_code == 422
    assert all(f"CCAS d’Exemple [{body.pk}]" in answer.content.decode() for body in (one, two))
    assert tie(client, application, f"CCAS d’Exemple [{two.pk}]").status_code == 302
    assert Application.objects.get().body == two


@pytest.mark.parametrize("words", ["rien de ce nom zzz", "[999999]", "Centre [12345678901234567890]", "23350001600040"])
def test_what_names_nothing_is_said(client, staff, words):
    assert tie(client, deposited(), words).status_code == 422


def test_the_reading_page_shows_the_body_and_leads_to_its_page(client, staff):
    application, body = deposited(), OrganisationFactory(name="Agence d’Exemple")
    page = reverse("admin:applications_application_change", args=[application.pk])
    assert "n’est pas reconnu au répertoire" in client.get(page).content.decode()
    services.set_body(application, body, by=staff, now=OPEN)
    shown = client.get(page).content.decode()
    assert (f'href="{body.get_absolute_url()}">Agence d’Exemple</a>' in shown, "Changer d’organisme" in shown) == (True, True)


def test_of_two_colleagues_who_tie_the_same_file_the_second_is_told(client, staff):
    application, theirs, mine = deposited(), OrganisationFactory(name="Agence d’Exemple"), OrganisationFactory(name="Ville d’Exemple")
    address = reverse("admin:applications_application_body", args=[application.pk])
    typed = dict(client.get(address).context["form"].initial)
    typed["body"] = "Ville d’Exemple"
    services.set_body(application, theirs, by=staff, now=OPEN)
    refused = client.post(address, typed)
    shown = refused.content.decode()
    application.refresh_from_db()
    assert (refused.status_code, application.body) == (422, theirs)
    assert ("rattachée à un organisme" in shown, "Agence d’Exemple" in shown, 'value="Ville d’Exemple"' in shown) == (True, True, True)
    again = {name: refused.context["form"][name].value() for name in ("body", "revision", "seen")}
    assert client.post(address, again).status_code == 302
    application.refresh_from_db()
    assert application.body == mine


def test_whoever_gives_takes_or_joins_changes_the_file_for_who_has_it_open(staff):
    call = EditionFactory()
    joined, kept, juror = deposited(edition=call), deposited(edition=call), UserFactory(roles=[Role.REVIEWER])

    def revisions():
        return list(Application.objects.filter(pk__in=[joined.pk, kept.pk]).order_by("pk").values_list("staff_revision", flat=True))

    services.assign([joined.pk], [juror], by=staff, now=OPEN)
    seen = [revisions()]
    services.unassign([joined.pk], [juror], by=staff, now=OPEN)
    seen.append(revisions())
    services.join(joined, kept, by=staff, now=OPEN, tell=False)
    seen.append(revisions())
    services.separate(joined, by=staff, now=OPEN)
    assert [*seen, revisions()] == [[1, 0], [2, 0], [3, 1], [4, 2]]
    with pytest.raises(services.Overtaken):
        services.add_note(kept, "Trop tard.", by=staff, now=OPEN, revision=0)


def test_a_draft_is_tied_to_nothing(staff):
    with pytest.raises(Refused):
        services.set_body(ApplicationFactory(), OrganisationFactory(), by=staff, now=OPEN)


@pytest.mark.parametrize("role", [Role.TREASURER, Role.REVIEWER])
def test_nobody_else_ties(client, role):
    sign_in(client, UserFactory(roles=[role]))
    assert tie(client, deposited(), "").status_code in (302, 403, 404)
    assert Act.objects.filter(verb__contains="organisme").count() == 0


# --- Without JavaScript -----------------------------------------------------------------------------------


def form(call, person, **more):
    client = Client()
    sign_in(client, person)
    return client.post(reverse("apply", args=[call.programme.slug, call.slug]), {**TYPED, **more})


def test_a_button_looks_for_what_was_typed_and_keeps_the_typing():
    load_reference(now=OPEN)
    call, person = EditionFactory(), UserFactory()
    answer = form(call, person, organisation="region bret", chercher="structure")
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert '<button class="btn-link" name="prendre" value="Région Bretagne">Région Bretagne</button>' in shown
    assert Application.objects.get(applicant=person).typed["organisation"] == "region bret"


def test_a_name_found_is_taken_by_a_button():
    call, person = EditionFactory(), UserFactory()
    shown = form(call, person, organisation="region bret", prendre="Région Bretagne").content.decode()
    assert 'value="Région Bretagne"' in shown
    assert Application.objects.get(applicant=person).typed["organisation"] == "Région Bretagne"


def test_nothing_found_asks_nothing_more():
    shown = form(EditionFactory(), UserFactory(), organisation="Service commun d’Exemple zzz", chercher="structure").content.decode()
    assert "Rien de ce nom dans notre répertoire" in shown


def test_after_the_deadline_the_text_is_kept_and_the_call_is_closed():
    call, person = EditionFactory(), UserFactory()
    with time_machine.travel(call.closes_at, tick=False):
        answer = form(call, person, organisation="region bret", chercher="structure")
    assert (answer.status_code, Application.objects.get(applicant=person).typed["organisation"]) == (422, "region bret")


def test_the_form_asks_nothing_more_than_before():
    client = Client()
    sign_in(client, UserFactory())
    call = EditionFactory()
    shown = client.get(reverse("apply", args=[call.programme.slug, call.slug])).content.decode()
    assert 'data-suggest="/structures/propositions.json"' in shown
    assert shown.count("<noscript>") == 2


def test_the_page_of_a_body_counts_its_files_and_leads_to_them(client):
    body, colleague = OrganisationFactory(name="Ville d’Exemple"), UserFactory(roles=[Role.STAFF])
    sign_in(client, colleague)
    page = reverse("admin:organisations_organisation_change", args=[body.pk])
    assert "?body=" not in client.get(page).content.decode()
    for _ in range(2):
        Application.objects.filter(pk=deposited().pk).update(body=body)
    told = client.get(page).content.decode()
    assert f'<a href="/admin/applications/application/?body={body.pk}">2\u00a0candidatures</a>' in told
    assert client.get(f"/admin/applications/application/?body={body.pk}").context["cl"].result_count == 2
    treasurer, client = UserFactory(roles=[Role.TREASURER]), Client()
    sign_in(client, treasurer)
    assert "?body=" not in client.get(page).content.decode()
