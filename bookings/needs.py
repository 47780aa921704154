"""What somebody needs to eat, to come in, to follow: for the day only, erased fifteen days after it (domain.md G3, issue 7)."""

from collections.abc import Iterator
from datetime import datetime

from bookings.models import Seat
from bookings.models.terms import NEEDS_KEPT
from core.clock import PARIS
from core.registry import Erasure

LABEL = "besoins de participants à une journée, quinze jours après"


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Blank the needs of days that are over for fifteen days; of places given back too."""
    rows = Seat.objects.filter(booking__session__day__lte=now.astimezone(PARIS).date() - NEEDS_KEPT).exclude(needs="")
    count = rows.count() if dry_run else Seat.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(needs="")
    yield Erasure(LABEL, count)
