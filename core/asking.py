"""Asking every app the same thing: one that fails is logged and told of, and takes nobody else's answer away."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from core.registry import Registry

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Answers(NamedTuple, Generic[T]):
    items: list[T]
    complete: bool


def everyone(registry: Registry[Callable[..., Iterable[T]]], *arguments: Any) -> Answers[T]:
    """Return every answer, and whether every app gave one."""
    items: list[T] = []
    complete = True
    for ask in registry:
        try:
            items.extend(ask(*arguments))
        except Exception:
            complete = False
            logger.exception("%s.%s gave no answer", ask.__module__, ask.__qualname__)
    return Answers(items, complete)
