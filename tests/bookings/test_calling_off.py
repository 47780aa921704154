"""A day that we call off: everything given back once it stands, a letter with other dates, the same places on another day in one press."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice, Refund
from billing.services import record_payment
from billing.states import Method
from bookings import change_links
from bookings.models import Booking
from bookings.services import calling_off, cancelling, following, holding, invoicing, moving_session
from bookings.states import Payer, State, Verdict
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.models import Batch, Message
from programmes.models import TrainingSession
from programmes.services import changes
from tests.applications.factories import staff
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, people, session

pytestmark = pytest.mark.django_db
APRIL = date(2027, 4, 15)


def called_off(day, *, now=NOW):
    by = staff()
    batch = batches.open_batch("Annulation", by=by, now=now, about=day, undo=changes.UNDO)
    changes.carry_out(day, changes.cancelling("Formatrice souffrante."), batch=batch, by=by, now=now)
    return Batch.objects.get(pk=batch.pk)


def paid(day, method=Method.TRANSFER):
    booking = ordered(day, payer=Payer.PRIVATE, places=2, payer_siret=siret(), people=people("Camille Exemple"))
    [invoice] = invoicing.standing(booking)
    reference = "pi_1" if method == Method.CARD else None
    record_payment(invoice, invoice.gross, method=method, received_on=NOW.date(), by=None, now=NOW, reference=reference)
    return holding.fresh(booking)


def states(*bookings):
    return [Booking.objects.get(pk=booking.pk).state for booking in bookings]


def test_nothing_of_money_before_ten_minutes_then_everything_is_given_back():
    day = session(seats=4)
    there = session(day=APRIL, programme=day.programme)
    private, public, held = paid(day), firm(day), ordered(day)
    waiting = ordered(day)
    batch = called_off(day)
    following.follow_due(now=NOW + timedelta(minutes=9))
    assert states(private, public, held, waiting) == [State.FIRM, State.FIRM, State.HELD, State.WAITING]
    following.follow_due(now=batch.due_at + timedelta(seconds=1))
    assert states(private, public, held, waiting) == [State.CANCELLED] * 4
    assert TrainingSession.objects.get(pk=day.pk).taken == 0
    [note] = Invoice.objects.filter(corrects__isnull=False)
    assert note.gross == Decimal("1360.00")
    letters = Message.objects.filter(kind="bookings.called_off")
    assert letters.count() == 4
    assert there.when in letters.get(to=private.email).text
    assert list(public.seats.values_list("kept", flat=True)) == [Decimal("0.00")]


def test_run_twice_it_is_done_once():
    day = session()
    paid(day)
    batch = called_off(day)
    for minutes in (1, 2):
        following.follow_due(now=batch.due_at + timedelta(minutes=minutes))
    assert (Invoice.objects.count(), Message.objects.filter(kind="bookings.called_off").count()) == (2, 1)


def test_a_card_is_given_its_money_back():
    day = session()
    paid(day, Method.CARD)
    batch = called_off(day)
    following.follow_due(now=batch.due_at + timedelta(minutes=1))
    assert [(row.amount, row.method) for row in Refund.objects.all()] == [(Decimal("1360.00"), Method.CARD)]


def test_undone_in_time_nothing_happened():
    day = session()
    booking = firm(day)
    batch = called_off(day)
    assert day.terms.__class__.objects.get(session=day).verdict == Verdict.CALLED_OFF
    batches.undo(batch, by=staff(), now=NOW + timedelta(minutes=5))
    following.follow_due(now=NOW + timedelta(days=2))
    assert (states(booking), day.terms.__class__.objects.get(session=day).verdict) == ([State.FIRM], "")


def test_the_letter_of_programmes_tells_each_order():
    day = session()
    booking = firm(day)
    ordered(day, proven=False)
    called_off(day)
    [letter] = Message.objects.filter(kind="programmes.cancelled")
    assert (letter.to, booking.reference in letter.text) == (booking.email, True)


# --- Another date -------------------------------------------------------------------------------------------------


def closed(day, booking):
    batch = called_off(day)
    at = batch.due_at + timedelta(minutes=1)
    following.follow_due(now=at)
    return holding.fresh(booking), at


def test_the_same_people_at_the_same_price_in_one_press():
    day = session()
    there = session(day=APRIL, programme=day.programme, price=Decimal(900))
    booking, at = closed(day, paid(day))
    made = calling_off.take_again(booking, there, by=holding.buyer(booking), now=at)
    assert (made.session_id, made.unit_price, made.state, made.payer_name, made.conditions_id) == (
        there.pk, Decimal("680.00"), State.HELD, booking.payer_name, booking.conditions_id,
    )  # fmt: skip
    assert list(made.seats.values_list("name", flat=True)) == ["Camille Exemple", ""]
    assert TrainingSession.objects.get(pk=there.pk).taken == 2
    [invoice] = invoicing.standing(made)
    assert (invoice.gross, moving_session.day_on(invoice)) == (Decimal("1360.00"), APRIL)


def test_pressed_twice_it_is_one_order():
    day = session()
    there = session(day=APRIL, programme=day.programme)
    booking, at = closed(day, firm(day))
    made = [calling_off.take_again(booking, there, by=holding.buyer(booking), now=at) for _ in range(2)]
    assert (made[0].pk, made[0].state) == (made[1].pk, State.FIRM)  # a public body's number counts again
    assert TrainingSession.objects.get(pk=there.pk).taken == 1


def test_what_the_person_cancelled_before_does_not_come_back():
    day = session()
    there = session(day=APRIL, programme=day.programme)
    booking = firm(day, places=3, now=NOW - timedelta(hours=2))
    rows = list(booking.seats.filter(rank=2))
    cancelling.cancel(booking, rows, by=holding.buyer(booking), now=NOW - timedelta(hours=1), seen=100)
    booking, at = closed(day, booking)
    assert calling_off.take_again(booking, there, by=holding.buyer(booking), now=at).seats.count() == 2


def test_refused_in_words_when_full_when_past_when_not_called_off():
    day = session()
    there, past = session(day=APRIL, programme=day.programme, seats=1), session(day=date(2027, 1, 5))
    booking, at = closed(day, paid(day))
    by = holding.buyer(booking)
    for target, now, words in (
        (there, at, "assez de places"),
        (past, at, "ne se réserve pas"),
        (there, at + timedelta(days=91), "nouvelle"),
    ):
        with pytest.raises(Refused, match=words):
            calling_off.take_again(booking, target, by=by, now=now)
    other = firm(session())
    with pytest.raises(Refused):
        calling_off.take_again(other, there, by=by, now=datetime(2027, 2, 2, tzinfo=PARIS))


def test_another_date_is_chosen_once():
    day = session()
    first, second = session(day=APRIL, programme=day.programme), session(day=date(2027, 5, 20), programme=day.programme)
    booking, at = closed(day, firm(day))
    calling_off.take_again(booking, first, by=holding.buyer(booking), now=at)
    with pytest.raises(Refused, match="déjà été choisie"):
        calling_off.take_again(booking, second, by=holding.buyer(booking), now=at)
    assert [link.label for link in change_links.acts_of(booking, now=at)] == []


def test_another_date_that_is_not_open_to_all_is_not_taken_before_members():
    day = session()
    there = session(day=APRIL, programme=day.programme, terms={"opens_at": NOW + timedelta(days=30)})
    booking, at = closed(day, firm(day))
    with pytest.raises(Refused, match="adhérents"):
        calling_off.take_again(booking, there, by=holding.buyer(booking), now=at)


def test_who_had_cancelled_late_owes_nothing_of_a_day_that_we_call_off():
    day, late = session(), datetime(2027, 3, 1, 10, tzinfo=PARIS)
    booking = paid(day)
    cancelling.cancel(booking, list(booking.seats.all()), by=holding.buyer(booking), now=late, seen=50)
    batch = called_off(day, now=late)
    for minutes in (1, 2):
        following.follow_due(now=batch.due_at + timedelta(minutes=minutes))
    [invoice] = Invoice.objects.invoices().about(f"bookings.booking:{booking.pk}").with_balance()
    assert (invoice.gross - invoice.credited, invoice.remaining) == (Decimal(0), Decimal("-1360.00"))
    assert list(booking.seats.values_list("kept", flat=True)) == [Decimal(0), Decimal(0)]
    assert Message.objects.filter(kind="bookings.called_off", to=booking.email).count() == 1


def test_an_order_that_fails_stops_neither_the_others_nor_the_days_moved(monkeypatch, caplog):
    day = session()
    first, second = firm(day), firm(day)
    batch, close = called_off(day), calling_off.close

    def fails(row, *, now):
        if row.pk == first.pk:
            raise RuntimeError("panne")
        close(row, now=now)

    monkeypatch.setattr(calling_off, "close", fails)
    following.follow_due(now=batch.due_at + timedelta(minutes=1))
    assert (states(first, second), f"bookings.booking:{first.pk}" in caplog.text) == ([State.FIRM, State.CANCELLED], True)
