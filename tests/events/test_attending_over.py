"""One's own page once the sitting has begun, and once it is over: nothing promised any more, nothing left to do."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from events import attending_links as links
from events.models import Registration
from events.services import attending
from events.states import Mode
from tests.accounts.factories import UserFactory
from tests.events.attending import NOW, coming, opened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_two_days_after_ones_page_says_that_the_sitting_is_over(client: Client) -> None:
    slot = opened(1)
    rows = [coming(slot, "seated"), coming(slot, "waits"), attending.register(slot, email="never@ville.example", name="N", now=NOW)]
    said = ["Votre place y était retenue.", "aucune place ne s’est libérée à temps", "Cette inscription n’a jamais été confirmée."]
    with time_machine.travel(slot.starts_at + timedelta(days=2), tick=False):
        pages = [client.get(links.path_of(row)).content.decode() for row in rows]
    assert [[words in page for words in ("La séance est passée", own)] for page, own in zip(pages, said, strict=True)] == [[True, True]] * 3
    assert [words in page for page in pages for words in ("est retenue", "Vous êtes au", "Ajouter à mon agenda", "Me retirer")] == [
        False
    ] * 12
    Registration.objects.filter(pk=rows[0].pk).update(came_at=slot.starts_at)
    with time_machine.travel(slot.starts_at + timedelta(days=2), tick=False):
        assert "Merci d’y avoir pris part." in client.get(links.path_of(rows[0])).content.decode()


def test_while_it_is_on_who_has_a_seat_may_still_connect_and_who_waits_is_told(client: Client) -> None:
    slot = opened(None, online=1, mode=Mode.ONLINE, commune="", online_url="https://visio.example/a")
    rows = [coming(slot, "seated"), coming(slot, "waits")]
    with time_machine.travel(slot.starts_at + timedelta(minutes=5), tick=False):
        pages = [client.get(links.path_of(row)).content.decode() for row in rows]
    assert [("https://visio.example/a" in page, "aucune place ne s’est libérée" in page) for page in pages] == [
        (True, False),
        (False, True),
    ]


def test_the_space_of_a_person_says_which_registrations_are_over(client: Client) -> None:
    slot = opened(1)
    coming(slot, "lou")
    person, states_said = UserFactory(email="lou@ville.example"), []
    for moment in (NOW, slot.starts_at + timedelta(days=2)):
        with time_machine.travel(moment, tick=False):
            client.force_login(person)
            page = client.get(reverse("space")).content.decode()
        section = re.search(r'aria-labelledby="inscriptions">.*?</section>', page, re.DOTALL)
        assert section
        states_said.append(re.findall(r'class="state[^"]*">([^<]*)<', section[0]))
    assert states_said == [["Inscrit"], ["Passé"]]
