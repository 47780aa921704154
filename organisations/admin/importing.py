"""« Importer un tableau » : deposit, read the trial, then import; the template to fill."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from core import clock
from core.refusals import Refused
from organisations import importing
from organisations.cells import APART, KINDS
from organisations.forms import ImportForm
from organisations.models import ImportFile
from organisations.tables import ORGANISATIONS, TABLES

SHOWN = 10


class ImportMixin:
    """Before ModelAdmin; `table` says which kind of table its page takes."""

    table = ORGANISATIONS
    admin_site: Any
    opts: Any

    def get_urls(self):
        view, name = self.admin_site.admin_view, self._import_name()
        return [
            path("importer/", view(self.import_page), name=name),
            path("importer/modele.csv", view(self.template), name=f"{name}_template"),
            path("importer/<int:pk>/", view(require_POST(self.confirm)), name=f"{name}_confirm"),
            *super().get_urls(),
        ]

    def import_page(self, request: Any) -> HttpResponse:
        """Deposit a table: it is tried at once, as long work, and nothing of it is written."""
        self._allow_import(request)
        posted = (request.POST, request.FILES) if request.method == "POST" else ()
        form = ImportForm(*posted, table=self.table)
        if form.is_valid():
            name = form.cleaned_data["file"].name
            kept = importing.deposit(name, form.content, by=request.user, now=clock.now(), table=self.table)
            return redirect("admin:records_job_change", kept.trial_id)
        return self._import_page(request, form)

    def confirm(self, request: Any, pk: int) -> HttpResponse:
        """Write what was tried."""
        self._allow_import(request)
        kept = get_object_or_404(ImportFile, pk=pk, by_id=str(request.user.pk), table=self.table)
        try:
            return redirect(importing.confirm(kept, by=request.user, now=clock.now()))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(f"admin:{self._import_name()}")

    def template(self, request: Any) -> HttpResponse:
        self._allow_import(request)
        name = f"modele-{TABLES[self.table].file}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(importing.template(self.table), content_type="text/csv; charset=utf-8", headers=headers)

    def _import_page(self, request: HttpRequest, form: Any) -> HttpResponse:
        files = ImportFile.objects.filter(by_id=str(request.user.pk), table=self.table).select_related("trial", "job")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Importer un tableau",
            "form": form,
            "files": files.order_by("-created_at", "-pk")[:SHOWN],
            "headings": [column.heading for column in TABLES[self.table].columns.values()],
            "kinds": ", ".join(KINDS.values()),
            "apart": APART,
            "name": f"admin:{self._import_name()}",
            "crumbs": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return render(request, "admin/organisations/import.html", context, status=422 if form.is_bound else 200)

    def _import_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_import"

    def _allow_import(self, request: Any) -> None:
        if not request.user.has_perm(TABLES[self.table].permission):
            raise PermissionDenied
