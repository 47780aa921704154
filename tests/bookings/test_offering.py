"""Offers of places, and waiting: who would be left out is said first; nobody waits for a day that began."""

from datetime import datetime, timedelta

import pytest
import time_machine

from bookings import links, services
from bookings.models import PlaceOffer
from bookings.services import offering, sweeping
from bookings.states import State
from core.clock import PARIS
from tests.bookings.factories import NOW, firm, ordered, people, session
from tests.bookings.test_order_clock import HOUR, MINUTE, fresh, taken

pytestmark = pytest.mark.django_db


def test_of_a_partial_offer_who_would_have_no_place_is_said_before_and_kept_after(client):
    day = session(seats=3)
    firm(day, places=1)
    held = ordered(day, places=2)
    group = ordered(day, places=3, takes_fewer=True, people=people("Un Exemple", "Deux Exemple", "Trois Exemple"), now=NOW + MINUTE)
    services.withdraw(held, by=None, now=NOW + HOUR)
    offer = PlaceOffer.objects.get(booking=group)
    assert (offer.places, offering.left_out(fresh(group), offer.places)) == (2, ["Trois Exemple"])
    with time_machine.travel(NOW + HOUR, tick=False):
        assert "n’auraient pas de place\u00a0: Trois Exemple" in client.get(links.path_of(group)).content.decode()
    after = services.accept(offer, by=None, now=NOW + 2 * HOUR)
    step = after.steps.get(to_state=State.HELD)
    assert step.changes == {"places": [3, 2], "sans place": ["Trois Exemple", ""]}


def test_who_still_waits_when_the_day_begins_waits_no_more(client):
    day = session(seats=1)
    firm(day)
    waits = ordered(day, now=NOW + MINUTE)
    sweeping.sweep(now=day.starts - MINUTE)
    assert fresh(waits).state == State.WAITING
    sweeping.sweep(now=day.starts)
    assert (fresh(waits).state, services.rank_of(fresh(waits)), taken(day)) == (State.LAPSED, 0, 1)
    with time_machine.travel(day.starts, tick=False):
        assert "sans place pour cette commande" in client.get(links.path_of(waits)).content.decode()


def test_reminders_of_a_hold_keep_their_hour_of_paris_across_a_change_of_hour():
    begins = datetime(2027, 3, 20, 10, tzinfo=PARIS)
    row = ordered(session(day=datetime(2027, 6, 15).date()), now=begins)  # noqa: DTZ001 - a date
    assert row.holds_until.astimezone(PARIS) == datetime(2027, 4, 4, 10, tzinfo=PARIS)
    at = datetime(2027, 3, 28, 10, tzinfo=PARIS)  # the hour changed that night: seven days before, at ten
    assert [sweeping.last_reached(row, since=begins, now=moment) for moment in (at - timedelta(minutes=1), at)] == [0, 7]
