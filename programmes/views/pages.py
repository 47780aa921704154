"""Public pages of programmes and calls; staff see there, ahead of time, what is not published."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from core import clock
from core.caching import is_known, public_page
from core.registry import EDITION_ACTS, Link
from programmes import documents, queries
from programmes.models import Edition, Kind, Programme
from programmes.states import ACCEPTING, Status

WORDS_LENGTH = 100
BEFORE_CLOSING = ACCEPTING | {Status.ANNOUNCED}


@require_safe
@login_not_required
@public_page
@vary_on_headers("HX-Request")
def programmes(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("type", "").upper()
    kind = kind if kind in Kind.values else ""
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH]
    now = clock.now()
    found = queries.entries(now=now, kind=kind, words=words)
    template = "programmes/_list.html" if _wants_the_list_alone(request) else "programmes/list.html"
    answer = render(request, template, {"entries": found, "total": len(found), "kinds": Kind, "kind": kind, "words": words})
    return _kept(answer, found, now=now)


@require_safe
@login_not_required
@public_page
def programme(request: HttpRequest, programme: str) -> HttpResponse:
    now = clock.now()
    shown = get_object_or_404(Programme.objects.visible_to(_visitor(request)), slug=programme)
    living, archive = queries.editions_of(shown, now=now)
    context = {"programme": shown, "living": living, "archive": archive, "preview": not shown.is_public}
    return _kept(render(request, "programmes/programme.html", context), living, now=now)


@require_safe
@login_not_required
@public_page
def edition(request: HttpRequest, programme: str, edition: str) -> HttpResponse:
    now, visitor = clock.now(), _visitor(request)
    shown = _edition(visitor, programme, edition, now=now)
    status = shown.status(now=now)
    context = {
        "edition": shown,
        "status": status,
        "before": status in BEFORE_CLOSING,
        "phases": list(shown.phases.with_places()),
        "acts": _acts(shown, visitor, now=now),
        "other_call": None if status.is_accepting else queries.open_call_of(shown.programme, now=now),
        "preview": not shown.is_public(now=now),
    }
    answer = render(request, "programmes/edition.html", context)
    return _kept(answer, [queries.Entry(shown.programme, shown, status)], now=now)


@require_safe
@login_not_required
@public_page
def edition_dates(request: HttpRequest, programme: str, edition: str) -> HttpResponse:
    shown = _edition(_visitor(request), programme, edition, now=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{documents.calendar_name(shown)}"'}
    return HttpResponse(documents.calendar(shown), content_type="text/calendar; charset=utf-8", headers=headers)


def _kept(answer: HttpResponse, lines: Iterable[queries.Entry], *, now: datetime) -> HttpResponse:
    """A cache never shows « Candidater » after the deadline: it forgets the page when a status on it turns."""
    waits = [wait for line in lines if line.edition and (wait := line.edition.stays_for(now=now))]
    if waits:
        patch_cache_control(answer, max_age=int(min(waits).total_seconds()))
    return answer


def _visitor(request: HttpRequest) -> User | AnonymousUser:
    """Who reads, asked only of whom a cookie came from: a public page touches no session (design.md section 5)."""
    return request.user if is_known(request) else AnonymousUser()


def _edition(visitor: User | AnonymousUser, programme: str, edition: str, *, now: datetime) -> Edition:
    visible = Edition.objects.select_related("programme").visible_to(visitor, now=now)
    return get_object_or_404(visible, programme__slug=programme, slug=edition)


def _acts(edition: Edition, visitor: User | AnonymousUser, *, now: datetime) -> list[Link]:
    """« Ma candidature », « Reprendre mon brouillon »: what the apps above know of this person and this call."""
    if not visitor.is_authenticated:
        return []
    links = (act(edition, visitor, now) for act in EDITION_ACTS)
    return [link for link in links if link]


def _wants_the_list_alone(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
