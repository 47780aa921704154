"""Gathering pages (home, `/espace/`, site map) and error pages: they read registries, never an app."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import clock, errorpages
from core.addresses import absolute
from core.caching import public_page
from core.registry import HOME, SITEMAP, SPACE, TYPED, Link, Typed
from core.sections import rendered

# Pages of the house itself, in the site map after what the apps give.
_HOUSE = (
    ("Accueil", "home"),
    ("Contact", "contact"),
    ("Se connecter", "account_login"),
    ("Mon espace", "space"),
    ("Mentions légales", "legal"),
    ("Données personnelles", "privacy"),
    ("Accessibilité", "accessibility"),
    ("Écoconception", "ecodesign"),
)


def _links() -> list[Link]:
    now = clock.now()
    return [link for gather in SITEMAP for link in gather(now)]


@login_not_required
@public_page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "core/home.html", {"sections": rendered(HOME, request)})


def space(request: HttpRequest) -> HttpResponse:
    """Everything that is mine; empty, it says what can be done next."""
    return render(request, "core/space.html", {"sections": rendered(SPACE, request)})


@login_not_required
@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    house = [Link(label, reverse(name)) for label, name in _HOUSE]
    return render(request, "core/sitemap.html", {"links": [link for link in _links() if not link.is_detail], "house": house})


@login_not_required
@public_page
def sitemap_xml(request: HttpRequest) -> HttpResponse:
    house = [Link(label, reverse(name)) for label, name in _HOUSE if name != "space"]
    links = [(absolute(link.url), link.changed_on) for link in (*house, *_links())]
    return render(request, "core/sitemap.xml", {"links": links}, content_type="application/xml; charset=utf-8")


@login_not_required
@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """Let everything public be indexed, except a demonstration that others can reach.

    On one's own machine no engine comes, and what is measured is production's answer.
    """
    at_home = urlsplit(settings.PORTAL_URL).hostname in ("localhost", "127.0.0.1")
    closed = ["/"] if settings.TRIAL and not at_home else ["/admin/", "/compte/", "/espace/", "/candidatures/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {absolute(reverse('sitemap_xml'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return errorpages.page(413 if isinstance(exception, RequestDataTooBig) else 400)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return errorpages.page(403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return errorpages.page(404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    return errorpages.page(500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return errorpages.page(403, errorpages.CSRF, typed=_typed(request))


def _typed(request: HttpRequest) -> Typed | None:
    """Give a refused form's text back to who typed it on our own page; what another site posts is shown to nobody."""
    own = request.headers.get("Sec-Fetch-Site") == "same-origin" or request.headers.get("Origin") == absolute("/").rstrip("/")
    return next((typed for read in TYPED if own and (typed := read(request))), None)
