"""Events that look like the one being proposed: the same commune, the same day, a near title. Pointed out, never refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q

from core.folding import fold
from events.models import Event
from events.models.event import EventQuerySet
from events.services.writing import Checked
from events.states import State
from events.zones import zone_of
from organisations.regions import department_of, region_of_commune

NEAR, MOST = 0.62, 5


@dataclass(frozen=True)
class Twin:
    """What two events are compared by."""

    title: str
    commune: str
    days: frozenset[date]


def to_organiser(event: Event, checked: Checked, *, now: datetime) -> list[Event]:
    """Those that anybody may see, or that the same people organise: a proposal of others is nobody's business."""
    said = checked.said
    if not said.get("sittings"):
        return []
    zone = zone_of(region_of_commune(said.get("commune") or "") or "", department_of(said.get("commune") or ""))
    days = frozenset(row.starts_at.astimezone(zone).date() for row in said["sittings"])
    mine = event.organisers.values("email")
    rows = Event.objects.filter(Q(pk__in=Event.objects.public(now=now).values("pk")) | Q(organisers__email__in=mine)).distinct()
    return _found(event, Twin(str(said.get("title", "")), str(said.get("commune", "")), days), rows)


def to_coordinator(event: Event, rows: EventQuerySet) -> list[Event]:
    """Within what the coordinator may read."""
    return _found(event, _twin(event), rows)


def _found(event: Event, twin: Twin, rows: Any) -> list[Event]:
    beside = rows.filter(season=event.season_id, commune=twin.commune).exclude(pk=event.pk)
    beside = beside.exclude(state__in=[State.DRAFT, State.REFUSED, State.CANCELLED]).exclude(parent=event.pk or 0)
    found: Iterable[Event] = beside.select_related("season").prefetch_related("slots").order_by("starts_at", "pk")
    return [row for row in found if row.pk != event.parent_id and _looks_like(twin, _twin(row))][:MOST]


def _twin(event: Event) -> Twin:
    zone = zone_of(event.region, event.department)
    return Twin(event.title, event.commune, frozenset(slot.starts_at.astimezone(zone).date() for slot in event.slots.all()))


def _looks_like(one: Twin, other: Twin) -> bool:
    if one.commune != other.commune or not one.days & other.days:
        return False
    words = fold(one.title).strip(), fold(other.title).strip()
    return SequenceMatcher(None, *words, autojunk=False).ratio() >= NEAR
