"""« Candidatures » on the first page of the admin: the calls of the moment in figures (drawn by `core.charts`)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse

from accounts.roles import DECIDE, VIEW_APPLICATION
from applications.models import Application
from applications.states import Branch, State
from applications.waiting import listed
from core.clock import PARIS
from programmes.models import Edition

# Open calls, those that hold something first; then what is being chosen from, then what is over: how many of each are shown.
OPEN, EMPTY, SELECTING, FINISHED = range(4)
MOST = {OPEN: 3, EMPTY: 3, SELECTING: 2, FINISHED: 1}
DAYS = 30
_RECENT = timedelta(days=90)

# Label, number, address: what a chart draws and its table holds.
Row = tuple[str, int, str]


@dataclass(frozen=True)
class Figures:
    """One call: its files by state and by branch, its first deposits day by day."""

    call: Edition
    status: str
    url: str
    board_url: str
    is_open: bool
    drafts: int
    drafts_url: str
    total: int
    states: list[Row]
    branches: list[Row]
    days: list[Row]

    @property
    def deposited(self) -> int:
        return self.total - self.drafts


def dashboard(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The calls that are open or closed of late, as they need the team; nothing for who may not read applications."""
    if not request.user.has_perm(VIEW_APPLICATION):
        return None
    begun = Edition.objects.filter(opens_at__lte=now, closes_at__gt=now - _RECENT, cancelled_at=None)
    empty = ~Exists(Application.objects.filter(edition=OuterRef("pk")))
    calls = _first_of_each(begun.annotate(is_empty=empty).order_by("pk"), now)
    return {"figures": _figures(calls, now), "decides": request.user.has_perm(DECIDE)} if calls else None


def _first_of_each(calls: Iterable[Edition], now: datetime) -> list[Edition]:
    """The first of each kind: none hides another."""
    kinds: dict[int, list[Edition]] = {kind: [] for kind in MOST}
    for call in sorted(calls, key=lambda call: call.closes_at):
        kinds[_kind(call, now)].append(call)
    for past in (SELECTING, FINISHED):
        kinds[past].reverse()  # the last closed first
    return [call for kind, most in MOST.items() for call in kinds[kind][:most]]


def _kind(call: Edition, now: datetime) -> int:
    if now < call.closes_at:
        return EMPTY if call.is_empty else OPEN  # type: ignore[attr-defined]
    return FINISHED if call.results_released_at else SELECTING


def _figures(calls: list[Edition], now: datetime) -> list[Figures]:
    """Two queries for all the calls."""
    rows = Application.objects.filter(edition__in=calls).order_by()
    cells = list(rows.values_list("edition_id", "state", "branch").annotate(number=Count("pk")))
    began = min(_last_day(call, now) for call in calls) - timedelta(days=DAYS)
    daily = rows.annotate(day=TruncDate("submitted_at", tzinfo=PARIS)).filter(day__gt=began)
    deposits: dict[int, Counter[date]] = {call.pk: Counter() for call in calls}
    for pk, day, number in daily.values_list("edition_id", "day").annotate(number=Count("pk")):
        deposits[pk][day] += number
    return [_of(call, [cell[1:] for cell in cells if cell[0] == call.pk], deposits[call.pk], now) for call in calls]


def _of(call: Edition, cells: Iterable[tuple[str, str, int]], deposits: Counter[date], now: datetime) -> Figures:
    states, branches = Counter[str](), Counter[str]()
    for state, branch, number in cells:
        states[state] += number
        branches[branch] += number if state != State.DRAFT else 0
    last = _last_day(call, now)
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return Figures(
        call=call,
        status=str(call.status(now=now).label),
        url=listed(edition=call.pk),
        board_url=reverse("admin:applications_application_board", args=[call.pk]) if now >= call.closes_at else "",
        is_open=now < call.closes_at,
        drafts=states[State.DRAFT],
        drafts_url=listed(edition=call.pk, state=State.DRAFT),
        total=sum(states.values()),
        states=_rows("state", State.choices, states, call),
        branches=_rows("branch", Branch.choices, branches, call),
        days=[(f"{day:%d/%m}", deposits[day], "") for day in days] if deposits else [],
    )


def _last_day(call: Edition, now: datetime) -> date:
    return min(now, call.closes_at).astimezone(PARIS).date()


def _rows(name: str, choices: Iterable[tuple[str, str]], numbers: Counter[str], call: Edition) -> list[Row]:
    """Give the choices that hold something, each leading to its lines."""
    return [
        (str(label).capitalize(), numbers[value], listed(edition=call.pk, **{name: value})) for value, label in choices if numbers[value]
    ]
