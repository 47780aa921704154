"""A finance department's address: its invoices, the agreement, the references, the payment of one order, and nothing else."""

import pytest
import time_machine
from django.urls import reverse

from bookings import links, paper_emails
from bookings.asks import Person
from bookings.models import Booking
from bookings.services import holding, invoicing
from bookings.sold import teller
from bookings.states import Payer
from core.logs import masked
from mailing.models import Message
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, session

pytestmark = pytest.mark.django_db
FINANCE = "finances@ville.example"
WHO = Person("Camille Exemple", "camille@ville.example", "", "Sans gluten.")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def at(booking, name="booking_finance", *more):
    return reverse(name, args=[links.finance_secret(booking), *more])


def private():
    return ordered(session(), payer=Payer.PRIVATE, payer_siret=siret(), finance_email=FINANCE, people=(WHO,))


def test_it_reads_its_invoice_and_nothing_of_who_comes(client):
    booking = private()
    [invoice] = invoicing.standing(booking)
    page = client.get(at(booking))
    words = page.content.decode()
    assert (page.status_code, invoice.number in words, links.secret_of(booking) in words) == (200, True, False)
    assert [hidden in words for hidden in ("Camille Exemple<", "Sans gluten", "Annuler", "Remplacer")] == [False] * 4
    assert client.get(at(booking, "booking_finance_invoice", invoice.number))["Content-Type"] == "application/pdf"


def test_it_opens_no_page_of_the_order_and_the_order_s_no_page_of_it(client):
    booking = private()
    theirs = [reverse(name, args=[links.finance_secret(booking)]) for name in ("booking", "booking_cancel", "booking_move")]
    assert [client.get(path).status_code for path in theirs] == [404] * 3
    assert client.get(reverse("booking_finance", args=[links.secret_of(booking)])).status_code == 404


@pytest.mark.parametrize("token", ["1", "-", "1-", "x-y", "9" * 40 + "-a", "²-a", "1-" + "0" * 64])
def test_an_invented_address_opens_nothing(client, token):
    private()
    assert client.get(reverse("booking_finance", args=[token])).status_code == 404


def test_given_another_address_the_former_link_is_dead(client):
    booking = private()
    former = at(booking)
    Booking.objects.filter(pk=booking.pk).update(finance_email="autres-finances@ville.example")
    assert [client.get(path).status_code for path in (former, at(holding.fresh(booking)))] == [404, 200]


def test_it_gives_the_references_of_the_invoice_and_its_history_says_who(client):
    booking = firm(session(), finance_email=FINANCE)
    said = {
        "payer_name": "Ville d’Exemple", "payer_siret": siret(), "payer_address": "1, place de l’Exemple", "payer_postcode": "35000",
        "payer_city": "Exempleville", "commitment_number": "EJ-9", "invoice_by": "ORDER", "finance_email": "intrus@ville.example",
    }  # fmt: skip
    answer = client.post(at(booking, "booking_finance_references"), said)
    booking.refresh_from_db()
    assert (answer.status_code, answer["Location"], booking.commitment_number, booking.finance_email) == (302, at(booking), "EJ-9", FINANCE)
    assert FINANCE in booking.steps.order_by("pk").last().by_name


def test_what_billing_writes_to_it_carries_its_own_address():
    booking = private()
    [invoice] = invoicing.standing(booking)
    sold = teller(lambda _, __: ())(invoice)
    assert (sold.to, sold.address) == (FINANCE, links.payer_address_of(booking))
    alone = ordered(session(), payer=Payer.PRIVATE, payer_siret=siret())
    assert teller(lambda _, __: ())(invoicing.standing(alone)[0]).address == links.address_of(alone)


def test_a_letter_with_papers_goes_to_each_with_their_own_address():
    booking = firm(session(), finance_email=FINANCE)
    paper_emails.post_quote(booking, now=NOW)
    letters = Message.objects.filter(kind="bookings.quote")
    mine, theirs = letters.get(to=booking.email), letters.get(to=FINANCE)
    assert (mine.cc, links.secret_of(booking) in mine.text, links.secret_of(booking) in theirs.text) == ("", True, False)
    assert (links.payer_address_of(booking) in theirs.text, booking.name in theirs.text) == (True, False)


def test_its_secret_is_masked_in_logs():
    booking = private()
    assert masked(f"GET {at(booking)}") == "GET /facturation/[secret]/"


# --- Needs ----------------------------------------------------------------------------------------------------------


def test_needs_are_never_given_back_to_the_page_and_left_empty_they_are_kept(client):
    booking = firm(session(), people=(WHO,))
    seat = booking.seats.get()
    assert ["Sans gluten" in client.get(links.path_of(booking)).content.decode(), seat.needs] == [False, "Sans gluten."]
    name = f"place-{seat.pk}"
    typed = {f"{name}-name": "Camille Exemple", f"{name}-email": "camille@ville.example", f"{name}-job": "Cheffe", f"{name}-needs": ""}
    for needs, name_said, kept in (
        ("", "Camille Exemple", "Sans gluten."),
        ("aucun", "Camille Exemple", "aucun"),
        ("", "Alix Exemple", ""),
    ):
        client.post(reverse("booking_people", args=[links.secret_of(booking)]), typed | {f"{name}-needs": needs, f"{name}-name": name_said})
        seat.refresh_from_db()
        assert (seat.name, seat.needs) == (name_said, kept)


def test_the_way_back_of_a_finance_department_is_its_own_page(client):
    row = firm(session(), payer_siret=siret(), finance_email=FINANCE)
    page = client.get(f"{links.payer_path_of(row)}references/").content.decode()
    assert (f'href="{links.payer_path_of(row)}">Revenir à la facturation' in page, "Revenir à ma commande" in page) == (True, False)
