"""The sweep of papers: what each day owes is asked again when what it says changed, drawn, and sent at its hour.

One pass reads each day once. What is drawn is drawn a few seconds at most, then the sweep is called again: letters wait for the same
workers.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic

from django.db.models import Prefetch, QuerySet

from bookings import moments, paper_emails, papers
from bookings.models import Booking, BookingPaper, Certificate, Seat
from bookings.papers import Subject
from bookings.services import moving_session
from bookings.services import papers as drawing
from bookings.states import LIVING, Paper, Payer, State
from core import hints
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from programmes.models import TrainingSession
from records.services import label_of
from records.sweeping import alone

logger = logging.getLogger(__name__)

TASK = "bookings.papers"
BUDGET = 8.0  # seconds a sweep goes on beginning new ones
AT_ONCE = 200
# Certificates are drawn ahead of whoever downloads them for so long after they are issued.
JUST_ISSUED = timedelta(days=2)
# What cannot be said yet (a name was taken back) is asked again so much later, or as soon as it can.
REFUSED_FOR = timedelta(hours=1)
_CERTIFICATES = (Paper.CERTIFICATE, Paper.CERTIFICATES)


def ask_due(*, now: datetime) -> int:
    """Ask for the papers that are owed and those that no longer say what is; return how many were asked."""
    asked = 0
    for day in _days_to_come(now=now):
        known = _known(BookingPaper.objects.filter(session=day))
        asked += sum(_asked(subject, known, now=now) for subject in _owed(day, set(known), now=now))
    known = _known(BookingPaper.objects.filter(kind__in=_CERTIFICATES, asked_at__gte=now - 2 * JUST_ISSUED))
    return asked + sum(_asked(subject, known, now=now) for subject in _attested(now=now))


def draw_due(*, now: datetime) -> int:
    """Draw what was asked, the oldest first; what remains is for the next sweep, called at once."""
    made, ends = 0, monotonic() + BUDGET
    for row in (
        BookingPaper.objects.to_draw(now=now).exclude(kind=Paper.SIGNED).select_related("seat__booking", "booking", "session")[:AT_ONCE]
    ):
        if monotonic() > ends:
            hints.nudge(TASK)
            break
        made += _drawn(row, now=now)
    return made


def post_due(*, now: datetime) -> int:
    """Owe the agreements of orders that became firm, and the joining letters of the days that are near or changed."""
    owed = 0
    for day in _days_to_come(now=now):
        with alone(day, what="letters of a day"):
            owed += _post_of(day, now=now)
    return owed


def _post_of(day: TrainingSession, *, now: datetime) -> int:
    if moving_session.may_be_undone(day, now=now):
        return 0  # told once it stands: what is taken back within ten minutes is read by nobody
    firm = [booking for booking in _bookings(day) if booking.state == State.FIRM]
    told = set(Message.objects.filter(kind=paper_emails.AGREEMENT, about__in=map(label_of, firm)).values_list("about", flat=True))
    owing = [booking for booking in firm if has_agreement(booking) and label_of(booking) not in told]
    for booking in owing:
        paper_emails.post_agreement(booking, now=now)
    before, is_time = paper_emails.told_before(firm), moments.joining_from(day) <= now
    # Once the day has begun, whoever is named walked in: nobody is summoned to it any more.
    seats = [seat for booking in firm for seat in named(booking) if now.timestamp() < day.starts.timestamp()]
    return len(owing) + sum(paper_emails.post_joining(seat, before.get(seat.pk, []), now=now, is_time=is_time) for seat in seats)


def has_agreement(booking: Booking) -> bool:
    """An employer signs one; for a person who pays for themselves, the invoice says the same (C5). A free day has neither."""
    return booking.payer != Payer.PERSON and booking.unit_price > 0


def named(booking: Booking) -> list[Seat]:
    return [seat for seat in booking.seats.all() if seat.name and seat.released_at is None]


# --- What each day owes ---------------------------------------------------------------------------------------------

_Key = tuple[str, int | None, int | None]


def _days_to_come(*, now: datetime) -> list[TrainingSession]:
    rows = TrainingSession.objects.select_related("programme", "venue", "terms__tax_profile").filter(
        day__gte=now.astimezone(PARIS).date(), cancelled_at=None, bookings__state__in=LIVING
    )
    return [day for day in rows.order_by("day", "pk").distinct() if day.ends > now]


def _bookings(day: TrainingSession) -> list[Booking]:
    """The living orders of a day, reading its facts once for all."""
    seats = Prefetch("seats", Seat.objects.order_by("rank", "pk"))
    found = list(day.bookings.living().filter(proven_at__isnull=False).select_related("conditions", "body").prefetch_related(seats))
    for booking in found:
        booking.session = day
    return found


def _owed(day: TrainingSession, known: set[_Key], *, now: datetime) -> Iterator[Subject]:
    """Yield what is owed of itself, and what was drawn before and may have changed."""
    is_near = moments.joining_from(day) <= now
    if is_near or (Paper.SHEET, None, None) in known:
        yield papers.of_day(day)
    for booking in _bookings(day):
        if (Paper.QUOTE, booking.pk, None) in known:
            yield papers.of_order(Paper.QUOTE, booking)
        is_firm = booking.state == State.FIRM
        if (is_firm and has_agreement(booking)) or (Paper.AGREEMENT, booking.pk, None) in known:
            yield papers.of_order(Paper.AGREEMENT, booking)
        yield from (papers.of_seat(Paper.JOINING, seat) for seat in named(booking) if is_firm and is_near)


def _attested(*, now: datetime) -> Iterator[Subject]:
    rows = Certificate.objects.good().filter(issued_at__gte=now - JUST_ISSUED)
    orders: dict[int, Booking] = {}
    for row in rows.select_related("seat__booking__session__programme").order_by("pk"):
        orders[row.seat.booking_id] = row.seat.booking
        yield papers.of_seat(Paper.CERTIFICATE, row.seat)
    yield from (papers.of_order(Paper.CERTIFICATES, booking) for booking in orders.values())


def _known(rows: QuerySet[BookingPaper]) -> dict[_Key, str]:
    """The fingerprint of the last version of each paper of these rows; one question."""
    found = rows.order_by("asked_at", "pk").values_list("kind", "booking", "seat", "source")
    return {(kind, booking, seat): source for kind, booking, seat, source in found}


def _asked(subject: Subject, known: dict[_Key, str], *, now: datetime) -> bool:
    key = (str(subject.kind), subject.booking.pk if subject.booking else None, subject.seat.pk if subject.seat else None)
    try:
        if known.get(key) == papers.fingerprint(papers.content_of(subject)):
            return False
        drawing.ask(subject, now=now)
    except Refused:
        return False
    return True


def _drawn(row: BookingPaper, *, now: datetime) -> bool:
    try:
        drawing.publish(drawing.subject_of(row), now=now)
    except drawing.NotReady:
        return False
    except Refused as refusal:
        logger.warning("paper %s: %s", row.pk, refusal)
        BookingPaper.objects.filter(pk=row.pk, file="").update(next_try_at=now + REFUSED_FOR)
        return False
    except Exception:
        logger.exception("paper %s", row.pk)
        return False
    return True
