"""Where an invoice stands, in words: always found from its payments, credit notes and refunds, never kept (design.md section 2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from billing.models import Invoice, Payment
from billing.models.invoice import InvoiceQuerySet
from billing.states import Kind
from core.money import euros
from core.typography import day_in_words


class Standing(models.TextChoices):
    """In the order in which a treasurer asks."""

    OVERDUE = "OVERDUE", "en retard"
    TO_PAY = "TO_PAY", "à payer"
    TO_REFUND = "TO_REFUND", "à rembourser"
    PAID = "PAID", "payée"
    CREDITED = "CREDITED", "créditée"
    NOTE = "NOTE", "avoir"


def with_standing(rows: InvoiceQuerySet) -> InvoiceQuerySet:
    """Annotate what `of` reads: the balance, and the day of the last payment that still counts."""
    counted = Payment.objects.standing().filter(invoice=models.OuterRef("pk")).order_by().values("invoice")
    last: Any = models.Subquery(counted.annotate(last=Max("received_on")).values("last"), output_field=models.DateField())
    found: Any = rows.with_balance()
    annotated: InvoiceQuerySet = found.annotate(last_paid_on=Coalesce(last, F("paid_on"), output_field=models.DateField()))
    return annotated


def condition(standing: Standing, on: date) -> Q:
    """Return what to filter rows `with_balance` by."""
    invoice = Q(kind=Kind.INVOICE)
    return {
        Standing.OVERDUE: invoice & Q(remaining__gt=0, due_on__lt=on),
        Standing.TO_PAY: invoice & Q(remaining__gt=0) & ~Q(due_on__lt=on),
        Standing.TO_REFUND: invoice & Q(remaining__lt=0),
        Standing.PAID: invoice & Q(remaining=0, credited__lt=F("gross")),
        Standing.CREDITED: invoice & Q(remaining=0, credited__gte=F("gross")),
        Standing.NOTE: Q(kind=Kind.CREDIT),
    }[standing]


def of(invoice: Invoice, on: date) -> Standing:
    """Return where a row read with `with_standing` stands on a day: the same answer as `condition`."""
    if invoice.is_credit:
        return Standing.NOTE
    if invoice.remaining > 0:
        return Standing.OVERDUE if invoice.due_on and invoice.due_on < on else Standing.TO_PAY
    if invoice.remaining < 0:
        return Standing.TO_REFUND
    return Standing.CREDITED if invoice.credited >= invoice.gross else Standing.PAID


@dataclass(frozen=True)
class Said:
    """« payée le 3 mars 2027 », and what more there is to know."""

    standing: Standing
    words: str
    note: str = ""


def said(invoice: Invoice, on: date) -> Said:
    """Say where a row read with `with_standing` stands."""
    standing = of(invoice, on)
    if standing == Standing.NOTE:
        return Said(standing, f"avoir sur {invoice.corrects}")
    if standing == Standing.TO_REFUND:
        return Said(standing, f"à rembourser : {euros(-invoice.remaining)}")
    if standing == Standing.PAID and invoice.last_paid_on:
        return Said(standing, f"payée le {day_in_words(invoice.last_paid_on)}", _credited(invoice))
    if standing in (Standing.PAID, Standing.CREDITED):
        return Said(standing, str(standing.label))
    return Said(standing, _asked(invoice, standing, on), _credited(invoice))


def _asked(invoice: Invoice, standing: Standing, on: date) -> str:
    left = f" : reste {euros(invoice.remaining)}" if invoice.remaining != invoice.due else ""
    if standing == Standing.TO_PAY or not invoice.due_on:
        return f"à payer{left}"
    days = (on - invoice.due_on).days
    return f"en retard de {days} jour{'s' if days > 1 else ''}{left}"


def _credited(invoice: Invoice) -> str:
    return f"{euros(invoice.credited)} crédités" if invoice.credited else ""


@dataclass(frozen=True)
class Sums:
    """What a list of invoices comes to."""

    gross: Decimal
    paid: Decimal
    remaining: Decimal
    overdue: Decimal


def sums(rows: InvoiceQuerySet, on: date) -> Sums:
    """Sum rows read `with_balance`, in one question; a credit note counts against what was invoiced."""
    zero, money = Decimal(0), models.DecimalField(max_digits=13, decimal_places=2)

    def total(field: str, when: Q) -> Coalesce:
        return Coalesce(models.Sum(field, filter=when, output_field=money), zero, output_field=money)

    invoice, owed = Q(kind=Kind.INVOICE), Q(kind=Kind.INVOICE, remaining__gt=0)
    asked: dict[str, Any] = {
        "sold": total("gross", invoice), "noted": total("gross", Q(kind=Kind.CREDIT)),
        "received": total("paid", invoice), "received_before": total("paid_at_issue", invoice),
        "owed": total("remaining", owed), "late": total("remaining", owed & Q(due_on__lt=on)),
    }  # fmt: skip
    found = rows.order_by().aggregate(**asked)
    return Sums(found["sold"] - found["noted"], found["received"] + found["received_before"], found["owed"], found["late"])


def counts(rows: InvoiceQuerySet, on: date) -> dict[Standing, int]:
    """Count each standing in one question."""
    asked: Any = {standing.value: models.Count("pk", filter=condition(standing, on)) for standing in Standing}
    found = rows.order_by().aggregate(**asked)
    return {standing: found[standing.value] for standing in Standing}
