"""What the rest of the house gathers of orders: the page of a day, its places in the admin, the timeline, what waits, the demonstration."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from billing import services as billing
from billing.states import Method
from bookings import gathering, seats
from bookings.models import Booking, SessionTerms
from bookings.services import invoicing, sweeping
from bookings.states import Payer, State
from core.clock import PARIS
from core.registry import DEMOS
from programmes import demo as programmes_demo
from programmes.models import TrainingSession
from programmes.services import changes
from tests.accounts.factories import UserFactory, sign_in
from tests.bookings.factories import NOW, firm, ordered, session

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(NOW, tick=False):
        yield


def page(client, day):
    return client.get(day.get_absolute_url()).content.decode()


def test_the_page_of_a_day_says_how_its_places_are_had(client):
    day = session(seats=2)
    form = reverse("order", args=[day.programme.slug, day.slug])
    assert f'href="{form}">Réserver une place' in page(client, day)
    firm(day, places=2)
    assert f'href="{form}">Complet\u00a0: demander une place' in page(client, day)


def test_before_the_opening_it_says_when_to_whom_and_a_cache_forgets_it_then(client):
    day = session(terms={"opens_at": NOW + 7 * A_DAY + timedelta(seconds=30)})
    answer = client.get(day.get_absolute_url())
    assert "La réservation ouvre aux adhérents le" in answer.content.decode()
    assert "max-age=30" in answer["Cache-Control"]


def test_a_day_without_terms_is_still_asked_for_by_mail(client):
    day = session()
    SessionTerms.objects.all().delete()
    assert "Les réservations se font par courriel" in page(client, day)


def test_a_day_offers_no_fewer_places_than_are_taken():
    day = session(seats=20)
    firm(day, places=4)
    day.refresh_from_db()
    assert changes.refused_seats(day, 3, now=NOW).startswith("4 places sont déjà tenues")
    assert changes.refused_seats(day, 4, now=NOW) == ""


def test_the_timeline_says_openings_and_ends_of_offers():
    day = session(seats=1, terms={"opens_at": NOW + 9 * A_DAY})
    planned = [(each.act, each.whom) for each in gathering.planned(NOW, NOW + 20 * A_DAY)]
    assert planned == [("ouvert", "aux adhérents"), ("ouvert", "à tous")]
    assert day.seats == 1


def test_a_payment_that_came_too_late_waits_for_the_team():
    day = session(seats=1)
    row = ordered(day, payer=Payer.PRIVATE)
    invoice = invoicing.standing(row)[0]
    firm(day, now=NOW + 15 * A_DAY)
    later = NOW + 20 * A_DAY
    said = {"method": Method.TRANSFER, "received_on": later.date(), "by": None, "now": later, "reason": "Virement."}
    billing.record_payment(invoice, invoice.gross, **said)
    sweeping.sweep(now=later)
    waits = {each.label: each.count for each in gathering.waiting(later)}
    assert waits["paiements reçus après la fin d’une tenue\u00a0: à rendre ou à placer"] == 1


def test_my_orders_are_in_my_space(client):
    row = firm(email="camille@ville.example")
    ordered(row.session)
    sign_in(client, UserFactory(email="camille@ville.example"))
    text = client.get("/espace/").content.decode()
    assert ("Mes commandes" in text, text.count(row.reference)) == (True, 1)


def test_the_demonstration_sells_its_days_and_its_counts_are_those_of_its_rows():
    programmes_demo.load(1)
    for load in DEMOS:
        if load.__module__ == "bookings.demo":
            load(1)
            load(1)
    days = TrainingSession.objects.exclude(bookings=None).distinct()
    assert {day.slug: (day.taken, seats.recount(day)) for day in days} == {
        "2019-03-19": (19, 19), "prochaine": (13, 13), "complete": (12, 12),
    }  # fmt: skip
    assert set(Booking.objects.values_list("state", flat=True)) == set(State.values)


def test_loaded_before_the_archive_the_day_of_2019_is_on_sale_and_nobody_has_ordered():
    with time_machine.travel(datetime(2018, 12, 12, 10, tzinfo=PARIS), tick=False):
        programmes_demo.load(1)
        for load in DEMOS:
            if load.__module__ == "bookings.demo":
                load(1)
    assert TrainingSession.objects.get(slug="2019-03-19").taken == 0


def test_once_its_only_hold_has_ended_a_day_is_not_said_full_any_more(client):
    day = session(seats=1)
    ordered(day)
    form = reverse("order", args=[day.programme.slug, day.slug])
    assert f'href="{form}">Complet' in page(client, day)
    with time_machine.travel(NOW + 16 * A_DAY, tick=False):
        after, typed = page(client, day), client.get(form).content.decode()
    assert (f'href="{form}">Réserver une place' in after, "1 place libre sur 1" in after, "C’est complet" in typed) == (True, True, False)
