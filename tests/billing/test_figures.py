"""The treasurer's day on the first page of the admin; documents and payments found by the search box."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.roles import Role
from billing import figures, services
from billing.models import Transmission
from billing.services.numbering import day_of
from billing.states import Method
from core import clock
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.bank_factories import line
from tests.billing.factories import association, body, dues, firm, issued, seat, siret

pytestmark = pytest.mark.django_db


@pytest.fixture
def treasurer(db):
    return UserFactory(roles=[Role.TREASURER])


def bare(text) -> str:
    return str(text).replace("\u202f", " ").replace("\u00a0", " ")


def found(user, words):
    return [(each.group, bare(each.title)) for each in figures.found(user, words)]


def pay(invoice, amount=5000, **fields):
    now = clock.now()
    return services.record_payment(
        invoice, Decimal(amount), method=Method.TRANSFER, received_on=day_of(now), by=None, now=now, **fields
    )  # fmt: skip


def test_the_first_page_tells_the_treasurer_what_waits_and_what_came(client: Client, treasurer):
    now = clock.now()
    association()
    Transmission.objects.get_or_create(invoice=issued(now=now), defaults={"changed_at": now})
    pay(issued(firm(), dues(), now=now), 1234)
    line("17.00", label="?")
    page = bare(sign_in(client, treasurer).get("/admin/").content.decode())
    for label, value in (("À déposer sur Chorus Pro", "1"), ("À rapprocher", "1"), ("En retard", "0 €"), ("Reçu ce mois-ci", "1 234 €")):
        assert f"<span>{label}</span> <strong>{value}</strong>" in page


@pytest.mark.parametrize("roles", [[Role.STAFF], [Role.ADMINISTRATOR]])
def test_it_is_the_treasurers_alone(client: Client, roles):
    assert "Trésorerie</h2>" not in sign_in(client, UserFactory(roles=roles)).get("/admin/").content.decode()


def test_a_document_is_found_by_number_payer_siret_order_number_and_amount(treasurer):
    number = siret(7)
    invoice = issued(firm(name="Atelier d’Exemple", siret=number, commitment_number="BC-2027/118"), seat(), now=clock.now())
    issued(now=clock.now())
    one = [("Factures et avoirs", f"Facture {invoice.number}, Atelier d’Exemple")]
    for words in (invoice.number, invoice.number.lower(), "atelier", number, "BC-2027/118", "680", "680,00 €"):
        assert found(treasurer, words) == one, words


def test_a_payment_is_found_by_amount_and_reference(treasurer):
    invoice = issued(body(name="Ville d’Exemple"), now=clock.now())
    payment = pay(invoice, "4999", reference="CHQ-77881")
    for words in ("4 999,00", "4999", "chq-77881"):
        assert found(treasurer, words) == [("Paiements", f"4 999 €, {payment}")], words


def test_whoever_may_not_read_invoices_finds_none(treasurer):
    invoice = issued(now=clock.now())
    pay(invoice)
    assert found(UserFactory(roles=[Role.ADMINISTRATOR]), invoice.number) == found(UserFactory(), "5000") == []


def test_a_sign_finds_nothing(treasurer):
    issued(now=clock.now())
    assert found(treasurer, "%") == []


def test_as_many_questions_for_one_found_as_for_three(treasurer, django_assert_num_queries):
    issued(body(name="Ville d’Exemple"), now=clock.now())
    found(treasurer, "ville")
    with django_assert_num_queries(1):
        found(treasurer, "ville")
    issued(body(name="Ville d’Exemple-Nord"), now=clock.now())
    issued(body(name="Ville d’Exemple-Sud"), now=clock.now())
    with django_assert_num_queries(1):
        assert len(found(treasurer, "ville")) == 3
