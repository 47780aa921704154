"""The pages of papers, for `tests/pages.py`: what the invoice says, and the public page that verifies a certificate."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from bookings import links
from bookings.models import Certificate
from core import clock
from tests.bookings.run_pages import EVERYBODY, LONG, _booking

GOOD, REPLACED = "PAGE-S000-0000-0002", "PAGE-S000-0000-0001"


def _certificates(_: Any) -> Iterable[str]:
    """One that is good, and one that it replaced."""
    if not Certificate.objects.filter(number=GOOD).exists():
        _attest(GOOD, replaces=_attest(REPLACED))
    return [reverse("certificate", args=[number]) for number in (GOOD, REPLACED)]


def _attest(number: str, **fields: Any) -> Certificate:
    booking = _booking()
    session = booking.session
    row = Certificate(
        seat=booking.seats.get(rank=1), number=number, name=f"Camille {LONG}", employer="Ville d’Exemple", title=session.title,
        day=session.day, place="Halle civique, 27 rue Piat, 75020 Paris", hours=Decimal("8.0"), objectives="Essayer",
        issued_at=clock.now(), **fields,
    )  # fmt: skip
    row.save()
    return row


def _paid_apart() -> Any:
    booking = _booking()
    booking.finance_email = "finances@ville.example"
    booking.save(update_fields=["finance_email"])
    return booking


PAGES: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "booking_billing": (EVERYBODY, lambda _: [reverse("booking_billing", args=[links.secret_of(_booking())])]),
    "booking_finance": (EVERYBODY, lambda _: [links.payer_path_of(_paid_apart())]),
    "booking_finance_references": (
        EVERYBODY,
        lambda _: [reverse("booking_finance_references", args=[links.finance_secret(_paid_apart())])],
    ),
    "certificate": (EVERYBODY, _certificates),
}
NOT_PAGES = {
    "a PDF or an act of a finance department, in tests/bookings/test_finance.py": "booking_finance_agreement booking_finance_invoice"
    " booking_finance_pay",
    "a PDF of an order, looked at in tests/bookings": "booking_paper booking_joining booking_certificate booking_invoice booking_signed"
    " booking_version booking_staff_paper booking_sheet",
    "a letter asked by POST, on the page of an order": "booking_send_quote",
}
