"""Social cards: the picture of a page where its address is shared. Never of what is not published, not even for the team."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from programmes import cards
from programmes.models import Programme
from programmes.structured import Row
from programmes.views.shared import edition_or_404, session_or_404
from records.services import label_of

logger = logging.getLogger(__name__)


@require_safe
@login_not_required
@public_page
def programme_card(request: HttpRequest, programme: str) -> HttpResponse:
    return _card(get_object_or_404(Programme.objects.public(), slug=programme))


@require_safe
@login_not_required
@public_page
def edition_card(request: HttpRequest, programme: str, edition: str) -> HttpResponse:
    return _card(edition_or_404(AnonymousUser(), programme, edition, now=clock.now()))


@require_safe
@login_not_required
@public_page
def session_card(request: HttpRequest, programme: str, session: str) -> HttpResponse:
    return _card(session_or_404(AnonymousUser(), programme, session, now=clock.now()))


def _card(row: Row) -> HttpResponse:
    """A drawing that fails costs the picture, and never the page."""
    try:
        content = cards.png(row)
    except Exception:
        logger.exception("social card of %s", label_of(row))
        said = "L’image n’a pas pu être dessinée : réessayez dans un instant."
        return HttpResponse(said, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
    # Programs of other sites show it: that is what it is for.
    return HttpResponse(content, content_type="image/png", headers={"Cross-Origin-Resource-Policy": "cross-origin"})
