"""Presences half-day by half-day: from the morning of the day, twice at once without harm, corrected by a name; absences decided."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice
from billing.services import record_payment
from billing.states import Method
from bookings import staffing
from bookings.models import Attendance, Seat
from bookings.services import attending, deciding, holding, invoicing
from bookings.states import Half, Payer
from core.clock import PARIS
from core.refusals import Refused
from memberships.services.answering import ByLink
from tests.applications.factories import staff
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, people, session

pytestmark = pytest.mark.django_db
MORNING = datetime(2027, 3, 16, 8, 30, tzinfo=PARIS)
AFTER = datetime(2027, 3, 17, 9, tzinfo=PARIS)
TRAINER = ByLink("Amina Exemple (formateur)")


def group(count=2, **fields):
    booking = firm(session(), places=count, people=people(*(f"Personne {n}" for n in range(1, count + 1))), payer_siret=siret(), **fields)
    return booking, list(booking.seats.select_related("booking__session").order_by("rank"))


def said():
    return list(Attendance.objects.order_by("seat__rank", "-half").values_list("seat__rank", "half", "present", "by_name"))


def test_noted_once_however_often_and_by_whom():
    _, [first, _] = group()
    for _ in range(2):
        attending.note(first, Half.MORNING, True, by=TRAINER, now=MORNING)
    assert said() == [(1, "MORNING", True, "Amina Exemple (formateur)")]
    assert first.booking.steps.filter(words__startswith="présence").count() == 0


def test_a_correction_says_before_after_and_by_whom_without_a_name():
    _, [first, _] = group()
    attending.note(first, Half.MORNING, True, by=TRAINER, now=MORNING)
    attending.note(first, Half.MORNING, False, by=staff(), now=AFTER)
    step = first.booking.steps.last()
    assert (said()[0][2], step.changes) == (False, {"place 1, matin": ["présent", "absent"]})


def test_everybody_present_but_who_was_said_absent():
    booking, [first, *_] = group(3)
    attending.note(first, Half.MORNING, False, by=TRAINER, now=MORNING)
    assert [attending.note_all(booking.session, Half.MORNING, by=TRAINER, now=MORNING) for _ in range(2)] == [2, 0]
    assert [present for _, _, present, _ in said()] == [False, True, True]


def test_taken_back_nothing_is_known_any_more():
    _, [first, _] = group()
    attending.note(first, Half.MORNING, True, by=TRAINER, now=MORNING)
    for _ in range(2):
        attending.take_back(first, Half.MORNING, by=TRAINER, now=MORNING)
    assert said() == []


@pytest.mark.parametrize(
    ("now", "done"),
    [(datetime(2027, 3, 15, 23, 59, 59, tzinfo=PARIS), False), (datetime(2027, 3, 16, 0, 0, tzinfo=PARIS), True)],
)
def test_from_the_first_second_of_the_day_in_paris(now, done):
    _, [first, _] = group()
    if done:
        assert attending.note(first, Half.MORNING, True, by=TRAINER, now=now).present
    else:
        with pytest.raises(Refused, match="pas commencé"):
            attending.note(first, Half.MORNING, True, by=TRAINER, now=now)


def test_refused_for_who_left_for_a_day_called_off_and_for_a_half_that_is_not():
    booking, [first, second] = group()
    Seat.objects.filter(pk=second.pk).update(released_at=NOW)
    with pytest.raises(Refused, match="plus de la journée"):
        attending.note(second, Half.MORNING, True, by=TRAINER, now=MORNING)
    first.booking.session.ends_at = first.booking.session.starts_at.replace(hour=12)
    with pytest.raises(Refused, match="après-midi"):
        attending.note(first, Half.AFTERNOON, True, by=TRAINER, now=MORNING)
    first.booking.session.cancelled_at = NOW
    with pytest.raises(Refused, match="annulée"):
        attending.note(first, Half.MORNING, True, by=TRAINER, now=MORNING)
    assert booking.seats.count() == 2


def test_the_page_opens_on_the_half_that_the_clock_is_in():
    booking, _ = group()
    lines = staffing.group(booking.session)
    at = [datetime(2027, 3, 16, hour, tzinfo=PARIS) for hour in (8, 10, 13, 14, 17)]
    halves = [staffing.shown(booking.session, lines, "", now=now).day.half for now in at]
    assert halves == ["MORNING", "MORNING", "MORNING", "AFTERNOON", "AFTERNOON"]
    assert staffing.shown(booking.session, lines, "AFTERNOON", now=AFTER).day.half == "AFTERNOON"


def test_a_group_is_read_in_as_many_questions_whatever_its_size(django_assert_num_queries):
    for count in (1, 3):
        booking, _ = group(count)
        with django_assert_num_queries(2):
            assert len(staffing.group(booking.session)) == count


# --- Absences ------------------------------------------------------------------------------------------------------


def absent(seat):
    for half in Half:
        attending.note(seat, half, False, by=TRAINER, now=MORNING)
    return Seat.objects.select_related("booking__session").get(pk=seat.pk)


def test_nothing_is_invoiced_of_an_absence_until_a_person_decides():
    booking, [first, second] = group()
    absent(first)
    attending.note_all(booking.session, Half.MORNING, by=TRAINER, now=MORNING)
    attending.note_all(booking.session, Half.AFTERNOON, by=TRAINER, now=MORNING)
    assert [charged.seat.rank for charged in invoicing.due(holding.fresh(booking))] == [2]
    assert [seat.rank for seat in invoicing.to_decide(booking.session, now=AFTER)] == [1]
    deciding.decide(first, True, reason="Prévenue la veille seulement.", by=staff(), now=AFTER)
    assert [charged.seat.rank for charged in invoicing.due(holding.fresh(booking))] == [1, 2]
    assert invoicing.to_decide(booking.session, now=AFTER) == []


def test_already_invoiced_and_not_due_it_is_credited_in_the_same_act():
    booking = ordered(payer=Payer.PRIVATE, places=2, payer_siret=siret())
    [invoice] = invoicing.standing(booking)
    record_payment(invoice, invoice.gross, method=Method.TRANSFER, received_on=NOW.date(), by=None, now=NOW)
    seat = absent(booking.seats.select_related("booking__session").get(rank=1))
    deciding.decide(seat, False, reason="Arrêt de travail.", by=staff(), now=AFTER)
    note = Invoice.objects.get(corrects=invoice)
    assert (note.gross, "Arrêt de travail." in note.reason) == (Decimal("680.00"), True)
    assert seat.booking.steps.last().changes == {"place 1, absence": ["à décider", "non facturée"]}
    deciding.decide(seat, False, reason="Encore.", by=staff(), now=AFTER)
    assert Invoice.objects.filter(corrects__isnull=False).count() == 1


def test_decided_after_the_day_with_a_reason_and_never_of_who_was_there():
    booking, [first, second] = group()
    absent(first)
    for half in Half:
        attending.note(second, half, True, by=TRAINER, now=MORNING)
    for seat, reason, now, words in (
        (first, "x", MORNING + timedelta(hours=1), "une fois la journée finie"),
        (first, "  ", AFTER, "Dites pourquoi"),
        (second, "x", AFTER, "présente toute la journée"),
    ):
        with pytest.raises(Refused, match=words):
            deciding.decide(seat, False, reason=reason, by=staff(), now=now)
    assert booking.seats.filter(charged=None).count() == 2


def test_a_place_decided_not_invoiced_then_found_present_is_certified_and_invoiced():
    booking, [first, second] = group()
    attending.note_all(booking.session, Half.MORNING, by=TRAINER, now=MORNING)
    attending.note_all(booking.session, Half.AFTERNOON, by=TRAINER, now=MORNING)
    absent(second)
    deciding.decide(second, False, reason="Absence signalée.", by=staff(), now=AFTER)
    for half in Half:
        attending.note(second, half, True, by=staff(), now=AFTER)
    assert [charged.seat.rank for charged in invoicing.due(holding.fresh(booking))] == [first.rank, second.rank]
    assert [row.changes for row in booking.steps.filter(words__contains="à décider de nouveau")] == [
        {"place 2, absence": ["non facturée", "à décider"]}
    ]
    assert Seat.objects.get(pk=second.pk).charged_by == ""


def test_of_an_absence_decided_another_presence_is_asked_again_and_the_same_is_not():
    booking, [first, _] = group()
    deciding.decide(first, True, reason="Sans nouvelles.", by=staff(), now=AFTER)
    attending.note(first, Half.MORNING, False, by=staff(), now=AFTER)
    attending.take_back(first, Half.MORNING, by=staff(), now=AFTER)
    assert Seat.objects.get(pk=first.pk).charged is True
    attending.note_all(booking.session, Half.MORNING, by=staff(), now=AFTER)
    assert Seat.objects.get(pk=first.pk).charged is None
    deciding.decide(first, True, reason="Partie à midi.", by=staff(), now=AFTER)
    attending.take_back(first, Half.MORNING, by=staff(), now=AFTER)
    assert Seat.objects.get(pk=first.pk).charged is None
