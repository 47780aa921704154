"""Figures drawn on the server: an SVG without style of its own, and the same numbers in a table beside it (interface.md, Identity).

Widths are percentages and text keeps its size, so that a chart fits 320 px and twice the text. In a template:
`{% load charts %}{% bars "Candidatures par état" rows %}`, where rows are `(label, number)` or `(label, number, url)`;
`{% columns "Dépôts par jour" rows %}` for what follows in time. Colours are in `static/css/admin.css` (`.chart`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

Row = Sequence[Any]
# Heights in pixels: a line of words with its bar below; the field of the columns.
LINE, FIELD = 46, 120
# A page may hold several charts of one title.
_NUMBERS = count()


@dataclass(frozen=True)
class Mark:
    """A bar or a column: where it stands in percents, and what it says."""

    label: str
    value: int
    url: str
    at: float
    size: float
    shown: str


@dataclass(frozen=True)
class Chart:
    """What the template draws."""

    id: str
    title: str
    description: str
    marks: list[Mark]
    height: int
    unit: str
    said: Callable[[Any], str] = str

    @property
    def total(self) -> int:
        return sum(mark.value for mark in self.marks)

    @property
    def shown_total(self) -> str:
        return self.said(self.total)


def bars(title: str, rows: Iterable[Row], unit: str = "nombre") -> Chart:
    """One line a row, as long as its number: for kinds, states, regions."""
    found = [(*row, "")[:3] for row in rows]
    most = max((row[1] for row in found), default=0) or 1
    marks = [
        Mark(str(label), value, str(url), LINE * rank, _part(value, most), str(value)) for rank, (label, value, url) in enumerate(found)
    ]
    return _chart(title, marks, LINE * len(marks), unit)


def columns(title: str, rows: Iterable[Row], unit: str = "nombre", said: Callable[[Any], str] = str) -> Chart:
    """One column a row, in order: for days and months; `said` writes a number (euros). What is below zero has no column."""
    found = [(*row, "")[:3] for row in rows]
    most = max((row[1] for row in found), default=0) or 1
    step = 100 / (len(found) or 1)
    marks = [
        Mark(str(label), value, str(url), round(step * rank, 3), _part(max(value, 0), max(most, 1)), said(value))
        for rank, (label, value, url) in enumerate(found)
    ]
    return _chart(title, marks, FIELD, unit, said)


@dataclass(frozen=True)
class Part:
    """A piece of a line: what it is, how many, where it stands in percents, and its colour (`.part-…` in static/css/admin.css)."""

    label: str
    value: int
    at: float
    size: float
    colour: str


@dataclass(frozen=True)
class Stack:
    """A line of several pieces, and all of it in words."""

    label: str
    parts: list[Part]
    at: float

    @property
    def total(self) -> int:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True)
class Stacked:
    """What the template draws: lines of pieces, the pieces being the columns of its table."""

    id: str
    title: str
    description: str
    stacks: list[Stack]
    columns: list[tuple[str, str, int]]
    height: int

    @property
    def total(self) -> int:
        return sum(stack.total for stack in self.stacks)

    @property
    def table(self) -> list[tuple[Stack, list[int]]]:
        """Each line with a number a column, nought where it has no such piece."""
        held = [{part.label: part.value for part in stack.parts} for stack in self.stacks]
        return [(stack, [numbers.get(name, 0) for name, *_ in self.columns]) for stack, numbers in zip(self.stacks, held, strict=True)]


def stacked(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[tuple[str, Sequence[int]]]) -> Stacked:
    """One line a row, cut in pieces: `columns` are (name, colour), a row its label and a number a column."""
    found = list(rows)
    most = max((sum(numbers) for _, numbers in found), default=0) or 1
    stacks = [Stack(str(label), list(_parts(columns, numbers, most)), LINE * rank) for rank, (label, numbers) in enumerate(found)]
    sums = [(name, colour, sum(numbers[place] for _, numbers in found)) for place, (name, colour) in enumerate(columns)]
    told = "\u202f; ".join(
        f"{stack.label} : {', '.join(f'{part.value} {part.label}' for part in stack.parts) or 'rien'}" for stack in stacks
    )
    return Stacked(f"graphique-{next(_NUMBERS)}", title, told or "Rien à montrer.", stacks, sums, LINE * len(stacks))


def _parts(columns: Sequence[tuple[str, str]], numbers: Sequence[int], most: int) -> Iterable[Part]:
    at = 0.0
    for (name, colour), number in zip(columns, numbers, strict=True):
        if number:
            size = _part(number, most)
            yield Part(name, number, round(at, 3), size, colour)
            at += size


def _part(value: int, most: int) -> float:
    return float(round(100 * value / most, 2))


def _chart(title: str, marks: list[Mark], height: int, unit: str, said: Callable[[Any], str] = str) -> Chart:
    told = ", ".join(f"{mark.label} : {mark.shown}" for mark in marks)
    return Chart(f"graphique-{next(_NUMBERS)}", title, told or "Rien à montrer.", marks, height, unit, said)
