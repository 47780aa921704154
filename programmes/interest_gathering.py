"""What the timeline says of « Prévenez-moi »: the letters of openings to come, the addresses that will be erased."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from core import workdays
from core.registry import Planned
from core.retention import night
from mailing.models import Message
from programmes import emails
from programmes.emails import UNCONFIRMED_KEPT
from programmes.models import Edition, Interest, TrainingSession
from programmes.services import interest
from records.services import label_of

# A letter of an opening waits for working hours: over the longest week-end.
_LOOK_BACK = timedelta(days=6)


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """What `tell_openings` will send and `purge` erase between the two, as things stand."""
    yield from _openings(start, until)
    for (moment, label), count in sorted(_erasures(start).items()):
        if start <= moment < until:
            yield Planned(moment, "effacé", label[:1].upper() + label[1:], count=count, erasure=label)


def _openings(start: datetime, until: datetime) -> Iterator[Planned]:
    """Each address is told once, by the first row that answers it."""
    rows = [(leaves_at, row) for leaves_at, row in _opening(start, until) if start <= leaves_at < until]
    waiting = list(Interest.objects.confirmed().order_by("pk")) if rows else []
    for leaves_at, row in rows:
        told = {(ask.programme_id, ask.email) for ask in waiting if _answers(row, ask)}
        waiting = [ask for ask in waiting if not ((ask.programme_id, ask.email) in told and _is_answered_with(row, ask))]
        if told:
            count, url = len(told), row.get_absolute_url()
            whom = "personnes qui l’ont demandé" if count > 1 else "personne qui l’a demandé"
            yield Planned(leaves_at, "envoyé", f"Ouverture : {row}", whom, count, url, label_of(row))


def _opening(start: datetime, until: datetime) -> list[tuple[datetime, Edition | TrainingSession]]:
    """What can be joined from a moment of this span on, and when its letters leave."""
    calls = Edition.objects.filter(programme__is_public=True, cancelled_at=None, opens_at__lt=until, closes_at__gt=start)
    days = TrainingSession.objects.filter(programme__is_public=True, cancelled_at=None, published_at__lt=until)
    rows = [(_opens(row), row) for row in (*calls.select_related("programme"), *days.select_related("programme"))]
    known = sorted(((at, row) for at, row in rows if at and start - _LOOK_BACK <= at), key=lambda pair: (pair[0], pair[1].pk))
    return [(workdays.next_working_moment(max(at, start)), row) for at, row in known]


def _answers(row: Edition | TrainingSession, ask: Interest) -> bool:
    """The rule of `InterestQuerySet.waiting_for`, for rows at hand."""
    if ask.edition_id:
        return isinstance(row, Edition) and ask.edition_id == row.pk
    return ask.programme_id == row.programme_id


def _is_answered_with(row: Edition | TrainingSession, ask: Interest) -> bool:
    """Whatever the told address asked of this row and of its programme goes with it."""
    return ask.programme_id == row.programme_id and (ask.edition_id is None or _answers(row, ask))


def _opens(row: Edition | TrainingSession) -> datetime | None:
    """When it can be joined: open, and published."""
    if row.published_at is None:
        return None
    return max(row.opens_at, row.published_at) if isinstance(row, Edition) else row.published_at


def _erasures(start: datetime) -> Counter[tuple[datetime, str]]:
    """How many each night erases, under the label of the purge: the same rows, by the date at which they become its own."""
    found: Counter[tuple[datetime, str]] = Counter()
    for asked_at in Interest.objects.filter(confirmed_at=None).order_by("pk").values_list("asked_at", flat=True):
        found[night(max(asked_at + UNCONFIRMED_KEPT, start)), interest.NEVER_CONFIRMED] += 1
    called_off = Interest.objects.confirmed().filter(edition__cancelled_at__isnull=False)
    for cancelled_at in called_off.order_by("pk").values_list("edition__cancelled_at", flat=True):
        found[night(max(cancelled_at or start, start)), interest.NEVER_OPEN] += 1
    letters = Message.objects.filter(kind__in=[emails.OPENING, emails.INTEREST]).exclude(to="")
    for due_at in letters.order_by("pk").values_list("due_at", flat=True):
        found[night(max(due_at + interest.LETTERS_KEPT, start)), interest.LETTERS] += 1
    return found
