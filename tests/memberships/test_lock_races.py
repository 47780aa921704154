"""Acts that write across a body, its years, their invoices and their addresses, at the same second: none waits in a ring, none reads old.

Each with its twin: the same race without the guard.
"""

from datetime import date
from functools import partial
from threading import Barrier, Event

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from billing.models import Invoice
from memberships import links, services
from memberships.models import Membership
from memberships.services import accepting, contacting, invoicing, moving
from memberships.states import State
from organisations.states import ContactRole
from tests.accounts.factories import UserFactory
from tests.billing.factories import association, body
from tests.memberships.factories import NOW, CampaignFactory, ContactFactory, MembershipFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LATER = date(2028, 4, 30)


def meeting(monkeypatch):
    """One holds the body, the other the year: each goes on once both are held."""
    met = Barrier(2, timeout=PATIENCE)
    for module, name in ((contacting, "_lock"), (invoicing, "lock")):
        held = getattr(module, name)

        def hold(row, held=held):
            found = held(row)
            met.wait()
            return found

        monkeypatch.setattr(module, name, hold)


def leaving_while_invoicing():
    association()
    membership = MembershipFactory(organisation=body())
    for role in (ContactRole.GENERAL, ContactRole.FINANCE):
        ContactFactory(organisation=membership.organisation, role=role, email=f"{role}@ville.example".lower())
    leaving = membership.organisation.contacts.get(role=ContactRole.FINANCE)
    links.give(membership, leaving, NOW)
    return partial(services.end_contact, leaving, by=None, now=NOW), partial(invoicing.ask_invoice, membership, by=None, now=NOW)


def test_a_contact_leaves_while_the_invoice_is_asked_and_both_are_done(monkeypatch):
    acts = leaving_while_invoicing()
    meeting(monkeypatch)
    left, invoice = race(*acts)
    assert (left, isinstance(invoice, Invoice)) == (None, True)


def test_with_locks_on_keys_one_of_the_two_would_be_thrown_out(monkeypatch):
    """The twin: the invoice names the body that the other holds, the new address names the year that the first holds."""
    acts = leaving_while_invoicing()
    meeting(monkeypatch)
    locked = QuerySet.select_for_update
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: locked(rows, **{**options, "no_key": False}))
    assert [type(outcome) for outcome in race(*acts)].count(OperationalError) == 1


def accepting_while_moving():
    """The grace day of 2028 is moved while a bulletin of 2027 is accepted."""
    CampaignFactory(year=2027)
    following = CampaignFactory(year=2028)
    membership = MembershipFactory(organisation=body(), state=State.PROPOSED, accepted_at=None, rights_from=None, rights_until=None)
    move = partial(services.move_grace, following, LATER, by=UserFactory(), now=NOW)
    return partial(services.accept, membership, by=UserFactory(), now=NOW), move


@pytest.mark.parametrize("attempt", range(4))
def test_a_grace_day_moved_while_a_bulletin_is_accepted_counts_for_it(attempt):
    race(*accepting_while_moving())
    assert Membership.objects.get().rights_until == LATER


def test_without_holding_the_campaign_the_right_would_end_on_the_old_day(monkeypatch):
    accept, move = accepting_while_moving()
    read, moved, written = Event(), Event(), accepting.move

    def write(*args, **values):
        read.set()
        assert moved.wait(PATIENCE)
        written(*args, **values)

    def move_then_tell():
        assert read.wait(PATIENCE)
        move()
        moved.set()

    monkeypatch.setattr(accepting, "hold_grace", lambda *_: None)
    monkeypatch.setattr(accepting, "move", write)
    race(accept, move_then_tell)
    assert Membership.objects.get().rights_until == date(2028, 3, 31)


@pytest.mark.parametrize("attempt", range(4))
def test_two_years_of_one_body_resigned_at_once_end_without_a_ring(attempt):
    first = MembershipFactory(organisation=body())
    second = MembershipFactory(organisation=first.organisation, campaign=CampaignFactory(year=2028))
    said = {"on": date(2027, 3, 1), "reason": "Budget.", "by": UserFactory(), "now": NOW}
    outcomes = race(*(partial(services.resign, row, **said) for row in (first, second)))
    assert [type(outcome) for outcome in outcomes].count(OperationalError) == 0
    assert set(Membership.objects.values_list("rights_until", flat=True).order_by()) == {date(2027, 3, 1)}


def test_without_the_body_two_years_resigned_at_once_would_wait_for_each_other(monkeypatch):
    """The twin: each holds its own year, then asks for the other's."""
    from memberships.services import resigning

    first = MembershipFactory(organisation=body())
    second = MembershipFactory(organisation=first.organisation, campaign=CampaignFactory(year=2028))
    met = Barrier(2, timeout=PATIENCE)

    def hold(row):
        found = moving.lock(row)
        met.wait()
        return found

    monkeypatch.setattr(resigning, "hold_body", lambda *_: None)
    monkeypatch.setattr(resigning, "lock", hold)
    said = {"on": date(2027, 3, 1), "reason": "Budget.", "by": UserFactory(), "now": NOW}
    outcomes = race(*(partial(services.resign, row, **said) for row in (first, second)))
    assert [type(outcome) for outcome in outcomes].count(OperationalError) == 1
