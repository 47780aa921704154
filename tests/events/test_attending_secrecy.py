"""Who comes, what they need and how to connect are read by nobody else: not on a public page, in a feed, nor in the coordination."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.logs import masked
from events import attending_emails as emails
from events import attending_links as links
from events.models import RegionCoordinator
from events.states import Mode
from mailing.letters import KINDS
from mailing.models import Message
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory, sign_in
from tests.events.attending import NOW, coming, opened

pytestmark = pytest.mark.django_db
SECRETS = ("Loup-Cervier", "secrete@ville.example", "Fauteuil", "https://visio.example/salle-1")


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def row() -> Any:
    slot = opened(3, online=3, mode=Mode.HYBRID, online_url=SECRETS[3])
    found = coming(slot, "secrete", mode=Mode.ONLINE, needs="Fauteuil roulant", organisation="Loup-Cervier d’Exemple")
    type(found).objects.update(name="Loup-Cervier Exemple")
    return found


def told(client: Client, *addresses: str) -> list[str]:
    """The secrets that these pages tell."""
    answers = [client.get(address) for address in addresses]
    text = "".join(b"".join(answer).decode() for answer in answers)
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return [secret for secret in SECRETS if secret in text]


def test_no_public_page_nor_feed_names_who_comes(client: Client, row: Any) -> None:
    event = row.slot.event
    lists = [reverse(name) for name in ("events", "events_embedded", "events_ics", "events_atom", "events_json", "events_csv")]
    own = event.get_absolute_url()
    pages = [event.season.get_absolute_url(), own, f"{own}evenement.ics", f"{own}inscription/", reverse("home"), "/sitemap.xml"]
    assert told(client, *lists, *pages) == []


def test_a_coordinator_reads_the_event_and_nobody_who_comes(client: Client, row: Any) -> None:
    person = UserFactory(roles=[Role.COORDINATOR])
    RegionCoordinator.objects.create(person=person, region="53")
    client.force_login(person)
    found = told(client, reverse("coordination"), reverse("coordination_event", args=[row.slot.event_id]))
    assert [secret for secret in found if secret != SECRETS[3]] == []


def test_the_space_of_somebody_else_shows_nothing_of_it(client: Client, row: Any) -> None:
    client.force_login(UserFactory(email="autre@ville.example"))
    assert told(client, reverse("space")) == []


def test_a_log_keeps_neither_the_link_nor_the_address(row: Any) -> None:
    line = f"GET {links.path_of(row)}modifier/ by secrete@ville.example"
    assert masked(line) == "GET /inscriptions/[secret]/modifier/ by [adresse]"


def test_the_journal_of_letters_hides_the_link_that_opens_what_the_organiser_alone_reads(client: Client, row: Any) -> None:
    letter = Message.objects.get(kind=emails.REGISTERED)
    path = links.path_of(row)
    assert path in letter.text
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    names = ("admin:mailing_message_change", "admin:mailing_message_html")
    shown = [client.get(reverse(name, args=[letter.pk])).content.decode() for name in names]
    assert [(path in page, "lien-personnel-masque" in page) for page in shown] == [(False, True), (False, True)]


def test_what_leaves_has_its_link(row: Any, mailoutbox: Any) -> None:
    deliver()
    assert links.path_of(row) in mailoutbox[-1].body


def test_the_letters_of_who_comes_are_read_by_those_who_may_read_who_comes() -> None:
    assert {KINDS[kind].read_with for kind in (emails.REGISTERED, emails.REMINDER, emails.CANCELLED)} == {"events.view_registration"}
