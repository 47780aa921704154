"""The door of a partner, by a mailed link and without account (S17): figures region by region, the report, the programme to download."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.secret_pages import kept_secret
from events import opendata, partners, report, report_documents, reporting
from events.models import PartnerLink
from events.report import Report
from events.reporting import Asked
from events.views.reports import report_page, report_pdf


def by_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open what a secret address leads to; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @require_safe
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        now = clock.now()
        link = partners.link_of(token, now=now)
        asked = reporting.asked(request.GET, reporting.ALL, now=now) if link else None
        response = view(request, link, asked, token) if link else render(request, "events/report/closed.html", status=404)
        return kept_secret(response)

    return opened


@by_door
def partner(request: HttpRequest, link: PartnerLink, asked: Asked | None, token: str) -> HttpResponse:
    """Each region of a season, with what can be downloaded of it."""
    partners.note_opened(link, now=clock.now())
    context: dict[str, Any] = {"link": link, "token": token, "asked": asked, "fields": opendata.FIELDS, "now": clock.now()}
    if asked:
        lines = report.lines_of(asked.season)
        context |= {"lines": lines, "total": report.total_of(lines), "columns": report.COLUMNS, "season": asked.season}
    return render(request, "events/report/partner.html", context)


@by_door
def partner_report(request: Any, link: PartnerLink, asked: Asked | None, token: str) -> HttpResponse:
    links = {name: reverse(url, args=[token]) for name, url in (("page", "partner_report"), ("pdf", "partner_pdf"), ("back", "partner"))}
    return report_page(request, _wanted(asked), links, mark=link.organisation)


@by_door
def partner_pdf(request: HttpRequest, link: PartnerLink, asked: Asked | None, token: str) -> HttpResponse:
    return report_pdf(_wanted(asked))


@by_door
def partner_csv(request: HttpRequest, link: PartnerLink, asked: Asked | None, token: str) -> HttpResponse:
    """The figures region by region; the programme has its own files, which are everybody's (`events.opendata`)."""
    wanted = _wanted(asked)
    told: Report = report.report_of(wanted.season)
    name = f"chiffres-{wanted.season.slug}.csv"
    content = b"".join(report_documents.figures_csv(told, now=clock.now()))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _wanted(asked: Asked | None) -> Asked:
    if asked is None:
        raise Http404
    return asked
