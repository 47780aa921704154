"""The invoice of a membership: asked for once a year by whoever pays, drawn before it is issued, replaced when it was credited (D4)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from billing import services as billing
from billing.buyers import from_register
from billing.models import Invoice
from billing.sale import Item, Sale
from billing.states import Kind
from core.clock import PARIS
from core.refusals import Refused
from memberships.addressing import ADDRESS, own_address
from memberships.models import Membership
from memberships.services.moving import lock
from memberships.states import State
from records.services import label_of, record

# What the payer's accountant asks to read on the invoice (R6, R13).
REFERENCES = ("commitment_number", "service_code", "payer_siret", "contract_number")
LABELS = {
    "payer_address": "adresse du payeur",
    "payer_postcode": "code postal du payeur",
    "payer_city": "ville du payeur",
    "commitment_number": "numéro d’engagement",
    "service_code": "code service",
    "payer_siret": "SIRET du payeur",
    "contract_number": "numéro de marché",
}
CREDITED = "La facture a été annulée par un avoir : une nouvelle ne s’émet plus d’ici. Si l’année reste due, écrivez-nous."
NO_MORE = "La facture est émise : ses références ne changent plus. Une erreur se corrige par un avoir ; écrivez-nous."


def invoice_of(membership: Membership) -> Invoice | None:
    """Return the invoice that stands for a membership: the last one that is not wholly credited."""
    rows = Invoice.objects.invoices().about(label_of(membership)).with_balance().order_by("-pk")
    return next((row for row in rows if row.credited < row.gross), None)


def sale_of(membership: Membership, *, now: datetime) -> Sale:
    """Return what is sold, to the body that acts that day: a year of membership. The key counts the invoices credited before."""
    campaign, about = membership.campaign, label_of(membership)
    first, last = date(campaign.year, 1, 1), date(campaign.year, 12, 31)
    number = Invoice.objects.invoices().about(about).count() + 1
    subject = f"Cotisation {campaign.year}"
    item = Item(
        f"{subject}, adhésion à La 27e Région",
        campaign.tax_profile,
        gross=membership.amount,
        description=membership.amount_note,
        period_start=first,
        period_end=last,
    )
    body = membership.organisation.at(now.astimezone(PARIS).date())
    buyer = from_register(body, **{name: getattr(membership, name) for name in REFERENCES})
    if membership.payer_city:
        buyer = replace(buyer, address=membership.payer_address, postcode=membership.payer_postcode, city=membership.payer_city)
    return Sale(f"{about}:{number}", about, subject, buyer, (item,), period_start=first, period_end=last)


def missing(membership: Membership, *, now: datetime) -> list[str]:
    """Return in words what this payer's invoice still lacks (R14)."""
    return billing.missing(sale_of(membership, now=now).buyer, on=now.astimezone(PARIS).date())


def drawn(membership: Membership, *, now: datetime) -> Invoice:
    """Return the exact invoice, without number and kept nowhere: what « Demander la facture » would issue."""
    return billing.drawn(sale_of(membership, now=now), now=now)


@transaction.atomic
def give_references(membership: Membership, *, by: Any, now: datetime, **references: str) -> Membership:
    """Keep what the payer typed for its invoice; once it is issued nothing changes any more."""
    membership = lock(membership)
    if invoice_of(membership):
        raise Refused(NO_MORE)
    if any(name in references for name in ADDRESS):
        references |= own_address(membership.organisation.at(now.astimezone(PARIS).date()), references)
    changed = {name: value.strip() for name, value in references.items() if getattr(membership, name) != value.strip()}
    if not changed:
        return membership
    changes = {LABELS[name]: [getattr(membership, name), value] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(membership, name, value)
    membership.save(update_fields=list(changed))
    record("références de facturation", membership, by=by, now=now, changes=changes)
    return membership


@transaction.atomic
def ask_invoice(membership: Membership, *, by: Any, now: datetime, again: bool = False) -> Invoice:
    """Issue the invoice of a membership; asked again, by anybody, at once or later, return the same one.

    Refused while the membership is not accepted, owes nothing, or lacks a reference that its payer requires. Once wholly credited, dues
    may not be owed any more: the team says so (`again`), nobody who only holds the address of the file.
    """
    membership = lock(membership)
    if standing := invoice_of(membership):
        return standing
    if membership.state not in (State.ACTIVE, State.RESIGNED):
        raise Refused("L’adhésion n’est pas encore acceptée : la facture viendra ensuite.")
    if not membership.amount:
        raise Refused("Rien n’est dû pour cette année.")
    before = credited_before(membership)
    if before and not again:
        raise Refused(CREDITED)
    return billing.issue(sale_of(membership, now=now), by=by, now=now, replaces=before)


def credited_before(membership: Membership) -> Invoice | None:
    """Return the last invoice of a membership: when none stands, the one that was credited."""
    return Invoice.objects.filter(kind=Kind.INVOICE).about(label_of(membership)).order_by("-pk").first()
