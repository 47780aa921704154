"""Cancelling places: what is given back is said before, credited in the same act, and never more nor less."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice, Payment, Refund
from billing.services import record_payment
from billing.states import Method
from bookings import services
from bookings.models import Booking
from bookings.services import cancelling, holding, invoicing, moving_session
from bookings.states import Firmness, InvoiceBy, Payer, State
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.models import Message
from programmes.models import ChangeKind, TrainingSession
from programmes.services import changes
from tests.applications.factories import staff
from tests.billing.factories import siret
from tests.bookings.factories import NOW, firm, ordered, session

pytestmark = pytest.mark.django_db
# The day is Tuesday 16 March: all is given back until 14 February, half until 6 March.
EARLY, MIDDLE, LATE = NOW, datetime(2027, 3, 1, 10, tzinfo=PARIS), datetime(2027, 3, 10, 10, tzinfo=PARIS)


def by(booking):
    return holding.buyer(booking)


def paid(day=None, *, places=3, method=Method.TRANSFER, now=NOW, **fields):
    """A private order, invoiced at once and paid: firm."""
    booking = ordered(day, payer=Payer.PRIVATE, places=places, payer_siret=siret(), now=now, **fields)
    for invoice in invoicing.standing(booking):
        reference = f"pi_{invoice.pk}" if method == Method.CARD else None
        record_payment(invoice, invoice.gross, method=method, received_on=now.date(), by=None, now=now, reference=reference)
    return holding.fresh(booking)


def seats_of(booking, *ranks):
    return list(booking.seats.filter(rank__in=ranks))


def cancel(booking, *ranks, now, **said):
    rows = seats_of(booking, *ranks)
    seen = said.pop("seen", cancelling.foresee(holding.fresh(booking), rows, now=now, percent=said.get("percent")).percent)
    return cancelling.cancel(booking, rows, by=said.pop("by", by(booking)), now=now, seen=seen, **said)


def money(booking):
    """What is asked, credited, and remains of all the order's invoices."""
    rows = Invoice.objects.invoices().about(f"bookings.booking:{booking.pk}").with_balance().order_by("pk")
    return [(row.gross, row.credited, row.remaining) for row in rows]


def taken(booking):
    return TrainingSession.objects.get(pk=booking.session_id).taken


def euros(*amounts):
    return tuple(Decimal(amount) for amount in amounts)


@pytest.mark.parametrize(
    ("now", "percent", "credited", "kept"),
    [(EARLY, 100, "680.00", "0.00"), (MIDDLE, 50, "340.00", "340.00"), (LATE, 0, "0.00", "680.00")],
)
def test_one_of_three_paid_places_by_its_tier(now, percent, credited, kept):
    booking = paid()
    done = cancel(booking, 2, now=now)
    [seat] = seats_of(booking, 2)
    assert (done.percent, done.back, done.kept, seat.kept, seat.released_at) == (percent, *euros(credited, kept, kept), now)
    assert money(booking) == [euros("2040.00", credited, f"-{credited}")]
    assert (taken(booking), Booking.objects.get(pk=booking.pk).state) == (2, State.FIRM)


def test_the_whole_order_is_closed_and_its_places_are_free():
    booking = paid(places=2)
    cancel(booking, 1, 2, now=EARLY)
    booking.refresh_from_db()
    assert (booking.state, booking.closed_at, taken(booking)) == (State.CANCELLED, EARLY, 0)
    assert money(booking) == [euros("1360.00", "1360.00", "-1360.00")]
    [letter] = Message.objects.filter(kind="bookings.cancelled")
    said = [text.replace("\u202f", " ").replace("\u00a0", " ") for text in (letter.subject, letter.text)]
    assert (letter.to, "2 places" in said[0], "1 360 €" in said[1]) == (booking.email, True, True)


def test_cancelled_one_by_one_the_last_credit_note_takes_the_last_cent():
    booking = paid(places=3)
    for rank in (1, 2, 3):
        cancel(booking, rank, now=EARLY)
    assert money(booking) == [euros("2040.00", "2040.00", "-2040.00")]
    assert Invoice.objects.filter(corrects__isnull=False).count() == 3


def test_an_invoice_a_person_is_credited_for_that_person_alone():
    booking = paid(places=2, invoice_by=InvoiceBy.PERSON)
    cancel(booking, 2, now=MIDDLE)
    assert money(booking) == [euros("680.00", "0.00", "0.00"), euros("680.00", "340.00", "-340.00")]


def test_a_public_body_that_cancels_late_is_invoiced_what_stays_due_after_the_day():
    booking = firm(session(), places=2, payer_siret=siret())
    cancel(booking, 2, now=MIDDLE)
    assert money(booking) == []
    after = datetime(2027, 3, 17, 9, tzinfo=PARIS)
    assert [charged.gross for charged in invoicing.due(holding.fresh(booking))] == [Decimal("340.00")]
    [invoice] = invoicing.invoice_after(booking, by=None, now=after)
    assert invoice.gross == Decimal("340.00")


def test_a_card_is_given_back_its_money_with_the_credit_note_of_the_act():
    booking = paid(places=2, method=Method.CARD, by_card=True)
    cancel(booking, 1, now=MIDDLE)
    [refund] = Refund.objects.all()
    note = Invoice.objects.get(corrects__isnull=False)
    assert (refund.amount, refund.method, refund.credit_note, refund.done_on) == (Decimal("340.00"), Method.CARD, note, None)
    assert note.gross == Decimal("340.00")


def test_what_a_transfer_paid_waits_for_the_treasurer():
    from billing.services import refunding

    booking = paid(places=2)
    cancel(booking, 1, now=EARLY)
    assert [(row.about, row.__dict__["excess"]) for row in refunding.to_give_back()] == [
        (f"bookings.booking:{booking.pk}", Decimal("680.00"))
    ]
    assert Refund.objects.count() == 0


def test_an_invoice_that_is_not_paid_yet_asks_less_and_nothing_is_given_back():
    booking = ordered(payer=Payer.PRIVATE, places=2, payer_siret=siret())
    services.make_firm(booking, Firmness.STAFF, by=staff(), now=NOW, words="accord du directeur")
    cancel(booking, 1, now=EARLY)
    assert money(booking) == [euros("1360.00", "680.00", "680.00")]
    assert Payment.objects.count() == 0


def test_an_order_that_is_not_firm_gives_up_for_free_whatever_the_day():
    booking = ordered(places=2, now=datetime(2027, 3, 8, 10, tzinfo=PARIS))
    done = cancel(booking, 1, 2, now=LATE)
    booking.refresh_from_db()
    assert (done.percent, booking.state, taken(booking)) == (100, State.CANCELLED, 0)


def test_some_places_of_a_held_order_are_given_back_and_its_invoice_follows():
    booking = ordered(payer=Payer.PRIVATE, places=3, payer_siret=siret(), now=LATE)
    cancel(booking, 3, now=LATE + timedelta(hours=1))
    booking.refresh_from_db()
    assert (booking.state, taken(booking), money(booking)) == (State.HELD, 2, [euros("2040.00", "680.00", "1360.00")])


def test_freed_places_are_offered_to_who_waits():
    day = session(seats=2)
    booking = paid(day, places=2)
    waiting = ordered(day)
    cancel(booking, 1, now=EARLY)
    assert [offer.places for offer in waiting.offers.all()] == [1]
    assert TrainingSession.objects.get(pk=day.pk).taken == 2


def test_the_tier_that_was_read_is_the_one_that_is_done():
    booking = paid()
    with pytest.raises(Refused, match="relisez"):
        cancel(booking, 1, now=MIDDLE, seen=100)
    assert (taken(booking), money(booking)) == (3, [euros("2040.00", "0.00", "0.00")])


def test_the_team_decides_otherwise_and_says_why():
    booking = paid()
    done = cancel(booking, 1, now=LATE, percent=100, by=staff(), words="Grève des trains.")
    assert (done.percent, money(booking)) == (100, [euros("2040.00", "680.00", "-680.00")])
    assert "Grève des trains." in Message.objects.get(kind="bookings.cancelled").text


def test_once_we_moved_the_day_whoever_cannot_come_owes_nothing():
    booking = paid()
    days = TrainingSession.objects.filter(pk=booking.session_id)
    days.update(day=date(2027, 3, 17))  # told to everybody or not
    assert cancelling.rule_of(holding.fresh(booking), now=LATE)[0] == 100
    days.update(day=date(2027, 3, 16))
    assert cancelling.rule_of(holding.fresh(booking), now=LATE)[0] == 0


def test_another_room_or_another_quarter_of_an_hour_is_not_another_date():
    booking, by = paid(), staff()

    def later(row, now):
        row.starts_at = time(9, 15)
        row.save(update_fields=["starts_at"])

    batch = batches.open_batch("Horaires", by=by, now=MIDDLE, about=booking.session, undo=changes.UNDO)
    changes.carry_out(booking.session, changes.Move(ChangeKind.DATES, later, "Train."), batch=batch, by=by, now=MIDDLE)
    assert cancelling.rule_of(holding.fresh(booking), now=LATE)[0] == 0


def test_an_order_taken_to_a_day_that_had_moved_before_is_firm_for_that_day():
    booking = firm(session(), places=1)
    there = session(day=date(2027, 4, 14), programme=booking.session.programme)
    by = staff()
    batch = batches.open_batch("Report", by=by, now=NOW + timedelta(hours=1), about=there, undo=changes.UNDO)
    changes.carry_out(
        there, changes.postponing({"day": date(2027, 4, 15)}, {}, "Travaux."), batch=batch, by=by, now=NOW + timedelta(hours=1)
    )
    moving_session.move(holding.fresh(booking), TrainingSession.objects.get(pk=there.pk), by=by, now=NOW + timedelta(days=1))
    assert cancelling.rule_of(holding.fresh(booking), now=datetime(2027, 4, 14, 9, tzinfo=PARIS))[0] == 0


def test_a_free_day_credits_nothing():
    booking = ordered(session(price=Decimal(0)), places=2)
    done = cancel(booking, 1, now=LATE)
    assert (booking.state, done.kept, money(booking)) == (State.FIRM, Decimal("0.00"), [])


def test_bad_input_is_refused_in_words():
    booking = paid(places=2)
    cancel(booking, 1, now=EARLY)
    begun = datetime(2027, 3, 16, 9, tzinfo=PARIS)
    for ranks, now, words in (((), EARLY, "au moins une"), ((1,), EARLY, "déjà été annulée"), ((2,), begun, "a commencé")):
        with pytest.raises(Refused, match=words):
            cancel(booking, *ranks, now=now)
    cancel(booking, 2, now=EARLY)
    with pytest.raises(Refused, match="close"):
        cancel(booking, 2, now=EARLY)


def test_the_effects_say_money_first():
    booking = paid(places=2)
    foreseen = cancelling.foresee(holding.fresh(booking), seats_of(booking, 1), now=MIDDLE)
    assert [line.replace("\u00a0", " ").replace("\u202f", " ") for line in cancelling.effects(foreseen)] == [
        "1 place à 680 € : 50 % rendus, selon les conditions acceptées.",
        "Un avoir de 340 € est émis aussitôt.",
        "La facture reste due pour 340 €.",
        "Les autres places restent à vous.",
    ]


def test_what_is_left_is_what_letters_count_afterwards():
    booking = ordered(session(), places=3)
    cancel(booking, 1, now=NOW)
    services.give_reference(holding.fresh(booking), commitment_number="EJ-1", by=None, now=NOW)
    booking.refresh_from_db()
    letter = Message.objects.get(kind="bookings.firm").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert (booking.asked, "2 places" in letter, "1 360" in letter, "2 040" in letter) == (2, True, True, False)
