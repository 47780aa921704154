"""What the public registers say: régions, départements, intercommunalités, communes (organisations/data, made by scripts/reference.py).

Read once a process, at first use. Communes stay here, 35,000 of them, and become a row of the register the day one is needed
(docs/adr/, « Une commune entre au répertoire le jour où elle sert »).
"""

import gzip
import json
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from organisations.naming import key_of, of_commune, place_in, typeset, words_of

DATA = Path(__file__).resolve().parent / "data"
# Without région; Saint-Pierre-et-Miquelon to Clipperton.
OVERSEAS_COLLECTIVITIES = frozenset({"975", "977", "978", "984", "986", "987", "988", "989"})


@dataclass(frozen=True)
class Department:
    code: str
    name: str
    link: int
    region: str


@dataclass(frozen=True)
class Commune:
    """One commune; `title` tells it from those of the same name."""

    code: str
    name: str
    link: int
    department: str
    siren: str
    is_town: bool
    is_alone: bool

    @property
    def title(self) -> str:
        """« Ville de Rennes », « Commune de Saint-Denis (Aude) »."""
        title = f"{'Ville' if self.is_town else 'Commune'} {of_commune(self.name, self.link)}"
        return title if self.is_alone else f"{title} ({departments()[self.department].name})"


def read(name: str) -> dict[str, Any]:
    """Return a file of the data folder: its source, its date, and its rows under « lignes »."""
    path = DATA / name
    packed = path.read_bytes()
    content: dict[str, Any] = json.loads(gzip.decompress(packed) if path.suffix == ".gz" else packed)
    return content


@cache
def _department_words() -> frozenset[str]:
    return frozenset(word for department in departments().values() for word in words_of(department.name).split())


@cache
def departments() -> dict[str, Department]:
    rows = read("departements.json")["lignes"]
    return {code: Department(code, typeset(name), link, region) for code, name, link, region in rows}


class Communes:
    """The communes, searched in one long text: 1 ms where 35,000 objects would take 40 and ten times the memory."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.towns: int = content["villes"]
        self._lines: list[str] = content["lignes"]
        names = words_of(" @@ ".join(line.split("|")[1] for line in self._lines)).split(" @@ ")
        # Each line is « \n rennes »: a word begins after a blank, a name after a line end.
        self._text = "".join(f"\n {name} " for name in names) + "\n"
        self._starts = array("L", accumulate((len(name) + 3 for name in names), initial=0))
        self._by_code = {line.split("|", 1)[0]: number for number, line in enumerate(self._lines)}
        self._shared = frozenset(name for name, count in Counter(names).items() if count > 1)

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, code: str) -> Commune | None:
        return self._at(self._by_code[code]) if code in self._by_code else None

    def named(self, text: str) -> Commune | None:
        """Return the commune that « Ville de Rennes », « Mairie de Saint-Denis (Aude) » means, when it is one and a title says so."""
        key = key_of(text)
        if not key.startswith("ville "):
            return None
        wanted = key.removeprefix("ville ")
        found = {number: commune for number in self._with_all(wanted.split()) if wanted in _keys(commune := self._at(number))}
        return next(iter(found.values())) if len(found) == 1 else None

    def search(self, words: str, *, limit: int = 10) -> list[Commune]:
        """Return the largest communes each word of which begins with one typed: the very name first."""
        typed = place_in(words)
        if not typed:
            return []
        found = dict.fromkeys([*self._called(" ".join(typed)), *islice(self._with_all(typed), 2 * limit)])
        return [commune for number in islice(found, limit) if (commune := self._at(number)).siren]

    def _called(self, name: str) -> list[int]:
        """Return the lines that hold this name and no more, its article apart."""
        return sorted(number for article in ("", "le ", "la ", "les ", "l ") for number in self._lines_with(f"\n {article}{name} \n"))

    def _with_all(self, typed: list[str]) -> Iterator[int]:
        """Yield the lines where each word begins with one typed, or names the département; sought by the rarest."""
        rare = sorted(set(typed), key=lambda word: (self._text.count(f" {word}"), word))
        # The rarest may be the département's: then the next one is in the name.
        for word in rare[: 2 if rare[0] in _department_words() else 1]:
            found = False
            for number in self._lines_with(f" {word}"):
                if self._holds(number, typed):
                    found = True
                    yield number
            if found:
                return

    def _holds(self, number: int, typed: list[str]) -> bool:
        line = self._text[self._starts[number] : self._starts[number + 1]]
        return all(f" {word}" in line or self._is_department(number, word) for word in typed)

    def _is_department(self, number: int, word: str) -> bool:
        """« Saint-Denis (Aude) » is typed with its département."""
        department = departments().get(self._lines[number].split("|")[3])
        return department is not None and word in words_of(department.name).split()

    def _lines_with(self, piece: str) -> Iterator[int]:
        at = self._text.find(piece)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield number
            at = self._text.find(piece, self._starts[number + 1])

    def _at(self, number: int) -> Commune:
        code, name, link, department, siren = self._lines[number].split("|")
        alone = self._text[self._starts[number] : self._starts[number + 1]].strip() not in self._shared
        return Commune(code, typeset(name), int(link), department, siren, number < self.towns, alone)


def _keys(commune: Commune) -> set[str]:
    bare, place = key_of(commune.name), departments().get(commune.department)
    return {bare, f"{bare} {key_of(place.name)}"} if place else {bare}


@cache
def communes() -> Communes:
    return Communes(read("communes.json.gz"))
