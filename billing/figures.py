"""What the gathering pages ask of billing: the treasurer's day in five figures, documents and payments found (registries of `core`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from accounts.roles import EXPORT_ACCOUNTS, RECONCILE
from billing import accounts, standing
from billing.models import Invoice, Payment, StatementEntry, Transmission
from billing.models.invoice import VIEW_INVOICE
from billing.services.numbering import day_of
from billing.standing import Standing
from core import clock
from core.folding import containing, fold, only_signs
from core.money import amount_of, euros
from core.refusals import Refused
from core.registry import Found, Registry, Waiting
from core.search import MOST
from core.typography import day_in_words

# (now) -> what the apps above have to invoice.
TO_INVOICE: Registry[Callable[[datetime], Waiting]] = Registry()


@dataclass(frozen=True)
class Tally:
    """One figure of the day, and where it leads."""

    label: str
    value: str
    url: str
    note: str = ""
    is_late: bool = False


def dashboard(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The treasurer's figures; nothing for who does not hold the till."""
    if not request.user.has_perm(RECONCILE):
        return None
    return {"tallies": list(_tallies(now)), "may_export": request.user.has_perm(EXPORT_ACCOUNTS)}


def _tallies(now: datetime) -> Iterator[Tally]:
    today, invoices = day_of(now), reverse("admin:billing_invoice_changelist")
    for waits in (tell(now) for tell in TO_INVOICE):
        yield Tally("À facturer", str(waits.count), waits.url, waits.label.removesuffix(" à facturer"))
    deposits = reverse("admin:billing_transmission_changelist")
    yield Tally("À déposer sur Chorus Pro", str(Transmission.objects.to_deposit().count()), f"{deposits}?state__exact=TO_DEPOSIT")
    lines = StatementEntry.objects.to_reconcile().count()
    yield Tally("À rapprocher", str(lines), reverse("admin:billing_statemententry_changelist"), "lignes de relevé")
    rows = Invoice.objects.with_balance()
    late, sums = rows.filter(standing.condition(Standing.OVERDUE, today)).count(), standing.sums(rows, today)
    told = f"sur {late} facture{'s' if late > 1 else ''}"
    yield Tally("En retard", euros(sums.overdue), f"{invoices}?etat=overdue", told, is_late=late > 0)
    year = reverse("admin:billing_accounts_changelist")
    yield Tally("Reçu ce mois-ci", euros(accounts.received_in_month(today)), year, f"depuis le {day_in_words(today.replace(day=1))}")


def found(user: Any, words: str) -> Iterator[Found]:
    """Documents by number, payer, SIRET, order number or amount; payments by amount or reference."""
    if not user.has_perm(VIEW_INVOICE) or only_signs(words):
        return
    amount = _amount(words)
    asked = containing(words)
    documents = Invoice.objects.visible_to(user).filter(asked | Q(gross=amount) if amount is not None else asked)
    today = day_of(clock.now())
    for row in standing.with_standing(documents).select_related("corrects").order_by("-issued_on", "-pk")[:MOST]:
        title = f"{row.title}, {row.buyer_name}"
        note = f"{euros(row.gross)}, {standing.said(row, today).words}"
        yield Found("Factures et avoirs", title, reverse("admin:billing_invoice_change", args=[row.pk]), note)
    yield from _payments(user, words, amount)


def _payments(user: Any, words: str, amount: Decimal | None) -> Iterator[Found]:
    if not any(sign.isdecimal() for sign in words):
        return  # neither an amount nor the reference of a payment is without digits
    asked = Q(reference__icontains=words.strip()) if fold(words) else Q(pk__in=())
    rows = Payment.objects.visible_to(user).filter(asked | Q(amount__in=[amount, -amount]) if amount is not None else asked)
    for row in rows.select_related("invoice").order_by("-received_on", "-pk")[:MOST]:
        url = reverse("admin:billing_invoice_change", args=[row.invoice_id])
        yield Found("Paiements", f"{euros(row.amount)}, {row}", url, f"{row.invoice.number}, {row.invoice.buyer_name}")


def _amount(words: str) -> Decimal | None:
    try:
        return amount_of(words)
    except Refused:
        return None
