"""« Fait partie de »: what is proposed while one types, and what is meant by a title that is nearly right."""

import pytest
import time_machine
from django.urls import reverse

from core.addresses import absolute
from events import organisers, wholes
from events.states import State
from tests.events.factories import EventFactory
from tests.events.proposals import LISTING, begun, screen
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LISTING, tick=False):
        yield


def asked(client, organiser, words):
    found = client.get(reverse("whole_proposals", args=[organisers.secret_of(organiser)]), {"q": words}).json()["propositions"]
    return [row["nom"] for row in found]


def test_every_word_is_looked_for_and_those_with_parts_come_first(client):
    EventFactory(title="Le village d’à côté")
    village = EventFactory(title="Le village des idées")
    part = EventFactory(title="Un atelier du village", parent=village)
    organiser = begun()
    assert asked(client, organiser, "village") == ["Le village des idées", "Le village d’à côté"]
    assert asked(client, organiser, "VILLAGE idees") == ["Le village des idées"]
    assert (asked(client, organiser, ""), asked(client, organiser, part.title), asked(client, organiser, "zzz")) == ([], [], [])


def test_what_others_propose_is_not_said_and_what_one_proposes_oneself_is(client):
    organiser = begun()
    EventFactory(title="Un village secret", state=State.PROPOSED, listed_at=None)
    mine = EventFactory(title="Mon village", state=State.PROPOSED, listed_at=None)
    organisers.make(mine, organiser.email, now=LISTING)
    assert asked(client, organiser, "village") == ["Mon village"]


def test_of_one_title_for_several_the_address_is_proposed_and_taken(client):
    rows = EventFactory.create_batch(2, title="Portes ouvertes")
    organiser = begun()
    told = asked(client, organiser, "portes")
    assert told == [absolute(row.get_absolute_url()) for row in rows]
    assert wholes.found(organiser.event, told[1]).get() == rows[1]


def test_a_title_that_is_nearly_right_is_answered_by_those_near_it(client):
    EventFactory(title="Le Village des idées")
    EventFactory(title="Une promenade")
    answer = screen(client, begun(), "quoi", parent="Le vilage des idée")
    words = text_of(answer).replace("\u202f", " ").replace("\u00a0", " ")
    assert (answer.status_code, "Est-ce l’un de ceux-ci ? « Le Village des idées »" in words, "Une promenade" in words) == (
        422,
        True,
        False,
    )


def test_the_screen_proposes_as_one_types(client):
    organiser = begun()
    page = client.get(reverse("proposal_screen", args=[organisers.secret_of(organiser), "quoi"])).content.decode()
    assert ("js/suggest.js" in page, reverse("whole_proposals", args=[organisers.secret_of(organiser)]) in page) == (True, True)


def test_an_invented_link_is_proposed_nothing(client):
    assert client.get(reverse("whole_proposals", args=["0" * 64]), {"q": "village"}).status_code == 404


def test_it_asks_as_many_questions_whatever_the_events(client, django_assert_max_num_queries):
    EventFactory.create_batch(40)
    organiser = begun()
    with django_assert_max_num_queries(5):
        assert len(asked(client, organiser, "événement exemple")) == wholes.MOST
