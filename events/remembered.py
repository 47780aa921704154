"""What is drawn once for what it holds: rows of the database that equal others of the same content, so that a page made of them is found.

Nothing here may be out of date: the rows are read at each request, and only what was made of the very same ones is taken again.
"""

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from django.db import models

RowT = TypeVar("RowT", bound=models.Model)


class Same(Generic[RowT]):
    """A row that equals another with the same columns."""

    __slots__ = ("_said", "row")

    def __init__(self, row: RowT) -> None:
        self.row = row
        self._said: tuple[Hashable, ...] = tuple(
            vars(row)[field.attname] for field in row._meta.concrete_fields if field.attname in vars(row)
        )

    def __hash__(self) -> int:
        return hash(self._said)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Same) and type(self.row) is type(other.row) and self._said == other._said
