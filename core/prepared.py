"""Queries that every visitor asks, whose SQL is written once for each process (docs/adr/0026).

Django writes the SQL of a query anew each time; on a public page that costs four times what the rows themselves do. Here the same
queryset, rules included, is compiled once, and only what is given (a moment, an address) is put in its place. Rows are read from the
database at each demand, as ever.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import connections, models

from core.clock import PARIS

ModelT = TypeVar("ModelT", bound=models.Model)


def _mark(kind: type, place: int, turn: int) -> Any:
    """Something of this kind, given by nothing else, twice different: what differs in the SQL is what was given."""
    number = 2 * place + turn
    if kind is datetime:
        return datetime(1902, 3, 4, 5, 6, 7, 8, UTC) + timedelta(days=40 * number)
    # Numbers stay within the smallest column: of one beyond, Django asks the database nothing.
    return f"\x01marque {number}" if kind is str else 27_000 + number


@dataclass(frozen=True)
class _Given:
    """A place of the SQL that takes what is given: `form` says how it is written there."""

    name: str
    form: Callable[[Any, Any], Any]


def _as_is(value: Any, connection: Any) -> Any:
    return value


def _as_moment(value: Any, connection: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else None


def _as_day(value: Any, connection: Any) -> Any:
    """The day it is in Paris at this moment."""
    return connection.ops.adapt_datefield_value(value.astimezone(PARIS).date()) if isinstance(value, datetime) else None


_FORMS = (_as_is, _as_moment, _as_day)


@dataclass(frozen=True)
class _Compiled:
    """What compiling leaves: the SQL, which of its places are given, the columns, and how each is read."""

    queryset: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    converters: dict[int, Any]


class Prepared(Generic[ModelT]):
    """A queryset as a function of what is given by name: `Prepared(lambda now: Edition.objects.public(now=now), now=datetime)`.

    A given thing is a moment, a text or a number; the query may read of a moment itself, or its day in Paris. Anything else it would
    make of it is refused at the first call.
    """

    def __init__(self, build: Callable[..., "models.QuerySet[ModelT]"], **kinds: type) -> None:
        self._build = build
        self._marks = {name: tuple(_mark(kind, place, turn) for turn in (0, 1)) for place, (name, kind) in enumerate(kinds.items())}
        self._kept: _Compiled | None = None

    def __call__(self, **given: Any) -> list[ModelT]:
        """Read the rows."""
        if self._kept is None:
            self._kept = self._compiled()
        return list(self._asking(self._kept, given))

    def get(self, **given: Any) -> ModelT:
        """Read the one row; none raises `DoesNotExist`, as of any queryset."""
        for row in self(**given):
            return row
        model: Any = self._build(**given).model
        raise model.DoesNotExist

    def _asking(self, kept: _Compiled, given: dict[str, Any]) -> "models.QuerySet[ModelT]":
        """The queryset, about to ask the SQL that is kept; its own copy of the compiler, since threads ask together."""
        queryset: models.QuerySet[ModelT] = kept.queryset._chain()
        connection = connections[queryset.db]
        params = tuple(param.form(given[param.name], connection) if isinstance(param, _Given) else param for param in kept.params)
        compiler = copy(kept.compiler)
        compiler.connection = connection
        compiler.as_sql = _answers((kept.sql, params))
        compiler.get_converters = _answers(kept.converters)
        queryset.query.get_compiler = _answers(compiler)  # type: ignore[method-assign]
        return queryset

    def _compiled(self) -> _Compiled:
        querysets = [self._build(**{name: marks[turn] for name, marks in self._marks.items()}) for turn in (0, 1)]
        connection = connections[querysets[0].db]
        compiler, other = (queryset.query.get_compiler(connection=connection) for queryset in querysets)
        (sql, first), (_, second) = compiler.as_sql(), other.as_sql()
        params = tuple(self._param(*pair, connection) for pair in zip(first, second, strict=True))
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return _Compiled(querysets[0], compiler, sql, params, converters)

    def _param(self, one: Any, other: Any, connection: Any) -> Any:
        if one == other:
            return one
        for name, marks in self._marks.items():
            for form in _FORMS:
                if tuple(form(mark, connection) for mark in marks) == (one, other):
                    return _Given(name, form)
        raise ValueError(f"{one!r} is neither what is given nor its day: this query cannot be prepared.")


def _answers(value: Any) -> Callable[..., Any]:
    """A method that always answers this."""
    return lambda *_, **__: value
