"""A role ends, however it ends: what it knew is closed, and whoever stays, follows or comes later receives their own address."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from core.clock import PARIS
from mailing.models import Message
from memberships import links, services
from memberships.bulletins import Person
from memberships.models import Departure, FinanceLink
from memberships.services import handing_over
from organisations.models import Contact
from organisations.services import succeed
from organisations.states import ContactRole
from tests.billing.factories import association, body
from tests.memberships.factories import ContactFactory, MembershipFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
TODAY = date(2027, 3, 1)
YESTERDAY = TODAY - timedelta(days=1)
DIRECTION, FINANCES = "direction@ville.example", "finances@ville.example"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def membership():
    association()
    organisation = body(name="Ville d’Exemple")
    for role, email in ((ContactRole.GENERAL, DIRECTION), (ContactRole.FINANCE, FINANCES)):
        ContactFactory(organisation=organisation, role=role, email=email, starts_on=date(2026, 1, 5))
    return MembershipFactory(organisation=organisation)


def contact(membership, role):
    return membership.organisation.contacts.get(role=role, ends_on=None)


def ended_by_hand(membership, role, on=YESTERDAY):
    """What the register and an imported table do: a last day, and nothing else."""
    row = contact(membership, role)
    row.ends_on = on
    row.save()
    return row


def given():
    return list(Message.objects.filter(kind="memberships.finance_page").order_by("pk").values_list("to", flat=True))


def newcomer(membership, role=ContactRole.FINANCE, email="sacha@ville.example"):
    return ContactFactory(organisation=membership.organisation, role=role, email=email, starts_on=None)


def test_a_role_ended_in_the_register_passes_its_page_to_who_took_over(membership, client):
    old = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.FINANCE)
    sacha = newcomer(membership)
    handing_over.renew(now=NOW)
    new = links.give(membership, sacha, NOW)
    letter = Message.objects.get(kind="memberships.finance_page")
    assert (letter.to, new in letter.text, client.get(old).status_code, client.get(new).status_code) == (sacha.email, True, 404, 200)


def test_a_general_contact_ended_in_the_register_closes_what_they_read_in_copy(membership, client):
    old = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.GENERAL)
    handing_over.renew(now=NOW)
    assert (client.get(old).status_code, given()) == (404, [FINANCES])


def test_a_last_day_passes_and_the_page_passes_with_it(membership, client):
    old = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.FINANCE, on=TODAY)
    handing_over.renew(now=NOW)
    assert (client.get(old).status_code, given()) == (200, [])
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        handing_over.renew(now=NOW + timedelta(days=1))
        assert (client.get(old).status_code, given()) == (404, [DIRECTION])


def test_a_departure_is_seen_once(membership):
    links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.FINANCE)
    handing_over.renew(now=NOW)
    handing_over.renew(now=NOW + timedelta(minutes=1))
    assert (given(), Departure.objects.count(), FinanceLink.objects.filter(revoked_at=None).count()) == ([DIRECTION], 1, 1)


def test_who_left_by_the_page_of_the_member_is_not_told_of_again_by_the_sweep(membership):
    row = contact(membership, ContactRole.FINANCE)
    links.give(membership, row, NOW)
    services.end_contact(row, by=None, now=NOW, successor=Person("Sacha", "Exemple", "", "sacha@ville.example", ""))
    handing_over.renew(now=NOW + timedelta(minutes=1))
    assert given() == ["sacha@ville.example"]


def test_both_contacts_end_at_once_and_one_address_is_given_for_good(membership, client):
    links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.FINANCE)
    ended_by_hand(membership, ContactRole.GENERAL)
    sacha = newcomer(membership, ContactRole.GENERAL)
    handing_over.renew(now=NOW)
    letter = Message.objects.get(kind="memberships.finance_page")
    new = links.give(membership, sacha, NOW)
    assert (letter.to, new in letter.text, client.get(new).status_code) == (sacha.email, True, 200)


def test_who_comes_to_pay_later_receives_the_page_by_itself(membership):
    links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.FINANCE)
    handing_over.renew(now=NOW)
    newcomer(membership)
    for minutes in (1, 2):
        handing_over.renew(now=NOW + timedelta(minutes=minutes))
    assert given() == [DIRECTION, "sacha@ville.example"]


def test_a_body_left_alone_is_written_to_as_soon_as_somebody_speaks_for_it(membership):
    links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ended_by_hand(membership, ContactRole.FINANCE)
    ended_by_hand(membership, ContactRole.GENERAL)
    handing_over.renew(now=NOW)
    assert (given(), FinanceLink.objects.filter(revoked_at=None).count()) == ([], 0)
    newcomer(membership, ContactRole.GENERAL)
    handing_over.renew(now=NOW + timedelta(minutes=1))
    assert given() == ["sacha@ville.example"]


def test_the_files_of_a_body_that_was_replaced_are_passed_on_too(membership, client):
    new = body(name="Métropole d’Exemple", siret="")
    leaving = ContactFactory(organisation=new, role=ContactRole.GENERAL, email="metropole@ville.example")
    succeed(membership.organisation, new, on=YESTERDAY, by=None, now=NOW)
    old = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    leaving.ends_on = YESTERDAY
    leaving.save()
    handing_over.renew(now=NOW)
    assert (client.get(old).status_code, given()) == (404, [FINANCES])


def test_an_address_whose_reader_was_erased_opens_nothing_and_is_renewed(membership, client):
    row = contact(membership, ContactRole.FINANCE)
    old = links.give(membership, row, NOW)
    row.delete()
    assert client.get(old).status_code == 404
    handing_over.renew(now=NOW)
    assert (given(), FinanceLink.objects.filter(revoked_at=None).get().contact.email) == ([DIRECTION], DIRECTION)


def test_a_row_of_the_register_that_serves_somebody_else_has_a_new_address(membership, client):
    row = contact(membership, ContactRole.FINANCE)
    old = links.give(membership, row, NOW)
    row.email = "sacha@ville.example"
    row.save()
    assert client.get(old).status_code == 404
    handing_over.renew(now=NOW)
    assert given() == ["sacha@ville.example"]


def test_an_address_given_to_nobody_lives_until_somebody_leaves(membership, client):
    old = links.give(membership, None, NOW)
    handing_over.renew(now=NOW)
    assert client.get(old).status_code == 200
    ended_by_hand(membership, ContactRole.GENERAL)
    handing_over.renew(now=NOW + timedelta(minutes=1))
    assert (client.get(old).status_code, given()) == (404, [FINANCES])


def test_a_contact_of_old_entered_by_a_table_closes_nothing(membership, client):
    old = links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    ContactFactory(organisation=membership.organisation, role=ContactRole.GENERAL, email="avant@ville.example", ends_on=date(2021, 6, 30))
    handing_over.renew(now=NOW)
    assert (client.get(old).status_code, given(), Departure.objects.count()) == (200, [], 1)


def test_a_role_given_back_then_ended_again_is_another_departure(membership):
    links.give(membership, contact(membership, ContactRole.FINANCE), NOW)
    row = ended_by_hand(membership, ContactRole.FINANCE, on=date(2027, 2, 20))
    handing_over.renew(now=NOW)
    Contact.objects.filter(pk=row.pk).update(ends_on=None)
    links.give(membership, row, NOW)
    ended_by_hand(membership, ContactRole.FINANCE)
    handing_over.renew(now=NOW + timedelta(minutes=1))
    assert (Departure.objects.count(), given()) == (2, [DIRECTION, DIRECTION])


@pytest.mark.parametrize("departures", [1, 3])
def test_a_minute_where_nobody_left_asks_three_questions(membership, departures, django_assert_num_queries):
    for number in range(departures):
        newcomer(membership, ContactRole.VOTING, f"vote{number}@ville.example")
    Contact.objects.filter(role=ContactRole.VOTING).update(ends_on=YESTERDAY)
    handing_over.renew(now=NOW)
    with django_assert_num_queries(3):
        assert handing_over.renew(now=NOW) == 0
