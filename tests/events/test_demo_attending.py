"""The demonstration of who comes: a full sitting with its waiting list, guests of every state; loaded again, nothing is doubled."""

import pytest
from django.db.models import Sum

from accounts import demo as accounts
from accounts.models import User
from events import demo, demo_attending, demo_proposals, pictures
from events.models import Event, EventPicture, Invitation, Registration, TimeSlot
from events.states import Access, State
from tests.events.attending import counted

pytestmark = pytest.mark.django_db


def rows() -> tuple[int, int]:
    return Registration.objects.count(), Invitation.objects.count()


def test_a_sitting_is_full_with_people_who_wait_and_an_event_has_its_guests(settings):
    settings.TRIAL = True
    for load in (accounts.load, demo.load, demo_proposals.load, demo_attending.load):
        load(1)
    full = TimeSlot.objects.get(event__access=Access.REGISTRATION, pk__in=_with_people())
    assert (full.taken_onsite, counted(full)[0], full.registrations.seated().count()) == (full.seats_onsite, full.seats_onsite, 30)
    assert (full.registrations.waiting().count(), full.registrations.exclude(needs="").count()) == (4, 3)
    event = Event.objects.get(pk=Invitation.objects.values_list("event", flat=True).distinct().order_by("event").get())
    personal = event.invitations.filter(is_personal=True)
    assert (event.access, personal.count(), personal.filter(used__gt=0).count(), personal.exclude(revoked_at=None).count()) == (
        Access.INVITATION, 8, 3, 1,
    )  # fmt: skip
    guests = event.slots.earliest("starts_at")
    assert counted(guests)[0] == guests.taken_onsite == event.invitations.aggregate(people=Sum("used"))["people"]
    before = rows()
    demo_attending.load(1)
    assert rows() == before


def _with_people() -> list[int]:
    return list(Registration.objects.filter(invitation=None).order_by("slot").values_list("slot", flat=True).distinct())


def test_two_coordinators_share_the_regions_and_an_event_has_a_picture(settings):
    settings.TRIAL = True
    for _ in range(2):
        for load in (accounts.load, demo.load, demo_proposals.load):
            load(1)
    first, second = (User.objects.get(email=email) for email in demo_proposals.QUEUES)
    queues = [set(Event.objects.moderated_by(person).to_answer().values_list("region", flat=True)) for person in (first, second)]
    assert queues == [{"53", ""}, {"32"}]
    assert set(Event.objects.moderated_by(second).values_list("region", flat=True)) == {"11", "32"}
    picture = EventPicture.objects.get()
    assert (picture.event.state, picture.width, pictures.read(picture, "petite") is None) == (State.LISTED, 1200, False)
