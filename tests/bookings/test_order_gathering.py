"""What the rest of the house gathers of orders: the page of a day, its places in the admin, the timeline, what waits, the demonstration."""

from datetime import datetime, timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import demo as accounts_demo
from billing import services as billing
from billing.states import Method
from bookings import gathering, seats
from bookings.models import Booking, SessionTerms, TrainerLink
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
    assert waits["paiement reçu après la fin d’une tenue\u00a0: à rendre ou à placer"] == 1


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


def test_manage_py_accounts_prints_the_page_of_a_trainer_that_opens_and_the_same_one_again(client, settings):
    settings.TRIAL = True
    accounts_demo.load(1)
    programmes_demo.load(1)
    printed = []
    for _ in range(2):
        said = StringIO()
        call_command("accounts", stdout=said)
        printed.append(said.getvalue().partition("page de formateur, sans compte")[2].split()[-1])
    assert (client.get(urlsplit(printed[0]).path).status_code, len(set(printed)), TrainerLink.objects.count()) == (200, 1, 1)


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


def test_while_somebody_waits_free_places_are_said_to_be_had_by_nobody_else_wherever_places_are_said(client):
    day = session(seats=3)
    firm(day, places=2)
    group = ordered(day, places=2)
    assert (group.state, TrainingSession.objects.get(pk=day.pk).taken) == (State.WAITING, 2)
    form = reverse("order", args=[day.programme.slug, day.slug])
    read = page(client, day)
    assert ("C’est complet." in read, "dans l’ordre de la liste d’attente" in read, f'href="{form}">Complet' in read) == (True, True, True)
    assert "complet (3 places)" in read.replace("\u00a0", " ")
    told = ("place libre", "libre sur", "libres sur", "Places disponibles", ">Réserver une place")
    assert [words in read for words in told] == [False] * 5
    assert ("SoldOut" in read, "InStock" in read) == (True, False)
    lists = [client.get(path).content.decode() for path in ("/", reverse("programmes"), day.programme.get_absolute_url())]
    assert [("Plus de place libre" in text, "Places disponibles" in text) for text in lists] == [(True, False)] * 3
    feed = client.get(reverse("calls_json")).json()["items"][0]
    assert (feed["_la27eregion"]["seats_left"], "Places\u00a0: complet." in feed["content_text"]) == (0, True)
    assert "C’est complet" in client.get(form).content.decode()


def test_once_no_offer_can_be_made_any_more_what_is_free_is_anybody_s(client):
    day = session(seats=3)
    firm(day, places=2)
    ordered(day, places=2)
    with time_machine.travel(day.starts - timedelta(hours=20), tick=False):
        assert "1 place libre sur 3" in page(client, day)


def test_a_hold_that_ended_is_free_in_the_lists_as_on_the_page(client):
    day = session(seats=1)
    ordered(day)
    with time_machine.travel(NOW + 16 * A_DAY, tick=False):
        listed, feed = client.get(reverse("programmes")).content.decode(), client.get(reverse("calls_json")).json()["items"][0]
    assert ("1 place libre" in listed, feed["_la27eregion"]["seats_left"]) == (True, 1)


def test_telling_what_is_left_costs_public_pages_five_questions_at_most_whatever_the_days(client):
    day = session(seats=3)
    firm(day, places=2)
    ordered(day, places=2)
    paths = ["/", reverse("programmes"), day.programme.get_absolute_url(), day.get_absolute_url(), reverse("calls_json")]
    one = [_asked(client, path) for path in paths]
    session(programme=day.programme, slug="autre"), session(programme=day.programme, slug="encore")
    assert ([_asked(client, path) for path in paths], max(one) <= 5) == (one, True)


def _asked(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)
