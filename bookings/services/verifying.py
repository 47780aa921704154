"""Each night: the places counted on each day are those of its rows (reliability.md section 2)."""

import logging
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from bookings import seats
from bookings.models import PlaceOffer, Seat
from bookings.states import SEATED
from programmes.models import TrainingSession
from records.services import record

logger = logging.getLogger(__name__)
# What the last night found, for the dashboard.
KEPT, DAYS = "bookings:seats-wrong", 2 * 24 * 3600


def verify(*, now: datetime) -> list[TrainingSession]:
    """Compare, mend what differs, and say so in the journal; return the days that were wrong."""
    wrong = [day for day in different() if _mend(day, now=now)]
    if wrong:
        logger.error("places comptées autrement que les commandes : %s", ", ".join(str(day.pk) for day in wrong))
    cache.set(KEPT, len(wrong), DAYS)
    return wrong


def different() -> list[TrainingSession]:
    """The days whose count is not that of their rows (1 query)."""
    held = Seat.objects.filter(booking__session=OuterRef("pk"), booking__state__in=SEATED, released_at=None).order_by()
    offered = PlaceOffer.objects.filter(booking__session=OuterRef("pk"), ending="").order_by()
    rows = TrainingSession.objects.annotate(
        held=_sum(held.values("booking__session").annotate(sum=Count("pk"))),
        offered=_sum(offered.values("booking__session").annotate(sum=Sum("places"))),
    )
    return list(rows.exclude(taken=F("held") + F("offered")).select_related("programme").order_by("pk"))


def _sum(rows: Any) -> Coalesce:
    return Coalesce(Subquery(rows.values("sum"), output_field=IntegerField()), 0)


@transaction.atomic
def _mend(day: TrainingSession, *, now: datetime) -> bool:
    """Look again under the lock, since people order at night too; more places held than the day has is said, and mended by somebody."""
    held, right = seats.hold(day), seats.recount(day)
    if held.taken == right:
        return False
    changes = {"places prises": [held.taken, right]}
    fits = right <= held.seats
    if fits:
        TrainingSession.objects.filter(pk=day.pk).update(taken=right)
    verb = "compte des places remis juste" if fits else "plus de places prises que la journée n’en a"
    record(verb, held, by=None, now=now, changes=changes)
    return True
