"""What is proposed to whoever types the name of a body: names of public bodies, never anybody's data."""

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import clock
from core.caching import public_page
from organisations import services

# From one network, in a minute: a whole administration types behind one address.
AT_MOST = 600
MINUTE = 60


@login_not_required
@public_page
def proposals(request: HttpRequest) -> HttpResponse:
    """At most ten names for `q`, for static/js/suggest.js. The same for everybody: a cache in front may keep it."""
    if _too_many(request):
        return JsonResponse({"propositions": []}, status=429, headers={"Retry-After": str(MINUTE)})
    found = services.propose(request.GET.get("q", ""), now=clock.now())
    return JsonResponse({"propositions": [{"nom": proposal.name, "note": proposal.note} for proposal in found]})


def _too_many(request: HttpRequest) -> bool:
    """Count a network's requests of this minute; a cache that fails counts nothing and refuses nobody."""
    key = f"structures:{truncate_ip(get_client_ip(request) or '')}"
    if cache.add(key, 1, MINUTE):
        return False
    try:
        return cache.incr(key) > AT_MOST
    except ValueError:  # it ended between the two
        return False
