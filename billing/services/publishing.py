"""Making the files of what was issued, minutes at most after the issue; a failure is tried again, later and later, and holds up no other.

Drawing is work for a processor: with two worker processes two sweeps run, one from the oldest document, one from the newest.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic

from django.core.cache import cache
from django.db.models import QuerySet

from billing import documents
from billing.models import Invoice
from core import hints

logger = logging.getLogger(__name__)

TASK = "billing.publish_invoices"
BUDGET = 8.0  # seconds a sweep goes on beginning new ones: letters wait for the same workers
AT_ONCE = 200
ENOUGH_FOR_TWO = 4
# The ends from which the sweeps begin: they meet in the middle, and need not tell each other which one they draw.
ENDS = ("pk", "-pk")
LATE = timedelta(minutes=10)
_FIRST_REST, _LONGEST_REST, _MOST_DOUBLINGS = 60, 3600, 6  # seconds
_DAY = 86_400


def publish_due(*, now: datetime) -> int:
    """Make the files that are missing; return how many were made. What remains is for the next sweep, called at once."""
    with _end() as order:
        if order is None:
            return 0
        due = list(_due().order_by(order).values_list("pk", flat=True)[:AT_ONCE])
        if len(due) >= ENOUGH_FOR_TWO and _is_free(ENDS[order == ENDS[0]]):
            hints.nudge(TASK)
        made, is_all = _publish(due, now=now)
    if made and not is_all:
        hints.nudge(TASK)
    return made


def late(*, now: datetime) -> QuerySet[Invoice]:
    """Those whose file should be there: something is wrong that a person should look at."""
    return _due().filter(issued_at__lt=now - LATE)


def _due() -> QuerySet[Invoice]:
    return Invoice.objects.unpublished()


def _publish(due: list[int], *, now: datetime) -> tuple[int, bool]:
    """Return how many were made, and whether nothing is left to begin."""
    made, ends = 0, monotonic() + BUDGET
    for pk in due:
        if monotonic() > ends:
            return made, False
        if not cache.get(_resting(pk)):
            made += _published(pk, now=now)
    return made, len(due) < AT_ONCE


def _published(pk: int, *, now: datetime) -> bool:
    invoice = _due().select_related("corrects", "replaces").filter(pk=pk).first()
    if invoice is None:
        return False
    try:
        documents.publish(invoice, now=now)
    except Exception:
        logger.exception("file of %s", invoice.number)
        _let_rest(pk)
        return False
    return True


def _let_rest(pk: int) -> None:
    """Try it again later and later; whoever downloads it tries at once. A cache that forgets only tries sooner."""
    failures = cache.get(_failures(pk), 0)
    cache.set(_failures(pk), failures + 1, timeout=_DAY)
    cache.set(_resting(pk), 1, timeout=min(_FIRST_REST * 2 ** min(failures, _MOST_DOUBLINGS), _LONGEST_REST))


def _resting(pk: int) -> str:
    return f"invoice:{pk}:rests"


def _failures(pk: int) -> str:
    return f"invoice:{pk}:failures"


@contextmanager
def _end() -> Iterator[str | None]:
    """Give an end that no other sweep holds; none when both are held. Only spares work: `documents.publish` guards the rest."""
    order = next((end for end in ENDS if cache.add(_held(end), 1, timeout=BUDGET + 2 * documents.LIMIT)), None)
    try:
        yield order
    finally:
        if order:
            cache.delete(_held(order))


def _is_free(end: str) -> bool:
    return cache.get(_held(end)) is None


def _held(end: str) -> str:
    return f"publishing:{end}"
