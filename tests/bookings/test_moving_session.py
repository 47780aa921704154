"""An order goes to another day: places there and here in one transaction, the price kept, never an invoice that names the wrong day."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice
from billing.services import carrying, record_payment
from billing.states import Method
from bookings import services
from bookings.models import Booking
from bookings.services import cancelling, following, holding, invoicing, moving_session
from bookings.states import Payer, State
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.models import Batch, Message
from programmes.models import TrainingSession
from programmes.services import changes
from tests.applications.factories import staff
from tests.billing.factories import siret
from tests.bookings.factories import NOW, ask, conditions, firm, ordered, session

pytestmark = pytest.mark.django_db
APRIL = date(2027, 4, 15)


def two_days(**fields):
    first = session()
    return first, session(day=APRIL, programme=first.programme, **fields)


def taken(*days):
    return [TrainingSession.objects.get(pk=day.pk).taken for day in days]


def paid(day, *, method=Method.TRANSFER, places=2):
    booking = ordered(day, payer=Payer.PRIVATE, places=places, payer_siret=siret())
    for invoice in invoicing.standing(booking):
        reference = f"pi_{invoice.pk}" if method == Method.CARD else None
        record_payment(invoice, invoice.gross, method=method, received_on=NOW.date(), by=None, now=NOW, reference=reference)
    return holding.fresh(booking)


def test_places_are_taken_there_and_freed_here_at_the_same_price():
    here, there = two_days(price=Decimal(900))
    booking = firm(here, places=3)
    moving_session.move(booking, there, by=staff(), now=NOW, words="À votre demande.")
    booking.refresh_from_db()
    assert (booking.session_id, booking.unit_price, booking.state, taken(here, there)) == (there.pk, Decimal("680.00"), State.FIRM, [0, 3])
    assert booking.steps.last().changes == {"journée": [here.when, there.when]}
    letter = Message.objects.get(kind="bookings.moved")
    assert (here.when in letter.text, there.when in letter.text, "À votre demande." in letter.text) == (True, True, True)


def test_a_paid_invoice_is_credited_and_replaced_and_the_payment_goes_along():
    here, there = two_days()
    booking = paid(here)
    assert moving_session.move(booking, there, by=staff(), now=NOW) == []
    rows = Invoice.objects.about(f"bookings.booking:{booking.pk}").with_balance().order_by("pk")
    assert [(row.kind, row.gross, moving_session.day_on(row)) for row in rows] == [
        ("INVOICE", Decimal("1360.00"), here.day), ("CREDIT", Decimal("1360.00"), here.day), ("INVOICE", Decimal("1360.00"), there.day),
    ]  # fmt: skip
    [standing] = invoicing.standing(holding.fresh(booking))
    assert (moving_session.day_on(standing), standing.remaining, standing.replaces_id) == (there.day, Decimal(0), rows[0].pk)
    assert list(moving_session.of_another_day()) == []


def test_after_the_move_places_are_cancelled_on_the_new_invoice():
    from bookings.services import cancelling

    here, there = two_days()
    booking = paid(here)
    moving_session.move(booking, there, by=staff(), now=NOW)
    booking = holding.fresh(booking)
    cancelling.cancel(booking, list(booking.seats.filter(rank=2)), by=staff(), now=NOW, seen=100, words="Essai.")
    [standing] = invoicing.standing(holding.fresh(booking))
    assert (standing.credited, standing.remaining) == (Decimal("680.00"), Decimal("-680.00"))


def test_an_invoice_paid_by_card_stays_and_says_so():
    here, there = two_days()
    booking = paid(here, method=Method.CARD)
    [stays] = moving_session.move(booking, there, by=staff(), now=NOW)
    assert (moving_session.day_on(stays), stays.credited) == (here.day, Decimal(0))
    assert [row.pk for row in moving_session.of_another_day()] == [booking.pk]


def test_no_room_there_and_nothing_moves():
    here, there = two_days(seats=2)
    ordered(there)
    booking = firm(here, places=2)
    with pytest.raises(Refused, match="Il ne reste plus 2"):
        moving_session.move(booking, there, by=staff(), now=NOW)
    assert (taken(here, there), Booking.objects.get(pk=booking.pk).session_id) == ([2, 1], here.pk)


def test_bad_moves_are_refused_in_words():
    here, there = two_days()
    booking = firm(here)
    past = session(day=date(2027, 1, 5), programme=here.programme)
    firm(there, email=booking.email)
    for target, now, words in ((here, NOW, "déjà la journée"), (past, NOW, "ne se réserve pas"), (there, NOW, "déjà une commande")):
        with pytest.raises(Refused, match=words):
            moving_session.move(booking, target, by=staff(), now=now)
    with pytest.raises(Refused, match="commencé"):
        moving_session.move(booking, session(day=APRIL), by=staff(), now=datetime(2027, 3, 16, 9, tzinfo=PARIS))
    held = ordered(here)
    with pytest.raises(Refused, match="tenues ou fermes"):
        moving_session.move(held, there, by=staff(), now=NOW + timedelta(days=16))


def test_the_days_proposed_have_room_for_all_and_are_of_the_same_programme():
    here, there = two_days(seats=2)
    session(day=APRIL)
    booking = firm(here, places=2)
    assert [day.pk for day in moving_session.other_days(booking, now=NOW)] == [there.pk]
    ordered(there)
    assert moving_session.other_days(booking, now=NOW) == []


def test_who_waits_here_is_offered_the_places():
    first = session(seats=2)
    there = session(day=APRIL, programme=first.programme)
    booking = firm(first, places=2)
    waiting = ordered(first)
    moving_session.move(booking, there, by=staff(), now=NOW)
    assert waiting.offers.count() == 1


# --- The day itself is moved ------------------------------------------------------------------------------------


def postponed(day, *, now=NOW):
    """Programmes' own act, as its screen does it."""
    move = changes.postponing({"day": APRIL}, {}, "Travaux.")
    by = staff()
    batch = batches.open_batch("Report", by=by, now=now, about=day, undo=changes.UNDO)
    changes.carry_out(day, move, batch=batch, by=by, now=now)
    return Batch.objects.get(pk=batch.pk)


def test_a_day_moved_with_invoices_issued_is_followed_once_it_can_no_longer_be_undone():
    day = session()
    booking = paid(day)
    batch = postponed(day)
    following.follow_due(now=NOW + timedelta(minutes=9))
    assert [moving_session.day_on(row) for row in invoicing.standing(holding.fresh(booking))] == [day.day]
    following.follow_due(now=batch.due_at + timedelta(seconds=1))
    assert [(moving_session.day_on(row), row.remaining) for row in invoicing.standing(holding.fresh(booking))] == [(APRIL, Decimal(0))]
    following.follow_due(now=batch.due_at + timedelta(minutes=5))
    assert Invoice.objects.count() == 3


def test_a_move_undone_in_time_changes_no_invoice():
    day = session()
    booking = paid(day)
    batch = postponed(day)
    batches.undo(batch, by=staff(), now=NOW + timedelta(minutes=5))
    following.follow_due(now=NOW + timedelta(days=3))
    assert [moving_session.day_on(row) for row in invoicing.standing(holding.fresh(booking))] == [day.day]


def test_each_order_is_told_of_a_move_with_its_own_words():
    day = session()
    firm(day, email="ferme@ville.example")
    ordered(day, email="tenue@ville.example")
    services.order(day, ask(), conditions=conditions(), now=NOW)  # its address is not proven
    postponed(day)
    letters = Message.objects.filter(kind="programmes.postponed")
    assert sorted(letters.values_list("to", flat=True)) == ["ferme@ville.example", "tenue@ville.example"]
    assert "vous avez des places fermes" in letters.get(to="ferme@ville.example").text


def brought_forward(day, to):
    by = staff()
    batch = batches.open_batch("Report", by=by, now=NOW, about=day, undo=changes.UNDO)
    changes.carry_out(day, changes.postponing({"day": to}, {}, "Travaux."), batch=batch, by=by, now=NOW)
    return Batch.objects.get(pk=batch.pk)


def test_a_day_brought_forward_holds_no_place_past_its_eve_once_that_stands():
    day = session()
    held = ordered(day)
    until = held.holds_until
    batch = brought_forward(day, date(2027, 2, 9))
    following.follow_due(now=NOW + timedelta(minutes=5))
    assert holding.fresh(held).holds_until == until
    following.follow_due(now=batch.due_at + timedelta(seconds=1))
    assert holding.fresh(held).holds_until == datetime(2027, 2, 9, 0, 0, tzinfo=PARIS)


def test_brought_forward_then_undone_the_holds_are_as_they_were():
    day = session()
    held = ordered(day)
    until = held.holds_until
    batches.undo(brought_forward(day, date(2027, 2, 5)), by=staff(), now=NOW + timedelta(minutes=9))
    following.follow_due(now=NOW + timedelta(days=1))
    assert holding.fresh(held).holds_until == until


def test_corrected_without_telling_anybody_the_holds_follow_too():
    day = session()
    held = ordered(day)
    TrainingSession.objects.filter(pk=day.pk).update(day=date(2027, 2, 9))
    following.follow_due(now=NOW)
    assert holding.fresh(held).holds_until == datetime(2027, 2, 9, 0, 0, tzinfo=PARIS)


def test_an_offer_ends_a_day_before_the_day_that_was_brought_forward():
    day = session(seats=1, day=date(2027, 4, 20))
    leaves, waits = firm(day), ordered(day)
    services.release_seats(leaves, list(leaves.seats.all()), now=NOW)
    [offer] = waits.offers.all()
    batch = brought_forward(day, date(2027, 2, 4))
    following.follow_due(now=batch.due_at + timedelta(seconds=1))
    offer.refresh_from_db()
    assert offer.expires_at == datetime(2027, 2, 3, 9, tzinfo=PARIS)


# --- Gates and those who wait, for whoever holds the address ------------------------------------------------------


def test_members_first_and_who_waits_first_at_the_other_date_too():
    here = session()
    soon = session(day=APRIL, programme=here.programme, terms={"opens_at": NOW + timedelta(days=3)})
    queued = session(day=date(2027, 4, 16), programme=here.programme, seats=4)
    firm(queued, places=2)
    ordered(queued, places=3)
    booking = firm(here, places=2)
    buyer = holding.buyer(booking)
    for target, words in ((soon, "ouverte aux adhérents"), (queued, "attendent déjà")):
        with pytest.raises(Refused, match=words):
            moving_session.move(booking, target, by=buyer, now=NOW)
    assert (moving_session.other_days(booking, now=NOW), taken(here, soon, queued)) == ([], [2, 0, 2])
    assert [day.pk for day in moving_session.other_days(booking, now=NOW, for_team=True)] == [soon.pk, queued.pk]
    moving_session.move(booking, soon, by=staff(), now=NOW)
    assert taken(here, soon) == [0, 2]


def test_a_hold_that_ended_there_is_no_reason_to_refuse():
    here, there = two_days(seats=2)
    ordered(there, places=2)
    later = NOW + timedelta(days=16)
    booking = firm(here, places=2, now=later)
    moving_session.move(booking, there, by=holding.buyer(booking), now=later)
    assert taken(here, there) == [0, 2]


def test_lines_of_statements_are_held_before_the_invoices_that_moving_may_replace(monkeypatch):
    order, hold_lines, hold = [], carrying.hold_lines, cancelling.hold
    monkeypatch.setattr(carrying, "hold_lines", lambda rows: (order.append("lines"), hold_lines(rows))[1])
    monkeypatch.setattr(cancelling, "hold", lambda row: (order.append("invoices"), hold(row))[1])
    moving_session.follow_moved_day(firm(session()), now=NOW)
    assert order == ["lines", "invoices"]
