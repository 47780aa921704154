"""Opening a page by an organiser's own link, without account; and how often one network may ask for links."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from events import organisers

# Letters that one network may ask for in an hour: a whole administration types behind one address.
AT_MOST, HOUR = 60, 3600


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the event of a secret address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        organiser = organisers.organiser_of(token)
        response = view(request, organiser, *args, **kwargs) if organiser else render(request, "events/propose/gone.html", status=404)
        # Not « no-referrer »: browsers then send « Origin: null » with our own forms, which the guard against forgery refuses.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return opened


def asks_too_often(request: HttpRequest) -> bool:
    """Count a network's requests of this hour; a cache that fails counts nothing and refuses nobody."""
    key = f"propositions:{truncate_ip(get_client_ip(request) or '')}"
    if cache.add(key, 1, HOUR):
        return False
    try:
        return cache.incr(key) > AT_MOST
    except ValueError:  # it ended between the two
        return False
