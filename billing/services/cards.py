"""Paying by card (D8): a page asked for, events that alone mark paid, refunds with their credit note."""

import logging
import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from billing import gateway as providers
from billing.gateway import Gateway, Order, Told
from billing.models import Checkout, GatewayEvent, Invoice, Payment, Refund
from billing.services.crediting import credit
from billing.services.payments import hold_invoice, record_payment
from billing.states import EventOutcome, Kind, Method
from core.addresses import absolute
from core.clock import PARIS
from core.money import euros
from core.refusals import Refused
from records.services import record

log = logging.getLogger(__name__)
CURRENCY = "EUR"
DECLINED = "Le remboursement par carte est refusé : rendez cette somme par virement, après avoir vérifié chez le prestataire."
DISPUTED = "Le payeur conteste ce paiement auprès de sa banque : répondez chez le prestataire, la somme peut être reprise."
NO_CARD = "Le paiement par carte n’est pas proposé : payez par virement."


def is_offered(invoice: Invoice) -> bool:
    """True when a card may be proposed for this document; it says nothing of what remains to pay."""
    return invoice.kind == Kind.INVOICE and providers.gateway() is not None


def open_checkout(invoice: Invoice, *, now: datetime) -> Checkout:
    """Return the page on which what remains of an invoice is paid by card: one page at a time, however often it is asked for.

    The provider is asked outside any transaction, under the row's own key: two requests at once open one page there too.
    Raises `Refused` when nothing remains, `Unavailable` when the provider does not answer: asking again is harmless.
    """
    provider = _provider()
    checkout = _asked(invoice, now=now)
    if not checkout.session_id:
        page = provider.open(_order(checkout))
        Checkout.objects.filter(pk=checkout.pk, session_id=None).update(session_id=page.session_id, url=page.url)
        checkout.refresh_from_db()
    return checkout


def _provider() -> Gateway:
    if (provider := providers.gateway()) is None:
        raise Refused(NO_CARD)
    return provider


@transaction.atomic
def _asked(invoice: Invoice, *, now: datetime) -> Checkout:
    """Return the living page of this invoice and this amount, or a row for a new one."""
    remaining = hold_invoice(invoice).remaining
    if invoice.kind != Kind.INVOICE or remaining <= 0:
        raise Refused("Il ne reste rien à payer sur cette facture.")
    living = Checkout.objects.filter(invoice=invoice, amount=remaining, expires_at__gt=now).order_by("-pk").first()
    if living:
        return living
    key, until = secrets.token_urlsafe(24), now + providers.PAGE_LIFE
    return Checkout.objects.create(
        invoice=invoice, amount=remaining, currency=CURRENCY, idempotency_key=key, created_at=now, expires_at=until
    )


def _order(checkout: Checkout) -> Order:
    invoice = checkout.invoice
    return Order(
        number=invoice.number,
        label=f"{invoice.title}, {invoice.subject}"[:200],
        amount=checkout.amount,
        currency=checkout.currency,
        key=checkout.idempotency_key,
        back=absolute(checkout.get_absolute_url()),
        expires_at=checkout.expires_at or checkout.created_at + providers.PAGE_LIFE,
    )


# --- What the provider tells -----------------------------------------------------------------------------


def receive(payload: bytes, signature: str, *, now: datetime) -> EventOutcome | None:
    """Take an event: signed, or `Forged` is raised; told once, whatever the number of times it comes and their order.

    Returns what it did; None for one already taken.
    """
    return take(_provider().read(payload, signature), now=now)


def take(told: Told, *, now: datetime) -> EventOutcome | None:
    """Give an event its effect, in one transaction with its row: of twenty at once, one writes.

    Whoever was second looks again, and finds it taken. What the database refuses twice is no race: it is raised, and told again.
    """
    try:
        return _take(told, now=now)
    except IntegrityError:
        return _take(told, now=now)


@transaction.atomic
def _take(told: Told, *, now: datetime) -> EventOutcome | None:
    checkout = Checkout.objects.select_for_update(of=("self",)).select_related("invoice").filter(session_id=told.session_id or None).first()
    if GatewayEvent.objects.filter(event_id=told.event_id).exists():
        return None
    if told.kind == "paid":
        return _paid(told, checkout, now=now)
    if told.kind in ("refunded", "refund_failed"):
        return _refunded(told, now=now)
    if told.kind == "disputed":
        _keep(told, EventOutcome.MISMATCH, now=now, note=DISPUTED)
        return EventOutcome.MISMATCH
    _keep(told, EventOutcome.NOTHING, now=now)
    return EventOutcome.NOTHING


def _paid(told: Told, checkout: Checkout | None, *, now: datetime) -> EventOutcome:
    if checkout is None:
        _keep(told, EventOutcome.UNKNOWN, now=now, note="Le portail n’a pas ouvert cette page de paiement.")
        return EventOutcome.UNKNOWN
    if not told.payment_id:
        _keep(told, EventOutcome.UNKNOWN, now=now, note="Le prestataire ne nomme pas ce paiement : il n’est pas compté.")
        return EventOutcome.UNKNOWN
    if Payment.objects.filter(reference=told.payment_id).exists():
        _keep(told, EventOutcome.NOTHING, now=now, note="Ce paiement est déjà compté.")
        return EventOutcome.NOTHING
    if differs := _difference(told, checkout):
        _keep(told, EventOutcome.MISMATCH, now=now, note=differs)
        return EventOutcome.MISMATCH
    return _count(told, checkout, now=now)


def _difference(told: Told, checkout: Checkout) -> str:
    """Return in words how what was paid is not what was asked; nothing when it is."""
    asked = (("montant", told.amount, checkout.amount), ("devise", told.currency, checkout.currency))
    faults = [
        f"{name} : {got}, attendu {due}" for name, got, due in (*asked, ("document", told.number, checkout.invoice.number)) if got != due
    ]
    return " ; ".join(faults)[:300]


def _count(told: Told, checkout: Checkout, *, now: datetime) -> EventOutcome:
    """Count the payment. A transfer may have come first: it is counted all the same, and a person gives it back."""
    invoice = hold_invoice(checkout.invoice)
    outcome = EventOutcome.PAID if invoice.remaining >= checkout.amount else EventOutcome.TOO_MUCH
    event = _keep(told, outcome, now=now)
    day = (told.made_at or now).astimezone(PARIS).date()
    reference = told.payment_id
    record_payment(invoice, checkout.amount, method=Method.CARD, received_on=day, by=None, now=now, event=event, reference=reference)
    return outcome


def _refunded(told: Told, *, now: datetime) -> EventOutcome:
    """The provider confirms a refund that we asked for; one made on its own site waits for a person."""
    refund = _named(told)
    if refund is None:
        _keep(told, EventOutcome.UNKNOWN, now=now, note="Remboursement qui n’a pas été demandé ici.")
        return EventOutcome.UNKNOWN
    if told.kind == "refund_failed":
        _keep(told, EventOutcome.MISMATCH, now=now, note="La banque a refusé le remboursement : rendez cette somme par virement.")
        refund.come_back(on=now.astimezone(PARIS).date(), at=now)
        refund.given_up_at = now
        refund.save(update_fields=["closed_by", "done_on", "done_at", "came_back", "given_up_at"])
        return EventOutcome.MISMATCH
    _keep(told, EventOutcome.REFUNDED, now=now)
    _close(refund, now=now)
    return EventOutcome.REFUNDED


def _named(told: Told) -> Refund | None:
    """Return the refund an event tells of. It may come before the answer that gave our row its name: the row then takes it from here."""
    rows = Refund.objects.select_for_update(of=("self",))
    if known := rows.filter(provider_id=told.refund_id).first():
        return known
    unnamed = rows.filter(method=Method.CARD, provider_id=None, payment__reference=told.payment_id or None)
    if told.refund:
        found = unnamed.filter(pk=told.refund).first() if told.refund.isdecimal() else None
    else:
        found = unnamed.filter(amount=told.amount or 0, given_up_at=None).order_by("pk").first()
    if found:
        Refund.objects.filter(pk=found.pk).update(provider_id=told.refund_id)
    return found


def _keep(told: Told, outcome: EventOutcome, *, now: datetime, note: str = "") -> GatewayEvent:
    event = GatewayEvent(event_id=told.event_id, type=told.type[:80], session_id=told.session_id, payment_id=told.payment_id)
    event.amount, event.currency, event.made_at = told.amount, told.currency[:3], told.made_at
    event.received_at, event.outcome, event.note = now, outcome, note
    event.save()
    return event


@transaction.atomic
def settle(event: GatewayEvent, *, note: str, by: Any, now: datetime) -> None:
    """Say what was made of an event that waited for a person; it is said once."""
    if not note.strip():
        raise Refused("Dites ce qui a été fait : c’est gardé avec l’événement.")
    said = f"{by}, {now.astimezone(PARIS):%d/%m/%Y} : {note.strip()}"[:300]
    if not GatewayEvent.objects.waiting().filter(pk=event.pk).fill(settlement=said):
        raise Refused("Quelqu’un s’en est déjà occupé : rechargez la page.")
    record("paiement par carte : suite donnée", event, by=by, now=now, note=note.strip())


# --- Giving back -------------------------------------------------------------------------------------------


def refund(payment: Payment, *, amount: Decimal | None = None, reason: str, by: Any, now: datetime) -> Refund:
    """Give back a card payment, whole or in part, always with the credit note of what is given back (billing.md section 9).

    What was paid twice was never invoiced twice: that excess needs no credit note. Row first, then the provider, asked under the row's
    key: the sweep asks again for what it did not answer.
    """
    owed = owe(payment, amount, reason=reason, by=by, now=now)
    return ask_provider(owed, now=now)


@transaction.atomic
def owe(payment: Payment, amount: Decimal | None, *, reason: str, by: Any, now: datetime) -> Refund:
    """Write the refund down, with its credit note; within a larger act, the sweep asks the provider once that is committed."""
    invoice = hold_invoice(payment.invoice)
    amount = payment.amount if amount is None else amount
    if payment.method != Method.CARD or not payment.reference:
        raise Refused("Ce paiement n’est pas venu par carte : il se rembourse par virement.")
    if not reason.strip():
        raise Refused("Dites pourquoi : le motif est imprimé sur l’avoir.")
    given = sum((row.amount for row in Refund.objects.filter(payment=payment, given_up_at=None).order_by("pk")), Decimal(0))
    if not 0 < amount <= payment.amount - given:
        raise Refused("On ne rend pas plus que ce qui a été payé par cette carte.")
    to_credit = amount - _in_excess(invoice)
    note = (
        credit(invoice, amount=to_credit, reason=reason, by=by, now=now) if to_credit > 0 else invoice.credit_notes.order_by("-pk").first()
    )
    asked = {"asked_at": now, "by_id": str(by.pk) if by else "", "by_name": str(by)[:200] if by else "Portail"}
    row = Refund.objects.create(
        invoice=invoice, credit_note=note, payment=payment, amount=amount, method=Method.CARD, reason=reason.strip()[:300], **asked
    )
    record("remboursement par carte", invoice, by=by, now=now, note=reason.strip())
    return row


def _in_excess(invoice: Invoice) -> Decimal:
    """Return what was paid above what is invoiced, and that nobody has decided to give back yet."""
    promised = sum((row.amount for row in Refund.objects.open().filter(invoice=invoice).order_by("pk")), Decimal(0))
    return max(Decimal(0), -(invoice.remaining + promised))


def ask_provider(refund: Refund, *, now: datetime) -> Refund:
    """Ask the provider for a refund that is owed; harmless when it was asked before.

    Raises `Unavailable`: the sweep asks again; or `Refused`, once for all: the sum is then to give back by transfer.
    """
    if refund.provider_id is None and refund.payment and refund.payment.reference:
        try:
            name = _provider().refund(refund.payment.reference, refund.amount, key=f"portail-refund-{refund.pk}", row=str(refund.pk))
        except providers.Declined as declined:
            _give_up(refund, declined.why, now=now)
            raise Refused(f"{DECLINED} Le prestataire dit : {declined.why}") from declined
        Refund.objects.filter(pk=refund.pk, provider_id=None).update(provider_id=name)
    _close(refund, now=now)
    refund.refresh_from_db()
    return refund


@transaction.atomic
def _give_up(refund: Refund, why: str, *, now: datetime) -> None:
    """The provider will never make it: it is asked no more, and a person reads why among the events that wait."""
    if not Refund.objects.open().filter(pk=refund.pk, provider_id=None).update(given_up_at=now):
        return
    event = GatewayEvent(event_id=f"portail-refund-{refund.pk}-refused", type="refus", amount=refund.amount, currency=CURRENCY)
    event.payment_id = refund.payment.reference or "" if refund.payment else ""
    event.received_at, event.outcome, event.note = now, EventOutcome.MISMATCH, f"{DECLINED} Le prestataire dit : {why}"[:300]
    event.save()
    record("remboursement par carte refusé", refund.invoice or refund, by=None, now=now, note=f"{euros(refund.amount)}. {why}"[:300])


def _close(refund: Refund, *, now: datetime) -> None:
    """Note that it is made; once, and never what was given up."""
    Refund.objects.open().filter(pk=refund.pk).update(done_on=now.astimezone(PARIS).date(), done_at=now)


def settle_refunds(*, now: datetime) -> None:
    """Ask again for the card refunds that the provider did not hear; asked before or not, each is made once."""
    for owed in Refund.objects.open().filter(method=Method.CARD).select_related("payment", "invoice").order_by("pk"):
        try:
            ask_provider(owed, now=now)
        except Refused as refused:
            log.warning("refund %s: %s", owed.pk, type(refused).__name__)
