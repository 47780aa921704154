"""What two tabs, two clicks, the same file or the team entering an order twice leave as it should be."""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bookings import days, services, uploads
from bookings.asks import Person
from bookings.models import Booking, BookingPaper
from bookings.services import changing, firming, holding, naming, sweeping_papers
from bookings.states import State
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from tests.applications.factories import staff
from tests.bookings.factories import NOW, ask, conditions, firm, ordered, session

pytestmark = pytest.mark.django_db
NEAR = datetime(2027, 3, 3, 10, tzinfo=PARIS)


def test_the_team_is_told_that_an_address_has_an_order_already_and_nothing_is_added():
    day = session()
    known = ordered(day, email="moi@ville.example")
    again = ask(email="moi@ville.example", places=5)
    with pytest.raises(Refused, match=known.reference):
        services.order(day, again, conditions=conditions(), now=NOW + timedelta(hours=1), entered_by=staff())
    assert list(Booking.objects.values_list("pk", "asked")) == [(known.pk, 1)]


def test_the_same_agreement_is_kept_once_and_no_more_than_five_an_hour(monkeypatch):
    booking, contents = ordered(session()), iter([b"1", b"1", b"2", b"3", b"4", b"5", b"6"])
    monkeypatch.setattr(uploads, "signed_pdf", lambda _: next(contents))
    for _ in range(6):
        firming.sign(booking, SimpleUploadedFile("c.pdf", b"x"), by=holding.buyer(booking), now=NOW)
    assert (holding.fresh(booking).state, BookingPaper.objects.filter(kind="SIGNED").count()) == (State.FIRM, 5)
    with pytest.raises(Refused, match="en une heure"):
        firming.sign(booking, SimpleUploadedFile("c.pdf", b"x"), by=holding.buyer(booking), now=NOW)


def test_the_same_person_named_in_two_tabs_is_refused_in_words(monkeypatch):
    booking = firm(session(), places=2)
    first, second = booking.seats.order_by("rank")
    who = Person("Camille Exemple", "camille@ville.example")
    naming.name_seats(booking, {first.pk: who}, by=None, now=NOW)
    monkeypatch.setattr(naming, "said_twice", lambda _: "")  # as the other tab read it, before this one wrote
    with pytest.raises(Refused, match="deux fois"):
        naming.name_seats(booking, {second.pk: who}, by=None, now=NOW)
    second.refresh_from_db()
    assert (second.name, second.email) == ("", "")


def test_the_parts_of_a_day_add_up_when_a_hold_has_ended_and_nothing_swept_it():
    day = session(seats=5)
    firm(day, places=2)
    ordered(day, places=2)
    told = days.follow(day, now=NOW + timedelta(days=16))
    assert (told.free, [part.places for part in told.parts]) == (3, [2, 0, 0])


def test_whoever_gets_their_place_back_is_called_again():
    booking = firm(session(), people=(Person("Camille Exemple", "camille@ville.example"),))
    seat, by = booking.seats.get(), staff()
    sweeping_papers.post_due(now=NEAR)
    for minute, who in ((1, Person("Alix Exemple", "alix@ville.example")), (2, Person("Camille Exemple", "camille@ville.example"))):
        changing.replace(seat, who, by=by, now=NEAR + timedelta(minutes=minute))
        for _ in range(2):
            sweeping_papers.post_due(now=NEAR + timedelta(minutes=minute))
    letters = Message.objects.filter(kind="bookings.joining").order_by("pk").values_list("to", flat=True)
    assert list(letters) == ["camille@ville.example", "alix@ville.example", "camille@ville.example"]
