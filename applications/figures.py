"""« Candidatures » on the first page of the admin: the calls of the moment in figures (drawn by `core.charts`)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpRequest

from accounts.roles import VIEW_APPLICATION
from applications.models import Application
from applications.states import Branch, State
from applications.waiting import listed
from core.clock import PARIS
from programmes.models import Edition

CALLS = 4
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
    calls = sorted(begun.order_by("pk"), key=lambda call: _turn(call, now))[:CALLS]
    return {"figures": _figures(calls, now)} if calls else None


def _turn(call: Edition, now: datetime) -> tuple[int, float]:
    """Open, the first to close first; then in selection, then with results, the last closed first."""
    closes_at = call.closes_at.timestamp()
    if now < call.closes_at:
        return 0, closes_at
    return (2 if call.results_released_at else 1), -closes_at


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
