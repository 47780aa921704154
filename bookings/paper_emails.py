"""The letters that carry papers: quote, agreement, joining letters, certificates and invoices. Their words: templates/bookings/emails/.

A joining letter is owed for each place as its day says it now: its key holds the day, the hours and the place, so that a change of one
of them is one more letter, and nothing else is. Who makes the files is given by `apps.py` (`register_kinds`).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Max

from billing.models import Invoice
from bookings import links
from bookings.models import Booking, Certificate, Seat
from bookings.models.booking import VIEW_BOOKING
from bookings.paper_words import (
    ATTESTED,
    CHANGES,
    JOINED,
    LACKING,
    THE_DAY,
    THE_ORDER,
    THE_PERSON,
    context_of,
    context_of_seat,
    examples,
    examples_person,
    place_of,
    sample,
    sample_person,
)
from bookings.sold import is_told_by_us
from bookings.states import State
from core import clock
from core.addresses import absolute
from mailing import outbox
from mailing.letters import KINDS, Attachment, LetterKind, register
from mailing.models import Message
from mailing.states import Settling
from mailing.states import State as LetterState
from programmes.models import TrainingSession
from records.services import label_of

QUOTE, AGREEMENT = "bookings.quote", "bookings.agreement"
JOINING, JOINING_CHANGED = "bookings.joining", "bookings.joining_changed"
CERTIFICATE, CLOSED, WAITS = "bookings.certificate", "bookings.closed", "bookings.invoice_waits"
FOLDER = "bookings/emails"
# How the key of a finance department's letter ends.
FINANCE = "finances"

Attach = Callable[[Message], Sequence[Attachment]]


@dataclass(frozen=True)
class Files:
    """What makes the files of each letter."""

    quote: Attach
    agreement: Attach
    joining: Attach
    certificate: Attach
    closed: Attach


def register_kinds(files: Files) -> None:
    """Make our kinds of letters known."""
    kind = partial(LetterKind, settling=Settling.RESEND, read_with=VIEW_BOOKING, examples=examples)
    about = THE_DAY | THE_ORDER
    register(kind(QUOTE, "devis d’une commande", f"{FOLDER}/quote.txt", sample, attach=files.quote, placeholders=about))
    register(kind(AGREEMENT, "convention de formation", f"{FOLDER}/agreement.txt", sample, attach=files.agreement, placeholders=about))
    ours = partial(kind, in_working_hours=True)
    person = partial(ours, sample=sample_person, examples=examples_person)
    joined = partial(person, attach=files.joining, still_due=_still_joins)
    told = THE_DAY | {"reference": THE_ORDER["reference"]} | THE_PERSON
    register(joined(JOINING, "convocation", f"{FOLDER}/joining.txt", placeholders=told))
    register(joined(JOINING_CHANGED, "convocation changée", f"{FOLDER}/joining_changed.txt", placeholders=told | CHANGES))
    attested = THE_DAY | ATTESTED
    register(person(
        CERTIFICATE, "certificat de réalisation", f"{FOLDER}/certificate.txt", attach=files.certificate, placeholders=attested,
        still_due=_still_attests,
    ))  # fmt: skip
    register(ours(CLOSED, "certificats et facture", f"{FOLDER}/closed.txt", sample, attach=files.closed, placeholders=about | JOINED))
    register(ours(WAITS, "facture en attente de références", f"{FOLDER}/invoice_waits.txt", sample, placeholders=about | LACKING))


# --- Owing those of an order -------------------------------------------------------------------------------------------


def post_quote(booking: Booking, *, now: datetime) -> None:
    """Send the quote to whoever asks for it on the page of the order: one an hour, however often it is asked."""
    _post(f"booking:{booking.pk}:quote:{int(now.timestamp()) // 3600}", QUOTE, booking, now=now)


def post_agreement(booking: Booking, *, now: datetime) -> None:
    """Send the agreement once, when the order is firm; what changes after is on its page."""
    _post(f"booking:{booking.pk}:agreement", AGREEMENT, booking, now=now)


def post_waits(booking: Booking, missing: Sequence[str], *, now: datetime) -> None:
    """Say what the invoice lacks; once for the same gaps."""
    digest = hashlib.sha256("\n".join(missing).encode()).hexdigest()[:12]
    page = absolute(links.path_of(booking, "booking_billing"))
    _post(f"booking:{booking.pk}:waits:{digest}", WAITS, booking, now=now, missing=missing, page=page)


def _post(key: str, kind: str, booking: Booking, *, now: datetime, **said: Any) -> None:
    """To whoever ordered; and to whoever pays a letter of its own, whose address opens their papers and nothing else."""
    to = {booking.email: (key, said)}
    if links.is_apart(booking):
        to[booking.finance_email] = (f"{key}:{FINANCE}", {**said, "page": links.payer_address_of(booking), "is_payer": True})
    for address, (named, words) in to.items():
        outbox.post(
            named, KINDS[kind], to=address, context=context_of(booking, **words), now=now, about=label_of(booking),
            reply_to=booking.session.contact
        )  # fmt: skip


# --- Joining letters -----------------------------------------------------------------------------------------------------


class JoiningKey(NamedTuple):
    """What a joining letter said, and to whom, as its key holds it: `said` is the fingerprint of day, hours and place."""

    seat: int
    number: int
    session: int
    who: str
    said: str

    def __str__(self) -> str:
        return f"seat:{self.seat}:joining:{self.number}:{self.session}:{self.who}:{self.said}"


def joining_key(message: Message) -> JoiningKey:
    _, seat, _, number, session, who, said = message.fact.split(":")
    return JoiningKey(int(seat), int(number), int(session), who, said)


def told_before(bookings: Iterable[Booking]) -> dict[int, list[Message]]:
    """Return the joining letters owed so far, by place, in order; one question for all these orders."""
    rows = Message.objects.filter(kind__in=[JOINING, JOINING_CHANGED], about__in=[label_of(booking) for booking in bookings])
    found: dict[int, list[Message]] = {}
    for message in rows.order_by("pk"):
        if message.key != message.fact:
            continue  # sent again by hand: nothing new was told
        found.setdefault(joining_key(message).seat, []).append(message)
    return found


def post_joining(seat: Seat, before: Sequence[Message], *, now: datetime, is_time: bool) -> bool:
    """Owe the joining letter of a place, or say what changed in it; `before` are those it had. Return whether one was owed.

    `is_time`: fifteen days before have come. A change is told to whoever had theirs, whatever the day.
    """
    who, session = _who(seat), seat.booking.session
    mine = [(joining_key(message), message) for message in before if joining_key(message).who == who]
    key = JoiningKey(seat.pk, len(before) + 1, session.pk, who, said_of(session))
    # Somebody else was called for this place since: whoever comes back was told they did not come any more.
    is_back = bool(mine) and joining_key(before[-1]).who != who
    if mine and not is_back and (mine[-1][0].session, mine[-1][0].said) == (key.session, key.said):
        return False
    had_one = not is_back and any(message.state == LetterState.SENT for _, message in mine)
    if not (is_time or had_one):
        return False
    outbox.post(
        str(key), KINDS[JOINING_CHANGED if had_one else JOINING], to=seat.email or seat.booking.email, now=now,
        context=context_of_seat(seat), about=label_of(seat.booking), reply_to=session.contact
    )  # fmt: skip
    return True


def said_of(session: TrainingSession) -> str:
    """Return what changes with the day, the hours or the place, and with nothing else."""
    facts = [session.day.isoformat(), session.starts_at.isoformat(), session.ends_at.isoformat(), place_of(session)]
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:12]


def _who(seat: Seat) -> str:
    """Name a person in a key, which is never erased, without writing them."""
    return hashlib.sha256(f"{seat.name}|{seat.email}".lower().encode()).hexdigest()[:10]


def seat_of(message: Message) -> Seat | None:
    pk = message.key.split(":")[1]
    return (
        Seat.objects.select_related("booking__session__programme", "booking__session__venue").filter(pk=pk).first()
        if pk.isdigit()
        else None
    )


def _still_joins(message: Message) -> bool:
    """The place is still theirs, the day is still to come, and is what the letter says."""
    key, seat = joining_key(message), seat_of(message)
    if seat is None or seat.released_at or seat.booking.state != State.FIRM or _who(seat) != key.who:
        return False
    session = seat.booking.session
    return session.pk == key.session and not session.cancelled_at and said_of(session) == key.said and clock.now() < session.ends


# --- After the day ---------------------------------------------------------------------------------------------------------


def post_certificate(certificate: Certificate, address: str, *, now: datetime) -> None:
    """Give a person their certificate; whoever ordered for themselves has it with the invoice."""
    seat = certificate.seat
    if not seat.email or seat.email.lower() == seat.booking.email.lower():
        return
    outbox.post(
        f"certificate:{certificate.pk}", KINDS[CERTIFICATE], to=seat.email, context=context_of_seat(seat, certificate, address), now=now,
        about=label_of(seat.booking), reply_to=seat.booking.session.contact
    )  # fmt: skip


def _still_attests(message: Message) -> bool:
    """The presence was not taken back since, or another certificate took the place of this one."""
    pk = message.key.split(":")[1]
    row = Certificate.objects.filter(pk=pk).first() if pk.isdigit() else None
    return row is not None and Certificate.objects.good().filter(seat=row.seat_id).exists()


class ClosedKey(NamedTuple):
    """Which invoices and certificates a letter carries: those after one number and up to another, of each."""

    booking: int
    invoices: tuple[int, int]
    certificates: tuple[int, int]

    def __str__(self) -> str:
        spans = (f"{first}-{last}" for first, last in (self.invoices, self.certificates))
        return f"booking:{self.booking}:closed:{':'.join(spans)}"


def closed_key(message: Message) -> ClosedKey:
    _, booking, _, *spans = message.key.removesuffix(f":{FINANCE}").split(":")
    invoices, certificates = ((int(first), int(last)) for first, last in (span.split("-") for span in spans))
    return ClosedKey(int(booking), invoices, certificates)


def post_closed(booking: Booking, *, now: datetime, undecided: int = 0) -> bool:
    """Give whoever ordered, and who pays, the invoices and certificates that no letter gave yet. Return whether there was one to owe."""
    told = [closed_key(row) for row in Message.objects.filter(kind=CLOSED, about=label_of(booking)).order_by("pk")]
    first_invoice = max((key.invoices[1] for key in told), default=0)
    first_certificate = max((key.certificates[1] for key in told), default=0)
    rows = [row for row in Invoice.objects.about(label_of(booking)).filter(pk__gt=first_invoice).order_by("pk") if is_told_by_us(row)]
    attested = Certificate.objects.good().filter(seat__booking=booking, pk__gt=first_certificate).order_by("pk")
    count, last = attested.count(), attested.aggregate(last=Max("pk"))["last"]
    if not rows and not count:
        return False
    invoices = (first_invoice, rows[-1].pk if rows else first_invoice)
    key = ClosedKey(booking.pk, invoices, (first_certificate, last or first_certificate))
    _post(str(key), CLOSED, booking, now=now, invoices=rows, certificates=count, undecided=undecided)
    return True


def given_in(message: Message) -> tuple[Booking | None, list[Invoice], list[Certificate]]:
    """Return what a letter carries: its invoices, and its certificates that no other replaced since."""
    key = closed_key(message)
    booking = booking_of(message)
    if booking is None:
        return None, [], []
    rows = Invoice.objects.about(label_of(booking)).filter(pk__gt=key.invoices[0], pk__lte=key.invoices[1]).order_by("pk")
    span = {"pk__gt": key.certificates[0], "pk__lte": key.certificates[1]}
    certificates = Certificate.objects.good().filter(seat__booking=booking, **span).order_by("pk")
    return booking, [row for row in rows if is_told_by_us(row)], list(certificates)


def booking_of(message: Message) -> Booking | None:
    pk = message.key.split(":")[1]
    rows = Booking.objects.select_related("session__programme", "session__venue", "session__terms__tax_profile", "conditions", "body")
    return rows.filter(pk=pk).first() if pk.isdigit() else None
