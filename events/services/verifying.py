"""Each night: the seats counted on each sitting are those of its registrations (reliability.md section 2), in a way one may come."""

import logging
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from core.refusals import Refused
from events import seats
from events.models import Registration, TimeSlot
from events.services import carrying
from events.states import Mode
from records.services import record

logger = logging.getLogger(__name__)
WAYS = {Mode.ONSITE: "onsite", Mode.ONLINE: "online"}
# What the last night found, for the dashboard: the check itself reads every registration.
KEPT, DAYS = "events:seats-wrong", 2 * 24 * 3600


def verify(*, now: datetime) -> list[TimeSlot]:
    """Compare, mend what differs, and say so in the journal; return the sittings that were wrong."""
    wrong = [slot for slot in different(now=now) if _mend(slot, now=now)]
    if wrong:
        logger.error("places comptées autrement que les inscriptions : %s", ", ".join(str(slot.pk) for slot in wrong))
    cache.set(KEPT, len(wrong), DAYS)
    return wrong


def different(*, now: datetime) -> list[TimeSlot]:
    """The sittings whose counts are not those of their rows, and those to come with somebody in a way there is no more (1 query)."""
    stray = Registration.objects.filter(slot=OuterRef("pk")).live().exclude(mode=OuterRef("event__mode"))
    differs = Q(Exists(stray.order_by()), ~Q(event__mode=Mode.HYBRID), starts_at__gt=now)
    for way in WAYS.values():
        differs |= ~Q(**{f"taken_{way}": F(f"rows_{way}")}) | ~Q(**{f"members_{way}": F(f"member_rows_{way}")})
    return list(TimeSlot.objects.annotate(**_counts()).filter(differs).select_related("event").order_by("pk"))


def _counts() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mode, way in WAYS.items():
        rows = Registration.objects.filter(slot=OuterRef("pk"), mode=mode).holding_a_seat().order_by().values("slot")
        for name, counted in (("rows", rows), ("member_rows", rows.filter(is_member=True))):
            people = counted.annotate(sum=Sum(F("companions") + 1)).values("sum")
            found[f"{name}_{way}"] = Coalesce(Subquery(people, output_field=IntegerField()), 0)
    return found


@transaction.atomic
def _mend(slot: TimeSlot, *, now: datetime) -> bool:
    """Look again under the lock, since people register at night too; too many people for the seats is said, and mended by somebody."""
    held = seats.hold(slot)
    is_recounted = _recount(held, now=now)
    return _bring_back(held, now=now) or is_recounted


def _bring_back(slot: TimeSlot, *, now: datetime) -> bool:
    """Carry who is left in a way that the event has no more; those who do not fit are said, and left to somebody."""
    gone, _ = carrying.gone_of(slot.event)
    if gone is None or slot.starts_at <= now or not carrying.strays(slot, gone).exists():
        return False
    what, note = "places ramenées à la façon de venir", ""
    try:
        with transaction.atomic():
            slot.refresh_from_db(fields=carrying.COUNTS)
            carrying.refuse_unless_they_fit(slot, carrying.carry(slot, slot.event))
            slot.save(update_fields=carrying.COUNTS)
    except Refused as refusal:
        what, note = "plus d’inscrits que de places", str(refusal)
    record(what, slot.event, by=None, now=now, note=note)
    return True


def _recount(slot: TimeSlot, *, now: datetime) -> bool:
    row = TimeSlot.objects.annotate(**_counts()).get(pk=slot.pk)
    right = {f"taken_{way}": getattr(row, f"rows_{way}") for way in WAYS.values()}
    right |= {f"members_{way}": getattr(row, f"member_rows_{way}") for way in WAYS.values()}
    changes = {name: [getattr(row, name), count] for name, count in right.items() if getattr(row, name) != count}
    if not changes:
        return False
    fits = all((limit := seats.limit(row, mode)) is None or right[f"taken_{way}"] <= limit for mode, way in WAYS.items())
    if fits:
        TimeSlot.objects.filter(pk=slot.pk).update(**right)
    record("compte des places remis juste" if fits else "plus d’inscrits que de places", slot.event, by=None, now=now, changes=changes)
    return True
