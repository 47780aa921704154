"""The one door to the card provider: a hosted page, signed events, refunds (D8, billing.md section 9). No card data comes here.

`gateway()` is None when the portal has no provider: transfer is the normal road, card an option. In trial mode the provider is played
by a page of ours (`Trial`), signed events included, so that everything after it is what production runs.
"""

import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.urls import reverse

from core.addresses import absolute
from core.refusals import Refused

log = logging.getLogger(__name__)
# How old the signature of an event may be: what is older was kept by somebody.
SIGNATURE_AGE = timedelta(minutes=5)
# How long a hosted page may be used; the provider accepts from thirty minutes to a day.
PAGE_LIFE = timedelta(hours=6)
PATIENCE = 10  # seconds: somebody is waiting for the page
AWAY = "Le service de paiement par carte ne répond pas. Réessayez dans quelques minutes, ou payez par virement."


class Forged(Exception):  # noqa: N818 - read as a sentence: `raise Forged(…)`
    """The event does not come from the provider, or is too old to be believed."""


class Unavailable(Refused):
    """The provider did not answer: nothing is known to have happened, asking again is harmless."""


class Declined(Refused):
    """The provider will not do this, however often it is asked; `why` is what it says."""

    def __init__(self, why: str) -> None:
        super().__init__("Le service de paiement a refusé cette demande : payez par virement, ou écrivez-nous.")
        self.why = why


@dataclass(frozen=True)
class Order:
    """What a hosted page is asked for. Asking twice under one key opens one page."""

    number: str
    label: str
    amount: Decimal
    currency: str
    key: str
    back: str
    expires_at: datetime


@dataclass(frozen=True)
class Page:
    session_id: str
    url: str


@dataclass(frozen=True)
class Told:
    """An event, read and its signature checked; `amount` in euros.

    `kind` is « paid », « refunded », « refund_failed », « disputed » or « other ».
    """

    event_id: str
    type: str
    kind: str
    session_id: str = ""
    payment_id: str = ""
    refund_id: str = ""
    amount: Decimal | None = None
    currency: str = ""
    # The document it was paid for, and the row of the refund, as the provider gives them back.
    number: str = ""
    refund: str = ""
    made_at: datetime | None = None


class Gateway(Protocol):
    """A provider of hosted card payments."""

    def open(self, order: Order) -> Page: ...

    def read(self, payload: bytes, signature: str) -> Told:
        """Return what a signed event says; raise `Forged` otherwise."""

    def refund(self, payment_id: str, amount: Decimal, *, key: str, row: str) -> str:
        """Give back, once for a key; return the provider's name of the refund. Its events name `row` again."""

    def state(self, session_id: str) -> str:
        """Return what the provider says of a page today, in words for the treasurer. It marks nothing paid."""


def gateway() -> Gateway | None:
    """Return the provider, or None when the association has none."""
    if settings.TRIAL and not settings.STRIPE_SECRET_KEY:
        return Trial()
    return Stripe() if settings.STRIPE_SECRET_KEY else None


def cents(amount: Decimal) -> int:
    return int((amount * 100).to_integral_exact())


class Stripe:
    """Stripe, by its official client (pinned major); `.to_dict()` at the border. Imported at the first payment."""

    PAID: ClassVar = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
    REFUNDED: ClassVar = frozenset({"refund.updated", "refund.failed", "charge.refund.updated"})

    def open(self, order: Order) -> Page:
        line = {
            "quantity": 1,
            "price_data": {
                "currency": order.currency.lower(),
                "unit_amount": cents(order.amount),
                "product_data": {"name": order.label},
            },
        }
        params = {
            "mode": "payment",
            "line_items": [line],
            "client_reference_id": order.number,
            "success_url": order.back,
            "cancel_url": order.back,
            "expires_at": int(order.expires_at.timestamp()),
            "locale": "fr",
            "payment_method_types": ["card"],
            "payment_intent_data": {"description": order.label, "metadata": {"number": order.number}},
        }
        session = self._asked(lambda client: client.v1.checkout.sessions.create(params, {"idempotency_key": order.key}))
        return Page(session["id"], session["url"])

    def read(self, payload: bytes, signature: str) -> Told:
        import stripe

        try:
            stripe.WebhookSignature.verify_header(
                payload.decode("utf-8"), signature, settings.STRIPE_WEBHOOK_SECRET, int(SIGNATURE_AGE.total_seconds())
            )
            event = json.loads(payload)
            return self._told(event, event["data"]["object"])
        except (stripe.SignatureVerificationError, ValueError, LookupError, TypeError, AttributeError) as refused:
            raise Forged(type(refused).__name__) from None

    def _told(self, event: dict[str, Any], thing: dict[str, Any]) -> Told:
        told: dict[str, Any] = {"made_at": datetime.fromtimestamp(int(event["created"]), UTC)}
        kind, name = "other", str(event["type"])
        if name in self.PAID:
            kind = "paid" if thing.get("payment_status") == "paid" else "other"
            told |= {"session_id": thing["id"], "payment_id": thing.get("payment_intent") or ""}
            told |= {"number": thing.get("client_reference_id") or ""}
            told |= {"amount": Decimal(int(thing["amount_total"])) / 100, "currency": str(thing["currency"]).upper()}
        elif name in self.REFUNDED:
            kind = {"succeeded": "refunded", "failed": "refund_failed", "canceled": "refund_failed"}.get(str(thing.get("status")), "other")
            told |= {"refund_id": thing["id"], "payment_id": thing.get("payment_intent") or ""}
            told |= {"amount": Decimal(int(thing["amount"])) / 100, "refund": str((thing.get("metadata") or {}).get("refund") or "")}
        elif name == "charge.dispute.created":
            kind = "disputed"
            told |= {"payment_id": thing.get("payment_intent") or "", "currency": str(thing["currency"]).upper()}
            told |= {"amount": Decimal(int(thing["amount"])) / 100}
        elif name.startswith("checkout.session."):
            told |= {"session_id": thing["id"]}
        return Told(event_id=str(event["id"]), type=name, kind=kind, **told)

    def refund(self, payment_id: str, amount: Decimal, *, key: str, row: str) -> str:
        params = {"payment_intent": payment_id, "amount": cents(amount), "metadata": {"refund": row}}
        return str(self._asked(lambda client: client.v1.refunds.create(params, {"idempotency_key": key}))["id"])

    def state(self, session_id: str) -> str:
        session = self._asked(lambda client: client.v1.checkout.sessions.retrieve(session_id))
        words = {"paid": "payée", "unpaid": "pas encore payée", "no_payment_required": "rien à payer"}
        state = {"open": "ouverte", "complete": "terminée", "expired": "expirée"}.get(str(session["status"]), str(session["status"]))
        return f"{state}, {words.get(str(session['payment_status']), str(session['payment_status']))}"

    def _asked(self, call: Any) -> Mapping[str, Any]:
        import stripe

        addresses: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else None
        http = stripe.RequestsClient(timeout=PATIENCE)
        client = stripe.StripeClient(settings.STRIPE_SECRET_KEY, base_addresses=addresses, http_client=http, max_network_retries=1)
        try:
            answer: Mapping[str, Any] = call(client).to_dict()
        except (stripe.InvalidRequestError, stripe.CardError) as refused:
            raise Declined(str(refused.user_message or refused.code or "sans motif")) from refused
        except stripe.StripeError as away:  # also a key that is wrong: put right, the same request is taken
            log.warning("card provider: %s", type(away).__name__)
            raise Unavailable(AWAY) from away
        return answer


class Trial:
    """The provider of the trial mode: its hosted page is ours (`billing.views.cards.trial_page`), its events are signed all the same."""

    def open(self, order: Order) -> Page:
        session_id = f"essai_{hmac.new(_trial_key(), order.key.encode(), 'sha256').hexdigest()[:32]}"
        return Page(session_id, absolute(reverse("trial_payment", args=[session_id])))

    def read(self, payload: bytes, signature: str) -> Told:
        if not hmac.compare_digest(signature.encode(), trial_signature(payload).encode()):
            raise Forged("signature")
        event = json.loads(payload)
        event["amount"] = Decimal(event["amount"])
        return Told(**event, made_at=None)

    def refund(self, payment_id: str, amount: Decimal, *, key: str, row: str) -> str:
        return f"essai_r_{hmac.new(_trial_key(), key.encode(), 'sha256').hexdigest()[:24]}"

    def state(self, session_id: str) -> str:
        return "page d’essai"


def trial_event(session_id: str, number: str, amount: str) -> tuple[bytes, str]:
    """Return what the played provider tells when its page is paid, and its signature."""
    paid = {"kind": "paid", "type": "essai.paid", "currency": "EUR", "session_id": session_id, "number": number, "amount": amount}
    payload = json.dumps({"event_id": f"essai_e_{secrets.token_hex(12)}", "payment_id": f"essai_p_{session_id[-24:]}", **paid}).encode()
    return payload, trial_signature(payload)


def trial_signature(payload: bytes) -> str:
    return hmac.new(_trial_key(), payload, "sha256").hexdigest()


def _trial_key() -> bytes:
    return f"essai:{settings.SECRET_KEY}".encode()
