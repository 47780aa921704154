"""Who came is named once the day has begun, by the team alone; the certificate follows (C4, S9)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.roles import Role
from bookings.admin.acts import ACTS
from bookings.asks import Person
from bookings.models import Attendance, Certificate
from bookings.services import finishing, holding, sweeping_papers
from bookings.services.naming_after import may_name_after, name_after
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import staff
from tests.bookings.paper_factories import EVENING, MORNING_AFTER, day_2019, employer, named, seats_of, was_there

pytestmark = pytest.mark.django_db
STARTS = datetime(2019, 3, 19, 9, tzinfo=PARIS)


def test_a_place_still_unnamed_is_named_by_the_team_after_the_day_and_certified(client):
    booking = employer(day_2019(), 2, people=named(1))
    seat = seats_of(booking)[1]
    was_there([seat])
    with time_machine.travel(MORNING_AFTER, tick=False):
        sign_in(client, UserFactory(roles=[Role.STAFF]))
        url = reverse("admin:bookings_booking_act", args=[booking.pk, "nommer"])
        assert "Dire qui est venu" in client.get(url).content.decode()
        said = {"seat": seat.pk, "name": "Alix Exemple", "email": "alix@ville.example", "job": "Agente"}
        assert client.post(url, said).status_code == 302
    finishing.finish_due(now=MORNING_AFTER)
    assert Certificate.objects.get(seat=seat).name == "Alix Exemple"
    assert booking.steps.filter(words="personne venue nommée\u00a0: place 2").count() == 1
    assert list(Message.objects.filter(to="alix@ville.example").values_list("kind", flat=True)) == ["bookings.certificate"]


def test_another_who_came_has_the_certificate_and_the_needs_of_the_first_are_erased():
    booking = employer(day_2019(), 1)
    [seat] = seats_of(booking)
    seat.needs = "Sans gluten"
    seat.save()
    was_there([seat])
    finishing.finish_due(now=MORNING_AFTER)
    after = name_after(seat, Person("Alix Exemple"), by=staff(), now=MORNING_AFTER)
    finishing.finish_due(now=MORNING_AFTER)
    assert (after.needs, [row.name for row in Certificate.objects.good()]) == ("", ["Alix Exemple"])


@pytest.mark.parametrize(
    ("now", "may"),
    [(STARTS - timedelta(seconds=1), False), (STARTS, True), (EVENING + timedelta(days=119), True), (EVENING + timedelta(days=121), False)],
)
def test_from_the_first_minute_of_the_day_and_as_long_as_its_papers_follow(now, may):
    booking = holding.fresh(employer(day_2019(), 1))
    assert (may_name_after(booking, now=now), ACTS["nommer"].fits(booking, now)) == (may, may)


def test_refused_without_a_name_before_the_day_and_for_a_place_given_back():
    booking = employer(day_2019(), 1)
    [seat] = seats_of(booking)
    for person, now in ((Person(" "), MORNING_AFTER), (Person("Alix Exemple"), STARTS - timedelta(days=1))):
        with pytest.raises(Refused, match="nom"):
            name_after(seat, person, by=staff(), now=now)
    booking.seats.update(released_at=STARTS)
    with pytest.raises(Refused, match="place ferme"):
        name_after(seat, Person("Alix Exemple"), by=staff(), now=MORNING_AFTER)
    assert (Attendance.objects.count(), booking.seats.get().name) == (0, "Personne Exemple 1")


def test_nobody_is_summoned_to_a_day_that_has_begun():
    booking = employer(day_2019(), 1)
    name_after(seats_of(booking)[0], Person("Alix Exemple", "alix@ville.example"), by=staff(), now=STARTS)
    sweeping_papers.post_due(now=STARTS + timedelta(minutes=1))
    assert Message.objects.filter(to="alix@ville.example").count() == 0
