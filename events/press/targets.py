"""Where a communiqué may lead inside the portal: rows known by their label (« events.event:12 »), and a few pages by their name.

One rule for all: a row leads somewhere when everybody may see it. What is not public yet has no address and no title here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count
from django.urls import reverse

from core.typography import day_in_words
from events.models import Event, PressRelease, Season
from events.states import Access, State
from events.words import sittings
from programmes.models import Edition, Programme, TrainingSession
from records.services import label_of

Choices = list[tuple[str, list[tuple[str, str]]]]
PAGE = "page"
PAGES = {"membership": "Adhérer", "programmes": "Programmes et appels", "press": "Salle de presse", "contact": "Contact"}
# How many of a kind are offered in the list, the latest first.
OFFERED = 400


@dataclass(frozen=True)
class Kind:
    """A kind of row: its heading in the list, those everybody sees, those the team may choose, how the list names one."""

    group: str
    public: Callable[[datetime], "models.QuerySet[Any]"]
    offered: Callable[[], "models.QuerySet[Any]"]
    named: Callable[[Any], str] = str


def _named(event: Event) -> str:
    """By its title, and what tells it from others of the same one."""
    said = [event.title, event.city or event.area, sittings(event), "annulé" if event.state == State.CANCELLED else ""]
    return ", ".join(part for part in said if part)


KINDS: dict[str, Kind] = {
    "events.event": Kind(
        "Événements",
        lambda now: Event.objects.public(now=now).select_related("season"),
        lambda: (
            Event.objects.exclude(state__in=[State.DRAFT, State.REFUSED])
            .annotate(sittings=Count("slots"))
            .order_by("-season__starts_on", "title", "starts_at", "pk")
        ),
        _named,
    ),
    "events.season": Kind("Saisons", lambda now: Season.objects.public(now=now), lambda: Season.objects.order_by("-starts_on", "pk")),
    "programmes.programme": Kind(
        "Programmes", lambda _: Programme.objects.public(), lambda: Programme.objects.order_by("order", "title", "pk")
    ),
    "programmes.edition": Kind(
        "Appels",
        lambda now: Edition.objects.public(now=now).select_related("programme"),
        lambda: Edition.objects.order_by("-closes_at", "pk"),
    ),
    "programmes.trainingsession": Kind(
        "Journées",
        lambda now: TrainingSession.objects.public(now=now).with_places(),
        lambda: TrainingSession.objects.order_by("-day", "pk"),
        lambda row: f"{row}, {day_in_words(row.day)}" if row.day else str(row),
    ),
    "events.pressrelease": Kind(
        "Communiqués", lambda now: PressRelease.objects.listed(now=now), lambda: PressRelease.objects.order_by("-dated_on", "pk")
    ),
}


def choices() -> Choices:
    """Return the list staff choose from, grouped; those that are not public yet included."""
    pages = [(f"{PAGE}:{name}", title) for name, title in PAGES.items()]
    rows = ((kind.group, [(label_of(row), kind.named(row)) for row in kind.offered()[:OFFERED]]) for kind in KINDS.values())
    return [("", [("", "—")]), ("Pages", pages), *((group, found) for group, found in rows if found)]


def found(labels: Iterable[str], *, now: datetime) -> dict[str, Any]:
    """Return the rows that everybody sees, by label: one query a kind."""
    asked: dict[str, set[int]] = defaultdict(set)
    for label in labels:
        model, _, pk = label.partition(":")
        if model in KINDS and pk.isdigit():
            asked[model].add(int(pk))
    return dict(_found(asked, now))


def _found(asked: dict[str, set[int]], now: datetime) -> Iterator[tuple[str, Any]]:
    for model, keys in asked.items():
        for row in KINDS[model].public(now).filter(pk__in=keys).order_by("pk"):
            yield label_of(row), row


def path_of(label: str, rows: dict[str, Any]) -> str:
    """Return the path a label leads to; nothing when nobody may see it."""
    kind, _, name = label.partition(":")
    if kind == PAGE:
        return reverse(name) if name in PAGES else ""
    row = rows.get(label)
    return str(row.get_absolute_url()) if row else ""


def registering(event: Event) -> str:
    """Where one registers for an event that everybody sees; nothing while it takes none."""
    if event.state != State.LISTED:
        return ""
    if event.access == Access.ELSEWHERE:
        return event.registration_url
    return event.get_absolute_url() if event.access == Access.REGISTRATION else ""
