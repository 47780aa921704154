"""« En chiffres »: a selection drawn, each chart with its table (`core.charts`): funnel, branch × decision, regions, readers' progress."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Q

from applications import jury
from applications.models import Application, Step
from applications.states import READ_BY_THE_JURY, Axis, Branch, State
from core.charts import Chart, Stacked, bars, stacked
from organisations.regions import Region
from organisations.states import Kind
from programmes.models import Edition

# Decision, its states, its colour.
DECISIONS: tuple[tuple[str, tuple[State, ...], str], ...] = (
    ("retenues", (State.SELECTED, State.CONFIRMED), "selected"),
    ("liste d’attente", (State.WAITLISTED,), "waitlisted"),
    ("non retenues", (State.DECLINED,), "declined"),
    ("à décider", READ_BY_THE_JURY, "in_review"),
    ("désistements", (State.WITHDRAWN, State.LAPSED), "withdrawn"),
)
COLUMNS = [(name, colour) for name, _, colour in DECISIONS]
_NAMES = {Axis.BRANCH: tuple(Branch.choices), Axis.REGION: tuple(Region.choices), Axis.KIND: tuple(Kind.choices)}
TITLES = {
    Axis.BRANCH: "Fonction publique et décision",
    Axis.REGION: "Région et décision",
    Axis.KIND: "Type d’employeur et décision",
}


def funnel(edition: Edition) -> Chart:
    """From what was begun to who takes part; a file that went further counts at each step before."""
    rows = Application.objects.filter(edition=edition).exclude(state=State.DUPLICATE)
    chosen = Step.objects.filter(application__edition=edition, to_state=State.SELECTED).order_by().values("application")
    told = rows.aggregate(
        begun=Count("pk"),
        deposited=Count("pk", filter=Q(reference__isnull=False)),
        read=Count("pk", filter=Q(readings__gt=0)),
        selected=Count("pk", filter=Q(pk__in=chosen) & ~Q(state__in=(*READ_BY_THE_JURY, State.DECLINED, State.WAITLISTED))),
        confirmed=Count("pk", filter=Q(state=State.CONFIRMED)),
    )
    names = {"begun": "Commencées", "deposited": "Déposées", "read": "Lues", "selected": "Retenues", "confirmed": "Confirmées"}
    return bars("De la première saisie à la place confirmée", [(label, told[name]) for name, label in names.items()], "candidatures")


def by_decision(edition: Edition) -> list[Stacked]:
    """What was decided along each axis of the balance, in one query."""
    rows = Application.objects.filter(edition=edition).exclude(state__in=(State.DRAFT, State.DUPLICATE)).order_by()
    found = rows.values_list("branch", "region", "body__kind", "state").annotate(number=Count("pk"))
    counts: dict[Axis, dict[str, Counter[str]]] = {axis: {} for axis in Axis}
    for *values, state, number in found:
        for axis, value in zip(Axis, values, strict=True):
            counts[axis].setdefault(value or "", Counter())[_decision(state)] += number
    return [stacked(TITLES[axis], COLUMNS, list(_lines(axis, counts[axis]))) for axis in Axis]


def _decision(state: str) -> str:
    return next(name for name, states, _ in DECISIONS if state in states)


def _lines(axis: Axis, counts: dict[str, Counter[str]]) -> Iterable[tuple[str, list[int]]]:
    for value, label in (*_NAMES[axis], ("", "non précisé")):
        if numbers := counts.get(value):
            yield f"{label[:1].upper()}{label[1:]}", [numbers[name] for name, _ in COLUMNS]


def readers(edition: Edition) -> Stacked:
    """Where each reader stands."""
    rows = [(str(each.reader), [each.sent - each.abstained, each.abstained, each.left]) for each in jury.progress(edition)]
    parts = [("notées", "selected"), ("abstentions", "waitlisted"), ("à lire", "in_review")]
    return stacked("Avancement des lectures", parts, rows)
