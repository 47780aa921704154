"""The page of a proposal, pressed twice: the second click is told where things stand, and nothing breaks."""

from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.refusals import Refused
from events import organisers
from events.models import Event, Organiser
from events.services import changing
from events.services import proposing as services
from events.states import State
from tests.events.proposals import LISTING, begun, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(LISTING, tick=False):
        yield


def press(client: Client, name: str, organiser: Organiser, **said: str) -> HttpResponse:
    answer: HttpResponse = client.post(reverse(name, args=[organisers.secret_of(organiser)]), said, follow=True)
    return answer


def first(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """The same act by another click, between what the page read and what it does."""
    act = getattr(module, name)

    def twice(*args: Any, **said: Any) -> Any:
        act(*args, **said)
        return act(*args, **said)

    monkeypatch.setattr(module, name, twice)


def test_cancelled_by_two_clicks_it_is_cancelled_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser = proposed()
    first(monkeypatch, changing, "cancel")
    answer = press(client, "proposal_cancel", organiser, words="La salle a brûlé.", sure="on")
    organiser.event.refresh_from_db()
    assert (answer.status_code, organiser.event.state, "voyez où il en est" in answer.content.decode()) == (200, State.CANCELLED, True)
    assert organiser.event.steps.filter(to_state=State.CANCELLED).count() == 1


def test_a_draft_erased_by_two_clicks_is_erased(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser = begun()
    first(monkeypatch, services, "erase")
    assert (press(client, "proposal_erase", organiser).status_code, Event.objects.count()) == (200, 0)


def test_a_draft_proposed_in_another_window_is_not_erased(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser = begun()

    def gone(_: Organiser) -> None:
        raise Refused("Cette proposition est partie.")

    monkeypatch.setattr(services, "erase", gone)
    answer = press(client, "proposal_erase", organiser)
    assert (answer.status_code, "Cette proposition est partie." in answer.content.decode(), Event.objects.count()) == (200, True, 1)


def test_what_was_typed_is_forgotten_of_a_draft_that_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser = begun()

    def gone(_: Organiser) -> None:
        raise Event.DoesNotExist

    monkeypatch.setattr(services, "drop_changes", gone)
    assert press(client, "proposal_drop", organiser).status_code == 404
