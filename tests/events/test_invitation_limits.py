"""How often one network may type a code or answer: a whole ministry is behind one address, and is told the truth."""

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from events import invitations
from events.models import Registration
from events.views import inviting as views
from tests.events.attending import NOW
from tests.events.desks import by_invitation, code, guest, said_in

pytestmark = pytest.mark.django_db
WRONG = "0000-0000-0000"


@pytest.fixture(autouse=True)
def _then() -> Any:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def typed(client: Client, what: str) -> Any:
    return client.post(reverse("invitation_code"), {"code": what})


def test_a_right_code_is_never_counted(client: Client) -> None:
    made = invitations.code_of(code(by_invitation(200), quota=100))
    assert {typed(client, made).status_code for _ in range(80)} == {302}


def test_too_many_wrong_codes_are_told_as_such_and_not_as_an_unknown_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = invitations.code_of(code(by_invitation(200)))
    monkeypatch.setattr(views, "MOST_TRIES", 3)
    wrong = [said_in(typed(client, WRONG)) for _ in range(3)]
    assert ["Nous ne connaissons pas ce code" in page for page in wrong] == [True, True, True]
    late = typed(client, made)
    said = said_in(late)
    assert (late.status_code, "codes inconnus" in said, "Nous ne connaissons pas" in said) == (422, True, False)


def test_asking_for_organisers_links_leaves_codes_alone(client: Client) -> None:
    made = invitations.code_of(code(by_invitation(200)))
    for number in range(70):
        client.post(reverse("proposal_lost"), {"email": f"p{number}@ville.example"})
    assert typed(client, made).status_code == 302


def test_who_holds_a_personal_invitation_answers_however_many_answered_by_a_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_REPLIES", 1)
    slot = by_invitation(200)
    held, open_to_all = guest(slot), code(slot, quota=10)
    answers = [reply(client, open_to_all, email=f"p{number}@ville.example") for number in range(2)]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert "Beaucoup de réponses" in said_in(answers[1])
    assert (reply(client, held).status_code, Registration.objects.count()) == (302, 2)


def reply(client: Client, held: Any, **said: str) -> Any:
    return client.post(reverse("invitation", args=[invitations.secret_of(held)]), {"name": "Lou Exemple", "companions": "0", **said})
