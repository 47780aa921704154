"""A cancellation is one letter, with its credit notes; a finance department that pays apart has its own, from billing."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from billing.models import Invoice
from bookings import notes
from bookings.models import Booking
from bookings.services import following, holding, settling
from bookings.states import InvoiceBy, Payer
from mailing import outbox
from mailing.models import Message
from mailing.tasks import deliver
from tests.billing.factories import siret
from tests.bookings.factories import NOW, ordered, session
from tests.bookings.test_calling_off import called_off
from tests.bookings.test_cancelling import cancel, paid

pytestmark = pytest.mark.django_db
FINANCE = "compta@entreprise.example"
PIECE = re.compile(r"[AF]2027-\d{4}")


def credited(booking: Booking) -> list[str]:
    rows = Invoice.objects.about(f"bookings.booking:{booking.pk}").filter(corrects__isnull=False)
    return [row.number for row in rows.order_by("pk")]


def sent(mailoutbox: Any, after: int) -> list[tuple[str, str, list[str]]]:
    """Of the letters owed since: whom to, which kind, and the documents that left with it."""
    kinds = {message.to: message.kind for message in Message.objects.filter(pk__gt=after).order_by("pk")}
    leave()
    letters = [(mail.to[0], kinds[mail.to[0]], [PIECE.findall(name)[0] for name, _, _ in mail.attachments]) for mail in mailoutbox]
    mailoutbox.clear()
    return sorted(letters)


def leave() -> None:
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        deliver()


def last(mailoutbox: Any) -> int:
    """The last letter so far, once all have left."""
    leave()
    mailoutbox.clear()
    return Message.objects.order_by("-pk").values_list("pk", flat=True)[0]


def test_a_cancellation_is_one_letter_that_carries_every_credit_note_of_the_act(mailoutbox: Any) -> None:
    booking = paid(places=3, invoice_by=InvoiceBy.PERSON)
    before = last(mailoutbox)
    cancel(booking, 1, 3, now=NOW)
    files = credited(booking)
    assert (len(files), Message.objects.filter(pk__gt=before).count()) == (2, 1)
    said = Message.objects.get(pk__gt=before).text
    assert [f"avoir {number}, 680\u00a0€, joint à cette lettre" in said for number in files] == [True, True]
    assert sent(mailoutbox, before) == [(booking.email, "bookings.cancelled", files)]
    before = last(mailoutbox)
    cancel(booking, 2, now=NOW + timedelta(seconds=1))
    assert sent(mailoutbox, before) == [(booking.email, "bookings.cancelled", credited(booking)[2:])]


def test_given_up_before_it_is_firm_its_letter_carries_the_note_of_what_was_invoiced(mailoutbox: Any) -> None:
    booking = ordered(payer=Payer.PRIVATE, places=2, payer_siret=siret())
    before = last(mailoutbox)
    settling.withdraw(booking, by=holding.buyer(booking), now=NOW)
    assert sent(mailoutbox, before) == [(booking.email, "bookings.withdrawn", credited(booking))]
    assert len(credited(booking)) == 1


def test_a_day_that_we_call_off_is_one_letter_of_ours_too(mailoutbox: Any) -> None:
    day = session()
    booking, before = paid(day, places=2), last(mailoutbox)
    batch = called_off(day)
    following.follow_due(now=batch.due_at + timedelta(minutes=1))
    ours = Message.objects.filter(pk__gt=before, about=f"bookings.booking:{booking.pk}", kind="bookings.called_off")
    told = [message.kind for message in Message.objects.filter(pk__gt=before, to=booking.email) if message.kind.startswith("billing.")]
    assert ([row.number for row in notes.of(ours.get())], told) == (credited(booking), [])


def test_a_finance_department_has_the_note_from_billing_and_whoever_ordered_the_letter_of_the_act(mailoutbox: Any) -> None:
    booking = paid(places=2, finance_email=FINANCE)
    before = last(mailoutbox)
    cancel(booking, 1, now=NOW)
    files = credited(booking)
    assert sent(mailoutbox, before) == sorted([(booking.email, "bookings.cancelled", files), (FINANCE, "billing.credited", files)])


def test_a_letter_of_before_or_without_a_note_carries_none() -> None:
    booking = paid(places=2)
    key = f"booking:{booking.pk}:cancelled:1"
    assert (notes.key_with(key, []), notes.of(Message(key=key, about=f"bookings.booking:{booking.pk}"))) == (key, [])


def test_a_cancellation_sent_again_carries_the_same_credit_notes(mailoutbox: Any) -> None:
    booking = paid(places=2, invoice_by=InvoiceBy.PERSON)
    before = last(mailoutbox)
    cancel(booking, 1, 2, now=NOW)
    first = sent(mailoutbox, before)
    letter = Message.objects.order_by("-pk")[0]
    outbox.resend(letter, by=None, now=NOW + timedelta(minutes=2))
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        deliver()
    again = [PIECE.findall(name)[0] for name, _, _ in mailoutbox[0].attachments]
    assert ([(letter.to, letter.kind, again)], Message.objects.latest("pk").fact) == (first, letter.key)
