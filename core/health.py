"""Is the portal alive, and can it work? (design.md section 1: `/sante/`, `/sante/pret/`)

Read by machines: no session, no login, no redirect to https, nothing kept by a cache.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.registry import HEALTH, Fact

logger = logging.getLogger(__name__)

TICK = "core:tick"
# Three beats missed: the beat, the broker or the worker is down.
TICK_IS_OLD = timedelta(minutes=3)


@login_not_required
@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer without looking at anything: the process serves."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Tell each fact; 503 when a vital one fails, else 200 with what is degraded."""
    facts = list(gather(now=clock.now()))
    failed = [fact.name for fact in facts if fact.vital and not fact.ok]
    degraded = [fact.name for fact in facts if not fact.vital and not fact.ok]
    state = "failed" if failed else "degraded" if degraded else "ok"
    told = {fact.name: {"ok": fact.ok, "detail": fact.detail} for fact in facts}
    return JsonResponse({"state": state, "failed": failed, "degraded": degraded, "facts": told}, status=503 if failed else 200)


def gather(*, now: datetime) -> Iterable[Fact]:
    """Try each part; a part that breaks is a fact, never an error."""
    yield from _tried("database", _database, vital=True)
    yield from _tried("storage", _storage, vital=True)
    yield from _tried("broker", _broker)
    yield from _tried("tick", _tick)
    for part in HEALTH:
        yield from _tried(part.__module__, partial(part, now))


def _tried(name: str, look: Callable[[], Iterable[Fact]], *, vital: bool = False) -> list[Fact]:
    try:
        return list(look())
    except Exception as error:
        # Any fault of a part is the same answer: this part does not work.
        logger.warning("health: %s: %r", name, error)
        return [Fact(name, ok=False, detail=type(error).__name__, vital=vital)]


def _database() -> Iterable[Fact]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield Fact("database", ok=True, detail=connection.vendor, vital=True)


def _storage() -> Iterable[Fact]:
    """Write, read and remove one small file."""
    content = uuid4().hex
    name = default_storage.save(f"sante/{content}", ContentFile(content.encode()))
    try:
        with default_storage.open(name) as file:
            yield Fact("storage", ok=file.read() == content.encode(), vital=True)
    finally:
        default_storage.delete(name)


def _broker() -> Iterable[Fact]:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
        yield Fact("broker", ok=True)


def _tick() -> Iterable[Fact]:
    """Beat, broker and worker together: when the last tick of the beat was worked."""
    last: Any = cache.get(TICK)
    fresh = last is not None and timezone.now() - last <= TICK_IS_OLD
    yield Fact("tick", ok=fresh, detail=last.isoformat(timespec="seconds") if last else "never")
