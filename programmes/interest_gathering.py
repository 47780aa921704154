"""What the timeline says of « Prévenez-moi »: the letters of openings to come, the addresses that will be erased."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from core import workdays
from core.registry import Planned
from core.retention import night
from mailing.models import Message
from programmes import emails
from programmes.emails import UNCONFIRMED_KEPT, WAITED
from programmes.models import Edition, Interest, TrainingSession
from programmes.services import interest
from records.services import label_of

VIEW = "programmes.view_edition"
# A letter of an opening waits for working hours: over the longest week-end.
_LOOK_BACK = timedelta(days=6)
# When its letters leave, and of what.
Opening = tuple[datetime, Edition | TrainingSession]


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """What `tell_openings` will send and `purge` erase between the two, as things stand."""
    rows = [(leaves_at, row) for leaves_at, row in _opening(start, until) if start <= leaves_at < until]
    waiting = list(Interest.objects.confirmed().select_related("edition").order_by("pk"))
    yield from _openings(rows, waiting)
    for (moment, label), count in sorted(_erasures(start, rows, waiting).items()):
        if start <= moment < until:
            yield Planned(moment, "effacé", label[:1].upper() + label[1:], count=count, erasure=label, permission=VIEW)


def _openings(rows: list[Opening], waiting: list[Interest]) -> Iterator[Planned]:
    """Each address is told once, by the first row that answers it."""
    for leaves_at, row in rows:
        told = {(ask.programme_id, ask.email) for ask in waiting if _answers(row, ask)}
        waiting = [ask for ask in waiting if not ((ask.programme_id, ask.email) in told and _is_answered_with(row, ask))]
        if told:
            count, url = len(told), row.get_absolute_url()
            whom = "personnes qui l’ont demandé" if count > 1 else "personne qui l’a demandé"
            yield Planned(leaves_at, "envoyé", f"Ouverture : {row}", whom, count, url, label_of(row), permission=VIEW)


def _opening(start: datetime, until: datetime) -> list[Opening]:
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


def _erasures(start: datetime, rows: list[Opening], waiting: list[Interest]) -> Counter[tuple[datetime, str]]:
    """How many each night erases, under the label of the purge: the same rows, by the date at which they become its own."""
    found: Counter[tuple[datetime, str]] = Counter()
    for asked_at in Interest.objects.filter(confirmed_at=None).order_by("pk").values_list("asked_at", flat=True):
        found[night(max(asked_at + UNCONFIRMED_KEPT, start)), interest.NEVER_CONFIRMED] += 1
    for ask in waiting:
        if ask.edition and ask.edition.cancelled_at:
            found[night(max(ask.edition.cancelled_at, start)), interest.NEVER_OPEN] += 1
        elif ask.edition is None and (moment := _waited_enough(ask, start)) and not _is_told_before(moment, ask, rows):
            found[moment, interest.WAITED_ENOUGH] += 1
    letters = Message.objects.filter(kind__in=emails.OF_INTEREST).exclude(to="")
    for due_at in letters.order_by("pk").values_list("due_at", flat=True):
        found[night(max(due_at + interest.LETTERS_KEPT, start)), interest.LETTERS] += 1
    return found


def _waited_enough(ask: Interest, start: datetime) -> datetime | None:
    return night(max(ask.confirmed_at + WAITED, start)) if ask.confirmed_at else None


def _is_told_before(moment: datetime, ask: Interest, rows: list[Opening]) -> bool:
    """True when an opening to come erases this address first."""
    return any(leaves_at <= moment and _answers(row, ask) for leaves_at, row in rows)
