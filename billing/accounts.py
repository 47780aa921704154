"""What the treasurer and the accountant read of a year: sales and receipts by month, what the apps above expect, and the workbooks."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear
from import_export.formats.base_formats import XLSX
from tablib import Dataset

from billing import aged, ledger
from billing.models import Invoice, Payment, Refund
from billing.states import Kind, Method
from core.registry import Registry
from core.spreadsheets import harmless

ZERO = Decimal(0)
MONTHS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc.")
# What XML refuses in a cell.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class Expected:
    """What an app above expects of a year, and what became of it: the dues."""

    title: str
    url: str
    expected: Decimal
    invoiced: Decimal
    received: Decimal

    @property
    def to_invoice(self) -> Decimal:
        return max(self.expected - self.invoiced, ZERO)

    @property
    def to_receive(self) -> Decimal:
        return max(self.invoiced - self.received, ZERO)


# (year, now) -> what is expected of that year, or None.
EXPECTED: Registry[Callable[[int, datetime], Expected | None]] = Registry()


def expected(year: int, now: datetime) -> list[Expected]:
    return [found for tell in EXPECTED if (found := tell(year, now))]


@dataclass(frozen=True)
class Year:
    """A civil year, month by month: what was invoiced (credit notes taken away), what came in (refunds taken away)."""

    year: int
    sales: list[Decimal]
    receipts: list[Decimal]

    @property
    def sold(self) -> Decimal:
        return sum(self.sales, ZERO)

    @property
    def received(self) -> Decimal:
        return sum(self.receipts, ZERO)

    @property
    def sales_rows(self) -> list[tuple[str, Decimal]]:
        return list(zip(MONTHS, self.sales, strict=True))

    @property
    def receipts_rows(self) -> list[tuple[str, Decimal]]:
        return list(zip(MONTHS, self.receipts, strict=True))


def of_year(year: int) -> Year:
    """Sum a year: five questions, however many documents."""
    invoices = Invoice.objects.filter(issued_on__year=year)
    sales = _months(invoices.filter(kind=Kind.INVOICE), "issued_on", "gross")
    credits = _months(invoices.filter(kind=Kind.CREDIT), "issued_on", "gross")
    came = _months(Payment.objects.filter(received_on__year=year).exclude(method=Method.DIFFERENCE), "received_on", "amount")
    before = _months(Invoice.objects.filter(paid_on__year=year, paid_at_issue__gt=0), "paid_on", "paid_at_issue")
    back = _months(Refund.objects.done().filter(done_on__year=year, invoice__isnull=False), "done_on", "amount")
    receipts = [one + two - three for one, two, three in zip(came, before, back, strict=True)]
    return Year(year, [one - two for one, two in zip(sales, credits, strict=True)], receipts)


def _months(rows: "QuerySet[Any]", day: str, amount: str) -> list[Decimal]:
    found = rows.order_by().annotate(month=ExtractMonth(day)).values("month").annotate(total=Sum(amount)).values_list("month", "total")
    by_month = dict(found)
    return [by_month.get(month, ZERO) for month in range(1, 13)]


def received_in_month(on: date) -> Decimal:
    """Return what came in since the first day of this month."""
    month: Decimal = of_year(on.year).receipts[on.month - 1]
    return month


def years(*, on: date) -> list[int]:
    """Return the years that hold something, and this one, the latest first."""
    issued = Invoice.objects.order_by().annotate(of=ExtractYear("issued_on")).values_list("of", flat=True).distinct()
    paid = Payment.objects.order_by().annotate(of=ExtractYear("received_on")).values_list("of", flat=True).distinct()
    return sorted({on.year, *issued, *paid}, reverse=True)


# --- Workbooks ----------------------------------------------------------------------------------------------


def ledger_book(year: int) -> bytes:
    """Return the entries of a year as a workbook: dates are dates, amounts are numbers."""
    return _book(f"Écritures {year}", ledger.COLUMNS, ledger.lines(year))


def aged_book(on: date) -> bytes:
    """Return the aged balance as a workbook, a line for each payer and the totals last."""
    payers = aged.balance(on=on)
    headings = ["Payeur", "SIRET", *(label.capitalize() for _, label in aged.BANDS), "Total", "Factures"]
    rows: list[list[Any]] = [[payer.name, payer.siret, *payer.owed, payer.total, ", ".join(payer.numbers)] for payer in payers]
    return _book("Balance âgée", headings, [*rows, ["Total", "", *aged.totals(payers), ""]])


def _book(title: str, headings: Iterable[str], rows: Iterable[list[Any]]) -> bytes:
    book = Dataset(*([_cell(value) for value in row] for row in rows), headers=list(headings), title=title)
    content: bytes = XLSX().export_data(book)
    return content


def _cell(value: Any) -> Any:
    """Return what a cell holds: a text that a spreadsheet would run is shown as text."""
    return harmless(_UNSEEN.sub(" ", value).strip()) if isinstance(value, str) else value
