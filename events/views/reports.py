"""The report of a season, on the site: for the team and for coordinators, each of their regions. Others are told nothing: 404."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from core import clock
from events import report, report_documents, reporting
from events.models.season import VIEW_EVENT
from events.reporting import Asked


@require_safe
@never_cache
def season_report(request: UserRequest) -> HttpResponse:
    asked = _asked(request)
    links = {"page": reverse("report"), "pdf": reverse("report_pdf"), "back": reverse("coordination")}
    return report_page(request, asked, links)


@require_safe
@never_cache
def season_report_pdf(request: UserRequest) -> HttpResponse:
    return report_pdf(_asked(request))


def _asked(request: UserRequest) -> Asked:
    person = request.user
    asked = reporting.asked(request.GET, reporting.places_of(person), now=clock.now(), hidden=person.has_perm(VIEW_EVENT))
    if asked is None:
        raise Http404
    return asked


def report_page(request: UserRequest, asked: Asked, links: dict[str, str], *, mark: str = "") -> HttpResponse:
    """The page of a report, wherever it is read from."""
    told = report.report_of(asked.season, asked.place)
    context = report_documents.context_of(told, now=clock.now()) | {"asked": asked, "links": links, "mark": mark}
    return render(request, "events/report/report.html", context)


def report_pdf(asked: Asked) -> HttpResponse:
    """The same on paper, drawn for whoever asks: its figures move with each registration."""
    told = report.report_of(asked.season, asked.place)
    content = report_documents.draw(told, now=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{report_documents.file_name(told)}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
