"""The selection board of a call: its lines as they are narrowed and sorted, what is counted beside them, and the balance of the group.

The page is cut in the database; what is counted is counted in one query for all the choices at once (`facets`), so that the board costs
the same for 50 applications and for 5,000.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.models import User
from applications import balance
from applications.models import Application, ApplicationQuerySet, ConflictOfInterest, Offer, Review, Selection
from applications.models.application import UNREAD
from applications.states import READ_BY_THE_JURY, Axis, Branch, State
from organisations.regions import Region
from organisations.states import Kind
from programmes.models import Edition

PER_PAGE, AT_MOST = 50, 300
# On the board: what the jury decides on, and what became of it. A person who left is found under their own word.
STATES = (
    State.SUBMITTED,
    State.IN_REVIEW,
    State.SELECTED,
    State.CONFIRMED,
    State.WAITLISTED,
    State.DECLINED,
    State.LAPSED,
    State.WITHDRAWN,
)
BEFORE_THE_JURY = tuple(state for state in STATES if state != State.WITHDRAWN)
# Who may still be given a place.
_OPEN = (*READ_BY_THE_JURY, State.WAITLISTED)
SHORT, CONFLICT, SPREAD = "lectures", "conflits", "ecart"
# Marks further apart than this are worth talking about.
WIDE = 2
_BLANK = "vide"


# State and choices, whether readings lack, whether marks are far apart, how many.
Cell = tuple[tuple[str, ...], int, int, int]


@dataclass(frozen=True)
class Choice:
    """A list of choices of the form."""

    name: str
    label: str
    key: Any
    choices: tuple[tuple[str, str], ...]


def _or_blank(field: str, choices: Sequence[tuple[str, str]], blank: str) -> tuple[Any, tuple[tuple[str, str], ...]]:
    return Coalesce(F(field), Value("")), (*((str(value), str(label)) for value, label in choices), (_BLANK, blank))


_KIND = _or_blank("body__kind", Kind.choices, "organisme à reconnaître")
FILTERS = (
    Choice("branch", "fonction publique", F("branch"), (*Branch.choices, (_BLANK, "non précisée"))),
    Choice("region", "région", F("region"), (*Region.choices, (_BLANK, "non précisée"))),
    Choice("kind", "type d’employeur", *_KIND),
)
WATCHED = {SHORT: "sans assez de lectures", SPREAD: f"notes écartées de {WIDE} points ou plus", CONFLICT: "avec un conflit d’intérêts"}
_WIDE = Case(When(spread__gte=WIDE, then=Value(1)), default=Value(0))

# What it is sorted by: its word in the address, its heading, its order; the reverse is asked for with « - ».
SORTS: dict[str, tuple[str, Any, bool]] = {
    "moyenne": ("moyenne", "mean", True),
    "ecart": ("écart", "spread", True),
    "lectures": ("lectures", "readings", True),
    "rang": ("rang", "waitlist_rank", False),
    "nom": ("nom", "search", False),
    "etat": ("état", "state", False),
    "fonction": ("fonction publique", "branch", False),
    "region": ("région", "region", False),
    "employeur": ("employeur", "body__kind", False),
}
FIRST_SORT = "moyenne"


def first_sort(state: str) -> str:
    """The waiting list is read by rank, the rest by mean."""
    return "rang" if state == State.WAITLISTED else FIRST_SORT


# As the index says it: unread files come last.
BEST = Coalesce("mean", UNREAD).desc()


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what it names and does not exist is left out, and said."""

    words: str = ""
    state: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    watched: str = ""
    sort: str = FIRST_SORT
    page: int = 1
    all: bool = False
    # The line that gets the focus: the one a decision was taken on left the page.
    here: int | None = None
    lost: Sequence[str] = ()

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """Read an address."""
        known = {choice.name: dict(choice.choices) for choice in FILTERS} | {
            "state": {str(state): "" for state in STATES},
            "watch": WATCHED,
        }
        kept = {name: query.get(name, "") for name in known if query.get(name, "") in known[name]}
        lost = [name for name in known if query.get(name) and name not in kept]
        first = first_sort(kept.get("state", ""))
        sort = query.get("o", first)
        return cls(
            words=query.get("q", "").replace("\x00", "").strip()[:100],
            state=kept.get("state", ""),
            chosen={choice.name: kept[choice.name] for choice in FILTERS if choice.name in kept},
            watched=kept.get("watch", ""),
            sort=sort if sort.removeprefix("-") in SORTS else first,
            page=_small(query.get("p", "")) or 1,
            all="tout" in query,
            here=_small(query.get("ici", "")),
            lost=lost,
        )

    @property
    def query(self) -> dict[str, str]:
        """What an address of this board holds; the page apart."""
        kept = {"q": self.words, "state": self.state, **self.chosen, "watch": self.watched}
        kept |= {"o": "" if self.sort == first_sort(self.state) else self.sort, "tout": "1" if self.all else ""}
        return {name: value for name, value in kept.items() if value}

    def address(self, **changed: Any) -> str:
        kept = {name: str(value) for name, value in {**self.query, **changed}.items() if value}
        return f"?{urlencode(sorted(kept.items()))}" if kept else "?"


def _small(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else None


def selection_as_set(edition: Edition) -> Selection:
    """How this call chooses, as it was set or as it would be; nothing is written to look at a board."""
    return Selection.objects.filter(edition=edition).first() or Selection(edition=edition)


def narrowed(edition: Edition, asked: Asked, readings: int | None = None) -> ApplicationQuerySet:
    """The lines asked for, in their order; `readings` are those asked of each file, when they are known."""
    rows = _under(edition, asked)
    if asked.watched == SHORT:
        rows = rows.filter(_short(selection_as_set(edition).readings if readings is None else readings))
    return rows.order_by(*_order(asked.sort))


def _short(readings: int) -> Q:
    """Before the jury, and not read as often as asked."""
    return Q(state__in=READ_BY_THE_JURY, readings__lt=readings)


def _order(sort: str) -> list[Any]:
    _, column, falls = SORTS[sort.removeprefix("-")]
    falls = falls != sort.startswith("-")
    if column == "mean" and falls:
        return [BEST, "pk"]
    first = F(column).desc(nulls_last=True) if falls else F(column).asc(nulls_last=True)
    return [first, BEST, "pk"] if column != "mean" else [first, "pk"]


def _under(edition: Edition, asked: Asked) -> ApplicationQuerySet:
    rows = Application.objects.filter(edition=edition, state__in=[asked.state] if asked.state else BEFORE_THE_JURY)
    for choice in FILTERS:
        if value := asked.chosen.get(choice.name):
            rows = rows.alias(**{f"{choice.name}_key": choice.key}).filter(**{f"{choice.name}_key": "" if value == _BLANK else value})
    if asked.watched == SPREAD:
        rows = rows.filter(spread__gte=WIDE)
    if asked.watched == CONFLICT:
        rows = rows.filter(Exists(ConflictOfInterest.objects.filter(application=OuterRef("pk"))))
    return rows.matching(asked.words)


def with_readings(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """With all that a line says, in four queries whatever their number."""
    reviews = Review.objects.select_related("reviewer").order_by("assigned_at", "pk")
    offers = Offer.objects.filter(ended_at=None).order_by("pk")
    return rows.select_related("body", "applicant", "edition__programme").prefetch_related(
        Prefetch("reviews", reviews), Prefetch("conflicts", ConflictOfInterest.objects.order_by("pk")), Prefetch("offers", offers)
    )


class Board:
    """One page of the board, and what stands beside it."""

    def __init__(self, edition: Edition, asked: Asked, *, now: datetime, hidden: Collection[int] = frozenset()) -> None:
        """`hidden` are the files that whoever looks still has to read: neither their marks nor an order that tells them (B2)."""
        self.edition, self.now, self.hidden = edition, now, hidden
        tells = asked.sort.removeprefix("-") in ("moyenne", "ecart", "lectures")
        asked = replace(asked, sort="nom") if hidden and tells else asked
        # Which files are far apart, or read already, says something of their marks too.
        self.asked = replace(asked, watched="") if hidden and asked.watched in (SHORT, SPREAD) else asked

    @cached_property
    def selection(self) -> Selection:
        return selection_as_set(self.edition)

    @cached_property
    def _cells(self) -> list[Cell]:
        """Every combination of state and choices that exists: one query, read for the filters, the balance and what is lacking."""
        return self._counted_cells(Application.objects.filter(edition=self.edition, state__in=STATES))

    @cached_property
    def _found(self) -> list[Cell]:
        """The same of what the words find; another query only when there are words."""
        words = self.asked.words
        return (
            self._counted_cells(Application.objects.filter(edition=self.edition, state__in=STATES).matching(words))
            if words
            else self._cells
        )

    def _counted_cells(self, rows: ApplicationQuerySet) -> list[Cell]:
        keys = {f"{choice.name}_key": choice.key for choice in FILTERS}
        short = Case(When(_short(self.selection.readings), then=Value(1)), default=Value(0))
        found = rows.order_by().annotate(**keys, short_key=short, wide_key=_WIDE).values_list("state", *keys, "short_key", "wide_key")
        cells = found.annotate(number=Count("pk"))
        return [(tuple(str(value) or _BLANK for value in cell[:-3]), cell[-3], cell[-2], cell[-1]) for cell in cells]

    def _fits(self, cell: tuple[str, ...], short: int, wide: int, but: str = "") -> bool:
        """Whether the choices of the address, `but` one, leave this combination. A conflict is not counted: its filter is a rare one."""
        wanted = {0: self.asked.state, **{place: self.asked.chosen.get(each.name, "") for place, each in enumerate(FILTERS, 1)}}
        names = {0: "state", **{place: each.name for place, each in enumerate(FILTERS, 1)}}
        if any(value and names[place] != but and cell[place] != value for place, value in wanted.items()):
            return False
        if not self.asked.state and but != "state" and cell[0] == State.WITHDRAWN:
            return False
        return {SHORT: bool(short), SPREAD: bool(wide)}.get(self.asked.watched, True) or but == "watch"

    def _counted(self, place: int, name: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for cell, short, wide, number in self._found:
            if self._fits(cell, short, wide, name):
                counts[cell[place]] += number
        return counts

    # --- The lines ------------------------------------------------------------------------------------

    @cached_property
    def count(self) -> int:
        if self.asked.watched == CONFLICT:
            return self._narrowed.count()
        return sum(number for cell, short, wide, number in self._found if self._fits(cell, short, wide))

    @property
    def _narrowed(self) -> ApplicationQuerySet:
        return narrowed(self.edition, self.asked, self.selection.readings)

    @cached_property
    def page(self) -> Any:
        """One page of keys, cut in the database: what a line says is read of these alone (`rows`)."""
        paginator = Paginator(self._narrowed.values("pk"), AT_MOST if self.asked.all else PER_PAGE)
        paginator.count = self.count
        return paginator.get_page(self.asked.page)

    @cached_property
    def rows(self) -> list[Application]:
        """Its lines with what they say: the call is at hand, and each reader is read once."""
        offers = Offer.objects.filter(ended_at=None).order_by("pk") if self.edition.results_released_at else Offer.objects.none()
        reviews = Prefetch("reviews", Review.objects.order_by("assigned_at", "pk"))
        conflicts = Prefetch("conflicts", ConflictOfInterest.objects.order_by("pk"))
        found = Application.objects.filter(pk__in=self.page.object_list).select_related("body", "applicant")
        rows = list(found.prefetch_related(reviews, conflicts, Prefetch("offers", offers)).order_by(*_order(self.asked.sort)))
        given = [review for row in rows for review in row.reviews.all()]
        readers = User.objects.in_bulk({review.reviewer_id for review in given})
        for review in given:
            review.reviewer = readers[review.reviewer_id]
        for row in rows:
            row.edition = self.edition
        return rows

    # --- What is chosen by ----------------------------------------------------------------------------

    @property
    def states(self) -> Iterator[dict[str, Any]]:
        """The states that hold something, each a link."""
        counts, chosen = self._counted(0, "state"), self.asked.state
        everybody = sum(number for state, number in counts.items() if state != State.WITHDRAWN)
        yield {"value": "", "label": "devant le jury", "number": everybody, "chosen": not chosen, "url": self.asked.address(state="")}
        for state in STATES:
            if counts[state] or chosen == state:
                url = self.asked.address(state=state.value)
                yield {"value": state.value, "label": state.label, "number": counts[state], "chosen": chosen == state, "url": url}

    @property
    def choices(self) -> Iterator[dict[str, Any]]:
        for place, each in enumerate(FILTERS, 1):
            counts, chosen = self._counted(place, each.name), self.asked.chosen.get(each.name, "")
            options = [
                (value, f"{label[:1].upper()}{label[1:]} ({counts[value]})", value == chosen)
                for value, label in each.choices
                if counts[value] or value == chosen
            ]
            yield {"name": each.name, "label": each.label, "options": options, "chosen": chosen}

    @property
    def watches(self) -> Iterator[tuple[str, str, bool]]:
        for value, label in WATCHED.items():
            number = {SHORT: self.short, SPREAD: self.wide, CONFLICT: self.conflicts}[value]
            if (number and not (self.hidden and value != CONFLICT)) or value == self.asked.watched:
                yield value, f"{label[:1].upper()}{label[1:]} ({number})", value == self.asked.watched

    @cached_property
    def narrowed_by(self) -> list[tuple[str, str, str]]:
        """What narrows the board now, each with the address without it."""
        return list(self._narrowed_by())

    def _narrowed_by(self) -> Iterator[tuple[str, str, str]]:
        if self.asked.words:
            yield "recherche", self.asked.words, self.asked.address(q="")
        if self.asked.state:
            yield "état", str(State(self.asked.state).label), self.asked.address(state="")
        for each in FILTERS:
            if value := self.asked.chosen.get(each.name):
                yield each.label, dict(each.choices)[value], self.asked.address(**{each.name: ""})
        if self.asked.watched:
            yield "à regarder", WATCHED[self.asked.watched], self.asked.address(watch="")

    # --- What it lacks, and how the group stands ------------------------------------------------------

    @cached_property
    def short(self) -> int:
        return sum(number for cell, short, _, number in self._cells if short)

    @cached_property
    def wide(self) -> int:
        return sum(number for cell, _, wide, number in self._cells if wide and cell[0] != State.WITHDRAWN)

    @cached_property
    def conflicts(self) -> int:
        rows = ConflictOfInterest.objects.filter(application__edition=self.edition, application__state__in=BEFORE_THE_JURY)
        return rows.values("application").distinct().count()

    @cached_property
    def undecided(self) -> int:
        return sum(number for cell, *_, number in self._cells if cell[0] in READ_BY_THE_JURY)

    @property
    def undecided_url(self) -> str:
        return f"?state={State.IN_REVIEW}"

    @cached_property
    def balance(self) -> balance.Balance:
        return balance_of(self.edition, now=self.now, waiting=self._waiting())

    def _waiting(self) -> dict[Axis, Counter[str]]:
        """Who may still be given a place, along each axis."""
        found: dict[Axis, Counter[str]] = {axis: Counter() for axis in Axis}
        for (state, *values), _, _, number in self._cells:
            if state in _OPEN:
                for axis, value in zip(Axis, values, strict=True):
                    found[axis]["" if value == _BLANK else value] += number
        return found


def balance_of(edition: Edition, *, now: datetime, waiting: dict[Axis, Counter[str]] | None = None) -> balance.Balance:
    """How the group of a call stands at `now`; in two queries, three when nobody counted those who may still be chosen."""
    rows = Application.objects.filter(edition=edition)
    holding, held = _along(rows.holding_a_seat(now=now))
    if waiting is None:
        waiting, _ = _along(rows.filter(state__in=_OPEN))
    return balance.reckon(edition.seats, held, holding, waiting, list(edition.bounds.all()))


def _along(rows: ApplicationQuerySet) -> tuple[dict[Axis, Counter[str]], int]:
    """Count rows along each axis, in one query; and all of them."""
    found: dict[Axis, Counter[str]] = {axis: Counter() for axis in Axis}
    total = 0
    for *values, number in rows.order_by().annotate(kind_key=_KIND[0]).values_list("branch", "region", "kind_key").annotate(n=Count("pk")):
        total += number
        for axis, value in zip(Axis, values, strict=True):
            found[axis][value] += number
    return found, total
