"""What staff see of applications."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import ACCEPT_LATE, PERMISSIONS, Role
from applications import services
from applications.states import State
from core.clock import PARIS
from mailing.models import Message, Refusal
from records.models import Act
from tests.applications.factories import ANSWERS, NOON, OPEN, ApplicationFactory, UserFactory, deposited, staff
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"


@pytest.fixture(autouse=True)
def _in_september_2017():
    with time_machine.travel(OPEN, tick=False):
        yield


@pytest.fixture
def colleague(client, settings, monkeypatch):
    """A member of staff in the admin; the second factor is tested in tests/accounts."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    colleague = staff()
    client.force_login(colleague, backend="accounts.backends.RoleBackend")
    return colleague


def page(response):
    return response.content.decode()


def test_the_list_shows_state_branch_region_organisation_and_flags_drafts(client, colleague):
    deposited(edition=EditionFactory(reference_prefix="AV17"))
    ApplicationFactory()
    text = page(client.get(LIST))
    for words in ("AV17-0001", "Territoriale", "Bretagne", "Ville d’Exemple", "Brouillon", "Déposée"):
        assert words in text


@pytest.mark.parametrize("words", ["Durand", "camille@hopital", "CHU", "AV17-0001"])
def test_search_finds_by_name_mail_organisation_and_reference(client, colleague, words):
    ApplicationFactory()
    wanted = deposited(edition=EditionFactory(reference_prefix="AV17"), applicant=UserFactory(email="camille@hopital.example"))
    wanted.last_name, wanted.organisation = "Durand-Exemple", "CHU d’Exemple"
    wanted.save()
    found = client.get(LIST, {"q": words}).context["cl"].result_list
    assert [application.pk for application in found] == [wanted.pk]


def test_search_finds_a_draft_by_what_is_typed(client, colleague):
    draft = ApplicationFactory(typed={"last_name": "Martin-Exemple", "first_name": "Lou", "organisation": "CAF"})
    ApplicationFactory()
    assert [found.pk for found in client.get(LIST, {"q": "Martin"}).context["cl"].result_list] == [draft.pk]


@pytest.mark.parametrize("query", ["state=SUBMITTED", "branch=LOCAL", "region=53"])
def test_filters_are_kept_in_the_address(client, colleague, query):
    wanted = deposited()
    ApplicationFactory()
    assert [found.pk for found in client.get(f"{LIST}?{query}").context["cl"].result_list] == [wanted.pk]


def test_the_list_costs_the_same_for_one_row_and_for_three(client, colleague):
    edition = EditionFactory()
    counts = []
    for more in (1, 2):
        for _ in range(more):
            deposited(edition=edition)
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 10


def test_a_page_of_the_list_holds_25_rows(client, colleague):
    edition = EditionFactory()
    ApplicationFactory.create_batch(27, edition=edition)
    assert len(client.get(LIST).context["cl"].result_list) == 25


def test_the_file_shows_answers_history_letters_and_documents_and_changes_nothing(client, colleague):
    application = deposited(edition=EditionFactory(reference_prefix="AV17"))
    address = reverse("admin:applications_application_change", args=[application.pk])
    text = page(client.get(address))
    letter = Message.objects.get()
    for words in (
        "Voir ailleurs.",
        "bibliothécaire",
        application.applicant.email,
        reverse("admin:mailing_message_change", args=[letter.pk]),
        reverse("application_receipt", args=["AV17-0001"]),
    ):
        assert words in text
    assert re.findall(r'name="(last_name|motivation|state|_save)"', text) == []
    assert client.post(address, {"last_name": "Autre"}).status_code == 403
    assert client.get(f"{address}delete/").status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_the_history_gives_the_day_of_paris_even_by_night(client, colleague):
    application = deposited(at=datetime(2017, 9, 7, 0, 30, tzinfo=PARIS))
    text = page(client.get(reverse("admin:applications_application_change", args=[application.pk])))
    assert "7\u00a0septembre 2017 à 0\u00a0h\u00a030" in text
    assert str(application.steps.get()) == "déposée le 7\u00a0septembre 2017 à 0\u00a0h\u00a030"


def test_the_list_says_the_call_of_each_line_drafts_included(client, colleague):
    ApplicationFactory(edition=EditionFactory(short_title="Les Aventuriers 2017"))
    assert re.findall(r'field-call">([^<]*)<', page(client.get(LIST))) == ["Les Aventuriers 2017"]


def test_a_late_draft_is_accepted_with_a_reason_and_the_candidate_has_a_receipt(client, colleague):
    draft = ApplicationFactory(edition=EditionFactory(reference_prefix="AV17"))
    address = reverse("admin:applications_application_accept_late", args=[draft.pk])
    file = reverse("admin:applications_application_change", args=[draft.pk])
    assert client.get(address)["Location"] == file
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert address in page(client.get(file))
        assert client.get(address).status_code == 200
        assert client.post(address, {"note": ""}).status_code == 422
        assert client.post(address, {"note": "Panne de réseau"})["Location"] == file
    draft.refresh_from_db()
    assert (draft.state, draft.reference, draft.deposited_at) == (State.SUBMITTED, "AV17-0001", NOON + timedelta(hours=1))
    assert (Act.objects.get().note, Message.objects.get().to) == ("Panne de réseau", draft.applicant.email)


def test_the_file_accepted_late_opens_in_the_list_that_one_came_from(client, colleague):
    draft = ApplicationFactory(edition=EditionFactory(reference_prefix="AV17"))
    came_from = f"?{urlencode({'_changelist_filters': 'waiting=hors-delai'})}"
    file = reverse("admin:applications_application_change", args=[draft.pk]) + came_from
    address = reverse("admin:applications_application_accept_late", args=[draft.pk]) + came_from
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert f'href="{address}"' in page(client.get(file))
        assert f'href="{file}"' in page(client.get(address))
        assert client.post(address, {"note": "Panne de réseau"})["Location"] == file
        assert 'href="/admin/applications/application/?waiting=hors-delai"' in page(client.get(file))


def test_the_file_says_that_the_address_does_not_receive(client, colleague):
    application = deposited()
    Refusal.objects.create(address=application.applicant.email, reason="550 boîte inconnue", at=OPEN)
    for address in (
        reverse("admin:applications_application_change", args=[application.pk]),
        reverse("admin:accounts_user_change", args=[application.applicant_id]),
    ):
        assert "ne reçoit pas : 550 boîte inconnue" in page(client.get(address)).replace("\u00a0", " ")


def test_an_unfinished_draft_is_not_accepted_and_the_page_says_what_is_missing(client, colleague):
    draft = ApplicationFactory(typed={"last_name": "Exemple"})
    with time_machine.travel(NOON, tick=False):
        text = page(client.get(reverse("admin:applications_application_accept_late", args=[draft.pk])))
    told = ["Prénom", "Structure", "Fonction", "Fonction publique", "Région", "Motivation", "Case des frais non cochée"]
    assert (re.findall(r"<li>([^<]*)</li>", text[text.index("n’est pas complet") :])[: len(told)], "Indiquez" in text) == (told, False)


def test_who_may_only_read_accepts_nothing(client, colleague, monkeypatch):
    draft = ApplicationFactory()
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {ACCEPT_LATE})
    with time_machine.travel(NOON, tick=False):
        client.post(reverse("admin:applications_application_accept_late", args=[draft.pk]), {"note": "Panne"})
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.COORDINATOR, Role.TREASURER])
def test_other_roles_read_no_application(client, colleague, role):
    application = deposited()
    colleague.grants.all().delete()
    if role:
        colleague.grants.create(role=role)
    for address in (LIST, reverse("admin:applications_application_change", args=[application.pk])):
        assert client.get(address).status_code in (302, 403)
    assert client.get(f"/candidatures/{application.reference}/").status_code == 404


def test_a_receipt_is_no_longer_sent_again_once_the_candidate_deposited_again_or_withdrew(client, colleague):
    application = deposited(edition=EditionFactory())
    first = Message.objects.get()
    assert overtaken(first) == ""
    services.submit(application, ANSWERS | {"job": "archiviste"}, by=application.applicant, now=OPEN + timedelta(hours=1))
    second = Message.objects.latest("pk")
    assert (overtaken(first), overtaken(second)) == ("La candidature a été déposée de nouveau depuis.", "")
    services.withdraw(application, by=application.applicant, now=OPEN + timedelta(hours=2))
    withdrawal = Message.objects.latest("pk")
    assert [overtaken(letter) for letter in (first, second, withdrawal)] == ["La candidature a été retirée depuis."] * 2 + [""]
    services.submit(application, ANSWERS, by=application.applicant, now=OPEN + timedelta(hours=3))
    assert overtaken(withdrawal) == "La candidature a été déposée de nouveau depuis."


def overtaken(letter: Message) -> str:
    return letter.letter.overtaken(letter)
