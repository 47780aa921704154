"""What every public page of programmes needs: who reads, the row that may be read, how long a cache may keep it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control

from accounts.models import User
from core.caching import is_known
from programmes.models import Edition, TrainingSession


def visitor_of(request: HttpRequest) -> User | AnonymousUser:
    """Who reads, asked only of whom a cookie came from: a public page touches no session (design.md section 5)."""
    return request.user if is_known(request) else AnonymousUser()


def edition_or_404(visitor: User | AnonymousUser, programme: str, edition: str, *, now: datetime) -> Edition:
    visible = Edition.objects.select_related("programme").prefetch_related("partners").visible_to(visitor, now=now)
    return get_object_or_404(visible, programme__slug=programme, slug=edition)


def session_or_404(visitor: User | AnonymousUser, programme: str, session: str, *, now: datetime) -> TrainingSession:
    visible = TrainingSession.objects.with_places().with_seats(now=now).visible_to(visitor, now=now)
    return get_object_or_404(visible, programme__slug=programme, slug=session).tell_seats(now=now)


def kept(answer: HttpResponse, waits: Iterable[timedelta | None]) -> HttpResponse:
    """A cache never shows « Candidater » after the deadline: it forgets the page when a status on it turns."""
    soonest = min((wait for wait in waits if wait), default=None)
    if soonest is not None:
        patch_cache_control(answer, max_age=int(soonest.total_seconds()))
    return answer
