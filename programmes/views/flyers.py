"""The flyers: of what is public for everybody, of the rest for the team and for whoever holds a link of « Aperçu »."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from programmes import flyers
from programmes.flyers import Row
from programmes.models import Flyer
from programmes.services import flyers as services
from programmes.services.flyers import NotReady
from programmes.views.preview import preview_or_404, unseen
from programmes.views.shared import edition_or_404, session_or_404, visitor_of

RETRY_AFTER = 60  # seconds


@require_safe
@login_not_required
@public_page
def edition_flyer(request: HttpRequest, programme: str, edition: str) -> HttpResponse:
    now = clock.now()
    return _flyer(request, edition_or_404(visitor_of(request), programme, edition, now=now), now=now)


@require_safe
@login_not_required
@public_page
def session_flyer(request: HttpRequest, programme: str, session: str) -> HttpResponse:
    now = clock.now()
    return _flyer(request, session_or_404(visitor_of(request), programme, session, now=now), now=now)


@require_safe
@login_not_required
def preview_flyer(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    return unseen(_flyer(request, preview_or_404(token, now=now).row, now=now, page=reverse("preview", args=[token])))


def pdf_answer(flyer: Flyer, name: str) -> HttpResponse:
    """The file of a version, known to caches by what it prints."""
    with flyer.file.open("rb") as file:
        content = file.read()
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{flyer.pk}-{flyer.fingerprint[:16]}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _flyer(request: HttpRequest, row: Row, *, now: datetime, page: str = "") -> HttpResponse:
    """The last version drawn; while there is none, a page that says so and where the same facts are."""
    try:
        flyer = services.to_download(row, now=now)
        return pdf_answer(flyer, flyers.file_name(row))
    except NotReady as refusal:
        context = {"row": row, "page": page or row.get_absolute_url(), "refusal": str(refusal)}
        headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
        answer = render(request, "programmes/flyer_away.html", context, status=503)
        for name, value in headers.items():
            answer.headers[name] = value
        return answer
