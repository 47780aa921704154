"""« À facturer » on the page of a day: what is on no invoice yet, and why, before the day as after."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from bookings import awaiting
from bookings.models import Booking
from bookings.services import attending, invoicing
from bookings.states import Half, Payer
from core.clock import PARIS
from records.models import Association
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, people, session
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
# The day is Tuesday 16 March.
EVENING, MORNING_AFTER = datetime(2027, 3, 16, 20, tzinfo=PARIS), datetime(2027, 3, 17, 9, tzinfo=PARIS)


def why(booking: Booking, now: datetime) -> str:
    found = {each.booking.pk: each.why for each in awaiting.of(Booking.objects.get(pk=booking.pk).session, now=now)}
    return found.get(booking.pk, "").replace("\u00a0", " ").replace("\u202f", " ")


def present(booking: Booking) -> None:
    for seat in booking.seats.all():
        for half in (Half.MORNING, Half.AFTERNOON):
            attending.note(seat, half, True, by=UserFactory(), now=EVENING)


def test_a_public_body_is_invoiced_after_the_day_the_morning_after_then_at_once() -> None:
    booking = firm(session(), payer_siret=siret(), people=people("Camille Exemple"))
    assert why(booking, NOW) == "après la journée"
    present(booking)
    assert why(booking, EVENING) == "à partir du mercredi 17 mars 2027 à 8 h, avec les certificats"
    assert why(booking, MORNING_AFTER) == "au prochain passage, dans quelques minutes"
    invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    assert awaiting.of(booking.session, now=MORNING_AFTER) == []


def test_what_the_payer_has_not_given_yet_is_named() -> None:
    body = OrganisationFactory(siret=siret(), needs_commitment=True)
    booking = firm(session(), payer_siret=body.siret, body=body, people=people("Camille Exemple"))
    Booking.objects.filter(pk=booking.pk).update(commitment_number="")
    assert why(booking, NOW) == "après la journée ; attendu du payeur : le numéro d’engagement ou de commande"
    present(booking)
    assert why(booking, MORNING_AFTER) == "attendu du payeur : le numéro d’engagement ou de commande"


def test_an_absence_to_decide_and_what_we_lack_ourselves_are_said() -> None:
    booking = firm(session(), places=2, payer_siret=siret(), people=people("Camille Exemple", "Dominique Exemple"))
    attending.note(booking.seats.get(rank=1), Half.MORNING, True, by=UserFactory(), now=EVENING)
    assert why(booking, MORNING_AFTER) == "2 places attendent une présence notée, ou une décision sur l’absence"
    present(booking)
    Association.objects.update(iban="")
    assert why(booking, MORNING_AFTER) == "à corriger chez nous : son IBAN"


def test_whoever_pays_before_waits_for_nothing_but_what_lacks_and_once_invoiced_is_not_there() -> None:
    booking = ordered(payer=Payer.PRIVATE, payer_siret=siret())
    assert (invoicing.standing(booking) != [], why(booking, NOW)) == (True, "")
    Association.objects.update(iban="")
    other = ordered(booking.session, payer=Payer.PRIVATE, payer_siret=siret())
    assert why(other, NOW) == "à corriger chez nous : son IBAN"
    assert why(other, NOW + timedelta(days=16)) == ""


def test_of_a_day_called_off_nothing_is_to_invoice() -> None:
    booking = firm(session(), payer_siret=siret())
    booking.session.cancelled_at = NOW
    assert awaiting.of(booking.session, now=NOW) == []


def test_the_page_of_the_day_says_it_and_costs_no_more_for_three_orders_than_for_one(client: Client) -> None:
    day, counts = session(), []
    body = OrganisationFactory(siret=siret())
    with time_machine.travel(NOW, tick=False):
        sign_in(client, UserFactory(roles=[Role.STAFF]))
        address = reverse("admin:bookings_booking_day", args=[day.pk])
        client.get(address)
        for more in (1, 2):
            for _ in range(more):
                firm(day, payer_siret=body.siret, body=body)
            with CaptureQueriesContext(connection) as asked:
                page = client.get(address).content.decode()
            counts.append((page.count("après la journée"), len(asked)))
    assert counts == [(1, counts[0][1]), (3, counts[0][1])]
