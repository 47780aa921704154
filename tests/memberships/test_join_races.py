"""Two people of a body, two tabs, two colleagues at the same second; each with its twin that shows the race without the guard."""

from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError

from accounts.roles import Role
from core.refusals import Refused
from mailing.models import Message
from memberships import services
from memberships.bulletins import Bulletin, Person
from memberships.models import Membership
from memberships.services import joining
from memberships.states import State
from organisations.models import Organisation
from organisations.states import Kind
from tests.accounts.factories import UserFactory
from tests.memberships.factories import NOW, CampaignFactory
from tests.organisations.factories import OrganisationFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def sending(body, campaign, person):
    bulletin = Bulletin(body=body, people={"GENERAL": Person(last_name="Exemple", email="a@ville.example")}, signatory_name="Exemple")
    return partial(services.send, bulletin, campaign=campaign, by=person, now=NOW)


@pytest.mark.parametrize("attempt", range(4))
def test_two_people_and_six_clicks_at_once_make_one_membership_and_one_letter(attempt):
    body, campaign, people = OrganisationFactory(kind=Kind.REGION), CampaignFactory(), UserFactory.create_batch(2)
    outcomes = race(*(sending(body, campaign, person) for person in people * 3))
    assert [each for each in outcomes if not isinstance(each, Membership | Refused)] == []
    assert (Membership.objects.count(), Message.objects.count()) == (1, 1)


def test_without_the_lock_of_the_body_the_second_is_answered_by_the_database(monkeypatch):
    """The twin: both look, both find nothing, both write; the constraint alone is left, and it is no sentence for a person."""
    body, campaign, people = OrganisationFactory(kind=Kind.REGION), CampaignFactory(), UserFactory.create_batch(2)
    looked, written = Barrier(2, timeout=PATIENCE), joining._written

    def both_looked(*args):
        looked.wait()
        return written(*args)

    monkeypatch.setattr(Organisation.objects, "select_for_update", lambda **_: Organisation.objects.all())
    monkeypatch.setattr(joining, "_written", both_looked)
    outcomes = race(*(sending(body, campaign, person) for person in people))
    assert sorted(type(each).__name__ for each in outcomes) == [IntegrityError.__name__, Membership.__name__]


@pytest.mark.parametrize("attempt", range(4))
def test_accepting_and_refusing_at_once_do_one_of_the_two(attempt):
    staff, campaign = UserFactory(roles=[Role.STAFF]), CampaignFactory()
    membership = sending(OrganisationFactory(kind=Kind.REGION), campaign, UserFactory())()
    accept = partial(services.accept, membership, by=staff, now=NOW)
    outcomes = race(accept, partial(services.refuse, membership, "Non.", by=staff, now=NOW), accept)
    assert sorted(type(each).__name__ for each in outcomes) == ["Membership", "Refused", "Refused"]
    assert Membership.objects.get().state in (State.ACTIVE, State.REFUSED)
