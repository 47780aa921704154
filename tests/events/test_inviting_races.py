"""One invitation at the same second for two dates, the last place of a code, the same list sent twice; each with its unlocked twin."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db.models import F

from core.refusals import Refused
from events.guest_lists import Guest
from events.models import Invitation, Registration, TimeSlot
from events.services import inviting, writing
from events.services.inviting import Reply
from mailing.models import Batch, Message
from tests.events.attending import NOW, fresh
from tests.events.desks import BY, CAMILLE, by_invitation, code, guest
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TWO_DAYS = ["2027-11-23T10:00", "2027-11-24T10:00"]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def two_sittings() -> list[TimeSlot]:
    event = by_invitation(at=TWO_DAYS).event
    return [fresh(slot) for slot in event.slots.order_by("starts_at")]


def answers(invitation: Invitation, slots: list[TimeSlot]) -> list[partial[Any]]:
    people = [Reply("Lou Exemple", email=f"lou-{number}@ville.example") for number in range(len(slots))]
    return [partial(inviting.accept, invitation, slot, reply, now=NOW) for slot, reply in zip(slots, people, strict=True)]


def unguarded(both: Barrier) -> Any:
    """The twin: looks, waits for the other to have looked, then writes without asking again."""

    def claim(invitation: Invitation, people: int) -> bool:
        used = Invitation.objects.get(pk=invitation.pk).used
        both.wait()
        is_free = used == 0 if invitation.is_personal else used + people <= invitation.quota
        # Without the guard of the database either.
        Invitation.objects.filter(pk=invitation.pk).update(used=F("quota"))
        return is_free

    return claim


def test_a_link_used_twice_at_once_for_two_dates_is_used_once() -> None:
    slots = two_sittings()
    invited = guest(slots[0])
    outcomes = race(*answers(invited, slots), *answers(invited, slots))
    refused = [str(outcome) for outcome in outcomes if isinstance(outcome, Refused)]
    assert (refused, Registration.objects.count()) == ([inviting.USED] * 3, 1)
    assert Invitation.objects.get(pk=invited.pk).used == 1


def test_unguarded_a_link_would_be_used_twice(monkeypatch: Any) -> None:
    slots = two_sittings()
    invited = guest(slots[0])
    monkeypatch.setattr(inviting, "claim", unguarded(Barrier(2, timeout=PATIENCE)))
    race(*answers(invited, slots))
    assert Registration.objects.count() == 2


def test_the_last_place_of_a_code_goes_to_one_person() -> None:
    slots = two_sittings()
    shared = code(slots[0], 1)
    outcomes = race(*answers(shared, slots * 3))
    assert [type(outcome).__name__ for outcome in outcomes].count("Registration") == 1
    assert (Registration.objects.count(), Invitation.objects.get(pk=shared.pk).used) == (1, 1)


def test_unguarded_the_last_place_of_a_code_would_go_to_two(monkeypatch: Any) -> None:
    slots = two_sittings()
    shared = code(slots[0], 1)
    monkeypatch.setattr(inviting, "claim", unguarded(Barrier(2, timeout=PATIENCE)))
    race(*answers(shared, slots))
    assert Registration.objects.count() == 2


def test_the_same_list_confirmed_twice_at_once_is_sent_once() -> None:
    event = by_invitation().event
    guests = [Guest("Lou Exemple", "lou@ville.example", 1), Guest("Noa Exemple", "noa@ville.example", 2)]
    send = partial(inviting.invite, event, guests, companions=0, by=BY, reply_to=CAMILLE, token="1", now=NOW)
    outcomes = race(send, send, send)
    assert {type(outcome) for outcome in outcomes} == {Batch}
    assert (Batch.objects.count(), Invitation.objects.count(), Message.objects.count()) == (1, 2, 2)


def test_two_lists_with_the_same_person_at_once_invite_them_once_and_say_so(monkeypatch: Any) -> None:
    """Without the lock of the event, the database still refuses the second."""
    event, both, lock = by_invitation().event, Barrier(2, timeout=PATIENCE), writing.lock
    monkeypatch.setattr(writing, "lock", lambda row: both.wait() is not None and lock(row))
    send = partial(inviting.invite, event, [Guest("Lou Exemple", "lou@ville.example", 1)], companions=0, by=BY, reply_to=CAMILLE, now=NOW)
    outcomes = race(partial(send, token="1"), partial(send, token="2"))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Batch", "Refused"]
    assert (Invitation.objects.count(), Batch.objects.count()) == (1, 1)
