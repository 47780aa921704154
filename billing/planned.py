"""What the treasurer should see before it happens, and what waits for them: reminders, deposits, rejections (registries of `core`)."""

from collections.abc import Iterator
from datetime import datetime, time

from django.core.cache import cache
from django.db.models import Count, Min
from django.urls import reverse

from accounts.roles import ISSUE_INVOICES
from billing.models import Invoice, Transmission
from billing.models.invoice import VIEW_INVOICE
from billing.services import reminding
from core.clock import PARIS
from core.registry import Planned, Waiting
from records.services import label_of

A_MINUTE = 60


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """Reminders to come, from the same queryset as the sweep; due dates of what is unpaid."""
    for reminder in reminding.between(start, until):
        invoice = reminder.invoice
        what = f"Relance {reminder.step.name} de la facture {invoice.number}, {invoice.buyer_name}"
        about = label_of(invoice)
        url = reverse("admin:billing_invoice_change", args=[invoice.pk])
        yield Planned(reminder.at, "envoyé", what, "le service financier", 1, url, about, permission=VIEW_INVOICE)
    days = {"due_on__gte": start.astimezone(PARIS).date(), "due_on__lte": until.astimezone(PARIS).date()}
    for invoice in Invoice.objects.unpaid().filter(**days).order_by("due_on", "pk"):
        at = datetime.combine(invoice.due_on, time(), PARIS) if invoice.due_on else until
        if start <= at < until:
            url = reverse("admin:billing_invoice_change", args=[invoice.pk])
            what = f"Échéance de la facture {invoice.number}, {invoice.buyer_name}"
            yield Planned(at, "échu", what, url=url, about=label_of(invoice), permission=VIEW_INVOICE)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Files to deposit on Chorus Pro, those it rejected or suspended; invoices to remind of which nobody has an address."""
    yield from _at_chorus()
    # A few questions for each: counted once a minute, for everybody.
    alone = cache.get_or_set("billing.unreachable", lambda: _unreachable(now), A_MINUTE) or (0, None)
    url = f"{reverse('admin:billing_reminderhold_changelist')}#sans-adresse"
    yield Waiting(
        "facture à relancer sans adresse où écrire", alone[0], url, ISSUE_INVOICES, alone[1],
        several="factures à relancer sans adresse où écrire",
    )  # fmt: skip


def _unreachable(now: datetime) -> tuple[int, datetime | None]:
    found = reminding.unreachable(now=now)
    return len(found), min((reminder.at for reminder in found), default=None)


def _at_chorus() -> Iterator[Waiting]:
    url = reverse("admin:billing_transmission_changelist")
    rows = Transmission.objects.order_by()
    for one, many, query, found in (
        ("pièce à déposer sur Chorus Pro", "pièces à déposer sur Chorus Pro", "?state__exact=TO_DEPOSIT", rows.to_deposit()),
        (
            "facture rejetée par Chorus Pro, à corriger", "factures rejetées par Chorus Pro, à corriger", "?state__exact=REJECTED",
            rows.rejected().filter(invoice__credit_notes=None),
        ),
        (
            "facture suspendue sur Chorus Pro", "factures suspendues sur Chorus Pro", "?state__exact=SUSPENDED",
            rows.filter(state="SUSPENDED"),
        ),
    ):  # fmt: skip
        counted = found.aggregate(count=Count("pk"), since=Min("changed_at"))
        yield Waiting(one, counted["count"], f"{url}{query}", ISSUE_INVOICES, counted["since"], many)
