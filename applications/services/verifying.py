"""Each night: what is kept of the readings is what the readings say, and conflicts are those of today's bodies (docs/adr/0038)."""

import logging
from datetime import datetime

from applications.models import Application, Review
from applications.services.conflicts import recheck_open
from applications.services.reading import counted, recount

logger = logging.getLogger(__name__)
AT_ONCE = 500


def verify(*, now: datetime) -> int:
    """Ask again about the conflicts of open calls; mend means that differ, and say how many in the log."""
    recheck_open(now=now)
    wrong = [row for rows in _by_lots() for row in different(rows)]
    if wrong:
        logger.error("moyennes différentes des lectures : %s", ", ".join(str(row) for row in wrong))
        recount(wrong)
    return len(wrong)


def different(rows: list[Application]) -> list[Application]:
    """Return those whose kept mean, spread or number is not what their readings come to."""
    told = {pk: (mean, spread, many) for pk, mean, spread, many in counted([row.pk for row in rows])}
    return [row for row in rows if (row.mean, row.spread, row.readings) != told.get(row.pk, (None, None, 0))]


def _by_lots() -> list[list[Application]]:
    """Files that were read, or say so, a few hundred at a time."""
    read = Review.objects.filter(sent_at__isnull=False).order_by().values("application")
    keys = sorted({*read.values_list("application", flat=True), *_said()})
    lots = [keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)]
    return [list(Application.objects.filter(pk__in=lot).order_by("pk")) for lot in lots]


def _said() -> list[int]:
    return list(Application.objects.filter(readings__gt=0).order_by("pk").values_list("pk", flat=True))
