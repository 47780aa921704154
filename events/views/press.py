"""The press room: the list and its archive, a communiqué with its PDFs and its kit, the feed.

Before its embargo ends a communiqué answers 404 to the public, and shows a banner to the team; withdrawn, it leaves a notice (410).
"""

import logging
from datetime import datetime
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from events.models import PressFile, PressRelease
from events.press import cards, documents, feeds, kit, reading, structured
from events.services import press as services
from programmes.views.feeds import FOR_EVERYBODY
from programmes.views.shared import kept, visitor_of

logger = logging.getLogger(__name__)

ON_A_PAGE = 20


@require_safe
@login_not_required
@public_page
def press(request: HttpRequest) -> HttpResponse:
    """The communiqués, the latest first; `annee` narrows to a year of the archive."""
    now = clock.now()
    years = reading.years(now=now)
    year = next((number for number, _ in years if str(number) == request.GET.get("annee", "")), None)
    page = Paginator(reading.listed(now=now, year=year), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "events/press/list.html", {"page": page, "years": years, "year": year})


@require_safe
@login_not_required
@public_page
def press_release(request: HttpRequest, slug: str) -> HttpResponse:
    now = clock.now()
    release = _release_or_404(request, slug, now=now)
    if release.withdrawn_at and release.is_public(now=now):
        return _withdrawn(request, release)
    public = release.is_public(now=now)
    context = {
        "release": release,
        "told": reading.told(release, now=now),
        "files": release.files.all(),
        "versions": list(release.versions.order_by("number")) if release.updated_at else [],
        "under_embargo": not public,
        "social": structured.social(release) if public else None,
        "data": structured.of_release(release) if public else None,
    }
    return render(request, "events/press/release.html", context)


@require_safe
@login_not_required
@public_page
def press_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    now = clock.now()
    release = _release_or_404(request, slug, now=now)
    if release.withdrawn_at and release.is_public(now=now):
        return _withdrawn(request, release)
    return _pdf(services.to_download(release, now=now), documents.file_name(release))


@require_safe
@login_not_required
@public_page
def press_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A former version, as it was given."""
    now = clock.now()
    release = _release_or_404(request, slug, now=now)
    if release.withdrawn_at:
        return _withdrawn(request, release)
    version = get_object_or_404(release.versions.order_by("number"), number=number)
    if not default_storage.exists(str(version.file.name)):
        raise Http404
    with version.file.open("rb") as file:
        return _pdf(file.read(), documents.file_name(release, number))


@require_safe
@login_not_required
def press_file(request: HttpRequest, slug: str, file: int) -> HttpResponseBase:
    """A file of the kit, given to be kept: never opened in the page."""
    found = _file_or_404(request, slug, file)
    opened = _opened(str(found.file.name))
    answer = FileResponse(opened, as_attachment=True, filename=kit.given_name(found), content_type=kit.content_type(found))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
@login_not_required
@public_page
def press_preview(request: HttpRequest, slug: str, file: int) -> HttpResponse:
    """A picture of the kit as the page shows it."""
    found = _file_or_404(request, slug, file)
    with _opened(str(found.preview.name)) as opened:
        return HttpResponse(opened.read(), content_type=kit.PICTURE, headers={"X-Content-Type-Options": "nosniff"})


@require_safe
@login_not_required
def press_kit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The whole kit in one archive, with a text that says captions, credits and licences."""
    now = clock.now()
    release = _release_or_404(request, slug, now=now)
    if release.withdrawn_at or not (files := list(release.files.all())):
        raise Http404
    name = f"dossier-{release.slug}.zip"
    answer = FileResponse(kit.archive(release, files), as_attachment=True, filename=name, content_type="application/zip")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
@login_not_required
@public_page
def press_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Never of what is under embargo, not even for the team; a drawing that fails costs the picture only."""
    release = get_object_or_404(PressRelease.objects.listed(now=clock.now()), slug=slug)
    try:
        content = cards.png(release)
    except Exception:
        logger.exception("social card of the press release %s", release.pk)
        said = "L’image n’a pas pu être dessinée : réessayez dans un instant."
        return HttpResponse(said, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
    return HttpResponse(content, content_type="image/png", headers={"Cross-Origin-Resource-Policy": "cross-origin"})


@require_safe
@login_not_required
@public_page
def press_atom(request: HttpRequest) -> HttpResponse:
    found = list(reading.listed(now=clock.now())[: feeds.LATEST])
    return kept(HttpResponse(feeds.atom(found), content_type="application/atom+xml; charset=utf-8", headers=FOR_EVERYBODY), [])


def _release_or_404(request: HttpRequest, slug: str, *, now: datetime) -> PressRelease:
    visible = reading.whole(PressRelease.objects.all()).visible_to(visitor_of(request), now=now)
    return get_object_or_404(visible, slug=slug)


def _file_or_404(request: HttpRequest, slug: str, pk: int) -> PressFile:
    """Of a communiqué this person reads, and that was not withdrawn."""
    now, visitor = clock.now(), visitor_of(request)
    visible = PressRelease.objects.filter(slug=slug, withdrawn_at=None).visible_to(visitor, now=now)
    return get_object_or_404(PressFile.objects.filter(release__in=visible).order_by("pk"), pk=pk)


def _opened(name: str) -> "File[bytes]":
    try:
        return default_storage.open(name)
    except (OSError, ValueError) as error:
        raise Http404 from error


def _withdrawn(request: HttpRequest, release: PressRelease) -> HttpResponse:
    answer = render(request, "events/press/withdrawn.html", {"release": release}, status=HTTPStatus.GONE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})
