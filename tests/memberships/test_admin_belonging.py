"""Who is of a member, in the admin: read by the team and the treasurer as their roles say, acted on by a verb with its own page."""

from datetime import date, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.clock import PARIS
from memberships import gathering, services
from memberships.models import Belonging, BookingLink, MailDomain
from memberships.states import Answer
from organisations.services import succeed
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import ContactFactory, OrganisationFactory, a_member

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
MODELS = ("maildomain", "bookinglink", "belonging")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def rows():
    body = a_member("Ville d’Exemple", "camille@ville.example")
    asked = services.claim(body, "sacha@courriel.example", name="Sacha Exemple", now=NOW)
    return services.declare_domain(body, "ville.example", by=None, now=NOW), services.make_link(body, by=None, now=NOW), asked


@pytest.fixture
def staff():
    return sign_in(Client(), UserFactory(roles=[Role.STAFF], first_name="Équipe", last_name="Exemple"))


def listed(model, query=""):
    return reverse(f"admin:memberships_{model}_changelist") + query


def act(row, slug):
    return reverse(f"admin:memberships_{row._meta.model_name}_act", args=[row.pk, slug])


@pytest.mark.parametrize(
    ("role", "opened"),
    [
        (Role.STAFF, [200, 200, 200]),
        (Role.TREASURER, [200, 200, 403]),
        (Role.ADMINISTRATOR, [403, 403, 403]),
        (Role.REVIEWER, [302, 302, 302]),
        (Role.COORDINATOR, [302, 302, 302]),
    ],
)
def test_each_role_reads_what_the_table_says(rows, role, opened):
    browser = sign_in(Client(), UserFactory(roles=[role]))
    pages = [[listed(row._meta.model_name), reverse(f"admin:memberships_{row._meta.model_name}_change", args=[row.pk])] for row in rows]
    assert [[browser.get(each).status_code for each in pair] for pair in pages] == [[status] * 2 for status in opened]


def test_only_who_accepts_memberships_acts_and_a_look_changes_nothing(rows):
    domain, link, asked = rows
    treasurer = sign_in(Client(), UserFactory(roles=[Role.TREASURER]))
    answers = [treasurer.post(act(row, slug)).status_code for row, slug in ((domain, "retirer"), (link, "retirer"), (asked, "oui"))]
    assert answers == [403] * 3
    assert "Retirer le domaine" not in treasurer.get(reverse("admin:memberships_maildomain_change", args=[domain.pk])).content.decode()


def test_nothing_is_added_edited_or_deleted_but_by_an_act(staff, rows):
    domain = rows[0]
    staff.post(reverse("admin:memberships_maildomain_change", args=[domain.pk]), {"domain": "autre.example"})
    assert MailDomain.objects.get().domain == "ville.example"
    answers = [staff.get(listed(model) + last).status_code for model in MODELS for last in ("add/", f"{domain.pk}/delete/")]
    assert {status for status in answers if status not in (403, 404)} == set()


def test_the_team_takes_back_a_domain_and_a_link_after_a_page_that_says_what_follows(staff, rows):
    domain, link, _ = rows
    pages = [staff.get(act(row, "retirer")).content.decode() for row in (domain, link)]
    for row in (domain, link):
        staff.post(act(row, "retirer"))
    said = ["n’est plus, par elle, des agents" in pages[0], "ne donne plus rien, à l’instant" in pages[1]]
    assert (said, MailDomain.objects.count(), BookingLink.objects.alive().count()) == ([True, True], 0, 0)
    verbs = Act.objects.filter(by_name="Équipe Exemple").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["domaine de messagerie retiré", "lien de réservation retiré"]


def test_the_team_answers_in_a_contacts_place_and_changes_the_answer(staff, rows):
    asked = rows[2]
    found = []
    for slug in ("oui", "oui", "non"):
        staff.post(act(asked, slug))
        asked.refresh_from_db()
        found.append((asked.answer, asked.answered_by))
    assert found == [("YES", "Équipe Exemple"), ("YES", "Équipe Exemple"), ("NO", "Équipe Exemple")]


def test_an_act_that_no_longer_fits_says_so(staff, rows):
    link = rows[1]
    staff.post(act(link, "retirer"))
    answer = staff.post(act(link, "retirer"), follow=True)
    assert "Cet acte ne va plus" in answer.content.decode()
    assert staff.get(act(link, "inconnu")).status_code == 302


def test_a_domain_that_no_contact_writes_from_asks_for_a_look(staff, rows):
    services.declare_domain(rows[0].organisation, "ailleurs.example", by=None, now=NOW)
    found = {row.domain: row.is_of_a_contact for row in MailDomain.objects.with_contacts()}
    assert found == {"ville.example": True, "ailleurs.example": False}
    assert staff.get(listed("maildomain")).content.decode().count('alt="False"') == 1


@pytest.mark.parametrize("query", ["?etat=attend", "?etat=oui", "?etat=inconnu", "?organisme=x", "?organisme=999999999999", "?q=sacha"])
def test_hostile_or_unknown_filters_never_fail(staff, rows, query):
    assert {staff.get(listed(model, query), follow=True).status_code for model in MODELS} == {200}


def test_the_lists_narrow_to_one_body_and_to_a_state(staff, rows):
    other = a_member("Ailleurs", "x@ailleurs.example")
    answered = services.claim(other, "noa@courriel.example", name="Noa Exemple", now=NOW)
    services.answer(answered, Answer.YES, by=UserFactory(), now=NOW)
    pages = [staff.get(listed("belonging", query)).content.decode() for query in ("?etat=attend", f"?organisme={other.pk}")]
    assert [("Sacha Exemple" in page, "Noa Exemple" in page) for page in pages] == [(True, False), (False, True)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("count", [1, 3])
def test_each_list_asks_as_many_questions_with_one_row_or_three(staff, model, count, django_assert_max_num_queries):
    for number in range(count):
        body = a_member(f"Ville {number}", f"c{number}@ville.example")
        services.declare_domain(body, "ville.example", by=None, now=NOW)
        services.make_link(body, by=None, now=NOW)
        services.claim(body, f"s{number}@courriel.example", name="Sacha", now=NOW)
    with django_assert_max_num_queries(16):
        assert staff.get(listed(model)).status_code == 200


def test_the_page_of_a_body_leads_to_its_domains_links_and_requests_within_what_one_may_read(rows):
    body = rows[0].organisation
    found = {
        role: [link.label for link in gathering.of_body(body, UserFactory(roles=[role])) if "Adhésion" not in link.label]
        for role in (Role.STAFF, Role.TREASURER, Role.REVIEWER)
    }
    assert found == {
        Role.STAFF: ["1 domaine de messagerie", "1 lien de réservation", "1 rattachement à un adhérent"],
        Role.TREASURER: ["1 domaine de messagerie", "1 lien de réservation"],
        Role.REVIEWER: [],
    }


def test_a_body_that_took_over_answers_for_the_one_before(rows):
    asked, new = rows[2], OrganisationFactory(name="Nouvelle ville")
    succeed(asked.organisation, new, on=date(2027, 2, 1), by=None, now=NOW)
    person = UserFactory(email="noa@nouvelle.example")
    ContactFactory(organisation=new, email=person.email, account=person)
    browser = sign_in(Client(), person)
    browser.post(reverse("member_belonging", args=[new.pk, asked.pk]), {"seen": "", "answer": "oui"})
    assert Belonging.objects.get().answer == "YES"
