"""Replacing somebody until two days before: the place stays, the person changes, needs are erased."""

from datetime import date, datetime, time, timedelta

import pytest

from bookings.asks import Person
from bookings.models import Seat
from bookings.services import changing, holding
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from records.models import Act
from tests.applications.factories import staff
from tests.bookings.factories import NOW, firm, ordered, people, session

pytestmark = pytest.mark.django_db
NEW = Person("Dominique Exemple", "dominique@ville.example", "cheffe de projet", "sans gluten")


def order(**fields):
    booking = firm(session(), places=2, people=people("Camille Exemple", "Alix Exemple"), **fields)
    seat = booking.seats.get(rank=1)
    Seat.objects.filter(pk=seat.pk).update(email="camille@ville.example", needs="végétarien", job="juriste")
    return booking, booking.seats.select_related("booking__session").get(rank=1)


def by(booking):
    return holding.buyer(booking)


def test_somebody_else_comes_each_is_told_and_the_needs_of_the_former_are_erased():
    booking, seat = order()
    Message.objects.all().delete()
    changing.replace(seat, NEW, by=by(booking), now=NOW)
    seat.refresh_from_db()
    assert (seat.name, seat.email, seat.job, seat.needs) == (
        "Dominique Exemple",
        "dominique@ville.example",
        "cheffe de projet",
        "sans gluten",
    )
    assert sorted(Message.objects.values_list("kind", "to")) == [
        ("bookings.replaced", "dominique@ville.example"),
        ("bookings.replaced_former", "camille@ville.example"),
        ("bookings.replaced_told", booking.email),
    ]
    step = booking.steps.last()
    assert (step.words.replace("\u00a0", " "), "Camille" in str(step.changes)) == ("participant remplacé : place 1", False)
    assert Act.objects.filter(verb="participant remplacé").count() == 1


def test_a_person_without_address_is_replaced_and_only_who_ordered_is_told():
    booking, seat = order()
    Seat.objects.filter(pk=seat.pk).update(email="")
    seat.refresh_from_db()
    Message.objects.all().delete()
    changing.replace(seat, Person("Dominique Exemple"), by=by(booking), now=NOW)
    assert list(Message.objects.values_list("kind", flat=True)) == ["bookings.replaced_told"]


@pytest.mark.parametrize(("late", "done"), [(timedelta(seconds=-1), True), (timedelta(), False), (timedelta(seconds=1), False)])
def test_to_the_second_two_days_before_the_hour_it_begins(late, done):
    booking, seat = order()
    now = datetime(2027, 3, 14, 9, tzinfo=PARIS) + late
    if done:
        assert changing.replace(seat, NEW, by=by(booking), now=now).name == NEW.name
    else:
        with pytest.raises(Refused, match="dimanche 14"):
            changing.replace(seat, NEW, by=by(booking), now=now)


def test_the_limit_is_by_the_calendar_when_the_clocks_change_between():
    day = session(day=date(2027, 3, 29), starts_at=time(9))  # the clocks change on the 28th
    assert changing.replaced_until(day) == datetime(2027, 3, 27, 9, tzinfo=PARIS)
    assert (day.starts.timestamp() - changing.replaced_until(day).timestamp()) / 3600 == 47


def test_the_team_replaces_until_the_day_begins():
    booking, seat = order()
    assert changing.replace(seat, NEW, by=staff(), now=datetime(2027, 3, 16, 8, 59, tzinfo=PARIS)).name == NEW.name
    with pytest.raises(Refused):
        changing.replace(seat, Person("Trop Tard Exemple"), by=staff(), now=datetime(2027, 3, 16, 9, tzinfo=PARIS))


def test_bad_input_is_refused_in_words():
    booking, seat = order()
    other = booking.seats.get(rank=2)
    Seat.objects.filter(pk=other.pk).update(email="alix@ville.example")
    said = []
    for person in (
        Person("  "),
        Person("Camille Exemple", "camille@ville.example"),
        Person("Alix Exemple", "ALIX@ville.example"),
        Person("Dominique", "pas-une-adresse"),
    ):
        with pytest.raises(Refused) as refused:
            changing.replace(seat, person, by=by(booking), now=NOW)
        said.append(str(refused.value))
    assert said[:2] == ["Donnez le nom de la personne qui vient.", "C’est déjà cette personne qui vient."]
    assert all(said)
    seat.refresh_from_db()
    assert (seat.name, seat.needs) == ("Camille Exemple", "végétarien")


def test_a_place_given_back_or_an_order_that_waits_replaces_nobody():
    booking, seat = order()
    Seat.objects.filter(pk=seat.pk).update(released_at=NOW)
    with pytest.raises(Refused):
        changing.replace(seat, NEW, by=by(booking), now=NOW)
    full = session(seats=1)
    ordered(full)
    waiting = ordered(full, people=people("Camille Exemple"))
    with pytest.raises(Refused):
        changing.replace(waiting.seats.get(), NEW, by=by(waiting), now=NOW)
