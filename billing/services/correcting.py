"""The commonest correction: the same lines, another payer or another reference, after a rejection by Chorus Pro (R3, R15)."""

from dataclasses import replace as changed
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from billing import parties
from billing.models import Invoice, Terms
from billing.sale import Buyer
from billing.services import carrying
from billing.services.crediting import again, credit
from billing.services.issuing import buyer_of, put, refuse_gaps, stamp
from billing.services.numbering import day_of
from billing.states import Kind
from core.refusals import Refused
from records.models import Association

if TYPE_CHECKING:
    from accounts.models import User

_SAME = ("about", "subject", "period_start", "period_end", "delivered_on", "net", "vat", "gross")


@transaction.atomic
def correct(invoice: Invoice, buyer: Buyer, *, reason: str, by: "User | None", now: datetime) -> tuple[Invoice, Invoice]:
    """Credit an invoice whole and issue the same lines again, to this buyer with these references; what was paid goes along."""
    document = drawn_again(invoice, buyer, now=now, by=by)
    refuse_gaps(buyer, taxed=bool(document.vat), now=now)
    carried = carrying.take_back(invoice, reason=reason, by=by, now=now)
    note = credit(invoice, reason=reason, by=by, now=now)
    if note.gross != invoice.gross:
        raise Refused(f"La facture {invoice} est déjà créditée en partie : elle ne se remplace plus entière. Créditez le reste.")
    document.replaces, document.reason = invoice, reason.strip()
    new = put(document, by=by, now=now)
    carrying.put_on(new, carried, replaced=invoice, by=by, now=now)
    return note, new


def drawn_again(invoice: Invoice, buyer: Buyer, *, now: datetime, by: "User | None" = None) -> Invoice:
    """Return the invoice that would replace this one: no row, no number; today's date, texts and accounts."""
    buyer = changed(buyer, payment_days=buyer.payment_days or invoice.terms["payment_days"])
    terms = Terms.current()
    document = Invoice(
        kind=Kind.INVOICE, key=next_key(invoice), issued_on=day_of(now), seller=parties.seller(Association.current(), terms),
        terms=parties.mentions(terms, buyer), **buyer_of(buyer), **{name: getattr(invoice, name) for name in _SAME},
    )  # fmt: skip
    document.drawn_lines = [again(line) for line in invoice.lines.all()]
    stamp(document, by=by, now=now)
    return document


def next_key(invoice: Invoice) -> str:
    """« memberships.membership:12:1 » is replaced by « memberships.membership:12:2 »."""
    fact, _, rank = invoice.key.rpartition(":")
    fact, count = (fact, int(rank) + 1) if fact.count(":") and rank.isdecimal() else (invoice.key, 2)
    while Invoice.objects.filter(key=f"{fact}:{count}").exists():
        count += 1
    return f"{fact}:{count}"
