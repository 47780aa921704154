"""What the list of applications is narrowed by, and how many rows each choice would leave under the others.

One query groups the rows by all the columns at once; each count is then a sum. So the counters cost the same for 50 rows and for 5,000.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.expressions import BaseExpression, Combinable

from accounts.models import User
from applications.models import Application, ApplicationQuerySet, Review, Tag
from applications.states import Branch, Origin, State
from mailing.models import Refusal
from organisations.regions import Region

WITH, WITHOUT = "avec", "sans"
# What the files that wait have in common, by the word the address holds (`waiting`).
LATE, UNREVIEWED, REFUSED, ALIKE, ORPHANED = "hors-delai", "sans-jury", "adresse", "homonymes", "jointes-seules"
_IN_TRIAGE = (State.SUBMITTED, State.IN_REVIEW)
_BLANK = "vide"
# The tag that says « same name, two people ».
TWO_PEOPLE = "homonyme"


@dataclass(frozen=True)
class Facet:
    """A column to narrow by: its word in the address, its heading, what it reads, and the choices in their order."""

    name: str
    label: str
    key: Combinable | BaseExpression
    choices: tuple[tuple[str, str], ...] = ()

    def knows(self, value: str) -> bool:
        return value in dict(self.choices) if self.choices else value.isdecimal() and len(value) < 10

    def narrow(self, rows: ApplicationQuerySet, value: str) -> ApplicationQuerySet:
        return rows.alias(**{f"{self.name}_key": self.key}).filter(**{f"{self.name}_key": "" if value == _BLANK else value})


def _reviewed() -> Case:
    """Written with IN: PostgreSQL takes EXISTS for so dear that it sorts the rows to group them, and the search costs a third more."""
    asked = Q(pk__in=Review.objects.order_by().values("application"))
    return Case(When(asked, then=Value(WITH)), default=Value(WITHOUT))


FACETS = (
    Facet("state", "état", F("state"), tuple((str(value), str(label)) for value, label in State.choices)),
    Facet("edition", "appel", F("edition_id")),
    Facet("branch", "fonction publique", F("branch"), (*Branch.choices, (_BLANK, "non précisée"))),
    Facet("region", "région", F("region"), (*Region.choices, (_BLANK, "non précisée"))),
    Facet("jury", "jury", _reviewed(), ((WITH, "confiée au jury"), (WITHOUT, "sans jury"))),
    Facet("origin", "origine", F("origin"), tuple(Origin.choices)),
)


@dataclass(frozen=True)
class Counts:
    """How many rows each choice of each facet would leave, the other choices standing; and how many are left."""

    total: int
    by_facet: Mapping[str, Counter[str]]


def count(rows: ApplicationQuerySet, chosen: Mapping[str, str]) -> Counts:
    """Count `rows` under what is chosen (`{facet: value}`), in one query."""
    keys = {f"{facet.name}_key": facet.key for facet in FACETS}
    cells = rows.order_by().annotate(**keys).values_list(*keys).annotate(number=Count("pk"))
    return _summed(((tuple(str(value) or _BLANK for value in cell[:-1]), cell[-1]) for cell in cells), chosen)


def _summed(cells: Iterable[tuple[tuple[str, ...], int]], chosen: Mapping[str, str]) -> Counts:
    by_facet: dict[str, Counter[str]] = {facet.name: Counter() for facet in FACETS}
    wanted = [(place, facet.name, chosen.get(facet.name, "")) for place, facet in enumerate(FACETS)]
    total = 0
    for cell, number in cells:
        against = [name for place, name, value in wanted if value and cell[place] != value]
        total += 0 if against else number
        for place, name, _ in wanted:
            # A cell that another choice leaves out counts for that other facet alone.
            if not against or against == [name]:
                by_facet[name][cell[place]] += number
    return Counts(total, by_facet)


def tags(rows: ApplicationQuerySet) -> list[tuple[Tag, int]]:
    """Return the tags that these rows hold, with how many hold each."""
    held = Tag.applications.through.objects.filter(application__in=rows.order_by().values("pk"))
    found = held.values_list("tag_id", "tag__name").annotate(number=Count("pk")).order_by("tag__name", "tag_id")
    return [(Tag(pk=pk, name=name), number) for pk, name, number in found]


def reviewers(rows: ApplicationQuerySet) -> list[tuple[int, str, int]]:
    """Return who of the jury these rows were given to, with how many each."""
    given = Review.objects.filter(application__in=rows.order_by().values("pk"))
    names = ("reviewer_id", "reviewer__last_name", "reviewer__first_name", "reviewer__email")
    found = given.values_list(*names).annotate(number=Count("pk")).order_by(*names[1:])
    return [(pk, str(User(last_name=last, first_name=first, email=email)), number) for pk, last, first, email, number in found]


# --- What waits for the team, as the list and the dashboard find it ------------------------------------------


def late(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Drafts that went on after the deadline, to accept (the team alone may, A2) or to leave aside."""
    waiting = rows.filter(state=State.DRAFT, set_aside_at=None, edition__cancelled_at=None, edition__results_released_at=None)
    return waiting.filter(saved_at__gte=F("edition__closes_at"))


def refused(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Files whose person cannot be written to."""
    kept = Refusal.objects.values("address")
    return rows.filter(erased_at=None).filter(Q(applicant__email__in=kept) | Q(email__in=kept))


def unreviewed(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Deposited files that nobody was asked to read."""
    return rows.filter(state__in=_IN_TRIAGE, edition__results_released_at=None).filter(
        ~Exists(Review.objects.filter(application=OuterRef("pk")))
    )


def alike(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Deposited files whose name stands twice in one call, unless the team said that they are two people."""
    deposited = Application.objects.filter(state__in=_IN_TRIAGE, erased_at=None).exclude(name_key="").exclude(tags__name=TWO_PEOPLE)
    twin = deposited.filter(edition=OuterRef("edition"), name_key=OuterRef("name_key")).exclude(pk=OuterRef("pk"))
    return rows.filter(pk__in=deposited.values("pk")).filter(Exists(twin))


def orphaned(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Files joined to one that was withdrawn since: no answer will come to them unless they are separated again."""
    return rows.filter(state=State.DUPLICATE, duplicate_of__state=State.WITHDRAWN, edition__results_released_at=None)


WAITING: dict[str, tuple[str, Callable[[ApplicationQuerySet], ApplicationQuerySet]]] = {
    LATE: ("brouillons poursuivis après la clôture", late),
    UNREVIEWED: ("sans jury", unreviewed),
    REFUSED: ("adresse qui ne reçoit pas", refused),
    ALIKE: ("même nom qu’une autre candidature", alike),
    ORPHANED: ("jointes à une candidature retirée", orphaned),
}


def numbered(choices: Iterable[tuple[str, str]], counts: Counter[str], chosen: str) -> list[dict[str, Any]]:
    """Return the choices that leave something, and the chosen one, with their numbers."""
    return [
        {"value": value, "label": label, "number": counts[value], "chosen": value == chosen}
        for value, label in choices
        if counts[value] or value == chosen
    ]
