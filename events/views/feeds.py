"""The programme for machines: calendar, Atom, JSON, CSV. Streamed; the same filters as the list; an ETag that moves with the events."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from core import clock
from core.addresses import absolute, path_of
from core.caching import MAX_AGE
from events import calendars, finding, opendata, queries
from events import feeds as writing
from events.finding import Filters
from events.models.event import EventQuerySet
from events.views.shared import Asked, asked
from events.zones import zone_of

# Pages of other sites may read it: it holds nothing but what is public.
FOR_EVERYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
# To be raised when what is written changes: whoever kept the feed asks for it again.
WRITING = "2"
_AT_ONCE = 100
Writer = Callable[[Asked, EventQuerySet, datetime], Iterator[bytes]]


def _feed(request: HttpRequest, content_type: str, write: Writer, *, name: str = "") -> HttpResponseBase:
    now = clock.now()
    read = asked(request, now=now)
    if read.told:
        return _refused(read.told)
    events = queries.shared(read.filters, read.season, now=now)
    state = queries.state_of(events)
    etag = _etag(request, state, read)
    if unchanged := get_conditional_response(request, etag=etag):
        return _cacheable(unchanged, etag)
    known = (state["changed"], state["listed"], read.season.published_at if read.season else None)
    date = max((moment for moment in known if moment), default=now)
    answer = StreamingHttpResponse(write(read, events, date), content_type=content_type, headers=FOR_EVERYBODY)
    if name:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _cacheable(answer, etag)


def _refused(told: list[str]) -> HttpResponse:
    """A feed that left a filter aside would give other events than those asked for."""
    lines = [f"- {line.removesuffix(finding.ASIDE)}" for line in told]
    words = "\n".join(["Ces filtres ne peuvent pas être suivis :", *lines, "Rien n’est servi : corrigez l’adresse, ou ôtez-les.", ""])
    return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8", headers={**FOR_EVERYBODY, "Cache-Control": "no-store"})


def _etag(request: HttpRequest, state: dict[str, Any], read: Asked) -> str:
    season = (read.season.pk, read.season.title) if read.season else ()
    said = repr((WRITING, request.path, read.filters, season, sorted(state.items())))
    return quote_etag(hashlib.sha256(said.encode()).hexdigest()[:32])


def _cacheable(answer: HttpResponseBase, etag: str) -> HttpResponseBase:
    answer.headers["ETag"] = etag
    patch_cache_control(answer, public=True, max_age=MAX_AGE)
    return answer


def _written(events: EventQuerySet) -> Iterator[Any]:
    """The events with what is said of them, a hundred at once: memory stays flat."""
    return events.select_related("season", "picture").prefetch_related("slots", "formats").iterator(chunk_size=_AT_ONCE)


@csrf_exempt
@require_safe
@login_not_required
@gzip_page
def agenda_ics(request: HttpRequest) -> HttpResponseBase:
    def write(read: Asked, events: EventQuerySet, date: datetime) -> Iterator[bytes]:
        places = events.order_by().values_list("region", "department").distinct()
        zones = [zone_of(region, department).key for region, department in places] or ["Europe/Paris"]
        rows = ((event, event.slots.all()) for event in _written(events))
        return calendars.subscription(rows, zones, name=read.title, notes=opendata.sentence(date))

    return _feed(request, "text/calendar; charset=utf-8", write)


@csrf_exempt
@require_safe
@login_not_required
@gzip_page
def feed_atom(request: HttpRequest) -> HttpResponseBase:
    def write(read: Asked, events: EventQuerySet, date: datetime) -> Iterator[bytes]:
        address = read.filters.address()
        found = _written(events.order_by("-listed_at", "-pk"))
        itself, page = absolute(path_of("events_atom") + address), absolute(path_of("events") + address)
        return writing.atom(found, title=read.title, itself=itself, page=page, date=date)

    return _feed(request, "application/atom+xml; charset=utf-8", write)


@csrf_exempt
@require_safe
@login_not_required
@gzip_page
def programme_json(request: HttpRequest) -> HttpResponseBase:
    def write(read: Asked, events: EventQuerySet, date: datetime) -> Iterator[bytes]:
        return opendata.json_lines(_written(events), about=_about(read), date=date)

    return _feed(request, "application/json; charset=utf-8", write)


@csrf_exempt
@require_safe
@login_not_required
@gzip_page
def programme_csv(request: HttpRequest) -> HttpResponseBase:
    def write(read: Asked, events: EventQuerySet, date: datetime) -> Iterator[bytes]:
        return opendata.csv_lines(_written(events), date=date)

    return _feed(request, "text/csv; charset=utf-8", write, name="programme.csv")


def _about(read: Asked) -> dict[str, str]:
    """The filters, as the address said them, and the season they were followed in."""
    said = {field.name: str(value) for field in fields(Filters) if (value := getattr(read.filters, field.name))}
    return said | ({"saison": read.season.slug} if read.season else {})
