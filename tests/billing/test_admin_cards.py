"""Cards in the admin: the treasurer says what was made of money that came otherwise than asked, and gives back by card."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.roles import Role
from billing import gateway
from billing.models import Checkout, GatewayEvent, Invoice, Payment
from billing.services import cards
from billing.states import Kind
from core import clock
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import issued
from tests.billing.test_cards import stripe, tell

__all__ = ["stripe", "tell"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def treasurer(client: Any) -> Any:
    person = UserFactory(roles=[Role.TREASURER])
    sign_in(client, person)
    return person


def paid(stripe, tell, **changes: Any) -> GatewayEvent:
    checkout = cards.open_checkout(issued(now=clock.now()), now=clock.now())
    tell(stripe.event(str(checkout.session_id), **changes))
    return GatewayEvent.objects.get()


def test_what_was_made_of_a_strange_payment_is_typed_once(stripe, tell, client, treasurer):
    event = paid(stripe, tell, amount_total=100)
    page = client.get(reverse("admin:billing_gatewayevent_change", args=[event.pk])).content.decode()
    assert "Dire ce qui a été fait" in page
    address = reverse("admin:billing_gatewayevent_suite", args=[event.pk])
    assert client.post(address, {"note": ""}).status_code == 422
    assert client.post(address, {"note": "Rendu chez le prestataire."}).status_code == 302
    event.refresh_from_db()
    assert "Rendu chez le prestataire." in event.settlement
    assert client.get(reverse("admin:billing_gatewayevent_changelist") + "?attente=oui").context["cl"].result_count == 0


def test_giving_back_by_card_makes_the_credit_note(stripe, tell, client, treasurer):
    event = paid(stripe, tell)
    address = reverse("admin:billing_gatewayevent_rendre", args=[event.pk])
    assert "5000,00" in client.get(address).content.decode()
    assert client.post(address, {"amount": "6 000", "reason": "Trop"}).status_code == 422
    assert client.post(address, {"amount": "1 000,00 €", "reason": "Réduction votée"}).status_code == 302
    assert Invoice.objects.get(kind=Kind.CREDIT).gross == Decimal(1000)


def test_money_asks_the_second_factor_again_after_a_quarter_of_an_hour(stripe, tell, client):
    person = UserFactory(roles=[Role.TREASURER])
    sign_in(client, person, seconds_ago=1000)
    event = paid(stripe, tell)
    assert client.get(reverse("admin:billing_gatewayevent_rendre", args=[event.pk])).status_code == 302


def test_a_reader_of_the_team_sees_neither_pages_nor_events(stripe, tell, client):
    event = paid(stripe, tell)
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    names = ["admin:billing_gatewayevent_change", "admin:billing_gatewayevent_suite", "admin:billing_gatewayevent_rendre"]
    assert [client.get(reverse(name, args=[event.pk])).status_code for name in names] == [403, 403, 403]


def test_a_payment_page_asks_the_provider_when_it_is_clicked_and_not_when_it_is_read(stripe, tell, client, treasurer, monkeypatch):
    paid(stripe, tell)
    checkout = Checkout.objects.get()
    page, ask = (reverse(f"admin:billing_checkout_{name}", args=[checkout.pk]) for name in ("change", "ask"))

    def away(*_):
        raise gateway.Unavailable("Le prestataire ne répond pas.")

    with monkeypatch.context() as cut:
        cut.setattr(gateway.Stripe, "_asked", away)
        read = client.get(page).content.decode()
        assert ("Demander son état au prestataire" in read, "ne répond pas" in read, client.get(ask).status_code) == (True, False, 405)
        assert "ne répond pas" in client.post(ask, follow=True).content.decode()
    assert "terminée, payée" in client.post(ask, follow=True).content.decode()
    assert Payment.objects.count() == 1


def test_who_does_not_reconcile_asks_the_provider_nothing(stripe, tell, client):
    paid(stripe, tell)
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    assert client.post(reverse("admin:billing_checkout_ask", args=[Checkout.objects.get().pk])).status_code == 403
