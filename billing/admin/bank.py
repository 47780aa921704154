"""Statements in the admin: deposited, shown, imported; and how a bank's CSV is read."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import RECONCILE
from billing import bank_work, statements
from billing.admin.cards import ReadOnly
from billing.bank_forms import DepositForm, ImportForm, MappingForm
from billing.models import BankMapping, Payment, Statement, StatementEntry
from billing.services import importing
from billing.services.proposing import Desk
from billing.states import StatementFormat
from core import clock
from core.refusals import Refused
from core.registry import ask_factor
from records import jobs
from records.history import HistoryAdmin

SHOWN = 60
# Above it, the import is long work.
AT_ONCE = 300


@admin.register(BankMapping)
class BankMappingAdmin(HistoryAdmin, admin.ModelAdmin):
    form = MappingForm
    list_display = ["name", "encoding", "date_format"]
    when_empty = "Une lecture se garde à l’import du premier relevé CSV d’une banque."

    def get_fieldsets(self, request, obj=None):
        columns = [f"column_{name}" for name in statements.COLUMNS]
        return [(None, {"fields": ["name", "encoding", "delimiter", "date_format"]}), ("Colonnes", {"fields": columns})]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return MappingForm

    def has_add_permission(self, request):
        """The headings are those of a file: one is kept while importing it."""
        return False


@admin.register(Statement)
class StatementAdmin(ReadOnly):
    list_display = ["name", "format", "starts_on", "ends_on", "entries_read", "entries_new", "imported_at", "by_name"]
    search_fields = ["name", "iban", "by_name"]
    when_empty = "Importez le relevé de la banque : ce qui est sûr se rapproche seul."
    act_when_empty = ("admin:billing_statement_deposit", "Importer un relevé")
    change_list_template = "admin/billing/bank/statements.html"

    def get_queryset(self, request):
        return Statement.objects.imported()

    def get_object(self, request, object_id, from_field=None):
        return Statement.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None

    def get_urls(self):
        view, name = self.admin_site.admin_view, "billing_statement_"
        return [
            path("importer/", view(self.deposit), name=f"{name}deposit"),
            path("<int:pk>/lecture/", view(self.mapping), name=f"{name}mapping"),
            path("<int:pk>/importer/", view(require_POST(self.confirm)), name=f"{name}confirm"),
            path("<int:pk>/oublier/", view(require_POST(self.forget)), name=f"{name}forget"),
            *super().get_urls(),
        ]

    # --- Deposit, then look ----------------------------------------------------------------------------

    def deposit(self, request: Any) -> HttpResponse:
        _allow(request)
        form = DepositForm(request.POST, request.FILES) if request.method == "POST" else DepositForm()
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                row = importing.deposit(upload.name, upload.read(), by=request.user, now=clock.now())
            except Refused as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect("admin:billing_statement_change", row.pk)
        tried = Statement.objects.tried().order_by("-pk")[:10]
        return self._page(request, "deposit.html", "Importer un relevé", form=form, tried=tried)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A statement that is imported tells what became of its lines; one that is not, what it would do."""
        _allow(request)
        statement = self.get_object(request, object_id)
        if statement is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if statement.imported_at:
            return self._imported(request, statement)
        if statement.format == StatementFormat.CSV and statement.mapping is None:
            return redirect("admin:billing_statement_mapping", statement.pk)
        return self._trial(request, statement)

    def _trial(self, request: Any, statement: Statement, form: Any = None) -> HttpResponse:
        try:
            trial = importing.try_out(statement)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:billing_statement_deposit")
        lines, closing = _foreseen(trial.new)
        more = {"statement": statement, "trial": trial, "lines": lines[:SHOWN], "closing": closing, "shown": SHOWN}
        form = form or ImportForm(foreign=trial.foreign)
        return self._page(request, "trial.html", f"Relevé {statement.name}", form=form, **more)

    def mapping(self, request: Any, pk: int) -> HttpResponse:
        """Say which column of a CSV holds what; proposed from its headings, kept for the next ones."""
        statement = _tried(request, pk)
        try:
            found = statements.table(importing.content_of(statement))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:billing_statement_deposit")
        form = MappingForm(request.POST or None, instance=statement.mapping, headings=found.headings)
        if form.is_valid():
            try:
                importing.keep_mapping(statement, form.save(commit=False), by=request.user, now=clock.now())
                return redirect("admin:billing_statement_change", statement.pk)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        sample = [cells for _, cells in found.lines[:5]]
        return self._page(
            request, "mapping.html", "Lire ce CSV", form=form, statement=statement, headings=found.headings, sample=sample
        )  # fmt: skip

    # --- Import ------------------------------------------------------------------------------------------

    def confirm(self, request: Any, pk: int) -> HttpResponse:
        statement = _tried(request, pk)
        try:
            trial = importing.try_out(statement)
            form = ImportForm(request.POST, foreign=trial.foreign)
            if not form.is_valid():
                return self._trial(request, statement, form)
            if trial.foreign and (answer := ask_factor(request)):
                return answer
            return self._import(request, statement, said=bool(trial.foreign), large=len(trial.new) > AT_ONCE)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:billing_statement_change", statement.pk)

    def _import(self, request: Any, statement: Statement, *, said: bool, large: bool) -> HttpResponse:
        now = clock.now()
        if large:
            params = {"statement": statement.pk, "said": said}
            return redirect(jobs.start(bank_work.IMPORT, label=f"Import de {statement.name}", params=params, by=request.user, now=now))
        found = importing.import_statement(statement, by=request.user, now=now, said=said)
        statement.refresh_from_db()
        messages.success(request, bank_work.told(statement.entries_new, statement.entries_read, found.closed, found.left))
        return redirect("admin:billing_statement_change", statement.pk)

    def forget(self, request: Any, pk: int) -> HttpResponse:
        statement = _tried(request, pk)
        try:
            importing.forget(statement)
            messages.success(request, f"{statement.name} est oublié : rien n’en a été importé.")
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:billing_statement_deposit")

    # --- After -------------------------------------------------------------------------------------------

    def _imported(self, request: Any, statement: Statement) -> HttpResponse:
        """What closed, and what waits: the two lists of the treasurer."""
        rows = StatementEntry.objects.filter(statement=statement).with_rest()
        counted = Payment.objects.filter(entry=OuterRef("pk"), amount__gt=0)
        closed = rows.filter(Exists(counted)).prefetch_related("payments__invoice").order_by("booked_on", "pk")
        waiting = StatementEntry.objects.to_reconcile().filter(statement=statement).order_by("booked_on", "pk")
        more = {
            "statement": statement,
            "closed": closed[:SHOWN],
            "closed_count": closed.count(),
            "waiting": _with_best(list(waiting[:SHOWN])),
            "waiting_count": waiting.count(),
            "aside_count": rows.exclude(set_aside_at=None).count(),
            "shown": SHOWN,
        }
        return self._page(request, "statement.html", f"Relevé {statement.name}", **more)

    def _page(self, request: Any, template: str, title: str, form: Any = None, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "form": form, **more}
        return render(request, f"admin/billing/bank/{template}", context, status=422 if form is not None and form.errors else 200)


def _allow(request: Any) -> None:
    if not request.user.has_perm(RECONCILE):
        raise PermissionDenied


def _tried(request: Any, pk: int) -> Statement:
    _allow(request)
    return get_object_or_404(Statement.objects.tried().select_related("mapping"), pk=pk)


def _foreseen(new: list[StatementEntry]) -> tuple[list[dict[str, Any]], int]:
    """Each line with what it would do, and how many invoices would close: nothing is written, rows have no key yet."""
    for number, entry in enumerate(new, start=1):
        entry.pk = -number
    desk, told = Desk(new), []
    numbers: set[str] = set()
    for entry in new:
        best = None if entry.set_aside_reason else next(iter(desk.proposals(entry)), None)
        closes = bool(best and best.closes and not numbers & set(best.numbers))
        numbers |= set(best.numbers) if best and closes else set()
        told.append({"entry": entry, "best": best, "closes": closes})
    return told, len(numbers)


def _with_best(entries: list[StatementEntry]) -> list[dict[str, Any]]:
    desk = Desk(entries)
    return [{"entry": entry, "best": next(iter(desk.proposals(entry)), None)} for entry in entries]


def lines_url(state: str = "") -> str:
    page = reverse("admin:billing_statemententry_changelist")
    return f"{page}?etat={state}" if state else page
