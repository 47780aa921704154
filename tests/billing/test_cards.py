"""Paying by card, over real HTTP on both sides: the portal asks a provider that answers, and the provider calls the portal (D8)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.roles import Role
from billing import gateway, sale, services, waiting_cards
from billing.gateway import Forged, Unavailable
from billing.models import Checkout, GatewayEvent, Invoice, Payment, Refund
from billing.services import cards, refunding
from billing.states import EventOutcome, Kind, Method
from core import clock
from core.refusals import Refused
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import issued
from tests.billing.fake_stripe import SECRET, WEBHOOK_SECRET, FakeStripe, post, provider, signed
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = pytest.mark.django_db
over_http = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stripe(settings: Any) -> Iterator[FakeStripe]:
    with provider() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE = SECRET, WEBHOOK_SECRET, fake.url
        yield fake


@pytest.fixture
def portal(live_server: Any, settings: Any) -> str:
    settings.SECURE_SSL_REDIRECT = False
    settings.PORTAL_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def tell(client: Any) -> Callable[[dict[str, Any]], int]:
    """Give the portal an event without a network between, where the road is not what is tried."""

    def told(event: dict[str, Any]) -> int:
        payload, signature = signed(event)
        headers = {"Stripe-Signature": signature}
        return int(client.post(reverse("payment_events"), payload, content_type="application/json", headers=headers).status_code)

    return told


def remaining(invoice: Invoice) -> Decimal:
    return Invoice.objects.with_balance().get(pk=invoice.pk).remaining


def opened(invoice: Invoice) -> Checkout:
    return cards.open_checkout(invoice, now=clock.now())


@over_http
def test_a_paid_page_closes_the_invoice_once_whatever_the_number_of_times_it_is_told(stripe, portal):
    invoice = issued(now=clock.now())
    checkout = opened(invoice)
    event = stripe.event(str(checkout.session_id))
    assert [stripe.tell(portal, event) for _ in range(3)] == [200, 200, 200]
    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.reference) == (Decimal(5000), Method.CARD, f"pi_{checkout.session_id}")
    assert remaining(invoice) == 0
    assert list(GatewayEvent.objects.values_list("outcome", flat=True)) == [EventOutcome.PAID]


def test_opening_a_page_marks_nothing_paid(stripe):
    invoice = issued(now=clock.now())
    opened(invoice)
    assert (remaining(invoice), Payment.objects.count()) == (Decimal(5000), 0)


@over_http
def test_a_forged_event_has_no_effect_and_answers_400(stripe, portal):
    checkout = opened(issued(now=clock.now()))
    event = stripe.event(str(checkout.session_id))
    address = f"{portal}{reverse('payment_events')}"
    forged = [
        stripe.tell(portal, event, secret="whsec_of_another"),
        post(address, b'{"id": "evt_1"}', {"Stripe-Signature": "t=1,v1=00"}),
        post(address, b"not json", {}),
        post(address, b"\xff\xfe", {"Stripe-Signature": "\xe9"}),
    ]
    assert (forged, GatewayEvent.objects.count(), Payment.objects.count()) == ([400] * 4, 0, 0)


@over_http
def test_an_event_signed_long_ago_is_refused(stripe, portal):
    checkout = opened(issued(now=clock.now()))
    assert stripe.tell(portal, stripe.event(str(checkout.session_id)), age=601) == 400
    assert Payment.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.parametrize("attempt", range(3))
@over_http
def test_the_same_event_twenty_times_at_once_has_one_effect(stripe, portal, attempt):
    invoice = issued(now=clock.now())
    event = stripe.event(str(opened(invoice).session_id))
    assert race(*(partial(stripe.tell, portal, event) for _ in range(20))) == [200] * 20
    assert (Payment.objects.count(), GatewayEvent.objects.count(), remaining(invoice)) == (1, 1, 0)


@pytest.mark.postgres
@over_http
def test_without_the_provider_s_names_the_same_payment_would_count_twice(stripe):
    """The twin: the row of the event and its unique names are what the test above relies on."""
    invoice, look = issued(now=clock.now()), Barrier(2, timeout=PATIENCE)

    def naive() -> None:
        known = Payment.objects.filter(invoice=invoice).exists()
        look.wait()
        if not known:
            now = clock.now()
            services.record_payment(invoice, Decimal(5000), method=Method.CARD, received_on=now.date(), by=None, now=now)

    race(naive, naive)
    assert (Payment.objects.count(), remaining(invoice)) == (2, Decimal(-5000))


@pytest.mark.postgres
@over_http
def test_two_events_of_one_payment_at_once_count_it_once(stripe, portal):
    invoice = issued(now=clock.now())
    session = str(opened(invoice).session_id)
    told = [stripe.event(session), stripe.event(session, "checkout.session.async_payment_succeeded")]
    assert race(*(partial(stripe.tell, portal, event) for event in told)) == [200, 200]
    outcomes = sorted(GatewayEvent.objects.values_list("outcome", flat=True))
    assert (outcomes, Payment.objects.count(), remaining(invoice)) == ([EventOutcome.NOTHING, EventOutcome.PAID], 1, 0)


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"amount_total": 499_900}, "montant : 4999, attendu 5000.00"),
        ({"currency": "usd"}, "devise : USD, attendu EUR"),
        ({"client_reference_id": "F2027-9999"}, "document : F2027-9999, attendu "),
    ],
)
def test_another_amount_currency_or_document_waits_for_a_person(stripe, tell, changes, note):
    invoice = issued(now=clock.now())
    event = stripe.event(str(opened(invoice).session_id), **changes)
    assert tell(event) == 200
    kept = GatewayEvent.objects.get()
    assert (kept.outcome, Payment.objects.count(), remaining(invoice)) == (EventOutcome.MISMATCH, 0, Decimal(5000))
    assert note in kept.note
    assert list(GatewayEvent.objects.waiting()) == [kept]


def test_a_dispute_waits_for_a_person(stripe, tell):
    thing = {"id": "dp_1", "payment_intent": "pi_9", "amount": 500_000, "currency": "eur"}
    told = {"id": "evt_dispute", "type": "charge.dispute.created", "created": int(clock.now().timestamp()), "data": {"object": thing}}
    assert tell(told) == 200
    kept = GatewayEvent.objects.waiting().get()
    assert (kept.amount, kept.payment_id, "conteste" in kept.note) == (Decimal(5000), "pi_9", True)


def test_a_page_we_did_not_open_waits_for_a_person(stripe, tell):
    stripe.sessions["cs_other"] = {
        "id": "cs_other",
        "amount_total": 100,
        "currency": "eur",
        "client_reference_id": "",
        "payment_intent": None,
    }
    assert tell(stripe.event("cs_other")) == 200
    assert GatewayEvent.objects.get().outcome == EventOutcome.UNKNOWN


def test_events_that_come_out_of_order_change_nothing(stripe, tell):
    invoice = issued(now=clock.now())
    session = str(opened(invoice).session_id)
    paid, expired = stripe.event(session), stripe.event(session, "checkout.session.expired")
    assert [tell(event) for event in (paid, expired)] == [200, 200]
    assert remaining(invoice) == 0


def test_a_card_that_pays_after_a_transfer_is_counted_and_waits_to_be_given_back_without_credit_note(stripe, tell):
    now, staff = clock.now(), UserFactory()
    invoice = issued(now=now)
    checkout = opened(invoice)
    services.record_payment(invoice, Decimal(5000), method=Method.TRANSFER, received_on=now.date(), by=None, now=now)
    assert tell(stripe.event(str(checkout.session_id))) == 200
    assert (GatewayEvent.objects.get().outcome, remaining(invoice)) == (EventOutcome.TOO_MUCH, Decimal(-5000))
    refund = cards.refund(Payment.objects.get(method=Method.CARD), reason="Payée deux fois", by=staff, now=now)
    assert (refund.credit_note, refund.amount, remaining(invoice)) == (None, Decimal(5000), 0)
    assert Invoice.objects.filter(kind=Kind.CREDIT).count() == 0


def test_a_refund_comes_with_its_credit_note_and_is_asked_of_the_provider_once(stripe, tell):
    now, staff = clock.now(), UserFactory()
    invoice = issued(now=now)
    tell(stripe.event(str(opened(invoice).session_id)))
    payment = Payment.objects.get()
    first = cards.refund(payment, amount=Decimal(1000), reason="Réduction votée", by=staff, now=now)
    assert (str(first.credit_note)[:1], first.credit_note.gross, first.done_on is not None) == ("A", Decimal(1000), True)
    cards.ask_provider(first, now=now)
    assert (stripe.asked.count("/v1/refunds"), remaining(invoice)) == (1, 0)
    with pytest.raises(Refused, match="On ne rend pas plus"):
        cards.refund(payment, amount=Decimal("4000.01"), reason="Trop", by=staff, now=now)


def test_a_refund_that_the_provider_did_not_hear_stays_owed_and_is_asked_again_under_the_same_key(stripe, tell):
    now, staff = clock.now(), UserFactory()
    invoice = issued(now=now)
    tell(stripe.event(str(opened(invoice).session_id)))
    stripe.is_down = True
    with pytest.raises(Unavailable):
        cards.refund(Payment.objects.get(), reason="Annulée", by=staff, now=now)
    owed = Refund.objects.open().get()
    stripe.is_down = False
    cards.settle_refunds(now=now)
    cards.settle_refunds(now=now)
    owed.refresh_from_db()
    assert (owed.done_on is not None, len(stripe.refunds), remaining(invoice)) == (True, 1, 0)


def test_a_refund_refused_by_the_bank_is_to_be_given_back_otherwise(stripe, tell):
    now, staff = clock.now(), UserFactory()
    invoice = issued(now=now)
    tell(stripe.event(str(opened(invoice).session_id)))
    refund = cards.refund(Payment.objects.get(), reason="Annulée", by=staff, now=now)
    failed = {"id": "evt_failed", "type": "refund.failed", "created": int(now.timestamp())}
    thing = {**stripe.refunds[str(refund.provider_id)], "status": "failed"}
    assert tell({**failed, "data": {"object": thing}}) == 200
    assert (GatewayEvent.objects.waiting().count(), remaining(invoice)) == (1, Decimal(-5000))


def test_a_refund_that_the_provider_refuses_for_good_is_given_up_listed_and_to_give_back_by_transfer(stripe, tell):
    now, staff = clock.now(), UserFactory()
    invoice = issued(now=now)
    tell(stripe.event(str(opened(invoice).session_id)))
    stripe.declines = "This charge is disputed."
    with pytest.raises(Refused, match="This charge is disputed"):
        cards.refund(Payment.objects.get(), reason="Annulée", by=staff, now=now)
    asked = stripe.asked.count("/v1/refunds")
    cards.settle_refunds(now=now)
    event = GatewayEvent.objects.waiting().get()
    assert (stripe.asked.count("/v1/refunds"), Refund.objects.open().count(), event.amount) == (asked, 0, Decimal(5000))
    assert "disputed" in event.note
    assert [(row.label, row.count) for row in waiting_cards.waiting(now) if row.count] == [("paiement par carte à regarder", 1)]
    assert [(row, row.__dict__["excess"]) for row in refunding.to_give_back()] == [(invoice, Decimal(5000))]


def test_a_refund_refused_to_the_sweep_is_given_up_too(stripe, tell):
    now, staff = clock.now(), UserFactory()
    tell(stripe.event(str(opened(issued(now=now)).session_id)))
    stripe.is_down = True
    with pytest.raises(Unavailable):
        cards.refund(Payment.objects.get(), reason="Annulée", by=staff, now=now)
    later = now + timedelta(hours=2)
    assert [row.label for row in waiting_cards.waiting(later) if row.count] == ["remboursement par carte sans réponse"]
    stripe.is_down, stripe.declines = False, "Insufficient balance."
    cards.settle_refunds(now=later)
    assert (Refund.objects.get().given_up_at, GatewayEvent.objects.waiting().count()) == (later, 1)


@pytest.mark.parametrize("metadata", [True, False])
def test_a_refund_told_before_our_row_knows_its_name_is_not_lost(stripe, tell, metadata):
    now, staff = clock.now(), UserFactory()
    invoice = issued(now=now)
    tell(stripe.event(str(opened(invoice).session_id)))
    refund = cards.refund(Payment.objects.get(), reason="Annulée", by=staff, now=now)
    thing = {**stripe.refunds[str(refund.provider_id)], "status": "failed"} | ({} if metadata else {"metadata": {}})
    Refund.objects.filter(pk=refund.pk).update(provider_id=None, done_on=None, done_at=None)
    told = {"id": "evt_early", "type": "refund.failed", "created": int(now.timestamp()), "data": {"object": thing}}
    assert tell(told) == 200
    refund.refresh_from_db()
    assert (refund.provider_id, refund.given_up_at is not None) == (thing["id"], True)
    cards.ask_provider(refund, now=now)
    assert (Refund.objects.done().count(), remaining(invoice)) == (0, Decimal(-5000))


def test_what_the_database_refuses_is_an_error_so_that_the_provider_tells_again(stripe, tell, monkeypatch):
    invoice = issued(now=clock.now())
    event = stripe.event(str(opened(invoice).session_id))
    with monkeypatch.context() as broken:
        broken.setattr(cards, "record_payment", raising(IntegrityError("CHECK constraint failed")))
        with pytest.raises(IntegrityError):
            tell(event)
    assert (GatewayEvent.objects.count(), tell(event), remaining(invoice)) == (0, 200, 0)


def test_a_payment_without_a_name_waits_for_a_person(stripe, tell):
    for _ in range(2):
        session = str(opened(issued(now=clock.now())).session_id)
        assert tell(stripe.event(session, payment_intent=None)) == 200
    assert (GatewayEvent.objects.waiting().count(), Payment.objects.count()) == (2, 0)


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def test_asking_twice_is_one_page_and_one_session(stripe):
    invoice = issued(now=clock.now())
    assert opened(invoice).pk == opened(invoice).pk
    assert (Checkout.objects.count(), len(stripe.sessions)) == (1, 1)


@pytest.mark.postgres
@over_http
def test_asking_at_once_is_one_page_and_one_session(stripe):
    invoice = issued(now=clock.now())
    found = race(*(partial(opened, invoice) for _ in range(6)))
    assert ({checkout.session_id for checkout in found}, len(stripe.sessions)) == ({"cs_1"}, 1)


def test_a_page_that_expired_is_replaced_by_another(stripe):
    invoice, now = issued(now=clock.now()), clock.now()
    first = cards.open_checkout(invoice, now=now)
    second = cards.open_checkout(invoice, now=now + gateway.PAGE_LIFE + timedelta(seconds=1))
    assert first.session_id != second.session_id


def test_a_provider_that_is_down_is_said_in_words_and_asking_again_works(stripe):
    invoice = issued(now=clock.now())
    stripe.is_down = True
    with pytest.raises(Unavailable, match="ne répond pas"):
        opened(invoice)
    stripe.is_down = False
    assert opened(invoice).session_id == "cs_1"
    assert Checkout.objects.count() == 1


def test_an_invoice_that_is_paid_has_no_page(stripe):
    now = clock.now()
    invoice = issued(now=now)
    services.record_payment(invoice, Decimal(5000), method=Method.TRANSFER, received_on=now.date(), by=None, now=now)
    with pytest.raises(Refused, match="Il ne reste rien à payer"):
        opened(invoice)


def test_without_a_provider_the_card_is_not_offered_and_its_address_takes_nothing(client, settings):
    invoice = issued(now=clock.now())
    assert not cards.is_offered(invoice)
    with pytest.raises(Refused, match="payez par virement"):
        opened(invoice)
    assert client.post(reverse("payment_events"), b"{}", content_type="application/json").status_code == 404


def test_the_page_of_a_payment_leads_to_the_provider_and_says_when_it_is_settled(stripe, tell, client):
    invoice = issued(now=clock.now())
    checkout = opened(invoice)
    before = client.get(checkout.get_absolute_url()).content.decode()
    assert checkout.url in before
    tell(stripe.event(str(checkout.session_id)))
    assert "est réglée" in client.get(checkout.get_absolute_url()).content.decode()
    assert client.get(reverse("payment", args=["inconnue"])).status_code == 404


def test_the_page_of_a_payment_never_gives_the_address_of_the_file(stripe, client, monkeypatch):
    invoice = issued(now=clock.now())
    checkout = opened(invoice)
    monkeypatch.setattr(sale, "SOLD", [raising(AssertionError("asked who pays"))])
    read = client.get(checkout.get_absolute_url()).content.decode()
    assert ("/dossiers/" in read, "que vous avez reçue par courriel" in read) == (False, True)
    client.force_login(UserFactory())
    assert reverse("invoice", args=[invoice.number]) not in client.get(checkout.get_absolute_url()).content.decode()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    assert reverse("invoice", args=[invoice.number]) in client.get(checkout.get_absolute_url()).content.decode()


def test_in_trial_mode_the_provider_is_played_and_its_events_are_signed(settings, client):
    settings.TRIAL = True
    invoice = issued(now=clock.now())
    checkout = opened(invoice)
    page = reverse("trial_payment", args=[checkout.session_id])
    assert "aucun argent ne bouge" in client.get(page).content.decode()
    assert client.post(page).headers["Location"] == checkout.get_absolute_url()
    client.post(page)
    assert (Payment.objects.count(), remaining(invoice)) == (1, 0)
    with pytest.raises(Forged):
        cards.receive(b"{}", "00", now=clock.now())
    settings.TRIAL = False
    assert client.get(page).status_code == 404


def test_what_was_made_of_an_event_is_said_once(stripe, tell):
    now, staff = clock.now(), UserFactory()
    tell(stripe.event(str(opened(issued(now=now)).session_id), amount_total=1))
    event = GatewayEvent.objects.get()
    cards.settle(event, note="Rendu chez le prestataire.", by=staff, now=now)
    with pytest.raises(Refused, match="déjà occupé"):
        cards.settle(event, note="Encore.", by=staff, now=now)
    assert GatewayEvent.objects.waiting().count() == 0
