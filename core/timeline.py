"""Everything dated is visible before it happens (design.md section 2): what will be sent, opened, closed, published, erased, to whom.

Each app says its part (`core.registry.TIMELINE`) from the rows its sweeps read; the page and the command only gather and narrow.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from core import clock
from core.asking import Answers, everyone
from core.clock import PARIS
from core.dashboard import Day, days, told_to
from core.registry import SUBJECTS, TIMELINE, Planned, Subject

# The chosen are kept three years after an edition that may be two years ahead.
FAR = timedelta(days=6 * 366)
WEEK, MONTH = timedelta(days=7), timedelta(days=31)
DAY = timedelta(days=1)
_SHOWN = 40  # characters of what was typed in the address


@dataclass(frozen=True)
class Span:
    """A stretch of time to look at: half-open."""

    start: datetime
    until: datetime


def span_of(name: str, *, now: datetime) -> Span:
    """« demain », « 7 », « 31 », « tout »; the days are those of Paris."""
    if name == "demain":
        return tomorrow(now)
    return Span(now, now + {"7": WEEK, "31": MONTH}.get(name, FAR))


def tomorrow(now: datetime) -> Span:
    day = now.astimezone(PARIS).date() + DAY
    return Span(_midnight(day), _midnight(day + DAY))


def until_day(day: date, *, now: datetime) -> Span:
    """From now to the end of a day."""
    return Span(now, _midnight(day + DAY))


def gather(span: Span, *, about: str = "", user: Any = None) -> Answers[Planned]:
    """Return what happens in this stretch of time, in order; `about`: of this row alone; `user`: what this person's roles open."""
    answers = everyone(TIMELINE, span.start, span.until)
    told = answers.items if user is None else told_to(user, answers.items)
    lines = [line for line in told if not about or line.about == about]
    lines.sort(key=lambda line: (line.at.astimezone(UTC), line.act, line.what))
    return Answers(lines if span.until - span.start <= WEEK else _once(lines), answers.complete)


def _once(lines: list[Planned]) -> list[Planned]:
    """Over more than a week, what comes back each day (nobody counted, nothing named) is said the first time only."""
    first = {(line.act, line.what): line for line in reversed(lines)}
    return [line for line in lines if line.count or line.about or first[line.act, line.what] is line]


def subjects(user: Any, *, now: datetime) -> list[Subject]:
    """What this person may narrow the timeline to; None: the command, which says everything."""
    return everyone(SUBJECTS, user, now).items


def key_of(line: Planned) -> str:
    """Name a line in an address: it says neither whom nor what."""
    said = f"{line.at.timestamp()}|{line.act}|{line.what}|{line.about}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def names_of(line: Planned, user: Any) -> list[str] | None:
    """Who they are; None for whoever may not read it, and where nobody is named."""
    return list(line.names()) if line.names and may_name(line, user) else None


def may_name(line: Planned, user: Any) -> bool:
    return bool(line.names and line.count and user.has_perm(line.read_with))


# --- The page -----------------------------------------------------------------------------------------


class TimelineForm(forms.Form):
    """What the page is narrowed to, in its address."""

    SPANS = (("demain", "demain"), ("7", "les 7 jours qui viennent"), ("31", "un mois"), ("tout", "tout ce qui est prévu"))

    jours = forms.ChoiceField(label="Quand", choices=SPANS, required=False)
    objet = forms.ChoiceField(label="Appel ou journée", required=False)

    def __init__(self, *args: Any, known: Iterable[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["objet"].choices = [("", "tout le portail"), *((row.label, row.title) for row in known)]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Line:
    """A line of the page: may its names be asked for, and which they are once asked."""

    planned: Planned
    key: str
    named: bool
    names: list[str] | None


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    form = TimelineForm(request.GET, known=subjects(request.user, now=now))
    form.is_valid()
    lost = _lost(form, request)
    chosen = {"jours": form.cleaned_data.get("jours") or "7", "objet": form.cleaned_data.get("objet") or ""}
    found = Answers([], True) if lost else gather(span_of(chosen["jours"], now=now), about=chosen["objet"], user=request.user)
    shown = {
        "title": "Échéancier",
        "form": TimelineForm(chosen, known=subjects_shown(form)),
        "chosen": chosen,
        "lost": lost,
        "days": [_shown(day, request) for day in days(found.items, now)],
        "count": len(found.items),
        "incomplete": not found.complete,
        **context,
    }
    return TemplateResponse(request, "admin/timeline.html", shown)


def _lost(form: TimelineForm, request: HttpRequest) -> list[dict[str, str]]:
    """What the address asks for and does not exist, or not any more: said, and shows nothing, as in the list of applications."""
    asked = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    return [
        {
            "label": str(form.fields[name].label).lower(),
            "value": asked[name][:_SHOWN],
            "url": f"?{urlencode({other: value for other, value in asked.items() if other != name})}",
        }
        for name in asked
        if name in form.errors
    ]


def subjects_shown(form: TimelineForm) -> list[Subject]:
    """The same choices, read once."""
    choices = list(form.fields["objet"].choices)[1:]  # type: ignore[attr-defined]
    return [Subject(str(label), str(title), "") for label, title in choices]


def _shown(day: Day, request: HttpRequest) -> tuple[Day, list[Line]]:
    asked = request.GET.get("noms", "")
    return day, [_line(line, request.user, asked) for line in day.planned]


def _line(line: Planned, user: Any, asked: str) -> Line:
    key = key_of(line)
    return Line(line, key, may_name(line, user), names_of(line, user) if key == asked else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)
