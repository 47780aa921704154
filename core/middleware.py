"""Middlewares of the house."""

import codecs
import logging
from collections.abc import Callable
from errno import ENOSPC
from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from core import errorpages
from core.caching import is_known
from core.drawing import Undrawn
from core.pdf import Unmade

logger = logging.getLogger(__name__)

# Django answers these without a page.
BARE = frozenset({400, 405, 413, 415, 429})
# What browsers and forms use; nothing here answers another method.
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class LoginRequiredMiddleware(DjangoLoginRequired):
    """Login by default; looks at the view's flag before the user, so that public pages carry no `Vary: Cookie`."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: tuple[Any, ...], view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class ResourcePolicyMiddleware:
    """Outermost: no other site may show our answers as its own, and no cache in front may keep what somebody known was shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if is_known(request):
            # What a form answered may be shown again by « Back »: asked for again, it would be sent again.
            kept = "no-store" if request.method in ("GET", "HEAD") else "no-cache"
            response.headers.setdefault("Cache-Control", f"private, {kept}")
        return response


class ErrorPagesMiddleware:
    """Gives a page with a way out to the errors Django answers bare, and refuses early what no view could read.

    Stands inside the security headers, so that its pages carry them too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused = unreadable(request)
        if refused:
            return _with_methods(errorpages.page(refused))
        response = self.get_response(request)
        if response.status_code in BARE and _is_bare(response):
            response.content = errorpages.body(response.status_code)
            response.headers["Content-Type"] = "text/html; charset=utf-8"
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A document that cannot be made now is said in words, not an error 500: it may be asked for again."""
        if not isinstance(exception, (Unmade, Undrawn)) and getattr(exception, "errno", None) != ENOSPC:
            return None
        logger.error("no document: %s", type(exception).__name__, exc_info=exception)
        answer = errorpages.page(HTTPStatus.SERVICE_UNAVAILABLE)
        answer.headers["Retry-After"] = "60"
        return answer


def unreadable(request: HttpRequest) -> int:
    """Return the status that refuses a request no view could read, or 0.

    A null byte is no text for PostgreSQL; a form that is not UTF-8 is refused by Django with an error 500 (reliability.md section 3).
    """
    if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return 400
    if request.method not in METHODS:
        return 405
    charset = (request.content_params or {}).get("charset", "utf-8")
    if request.content_type not in FORMS or charset.lower() == "utf-8":
        return 0
    if not _is_utf_8(charset):
        return 415
    request.encoding = "utf-8"  # « utf8 », « UTF_8 »: the same under names that Django does not know
    return 0


def _with_methods(response: HttpResponse) -> HttpResponse:
    """Name the methods we answer, as a 405 must."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(sorted(METHODS))
    return response


def _is_utf_8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


def _is_bare(response: HttpResponse) -> bool:
    """Tell whether an error has no page of its own (neither HTML nor JSON)."""
    if response.streaming or response.headers.get("Content-Type", "").startswith("application/json"):
        return False
    return b"<html" not in response.content
