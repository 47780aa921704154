"""What a sweep does to many rows: each alone, so that one that fails neither stops nor undoes the others."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import models, transaction

from records.services import label_of

T = TypeVar("T", bound=models.Model)
logger = logging.getLogger(__name__)


@contextmanager
def alone(row: models.Model, *, what: str) -> Iterator[None]:
    """What is raised in there is logged with the row it is about, and the sweep goes on: it finds this row again next time."""
    try:
        yield
    except Exception:
        logger.exception("%s: %s", what, label_of(row))


def each_alone(rows: Iterable[T], act: Callable[[T], object], *, what: str) -> int:
    """Do `act` to each row in its own transaction, `alone`. Return how many were done."""
    done = 0
    for row in rows:
        with alone(row, what=what):
            with transaction.atomic():
                act(row)
            done += 1
    return done
