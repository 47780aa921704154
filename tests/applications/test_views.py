"""The pages of applying and of an application, through Django's client."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from applications import services, stash
from applications.forms import UNREADABLE
from applications.models import Application, Step
from applications.states import State
from mailing.models import Message
from tests.accounts.factories import sign_in
from tests.applications.factories import ANSWERS, NOON, OPEN, TYPED, ApplicationFactory, UserFactory, deposited, staff
from tests.programmes.factories import EditionFactory, PhaseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_september_2017():
    with time_machine.travel(OPEN, tick=False):
        yield


@pytest.fixture
def edition():
    edition = EditionFactory(slug="2017", programme__slug="aventuriers", reference_prefix="AV17", short_title="Les Aventuriers 2017")
    PhaseFactory(edition=edition)
    return edition


@pytest.fixture
def person(client):
    person = UserFactory(email="candidate.exemple@mairie.example")
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return person


FORM = "/programmes/aventuriers/2017/candidater/"
SAVE, DEPOSIT, TEXT, DELETE = f"{FORM}enregistrer/", f"{FORM}deposer/", f"{FORM}texte.txt", f"{FORM}supprimer/"
SIGN_IN = f"{reverse('account_login')}?next={FORM}"
HTMX = {"HX-Request": "true"}


def typed(**changes):
    return {**TYPED, "revision": "0", "tab": "a", **changes}


def page(response):
    return response.content.decode()


def hidden(response, name):
    return page(response).split(f'name="{name}"')[1].split('value="')[1].split('"')[0]


# --- The form ------------------------------------------------------------------------------------


def test_the_form_asks_to_sign_in_first_and_comes_back(client, edition):
    response = client.get(FORM)
    assert (response.status_code, response["Location"]) == (302, SIGN_IN)


def test_reading_the_form_stores_nothing(client, edition, person):
    response = client.get(FORM)
    assert response.status_code == 200
    assert "0 ligne sur 10" in page(response)
    assert "soit" in page(response)
    assert Application.objects.count() == 0


def test_the_form_says_purpose_basis_recipients_and_when_the_answers_are_erased(client, edition, person):
    text = page(client.get(FORM))
    for words in (
        "Ces réponses servent à",
        "intérêt légitime",
        "l’équipe du programme et le jury",
        "8\u00a0octobre 2017",
        "30\u00a0mai 2018",
        "30\u00a0novembre 2020",
    ):
        assert words in text


def test_the_form_asks_what_a6_asks_and_nothing_else(client, edition, person):
    fields = client.get(FORM).context["form"].fields
    assert list(fields) == ["last_name", "first_name", "organisation", "job", "branch", "region", "motivation", "costs_covered"]


def test_twelve_lines_are_refused_kept_and_counted(client, edition, person):
    twelve = "\r\n".join(["ligne"] * 12)
    response = client.post(FORM, typed(motivation=twelve))
    text = page(response)
    assert response.status_code == 422
    assert "<title>Erreur\u00a0:" in text
    assert "12 lignes sur 10" in text
    assert 'href="#id_motivation"' in text
    assert "\n".join(["ligne"] * 12) in text
    assert Application.objects.get().typed["motivation"] == "\n".join(["ligne"] * 12)


def test_each_missing_answer_is_said_in_words(client, edition, person):
    response = client.post(FORM, {})
    form = response.context["form"]
    assert response.status_code == 422
    assert [errors[0] for errors in form.errors.values()] == [
        "Indiquez votre nom.",
        "Indiquez votre prénom.",
        "Indiquez votre structure.",
        "Indiquez votre fonction.",
        "Choisissez votre fonction publique.",
        "Choisissez votre région.",
        "Dites en quelques lignes pourquoi vous souhaitez participer.",
        "Cochez cette case après avoir vérifié que votre administration prend en charge vos frais.",
    ]
    assert Application.objects.count() == 0


def test_names_with_apostrophes_and_hyphens_pass_and_blanks_are_made_single(client, edition, person):
    response = client.post(FORM, typed(last_name="  d’Exemple-O'Brien   de la  Tour ", first_name="Zoé-Anne"))
    assert response.status_code == 200
    assert "d’Exemple-O&#x27;Brien de la Tour" in page(response)


def test_relire_shows_every_answer(client, edition, person):
    response = client.post(FORM, typed())
    assert response.status_code == 200
    for words in (
        "Ville d’Exemple",
        "bibliothécaire",
        "Territoriale",
        "Bretagne",
        "Voir ailleurs.<br>",
        "candidate.exemple@mairie.example",
    ):
        assert words in page(response)
    assert "Déposer ma candidature" in page(response)


def test_form_relire_deposer_receipt_are_four_requests(client, edition, person):
    client.get(FORM)
    review = client.post(FORM, typed())
    deposit = client.post(DEPOSIT, {"revision": hidden(review, "revision")})
    assert (deposit.status_code, deposit["Location"]) == (302, "/candidatures/AV17-0001/recue/")
    receipt = page(client.get(deposit["Location"]))
    for words in (
        "AV17-0001",
        "10\u00a0h\u00a000\u00a0min\u00a000\u00a0s",
        "bibliothécaire",
        "Préparation",
        "Mi-septembre 2017",
        "dates.ics",
        "recepisse.pdf",
        "lettre-employeur.pdf",
    ):
        assert words in receipt


def test_a_double_click_on_deposer_gives_one_receipt(client, edition, person):
    review = client.post(FORM, typed())
    posts = [client.post(DEPOSIT, {"revision": hidden(review, "revision")}) for _ in range(2)]
    assert {post["Location"] for post in posts} == {"/candidatures/AV17-0001/recue/"}
    assert (Step.objects.count(), Message.objects.count()) == (1, 1)


def test_going_back_and_sending_again_after_the_deposit_changes_nothing(client, edition, person):
    first = client.post(FORM, typed())
    client.post(DEPOSIT, {"revision": hidden(first, "revision")})
    again = client.post(FORM, typed())
    assert again.status_code == 200
    assert "Rien n’a changé depuis votre dépôt" in page(again)
    client.post(DEPOSIT, {"revision": hidden(first, "revision")})
    assert (Step.objects.count(), Message.objects.count()) == (1, 1)


def test_a_change_is_not_deposited_until_it_is(client, edition, person):
    deposited(edition=edition, applicant=person)
    client.post(FORM, typed(job="juriste", revision="2"))
    assert "Modifications non déposées" in page(client.get("/candidatures/AV17-0001/"))
    assert "Modifications non déposées" in page(client.get(FORM))
    assert Application.objects.get().job == "bibliothécaire"
    client.post(DEPOSIT, {"revision": "3"})
    assert Application.objects.get().job == "juriste"
    assert Message.objects.count() == 2


def test_depositing_what_another_tab_changed_shows_it_again_first(client, edition, person):
    review = client.post(FORM, typed())
    client.post(SAVE, typed(job="juriste", revision="1"), headers=HTMX)
    response = client.post(DEPOSIT, {"revision": hidden(review, "revision")})
    assert response.status_code == 409
    assert "juriste" in page(response)
    assert Application.objects.get().state == State.DRAFT


def test_depositing_an_unfinished_draft_shows_what_is_missing(client, edition, person):
    ApplicationFactory(edition=edition, applicant=person, typed={**TYPED, "job": ""})
    response = client.post(DEPOSIT, {"revision": "1"})
    assert response.status_code == 422
    assert "Indiquez votre fonction." in page(response)


def test_depositing_nothing_leads_to_the_form(client, edition, person):
    assert client.post(DEPOSIT, {})["Location"] == FORM
    assert client.get(DEPOSIT)["Location"] == FORM


# --- Saving --------------------------------------------------------------------------------------


def test_autosave_says_when_it_saved_and_gives_the_new_revision(client, edition, person):
    response = client.post(SAVE, typed(), headers=HTMX)
    assert "Enregistré à 10\u00a0h." in page(response)
    assert 'value="1" data-hx-swap-oob="true"' in page(response)


def test_an_autosave_of_an_empty_form_stores_nothing(client, edition, person):
    response = client.post(SAVE, {"revision": "0", "tab": "a"}, headers=HTMX)
    assert (response.status_code, page(response).strip(), Application.objects.count()) == (200, "", 0)


def test_an_autosave_of_an_ended_session_says_so_and_how_to_come_back(client, edition):
    response = client.post(SAVE, typed(), headers=HTMX)
    assert response.status_code == 401
    assert SIGN_IN in page(response)
    assert "gardé sur cet appareil" in page(response)


def test_a_stale_autosave_says_so_and_overwrites_nothing(client, edition, person):
    ApplicationFactory(edition=edition, applicant=person, revision=4, typed_tab="b")
    response = client.post(SAVE, typed(job="juriste", revision="3"), headers=HTMX)
    assert response.status_code == 409
    assert "n’a pas été enregistré" in page(response)
    assert Application.objects.get().typed["job"] == "bibliothécaire"


def test_a_stale_tab_without_javascript_keeps_its_text_on_the_page_and_may_insist(client, edition, person):
    ApplicationFactory(edition=edition, applicant=person, revision=4, typed_tab="b")
    response = client.post(FORM, typed(job="juriste", revision="3"))
    assert response.status_code == 409
    assert 'value="juriste"' in page(response)
    insisting = client.post(FORM, typed(job="juriste", revision=hidden(response, "revision")))
    assert insisting.status_code == 200
    assert Application.objects.get().typed["job"] == "juriste"


def test_without_javascript_a_button_keeps_the_draft(client, edition, person):
    response = client.post(SAVE, typed(job=""))
    assert (response.status_code, response["Location"]) == (302, FORM)
    back = page(client.get(FORM))
    assert "Votre brouillon est enregistré." in back
    assert "Brouillon\u00a0: pas encore déposée" in back
    assert "2 lignes sur 10" in back


@pytest.mark.parametrize("address", [FORM, SAVE])
def test_the_text_of_an_ended_session_comes_back_after_signing_in(client, edition, address):
    person = UserFactory()
    response = client.post(address, typed(job="juriste", author=str(person.pk)))
    assert response["Location"] == SIGN_IN
    client.force_login(person, backend="accounts.backends.RoleBackend")
    back = page(client.get(FORM))
    assert "Nous avons gardé ce que vous aviez tapé" in back
    assert 'value="juriste"' in back
    assert Application.objects.count() == 0
    client.post(FORM, typed(job="juriste"))
    assert "Nous avons gardé" not in page(client.get(FORM))


def test_the_text_of_an_ended_session_is_shown_to_its_author_only(client, edition):
    author, other = UserFactory(), UserFactory()
    client.post(FORM, typed(job="juriste", author=str(author.pk)))
    client.force_login(other, backend="accounts.backends.RoleBackend")
    assert "juriste" not in page(client.get(FORM))


def test_who_was_never_signed_in_fills_no_session(client, edition):
    client.post(FORM, typed(job="juriste"))
    client.post(FORM, typed(author="1", motivation="a" * 20_000, job="b" * 20_000))
    assert stash.KEPT not in client.session


def test_my_text_can_be_taken_away(client, edition, person):
    client.post(SAVE, typed())
    response = client.get(TEXT)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert 'filename="candidature-aventuriers-2017.txt"' in response["Content-Disposition"]
    assert "Voir ailleurs.\nEssayer ici." in page(response)
    assert "Ville d’Exemple" in page(response)


def test_a_draft_is_deleted_after_a_page_that_asks(client, edition, person):
    ApplicationFactory(edition=edition, applicant=person)
    assert client.get(DELETE).status_code == 200
    assert Application.objects.count() == 1
    client.post(DELETE)
    assert Application.objects.count() == 0
    assert client.get(DELETE).status_code == 404


# --- The deadline (S2) ---------------------------------------------------------------------------


def test_at_noon_the_same_form_says_that_the_call_is_closed_and_keeps_the_text(client, edition, person):
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        client.get(FORM)
    with time_machine.travel(NOON, tick=False):
        response = client.post(FORM, typed())
        text = page(response)
    assert response.status_code == 422
    for words in ("L’appel est clos", "Voir ailleurs.", TEXT, "mailto:programme@la27eregion.example"):
        assert words in text
    assert Application.objects.get().state == State.DRAFT


def test_a_deposit_at_noon_is_late_and_a_second_before_is_not(client, edition, person):
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        client.post(FORM, typed())
    with time_machine.travel(NOON, tick=False):
        late = client.post(DEPOSIT, {"revision": "1"})
    assert (late.status_code, Application.objects.get().state) == (422, State.DRAFT)
    assert "L’appel est clos" in page(late)
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        assert client.post(DEPOSIT, {"revision": "1"})["Location"] == "/candidatures/AV17-0001/recue/"


def test_after_the_deadline_the_form_shows_my_text_and_nobodys_needs_no_sign_in(client, edition):
    draft = ApplicationFactory(edition=edition)
    with time_machine.travel(NOON, tick=False):
        assert "L’appel est clos" in page(client.get(FORM))
        client.force_login(draft.applicant, backend="accounts.backends.RoleBackend")
        assert "Voir ailleurs." in page(client.get(FORM))


def test_after_the_deadline_the_form_of_a_deposit_leads_to_it(client, edition, person):
    deposited(edition=edition, applicant=person)
    with time_machine.travel(NOON, tick=False):
        assert client.get(FORM)["Location"] == "/candidatures/AV17-0001/"


def test_before_the_opening_the_form_says_when(client, person):
    EditionFactory(slug="2018", programme__slug="autre", opens_at=OPEN + timedelta(days=1))
    assert "L’appel n’est pas encore ouvert" in page(client.get("/programmes/autre/2018/candidater/"))


def test_a_call_taken_back_stays_open_to_whoever_has_begun(client, person, edition):
    client.post(SAVE, typed())
    type(edition).objects.filter(pk=edition.pk).update(published_at=None)
    assert client.get(FORM).status_code == 200
    client.force_login(UserFactory(), backend="accounts.backends.RoleBackend")
    assert client.get(FORM).status_code == 404
    client.logout()
    assert client.get(FORM).status_code == 404


def test_an_unpublished_call_has_no_form(client, person):
    EditionFactory(slug="2018", programme__slug="autre", published_at=None)
    assert client.get("/programmes/autre/2018/candidater/").status_code == 404


# --- Following -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.SUBMITTED, "Votre candidature est déposée."),
        (State.IN_REVIEW, "Votre candidature est en examen."),
        (State.SELECTED, "Votre candidature est en examen."),
        (State.DECLINED, "Votre candidature est en examen."),
        (State.WITHDRAWN, "Vous avez retiré votre candidature."),
    ],
)
def test_the_status_page_speaks_the_candidates_words(client, edition, person, state, words):
    deposited(edition=edition, applicant=person, state=state)
    assert words in page(client.get("/candidatures/AV17-0001/"))


@pytest.mark.parametrize("state", [State.SELECTED, State.CONFIRMED, State.WAITLISTED, State.DECLINED])
def test_a_decision_is_read_once_the_results_are_released(client, edition, person, state):
    edition.results_released_at = NOON
    edition.save()
    deposited(edition=edition, applicant=person, state=state)
    with time_machine.travel(NOON, tick=False):
        assert state.label in page(client.get("/candidatures/AV17-0001/")).lower()


def test_withdrawing_asks_first_takes_a_reason_or_none_and_can_be_undone(client, edition, person):
    deposited(edition=edition, applicant=person)
    address = "/candidatures/AV17-0001/retirer/"
    assert client.get(address).status_code == 200
    client.post(address, {"reason": ""})
    assert Application.objects.get().state == State.WITHDRAWN
    assert "Reprendre ma candidature" in page(client.get("/candidatures/AV17-0001/"))
    assert client.get("/candidatures/AV17-0001/modifier/")["Location"] == FORM
    client.post(DEPOSIT, {"revision": "2"})
    assert (Application.objects.get().state, Application.objects.get().reference) == (State.SUBMITTED, "AV17-0001")


def test_a_reason_too_long_is_refused_in_words(client, edition, person):
    deposited(edition=edition, applicant=person)
    response = client.post("/candidatures/AV17-0001/retirer/", {"reason": "a" * 2001})
    assert (response.status_code, "2 000 caractères au plus." in page(response).replace("\u202f", " ")) == (422, True)


OWNED = ["", "recue/", "modifier/", "retirer/", "recepisse.pdf", "lettre-employeur.pdf", "dates.ics"]


@pytest.mark.parametrize("end", OWNED)
def test_an_application_is_its_authors_only(client, edition, end):
    deposited(edition=edition)
    address = f"/candidatures/AV17-0001/{end}"
    assert client.get(address)["Location"].startswith(reverse("account_login"))
    client.force_login(UserFactory(), backend="accounts.backends.RoleBackend")
    assert client.get(address).status_code == 404


def test_another_person_withdraws_nothing(client, edition):
    deposited(edition=edition)
    for other in (UserFactory(), staff()):
        client.force_login(other, backend="accounts.backends.RoleBackend")
        assert client.post("/candidatures/AV17-0001/retirer/").status_code == 404
    assert Application.objects.get().state == State.SUBMITTED


def test_the_page_of_the_call_shows_my_draft_then_my_application(client, edition, person):
    draft = ApplicationFactory(edition=edition, applicant=person)
    assert "Reprendre mon brouillon" in page(client.get(edition.get_absolute_url()))
    draft.delete()
    deposited(edition=edition, applicant=person)
    assert "Voir ma candidature AV17-0001" in page(client.get(edition.get_absolute_url()))


def test_my_space_lists_my_applications_or_says_what_is_open(client, edition, person):
    assert "Vous n’avez pas encore de candidature." in page(client.get("/espace/"))
    deposited(edition=edition, applicant=person)
    assert "AV17-0001" in page(client.get("/espace/"))


def test_the_form_says_whose_it_is_and_that_another_person_uses_another_address(client, edition, person):
    assert "utilisez votre propre adresse" in page(client.get(FORM))
    deposited(edition=edition, applicant=person)
    text = page(client.get("/candidatures/AV17-0001/"))
    assert "Camille Exemple" in text
    assert "candidatez avec votre propre adresse" in text


# --- Hostile input -------------------------------------------------------------------------------

HOSTILE = [
    "\x00",
    "a\x00b",
    "\ufffd",
    "\x07",
    "\u202e",
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% url 'home' %}",
    "=HYPERLINK(1)",
    "' OR 1=1 --",
    "a" * 10_000,
    "a" * 20_001,
    "é" * 81,
    "\U0001f469\u200d\U0001f467",
    "\r\nBcc: x@exemple.example",
    "-1",
    "99999999999999999999",
    "²",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_has_a_clear_answer_everywhere(client, edition, person, text):
    names = [*TYPED, "revision", "tab", "author"]
    answers = [client.post(FORM, typed(**{name: text})) for name in names]
    everywhere = dict.fromkeys(names, text)
    answers += [client.post(address, everywhere) for address in (FORM, SAVE, DEPOSIT)]
    answers += [client.post(SAVE, everywhere, headers=HTMX), client.get(FORM), client.get(TEXT)]
    assert [answer.status_code for answer in answers if answer.status_code not in (200, 302, 404, 409, 422)] == []
    assert [page(answer) for answer in answers if "<script>alert" in page(answer) and answer["Content-Type"].startswith("text/html")] == []


def test_ten_thousand_characters_are_kept_and_refused_in_words(client, edition, person):
    response = client.post(FORM, typed(motivation="a" * 10_000))
    assert response.status_code == 422
    assert "Votre texte fait 112 lignes" in page(response)
    assert Application.objects.get().typed["motivation"] == "a" * 10_000


def test_invalid_utf_8_is_said_in_words_and_what_could_be_read_is_kept(client, edition, person):
    body = "&".join(f"{name}={quote(text)}" for name, text in typed(job="").items()) + "&job=biblioth%E9caire"
    response = client.post(FORM, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 422
    assert UNREADABLE in page(response)
    assert Application.objects.get().typed["organisation"] == "Ville d’Exemple"


def test_another_charset_is_refused_with_a_page(client, edition, person):
    response = client.post(FORM, "job=a", content_type="application/x-www-form-urlencoded; charset=utf-16")
    assert (response.status_code, "<html" in page(response)) == (415, True)


def test_a_null_byte_is_dropped_and_the_rest_kept(client, edition, person):
    assert client.post(FORM, typed(job="biblio\x00thécaire")).status_code == 200
    assert Application.objects.get().typed["job"] == "bibliothécaire"


def closed_hour(edition):
    return time_machine.travel(edition.closes_at, tick=False)


def test_a_withdrawn_application_is_said_so_everywhere_and_offers_to_be_resumed(client, edition, person):
    application = deposited(edition=edition, applicant=person)
    client.post(FORM, typed(motivation="Une autre envie.", revision=str(application.revision)))
    services.withdraw(application, by=person, now=OPEN)
    status = reverse("application", args=["AV17-0001"])
    call, space, mine = page(client.get(edition.get_absolute_url())), page(client.get("/espace/")), page(client.get(status))
    assert "Reprendre ma candidature AV17-0001" in call
    assert "Candidature retirée." in call
    assert "Retirée le" in space
    assert "Déposée le" not in space
    assert reverse("application_edit", args=["AV17-0001"]) in space
    assert "reste votre candidature" not in mine
    letter = reverse("application_employer_letter", args=["AV17-0001"])
    assert letter not in mine
    assert client.get(letter)["Location"] == status
    assert client.get(reverse("application_receipt", args=["AV17-0001"])).status_code == 200


def test_relire_a_modification_says_that_the_deposit_stands_and_offers_to_abandon_it(client, edition, person):
    application = deposited(edition=edition, applicant=person)
    text = page(client.post(FORM, typed(motivation="Une autre envie.", revision=str(application.revision))))
    assert "Pas encore déposée" not in text
    assert "Modifications non déposées" in text
    assert "AV17-0001" in text
    address = reverse("apply_delete", args=[edition.programme.slug, edition.slug])
    assert address in text
    assert "Abandonner vos modifications" in page(client.get(address))
    assert client.post(address)["Location"] == application.get_absolute_url()
    application.refresh_from_db()
    assert (application.typed, application.motivation, application.state) == ({}, ANSWERS["motivation"], State.SUBMITTED)
    assert client.get(address).status_code == 404


def test_an_autosave_after_the_deadline_says_that_the_call_is_closed(client, edition, person):
    with closed_hour(edition):
        said = page(client.post(f"{FORM}enregistrer/", typed(), headers={"HX-Request": "true"})).replace("\u00a0", " ")
    assert "L’appel est clos depuis le 8 septembre 2017 à midi" in said


def test_saving_the_draft_of_a_stale_tab_checks_nothing(client, edition, person):
    client.post(f"{FORM}enregistrer/", typed(tab="a"))
    response = client.post(f"{FORM}enregistrer/", typed(tab="b", last_name="", motivation="Autre"))
    assert response.status_code == 409
    assert "Indiquez votre nom" not in page(response)
    assert "appuyez de nouveau sur «\u00a0Enregistrer le brouillon\u00a0»" in page(response)
    assert "Autre" in page(response)


def test_the_first_deposit_names_an_account_without_name_and_no_other(client, edition):
    nameless, named = UserFactory(first_name="", last_name=""), UserFactory(first_name="Dominique", last_name="Exemple")
    for author in (nameless, named):
        deposited(edition=edition, applicant=author)
        author.refresh_from_db()
    assert (str(nameless), str(named)) == ("Camille Exemple", "Dominique Exemple")
    assert Step.objects.get(by=nameless).by_name == "Camille Exemple"


def test_the_team_reads_an_application_as_somebody_elses(client, edition):
    application = deposited(edition=edition, state=State.WITHDRAWN)
    sign_in(client, staff())
    text = page(client.get(application.get_absolute_url()))
    assert "Vue de l’équipe." in text
    assert "Vous avez retiré" not in text
    assert "votre candidature" not in text.lower()


def test_a_late_deposit_is_said_late(client, edition, person):
    draft = ApplicationFactory(edition=edition, applicant=person)
    services.accept_late(draft, dict(ANSWERS), by=staff(), now=edition.closes_at, note="Panne")
    with closed_hour(edition):
        for address in (reverse("application_received", args=["AV17-0001"]), reverse("application", args=["AV17-0001"])):
            text = page(client.get(address))
            assert "hors délai par l’équipe" in text
            assert "vous pouvez modifier" not in text.lower()


@pytest.mark.parametrize(
    ("headers", "given"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://ailleurs.example"}, False),
        ({}, False),
    ],
)
def test_a_form_refused_with_both_cookies_gone_gives_its_text_back_to_its_author_only(edition, settings, headers, given):
    settings.PORTAL_URL = "http://testserver"
    text = "<b>Voir</b> ailleurs"
    response = Client(enforce_csrf_checks=True).post(FORM, typed(motivation=text), headers=headers)
    shown = page(response)
    assert response.status_code == 403
    assert ("&lt;b&gt;Voir&lt;/b&gt; ailleurs" in shown, f'href="{FORM}"' in shown) == (given, given)
    assert text not in shown
    assert response["Cache-Control"] == "no-store"


def test_personal_pages_are_stored_nowhere_and_what_a_form_answered_may_be_shown_again(client, edition, person):
    assert client.get(FORM)["Cache-Control"] == "private, no-store"
    assert client.get("/espace/")["Cache-Control"] == "private, no-store"
    assert client.post(FORM, typed())["Cache-Control"] == "private, no-cache"
