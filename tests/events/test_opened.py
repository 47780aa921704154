"""What a letter says is open: the programme of the season, and what anybody may still come to."""

from datetime import timedelta

import pytest

from core.registry import OPEN
from events import opened
from events.models import Event
from events.states import Access, Mode, State
from tests.events.factories import NOW, EventFactory, SeasonFactory

pytestmark = pytest.mark.django_db


def said(now=NOW):
    return [(link.label, link.note.replace("\u00a0", " ")) for link in opened.events(now)]


def test_the_programme_comes_first_then_what_one_may_come_to():
    EventFactory(title="Le second", at=["2027-11-24T10:00"])
    EventFactory(title="Le premier")
    assert opened.events in list(OPEN)
    assert said() == [
        ("Semaine de l’innovation publique 2027", "du 22 au 28 novembre 2027, 2 événements"),
        ("Le premier", "mardi 23 novembre 2027, 10 h – 12 h, Médiathèque d’Exemple, Rennes (Ille-et-Vilaine)"),
        ("Le second", "mercredi 24 novembre 2027, 10 h – 12 h, Médiathèque d’Exemple, Rennes (Ille-et-Vilaine)"),
    ]


def full(event, **seats):
    event.slots.update(**seats)
    return event


def test_nothing_that_is_closed_to_somebody_is_named():
    EventFactory(title="Ouvert")
    EventFactory(access=Access.INVITATION)
    EventFactory(is_open_to_public=False)
    EventFactory(state=State.CANCELLED)
    EventFactory(access=Access.REGISTRATION, members_until=NOW + timedelta(days=1))
    EventFactory(state=State.PROPOSED, listed_at=None)
    EventFactory(at=["2027-11-02T10:00"], is_beside=True)
    full(EventFactory(access=Access.REGISTRATION), seats_onsite=2, taken_onsite=2)
    full(EventFactory(access=Access.REGISTRATION, mode=Mode.ONLINE, commune=""), seats_online=2, taken_online=2)
    full(EventFactory(title="Reste en ligne", access=Access.REGISTRATION, mode=Mode.HYBRID), seats_onsite=2, taken_onsite=2, seats_online=5)
    full(EventFactory(title="Reste une place", access=Access.REGISTRATION), seats_onsite=2, taken_onsite=1)
    assert [label for label, _ in said()[1:]] == ["Ouvert", "Reste en ligne", "Reste une place"]


def test_of_several_sittings_one_with_room_is_enough():
    event = EventFactory(title="Deux fois", access=Access.REGISTRATION, at=["2027-11-23T10:00", "2027-11-24T10:00"])
    event.slots.filter(starts_at__lt=event.ends_at - timedelta(hours=12)).update(seats_onsite=2, taken_onsite=2)
    assert [label for label, _ in said()[1:]] == ["Deux fois"]


def test_nothing_is_said_of_a_season_that_is_over_or_empty():
    SeasonFactory()
    assert said() == []
    EventFactory()
    assert said(NOW + timedelta(days=30)) == []


def test_it_asks_three_questions_however_many_events(django_assert_num_queries):
    EventFactory.create_batch(12)
    with django_assert_num_queries(3):
        assert len(said()) == 11
    assert Event.objects.count() == 12
