"""« Who may see what » of orders (domain.md section 4): the team runs, the treasurer reads, a trainer opens their own day, nobody else."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from bookings import links, trainers
from bookings.services import calling_trainers
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import staff
from tests.bookings.factories import NOW, firm, people, session
from tests.bookings.test_trainer_pages import team

pytestmark = pytest.mark.django_db
NEED = "Une entrée de plain-pied"
EVERYBODY = {"public", "neighbour", "reviewer", "coordinator", "staff", "treasurer", "administrator"}
READS, RUNS = {"staff", "treasurer"}, {"staff"}
MATRIX = {
    "orders": READS, "order": READS, "day": READS, "years": READS, "act": RUNS, "enter": RUNS, "export": RUNS, "presences": RUNS,
    "trainers": RUNS, "sale": RUNS, "conditions": RUNS, "sheet": RUNS, "trainer’s page": EVERYBODY, "order’s page": EVERYBODY,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def places():
    day = session()
    booking = firm(day, people=people("Personne Unique"))
    booking.seats.update(needs=NEED)
    link = calling_trainers.call(day, team(day), by=staff(), now=NOW)
    return {
        "orders": "/admin/bookings/booking/",
        "order": booking.get_absolute_url(),
        "day": reverse("admin:bookings_booking_day", args=[day.pk]),
        "years": reverse("admin:bookings_booking_years"),
        "act": reverse("admin:bookings_booking_act", args=[booking.pk, "annuler"]),
        "enter": reverse("admin:bookings_booking_enter"),
        "export": "/admin/bookings/booking/export/commandes.csv",
        "presences": reverse("admin:bookings_booking_presences", args=[day.pk]),
        "trainers": reverse("admin:bookings_booking_trainers", args=[day.pk]),
        "sale": reverse("admin:bookings_sessionterms_of", args=[day.pk]),
        "conditions": reverse("admin:bookings_saleconditions_publish"),
        "sheet": reverse("booking_sheet", args=[day.pk]),
        # Their secret is the door.
        "trainer’s page": trainers.path_of(link),
        "order’s page": links.path_of(booking),
    }


@pytest.fixture
def browsers():
    roles = {
        "neighbour": [], "reviewer": [Role.REVIEWER], "coordinator": [Role.COORDINATOR], "staff": [Role.STAFF],
        "treasurer": [Role.TREASURER], "administrator": [Role.ADMINISTRATOR],
    }  # fmt: skip
    return {"public": Client()} | {name: sign_in(Client(), UserFactory(roles=held)) for name, held in roles.items()}


def test_everybody_opens_what_the_table_says_and_nothing_else(places, browsers):
    answers = {(place, name): browser.get(path).status_code for place, path in places.items() for name, browser in browsers.items()}
    assert {place: {name for name in browsers if answers[place, name] == 200} for place in places} == MATRIX
    assert {status for status in answers.values() if status != 200} <= {302, 403, 404}


def test_needs_are_read_by_the_team_and_the_trainers_alone(places, browsers):
    told = {name for name, browser in browsers.items() if NEED in browser.get(places["order"]).content.decode()}
    assert told == {"staff"}
    assert NEED in browsers["public"].get(places["trainer’s page"]).content.decode()
    others = ("orders", "day", "export", "presences")
    for place in others:
        answer = browsers["staff"].get(places[place])
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert NEED not in content.decode()


def test_a_trainer_of_another_day_reads_nobody_of_this_one(places, browsers):
    other = session()
    link = calling_trainers.call(other, team(other), by=staff(), now=NOW)
    page = browsers["public"].get(trainers.path_of(link)).content.decode()
    assert ("Personne Unique" in page, NEED in page) == (False, False)
