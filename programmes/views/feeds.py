"""Three feeds of the same entries, as cacheable as the pages."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from programmes import documents, feeds, queries
from programmes.views.shared import kept

# Pages of other sites may read it: it holds nothing but what is public.
FOR_EVERYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


@require_safe
@login_not_required
@public_page
def calls_json(request: HttpRequest) -> HttpResponse:
    return _feed("application/feed+json; charset=utf-8")


@require_safe
@login_not_required
@public_page
def calls_atom(request: HttpRequest) -> HttpResponse:
    return _feed("application/atom+xml; charset=utf-8")


@require_safe
@login_not_required
@public_page
def calls_ics(request: HttpRequest) -> HttpResponse:
    return _feed("text/calendar; charset=utf-8")


def _feed(content_type: str) -> HttpResponse:
    now = clock.now()
    calls, days = queries.open_calls(now=now), queries.days_to_come(now=now)
    if content_type.startswith("text/calendar"):
        content = documents.agenda(calls, days)
    else:
        write = feeds.json_feed if "json" in content_type else feeds.atom
        content = write(feeds.items(calls, days, now=now))
    answer = HttpResponse(content, content_type=content_type, headers=FOR_EVERYBODY)
    return kept(answer, [*(call.stays_for(now=now) for call in calls), *(day.stays_for(now=now) for day in days)])
