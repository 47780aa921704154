"""Erasing what may no longer be kept (domain.md G3): each app registers its purge, this runs them all."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from core.clock import PARIS
from core.registry import PURGES, Erasure

PURGED_AT = time(3, 30)  # in Paris


def night(moment: datetime) -> datetime:
    """Return when the first purge from this moment on runs."""
    local = moment.astimezone(PARIS)
    day = local.date() if local.time() <= PURGED_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, PURGED_AT, PARIS)


def purge(*, now: datetime, dry_run: bool = False) -> Iterator[Erasure]:
    """Run every purge and tell, line by line, what was erased, or would be."""
    for run in PURGES:
        yield from run(now, dry_run)
