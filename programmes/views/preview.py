"""« Aperçu » by a signed link: the page before everybody, kept by no cache and read by no engine."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import clock
from core.registry import Link
from programmes import previews
from programmes.models import Edition
from programmes.views.pages import edition_context
from programmes.views.sessions import portrait_answer, session_context


@require_safe
@login_not_required
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """Once it is published, the link leads to the page that everybody reads; one that opens nothing says so, whatever the reason."""
    now = clock.now()
    shown = previews.read(token, now=now)
    if shown is None:
        return unseen(render(request, "programmes/preview_over.html", status=404))
    if shown.row.is_public(now=now):
        return redirect(shown.row)
    template = "programmes/edition.html" if isinstance(shown.row, Edition) else "programmes/session.html"
    return unseen(render(request, template, _context(shown, now=now)))


@require_safe
@login_not_required
def preview_portrait(request: HttpRequest, token: str, trainer: int) -> HttpResponse:
    shown = preview_or_404(token, now=clock.now())
    if isinstance(shown.row, Edition):
        raise Http404
    return unseen(portrait_answer(shown.row, trainer))


def preview_or_404(token: str, *, now: datetime) -> previews.Preview:
    shown = previews.read(token, now=now)
    if shown is None:
        raise Http404
    return shown


def unseen(answer: HttpResponse) -> HttpResponse:
    """Leave it to whoever holds the link: no cache keeps it, no engine lists it, no other site learns its address."""
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _context(shown: previews.Preview, *, now: datetime) -> dict[str, Any]:
    ours = {"preview": "link", "until": shown.until, "token": shown.token}
    if isinstance(shown.row, Edition):
        form = Link("Voir le formulaire, en aperçu", reverse("preview_form", args=[shown.token]), note="rien n’y est enregistré")
        return edition_context(shown.row, now=now) | ours | {"acts": [form]}
    return session_context(shown.row, now=now) | ours
