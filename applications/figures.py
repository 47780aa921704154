"""« Candidatures » on the first page of the admin: the calls of the moment in figures, drawn on the server."""

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

CALLS = 3
DAYS = 30
# Of a drawing, in its own units: the page gives it its width.
WIDTH, HEIGHT = 600, 120
_RECENT = timedelta(days=90)


@dataclass(frozen=True)
class Part:
    """A bar: its word, its number, where it stands, where it leads."""

    label: str
    number: int
    x: float
    y: float
    width: float
    height: float
    name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Figures:
    """One call: its files by state and by branch, its deposits day by day."""

    call: Edition
    status: str
    total: int
    states: list[Part]
    branches: list[Part]
    days: list[Part]
    url: str

    @property
    def most(self) -> int:
        return max((day.number for day in self.days), default=0)


def dashboard(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The calls that are open or closed of late; nothing for who may not read applications."""
    if not request.user.has_perm(VIEW_APPLICATION):
        return None
    begun = Edition.objects.filter(opens_at__lte=now, closes_at__gt=now - _RECENT, cancelled_at=None)
    calls = list(begun.order_by("closes_at", "pk")[:CALLS])
    if not calls:
        return None
    return {"figures": _figures(calls, now), "width": WIDTH, "height": HEIGHT}


def _figures(calls: list[Edition], now: datetime) -> list[Figures]:
    """Two queries for all the calls."""
    rows = Application.objects.filter(edition__in=calls).order_by()
    cells = list(rows.values_list("edition_id", "state", "branch").annotate(number=Count("pk")))
    day = TruncDate("submitted_at", tzinfo=PARIS)
    since = now - timedelta(days=DAYS + 366)
    daily = rows.filter(submitted_at__gte=since).annotate(day=day).values_list("edition_id", "day").annotate(number=Count("pk"))
    deposits: dict[int, Counter[date]] = {call.pk: Counter() for call in calls}
    for pk, on, number in daily:
        deposits[pk][on] += number
    return [_of(call, [cell[1:] for cell in cells if cell[0] == call.pk], deposits[call.pk], now) for call in calls]


def _of(call: Edition, cells: Iterable[tuple[str, str, int]], deposits: Counter[date], now: datetime) -> Figures:
    states, branches = Counter[str](), Counter[str]()
    for state, branch, number in cells:
        states[state] += number
        if state != State.DRAFT:
            branches[branch] += number
    status = str(call.status(now=now).label)
    return Figures(
        call, status, sum(states.values()), _row("state", State.choices, states, call), _row("branch", Branch.choices, branches, call),
        _columns(deposits, min(now, call.closes_at)), listed(edition=call.pk),
    )  # fmt: skip


def _row(name: str, choices: Iterable[tuple[str, str]], numbers: Counter[str], call: Edition) -> list[Part]:
    """Lay the numbers end to end over the width."""
    whole, x, parts = max(sum(numbers.values()), 1), 0.0, []
    for value, label in choices:
        if number := numbers[value]:
            width = round(WIDTH * number / whole, 1)
            parts.append(Part(str(label), number, round(x, 1), 0, width, 28, value.lower(), listed(edition=call.pk, **{name: value})))
            x += width
    return parts


def _columns(deposits: Counter[date], until: datetime) -> list[Part]:
    """Stand the last thirty days of the call side by side."""
    last = until.astimezone(PARIS).date()
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    most, step = max((deposits[day] for day in days), default=0) or 1, WIDTH / DAYS
    tall = [(day, deposits[day], round(HEIGHT * deposits[day] / most, 1)) for day in days]
    return [
        Part(f"{day:%d/%m/%Y}", number, round(place * step + 2, 1), round(HEIGHT - height, 1), round(step - 4, 1), height)
        for place, (day, number, height) in enumerate(tall)
    ]
