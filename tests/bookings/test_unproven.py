"""An address that nobody proved (G7): its link opens its page and the proof, nothing is written for it, and the purge removes it whole."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from bookings import change_links, links, paper_links, retention
from bookings.asks import Person
from bookings.models import Booking, BookingPaper, BookingStep
from bookings.services import cancelling, changing, holding, ordering
from core.refusals import Refused
from mailing.models import Message
from tests.bookings.factories import NOW, ordered, people, session

pytestmark = pytest.mark.django_db
WEEK_AFTER = NOW + timedelta(days=9)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def unproven():
    return ordered(session(), proven=False, places=2, people=people("Camille Exemple"))


def at(booking, name, *more):
    return reverse(name, args=[links.secret_of(booking), *more])


def test_its_page_offers_no_act_and_each_address_leads_back_to_it(client):
    booking = unproven()
    seat = booking.seats.order_by("rank").first()
    assert (change_links.acts_of(booking, now=NOW), "Remplacer" in client.get(links.path_of(booking)).content.decode()) == ([], False)
    tried = [
        client.post(at(booking, "booking_replace", seat.pk), {"name": "Autre Exemple", "email": "autre@ville.example"}),
        client.post(at(booking, "booking_cancel"), {"places": [seat.pk], "seen": "100", "confirm": "1"}),
        client.post(at(booking, "booking_send_quote")),
        client.get(at(booking, "booking_paper", "devis")),
        client.post(at(booking, "booking_withdraw")),
        client.post(at(booking, "booking_people"), {f"place-{seat.pk}-name": "Autre Exemple"}),
    ]
    assert [(page.status_code, page["Location"]) for page in tried] == [(302, links.path_of(booking))] * len(tried)
    written = [Message.objects.filter(to="autre@ville.example").count(), BookingStep.objects.count(), BookingPaper.objects.count()]
    assert written == [0, 0, 0]


def test_what_acts_on_it_refuses_too():
    booking = unproven()
    seat = booking.seats.order_by("rank").first()
    with pytest.raises(Refused, match="pas confirmée"):
        changing.replace(seat, Person("Autre Exemple", "autre@ville.example"), by=holding.buyer(booking), now=NOW)
    with pytest.raises(Refused, match="pas confirmée"):
        cancelling.cancel(booking, [seat], by=holding.buyer(booking), now=NOW, seen=100)
    assert (paper_links.gives(booking, "devis"), BookingStep.objects.count()) == (False, 0)


def test_a_week_later_it_is_removed_whatever_was_tried(client):
    booking = unproven()
    client.post(at(booking, "booking_replace", booking.seats.first().pk), {"name": "Autre Exemple", "email": "autre@ville.example"})
    assert (next(iter(retention.purge(WEEK_AFTER, dry_run=False))).count, Booking.objects.count()) == (1, 0)


def test_one_row_that_resists_is_logged_and_the_purge_goes_on(monkeypatch, caplog):
    first, second = unproven(), unproven()
    forget = ordering.forget

    def forgets(row, *, now):
        if row.pk == first.pk:
            raise RuntimeError("une pièce la retient")
        return forget(row, now=now)

    monkeypatch.setattr(ordering, "forget", forgets)
    counts = [each.count for each in retention.purge(WEEK_AFTER, dry_run=False)]
    assert (counts, list(Booking.objects.values_list("pk", flat=True)), second.pk != first.pk) == ([1, 0, 0], [first.pk], True)
    assert f"bookings.booking:{first.pk}" in caplog.text
