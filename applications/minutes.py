"""The minutes of the jury (procès-verbal), from what was kept: steps, versions of readings, conflicts, ranks, balance.

Nothing is typed in it: what the log does not hold is not in it. Its words are in templates/applications/pdf/minutes.html.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count

from accounts.roles import DECIDE
from applications import jury
from applications.board import BEFORE_THE_JURY, balance_of, selection_as_set, with_readings
from applications.board_columns import decimal, marks_of
from applications.models import Application, ConflictOfInterest, LateLink, Review, Step
from applications.states import DECIDED, READ_BY_THE_JURY, State
from core import clock, pdf
from programmes.models import Edition
from records import jobs
from records.models import Association, Job
from records.work import Work

JOB = "applications.minutes"
TEMPLATE = "applications/pdf/minutes.html"
_CHOSEN = (State.SELECTED, State.CONFIRMED)
# What the log tells of a decision: moves to one, or back from one.
_MOVES = (*DECIDED, State.CONFIRMED, State.LAPSED, State.WITHDRAWN, State.IN_REVIEW)


@dataclass(frozen=True)
class Over:
    """Somebody chosen before others whom the readers marked higher."""

    application: Application
    passed: list[Application]


@dataclass
class Exceptions:
    """What a reader of the minutes would ask about."""

    over: list[Over] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    links: list[LateLink] = field(default_factory=list)
    short: list[Application] = field(default_factory=list)
    conflicts: list[ConflictOfInterest] = field(default_factory=list)
    abstentions: list[Review] = field(default_factory=list)
    amended: list[Review] = field(default_factory=list)
    changed: list[tuple[Application, list[Step]]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(rows) for rows in vars(self).values())


def exceptions(edition: Edition, rows: list[Application] | None = None) -> Exceptions:
    """Find them, in a few queries whatever the number of files."""
    rows = _files(edition) if rows is None else rows
    wanted = selection_as_set(edition).readings
    of_call = {"application__edition": edition}
    people = ("application", "reviewer")
    reviews = Review.objects.filter(**of_call).select_related(*people).order_by("application__reference", "pk")
    return Exceptions(
        over=list(_over(rows)),
        late=[step for step in _deposits(edition) if step.is_late],
        links=list(LateLink.objects.filter(edition=edition).order_by("created_at", "pk")),
        short=[row for row in rows if row.readings < wanted],
        conflicts=list(ConflictOfInterest.objects.filter(**of_call).select_related(*people).order_by("application__reference", "pk")),
        abstentions=list(reviews.filter(abstained=True, sent_at__isnull=False)),
        amended=list(reviews.alias(sent=Count("versions")).annotate(times=Count("versions")).filter(sent__gt=1)),
        changed=list(_changed(edition)),
    )


def _files(edition: Edition) -> list[Application]:
    found = Application.objects.filter(edition=edition, state__in=BEFORE_THE_JURY)
    return sorted(with_readings(found).order_by("reference", "pk"), key=_by_mean)


def _by_mean(row: Application) -> tuple[bool, float, int]:
    return row.mean is None, -float(row.mean or 0), row.pk


def _over(rows: Iterable[Application]) -> Iterator[Over]:
    """Each chosen file with those of a higher mean that are not."""
    rows = [row for row in rows if row.mean is not None]
    left = [row for row in rows if row.state in (State.DECLINED, State.WAITLISTED)]
    for row in rows:
        passed = [other for other in left if other.mean > row.mean]  # type: ignore[operator]  # those without a mean are out
        if row.state in _CHOSEN and passed:
            yield Over(row, passed)


def _deposits(edition: Edition) -> list[Step]:
    steps = Step.objects.deposits().filter(application__edition=edition, at__gte=edition.closes_at).select_related("application")
    return list(steps.order_by("at", "pk"))


def decisions(edition: Edition) -> list[Step]:
    """Every decision and its taking back, in the order of time."""
    decided = Step.objects.filter(application__edition=edition, to_state__in=_MOVES).select_related("application").defer("answers")
    first: dict[int, bool] = {}
    kept = []
    for step in decided.order_by("at", "pk"):
        # The first « en examen » of a file is no decision, nor is a withdrawal before one.
        if step.to_state not in (State.IN_REVIEW, State.WITHDRAWN) or first.get(step.application_id):
            kept.append(step)
        first[step.application_id] = first.get(step.application_id, False) or step.to_state in DECIDED
    return kept


def _changed(edition: Edition) -> Iterator[tuple[Application, list[Step]]]:
    """Files that were decided more than once, with each of their decisions."""
    found: dict[int, list[Step]] = defaultdict(list)
    for step in decisions(edition):
        found[step.application_id].append(step)
    for steps in found.values():
        if len({step.to_state for step in steps}) > 1:
            yield steps[0].application, steps


def gathered(edition: Edition, *, now: datetime) -> dict[str, Any]:
    """All that the minutes say."""
    rows = _files(edition)
    by_state = {name: [row for row in rows if row.state in states] for name, states in _LISTS.items()}
    by_state["waitlisted"].sort(key=lambda row: row.waitlist_rank or 0)
    selection = selection_as_set(edition)
    return {
        "edition": edition,
        "selection": selection,
        "association": Association.shown(),
        "now": now,
        "rows": rows,
        **{name: [(row, decimal(row.mean), decimal(row.spread), marks_of(row)) for row in found] for name, found in by_state.items()},
        "criteria": list(edition.criteria.order_by("order", "pk")),
        "readers": jury.progress(edition),
        "balance": balance_of(edition, now=now),
        "exceptions": exceptions(edition, rows),
        "decisions": decisions(edition),
        "released": edition.results_released_at,
    }


_LISTS: dict[str, tuple[State, ...]] = {
    "selected": _CHOSEN,
    "waitlisted": (State.WAITLISTED,),
    "declined": (State.DECLINED,),
    "lapsed": (State.LAPSED,),
    "undecided": READ_BY_THE_JURY,
}


def draw(edition: Edition, *, now: datetime) -> bytes:
    """Return the minutes as they are at `now`."""
    return pdf.render(TEMPLATE, gathered(edition, now=now))


def name_of(edition: Edition, *, now: datetime) -> str:
    return f"proces-verbal-{edition.reference_prefix.lower()}-{now:%Y-%m-%d}.pdf"


@jobs.register(JOB, label="procès-verbal du jury", permission=DECIDE)
def make(job: Job, work: Work) -> str:
    """Draw them as long work: hundreds of files take seconds."""
    edition, now = Edition.objects.select_related("programme").get(pk=job.params["edition"]), clock.now()
    work.expect(1)
    work.keep(name_of(edition, now=now), draw(edition, now=now))
    work.step()
    return "Le procès-verbal est prêt."
