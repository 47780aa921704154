"""« Comptes »: the year in figures, what is owed and since when, and the files of the accountant. Each export is recorded (G2)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.roles import EXPORT_ACCOUNTS
from billing import accounts, aged, encodings, ledger
from billing.admin.cards import ReadOnly
from billing.models import Accounts
from billing.services.numbering import day_of
from core import clock
from records.models import Association
from records.services import record

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EntriesForm(forms.Form):
    """« Écritures (FEC) »: which encoding the accountant's program reads."""

    encoding = forms.ChoiceField(label="Encodage", choices=list(encodings.NAMES.items()), initial="utf-8")


@admin.register(Accounts)
class AccountsAdmin(ReadOnly):
    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(EXPORT_ACCOUNTS)

    def has_module_permission(self, request):
        return request.user.has_perm(EXPORT_ACCOUNTS)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("", view(self.page), name="billing_accounts_changelist"),
            path("balance.xlsx", view(require_POST(self.aged)), name="billing_accounts_aged"),
            path("<int:year>/", view(self.page), name="billing_accounts_year"),
            path("<int:year>/fec/", view(require_POST(self.entries)), name="billing_accounts_fec"),
            path("<int:year>/ecritures.xlsx", view(require_POST(self.workbook)), name="billing_accounts_xlsx"),
        ]

    def page(self, request: Any, year: int | None = None) -> HttpResponse:
        now = _allowed(request)
        today = day_of(now)
        known = accounts.years(on=today)
        shown = year or today.year
        if shown not in known:
            raise Http404
        payers = aged.balance(on=today)
        more = {
            "year": accounts.of_year(shown), "years": known, "today": today, "expected": accounts.expected(shown, now),
            "payers": payers, "bands": [label for _, label in aged.BANDS], "totals": aged.totals(payers),
            "form": EntriesForm(auto_id="fec_%s"), "file_name": ledger.file_name(shown, on=today),
        }  # fmt: skip
        context = {**self.admin_site.each_context(request), "title": f"Comptes {shown}", "opts": self.opts, **more}
        return render(request, "admin/billing/accounts.html", context)

    def entries(self, request: Any, year: int) -> HttpResponse:
        """The FEC of our sales and receipts."""
        now, form = _allowed(request), EntriesForm(request.POST)
        encoding = form.cleaned_data["encoding"] if form.is_valid() else "utf-8"
        lines = list(ledger.text(year, encoding))
        _told("écritures exportées", f"FEC {year}, {encodings.NAMES[encoding]}, {len(lines) - 1} lignes", request, now)
        return _file(b"".join(lines), ledger.file_name(year, on=day_of(now)), f"text/plain; charset={encoding}")

    def workbook(self, request: Any, year: int) -> HttpResponse:
        now = _allowed(request)
        content = accounts.ledger_book(year)
        _told("écritures exportées", f"XLSX {year}", request, now)
        return _file(content, f"ecritures-{year}.xlsx", XLSX)

    def aged(self, request: Any) -> HttpResponse:
        now = _allowed(request)
        today = day_of(now)
        content = accounts.aged_book(today)
        _told("balance âgée exportée", f"XLSX, au {today:%d/%m/%Y}", request, now)
        return _file(content, f"balance-agee-{today:%Y-%m-%d}.xlsx", XLSX)


def _allowed(request: Any) -> datetime:
    if not request.user.has_perm(EXPORT_ACCOUNTS):
        raise PermissionDenied
    return clock.now()


def _told(verb: str, note: str, request: Any, now: datetime) -> None:
    record(verb, Association.current(), by=request.user, now=now, note=note)


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)
