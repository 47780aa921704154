"""G0: of which member somebody is and by what gate; what a page says of it, and whom a booking is open to."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from core.clock import PARIS
from memberships import belonging, services
from memberships.belonging import member_of
from memberships.models import Belonging, Membership
from memberships.services.answering import ByLink
from memberships.states import Answer, Gate, State
from organisations.models import Contact
from organisations.services import merge, succeed
from tests.memberships.factories import ContactFactory, MembershipFactory, OrganisationFactory, a_member
from tests.organisations.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
TODAY = date(2027, 3, 1)
SACHA = "sacha@courriel.example"
YES = ByLink("Camille Exemple")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def accepted(body, email=SACHA):
    asked = services.claim(body, email, name="Sacha Exemple", now=NOW)
    return services.answer(asked, Answer.YES, by=YES, now=NOW)


def gate_of(found):
    return (found.organisation.name, found.gate) if found else None


# --- Gates ----------------------------------------------------------------------------------------------------


def test_an_address_in_a_domain_the_member_declared_is_of_it_whatever_its_capitals():
    body = a_member()
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    assert gate_of(member_of(["Sacha@VILLE.example"], TODAY)) == ("Ville d’Exemple", Gate.DOMAIN)


@pytest.mark.parametrize(
    "address", ["sacha@agents.ville.example", "sacha@bonneville.example", "sacha@ville.example.org", "ville.example", ""]
)
def test_a_sub_domain_or_a_look_alike_is_another_domain(address):
    services.declare_domain(a_member(), "ville.example", by=None, now=NOW)
    assert member_of([address], TODAY) is None


def test_whoever_holds_the_booking_link_is_of_the_member_and_needs_no_address():
    body = a_member()
    link = services.make_link(body, by=None, now=NOW)
    assert gate_of(member_of([], TODAY, link=belonging.link_of(belonging.secret_of(link)))) == ("Ville d’Exemple", Gate.LINK)


def test_a_link_revoked_or_replaced_says_nothing():
    body = a_member()
    old = services.make_link(body, by=None, now=NOW)
    services.make_link(body, by=None, now=NOW)
    old.refresh_from_db()
    assert (belonging.link_of(belonging.secret_of(old)), member_of([], TODAY, link=old)) == (None, None)


def test_a_contact_is_of_the_member_until_the_last_day_of_the_role():
    body = a_member("Ville d’Exemple", "camille@ville.example")
    assert gate_of(member_of(["camille@ville.example"], TODAY)) == ("Ville d’Exemple", Gate.CONTACT)
    Contact.objects.update(ends_on=TODAY - timedelta(days=1))
    assert member_of(["camille@ville.example"], TODAY) is None
    assert body.contacts.count() == 1


def test_a_person_whom_a_contact_confirmed_is_of_the_member_and_no_longer_once_it_is_taken_back():
    row = accepted(a_member("Ville d’Exemple", "camille@ville.example"))
    assert gate_of(member_of([SACHA], TODAY)) == ("Ville d’Exemple", Gate.APPROVED)
    services.answer(row, Answer.NO, by=YES, now=NOW)
    assert member_of([SACHA], TODAY) is None


@pytest.mark.parametrize("said", ["", Answer.NO])
def test_a_request_that_waits_or_was_refused_opens_nothing(said):
    asked = services.claim(a_member("Ville d’Exemple", "camille@ville.example"), SACHA, name="Sacha", now=NOW)
    if said:
        services.answer(asked, said, by=YES, now=NOW)
    assert member_of([SACHA], TODAY) is None


def test_the_first_gate_wins_contact_then_link_then_domain_then_a_contacts_word():
    said = accepted(a_member("D", "d@d.example"))
    domain = a_member("C")
    services.declare_domain(domain, "courriel.example", by=None, now=NOW)
    link = services.make_link(a_member("B"), by=None, now=NOW)
    contact = ContactFactory(organisation=a_member("A"), email=SACHA)
    found = []
    for drop in (contact.delete, lambda: None, domain.mail_domains.all().delete, said.delete):
        found.append(gate_of(member_of([SACHA], TODAY, link=link)))
        drop()
        if len(found) == 2:
            link = None
    assert [*found, member_of([SACHA], TODAY)] == [("A", "CONTACT"), ("B", "LINK"), ("C", "DOMAIN"), ("D", "APPROVED"), None]


def test_a_body_narrows_it_to_one_member():
    one, other = a_member("Ville"), a_member("Métropole")
    for body in (one, other):
        services.declare_domain(body, "commun.example", by=None, now=NOW)
    found = [gate_of(member_of(["sacha@commun.example"], TODAY, body=each)) for each in (one, other, a_member("Région"))]
    assert found == [("Ville", Gate.DOMAIN), ("Métropole", Gate.DOMAIN), None]


@pytest.mark.parametrize("on", [date(2026, 12, 31), date(2028, 4, 1)])
def test_nobody_is_of_a_member_on_a_day_it_is_not_one(on):
    services.declare_domain(a_member(), "ville.example", by=None, now=NOW)
    assert member_of(["sacha@ville.example"], on) is None


def test_a_suspended_member_has_no_people_and_unpaid_dues_take_nothing_away():
    body = a_member()
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    services.suspend(Membership.objects.get(), "à sa demande", by=None, now=NOW)
    assert member_of(["sacha@ville.example"], TODAY) is None
    services.lift_suspension(Membership.objects.get(), "c’est réglé", by=None, now=NOW)
    assert member_of(["sacha@ville.example"], TODAY + timedelta(days=1)).until == date(2028, 3, 31)


def test_a_bulletin_that_waits_makes_nobody_of_a_member():
    services.declare_domain(a_member(state=State.PROPOSED), "ville.example", by=None, now=NOW)
    assert member_of(["sacha@ville.example"], TODAY) is None


def test_after_a_succession_the_domains_links_and_words_of_the_old_body_say_the_new_one():
    old, new = a_member("Ancienne", "camille@ancienne.example"), OrganisationFactory(name="Nouvelle")
    services.declare_domain(old, "ancienne.example", by=None, now=NOW)
    link = services.make_link(old, by=None, now=NOW)
    accepted(old)
    succeed(old, new, on=date(2027, 2, 1), by=None, now=NOW)
    old.refresh_from_db()
    kept = belonging.link_of(belonging.secret_of(link))
    found = [
        member_of(["camille@ancienne.example"], TODAY),
        member_of([], TODAY, link=kept),
        member_of(["x@ancienne.example"], TODAY),
        member_of([SACHA], TODAY, body=new),
        member_of([SACHA], TODAY, body=old),
        member_of([SACHA], date(2027, 1, 20)),
    ]
    assert [gate_of(each) for each in found] == [
        ("Nouvelle", Gate.CONTACT), ("Nouvelle", Gate.LINK), ("Nouvelle", Gate.DOMAIN), ("Nouvelle", Gate.APPROVED),
        ("Nouvelle", Gate.APPROVED), ("Ancienne", Gate.APPROVED),
    ]  # fmt: skip


def test_it_costs_five_questions_at_most_however_many_bodies_answer(django_assert_max_num_queries):
    bodies = [a_member(f"Ville {number}") for number in range(4)] + [OrganisationFactory(name="Pas adhérente")]
    for body in bodies:
        services.declare_domain(body, "commun.example", by=None, now=NOW)
        ContactFactory(organisation=body, email="x@commun.example", ends_on=TODAY - timedelta(days=1))
    old = a_member("Ancienne")
    services.declare_domain(old, "commun.example", by=None, now=NOW)
    succeed(old, bodies[-1], on=date(2027, 2, 1), by=None, now=NOW)
    link = belonging.link_of(belonging.secret_of(services.make_link(bodies[1], by=None, now=NOW)))
    with django_assert_max_num_queries(5):
        assert gate_of(member_of(["x@commun.example"], TODAY, link=link)) == ("Ville 1", Gate.LINK)
    with django_assert_max_num_queries(5):
        assert gate_of(member_of(["x@commun.example"], TODAY, body=bodies[-1])) == ("Pas adhérente", Gate.DOMAIN)
    with django_assert_max_num_queries(3):
        assert member_of(["personne@ailleurs.example"], TODAY) is None


# --- Mergers --------------------------------------------------------------------------------------------------


def test_two_rows_of_one_body_that_declared_the_same_domain_and_know_the_same_person_are_united():
    kept = a_member("Ville d’Exemple", "camille@ville.example")
    gone = MembershipFactory(campaign__year=2026, organisation__name="Mairie d’Exemple").organisation
    for body in (kept, gone):
        services.declare_domain(body, "ville.example", by=None, now=NOW)
    services.declare_domain(gone, "mairie.example", by=None, now=NOW)
    accepted(gone)
    services.claim(kept, SACHA, name="", now=NOW)
    merge(kept, gone, by=UserFactory(), now=NOW, sure=True)
    row = Belonging.objects.get()
    assert ([each.domain for each in kept.mail_domains.all()], row.organisation, row.answer, row.answered_by) == (
        ["mairie.example", "ville.example"], kept, "YES", "Camille Exemple",
    )  # fmt: skip


def test_two_rows_each_with_its_living_link_are_not_merged_before_one_is_withdrawn():
    """Both are in the hands of agents: which one goes is for a person to say."""
    from organisations.services.merging import OnBothSides

    kept, gone = OrganisationFactory(name="Ville d’Exemple"), OrganisationFactory(name="Mairie d’Exemple")
    stays, goes = (services.make_link(body, by=None, now=NOW) for body in (kept, gone))
    with pytest.raises(OnBothSides, match="Lien de réservation"):
        merge(kept, gone, by=UserFactory(), now=NOW, sure=True)
    services.revoke_one(goes, by=None, now=NOW)
    merge(kept, gone, by=UserFactory(), now=NOW, sure=True)
    assert list(kept.booking_links.order_by("pk").values_list("pk", "revoked_at")) == [(stays.pk, None), (goes.pk, NOW)]


# --- Words ----------------------------------------------------------------------------------------------------


def words(addresses, link=None, **said):
    return " ".join(str(belonging.explained(addresses, link, TODAY, **said)).split())


def test_a_page_says_of_which_member_one_is_until_when_and_by_what_gate():
    services.declare_domain(a_member("Région d’Exemple"), "region.example", by=None, now=NOW)
    assert words(["sacha@region.example"]) == (
        "Vous comptez parmi les agents de Région d’Exemple, dont l’adhésion court jusqu’au 31 mars 2028 : votre adresse est dans son "
        "domaine de messagerie. La priorité des adhérents, et leur tarif quand il y en a un, sont pour vous."
    )


def test_a_page_says_that_nothing_tells_it_that_one_asked_and_that_one_was_refused():
    body = a_member("Région d’Exemple", "camille@region.example")
    before = words([SACHA])
    asked = services.claim(body, SACHA, name="Sacha", now=NOW)
    waiting = words([SACHA])
    services.answer(asked, Answer.NO, by=YES, now=NOW)
    assert [before, waiting, words([SACHA])] == [
        "Rien ne dit encore que vous travaillez chez un adhérent : ce sont le tarif et les dates de tout le monde.",
        "Votre demande du 1er mars 2027 attend la réponse de Région d’Exemple. D’ici là, ce sont le tarif et les dates de tout le monde.",
        "Région d’Exemple a répondu qu’il ne vous compte pas parmi ses agents : ce sont le tarif et les dates de tout le monde.",
    ]


def test_a_page_says_that_the_body_one_is_of_is_no_member_today():
    body = a_member("Région d’Exemple", "camille@region.example")
    link = services.make_link(body, by=None, now=NOW)
    accepted(body)
    Membership.objects.update(rights_until=TODAY - timedelta(days=1))
    said = "Région d’Exemple n’est pas adhérent aujourd’hui : ce sont le tarif et les dates de tout le monde."
    assert [words([], link), words(["camille@region.example"]), words([SACHA])] == [said] * 3


def test_of_one_member_the_words_are_narrowed_to_it_and_name_no_contact():
    one, other = a_member("Ville", "camille@ville.example"), a_member("Métropole", "noa@metropole.example")
    services.claim(one, SACHA, name="Sacha", now=NOW)
    services.claim(other, SACHA, name="Sacha", now=NOW)
    said = [words([SACHA], body=each) for each in (one, other)]
    assert (["Ville" in said[0], "Métropole" in said[1]], "camille" in " ".join(said).lower()) == ([True, True], False)


MEMBERS, ALL = datetime(2027, 3, 12, 9, tzinfo=PARIS), datetime(2027, 3, 19, 9, tzinfo=PARIS)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "is_member", "said"),
    [
        (
            MEMBERS - A_SECOND, False,
            "La réservation ouvre aux adhérents le vendredi 12 mars 2027 à 9 h, à tous le vendredi 19 mars 2027 à 9 h. "
            "Pour vous, c’est le vendredi 19 mars 2027 à 9 h.",
        ),
        (
            MEMBERS - A_SECOND, True,
            "La réservation ouvre aux adhérents le vendredi 12 mars 2027 à 9 h, à tous le vendredi 19 mars 2027 à 9 h. "
            "Pour vous, c’est le vendredi 12 mars 2027 à 9 h.",
        ),
        (MEMBERS, True, "La réservation est ouverte aux adhérents, donc à vous ; elle ouvre à tous le vendredi 19 mars 2027 à 9 h."),
        (
            MEMBERS, False,
            "La réservation n’est ouverte qu’aux adhérents pour l’instant ; elle ouvre à tous, et à vous, le vendredi 19 mars 2027 à 9 h.",
        ),
        (ALL - A_SECOND, True, "La réservation est ouverte aux adhérents, donc à vous ; elle ouvre à tous le vendredi 19 mars 2027 à 9 h."),
        (ALL, False, ""),
        (ALL, True, ""),
    ],
)  # fmt: skip
def test_a_page_says_which_gate_applies_and_when_the_next_opens_to_the_second(now, is_member, said):
    assert " ".join(belonging.openings(MEMBERS, ALL, is_member=is_member, now=now).split()) == said


@pytest.mark.parametrize("members_from", [None, ALL])
def test_without_a_priority_there_is_one_opening(members_from):
    said = belonging.openings(members_from, ALL, is_member=True, now=NOW, what="l’inscription")
    assert " ".join(said.split()) == "L’inscription ouvre le vendredi 19 mars 2027 à 9 h."
