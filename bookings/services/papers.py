"""Drawing the papers of orders and days: asked, drawn by a sweep or by whoever downloads first, again when what they say changes.

The former versions stay. A drawing is made in a process of its own and stopped after `LIMIT` seconds; one that fails is counted and tried
again later and later, and the last good version stays the one that is given.
"""

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from bookings import papers
from bookings.models import Booking, BookingPaper, Seat
from bookings.papers import Edited, Subject
from bookings.states import Paper
from core.drawing import Undrawn, drawer
from core.pdf import Layout
from core.refusals import Refused
from programmes.models import TrainingSession

logger = logging.getLogger(__name__)

LIMIT = 20.0  # seconds a drawing may take, a hundred times what it takes
FAILED = "Cette pièce n’a pas pu être faite. L’équipe le sait, et un nouvel essai viendra."
_FIRST_RETRY, _LAST_RETRY, _MOST_DOUBLINGS = timedelta(minutes=1), timedelta(hours=6), 9


class NotReady(Refused):
    """There is nothing to give yet: the drawing failed and is tried again later."""


def to_download(subject: Subject, *, now: datetime) -> BookingPaper:
    """Return the paper as its data stands, drawn at once if need be; when that fails, the last one that was drawn."""
    try:
        return publish(subject, now=now)
    except NotReady:
        for row in versions(subject).exclude(file=""):
            if default_storage.exists(str(row.file.name)):
                return row
        raise


def publish(subject: Subject, *, now: datetime) -> BookingPaper:
    """Make the paper of what its data says now, once: of two at once, one row and one file are kept. Drawn outside any lock."""
    content = papers.content_of(subject)
    row = _version(subject, papers.fingerprint(content), now=now)
    if _is_drawn(row):
        return row
    if row.next_try_at and now < row.next_try_at:
        raise NotReady(FAILED)
    edited = Edited(versions(subject).filter(pk__lte=row.pk).count(), row.asked_at)
    return _kept(row, subject, _drawn(row, papers.layouts_of(subject, content, edited), now=now), now=now)


def ask(subject: Subject, *, now: datetime) -> BookingPaper:
    """Ask for the paper of what its data says now; the sweep draws it. The same data is the same paper."""
    return _version(subject, papers.fingerprint(papers.content_of(subject)), now=now)


def latest(subject: Subject) -> BookingPaper | None:
    """The last version, drawn or not."""
    return versions(subject).first()


def versions(subject: Subject) -> QuerySet[BookingPaper]:
    """The versions of a paper, the last first."""
    rows = BookingPaper.objects.filter(kind=subject.kind, booking=subject.booking, seat=subject.seat)
    if subject.booking is None:
        rows = rows.filter(session=subject.session)
    return rows.order_by("-asked_at", "-pk")


def subject_of(row: BookingPaper) -> Subject:
    """Say again what a row is a paper of: its order may have gone to another day since."""
    if row.seat:
        return papers.of_seat(Paper(row.kind), row.seat)
    return papers.of_order(Paper(row.kind), row.booking) if row.booking else papers.of_day(row.session)


def read(row: BookingPaper) -> bytes:
    with row.file.open("rb") as opened:
        content: bytes = opened.read()
    return content


def failed() -> QuerySet[BookingPaper]:
    """Those that could not be drawn: for the team."""
    return BookingPaper.objects.filter(file="", tries__gt=0)


# --- One version ---------------------------------------------------------------------------------------------------


@transaction.atomic
def _version(subject: Subject, source: str, *, now: datetime) -> BookingPaper:
    """Return the version that says this, begun if need be; one that was never drawn becomes it."""
    _lock(subject)
    last = versions(subject).first()
    if last and last.source == source:
        return last
    if last and not last.file:
        begun = {"source": source, "session": subject.session, "asked_at": now, "tries": 0, "next_try_at": None}
        for name, value in begun.items():
            setattr(last, name, value)
        last.save(update_fields=list(begun))
        return last
    return BookingPaper.objects.create(
        kind=subject.kind, booking=subject.booking, seat=subject.seat, session=subject.session, source=source, asked_at=now
    )


def _lock(subject: Subject) -> None:
    """Two that ask at once queue for the row that owns the paper; nothing else waits for it."""
    if subject.seat:
        Seat.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.seat.pk)
    elif subject.booking:
        Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.booking.pk)
    else:
        TrainingSession.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.session.pk)


def _is_drawn(row: BookingPaper) -> bool:
    """A file that the storage lost (a backup restored without it) is drawn again."""
    if row.file and not default_storage.exists(str(row.file.name)):
        BookingPaper.objects.filter(pk=row.pk, file=row.file.name).update(file="")
        row.file = ""
    return bool(row.file)


def _drawn(row: BookingPaper, layouts: Sequence[Layout], *, now: datetime) -> bytes:
    try:
        return drawer.draw(layouts, seconds=LIMIT)
    except (OSError, Undrawn) as error:
        logger.exception("drawing of paper %s", row.pk)
        waits = min(_FIRST_RETRY * 2 ** min(row.tries, _MOST_DOUBLINGS), _LAST_RETRY)
        BookingPaper.objects.filter(pk=row.pk, source=row.source, file="").update(tries=row.tries + 1, next_try_at=now + waits)
        raise NotReady(FAILED) from error


def _kept(row: BookingPaper, subject: Subject, content: bytes, *, now: datetime) -> BookingPaper:
    """Keep the file, unless another was faster or the row says something else by now."""
    name = default_storage.save(row.file.field.generate_filename(row, f"{row.pk}-{subject.file_name}"), ContentFile(content))
    drawn = {"file": name, "sha256": hashlib.sha256(content).hexdigest(), "made_at": now, "next_try_at": None}
    if not BookingPaper.objects.filter(pk=row.pk, source=row.source, file="").update(**drawn):
        with suppress(OSError):
            default_storage.delete(name)
    row.refresh_from_db()
    if not row.file:
        raise NotReady(FAILED)
    return row
