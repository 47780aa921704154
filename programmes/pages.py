"""What `core` gathers from programmes: sections of the home page, lines of the site map, whom to write to."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

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
    for programme in Programme.objects.public():
        yield Link(programme.title, programme.get_absolute_url())
    for edition in Edition.objects.public(now=now).select_related("programme"):
        yield Link(edition.title, edition.get_absolute_url(), changed_on=_changed_on(edition))
    for session in TrainingSession.objects.public(now=now).with_places():
        yield Link(session.title, session.get_absolute_url(), note=session.when, changed_on=_changed_on(session))


def _changed_on(row: Edition | TrainingSession) -> date | None:
    return row.changed_at.date() if row.changed_at else None


def contacts(now: datetime) -> Iterator[Link]:
    """Whom to write to about each public programme."""
    for programme in Programme.objects.public():
        yield Link(programme.title, programme.contact_email)
