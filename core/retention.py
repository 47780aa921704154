"""Erasing what may no longer be kept (domain.md G3): each app registers its purge, this runs them all."""

from collections.abc import Iterator
from datetime import datetime

from core.registry import PURGES, Erasure


def purge(*, now: datetime, dry_run: bool = False) -> Iterator[Erasure]:
    """Run every purge and tell, line by line, what was erased, or would be."""
    for run in PURGES:
        yield from run(now, dry_run)
