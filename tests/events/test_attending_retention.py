"""What is forgotten of who came, and when; how many came is counted from what is left."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core.clock import PARIS
from core.refusals import Refused
from events import attending_links as links
from events.attending_retention import NEEDS, PEOPLE, UNPROVEN, purge
from events.models import Event, Registration, TimeSlot
from events.services import attending, priority, verifying
from events.services.attending import GONE
from events.states import Access
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory, enrol, sign_in
from tests.events.attending import NOW, asked, coming, counted, fresh, opened, states, taken

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def night(now: Any, *, dry_run: bool = False) -> dict[str, int]:
    return {each.label: each.count for each in purge(now, dry_run) if each.count}


def test_needs_are_forgotten_once_it_is_over_and_the_rest_three_months_after() -> None:
    slot = opened(3)
    row = coming(slot, "a", needs="Fauteuil roulant", companions=1)
    ends = fresh(slot).ends_at
    assert ends
    assert night(ends) == {}
    assert (night(ends + DAY, dry_run=True), Registration.objects.get().needs) == ({NEEDS: 1}, "Fauteuil roulant")
    assert (night(ends + DAY), Registration.objects.get().needs, Registration.objects.get().name) == ({NEEDS: 1}, "", "A Exemple")
    assert night(ends + 92 * DAY) == {}
    assert (night(ends + 93 * DAY), night(ends + 94 * DAY)) == ({PEOPLE: 1}, {})
    left = Registration.objects.get()
    assert (left.name, left.email, left.organisation, left.people, left.is_seated) == ("", "", "", 2, True)
    assert (taken(slot), counted(slot)) == ((2, 0), (2, 0))
    assert [(letter.to, letter.text) for letter in Message.objects.all()] == [("", "")]
    assert links.registration_of(links.secret_of(row)) is None


def test_an_address_never_proven_is_forgotten_after_a_week_with_what_it_used() -> None:
    slot = opened(1)
    gone: list[int] = []

    def hear(row: Registration, now: Any) -> None:
        gone.append(row.pk)

    GONE.add(hear)
    row = asked(slot)
    pk = row.pk
    assert night(NOW + 7 * DAY) == {}
    assert (night(NOW + 8 * DAY), Registration.objects.count(), taken(slot), gone) == ({UNPROVEN: 1}, 0, (0, 0), [pk])
    GONE._items = [item for item in GONE._items if item[1] is not hear]


def test_a_seat_that_is_still_held_is_not_forgotten() -> None:
    slot = opened(1, at=["2027-11-08T10:10"])
    asked(slot)
    assert night(NOW + timedelta(minutes=20)) == {}
    assert night(NOW + timedelta(minutes=30)) == {UNPROVEN: 1}


def test_many_are_forgotten_in_few_questions(django_assert_max_num_queries: Any) -> None:
    slot = opened(None)
    for number in range(30):
        coming(slot, f"p{number}")
    with django_assert_max_num_queries(12 + 4 * 30):
        assert night(NOW + 200 * DAY) == {PEOPLE: 30}


# --- The nightly count ---------------------------------------------------------------------------------------------------


def test_the_counts_are_those_of_the_rows_and_what_differs_is_mended_and_said() -> None:
    slot = opened(5)
    coming(slot, "a", companions=1)
    asked(slot, "b")
    attending.withdraw(coming(slot, "c"), now=NOW)
    assert (verifying.different(now=NOW), verifying.verify(now=NOW)) == ([], [])
    TimeSlot.objects.filter(pk=slot.pk).update(taken_onsite=5, members_onsite=1)
    assert [row.pk for row in verifying.verify(now=NOW)] == [slot.pk]
    assert (taken(slot), fresh(slot).members_onsite) == ((3, 0), 0)
    act = Act.objects.get(verb="compte des places remis juste")
    assert act.changes == {"taken_onsite": [5, 3], "members_onsite": [1, 0]}


def test_more_people_than_seats_is_said_and_left_to_somebody() -> None:
    slot = opened(2)
    coming(slot, "a")
    Registration.objects.update(companions=4)
    verifying.verify(now=NOW)
    assert (taken(slot), Act.objects.filter(verb="plus d’inscrits que de places").count()) == ((1, 0), 1)


def test_the_count_asks_one_question_however_many_sittings(django_assert_num_queries: Any) -> None:
    for title in ("Un", "Deux", "Trois"):
        coming(opened(3, title=title), "a")
    with django_assert_num_queries(1):
        assert verifying.different(now=NOW) == []


# --- The team gives members priority ------------------------------------------------------------------------------------------


def give(event: Event, **said: Any) -> bool:
    fields = {"members_until": None, "members_seats": None, "members_seats_until": None} | said
    return priority.give(event, **fields, by=UserFactory(), now=NOW)


def test_priority_is_given_said_in_the_journal_and_taken_back_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    slot = opened(2)
    assert give(slot.event, members_seats=2, members_seats_until=NOW + DAY)
    coming(slot, "a")
    assert states(slot) == {"a": "1"}
    assert (give(slot.event), give(slot.event), states(slot)) == (True, False, {"a": "seated"})
    assert [act.verb for act in Act.objects.order_by("pk")].count("priorité des adhérents") == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"members_seats": 1}, "donnez les deux"),
        ({"members_seats_until": NOW}, "donnez les deux"),
        ({"members_seats": 3, "members_seats_until": NOW}, "que 2 places"),
    ],
)
def test_a_priority_that_cannot_be_is_refused_in_words(said: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        give(opened(2).event, **said)


def test_a_priority_that_outlives_the_event_is_refused_in_words() -> None:
    slot = opened(2)
    for late in ({"members_until": slot.starts_at}, {"members_seats": 1, "members_seats_until": slot.starts_at + DAY}):
        with pytest.raises(Refused, match="finit avant la dernière séance"):
            give(slot.event, **late)


def test_no_priority_where_one_does_not_register_or_where_seats_have_no_limit() -> None:
    with pytest.raises(Refused, match="pas de limite"):
        give(opened(None).event, members_seats=1, members_seats_until=NOW)
    with pytest.raises(Refused, match="pas ici"):
        give(opened(2, access=Access.OPEN).event, members_until=NOW)


def test_the_team_sets_it_on_a_screen_of_the_admin_and_no_one_else_does(client: Any) -> None:
    slot = opened(4)
    url = reverse("admin:events_event_priority", args=[slot.event_id])
    staff = _entered(client, Role.STAFF)
    said = {"members_until": "2027-11-10T12:00", "members_seats": "2", "members_seats_until": "2027-11-12T12:00"}
    assert staff.get(url).status_code == 200
    assert staff.post(url, said | {"members_seats": "9"}).status_code == 422
    assert staff.post(url, said).status_code == 302
    event = Event.objects.get(pk=slot.event_id)
    assert event.members_until
    assert (event.members_until.astimezone(PARIS).hour, event.members_seats) == (12, 2)
    assert "2 places gardées" in staff.get(reverse("admin:events_event_change", args=[event.pk])).content.decode()
    assert _entered(Client(), Role.TREASURER).get(url).status_code == 403


def _entered(client: Any, role: Role) -> Any:
    person = UserFactory(roles=[role])
    enrol(person)
    return sign_in(client, person)
