"""Telling participants that their place or their day is gone: owed by the sweep to whoever had a joining letter, as those are."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from bookings import change_emails, gone_emails, paper_emails
from bookings.models import Seat
from bookings.services import moving_session
from bookings.states import State
from core.clock import PARIS
from mailing.models import Message
from mailing.states import State as LetterState
from records.services import label_of

# What told somebody, at their own address, that they come.
_CAME = (paper_emails.JOINING, paper_emails.JOINING_CHANGED, change_emails.REPLACED)


def tell_due(*, now: datetime) -> int:
    """Owe their letter to those who come no more; what may still be undone is told to nobody. Return how many were owed."""
    gone = [seat for seat in _gone(now=now) if seat.booking.session.starts.timestamp() > now.timestamp()]
    told = set(Message.objects.filter(key__in=[gone_emails.key_of(seat) for seat in gone]).values_list("key", flat=True))
    had = _had_theirs(gone)
    owed = [seat for seat in gone if (seat.pk, seat.email) in had and gone_emails.key_of(seat) not in told and _stands(seat, now=now)]
    for seat in owed:
        gone_emails.post(seat, now=now)
    return len(owed)


def _gone(*, now: datetime) -> list[Seat]:
    """Places of days to come that are no more, of somebody who has an address of their own."""
    rows = Seat.objects.filter(booking__session__day__gte=now.astimezone(PARIS).date(), booking__proven_at__isnull=False)
    rows = rows.exclude(name="").exclude(email="").exclude(email=F("booking__email"))
    over = Q(released_at__isnull=False) | Q(booking__state=State.CANCELLED) | Q(booking__session__cancelled_at__isnull=False)
    return list(rows.filter(over).select_related("booking__session__programme", "booking__session__venue").order_by("pk"))


def _had_theirs(seats: Iterable[Seat]) -> set[tuple[int, str]]:
    """The places, each with the address, whose joining letter left."""
    about = {label_of(seat.booking) for seat in seats}
    rows = Message.objects.filter(kind__in=_CAME, state=LetterState.SENT, about__in=about).order_by("pk")
    return {(int(key.split(":")[1]), to) for key, to in rows.values_list("key", "to")}


def _stands(seat: Seat, *, now: datetime) -> bool:
    """The day will not come back, and no other place of that day is theirs."""
    session = seat.booking.session
    if session.cancelled_at:
        return not moving_session.may_be_undone(session, now=now)
    return not Seat.objects.filter(email=seat.email, released_at=None, booking__state=State.FIRM, booking__session=session).exists()
