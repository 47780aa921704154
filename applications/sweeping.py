"""What a sweep does to many rows: each alone, so that one that fails neither stops nor undoes the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import models, transaction

from records.services import label_of

T = TypeVar("T", bound=models.Model)
logger = logging.getLogger(__name__)


def each_alone(rows: Iterable[T], act: Callable[[T], object], *, what: str) -> None:
    """Do `act` to each row in its own transaction; what is raised is logged with the row it is about, and the next one comes."""
    for row in rows:
        try:
            with transaction.atomic():
                act(row)
        except Exception:
            logger.exception("%s: %s", what, label_of(row))
