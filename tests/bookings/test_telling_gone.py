"""Whoever had a joining letter is told that their place or their day is gone, and their calendar drops it (S9)."""

from datetime import timedelta

import pytest
import time_machine

from bookings.models import Booking, Seat
from bookings.services import cancelling, following, holding, sweeping_papers, telling_gone
from mailing import batches
from mailing.models import Batch, Message
from mailing.tasks import deliver
from programmes.services import changes
from tests.applications.factories import staff
from tests.bookings.paper_factories import NEAR, day_2019, employer
from tests.bookings.test_joining import entries, with_addresses

pytestmark = pytest.mark.django_db
LATER = NEAR + timedelta(hours=1)


def joined(count: int = 2) -> Booking:
    """An order whose people had their joining letters, at their own addresses."""
    booking = with_addresses(employer(day_2019(), count))
    sweeping_papers.post_due(now=NEAR)
    send(NEAR)
    return holding.fresh(booking)


def send(now) -> None:
    with time_machine.travel(now, tick=False):
        deliver()


def told() -> list[tuple[str, str]]:
    rows = Message.objects.filter(kind__in=["bookings.place_gone", "bookings.day_gone"]).order_by("pk")
    return [(row.kind.removeprefix("bookings."), row.to) for row in rows]


def cancel(booking: Booking, *ranks: int, now=LATER) -> None:
    rows = list(booking.seats.filter(rank__in=ranks))
    cancelling.cancel(booking, rows, by=holding.buyer(booking), now=now, seen=cancelling.rule_of(booking, now=now)[0])


def call_off(booking: Booking) -> Batch:
    by, day = staff(), booking.session
    batch = batches.open_batch("Annulation", by=by, now=LATER, about=day, undo=changes.UNDO)
    changes.carry_out(day, changes.cancelling("Grève des transports."), batch=batch, by=by, now=LATER)
    return Batch.objects.get(pk=batch.pk)


def test_whose_place_is_cancelled_by_their_employer_is_told_once_and_their_calendar_drops_it(mailoutbox):
    booking = joined()
    assert telling_gone.tell_due(now=LATER) == 0
    cancel(booking, 1)
    assert [telling_gone.tell_due(now=LATER) for _ in range(2)] == [1, 0]
    assert told() == [("place_gone", "personne1@ville.example")]
    send(LATER)
    last = [mail for mail in mailoutbox if mail.to == ["personne1@ville.example"]][-1]
    entry = entries(last)[-1]
    assert (entry["METHOD"], "nous ne vous attendons plus" in last.body, "/commandes/" in last.body) == ("CANCEL", True, False)


def test_nothing_is_told_to_who_had_no_joining_letter_nor_to_who_ordered():
    booking = with_addresses(employer(day_2019(), 2))
    Seat.objects.filter(booking=booking, rank=2).update(email=booking.email)
    cancel(holding.fresh(booking), 1, 2)
    assert (telling_gone.tell_due(now=LATER), told()) == (0, [])


@pytest.mark.parametrize("closed_first", [True, False])
def test_participants_of_a_day_called_off_are_told_once_it_stands(closed_first):
    booking = joined()
    due = call_off(booking).due_at
    assert telling_gone.tell_due(now=LATER + timedelta(minutes=1)) == 0
    if closed_first:
        following.follow_due(now=due)
    assert telling_gone.tell_due(now=due) == 2
    following.follow_due(now=due)
    assert telling_gone.tell_due(now=due) == 0
    assert told() == [("day_gone", "personne1@ville.example"), ("day_gone", "personne2@ville.example")]
    assert "Grève des transports." in Message.objects.filter(kind="bookings.day_gone").first().text


def test_the_day_taken_back_nobody_was_told():
    booking = joined(1)
    batch = call_off(booking)
    changes.undo(batch, by=staff(), now=LATER + timedelta(minutes=5))
    assert (telling_gone.tell_due(now=LATER + timedelta(minutes=20)), told()) == (0, [])


def test_whoever_has_another_place_of_the_day_comes_all_the_same():
    booking = joined()
    Seat.objects.filter(booking=employer(booking.session, 1)).update(email="personne1@ville.example")
    cancel(booking, 1)
    assert telling_gone.tell_due(now=LATER) == 0


def test_the_sweep_costs_the_same_with_one_and_three_people(django_assert_max_num_queries):
    for count in (1, 3):
        booking = joined(count)
        cancel(booking, *range(1, count + 1))
        telling_gone.tell_due(now=LATER)
        with django_assert_max_num_queries(3):
            assert telling_gone.tell_due(now=LATER) == 0
