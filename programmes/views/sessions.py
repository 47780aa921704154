"""The public page of a training day, its calendar file and the portraits of its trainers."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from core.registry import SESSION_ACTS
from programmes import documents, photos, queries, structured
from programmes.models import TrainingSession
from programmes.views.pages import calendar_answer
from programmes.views.shared import kept, session_or_404, visitor_of


@require_safe
@login_not_required
@public_page
def session(request: HttpRequest, programme: str, session: str) -> HttpResponse:
    now = clock.now()
    shown = session_or_404(visitor_of(request), programme, session, now=now)
    context = session_context(shown, now=now)
    turns = context["act"].turns_at if context["act"] else None
    waits = [shown.stays_for(now=now), turns - now if turns else None]
    return kept(render(request, "programmes/session.html", context), waits)


@require_safe
@login_not_required
@public_page
def session_dates(request: HttpRequest, programme: str, session: str) -> HttpResponse:
    shown = session_or_404(visitor_of(request), programme, session, now=clock.now())
    return calendar_answer(documents.calendar_name(shown), documents.session_calendar(shown))


@require_safe
@login_not_required
@public_page
def portrait(request: HttpRequest, programme: str, session: str, trainer: int) -> HttpResponse:
    """The portrait of a trainer of a day that may be read; by no other way."""
    shown = session_or_404(visitor_of(request), programme, session, now=clock.now())
    return portrait_answer(shown, trainer)


def session_context(shown: TrainingSession, *, now: datetime) -> dict[str, Any]:
    """What the page of a training day reads; `preview` says who may see it before everybody."""
    act = next((act for found in SESSION_ACTS if (act := found(shown, now))), None) if shown.status(now=now).is_to_come else None
    status, public = shown.status(now=now), shown.is_public(now=now)
    return {
        "session": shown,
        "status": status,
        "people": shown.people,
        "next_day": None if status.is_to_come else queries.next_day_of(shown.programme, now=now, but=shown),
        "preview": None if public else "team",
        "token": "",
        "act": act,
        "data": structured.of_session(shown) if public else None,
        "social": structured.social(shown) if public else None,
    }


def portrait_answer(shown: TrainingSession, trainer: int) -> HttpResponse:
    person = next((person for person in shown.people if person.pk == trainer), None)
    content = photos.read(person) if person else None
    if content is None:
        raise Http404
    return HttpResponse(content, content_type=photos.CONTENT_TYPE, headers={"X-Content-Type-Options": "nosniff"})
