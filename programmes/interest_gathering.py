"""What the timeline says of « Prévenez-moi »: the letters of openings to come, the addresses that will be erased."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from core import workdays
from core.clock import PARIS
from core.registry import Planned
from programmes.emails import UNCONFIRMED_KEPT
from programmes.models import Edition, Interest, TrainingSession
from records.services import label_of

PURGED_AT = time(3, 30)  # `config/celery.py`
# A letter of an opening waits for working hours: over the longest week-end.
_LOOK_BACK = timedelta(days=6)


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """What `tell_openings` will send and `purge` erase between the two, as things stand."""
    yield from _openings(start, until)
    asked = Interest.objects.filter(confirmed_at=None).order_by("asked_at", "pk").values_list("asked_at", flat=True)
    for day in dict.fromkeys(_purge_after(moment) for moment in asked):
        if start <= day < until:
            count = Interest.objects.unconfirmed_since(day - UNCONFIRMED_KEPT).count()
            yield Planned(day, "effacé", "Demandes d’être prévenu jamais confirmées", count=count)


def _openings(start: datetime, until: datetime) -> Iterator[Planned]:
    calls = Edition.objects.filter(programme__is_public=True, cancelled_at=None, opens_at__lt=until, closes_at__gt=start)
    days = TrainingSession.objects.filter(programme__is_public=True, cancelled_at=None, published_at__lt=until)
    told: set[int] = set()
    rows = [(_opens(row), row) for row in (*calls.select_related("programme"), *days.select_related("programme"))]
    for opens_at, row in sorted(((at, row) for at, row in rows if at), key=lambda pair: (pair[0], pair[1].pk)):
        leaves_at = workdays.next_working_moment(max(opens_at, start))
        if not start - _LOOK_BACK <= opens_at or not start <= leaves_at < until:
            continue
        asked = Interest.objects.confirmed().waiting_for(row).exclude(pk__in=told).values_list("pk", "email").order_by("pk")
        told |= {pk for pk, _ in asked}
        if count := len({email for _, email in asked}):
            whom = f"{count} personne{'s' if count > 1 else ''} qui l’{'ont' if count > 1 else 'a'} demandé"
            yield Planned(leaves_at, "envoyé", f"Ouverture : {row}", whom, count, row.get_absolute_url(), label_of(row))


def _opens(row: Edition | TrainingSession) -> datetime | None:
    """When it can be joined: open, and published."""
    if row.published_at is None:
        return None
    return max(row.opens_at, row.published_at) if isinstance(row, Edition) else row.published_at


def _purge_after(asked_at: datetime) -> datetime:
    """The night that erases what was asked then."""
    end = (asked_at + UNCONFIRMED_KEPT).astimezone(PARIS)
    day = end.date() if end.time() <= PURGED_AT else end.date() + timedelta(days=1)
    return datetime.combine(day, PURGED_AT, PARIS)
