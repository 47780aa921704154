"""Public pages of programmes and calls; staff see there, ahead of time, what is not published."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from core import clock
from core.caching import public_page
from core.registry import EDITION_ACTS, Link
from programmes import documents, queries, structured
from programmes.models import Edition, Kind, Programme
from programmes.services import interest
from programmes.states import ACCEPTING, Status
from programmes.views.shared import edition_or_404, kept, visitor_of

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
    return kept(answer, [line.stays_for(now=now) for line in found])


@require_safe
@login_not_required
@public_page
def programme(request: HttpRequest, programme: str) -> HttpResponse:
    now = clock.now()
    shown = get_object_or_404(Programme.objects.visible_to(visitor_of(request)), slug=programme)
    living, archive = queries.content_of(shown, now=now)
    context = {"programme": shown, "living": living, "archive": archive, "preview": None if shown.is_public else "team"}
    context |= {"social": structured.social(shown) if shown.is_public else None, "data": None}
    context["may_ask"] = interest.is_useful(shown, None, now=now)
    return kept(render(request, "programmes/programme.html", context), [line.stays_for(now=now) for line in living])


@require_safe
@login_not_required
@public_page
def edition(request: HttpRequest, programme: str, edition: str) -> HttpResponse:
    now, visitor = clock.now(), visitor_of(request)
    shown = queries.public_call(programme, edition, now=now) or edition_or_404(visitor, programme, edition, now=now)
    context = edition_context(shown, now=now) | {"acts": _acts(shown, visitor, now=now)}
    return kept(render(request, "programmes/edition.html", context), [shown.stays_for(now=now)])


@require_safe
@login_not_required
@public_page
def edition_dates(request: HttpRequest, programme: str, edition: str) -> HttpResponse:
    shown = edition_or_404(visitor_of(request), programme, edition, now=clock.now())
    return calendar_answer(documents.calendar_name(shown), documents.calendar(shown))


def edition_context(shown: Edition, *, now: datetime) -> dict[str, Any]:
    """What the page of a call reads; `preview` says who may see it before everybody."""
    status, public = shown.status(now=now), shown.is_public(now=now)
    return {
        "edition": shown,
        "status": status,
        "before": status in BEFORE_CLOSING,
        "phases": shown.timeline,
        "partners": shown.carried_by,
        "acts": [],
        "other_call": None if status.is_accepting else queries.open_call_of(shown.programme, now=now),
        "preview": None if public else "team",
        "data": structured.of_edition(shown) if public else None,
        "social": structured.social(shown) if public else None,
        "token": "",
    }


def calendar_answer(name: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _acts(edition: Edition, visitor: User | AnonymousUser, *, now: datetime) -> list[Link]:
    """« Ma candidature », « Reprendre mon brouillon »: what the apps above know of this person and this call."""
    if not visitor.is_authenticated:
        return []
    links = (act(edition, visitor, now) for act in EDITION_ACTS)
    return [link for link in links if link]


def _wants_the_list_alone(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
