"""« Importer un tableau » : deposit, read the trial, then import; the template to fill."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.roles import IMPORT_ORGANISATIONS
from core import clock
from core.refusals import Refused
from organisations import importing
from organisations.cells import APART, COLUMNS, KINDS
from organisations.forms import ImportForm
from organisations.models import ImportFile, Organisation

SHOWN = 10


class ImportMixin:
    """Before ModelAdmin."""

    admin_site: Any

    def get_urls(self):
        view, name = self.admin_site.admin_view, "organisations_organisation_import"
        return [
            path("importer/", view(self.import_page), name=name),
            path("importer/modele.csv", view(self.template), name=f"{name}_template"),
            path("importer/<int:pk>/", view(require_POST(self.confirm)), name=f"{name}_confirm"),
            *super().get_urls(),
        ]

    def import_page(self, request: Any) -> HttpResponse:
        """Deposit a table: it is tried at once, as long work, and nothing of it is written."""
        _allow(request)
        form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
        if form.is_valid():
            kept = importing.deposit(form.cleaned_data["file"].name, form.content, by=request.user, now=clock.now())
            return redirect("admin:records_job_change", kept.trial_id)
        return self._import_page(request, form)

    def confirm(self, request: Any, pk: int) -> HttpResponse:
        """Write what was tried."""
        _allow(request)
        kept = get_object_or_404(ImportFile, pk=pk, by_id=str(request.user.pk))
        try:
            return redirect(importing.confirm(kept, by=request.user, now=clock.now()))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:organisations_organisation_import")

    def template(self, request: Any) -> HttpResponse:
        _allow(request)
        headers = {"Content-Disposition": 'attachment; filename="modele-organismes.csv"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(importing.template(), content_type="text/csv; charset=utf-8", headers=headers)

    def _import_page(self, request: HttpRequest, form: Any) -> HttpResponse:
        files = ImportFile.objects.filter(by_id=str(request.user.pk)).select_related("trial", "job")
        context = {
            **self.admin_site.each_context(request),
            "opts": Organisation._meta,
            "title": "Importer un tableau",
            "form": form,
            "files": files.order_by("-created_at", "-pk")[:SHOWN],
            "headings": [column.heading for column in COLUMNS.values()],
            "kinds": ", ".join(KINDS.values()),
            "apart": APART,
        }
        return render(request, "admin/organisations/import.html", context, status=422 if form.is_bound else 200)


def _allow(request: Any) -> None:
    if not request.user.has_perm(IMPORT_ORGANISATIONS):
        raise PermissionDenied
