"""What ordering costs: four requests and forty questions at most, with the letter's delivery; what the page of an order costs."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import links
from bookings.models import Booking
from bookings.states import State
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory, sign_in
from tests.bookings.factories import NOW, firm, ordered, session
from tests.bookings.test_order_pages import TYPED, form_of, hidden

pytestmark = pytest.mark.django_db
MOST = 40


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(NOW, tick=False):
        yield


def test_signed_in_the_fourth_request_is_the_page_of_the_firm_order(client):
    day = session()
    sign_in(client, UserFactory(email="camille@ville.example"))
    client.get(form_of(day))
    with CaptureQueriesContext(connection) as asked:
        client.get(form_of(day))
        review = client.post(form_of(day), TYPED)
        sent = client.post(form_of(day), hidden(review.content.decode()) | {"send": "1", "accepts": "on"})
    page = client.get(sent["Location"])
    assert ("Votre commande est ferme" in page.content.decode(), Booking.objects.get().state) == (True, State.FIRM)
    with CaptureQueriesContext(connection) as delivered:
        deliver()
    assert len(asked) + len(delivered) <= MOST, (len(asked), len(delivered))


def test_one_order_without_account_is_four_requests_and_forty_questions_with_its_letter(client):
    """Form, read over, sent, then the button of the letter: firm. The letter's delivery is counted."""
    day = session()
    client.get(form_of(day))
    with CaptureQueriesContext(connection) as asked:
        client.get(form_of(day))
        review = client.post(form_of(day), TYPED)
        sent = client.post(form_of(day), hidden(review.content.decode()) | {"send": "1", "accepts": "on"})
        deliver()
    row = Booking.objects.get()
    prove = reverse("booking_prove", args=[links.secret_of(row)])
    with CaptureQueriesContext(connection) as proven:
        client.post(prove)
    row.refresh_from_db()
    assert ("Regardez votre boîte" in sent.content.decode(), row.state) == (True, State.FIRM)
    assert len(asked) + len(proven) <= MOST, (len(asked), len(proven))


def test_the_page_of_an_order_costs_the_same_with_one_and_three_places(client):
    costs = []
    for places in (1, 3):
        row = firm(session(), places=places)
        client.get(links.path_of(row))
        with CaptureQueriesContext(connection) as asked:
            client.get(links.path_of(row))
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 20


def test_the_space_lists_orders_at_the_same_cost_with_one_and_three(client):
    person = UserFactory(email="camille@ville.example")
    sign_in(client, person)
    costs = []
    for number in (1, 3):
        while Booking.objects.count() < number:
            ordered(session(), email="camille@ville.example")
        client.get("/espace/")
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/espace/").content.decode()
        costs.append(len(asked))
        assert page.count("places tenues") + page.count("Places tenues") == number
    assert costs[0] == costs[1]
