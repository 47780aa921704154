"""The pages of Chorus Pro, reminders, cards and accounts, for `tests/pages.py`: each act on a row that it suits."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from accounts.models import User
from billing import gateway
from billing.models import Checkout, GatewayEvent, Invoice, Terms, Transmission
from billing.services import cards, reminding
from core import clock

EVERYBODY, STAFF = "everybody", "staff"


def furnish(staff: User) -> None:
    """One reminder held; one invoice paid by card, then paid again by its page that stayed open."""
    now = clock.now()
    Terms.current().save()
    held, by_card = reminding.asked(on=now.date()).order_by("pk")[:2]
    reminding.hold(held, reason="La mairie règle vendredi.", by=staff, now=now)
    checkout = cards.open_checkout(by_card, now=now)
    cards.receive(*gateway.trial_event(str(checkout.session_id), by_card.number, str(checkout.amount)), now=now)
    cards.receive(*gateway.trial_event("cs_inconnue", by_card.number, "12.00"), now=now)


def _at(name: str, *arguments: Any) -> str:
    return reverse(f"admin:billing_{name}", args=arguments)


def _of(name: str, rows: Callable[[], Any]) -> Callable[[Any], list[str]]:
    return lambda _: [_at(name, row.pk) for row in rows().order_by("pk")[:1]]


def _deposits(_: Any) -> list[str]:
    """To note, to correct, to make again; the page of each too."""
    rows = [Transmission.objects.filter(state=state).order_by("pk")[0] for state in ("TO_DEPOSIT", "INTEGRATED", "REJECTED")]
    return [_at(name, row.pk) for row in rows for name in ("transmission_deposit", "transmission_change")]


PAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "payment": (EVERYBODY, lambda _: [row.get_absolute_url() for row in Checkout.objects.order_by("pk")]),
    "trial_payment": (EVERYBODY, lambda _: [reverse("trial_payment", args=[row.session_id]) for row in Checkout.objects.order_by("pk")]),
    "admin:billing_accounts_year": (
        STAFF,
        lambda _: [_at("accounts_year", row) for row in Invoice.objects.values_list("year", flat=True)[:1]],
    ),
    "admin:billing_transmission_deposit": (STAFF, _deposits),
    "admin:billing_transmission_answer": (STAFF, _of("transmission_answer", lambda: Transmission.objects.filter(state="INTEGRATED"))),
    "admin:billing_reminderhold_hold": (STAFF, _of("reminderhold_hold", Invoice.objects.unpaid)),
    "admin:billing_gatewayevent_suite": (STAFF, _of("gatewayevent_suite", GatewayEvent.objects.waiting)),
    "admin:billing_gatewayevent_rendre": (STAFF, _of("gatewayevent_rendre", lambda: GatewayEvent.objects.exclude(payment=None))),
}
NOT_PAGES = {
    "a file of the accountant, looked at in tests/billing": "admin:billing_accounts_fec admin:billing_accounts_xlsx"
    " admin:billing_accounts_aged",
    "what the provider tells, by POST": "payment_events",
    "leads to the one row of terms": "admin:billing_terms_changelist",
    "an act on a reminder, by POST": "admin:billing_reminderhold_release",
    "a question to the provider, by POST": "admin:billing_checkout_ask",
}
