"""Issuing: what is sold becomes a document with its number, once, and never changes (D4, R1, R2, R14).

Everything that takes time is done before the number is taken; the file is drawn after, by the sweep or the first download.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from billing import amounts, emails, facturx, parties
from billing.amounts import Priced
from billing.models import Invoice, Line, Terms, Transmission
from billing.references import rf
from billing.sale import Buyer, Sale
from billing.services.needs import missing, missing_of_ours
from billing.services.numbering import day_of, hold, take
from billing.states import SERIES, Kind, VatCategory
from core import hints
from core.folding import fold
from core.money import euros
from core.refusals import Refused
from records.models import Association
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["drawn", "issue", "missing"]


def issue(sale: Sale, *, by: "User | None", now: datetime, replaces: Invoice | None = None) -> Invoice:
    """Issue the invoice of a sale; asked again for the same `key`, return the first one.

    Refused while a reference that this payer requires is missing, saying which. Number and rows are one transaction.
    """
    if asked := Invoice.objects.filter(key=sale.key).first():
        return asked
    refuse_gaps(sale.buyer, taxed=any(item.tax.category == VatCategory.TAXED for item in sale.items), now=now)
    document = drawn(sale, now=now, by=by)
    document.replaces = replaces
    return put(document, by=by, now=now)


def drawn(sale: Sale, *, now: datetime, by: "User | None" = None) -> Invoice:
    """Return the invoice of a sale as it would be issued: no row, no number; its lines are in `drawn_lines`."""
    found = amounts.totals(sale.items)
    association, terms = Association.current(), Terms.current()
    paid = sale.paid
    if paid and paid.amount > found.gross:
        raise Refused(f"{euros(paid.amount)} ont été payés : c’est plus que les {euros(found.gross)} de la facture.")
    document = Invoice(
        kind=Kind.INVOICE, key=sale.key, about=sale.about, subject=sale.subject, issued_on=day_of(now),
        seller=parties.seller(association, terms), terms=parties.mentions(terms, sale.buyer),
        period_start=sale.period_start, period_end=sale.period_end, delivered_on=sale.delivered_on,
        net=found.net, vat=found.vat, gross=found.gross,
        paid_at_issue=paid.amount if paid else amounts.ZERO, paid_on=paid.on if paid else None,
        **buyer_of(sale.buyer),
    )  # fmt: skip
    document.drawn_lines = [_line(priced, rank) for rank, priced in enumerate(found.lines, start=1)]
    stamp(document, by=by, now=now)
    return document


def stamp(document: Invoice, *, by: "User | None", now: datetime) -> None:
    """What is known of any document before its number."""
    document.issued_at, document.is_specimen = now, settings.TRIAL
    document.by_id, document.by_name = (str(by.pk), str(by)[:200]) if by else ("", "Portail")
    document.line_count = len(document.drawn_lines or ())
    document.due_on = due_on(document)


def due_on(document: Invoice) -> date | None:
    """D5: so many days after the issue; the day of the payment when all was paid before (BR-FR-CO-09); a credit note asks nothing."""
    if document.is_credit:
        return None
    if document.paid_on and document.paid_at_issue == document.gross:
        return document.paid_on
    return document.issued_on + timedelta(days=document.terms["payment_days"])


@transaction.atomic
def put(document: Invoice, *, by: "User | None", now: datetime, is_told: bool = False) -> Invoice:
    """Give a drawn document its number and keep it. Whoever was first to ask for this `key` has issued it already."""
    facturx.check(document)
    owe_letter = None if is_told else emails.letter_of_issue(document, now=now)
    day = day_of(now)
    counter = hold(SERIES[Kind(document.kind)], day.year)
    if asked := Invoice.objects.filter(key=document.key).first():
        return asked
    place = take(counter, day)
    document.number, document.year, document.sequence, document.issued_on = place.number, place.year, place.sequence, place.on
    document.payment_reference, document.due_on = rf(place.number), due_on(document)
    document.search = _searched(document)
    document.save()
    for line in document.drawn_lines or ():
        line.invoice = document
    Line.objects.bulk_create(document.drawn_lines or ())
    if document.via_chorus:
        Transmission.objects.create(invoice=document, changed_at=now)
    record(f"{Kind(document.kind).label} émis{'' if document.is_credit else 'e'}", document, by=by, now=now, note=_told(document))
    if owe_letter:
        owe_letter()
    hints.nudge("billing.publish_invoices")
    return document


def _told(document: Invoice) -> str:
    reason = f" Motif : {document.reason}" if document.reason else ""
    return f"{document.buyer_name}, {euros(document.gross)}.{reason}"


def refuse_gaps(buyer: Buyer, *, taxed: bool, now: datetime) -> None:
    """Refuse while something is missing, saying what (R14)."""
    if gaps := missing(buyer, on=day_of(now)):
        raise Refused(f"La facture ne peut pas être émise : il manque {_listed(gaps)}.")
    if ours := missing_of_ours(Association.current(), taxed=taxed):
        raise Refused(f"La facture ne peut pas être émise : dans la fiche de l’association, il manque {_listed(ours)}.")


def _listed(words: Sequence[str]) -> str:
    return " et ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def buyer_of(buyer: Buyer) -> dict[str, Any]:
    """What is copied of the buyer (R2), with what lists and Chorus Pro read in columns of their own."""
    return {
        "buyer": parties.buyer(buyer),
        "buyer_name": buyer.name[:200],
        "buyer_siret": buyer.siret,
        "service_code": buyer.service_code,
        "commitment_number": buyer.commitment_number,
        "contract_number": buyer.contract_number,
        "via_chorus": buyer.via_chorus,
        "organisation": buyer.organisation.standing if buyer.organisation else None,
    }


def _line(priced: Priced, rank: int) -> Line:
    item, tax = priced.item, priced.item.tax
    return Line(
        rank=rank, label=item.label, description=item.description, quantity=item.quantity, unit_net=priced.unit_net,
        net=priced.net, vat=priced.vat, vat_category=tax.category, vat_rate=tax.rate, exemption_code=tax.exemption_code,
        exemption_text=tax.exemption_text, account=tax.account, period_start=item.period_start, period_end=item.period_end,
    )  # fmt: skip


def _searched(document: Invoice) -> str:
    return fold(
        document.number, document.buyer_name, document.buyer_siret, document.subject, document.commitment_number,
        document.payment_reference,
    )  # fmt: skip
