"""« Exporter »: what is on the screen, in the order it is in, as a file; each export is an act."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.roles import EXPORT_APPLICATIONS
from applications import exports
from applications.admin.filters import SEARCH
from applications.columns import BY_NAME
from core import clock
from programmes.models import Edition
from records import jobs
from records.services import record


class ExportingMixin:
    """Before ModelAdmin: the list offers its files to who may take them."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.export))
        return [path("exporter/", view, name="applications_application_export"), *super().get_urls()]

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = request.user.has_perm(EXPORT_APPLICATIONS)
        address = f"{reverse('admin:applications_application_export')}?{request.GET.urlencode()}" if may else ""
        context = {"exports": address, "export_kinds": list(exports.KINDS.items()), **(extra_context or {})}
        return super().changelist_view(request, context)

    def export(self, request: Any) -> HttpResponseBase:
        """Give the file at once (CSV), or show the work that makes it; the address says what is on the screen."""
        kind = request.POST.get("kind", "")
        if not request.user.has_perm(EXPORT_APPLICATIONS):
            raise PermissionDenied
        if kind not in exports.KINDS:
            raise BadRequest
        request.order_only = True
        shown = self.get_changelist_instance(request)  # type: ignore[attr-defined]
        if shown.lost:
            return redirect(f"{reverse('admin:applications_application_changelist')}?{request.GET.urlencode()}")
        names = [name for name in shown.list_display if name in BY_NAME]
        return _csv(request, shown, names) if kind == "csv" else _work(request, shown, names, kind)


def _log(request: Any, shown: Any, kind: str, count: int) -> None:
    """Say in the log who took what: about the call when one is chosen, else about who asked."""
    call = Edition.objects.filter(pk=shown.chosen["edition"]).first() if "edition" in shown.chosen else None
    # The words searched may be a person's: the log says that there were some.
    narrowed = [chip["label"] if chip["label"] == SEARCH else f"{chip['label']} {chip['value']}" for chip in shown.narrowed_by]
    note = f"{kind}, {count} ligne{'s' if count > 1 else ''}\u202f; {', '.join(narrowed) or 'toutes'}"
    record("export de candidatures", call or request.user, by=request.user, now=clock.now(), note=note)


def _csv(request: HttpRequest, shown: Any, names: list[str]) -> StreamingHttpResponse:
    now = clock.now()
    _log(request, shown, "CSV", shown.queryset.count())
    rows = shown.queryset.iterator(chunk_size=exports.CHUNK)
    parts = exports.csv_parts(rows, [BY_NAME[name] for name in names])
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="candidatures-{now:%Y-%m-%d-%Hh%M}.csv"'
    return response


def _work(request: Any, shown: Any, names: list[str], kind: str) -> HttpResponse:
    rows = list(shown.queryset.values_list("pk", flat=True))
    _log(request, shown, exports.KINDS[kind], len(rows))
    name = {"xlsx": exports.XLSX_JOB, "ods": exports.ODS_JOB}[kind]
    label = f"Export de {len(rows)} candidature{'s' if len(rows) > 1 else ''} ({exports.KINDS[kind]})"
    return redirect(jobs.start(name, label=label, params={"rows": rows, "columns": names}, by=request.user, now=clock.now()))
