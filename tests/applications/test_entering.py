"""Applications that came by mail or on paper: entered by staff, taken over by their person."""

import re
from datetime import date, time, timedelta
from functools import partial
from threading import Barrier
from urllib.parse import urlencode

import pytest
import time_machine
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.roles import ENTER_APPLICATION, PERMISSIONS, Role
from accounts.services import add_address, ask_address, make_proof, person_of
from accounts.services import sign_in as prove
from applications import services
from applications.models import Application, Step
from applications.services import Arrival, entering
from applications.states import Origin, State
from core import hints
from core.refusals import Refused
from mailing.models import Message
from programmes.models import Edition
from records.models import Act
from tests.accounts.factories import UserFactory as ProvenFactory
from tests.applications.factories import ANSWERS, NOON, OPEN, ApplicationFactory, UserFactory, deposited, staff
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
BY_POST = Arrival("camille@ville.example", Origin.PAPER, date(2017, 8, 31))


@pytest.fixture(autouse=True)
def _in_september_2017():
    with time_machine.travel(OPEN, tick=False):
        yield


@pytest.fixture
def edition():
    return EditionFactory(reference_prefix="AV17")


@pytest.fixture
def colleague(client, settings, monkeypatch):
    """A member of staff in the admin; the second factor is tested in tests/accounts."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    colleague = staff()
    client.force_login(colleague, backend="accounts.backends.RoleBackend")
    return colleague


def enter(edition, arrival=BY_POST, now=OPEN, by=None, **answers) -> Step:
    return services.enter(edition, ANSWERS | answers, arrival, by=by or staff(), now=now)


def arrive(email: str, now=OPEN) -> User:
    """What signing in by code or link does."""
    return prove(make_proof(email, now=now).proof, now=now)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def text(response) -> str:
    return " ".join(plain(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def signed_in(client, person):
    client.force_login(person, backend="accounts.backends.RoleBackend")
    return client


def test_what_came_on_paper_is_deposited_under_its_address_and_the_person_gets_the_receipt(edition):
    step = enter(edition)
    row, letter = Application.objects.get(), Message.objects.get()
    assert (row.state, row.reference, row.applicant, row.email) == (State.SUBMITTED, "AV17-0001", None, "camille@ville.example")
    assert (row.origin, row.received_on, row.answers) == (Origin.PAPER, date(2017, 8, 31), ANSWERS)
    assert (letter.to, letter.reader, letter.kind) == ("camille@ville.example", "", "applications.entered")
    assert letter.reply_to == edition.programme.contact_email
    for words in (
        "arrivée sur papier le 31 août 2017",
        "Référence : AV17-0001",
        "avec cette adresse, camille@ville.example",
        "/candidatures/AV17-0001/",
    ):
        assert words in plain(letter.text)
    assert step.answers["email"] == "camille@ville.example"
    assert [name for name, *_ in [(each.name,) for each in letter.letter.attach(letter)]][:2] == [
        "AV17-0001-recepisse.pdf", "AV17-0001-lettre-employeur.pdf",
    ]  # fmt: skip
    assert User.objects.filter(email="camille@ville.example").count() == 0
    assert Act.objects.get().verb == "candidature saisie par l’équipe"


def test_the_address_is_one_however_it_is_typed(edition):
    enter(edition, Arrival("  Camille@Ville.Example ", Origin.MAIL, date(2017, 8, 31)))
    assert Application.objects.get().email == "camille@ville.example"


def test_a_second_click_enters_nothing_more_and_other_answers_are_refused(edition):
    by = staff()
    first, second = enter(edition, by=by), enter(edition, by=by)
    assert (first.pk, Message.objects.count()) == (second.pk, 1)
    with pytest.raises(Refused, match="a déjà une candidature à cet appel : AV17-0001".replace(" :", "\u00a0:")):
        enter(edition, job="archiviste")


def test_the_rules_are_those_of_the_form(edition):
    with pytest.raises(Refused, match="Il manque"):
        enter(edition, job="")
    with pytest.raises(Refused, match="ramenez-la"):
        enter(edition, motivation="\n".join("ligne" for _ in range(11)))
    assert Application.objects.count() == 0


@pytest.mark.parametrize(
    ("arrival", "told"),
    [
        (Arrival("a@b.example", Origin.PAPER, date(2017, 9, 2)), "pas encore venue"),
        (Arrival("a@b.example", Origin.PAPER, date(2016, 9, 2)), "précède l’ouverture"),
        (Arrival("a@b.example", Origin.ONLINE, date(2017, 8, 31)), "se dépose par le formulaire"),
    ],
)
def test_an_arrival_that_cannot_be_is_refused(edition, arrival, told):
    with pytest.raises(Refused, match=told):
        enter(edition, arrival)


def test_after_the_deadline_the_day_it_came_decides_and_what_came_after_it_needs_its_reason(edition):
    later = NOON + timedelta(days=3)
    assert enter(edition, Arrival("avant@b.example", Origin.PAPER, date(2017, 9, 7)), now=later).is_late is False
    for arrival in (Arrival("apres@b.example", Origin.PAPER, date(2017, 9, 11)), on_the_day("apres@b.example", time(12))):
        with pytest.raises(Refused, match="indiquez pourquoi"):
            enter(edition, arrival, now=later)
    step = enter(edition, Arrival("apres@b.example", Origin.PAPER, date(2017, 9, 11), "Grève de la poste."), now=later)
    assert (step.is_late, step.note) == (True, "Grève de la poste.")
    letter = Message.objects.get(to="apres@b.example")
    assert ", hors délai." in letter.text
    assert "ne se modifie plus" in letter.text


def on_the_day(email: str, hour: time | None, note: str = "") -> Arrival:
    return Arrival(email, Origin.MAIL, NOON.date(), note, hour)


def test_on_the_day_of_the_deadline_the_hour_it_came_decides_whenever_it_is_entered(client, edition):
    """A1: a mail of 9 h 12 entered after noon is in time, and nothing says otherwise; the second of noon is not."""
    later = NOON + timedelta(days=3)
    with pytest.raises(Refused, match="indiquez l’heure"):
        enter(edition, on_the_day("temps@b.example", None), now=later)
    step = enter(edition, on_the_day("temps@b.example", time(9, 12)), now=later)
    row = step.application
    assert (step.is_late, step.note, row.received_at) == (False, "", time(9, 12))
    letter = Message.objects.get(to="temps@b.example").text
    assert "arrivée par courriel le 8 septembre 2017 à 9 h 12" in plain(letter)
    assert "hors délai" not in letter
    client.force_login(arrive("temps@b.example", now=later), backend="accounts.backends.RoleBackend")
    with time_machine.travel(later):
        page = text(client.get(f"/candidatures/{row.reference}/"))
    assert ("Arrivée par courriel le 8 septembre 2017 à 9 h 12" in page, "hors délai" in page) == (True, False)
    assert enter(edition, on_the_day("midi@b.example", time(11, 59, 59)), now=later).is_late is False
    assert enter(edition, on_the_day("tard@b.example", time(12), "Panne."), now=later).is_late is True


def test_an_hour_that_has_not_come_is_refused(edition):
    with pytest.raises(Refused, match="pas encore venue"):
        enter(edition, Arrival("x@b.example", Origin.MAIL, OPEN.date(), received_at=time(23)))


@pytest.mark.parametrize(("field", "told"), [("cancelled_at", "annulé"), ("results_released_at", "publiés")])
def test_a_call_that_takes_nothing_takes_nothing_by_hand(edition, field, told):
    setattr(edition, field, OPEN)
    edition.save()
    with pytest.raises(Refused, match=told):
        enter(edition)


def test_at_their_first_sign_in_the_file_is_theirs_and_editable_as_usual(client, edition):
    enter(edition)
    person = arrive("camille@ville.example")
    row = Application.objects.get()
    assert (row.applicant, row.email) == (person, "")
    assert person.email in row.search
    signed_in(client, person)
    page = text(client.get("/candidatures/AV17-0001/"))
    assert "Arrivée sur papier le 31 août 2017, enregistrée par l’équipe" in page
    assert "Modifier ma candidature" in page
    assert "AV17-0001" in text(client.get("/espace/"))
    services.submit(row, ANSWERS | {"job": "archiviste"}, by=person, now=OPEN)
    assert Message.objects.latest("pk").kind == "applications.received_again"
    assert Act.objects.filter(verb="candidature reprise par la personne").count() == 1


def test_an_account_that_has_the_address_gets_the_file_at_once(edition):
    person = ProvenFactory(email="camille@ville.example")
    enter(edition)
    assert (Application.objects.get().applicant, Message.objects.get().reader) == (person, f"accounts.user:{person.pk}")


def test_an_address_added_to_an_account_brings_the_file_that_waits_for_it(edition):
    enter(edition)
    person = person_of("autre@ville.example", now=OPEN)
    proof = ask_address(person, "camille@ville.example", now=OPEN)
    add_address(proof, by=person, now=OPEN)
    assert Application.objects.get().applicant == person


def test_entered_while_they_were_signed_in_it_becomes_theirs_when_they_open_it(client, edition):
    person = person_of("camille@ville.example", now=OPEN)
    signed_in(client, person)
    ApplicationFactory(edition=edition, applicant=None, email="camille@ville.example", reference="AV17-0009", state=State.SUBMITTED)
    assert client.get("/candidatures/AV17-0009/").status_code == 200
    assert Application.objects.get().applicant == person


def test_nobody_else_opens_a_file_that_waits_for_its_person(client, edition):
    enter(edition)
    signed_in(client, UserFactory())
    assert client.get("/candidatures/AV17-0001/").status_code == 404


def test_a_draft_begun_online_stays_as_changes_that_are_not_deposited(edition):
    draft = ApplicationFactory(edition=edition, applicant=ProvenFactory(email="camille@ville.example"), typed={"job": "en cours"})
    enter(edition)
    draft.refresh_from_db()
    assert (draft.state, draft.reference, draft.job, draft.typed) == (State.SUBMITTED, "AV17-0001", "bibliothécaire", {"job": "en cours"})


def test_taking_over_keeps_the_persons_own_draft_as_changes(edition):
    enter(edition)
    person = person_of("autre@ville.example", now=OPEN)
    ApplicationFactory(edition=edition, applicant=person, typed={"job": "en cours"})
    add_address(ask_address(person, "camille@ville.example", now=OPEN), by=person, now=OPEN)
    row = Application.objects.get()
    assert (row.applicant, row.reference, row.typed) == (person, "AV17-0001", {"job": "en cours"})


def test_a_file_they_deposited_themselves_is_not_mixed_with_the_one_entered_and_both_are_read(client, edition):
    person = person_of("autre@ville.example", now=OPEN)
    own = deposited(edition=edition, applicant=person)
    enter(edition)
    add_address(ask_address(person, "camille@ville.example", now=OPEN), by=person, now=OPEN)
    assert set(Application.objects.values_list("applicant", "email")) == {(person.pk, ""), (None, "camille@ville.example")}
    signed_in(client, person)
    page = text(client.get("/candidatures/AV17-0002/"))
    assert "Votre candidature" in page
    assert "Retirer ma candidature" not in page
    assert own.reference == "AV17-0001"


def test_staff_enter_it_from_the_list_and_read_what_is_missing(client, colleague, edition):
    assert reverse("admin:applications_application_enter") in client.get("/admin/applications/application/").content.decode()
    address = reverse("admin:applications_application_enter_call", args=[edition.pk])
    assert client.get(reverse("admin:applications_application_enter"))["Location"] == address
    assert client.get(address).status_code == 200
    typed = {**ANSWERS, "costs_covered": "on", "email": "camille@ville.example", "origin": "PAPER", "received_on": "2017-08-31"}
    refused = client.post(address, typed | {"job": "", "origin": ""})
    assert (refused.status_code, Application.objects.count()) == (422, 0)
    for words in ("Fonction : À remplir.", "Dites comment elle est arrivée."):
        assert words in text(refused)
    answer = client.post(address, typed)
    row = Application.objects.get()
    assert answer["Location"] == reverse("admin:applications_application_change", args=[row.pk])
    assert "AV17-0001 enregistrée : le récépissé part à camille@ville.example." in text(client.get(answer["Location"]))
    again = client.post(address, typed | {"job": "archiviste"})
    assert (again.status_code, "a déjà une candidature à cet appel" in text(again)) == (422, True)


def test_the_file_entered_opens_in_the_list_that_one_came_from(client, colleague, edition):
    came_from = {"_changelist_filters": "origin=PAPER&q=mairie"}
    opened = f"{reverse('admin:applications_application_enter')}?{urlencode(came_from)}"
    listed = client.get("/admin/applications/application/?origin=PAPER&q=mairie").content.decode()
    assert f'href="{opened.replace("&", "&amp;")}"' in listed
    address = client.get(opened)["Location"]
    assert address == f"{reverse('admin:applications_application_enter_call', args=[edition.pk])}?{urlencode(came_from)}"
    assert 'href="/admin/applications/application/?origin=PAPER&amp;q=mairie">Annuler' in client.get(address).content.decode()
    typed = {**ANSWERS, "costs_covered": "on", "email": "camille@ville.example", "origin": "PAPER", "received_on": "2017-08-31"}
    answer = client.post(address, typed)["Location"]
    file = reverse("admin:applications_application_change", args=[Application.objects.get().pk])
    assert answer == f"{file}?{urlencode(came_from)}"


def test_of_several_calls_one_is_chosen_and_none_says_so(client, colleague, edition):
    address = reverse("admin:applications_application_enter")
    other = EditionFactory(reference_prefix="MD17", short_title="Les Médiateurs 2017")
    assert "Les Médiateurs 2017" in text(client.get(address))
    type(other).objects.update(results_released_at=OPEN)
    assert "rien ne peut être saisi" in text(client.get(address))


def test_only_who_may_enters(client, colleague, edition, monkeypatch):
    monkeypatch.setitem(PERMISSIONS, Role.STAFF, PERMISSIONS[Role.STAFF] - {ENTER_APPLICATION})
    for address in (
        reverse("admin:applications_application_enter"),
        reverse("admin:applications_application_enter_call", args=[edition.pk]),
    ):
        assert client.get(address).status_code == 403


class TestRaces:
    """On the database that serves production."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture(autouse=True)
    def no_nudge(self, monkeypatch):
        monkeypatch.setattr(hints, "_send", lambda _: None)

    def test_two_colleagues_who_open_the_same_envelope_enter_one_application(self, edition):
        first, second = staff(), staff()
        outcomes = race(partial(enter, edition, by=first), partial(enter, edition, by=second))
        assert (Application.objects.count(), Message.objects.count()) == (1, 1)
        assert {type(outcome) for outcome in outcomes} == {Step}

    def test_without_the_lock_of_the_call_one_of_them_is_lost(self, edition, monkeypatch):
        """The twin: both have looked for a row and found none."""
        both, account_of = Barrier(2, timeout=PATIENCE), entering.account_of
        objects = Application.objects

        class Looked:
            def __getattr__(self, name):
                return getattr(objects, name)

            def create(self, **fields):
                both.wait()
                return objects.create(**fields)

        locking = QuerySet.select_for_update
        monkeypatch.setattr(
            QuerySet, "select_for_update", lambda rows, **how: rows.all() if rows.model is Edition else locking(rows, **how)
        )
        monkeypatch.setattr(entering.Application, "objects", Looked())
        outcomes = race(partial(enter, edition, by=staff()), partial(enter, edition, by=staff()))
        assert [type(outcome).__name__ for outcome in outcomes].count("Refused") == 1
        assert account_of("personne@nulle.example") is None
