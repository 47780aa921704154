"""The public pages of a season and of an event, their calendar file and their social cards."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from events import calendars, cards, homes, pictures, queries, rooms, structured
from events.models import Event, Season
from events.states import SHOWN, State
from programmes.views.pages import calendar_answer
from programmes.views.shared import kept, visitor_of
from records.services import label_of

logger = logging.getLogger(__name__)


@require_safe
@login_not_required
@public_page
def season(request: HttpRequest, season: str) -> HttpResponse:
    now = clock.now()
    seasons = queries.public_seasons(now=now)
    public = next((row for row in seasons if row.slug == season), None)
    shown = public or _unpublished(request, season, now=now)
    home = homes.home_of(shown, seasons, now=now)
    context = {
        "season": shown,
        "home": home,
        "is_listing": shown.is_listing(now=now),
        "is_over": shown.is_over(now=now),
        "preview": public is None,
    }
    turns = [moment - now for moment in (shown.listing_opens_at, shown.listing_closes_at) if moment and moment > now]
    return kept(render(request, "events/season.html", context), [*turns, queries.until_midnight(now)])


def _unpublished(request: HttpRequest, slug: str, *, now: datetime) -> Season:
    visitor = visitor_of(request)
    if not visitor.is_authenticated:
        raise Http404
    return get_object_or_404(Season.objects.visible_to(visitor, now=now), slug=slug)


@require_safe
@login_not_required
@public_page
def event(request: HttpRequest, season: str, event: str) -> HttpResponse:
    """What anybody reads; who proposes, coordinates or is of the team reads there, ahead of time, what is not listed."""
    now = clock.now()
    public = homes.public_event(season, event, now=now)
    shown = public or homes.page_of(_proposed(request, season, event), now=now)
    turns = rooms.turns(shown.event, shown.slots)
    answer = render(request, "events/event.html", _context(shown, public is not None, now=now))
    return kept(answer, [moment - now for moment in turns if moment > now])


def _proposed(request: HttpRequest, season: str, slug: str) -> Event:
    visitor = visitor_of(request)
    if not visitor.is_authenticated:
        raise Http404
    return get_object_or_404(homes.with_season(Event.objects.visible_to(visitor)).distinct(), season__slug=season, slug=slug)


def _context(page: homes.Page, is_public: bool, *, now: datetime) -> dict[str, Any]:
    event, parent = page.event, page.event.parent
    last = max((slot.ends_at or slot.starts_at for slot in page.slots), default=None)
    return {
        "event": event,
        "picture": pictures.shown(event),
        "season": event.season,
        "slots": page.slots,
        "rooms": rooms.shown(event, page.slots, now=now),
        "formats": [str(row) for row in page.formats],
        "partners": page.partners,
        "parent": parent if parent and parent.state in SHOWN and parent.listed_at else None,
        "parts": page.parts,
        "is_over": last is not None and last < now,
        "is_cancelled": event.state == State.CANCELLED,
        "preview": not is_public,
        "social": structured.social(event) if is_public else None,
        "data": structured.of_event(event, page.slots, page.parts) if is_public else None,
    }


@require_safe
@login_not_required
@public_page
def event_ics(request: HttpRequest, season: str, event: str) -> HttpResponse:
    """« Ajouter à mon agenda »; of an event called off, it takes the entries away."""
    shown = _public_or_404(season, event, now=clock.now())
    return calendar_answer(f"{season}-{event}.ics", calendars.calendar(shown, shown.slots.all()))


@require_safe
@login_not_required
@public_page
def event_card(request: HttpRequest, season: str, event: str) -> HttpResponse:
    return _card(cards.of_event, _public_or_404(season, event, now=clock.now()))


@require_safe
@login_not_required
@public_page
def season_card(request: HttpRequest, season: str) -> HttpResponse:
    return _card(cards.of_season, get_object_or_404(Season.objects.public(now=clock.now()), slug=season))


def _public_or_404(season: str, event: str, *, now: datetime) -> Event:
    rows = homes.counted(Event.objects.public(now=now)).select_related("season").prefetch_related("slots")
    return get_object_or_404(rows, season__slug=season, slug=event)


def _card(draw: Callable[[Any], bytes], row: Season | Event) -> HttpResponse:
    """A drawing that fails costs the picture, and never the page."""
    try:
        content = draw(row)
    except Exception:
        logger.exception("social card of %s", label_of(row))
        said = "L’image n’a pas pu être dessinée : réessayez dans un instant."
        return HttpResponse(said, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
    # Programs of other sites show it: that is what it is for.
    return HttpResponse(content, content_type="image/png", headers={"Cross-Origin-Resource-Policy": "cross-origin"})
