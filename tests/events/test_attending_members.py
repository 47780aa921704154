"""Priority of members, read from real memberships: by a declared domain, by a contact, by the booking link of the visit (domain.md G0)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from events.services import attending
from events.services.admitting import TooEarly
from memberships import belonging, services
from tests.accounts.factories import UserFactory
from tests.events.attending import NOW, asked, coming, letters, opened, states
from tests.events.desks import said_in
from tests.memberships.factories import a_member

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_declared_domain_opens_the_window_of_members_and_no_other_does() -> None:
    services.declare_domain(a_member(), "ville.example", by=None, now=NOW)
    slot = opened(3, members_until=UNTIL)
    assert asked(slot, "a").is_member
    with pytest.raises(TooEarly):
        _other(slot)


def _other(slot: Any) -> Any:
    return attending.register(slot, email="a@ailleurs.example", name="A", now=NOW)


def test_a_contact_has_what_is_kept_for_members() -> None:
    a_member("Ville d’Exemple", "m@ville.example")
    slot = opened(1, members_seats=1, members_seats_until=UNTIL)
    coming(slot, "a")
    coming(slot, "m")
    assert states(slot) == {"a": "1", "m": "seated"}


def test_a_domain_of_a_body_that_is_no_member_that_day_opens_nothing() -> None:
    body = a_member()
    services.declare_domain(body, "ville.example", by=None, now=NOW)
    body.memberships.update(rights_until=(NOW - timedelta(days=30)).date())
    with pytest.raises(TooEarly):
        asked(opened(3, members_until=UNTIL))


def test_the_booking_link_held_in_the_visit_opens_the_window(client: Client) -> None:
    link = services.make_link(a_member(), by=None, now=NOW)
    slot = opened(3, members_until=UNTIL)
    url = reverse("event_register", args=[slot.event.season.slug, slot.event.slug])
    said = {"name": "Lou Exemple", "email": "lou@perso.example"}
    client.post(url, said)
    assert (states(slot), letters()) == ({}, ["too_early"])
    client.post(reverse("booking_link", args=[belonging.secret_of(link)]))
    client.post(url, said)
    assert states(slot) == {"lou": "held"}


def test_of_an_event_that_makes_no_difference_nobody_is_asked_about(django_assert_max_num_queries: Any) -> None:
    services.declare_domain(a_member(), "ville.example", by=None, now=NOW)
    slot = opened(3)
    with django_assert_max_num_queries(12):
        row = asked(slot)
    assert row.is_member is False


def test_the_page_says_which_gate_applies_to_whoever_is_known_and_nothing_of_the_others(client: Client) -> None:
    a_member("Ville d’Exemple", "m@ville.example")
    slot = opened(3, members_until=UNTIL)
    url = reverse("event_register", args=[slot.event.season.slug, slot.event.slug])
    assert "Vous comptez parmi les agents" not in client.get(url).content.decode()
    client.force_login(UserFactory(email="m@ville.example"))
    page = client.get(url).content.decode()
    assert ("Vous comptez parmi les agents de Ville d’Exemple" in page, reverse("belongings") in page) == (True, True)


def test_a_seat_kept_for_members_is_said_to_all_and_sends_no_member_to_the_waiting_list(client: Client) -> None:
    a_member("Ville d’Exemple", "m@ville.example")
    slot = opened(2, members_seats=1, members_seats_until=UNTIL)
    coming(slot, "a")
    pages = [slot.event.get_absolute_url(), reverse("event_register", args=[slot.event.season.slug, slot.event.slug])]
    said = [said_in(client.get(page)) for page in pages]
    assert ["place gardée aux adhérents jusqu’au" in words for words in said] == [True, True]
    assert [("C’est complet" in words, "Rejoindre la liste d’attente" in words) for words in said] == [(False, False), (False, False)]
    coming(slot, "m")
    said = [said_in(Client().get(page)) for page in pages]
    assert ["Rejoindre la liste d’attente" in words for words in said] == [True, True]
