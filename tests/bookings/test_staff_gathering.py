"""What the team's first page, timeline and search say of orders; what a body has ordered."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from accounts.roles import Role
from bookings import staff_gathering
from bookings.models import Booking
from bookings.services import moving_session
from bookings.states import Half
from core.clock import PARIS
from core.registry import DASHBOARD, SEARCH, SESSION_TOOLS, TIMELINE, WAITING
from tests.accounts.factories import UserFactory
from tests.billing.factories import body
from tests.bookings.factories import DAY, NOW, firm, ordered, people, session
from tests.bookings.test_attending import AFTER, MORNING, TRAINER
from tests.bookings.test_cancelling import paid

pytestmark = pytest.mark.django_db


def waits(now):
    cache.clear()
    return {line.label.replace("\u00a0", " "): line.count for line in staff_gathering.waiting(now) if line.count}


def planned(start, until):
    found = staff_gathering.planned(start, until)
    return [(f"{line.at.astimezone(PARIS):%d/%m %H:%M}", line.act, line.what.replace("\u00a0", " "), line.count) for line in found]


def test_what_waits_is_counted_and_leads_somewhere():
    from bookings.services import attending

    day = session(terms={"minimum": 8})
    booking = firm(day, places=2, people=people("Camille Exemple"))
    assert waits(NOW) == {}
    assert waits(datetime(2027, 2, 23, 9, tzinfo=PARIS)) == {"journée du 16/03/2027 : maintenir ou annuler": 1}
    assert waits(datetime(2027, 3, 7, 0, 0, tzinfo=PARIS))["commande sans noms, date passée"] == 1
    assert waits(AFTER) == {"présences à noter, journée du 16/03/2027": 2}
    attending.note(booking.seats.select_related("booking__session").get(rank=1), Half.MORNING, True, by=TRAINER, now=MORNING)
    assert waits(AFTER) == {"absences à décider, journée du 16/03/2027": 2}
    assert all(line.url.startswith("/admin/") for line in staff_gathering.counted(AFTER))


def test_absences_of_an_order_paid_before_the_day_or_corrected_once_invoiced_wait_too():
    from bookings.services import attending, deciding, invoicing
    from tests.applications.factories import staff

    booking = paid(session(), places=2)
    first, second = booking.seats.select_related("booking__session").order_by("rank")
    for half in Half:
        attending.note(first, half, False, by=TRAINER, now=MORNING)
        attending.note(second, half, True, by=TRAINER, now=MORNING)
    assert waits(AFTER) == {"absence à décider, journée du 16/03/2027": 1}
    attending.note(second, Half.MORNING, False, by=staff(), now=AFTER)
    assert waits(AFTER) == {"absences à décider, journée du 16/03/2027": 2}
    for seat in (first, second):
        deciding.decide(seat, True, reason="Sans nouvelles.", by=staff(), now=AFTER)
    assert (waits(AFTER), invoicing.due(booking)) == ({}, [])


def test_an_invoice_of_another_date_that_the_sweep_could_not_replace_waits():
    from billing.states import Method
    from tests.applications.factories import staff

    day = session()
    there = session(day=DAY + timedelta(days=30), programme=day.programme)
    booking = paid(day, method=Method.CARD)
    moving_session.move(booking, there, by=staff(), now=NOW)
    assert waits(NOW) == {"commande facturée pour une autre date": 1}


def test_the_timeline_says_what_the_sweeps_will_do_at_their_hours():
    day = session(terms={"minimum": 8})
    firm(day, places=2, people=people("Camille Exemple", "Alix Exemple"))
    Booking.objects.get().seats.filter(rank=1).update(needs="sans gluten")
    held = ordered(day)
    said = planned(NOW, NOW + timedelta(days=80))
    assert said == [
        ("09/02 10:00", "envoyé", f"Rappel : fin de la tenue de {held.reference}", 1),
        ("14/02 10:00", "envoyé", f"Rappel : fin de la tenue de {held.reference}", 1),
        ("16/02 10:00", "clos", f"Fin de la tenue de {held.reference}", 1),
        ("23/02 09:00", "décidé", "Décision de maintien : Journée découverte, 8 personnes au moins", 0),
        ("01/03 08:00", "envoyé", "Convocations : Journée découverte", 2),
        ("17/03 08:00", "envoyé", "Certificats et factures : Journée découverte", 2),
        ("31/03 03:00", "effacé", "Besoins des participants", 1),
    ]
    joining = next(line for line in staff_gathering.planned(NOW, NOW + timedelta(days=80)) if "Convocations" in line.what)
    assert list(joining.names()) == ["Camille Exemple", "Alix Exemple"]


def test_a_day_called_off_plans_nothing():
    day = session(terms={"minimum": 8})
    firm(day, people=people("Camille Exemple"))
    type(day).objects.filter(pk=day.pk).update(cancelled_at=NOW)
    assert planned(NOW, NOW + timedelta(days=80)) == []


def test_found_by_reference_and_words_by_who_may_read():
    booking = firm(session(), payer_name="Ville de l’Essai")
    reader, nobody = UserFactory(roles=[Role.TREASURER]), UserFactory(roles=[Role.REVIEWER])
    assert [[line.title for line in staff_gathering.found(reader, words)] for words in (booking.reference, "essai", "zzz")] == [
        [f"{booking.reference}, Ville de l’Essai"], [f"{booking.reference}, Ville de l’Essai"], [],
    ]  # fmt: skip
    assert list(staff_gathering.found(nobody, "essai")) == []


def test_a_body_reads_how_much_was_ordered_and_never_who():
    town = body()
    firm(session(), body=town, places=3)
    [link] = staff_gathering.of_body(town, UserFactory(roles=[Role.STAFF]))
    assert (link.label.replace("\u00a0", " "), link.note.replace("\u00a0", " ")) == ("1 commande de places", "3 places fermes")
    assert dict(staff_gathering.counts_of_body(town, DAY, DAY)) == {"places de vos agents dans les journées": 3}
    assert list(staff_gathering.of_body(town, UserFactory())) == []


def test_each_gathering_page_knows_us():
    day = session()
    tools = [link.label for find in SESSION_TOOLS for link in find(day, UserFactory(roles=[Role.STAFF]), NOW)]
    assert tools == ["Suivre la journée"]
    assert all(
        given in registry for given, registry in (
            (staff_gathering.waiting, WAITING), (staff_gathering.planned, TIMELINE), (staff_gathering.found, SEARCH),
        )
    )  # fmt: skip
    assert "admin/bookings/_dashboard.html" in [section.template for section in DASHBOARD]
