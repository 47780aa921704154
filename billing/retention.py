"""How long what was issued is kept, and its erasing (domain.md G3, R5): ten years after the end of its year, all its pieces with it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from billing.models import Counter, GatewayEvent, Invoice, InvoiceFile, Line, Payment, Transmission
from billing.models.invoice import InvoiceQuerySet
from billing.services.numbering import day_of
from core.registry import Erasure
from mailing import outbox
from records.services import forget, label_of

YEARS_KEPT = 10


def last_year_erased(now: datetime) -> int:
    """What is of this year or before goes: the books of a year are kept ten years after it ends."""
    return day_of(now).year - YEARS_KEPT - 1


def aged(now: datetime) -> InvoiceQuerySet:
    """Documents past their time; one that a younger document, payment or refund still speaks of waits for it."""
    year = last_year_erased(now)
    younger = Invoice.objects.filter(Q(corrects=OuterRef("pk")) | Q(replaces=OuterRef("pk")), year__gt=year)
    paid_since = Payment.objects.filter(invoice=OuterRef("pk"), received_on__year__gt=year)
    rows = Invoice.objects.filter(year__lte=year).exclude(Exists(younger)).exclude(Exists(paid_since))
    return rows.exclude(refunds__asked_at__year__gt=year).exclude(refunds_made__asked_at__year__gt=year)


def told_of_nothing(now: datetime) -> "models.QuerySet[GatewayEvent]":
    """What the provider told that counted for no invoice: pages that expired, payments that a person settled otherwise."""
    year = last_year_erased(now)
    return GatewayEvent.objects.filter(received_at__year__lte=year, payment=None).exclude(pk__in=GatewayEvent.objects.waiting())


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase invoices with their lines, files, payments and transmissions; the counters of years that hold nothing more."""
    rows = aged(now)
    yield Erasure("factures et avoirs de plus de dix ans effacés", rows.count() if dry_run else _erase(rows, now))
    events = told_of_nothing(now)
    yield Erasure("événements du prestataire de plus de dix ans, sans paiement, effacés", events.count() if dry_run else _all_gone(events))
    if not dry_run:
        held = Invoice.objects.filter(year=OuterRef("year"))
        Counter.objects.filter(year__lte=last_year_erased(now)).exclude(Exists(held)).delete()


def _erase(rows: InvoiceQuerySet, now: datetime) -> int:
    """Newest first: a credit note goes before what it corrects."""
    pks = list(rows.order_by("-pk").values_list("pk", flat=True))
    return sum(_erase_one(pk, now) for pk in pks)


@transaction.atomic
def _erase_one(pk: int, now: datetime) -> int:
    invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=pk)
    if invoice.credit_notes.exists() or invoice.replacements.exists():
        return 0  # its younger one is kept: this one waits
    payments = Payment.objects.filter(invoice=pk)
    events = list(payments.exclude(event=None).values_list("event", flat=True))
    files = [file.file for file in InvoiceFile.objects.filter(invoice=pk)]
    outbox.forget(label_of(invoice), now)
    forget(invoice)
    for related in (invoice.refunds.all(), invoice.refunds_made.all(), invoice.holds.all(), invoice.checkouts.all()):
        models.QuerySet.delete(related)
    _gone(payments.exclude(undoes=None), payments, Line.objects.filter(invoice=pk), InvoiceFile.objects.filter(invoice=pk))
    _gone(GatewayEvent.objects.filter(pk__in=events))
    Transmission.objects.filter(invoice=pk).delete()
    _gone(Invoice.objects.filter(pk=pk))
    for file in files:
        transaction.on_commit(partial(file.storage.delete, str(file.name)))
    return 1


def _all_gone(rows: "models.QuerySet[Any]") -> int:
    count = rows.count()
    _gone(rows)
    return count


def _gone(*rows: "models.QuerySet[Any]") -> None:
    """The one door by which what is kept goes, after ten years; PostgreSQL checks the ten years by itself (migration 0008)."""
    for each in rows:
        models.QuerySet.delete(each)
