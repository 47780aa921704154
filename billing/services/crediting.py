"""Correcting: what was issued is never changed, it is credited, and issued again if need be (D4, R3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from billing import amounts
from billing.amounts import Group, cents, groups, shared
from billing.models import Invoice, Line
from billing.sale import Sale
from billing.services import carrying
from billing.services.issuing import issue, put
from billing.services.numbering import day_of
from billing.services.payments import hold_invoice
from billing.states import Kind
from core.money import euros
from core.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

# What a credit note says of the two sides and of the sale as the invoice said it.
_COPIED = (
    "about", "organisation", "seller", "buyer", "buyer_name", "buyer_siret", "service_code", "commitment_number", "contract_number",
    "via_chorus", "terms", "period_start", "period_end", "delivered_on",
)  # fmt: skip


@transaction.atomic
def credit(
    invoice: Invoice, *, reason: str, by: "User | None", now: datetime, amount: Decimal | None = None, is_told: bool = False
) -> Invoice:
    """Issue a credit note for all that remains creditable, or for `amount` of it, tax included; its amounts are positive.

    `is_told`: a letter of the caller's, owed in this transaction, carries it to whoever pays; no other announces it.
    """
    if not reason.strip():
        raise Refused("Dites le motif de l’avoir : il est écrit dessus.")
    held = hold_invoice(invoice)
    document = drawn_credit(held, reason=reason, by=by, now=now, amount=amount)
    return put(document, by=by, now=now, is_told=is_told)


def drawn_credit(invoice: Invoice, *, reason: str, by: "User | None", now: datetime, amount: Decimal | None = None) -> Invoice:
    """Return the credit note as it would be issued: no row, no number."""
    lines = _credited_lines(invoice, amount)
    net, vat = sum((line.net for line in lines), amounts.ZERO), sum((line.vat for line in lines), amounts.ZERO)
    document = Invoice(
        kind=Kind.CREDIT, key=f"{invoice.number}:credit:{invoice.credit_notes.count() + 1}", corrects=invoice, reason=reason.strip(),
        subject=f"Avoir sur la facture {invoice.number}"[:200], issued_on=day_of(now), issued_at=now, is_specimen=settings.TRIAL,
        net=net, vat=vat, gross=net + vat, line_count=len(lines),
        **{name: getattr(invoice, name) for name in _COPIED},
    )  # fmt: skip
    document.by_id, document.by_name = (str(by.pk), str(by)[:200]) if by else ("", "Portail")
    document.drawn_lines = lines
    return document


@transaction.atomic
def replace(invoice: Invoice, sale: Sale, *, reason: str, by: "User | None", now: datetime) -> tuple[Invoice, Invoice]:
    """Credit all that remains of an invoice and issue another in its place; what was paid goes along: all or nothing."""
    carried = carrying.take_back(invoice, reason=reason, by=by, now=now)
    note = credit(invoice, reason=reason, by=by, now=now)
    if Invoice.objects.filter(key=sale.key).exists():
        raise Refused("Cette facture a déjà été remplacée.")
    new = issue(sale, by=by, now=now, replaces=invoice)
    carrying.put_on(new, carried, replaced=invoice, by=by, now=now)
    return note, new


def creditable(invoice: Invoice) -> Decimal:
    """Return what no credit note has taken yet."""
    return sum((left.gross for left in _left(invoice)), amounts.ZERO)


def _credited_lines(invoice: Invoice, amount: Decimal | None) -> list[Line]:
    left = _left(invoice)
    remains = sum((group.gross for group in left), amounts.ZERO)
    wanted = remains if amount is None else amount
    if invoice.is_credit:
        raise Refused("Un avoir ne se crédite pas : émettez une nouvelle facture.")
    if remains <= 0:
        raise Refused(f"La facture {invoice.number} est déjà entièrement créditée.")
    if not 0 < wanted <= remains:
        raise Refused(f"Un avoir sur {invoice.number} va de 0,01 € à {euros(remains)} : c’est ce qui n’est pas encore crédité.")
    if wanted == invoice.gross:
        return [again(line) for line in invoice.lines.all()]
    parts = shared(wanted, [group.gross for group in left])
    chosen = [(group, part) for group, part in zip(left, parts, strict=True) if part]
    return [_part_of(invoice, group, part, rank) for rank, (group, part) in enumerate(chosen, start=1)]


@dataclass(frozen=True)
class Left:
    """What no credit note has taken yet of a regime and rate."""

    group: Group
    net: Decimal
    vat: Decimal
    account: str

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def _left(invoice: Invoice) -> Sequence[Left]:
    lines = list(invoice.lines.all())
    taken = groups(Line.objects.filter(invoice__corrects=invoice).order_by("pk"))
    found = []
    for group in groups(lines):
        same = [each for each in taken if (each.category, each.rate) == (group.category, group.rate)]
        account = next(line.account for line in lines if (line.vat_category, line.vat_rate) == (group.category, group.rate))
        net = group.net - sum((each.net for each in same), amounts.ZERO)
        found.append(Left(group, net, group.vat - sum((each.vat for each in same), amounts.ZERO), account))
    return found


def _part_of(invoice: Invoice, left: Left, gross: Decimal, rank: int) -> Line:
    """One line for a regime and rate: its share of what remains, so that the last credit note takes the last cent."""
    net = cents(left.net * gross / left.gross)
    group = left.group
    return Line(
        rank=rank, label=f"Avoir sur la facture {invoice.number}", quantity=Decimal(1), unit_net=net, net=net, vat=gross - net,
        vat_category=group.category, vat_rate=group.rate, exemption_code=group.exemption_code, exemption_text=group.exemption_text,
        account=left.account, period_start=invoice.period_start, period_end=invoice.period_end,
    )  # fmt: skip


def again(line: Line) -> Line:
    """A line of the invoice, given back whole."""
    fields = (field.attname for field in Line._meta.concrete_fields if field.attname not in ("id", "invoice_id"))
    return Line(**{name: getattr(line, name) for name in fields})
