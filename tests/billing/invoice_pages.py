"""The pages of invoices in the admin, for `tests/pages.py`: each act on an invoice that it suits, and what the treasurer decides once."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.urls import reverse

from billing import services
from billing.admin.invoice_acts import ACTS
from billing.models import Invoice, Payment
from billing.services.numbering import day_of
from billing.standing import with_standing
from billing.states import Method
from core import clock

STAFF = "staff"


def furnish() -> None:
    """An invoice of which so little is missing that one may close the difference."""
    invoice = Invoice.objects.unpaid().order_by("-pk")[0]
    now, left = clock.now(), Decimal("1.50")
    services.record_payment(invoice, invoice.remaining - left, method=Method.TRANSFER, received_on=day_of(now), by=None, now=now)


def _acts(_: Any) -> Iterator[str]:
    rows = list(with_standing(Invoice.objects.invoices()).order_by("pk"))
    for act in ACTS:
        suited = next(row for row in rows if act.is_open(row))
        yield reverse("admin:billing_invoice_act", args=[suited.pk, act.slug])


def _undone(_: Any) -> list[str]:
    payment = Payment.objects.standing().order_by("pk")[0]
    return [reverse("admin:billing_invoice_undo", args=[payment.invoice_id, payment.pk])]


PAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "admin:billing_invoice_act": (STAFF, _acts),
    "admin:billing_invoice_undo": (STAFF, _undone),
    "admin:billing_counter_first": (STAFF, lambda _: [reverse("admin:billing_counter_first")]),
}
NOT_PAGES = {"a file for finance departments, looked at in tests/billing": "admin:billing_supplierfile_file"}
