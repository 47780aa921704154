"""The doors of G0: the booking link that agents hold, a contact's answer without account, the member's own page, the person's own."""

import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.clock import PARIS
from core.logs import masked
from memberships import belonging, claim_links, held_links, services
from memberships.models import Belonging, BookingLink, MailDomain, Membership
from memberships.services.answering import ByLink
from memberships.states import Answer
from organisations.models import Contact
from organisations.states import ContactRole
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import ContactFactory, a_member

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
TODAY = date(2027, 3, 1)
SACHA, CAMILLE, NOA = "sacha@courriel.example", "camille@ville.example", "noa@ville.example"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def person():
    return UserFactory(email=CAMILLE, first_name="Camille", last_name="Exemple")


@pytest.fixture
def body(person):
    found = a_member("Ville d’Exemple")
    ContactFactory(organisation=found, email=CAMILLE, account=person)
    ContactFactory(organisation=found, email=NOA, first_name="Noa")
    return found


@pytest.fixture
def mine(person):
    return sign_in(Client(), person)


@pytest.fixture
def row(body):
    return services.claim(body, SACHA, name="Sacha Exemple", what="la journée du 19 mars 2027", now=NOW)


def read(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- The booking link -----------------------------------------------------------------------------------------


@pytest.fixture
def at(body):
    return reverse("booking_link", args=[belonging.secret_of(services.make_link(body, by=None, now=NOW))])


def test_the_page_of_a_link_says_of_which_member_it_is_and_nothing_else_of_it(client, at, body):
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    services.claim(body, SACHA, name="Sacha Exemple", now=NOW)
    answer = client.get(at)
    hidden = (CAMILLE, NOA, "Camille", "Noa", SACHA, "Sacha", "ville.example", f"/espace/adhesion/{body.pk}/")
    assert ("Ville d’Exemple" in read(answer), [each for each in hidden if each in answer.content.decode()]) == (True, [])
    kept = (answer["Referrer-Policy"], answer["X-Robots-Tag"], "no-store" in answer["Cache-Control"])
    assert kept == ("same-origin", "noindex, nofollow", True)


def test_reading_the_page_keeps_nothing_the_button_does_for_this_visit_only(client, at, settings):
    client.get(at)
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    answer = client.post(at, follow=True)
    assert (
        "le lien vous suit" in read(answer),
        client.cookies[settings.SESSION_COOKIE_NAME]["max-age"],
        client.cookies[settings.SESSION_COOKIE_NAME]["expires"],
    ) == (
        True,
        "",
        "",
    )


def test_the_session_keeps_the_fingerprint_never_the_secret(client, at):
    client.post(at)
    link = BookingLink.objects.get()
    assert (client.session[held_links.KEY], belonging.secret_of(link) in str(dict(client.session))) == (link.digest, False)


def test_forgetting_the_link_leaves_no_session(client, at, settings):
    client.post(at)
    client.post(at, {"drop": "1"})
    assert (client.cookies[settings.SESSION_COOKIE_NAME].value, "Réserver avec ce lien" in read(client.get(at))) == ("", True)


def test_who_is_signed_in_stays_so_with_the_link_and_without_it(mine, at, person):
    before = mine.session.get_expiry_age()
    mine.post(at)
    mine.post(at, {"drop": "1"})
    assert (mine.session.get_expiry_age(), mine.session["_auth_user_id"], held_links.KEY in mine.session) == (before, str(person.pk), False)


def test_a_public_page_is_cached_for_all_until_somebody_holds_a_link_then_private(client, at):
    address = reverse("members")
    before = client.get(address)
    client.post(at)
    after = client.get(address)
    assert ("public" in before["Cache-Control"], "Cookie" in before.get("Vary", "")) == (True, False)
    assert ("private" in after["Cache-Control"], "public" in after["Cache-Control"]) == (True, False)


def held_by(client, rf):
    request = rf.get("/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    request.session = client.session
    return held_links.held(request)


def test_the_link_that_is_held_is_read_from_the_session_and_dies_with_the_link(client, at, rf, body):
    client.post(at)
    held = held_by(client, rf)
    services.revoke_link(body, by=None, now=NOW)
    assert (held, held_by(client, rf)) == (BookingLink.objects.get(), None)


def test_whoever_has_no_cookie_costs_no_question(rf, django_assert_num_queries):
    request = rf.get("/")
    with django_assert_num_queries(0):
        assert held_links.held(request) is None


@pytest.mark.parametrize("token", ["inconnu", "0" * 64, "x" * 500, "é"])
def test_a_link_that_is_unknown_or_revoked_says_so_kindly_and_tells_nothing_of_whose_it_was(client, body, token):
    old = services.make_link(body, by=None, now=NOW)
    services.revoke_link(body, by=None, now=NOW)
    answers = [client.get(reverse("booking_link", args=[each])) for each in (belonging.secret_of(old), token) if each.isascii()]
    assert {(answer.status_code, "Ville d’Exemple" in read(answer)) for answer in answers} == {(404, False)}


def test_a_link_of_a_body_that_is_no_member_today_says_it_gives_nothing(client, at):
    Membership.objects.update(rights_until=TODAY - timedelta(days=1))
    assert "Ce lien ne donne rien aujourd’hui" in read(client.get(at))


@pytest.mark.parametrize("name", ["booking_link", "belonging_answer"])
def test_no_log_holds_the_secret_of_an_address(name):
    assert "abc123" not in masked(f'"GET {reverse(name, args=["abc123-4"])} HTTP/1.1" 200')


def test_the_directory_of_members_is_not_masked():
    assert masked("GET /adhesion/adherents/?region=53") == "GET /adhesion/adherents/?region=53"


# --- The contact's answer -------------------------------------------------------------------------------------


def address(row, email=CAMILLE):
    return reverse("belonging_answer", args=[claim_links.token_of(row, Contact.objects.get(email=email))])


def test_opening_the_letter_answers_nothing_and_shows_who_asks(client, row):
    answer = client.get(address(row))
    row.refresh_from_db()
    said = read(answer)
    assert (answer.status_code, row.answer, "Sacha Exemple" in said, SACHA in said, "la journée du 19 mars 2027" in said) == (
        200,
        "",
        True,
        True,
        True,
    )


@pytest.mark.parametrize(("said", "kept"), [("oui", "YES"), ("non", "NO")])
def test_one_click_answers_without_account(client, row, said, kept):
    answer = client.post(address(row), {"answer": said})
    row.refresh_from_db()
    assert (answer.status_code, f"C’est répondu : {said}" in read(answer), row.answer, row.answered_by) == (
        200,
        True,
        kept,
        "Camille Exemple",
    )


def test_a_colleague_who_answers_after_reads_who_did_and_changes_nothing(client, row):
    client.post(address(row), {"answer": "oui"})
    seen, late = client.get(address(row, NOA)), client.post(address(row, NOA), {"answer": "non"})
    row.refresh_from_db()
    assert (row.answer, seen.status_code, late.status_code) == ("YES", 200, 409)
    assert ["Oui, par Camille Exemple" in read(each) for each in (seen, late)] == [True, True]
    assert "a déjà répondu oui" in read(late)
    assert 'name="answer"' not in seen.content.decode()


def test_an_answer_that_is_neither_yes_nor_no_answers_nothing(client, row):
    for said in ("", "peut-être", "YES"):
        client.post(address(row), {"answer": said})
    row.refresh_from_db()
    assert row.answer == ""


def test_the_address_of_who_left_or_of_a_request_taken_back_opens_nothing(client, row):
    addresses = [address(row), address(row, NOA)]
    Contact.objects.filter(email=CAMILLE).update(ends_on=TODAY - timedelta(days=1))
    answers = [client.get(addresses[0]), client.post(addresses[0], {"answer": "oui"})]
    services.take_back(row, now=NOW)
    answers.append(client.get(addresses[1]))
    assert {(answer.status_code, "Sacha" in read(answer)) for answer in answers} == {(404, False)}


# --- The member's own page ------------------------------------------------------------------------------------


def agents(body):
    return reverse("member_agents", args=[body.pk])


def test_a_contact_declares_the_domain_of_its_own_address_which_is_proposed(mine, body):
    proposed = mine.get(agents(body)).context["form"]["domain"].value()
    answer = mine.post(agents(body), {"domain": proposed}, follow=True)
    kept = list(MailDomain.objects.values_list("domain", "by_name"))
    assert (proposed, kept, "@ville.example" in read(answer)) == ("ville.example", [("ville.example", "Camille Exemple")], True)
    assert mine.get(agents(body)).context["form"]["domain"].value() == ""


def test_a_shared_domain_is_never_proposed_and_refused_beside_its_field(body):
    person = UserFactory(email="camille@gmail.com")
    ContactFactory(organisation=body, email=person.email, account=person)
    browser = sign_in(Client(), person)
    proposed = browser.get(agents(body)).context["form"]["domain"].value()
    answer = browser.post(agents(body), {"domain": "gmail.com"})
    assert (proposed, answer.status_code, "est ouvert à tout le monde" in read(answer), MailDomain.objects.count()) == ("", 422, True, 0)


def test_a_domain_that_another_member_declared_too_is_said_without_its_name(mine, body):
    for each in (body, a_member("Métropole")):
        services.declare_domain(each, "commun.example", by=None, now=NOW)
    said = read(mine.get(agents(body)))
    assert ("Un autre adhérent l’a déclaré aussi" in said, "Métropole" in said) == (True, False)


def test_a_contact_removes_a_domain(mine, body):
    row = services.declare_domain(body, "ville.example", by=None, now=NOW)
    answer = mine.post(reverse("member_domain_remove", args=[body.pk, row.pk]), follow=True)
    assert ("est retiré" in read(answer), MailDomain.objects.count()) == (True, 0)


def test_a_contact_makes_replaces_and_withdraws_the_link_shown_whole(mine, body, client):
    shown = []
    for name in ("member_link", "member_link", "member_link_revoke"):
        answer = mine.post(reverse(name, args=[body.pk]), follow=True)
        shown.append(answer.context["link_address"])
        assert shown[-1] in answer.content.decode()
    opened = [client.get(each.partition("testserver")[2] or each).status_code for each in shown[:2]]
    assert (opened, shown[0] != shown[1], shown[2], BookingLink.objects.alive().count()) == ([404, 404], True, "", 0)


def test_a_contact_answers_and_changes_its_mind_in_the_space(mine, body, row):
    at = reverse("member_belonging", args=[body.pk, row.pk])
    answers = []
    for seen, said in (("", "oui"), ("YES", "non"), ("NO", "oui")):
        mine.post(at, {"seen": seen, "answer": said})
        row.refresh_from_db()
        answers.append(row.answer)
    assert (answers, row.answered_by) == (["YES", "NO", "YES"], "Camille Exemple")


def test_an_answer_given_on_a_page_that_a_colleague_overtook_is_refused_and_says_who(mine, body, row):
    services.answer(row, Answer.YES, by=ByLink("Noa Exemple"), now=NOW)
    answer = mine.post(reverse("member_belonging", args=[body.pk, row.pk]), {"seen": "", "answer": "non"}, follow=True)
    row.refresh_from_db()
    assert (row.answer, "Noa Exemple a déjà répondu oui" in read(answer)) == ("YES", True)


def test_the_member_page_says_who_waits_and_by_what_its_people_are_known(mine, body, row):
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    services.make_link(body, by=None, now=NOW)
    said = read(mine.get(reverse("member", args=[body.pk])))
    assert [each in said for each in ("1 personne demande à compter parmi vos agents", "(ville.example)", "(le vôtre est ouvert)")] == [
        True
    ] * 3


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_agents_asks_as_many_questions_however_many_there_are(mine, body, rows, django_assert_max_num_queries):
    for number in range(rows):
        services.declare_domain(body, f"ville{number}.example", by=None, now=NOW)
        services.claim(body, f"agent{number}@courriel.example", name="Sacha", now=NOW)
        asked = services.claim(body, f"autre{number}@courriel.example", name="Noa", now=NOW)
        services.answer(asked, Answer.YES, by=ByLink("Noa"), now=NOW)
    with django_assert_max_num_queries(26):
        assert mine.get(agents(body)).status_code == 200


ACTS = ("member_agents", "member_domain_remove", "member_link", "member_link_revoke", "member_belonging")


@pytest.mark.parametrize("who", ["public", "candidate", "other contact", "former contact", "confirmed", "link holder", "staff"])
@pytest.mark.parametrize("name", ACTS)
def test_nobody_but_its_contacts_of_the_day_reads_or_acts(client, body, row, who, name):
    domain = services.declare_domain(body, "ville.example", by=None, now=NOW)
    link = services.make_link(body, by=None, now=NOW)
    people = {
        "candidate": UserFactory(),
        "other contact": UserFactory(),
        "former contact": UserFactory(),
        "staff": UserFactory(roles=[Role.STAFF]),
    }
    people |= {"confirmed": UserFactory(email="confirme@courriel.example"), "link holder": UserFactory(email="lien@courriel.example")}
    ContactFactory(organisation=a_member("Ailleurs"), account=people["other contact"], email=people["other contact"].email)
    ContactFactory(organisation=body, account=people["former contact"], email="parti@ville.example", ends_on=TODAY - timedelta(days=1))
    services.answer(services.claim(body, "confirme@courriel.example", name="X", now=NOW), Answer.YES, by=ByLink("Noa"), now=NOW)
    if who in people:
        sign_in(client, people[who])
    client.post(reverse("booking_link", args=[belonging.secret_of(link)])) if who == "link holder" else None
    last = {"member_domain_remove": [domain.pk], "member_belonging": [row.pk]}.get(name, [])
    answer = client.post(reverse(name, args=[body.pk, *last]), {"answer": "oui", "seen": "", "domain": "autre.example"})
    row.refresh_from_db()
    assert answer.status_code == (302 if who == "public" else 404)
    assert (row.answer, MailDomain.objects.count(), BookingLink.objects.alive().get(organisation=body).pk) == ("", 1, link.pk)


def test_the_rows_of_another_member_are_not_reached_by_ones_own_page(mine, body):
    other = a_member("Ailleurs", "x@ailleurs.example")
    domain, asked = services.declare_domain(other, "ailleurs.example", by=None, now=NOW), services.claim(other, SACHA, name="S", now=NOW)
    names = (("member_domain_remove", domain.pk), ("member_belonging", asked.pk))
    assert [mine.post(reverse(name, args=[body.pk, pk]), {"answer": "oui", "seen": ""}).status_code for name, pk in names] == [404, 404]


# --- The person's own page ------------------------------------------------------------------------------------


@pytest.fixture
def sacha():
    return sign_in(Client(), UserFactory(email=SACHA, first_name="Sacha", last_name="Exemple"))


def test_a_person_asks_its_member_and_reads_where_it_is_without_learning_who_the_contacts_are(sacha, body):
    page = reverse("belongings")
    form = sacha.get(page).context["form"]
    answer = sacha.post(page, {"claim_body": str(body.pk), "claim_name": form["claim_name"].value()}, follow=True)
    said = answer.content.decode()
    row = Belonging.objects.get()
    assert (row.email, row.name, "attend la réponse de Ville d’Exemple" in read(answer).replace("\xa0", " ")) == (
        SACHA,
        "Sacha Exemple",
        True,
    )
    services.answer(row, Answer.YES, by=ByLink("Camille Exemple"), now=NOW)
    said += sacha.get(page).content.decode() + sacha.get(reverse("space")).content.decode()
    assert [each for each in (CAMILLE, NOA, "Camille", "Noa", f"/espace/adhesion/{body.pk}/") if each in said] == []


def test_only_members_of_the_day_may_be_asked_and_a_name_is_needed(sacha, body):
    Membership.objects.update(rights_until=TODAY - timedelta(days=1))
    answer = sacha.post(reverse("belongings"), {"claim_body": str(body.pk), "claim_name": ""})
    assert (answer.status_code, Belonging.objects.count()) == (422, 0)
    assert [each in read(answer) for each in ("n’est pas adhérent aujourd’hui", "Donnez votre nom")] == [True, True]


def test_a_person_erases_its_own_request_and_no_other(sacha, body, row):
    other = services.claim(body, "autre@courriel.example", name="Autre", now=NOW)
    answers = [sacha.post(reverse("belonging_take_back", args=[each.pk])).status_code for each in (row, other)]
    assert (answers, Belonging.objects.get()) == ([302, 404], other)


def test_the_form_says_why_the_name_is_asked_who_reads_it_and_when_it_is_erased(sacha, body):
    html = sacha.get(reverse("belongings")).content.decode()
    assert [words for words in ("Vos données", "intérêt légitime", "lisent", "effac", "/donnees-personnelles/") if words not in html] == []


@pytest.mark.parametrize("role", [ContactRole.GENERAL, ContactRole.VOTING])
def test_whoever_speaks_for_the_body_in_any_role_keeps_its_page(body, role):
    person = UserFactory(email="dominique@ville.example")
    ContactFactory(organisation=body, email=person.email, account=person, role=role)
    assert sign_in(Client(), person).get(agents(body)).status_code == 200


def test_each_act_of_a_contact_is_in_the_journal_under_its_name(mine, body):
    mine.post(agents(body), {"domain": "ville.example"})
    mine.post(reverse("member_link", args=[body.pk]))
    assert set(Act.objects.values_list("by_name", flat=True)) == {"Camille Exemple"}
