"""The page of one application: set for reading, following the list; two people who write on it at once."""

import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import PERMISSIONS, TRIAGE, Role
from applications import services
from applications.models import Application, Note, Review
from applications.states import State
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import OPEN, TYPED, ApplicationFactory, deposited
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db


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
def call():
    return EditionFactory(reference_prefix="AV17")


def page_of(application, filters="") -> str:
    page = reverse("admin:applications_application_change", args=[application.pk])
    return f"{page}?_changelist_filters={filters}" if filters else page


def words(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r"\s+", " ", text)


def test_previous_and_next_follow_the_filter_the_search_and_the_order_of_the_list(client, colleague, call):
    first, second, third, fourth = (deposited(edition=call) for _ in range(4))
    services.withdraw(third, by=third.applicant, now=OPEN)
    column = client.get("/admin/applications/application/").context["cl"].list_display.index("reference_shown")
    place = client.get(page_of(second, f"state%3DSUBMITTED%26o%3D{column}%26q%3Dexemple")).context["place"]
    assert (place["at"], place["total"]) == (2, 3)
    assert [place["before"].split("?")[0], place["after"].split("?")[0]] == [page_of(first), page_of(fourth)]
    assert place["back"] == f"/admin/applications/application/?state=SUBMITTED&o={column}&q=exemple"
    last = client.get(place["after"]).context["place"]
    assert (last["at"], last["after"], last["before"].split("?")[0]) == (3, None, page_of(second))


def test_a_file_that_the_filter_leaves_out_or_a_broken_filter_still_shows(client, colleague, call):
    application = deposited(edition=call)
    for filters in ("state%3DWITHDRAWN", "state%3DNOPE", "motivation__contains%3Da", "%FF", "p%3D99"):
        answer = client.get(page_of(application, filters))
        assert (answer.status_code, "Retour à la liste" in words(answer)) == (200, True), filters


def test_the_list_leads_to_the_page_with_its_filters(client, colleague, call):
    deposited(edition=call)
    text = client.get("/admin/applications/application/?state=SUBMITTED&q=exemple").content.decode()
    assert re.findall(r'<th scope="row" class="field-name"><a href="[^"?]+\?([^"]+)"', text) == [
        "_changelist_filters=state%3DSUBMITTED%26q%3Dexemple"
    ]


def test_the_page_costs_the_same_for_one_line_and_for_three(client, colleague, call):
    counts = []
    for _ in range(3):
        application = deposited(edition=call)
        services.add_note(application, "Une note.", by=colleague, now=OPEN)
        Review.objects.create(application=application, reviewer=colleague, assigned_at=OPEN)
        with CaptureQueriesContext(connection) as asked:
            client.get(page_of(application, "state%3DSUBMITTED"))
        counts.append(len(asked))
    assert counts[1] == counts[2]
    assert counts[2] <= 25


def test_a_note_and_a_tag_are_added_from_the_page_which_keeps_its_place_in_the_list(client, colleague, call):
    application = deposited(edition=call)
    add = reverse("admin:applications_application_note", args=[application.pk])
    answer = client.post(f"{add}?_changelist_filters=state%3DSUBMITTED", {"text": "À revoir.", "revision": 0, "seen": 0})
    assert answer["Location"] == f"{page_of(application)}?_changelist_filters=state%3DSUBMITTED#notes"
    client.post(reverse("admin:applications_application_tag", args=[application.pk]), {"name": "à revoir", "revision": 1})
    shown = words(client.get(page_of(application)))
    assert "Inès Exemple , 1ᵉʳ septembre 2017" in shown
    assert [application.tags.get().name, Note.objects.get().text] == ["à revoir", "À revoir."]


def test_the_second_of_two_who_write_at_once_is_told_who_did_what_keeps_the_text_and_sends_again(client, colleague, call):
    application = deposited(edition=call)
    opened = client.get(page_of(application)).context["note_form"].initial
    services.add_tag(application, "à revoir", by=UserFactory(first_name="Lou"), now=OPEN)
    add = reverse("admin:applications_application_note", args=[application.pk])
    refused = client.post(add, {"text": "Ma note.", **opened})
    told = words(refused)
    assert refused.status_code == 422
    assert "Cette candidature a changé depuis que vous avez ouvert cette page." in told
    assert "Lou Exemple, 1ᵉʳ septembre 2017 à 10 h" in told
    assert "étiquette ajoutée (étiquettes : « rien » devient « à revoir »)" in told
    form = refused.context["note_form"]
    assert (form["text"].value(), Note.objects.count()) == ("Ma note.", 0)
    again = client.post(add, {name: form[name].value() for name in ("text", "revision", "seen")})
    assert (again.status_code, Note.objects.get().text) == (302, "Ma note.")


def test_an_empty_note_is_refused_in_words_and_the_title_says_so(client, colleague, call):
    answer = client.post(reverse("admin:applications_application_note", args=[deposited(edition=call).pk]), {"text": " "})
    assert answer.status_code == 422
    assert "<title>Erreur" in answer.content.decode()
    assert "Écrivez votre note avant de l’ajouter." in words(answer)


def test_one_erases_one_s_own_note_only(client, colleague, call):
    application = deposited(edition=call)
    mine = services.add_note(application, "Ma note.", by=colleague, now=OPEN)
    other = services.add_note(application, "Autre note.", by=UserFactory(), now=OPEN)
    gone = [client.post(reverse("admin:applications_application_note_remove", args=[application.pk, note.pk])) for note in (mine, other)]
    assert [answer.status_code for answer in gone] == [302, 403]
    assert list(Note.objects.values_list("text", flat=True)) == ["Autre note."]


def test_a_tag_is_taken_away(client, colleague, call):
    application = deposited(edition=call)
    tag = services.add_tag(application, "à revoir", by=colleague, now=OPEN)
    for _ in range(2):
        answer = client.post(reverse("admin:applications_application_tag_remove", args=[application.pk, tag.pk]))
        assert answer.status_code == 302
    assert list(application.tags.all()) == []


def test_nothing_of_the_team_is_read_by_the_candidate_or_by_who_may_not_sort(client, colleague, call, monkeypatch):
    application = deposited(edition=call)
    services.add_note(application, "Note secrète.", by=colleague, now=OPEN)
    services.add_tag(application, "étiquette secrète", by=colleague, now=OPEN)
    candidate = sign_in(Client(), application.applicant)
    mine = ["/espace/", f"/candidatures/{application.reference}/", f"/candidatures/{application.reference}/recu/", call.get_absolute_url()]
    assert [path for path in mine if "secrète" in candidate.get(path).content.decode()] == []
    assert "secrète" in words(client.get(page_of(application)))
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {TRIAGE})
    assert "secrète" not in words(client.get(page_of(application)))
    for name, data in (("note", {"text": "Non."}), ("tag", {"name": "non"})):
        assert client.post(reverse(f"admin:applications_application_{name}", args=[application.pk]), data).status_code == 403


def test_the_likely_twin_is_pointed_out_until_the_team_says_that_they_are_two_people(client, colleague, call):
    one, other = deposited(edition=call), deposited(edition=call)
    shown = client.get(page_of(one))
    assert f"{other.reference}, Camille Exemple : même nom et même structure" in words(shown)
    assert '<details class="reading-alike" open>' in shown.content.decode()
    client.post(reverse("admin:applications_application_tag", args=[one.pk]), {"name": "homonyme"})
    assert '<details class="reading-alike">' in client.get(page_of(one)).content.decode()


def test_a_draft_shows_what_is_typed_and_a_changed_file_what_is_not_deposited(client, colleague, call):
    draft = ApplicationFactory(edition=call, typed=TYPED | {"motivation": "En cours d’écriture."})
    assert "En cours d’écriture." in words(client.get(page_of(draft)))
    application = deposited(edition=call)
    Application.objects.filter(pk=application.pk).update(typed=TYPED | {"job": "archiviste"})
    assert "Modifications non déposées" in words(client.get(page_of(application)))


def test_a_file_that_was_erased_shows_what_is_left(client, colleague, call):
    application = deposited(edition=call, state=State.DECLINED)
    Application.objects.filter(pk=application.pk).update(
        applicant=None, last_name="", first_name="", motivation="", search="", erased_at=OPEN
    )
    shown = words(client.get(page_of(application)))
    assert "Candidature anonymisée" in shown
    assert "Ajouter la note" not in shown


@pytest.mark.parametrize("pk", ["999", "abc", "99999999999999999999999"])
def test_a_file_that_does_not_exist_leads_home(client, colleague, pk):
    assert client.get(f"/admin/applications/application/{pk}/change/").status_code == 302
