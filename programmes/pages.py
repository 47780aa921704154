"""What `core` gathers from programmes: sections of the home page, lines of the site map, whom to write to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import DateField, DateTimeField, F, TimeField, Value
from django.http import HttpRequest
from django.urls import reverse

from core.addresses import path_of
from core.registry import Link
from programmes import queries
from programmes.models import Edition, Kind, Programme, TrainingSession

SHOWN = 6


def hero(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The open call that leads, or an invitation to look around."""
    call = queries.leading_call(_entries(request, now))
    return {"call": call, "status": call.status(now=now) if call else None}


def listing(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The first lines of the list of programmes; its filter answers on the page of programmes."""
    found = _entries(request, now)
    return {"entries": found[:SHOWN], "total": len(found), "kinds": Kind, "kind": "", "words": ""}


def _entries(request: HttpRequest, now: datetime) -> list[queries.Entry]:
    """The list, read once for the two sections of the home page."""
    if not hasattr(request, "programme_entries"):
        request.programme_entries = queries.entries(now=now)  # type: ignore[attr-defined]
    found: list[queries.Entry] = request.programme_entries  # type: ignore[attr-defined]
    return found


def site_map(now: datetime) -> Iterator[Link]:
    """Every public page, and nothing that is not."""
    yield Link("Programmes", reverse("programmes"))
    for programme, slug, title, changed, day, starts_at, ends_at in _public_rows(now):
        changed_on = changed.date() if changed else None
        if day:
            note = TrainingSession(day=day, starts_at=starts_at, ends_at=ends_at).when
            yield Link(title, path_of("session", programme, slug), note=note, changed_on=changed_on)
        else:
            yield Link(title, path_of("edition", programme, slug) if slug else path_of("programme", programme), changed_on=changed_on)


def _public_rows(now: datetime) -> Any:
    """Programmes, calls, then days, each in its own order, in one question: those of the site map are counted."""
    no_moment = Value(None, output_field=DateTimeField())
    no_day = {"on": Value(None, output_field=DateField())}
    no_day |= {name: Value(None, output_field=TimeField()) for name in ("begins", "ends")}
    own = {"of": F("programme__slug"), "own": F("slug"), "at": F("changed_at"), "place": Value(0)}
    hours = {"on": F("day"), "begins": F("starts_at"), "ends": F("ends_at")}
    shown = ("of", "own", "title", "at", "on", "begins", "ends")
    sorts = ("part", "place", "closes", "key")
    days, calls, programmes = (
        rows.order_by().annotate(**{"key": F("pk"), **more}).values_list(*shown, *sorts)
        for rows, more in (
            (TrainingSession.objects.public(now=now), {**own, **hours, "part": Value(2), "closes": no_moment}),
            (Edition.objects.public(now=now), {**own, **no_day, "part": Value(1), "closes": F("closes_at")}),
            (
                Programme.objects.public(),
                {**no_day, "of": F("slug"), "own": Value(""), "at": no_moment, "part": Value(0), "place": F("order"), "closes": no_moment},
            ),
        )
    )
    order = (F("part"), F("place"), F("closes").desc(), F("on").desc(), F("title"), F("key"))
    return (row[: len(shown)] for row in days.union(calls, programmes, all=True).order_by(*order))


def contacts(now: datetime) -> Iterator[Link]:
    """Whom to write to about each public programme."""
    for programme in Programme.objects.public():
        yield Link(programme.title, programme.contact_email)
