"""What pages, letters and lists say of orders: one place or several, names as they are said, one reference, one mark of error."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts.roles import Role
from billing.models import Invoice
from billing.services.payments import record_payment
from billing.states import Method
from bookings import change_emails, links, staffing
from bookings.services import cancelling, holding
from bookings.staff_forms import NameForm
from bookings.states import Payer
from core import elision
from mailing.models import Message
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, people, session
from tests.bookings.test_order_pages import TYPED, form_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(NOW, tick=False):
        yield


def page(client, row):
    return client.get(links.path_of(row)).content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ana Exemple", "d’Ana Exemple"), ("Élise", "d’Élise"), ("Hugo", "d’Hugo"), ("Yves", "d’Yves"), ("Œdipe", "d’Œdipe"),
        ("Zoé", "de Zoé"), ("Yasmine", "de Yasmine"), ("", "de "),
    ],
)  # fmt: skip
def test_de_is_elided_before_a_name_that_asks_for_it(name, said):
    assert elision.of(name) == said


def test_one_place_is_said_in_the_singular_and_two_in_the_plural(client):
    day = session()
    one, two = page(client, ordered(day)), page(client, ordered(day, places=2))
    assert [("Votre place est tenue" in text, "Vos places sont tenues" in text) for text in (one, two)] == [(True, False), (False, True)]


def test_a_place_offered_alone_is_one_place(client):
    day = session(seats=1)
    first = ordered(day)
    second = ordered(day)
    client.post(reverse("booking_withdraw", args=[links.secret_of(first)]))
    assert "Une place vous est proposée" in page(client, second)
    letter = Message.objects.get(kind="bookings.offer")
    assert "C’est votre tour" in letter.text


def test_while_one_waits_the_ten_names_are_folded(client):
    day = session(seats=12)
    firm(day, places=3)
    waits, held = page(client, ordered(day, places=10)), page(client, ordered(session()))
    assert [text.count('<details class="folded">') for text in (waits, held)] == [1, 0]
    assert "Nommer les personnes dès maintenant" in waits


def test_names_are_sorted_without_their_accents():
    day = session()
    firm(day, places=3, people=people("Zoé Exemple", "Élise Exemple", "Éric Exemple"))
    assert [line.name for line in staffing.group(day)] == ["Élise Exemple", "Éric Exemple", "Zoé Exemple"]


def test_whoever_orders_and_comes_is_said_to_be_counted(client):
    typed = TYPED | {"people": "Alix Exemple\nDominique Exemple\nMorgan Exemple"}
    answer = client.post(form_of(session()), typed)
    words = "Vous, qui venez, et 3\u00a0autres\u00a0: 4\u00a0personnes pour 2\u00a0places."
    assert (answer.status_code, words.replace("\u00a0", " ") in answer.content.decode().replace("\u00a0", " ")) == (422, True)


def test_another_date_is_offered_in_the_letter_only_when_there_is_one():
    row = firm(session())
    for others, words in (([], "Aucune autre date n’a de places"), (["jeudi 8 avril 2027"], "Choisissez-la sur votre page")):
        context = change_emails.context_of(row) | {"others": others}
        assert words in change_emails.OTHERS["autre_date"].value(context)


def test_page_letter_and_printed_invoice_give_one_reference(client):
    row = ordered(session(), payer=Payer.PRIVATE, payer_siret=siret())
    invoice = Invoice.objects.get()
    letter = Message.objects.get(kind="billing.issued")
    assert (invoice.payment_reference in page(client, row), invoice.payment_reference in letter.text) == (True, True)


def test_a_title_of_the_team_says_once_that_something_is_wrong(client):
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    answer = client.post(reverse("admin:bookings_booking_enter"), {})
    assert (answer.status_code, answer.content.decode().partition("</title>")[0].count("Erreur")) == (422, 1)


def test_a_place_that_nobody_named_comes_first_and_somebody_s_is_chosen_on_purpose():
    row = firm(session(), places=3, people=people("Ana Exemple"))
    field = NameForm(booking=row).fields["seat"]
    assert [words for _, words in field.choices] == [
        "Choisissez une place",
        "Place 2, à nommer",
        "Place 3, à nommer",
        "À la place d’Ana Exemple",
    ]


def test_the_reason_of_a_credit_note_ends_with_no_full_stop_since_its_letter_ends_the_sentence():
    row = ordered(session(), payer=Payer.PRIVATE, payer_siret=siret(), places=2, finance_email="compta@entreprise.example")
    record_payment(Invoice.objects.get(), Decimal(1360), method=Method.TRANSFER, received_on=NOW.date(), by=None, now=NOW)
    row = holding.fresh(row)
    seats = list(row.seats.filter(rank=1))
    cancelling.cancel(row, seats, by=None, now=NOW, seen=100)
    assert Message.objects.get(kind="billing.credited").text.count("100 % rendus.\n") == 1
