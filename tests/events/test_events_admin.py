"""Events and coordinators in the admin: read there, answered elsewhere."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from events import proposal_gathering
from events.models import RegionCoordinator
from records.models import Act
from tests.accounts.factories import UserFactory, enrol, sign_in
from tests.events.factories import EventFactory, SeasonFactory
from tests.events.proposals import LISTING, answered, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _listing() -> Any:
    with time_machine.travel(LISTING, tick=False):
        SeasonFactory()
        yield


@pytest.fixture
def staff(client: Any) -> Any:
    person = UserFactory(roles=[Role.STAFF])
    enrol(person)
    return sign_in(client, person)


def test_the_list_asks_as_many_queries_for_one_and_for_three(staff):
    counts = []
    for more in (1, 2):
        EventFactory.create_batch(more)
        with CaptureQueriesContext(connection) as asked:
            page = staff.get(reverse("admin:events_event_changelist"))
        counts.append((page.status_code, len(asked)))
    assert counts == [(200, counts[0][1])] * 2


def test_an_event_is_read_whole_and_leads_to_its_coordination(staff):
    event = proposed().event
    page = staff.get(reverse("admin:events_event_change", args=[event.pk])).content.decode()
    expected = (reverse("coordination_event", args=[event.pk]), "camille@ville.example", "Ville d’Exemple")
    assert [words in page for words in expected] == [True] * 3
    assert 'name="_save"' not in page
    draft = answered("lou@ville.example").event
    assert "Pas encore proposé." in staff.get(reverse("admin:events_event_change", args=[draft.pk])).content.decode()


@pytest.mark.parametrize(("asked", "count"), [("attend", 1), ("tard", 0)])
def test_what_waits_is_one_click_away(staff, asked, count):
    proposed()
    EventFactory()
    page = staff.get(reverse("admin:events_event_changelist"), {"reponse": asked})
    assert page.context["cl"].result_count == count


def test_a_region_is_given_to_who_holds_the_role(staff):
    holder, other = UserFactory(roles=[Role.COORDINATOR]), UserFactory()
    url = reverse("admin:events_regioncoordinator_add")
    assert staff.post(url, {"person": other.pk, "region": "53"}).status_code == 422
    assert staff.post(url, {"person": holder.pk, "region": "53"}).status_code == 302
    assert list(RegionCoordinator.objects.values_list("person", "region")) == [(holder.pk, "53")]
    assert Act.objects.filter(verb="coordination régionale donnée").count() == 1
    assert "oui" in staff.get(reverse("admin:events_regioncoordinator_changelist")).content.decode()


def test_the_search_of_the_admin_finds_events():
    event, person = proposed().event, UserFactory(roles=[Role.STAFF])
    assert [(row.title, row.note) for row in proposal_gathering.found(person, "recrire")] == [
        (event.title, f"{event.season.title}, proposé")
    ]
    assert list(proposal_gathering.found(UserFactory(roles=[Role.COORDINATOR]), "recrire")) == []


def test_what_waits_is_on_the_first_page_and_in_the_timeline():
    proposed()
    answered("lou@ville.example")
    waits = [(row.count, row.since) for row in proposal_gathering.waiting(LISTING)]
    planned = [(row.at.day, row.act, row.count) for row in proposal_gathering.planned(LISTING, LISTING + timedelta(days=40))]
    assert waits == [(1, LISTING), (0, None)]
    assert planned == [(29, "clos", 0), (22, "envoyé", 1), (28, "envoyé", 1)]
