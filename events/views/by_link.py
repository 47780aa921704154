"""Opening a page by an organiser's own link, without account; and how often one network may ask for links."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from core.secret_pages import kept_secret
from events import organisers

# Letters that one network may ask for in an hour: a whole administration types behind one address.
AT_MOST, HOUR = 60, 3600


def by_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Open the event of a secret address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        organiser = organisers.organiser_of(token)
        response = view(request, organiser, *args, **kwargs) if organiser else render(request, "events/propose/gone.html", status=404)
        return kept_secret(response)

    return opened


def asks_too_often(request: HttpRequest, what: str = "propositions", *, most: int = AT_MOST) -> bool:
    """Count a network's requests of this hour, of each sort apart; a cache that fails counts nothing and refuses nobody."""
    key = _key(request, what)
    if cache.add(key, 1, HOUR):
        return False
    try:
        return cache.incr(key) > most
    except ValueError:  # it ended between the two
        return False


def asked_too_often(request: HttpRequest, what: str, *, most: int) -> bool:
    """Whether a network has used up what it may ask in an hour; asking this counts nothing."""
    return int(cache.get(_key(request, what)) or 0) >= most


def _key(request: HttpRequest, what: str) -> str:
    return f"{what}:{truncate_ip(get_client_ip(request) or '')}"
