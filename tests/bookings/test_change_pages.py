"""Changing an order by its address: each act shown before it is done, every act a POST, a dead address told kindly."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from bookings import change_links, links
from bookings.models import Booking
from bookings.services import calling_off, holding, moving_session
from bookings.states import State
from core.logs import masked
from mailing.models import Message
from programmes.models import TrainingSession
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, people, session
from tests.bookings.test_cancelling import LATE, paid

pytestmark = pytest.mark.django_db
APRIL = date(2027, 4, 15)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def at(booking, name, *more):
    return reverse(name, args=[links.secret_of(booking), *more])


def text(response):
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def test_what_is_given_back_is_read_before_it_is_done(client):
    booking = paid()
    seat = booking.seats.get(rank=2)
    address = at(booking, "booking_cancel")
    assert "jusqu’au 14 février 2027 : tout est remboursé" in text(client.get(address)).lower()
    page = client.post(address, {"places": [seat.pk]})
    assert ("680 €" in text(page), "Annuler 1 place" in text(page), booking.seats.filter(released_at=None).count()) == (True, True, 3)
    done = client.post(address, {"places": [seat.pk], "seen": "100", "confirm": "1"})
    assert (done.status_code, done["Location"], booking.seats.filter(released_at=None).count()) == (302, links.path_of(booking), 2)


def test_what_was_read_the_day_before_is_read_again(client):
    booking = paid()
    seat, address = booking.seats.get(rank=2), at(booking, "booking_cancel")
    with time_machine.travel(LATE, tick=False):
        page = client.post(address, {"places": [seat.pk], "seen": "100", "confirm": "1"})
    assert (page.status_code, "relisez-le" in text(page), booking.seats.filter(released_at=None).count()) == (422, True, 3)


@pytest.mark.parametrize("seen", ["", "-1", "1e9", "999999", "cent"])
def test_a_percentage_that_no_page_said_does_nothing(client, seen):
    booking = firm(session(), places=2)
    seat = booking.seats.get(rank=1)
    page = client.post(at(booking, "booking_cancel"), {"places": [seat.pk], "seen": seen, "confirm": "1"})
    assert (page.status_code, booking.seats.filter(released_at=None).count()) == (422, 2)


def test_no_place_or_somebody_elses_is_told_in_words(client):
    booking, other = firm(session(), places=2), firm(session())
    for typed, words in (({}, "Choisissez au moins une place"), ({"places": [other.seats.get().pk]}, "déjà été annulée")):
        page = client.post(at(booking, "booking_cancel"), typed)
        assert (page.status_code, words in text(page), text(page).count("<title>Erreur : ")) == (422, True, 1)


def test_a_participant_is_replaced_and_too_late_it_says_until_when(client):
    booking = firm(session(), people=people("Camille Exemple"))
    seat = booking.seats.get()
    address = at(booking, "booking_replace", seat.pk)
    assert client.post(address, {"name": "", "email": "faux"}).status_code == 422
    client.post(address, {"name": "Alix Exemple", "email": "alix@ville.example", "job": "", "needs": ""})
    seat.refresh_from_db()
    assert seat.name == "Alix Exemple"
    with time_machine.travel("2027-03-14 09:00+01:00", tick=False):
        page = client.get(address)
    assert ("dimanche 14 mars 2027 à 9 h" in text(page), "<form" in text(page)) == (True, False)
    assert client.get(at(booking, "booking_replace", 999_999)).status_code == 404


def test_the_order_goes_to_another_day_while_all_would_be_given_back(client):
    day = session()
    there = session(day=APRIL, programme=day.programme)
    booking = firm(day, places=2, payer_siret=siret())
    address = at(booking, "booking_move")
    assert "jeudi 15 avril 2027" in text(client.get(address))
    assert client.post(address, {"date": "0"}).status_code == 422
    client.post(address, {"date": there.pk})
    booking.refresh_from_db()
    assert booking.session_id == there.pk
    with time_machine.travel("2027-04-10 10:00+02:00", tick=False):
        assert "ne change plus de date ici" in text(client.get(address))


def test_after_our_cancellation_another_date_in_one_press(client):
    day = session()
    there = session(day=APRIL, programme=day.programme)
    booking = firm(day, places=2)
    TrainingSession.objects.filter(pk=day.pk).update(cancelled_at=NOW)
    calling_off.close(booking, now=NOW)
    answer = client.post(at(booking, "booking_again"), {"date": there.pk})
    made = Booking.objects.get(session=there)
    assert (answer["Location"], made.state) == (links.path_of(made), State.FIRM)
    assert "ne se reprend pas" in text(client.get(at(made, "booking_again")))


def test_the_page_of_the_order_offers_what_makes_sense(client):
    day = session()
    session(day=APRIL, programme=day.programme)
    booking, held = firm(day, people=people("Camille Exemple")), ordered(day)
    said = [link.label for link in change_links.acts_of(holding.fresh(booking), now=NOW)]
    assert said == ["Remplacer Camille Exemple", "Changer de date", "Annuler des places"]
    assert [link.label for link in change_links.acts_of(held, now=NOW)] == []
    assert "Annuler des places" in text(client.get(links.path_of(booking)))


def test_an_invoice_that_stays_with_its_former_day_is_said_on_the_page(client):
    from billing.states import Method

    day = session()
    there = session(day=APRIL, programme=day.programme)
    booking = paid(day, method=Method.CARD)
    moving_session.move(booking, there, by=holding.buyer(booking), now=NOW)
    assert "Émise pour le 16 mars 2027 ; elle vaut pour le 15 avril 2027." in text(client.get(links.path_of(booking)))


def test_an_invented_address_is_told_kindly_and_masked_in_logs(client):
    booking = firm(session())
    for name in ("booking_cancel", "booking_move", "booking_again"):
        page = client.get(reverse(name, args=["invente"]))
        assert (page.status_code, "ne s’ouvre pas" in text(page), page["Referrer-Policy"]) == (404, True, "same-origin")
    assert masked(f"GET {at(booking, 'booking_cancel')}") == "GET /commandes/[secret]/annuler/"
    assert (client.delete(at(booking, "booking_cancel")).status_code, Message.objects.filter(kind="bookings.cancelled").count()) == (405, 0)
