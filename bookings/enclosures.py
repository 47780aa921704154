"""The files that letters about orders carry, made when they leave: papers as their data stands, invoices as they were issued."""

from collections.abc import Sequence
from datetime import datetime

from billing import documents
from bookings import calendars, papers
from bookings.models import Booking, Certificate
from bookings.paper_emails import Files, booking_of, given_in, joining_key, seat_of
from bookings.papers import Subject
from bookings.services import papers as drawing
from bookings.services.sweeping_papers import has_agreement
from bookings.states import Paper
from core import clock
from core.refusals import Refused
from mailing.letters import Attachment
from mailing.models import Message
from programmes.models import TrainingSession


def attached(subject: Subject, *, now: datetime) -> Attachment:
    return Attachment(subject.file_name, drawing.read(drawing.to_download(subject, now=now)), papers.PDF)


def quote(message: Message) -> Sequence[Attachment]:
    return _of_order(message, Paper.QUOTE)


def agreement(message: Message) -> Sequence[Attachment]:
    return _of_order(message, Paper.AGREEMENT)


def _of_order(message: Message, kind: Paper) -> Sequence[Attachment]:
    booking = booking_of(message)
    return [attached(papers.of_order(kind, booking), now=clock.now())] if booking else ()


def joining(message: Message) -> Sequence[Attachment]:
    """The joining letter and its date for a calendar; of a place that went to another day, the former date is taken away."""
    seat, key = seat_of(message), joining_key(message)
    if seat is None:
        return ()
    at, session = message.created_at, seat.booking.session
    left = _days_left(message, key.seat, session)
    away = [calendars.taken_away(day, at=at) for day in left]
    return [attached(papers.of_seat(Paper.JOINING, seat), now=clock.now()), calendars.entry(session, at=at), *away]


def _days_left(message: Message, seat: int, session: TrainingSession) -> Sequence[TrainingSession]:
    """The other days that earlier joining letters of this place were about."""
    before = Message.objects.filter(key__startswith=f"seat:{seat}:joining:", pk__lt=message.pk).order_by("pk")
    others = {joining_key(each).session for each in before} - {session.pk}
    return list(TrainingSession.objects.with_places().filter(pk__in=others).order_by("pk"))


def certificate(message: Message) -> Sequence[Attachment]:
    """The certificate; one that another replaced since is given as the other."""
    pk = message.key.split(":")[1]
    row = Certificate.objects.select_related("seat__booking__session__programme").filter(pk=pk).first() if pk.isdigit() else None
    is_given = row is not None and Certificate.objects.good().filter(seat=row.seat).exists()
    return [attached(papers.of_seat(Paper.CERTIFICATE, row.seat), now=clock.now())] if row and is_given else ()


def closed(message: Message) -> Sequence[Attachment]:
    """The invoices, then the certificates of the order in one file."""
    booking, invoices, certificates = given_in(message)
    if booking is None:
        return ()
    billed = [Attachment(documents.file_name(row), documents.read(row), documents.PDF) for row in invoices]
    attested = [attached(papers.of_order(Paper.CERTIFICATES, booking), now=clock.now())] if certificates else []
    return [*billed, *attested]


def for_reminders(booking: Booking, now: datetime) -> Sequence[Attachment]:
    """What a finance department asks for again: the agreement, and the certificates that show the service done."""
    subjects = [papers.of_order(Paper.AGREEMENT, booking)] if has_agreement(booking) else []
    if Certificate.objects.good().filter(seat__booking=booking).exists():
        subjects.append(papers.of_order(Paper.CERTIFICATES, booking))
    return [made for subject in subjects if (made := _if_it_can(subject, now))]


def _if_it_can(subject: Subject, now: datetime) -> Attachment | None:
    """A reminder leaves without a paper that cannot be drawn, rather than never."""
    try:
        return attached(subject, now=now)
    except Refused:
        return None


FILES = Files(quote=quote, agreement=agreement, joining=joining, certificate=certificate, closed=closed)
