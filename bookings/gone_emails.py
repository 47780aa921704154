"""To whoever had a joining letter and comes no more: their place was cancelled, or the day is called off; their calendar drops it (S9).

Who ordered has letters of their own (`change_emails`); this one gives neither the order's address nor its money.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bookings import calendars
from bookings.models import Seat
from bookings.models.booking import VIEW_BOOKING
from bookings.paper_emails import seat_of
from bookings.paper_words import THE_DAY, THE_ORDER, THE_PERSON, context_of_seat, examples_person, sample_person
from bookings.states import State
from mailing import outbox
from mailing.letters import KINDS, Attachment, LetterKind, Placeholder, register
from mailing.models import Message
from mailing.states import Settling
from records.services import label_of

PLACE_GONE, DAY_GONE = "bookings.place_gone", "bookings.day_gone"
_FOLDER = "bookings/emails"
_SAID = {name: THE_DAY[name] for name in ("titre", "jour", "horaires", "contact")} | {
    "participant": THE_PERSON["participant"], "reference": THE_ORDER["reference"], "nom": THE_ORDER["nom"],
}  # fmt: skip
_WHY = {
    "motif": Placeholder(
        "pourquoi la journée est annulée ; peut être vide", lambda said: said["booking"].session.cancellation_reason, lines=True
    )
}


def register_kinds() -> None:
    """Make our two kinds of letters known."""
    kind = partial(
        LetterKind, sample=sample_person, examples=examples_person, settling=Settling.RESEND, read_with=VIEW_BOOKING, attach=_calendar,
        still_due=_is_gone,
    )  # fmt: skip
    register(kind(PLACE_GONE, "place annulée : à qui devait venir", f"{_FOLDER}/place_gone.txt", placeholders=_SAID))
    off = f"{_FOLDER}/day_gone.txt"
    register(kind(DAY_GONE, "journée annulée par nous : aux participants", off, placeholders=_SAID | _WHY, in_working_hours=True))


def key_of(seat: Seat) -> str:
    """Once for a person, a place and a day; the key is never erased: the person is named in it by a fingerprint."""
    who = hashlib.sha256(f"{seat.name}|{seat.email}".lower().encode()).hexdigest()[:10]
    return f"seat:{seat.pk}:gone:{seat.booking.session_id}:{who}"


def post(seat: Seat, *, now: datetime) -> None:
    """Tell the person of this place that nobody expects them any more."""
    session = seat.booking.session
    outbox.post(
        key_of(seat), KINDS[DAY_GONE if session.cancelled_at else PLACE_GONE], to=seat.email, context=context_of_seat(seat), now=now,
        about=label_of(seat.booking), reply_to=session.contact
    )  # fmt: skip


def _is_gone(message: Message) -> bool:
    seat = seat_of(message)
    if seat is None:
        return False
    return bool(seat.released_at or seat.booking.state != State.FIRM or seat.booking.session.cancelled_at)


def _calendar(message: Message) -> Sequence[Attachment]:
    """The entry of the day, taken away."""
    seat = seat_of(message)
    return [calendars.taken_away(seat.booking.session, at=message.created_at)] if seat else ()
