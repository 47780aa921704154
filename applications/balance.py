"""The balance of a group against what its jury wants (B6): shown with its arithmetic in words, never turned into a score.

Nothing here asks the database: the board counts, this reckons.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from applications.models import Bound
from applications.states import Axis, Branch
from organisations.regions import Region
from organisations.states import Kind

UNKNOWN = ""
CHOICES: dict[Axis, tuple[tuple[str, str], ...]] = {
    Axis.BRANCH: tuple(Branch.choices),
    Axis.REGION: tuple(Region.choices),
    Axis.KIND: tuple(Kind.choices),
}
HEADINGS = {Axis.BRANCH: "Fonction publique", Axis.REGION: "Région", Axis.KIND: "Type d’employeur"}
# One person of the branch, several: « une hospitalière » is a place.
_PLACES = {Branch.STATE: ("de l’État", "de l’État"), Branch.LOCAL: ("territoriale", "territoriales")}
_PLACES[Branch.HOSPITAL] = ("hospitalière", "hospitalières")
# {axis: {value: how many}}
Counts = Mapping[Axis, Mapping[str, int]]


def label_of(axis: Axis, value: str) -> str:
    """« Hospitalière », « Bretagne », « Commune »; of what is not known, so."""
    label = dict(CHOICES[axis]).get(value, "non précisé")
    return f"{label[:1].upper()}{label[1:]}"


@dataclass(frozen=True)
class Cell:
    """One branch, region or kind: how many hold a place, how many may still, and what was wanted."""

    axis: Axis
    value: str
    held: int
    waiting: int = 0
    least: int | None = None
    most: int | None = None

    @property
    def label(self) -> str:
        return label_of(self.axis, self.value)

    @property
    def missing(self) -> int:
        return max(0, (self.least or 0) - self.held)

    @property
    def over(self) -> int:
        return max(0, self.held - self.most) if self.most is not None else 0

    @property
    def room(self) -> int:
        """How many more of those who may still be chosen could be."""
        return self.waiting if self.most is None else min(self.waiting, max(0, self.most - self.held))

    @property
    def is_bound(self) -> bool:
        return self.least is not None or self.most is not None

    @property
    def wanted(self) -> str:
        """« au moins 4 », « 2 à 6 », « au plus 8 »; empty when nothing was asked."""
        if self.least is not None and self.most is not None:
            return f"{self.least} exactement" if self.least == self.most else f"{self.least} à {self.most}"
        if self.least is not None:
            return f"au moins {self.least}"
        return f"au plus {self.most}" if self.most is not None else ""

    @property
    def verdict(self) -> str:
        """What the number says of the bound: « il en manque 2 », « 1 de trop »; empty when it holds."""
        if self.missing:
            return f"il en manque {self.missing}"
        return f"{self.over} de trop" if self.over else ""

    def counted(self, number: int) -> str:
        """« 5 hospitalières », « 1 de l’État », « 2 pour Bretagne »."""
        if self.axis == Axis.BRANCH and self.value in _PLACES:
            return f"{number} {_PLACES[Branch(self.value)][number > 1]}"
        return f"{number} pour « {self.label} »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")


@dataclass(frozen=True)
class Side:
    """One way of looking at the group."""

    axis: Axis
    cells: Sequence[Cell]

    @property
    def heading(self) -> str:
        return HEADINGS[self.axis]

    @property
    def missing(self) -> int:
        return sum(cell.missing for cell in self.cells)


@dataclass(frozen=True)
class Balance:
    """A group of `seats` places, `held` of which are."""

    seats: int
    held: int
    sides: Sequence[Side]

    @property
    def left(self) -> int:
        return max(0, self.seats - self.held)

    @property
    def percent(self) -> float:
        return min(100.0, round(100 * self.held / self.seats, 2))

    @cached_property
    def warnings(self) -> list[str]:
        """What can no longer be, or is no longer, in words."""
        return [sentence for side in self.sides for sentence in self._of(side)]

    def _of(self, side: Side) -> Iterator[str]:
        if side.missing > self.left:
            needed = _enumerated([cell.counted(cell.missing) for cell in side.cells if cell.missing])
            yield f"{self._left_words()}, il en faut {needed}."
        for cell in side.cells:
            if cell.missing > cell.waiting:
                yield f"Il en faut encore {cell.counted(cell.missing)}\u202f; {_still(cell.waiting)}."
            if cell.over:
                yield f"{cell.label} : {cell.held} retenue{_s(cell.held)}, {cell.most} au plus.".replace(" :", "\u00a0:")
        yield from self._capped(side)

    def _capped(self, side: Side) -> Iterator[str]:
        room, waiting = sum(cell.room for cell in side.cells), sum(cell.waiting for cell in side.cells)
        if room < self.left <= waiting:
            places = f"{room} place{_s(room)}" if room else "aucune place"
            yield f"{side.heading}\u00a0: les maximums ne laissent prendre que {places} sur les {self.left} qui restent."

    def _left_words(self) -> str:
        if not self.left:
            return "Il ne reste aucune place"
        return f"Il reste {self.left} place{_s(self.left)}"


def reckon(seats: int, held: int, holding: Counts, waiting: Counts, bounds: Sequence[Bound]) -> Balance:
    """Set what is held, and what may still be, beside what was wanted."""
    wanted = {(bound.axis, bound.value): bound for bound in bounds}
    return Balance(seats, held, [Side(axis, list(_cells(axis, holding, waiting, wanted))) for axis in CHOICES])


def _cells(axis: Axis, holding: Counts, waiting: Counts, wanted: Mapping[tuple[str, str], Bound]) -> Iterator[Cell]:
    """Every branch; of regions and kinds, those that hold, may hold or were asked for."""
    for value in (*dict(CHOICES[axis]), UNKNOWN):
        bound, held, may = wanted.get((axis, value)), holding[axis].get(value, 0), waiting[axis].get(value, 0)
        if held or may or bound or (axis == Axis.BRANCH and value):
            yield Cell(axis, value, held, may, bound.least if bound else None, bound.most if bound else None)


def _enumerated(words: Sequence[str]) -> str:
    return " et ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _still(waiting: int) -> str:
    if not waiting:
        return "plus aucune candidature ne peut l’être"
    return f"{waiting} candidature{_s(waiting)} seulement {'peuvent' if waiting > 1 else 'peut'} encore l’être"


def _s(number: int) -> str:
    return "s" if number > 1 else ""
