"""Long work, in the admin: the list of mine, and the page of one, live where there is JavaScript."""

import mimetypes
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import Refused
from records import jobs, retention
from records.history import HistoryAdmin
from records.models import Job, JobRow
from records.services import record
from records.states import JobState, Outcome

ROWS = 50
# htmx swaps it, and asks no more.
STOP_POLLING = 286


@admin.register(Job)
class JobAdmin(HistoryAdmin, admin.ModelAdmin):
    """Whoever enters the admin sees their own work; `visible_to` says which."""

    list_display = ["label", "state", "progress", "created_at", "by_name", "download"]
    list_filter = ["state"]
    list_per_page = 25
    ordering = ["-created_at", "-pk"]
    show_full_result_count = False
    when_empty = "Un export ou un import un peu long s’y inscrit, avec son avancement et son fichier."
    act_when_empty = ("admin:index", "Revenir à l’administration")

    @admin.display(description="avancement")
    def progress(self, job: Job) -> str:
        return f"{job.done} sur {job.total}" if job.total else str(job.done or "—")

    @admin.display(description="fichier")
    def download(self, job: Job) -> str | SafeString:
        if not job.file:
            return "—"
        return format_html('<a href="{}">{}</a>', reverse("admin:records_job_file", args=[job.pk]), job.file_name)

    # --- Who sees what ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.visible_to(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    # --- The page ----------------------------------------------------------------------------------------

    def get_urls(self):
        own = [
            path("<int:pk>/etat/", self.state_view, name="records_job_state"),
            path("<int:pk>/arreter/", self.admin_site.admin_view(self.cancel_view), name="records_job_cancel"),
            path("<int:pk>/recommencer/", self.admin_site.admin_view(self.restart_view), name="records_job_restart"),
            path("<int:pk>/fichier/", self.admin_site.admin_view(self.file_view), name="records_job_file"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request, extra_context=None):
        name = "Travaux" if request.user.has_perm("records.view_job") else "Mes travaux"
        return super().changelist_view(request, {"list_name": name, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        job = self._job(request, object_id)
        context = {**self.admin_site.each_context(request), **_context(request, job), "title": job.label, "opts": self.opts}
        return TemplateResponse(request, "admin/records/job.html", context)

    @method_decorator(login_not_required)
    @method_decorator(never_cache)
    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The moving part of the page, asked every second by htmx until the work is over.

        Whose session ended is led to the sign-in by a reload: htmx would put that page in the place of the moving part.
        """
        if not self.admin_site.has_permission(request):
            return HttpResponseForbidden(headers={"HX-Refresh": "true"})
        job = self._job(request, pk)
        html = render_to_string("admin/records/_job.html", {**_context(request, job), "live": True}, request)
        return HttpResponse(html, status=200 if job.is_active else STOP_POLLING)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, jobs.cancel, "L’arrêt est demandé : ce qui est fait reste fait.")

    def restart_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, jobs.restart, "Le travail recommence depuis le début.")

    def file_view(self, request: HttpRequest, pk: int) -> FileResponse:
        return _download(request, self._job(request, pk))

    def _act(self, request: HttpRequest, pk: int, verb: Callable[..., Job], done: str) -> HttpResponse:
        return require_POST(self._acted)(request, self._job(request, pk), verb, done)

    def _acted(self, request: HttpRequest, job: Job, verb: Callable[..., Job], done: str) -> HttpResponse:
        try:
            verb(job, by=request.user, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return redirect(job)

    def _job(self, request: HttpRequest, pk: int | str) -> Job:
        if not str(pk).isdecimal():
            raise Http404
        return get_object_or_404(self.get_queryset(request), pk=pk)


@require_safe
def _download(request: HttpRequest, job: Job) -> FileResponse:
    """Hand the file over as an attachment, and log it: it may hold other people's data."""
    if not job.file or not job.file.storage.exists(str(job.file.name)):
        raise Http404
    if request.method == "GET":
        record("fichier téléchargé", job, by=request.user, now=clock.now(), note=job.file_name)
    kind = mimetypes.guess_type(job.file_name)[0] or "application/octet-stream"
    return FileResponse(job.file.open("rb"), as_attachment=True, filename=job.file_name, content_type=kind)


def _context(request: HttpRequest, job: Job) -> dict[str, Any]:
    counts = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    outcome = request.GET.get("issue", "")
    outcome = outcome if outcome in Outcome.values else ""
    return {
        "job": job,
        "rows": _rows(job, outcome, request.GET.get("p", "1")),
        "outcome": outcome,
        "tabs": [(value, job.outcome_label(value), counts[value]) for value in Outcome.values if value in counts],
        "told": sum(counts.values()),
        "percent": round(100 * job.done / job.total) if job.total else None,
        "emptied_on": _emptied_on(job),
        "states": JobState,
    }


def _rows(job: Job, outcome: str, number: str) -> Page[JobRow]:
    rows = job.rows.filter(outcome=outcome) if outcome else job.rows.all()
    return Paginator(rows, ROWS).get_page(number)


def _emptied_on(job: Job) -> datetime | None:
    return job.finished_at + retention.CONTENT_KEPT if job.finished_at and job.once else None
