"""The sheet for the door: each sitting on its own pages, people by name, a box before each. Its words are in templates/events/pdf/."""

from datetime import datetime
from typing import Any

from core import pdf
from core.drawing import Undrawn, drawer
from events import covers, host_queries
from events.models import Event
from records.models import Association

TEMPLATE = "events/pdf/sheet.html"
PATIENCE = 40.0  # seconds


def sheet(event: Event, *, slot: int | None, needs: bool, now: datetime) -> bytes:
    """Return the PDF; drawn in a process of its own, since a crowd makes many pages."""
    try:
        return drawer.draw([pdf.Layout(pdf.markup(TEMPLATE, context(event, slot=slot, needs=needs, now=now)))], seconds=PATIENCE)
    except Undrawn as fault:
        raise pdf.Unmade(type(fault).__name__) from fault


def context(event: Event, *, slot: int | None, needs: bool, now: datetime) -> dict[str, Any]:
    rows = host_queries.people(event)
    found = [sitting for sitting in host_queries.sittings(event, now=now) if slot in (None, sitting.slot.pk)]
    return {
        "event": event,
        "season": event.season,
        "sittings": [host_queries.with_people(sitting, rows) for sitting in found],
        "with_needs": needs,
        "now": now,
        "association": Association.shown(),
        "hue": covers.hue_of(event.slug),
        "cover_of": covers.cover_of(event.season.slug, event.slug),
    }
