"""What the clock does of orders: holds and offers that end, reminders, waiting list, late numbers and late money (C2, G7)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing import services as billing
from billing.models import Invoice
from billing.states import Kind, Method
from bookings import retention, seats, services
from bookings.models import Booking, BookingStep, PlaceOffer, Seat
from bookings.services import invoicing, late_money, offering, paying, sweeping, verifying
from bookings.states import Ending, Firmness, Payer, State
from core.refusals import Refused
from mailing.models import Message
from programmes.models import TrainingSession
from records.models import Act
from tests.bookings.factories import NOW, ask, conditions, firm, ordered, people, session

pytestmark = pytest.mark.django_db
MINUTE, HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def fresh(row):
    return Booking.objects.with_day().get(pk=row.pk)


def taken(day):
    row = TrainingSession.objects.get(pk=day.pk)
    assert row.taken == seats.recount(row)
    return row.taken


def letters(row):
    return [kind.partition(".")[2] for kind in Message.objects.filter(to=row.email).order_by("pk").values_list("kind", flat=True)]


def pay(invoice, *, now, amount=None):
    return billing.record_payment(
        invoice, amount or invoice.gross, method=Method.TRANSFER, received_on=now.date(), by=None, now=now, reason="Virement reçu."
    )


# --- Holds ---------------------------------------------------------------------------------------------------------------


def test_a_hold_is_reminded_seven_and_two_days_before_its_end_at_its_hour_then_lapses():
    row = ordered(session(), places=2)
    for days in range(16):
        sweeping.sweep(now=NOW + days * A_DAY)
        sweeping.sweep(now=NOW + days * A_DAY)
    assert letters(row) == ["to_prove", "held", "hold_reminder", "hold_reminder", "lapsed"]
    reminders = Message.objects.filter(kind="bookings.hold_reminder").order_by("pk").values_list("due_at", flat=True)
    assert list(reminders) == [NOW + 8 * A_DAY, NOW + 13 * A_DAY]
    assert (fresh(row).state, taken(row.session)) == (State.LAPSED, 0)


def test_after_an_outage_only_the_latest_reminder_leaves():
    row = ordered(session())
    sweeping.sweep(now=NOW + 14 * A_DAY)
    assert [message.key.rpartition(":")[2] for message in Message.objects.filter(kind="bookings.hold_reminder")] == ["2"]
    assert fresh(row).state == State.HELD


def test_a_hold_that_ended_is_free_for_the_next_order_even_before_any_sweep():
    day = session(seats=1)
    lost = ordered(day)
    other = services.order(day, ask(), conditions=conditions(), now=NOW + 15 * A_DAY)
    assert (fresh(lost).state, other.state, taken(day)) == (State.LAPSED, State.HELD, 1)


def test_an_unpaid_hold_lapses_and_its_invoice_is_credited():
    row = ordered(session(), payer=Payer.PRIVATE, places=2)
    sweeping.sweep(now=NOW + 15 * A_DAY)
    notes = Invoice.objects.filter(kind=Kind.CREDIT)
    assert (fresh(row).state, [note.gross for note in notes], invoicing.standing(row)) == (State.LAPSED, [Decimal(1360)], [])


# --- Firm, in time and late ------------------------------------------------------------------------------------------------


def test_a_payment_makes_the_order_firm():
    row = ordered(session(), payer=Payer.PRIVATE)
    pay(invoicing.standing(row)[0], now=NOW + HOUR)
    assert (fresh(row).state, fresh(row).firm_by) == (State.FIRM, Firmness.PAYMENT)


def test_of_one_invoice_a_person_all_must_be_paid():
    row = ordered(session(), payer=Payer.PRIVATE, places=2, invoice_by="PERSON")
    first, second = invoicing.standing(row)
    pay(first, now=NOW)
    assert fresh(row).state == State.HELD
    pay(second, now=NOW)
    assert fresh(row).state == State.FIRM


def test_a_late_number_takes_places_that_are_still_free():
    day = session(seats=1)
    row = ordered(day)
    sweeping.sweep(now=NOW + 15 * A_DAY)
    after = services.give_reference(row, commitment_number="EJ-9", by=None, now=NOW + 16 * A_DAY)
    assert (after.state, taken(day)) == (State.FIRM, 1)


def test_a_late_number_waits_when_the_places_are_gone_and_is_firm_with_the_offer():
    day = session(seats=1)
    row = ordered(day)
    other = ordered(day, now=NOW + 15 * A_DAY)
    after = services.give_reference(row, commitment_number="EJ-9", by=None, now=NOW + 16 * A_DAY)
    assert (after.state, services.rank_of(after), letters(row)[-1]) == (State.WAITING, 1, "waiting")
    services.withdraw(other, by=None, now=NOW + 17 * A_DAY)
    offer = PlaceOffer.objects.get(booking=row)
    assert services.accept(offer, by=None, now=NOW + 18 * A_DAY).state == State.FIRM
    assert taken(day) == 1


def test_a_payment_after_the_end_is_firm_when_the_places_are_free():
    day = session(seats=2)
    row = ordered(day, payer=Payer.PRIVATE)
    invoice = invoicing.standing(row)[0]
    pay(invoice, now=NOW + 20 * A_DAY)
    assert (fresh(row).state, taken(day)) == (State.FIRM, 1)


def test_a_payment_after_the_credit_note_is_carried_to_a_new_invoice_when_places_are_free():
    day = session(seats=2)
    row = ordered(day, payer=Payer.PRIVATE)
    old = invoicing.standing(row)[0]
    sweeping.sweep(now=NOW + 15 * A_DAY)
    pay(old, now=NOW + 20 * A_DAY)
    assert late_money.paid_late(now=NOW + 20 * A_DAY) == [row]
    sweeping.sweep(now=NOW + 20 * A_DAY)
    new = invoicing.standing(row)
    assert (fresh(row).state, taken(day), [invoice.remaining for invoice in new]) == (State.FIRM, 1, [Decimal(0)])
    assert Invoice.objects.with_balance().get(pk=old.pk).remaining == 0


def test_a_payment_after_the_end_waits_for_a_person_when_the_places_are_gone():
    day = session(seats=1)
    row = ordered(day, payer=Payer.PRIVATE)
    invoice = invoicing.standing(row)[0]
    firm(day, now=NOW + 15 * A_DAY)
    pay(invoice, now=NOW + 20 * A_DAY)
    sweeping.sweep(now=NOW + 20 * A_DAY)
    assert (fresh(row).state, letters(row)[-1], taken(day)) == (State.LAPSED, "paid_late", 1)
    assert late_money.paid_late(now=NOW + 20 * A_DAY) == [row]
    assert Invoice.objects.filter(kind=Kind.CREDIT).count() == 0


# --- Waiting, offers ------------------------------------------------------------------------------------------------------


def test_places_that_become_free_go_to_the_first_of_the_list_then_to_the_next():
    day = session(seats=2)
    first = firm(day, places=1)
    held = ordered(day)
    one, two = ordered(day, now=NOW + MINUTE), ordered(day, now=NOW + 2 * MINUTE)
    assert [services.rank_of(row) for row in (one, two)] == [1, 2]
    services.withdraw(held, by=None, now=NOW + HOUR)
    offer = PlaceOffer.objects.get()
    assert (offer.booking, offer.expires_at, taken(day)) == (one, NOW + HOUR + 72 * HOUR, 2)
    sweeping.sweep(now=NOW + 74 * HOUR)
    assert (fresh(one).state, letters(one)[-1], PlaceOffer.objects.get(ending="").booking) == (State.LAPSED, "offer_expired", two)
    assert (services.accept(PlaceOffer.objects.get(ending=""), by=None, now=NOW + 75 * HOUR).state, taken(day)) == (State.HELD, 2)
    assert fresh(first).state == State.FIRM


def test_who_asks_more_than_is_free_keeps_the_rank_and_is_told_why_while_the_next_is_served():
    day = session(seats=4)
    firm(day, places=2)
    held = ordered(day, places=2)
    group, single = ordered(day, places=4, now=NOW + MINUTE), ordered(day, places=1, now=NOW + 2 * MINUTE)
    services.withdraw(held, by=None, now=NOW + HOUR)
    assert [offer.booking for offer in PlaceOffer.objects.all()] == [single]
    assert services.rank_of(group) == 1
    assert services.why_not(group, now=NOW + HOUR).startswith("1\u00a0place libre, vous en demandez 4")


def test_a_group_that_takes_fewer_is_offered_what_is_free_and_may_wait_for_all_instead():
    day = session(seats=4)
    firm(day, places=2)
    held = ordered(day, places=2)
    group = ordered(day, places=4, now=NOW + MINUTE)
    services.withdraw(held, by=None, now=NOW + HOUR)
    assert PlaceOffer.objects.count() == 0
    services.take_fewer(group, True, by=None, now=NOW + HOUR)
    offer = PlaceOffer.objects.get()
    assert offer.places == 2
    after = services.decline(offer, by=None, now=NOW + 2 * HOUR)
    assert (after.state, after.takes_fewer, services.rank_of(after), taken(day)) == (State.WAITING, False, 1, 2)


def test_of_a_partial_offer_the_named_places_are_kept():
    day = session(seats=4)
    firm(day, places=2)
    held = ordered(day, places=2)
    group = ordered(day, places=4, takes_fewer=True, people=people("Un Exemple"), now=NOW + MINUTE)
    services.withdraw(held, by=None, now=NOW + HOUR)
    after = services.accept(PlaceOffer.objects.get(), by=None, now=NOW + 2 * HOUR)
    living = Seat.objects.filter(booking=group, released_at=None)
    assert (after.state, after.asked, [seat.name for seat in living], taken(day)) == (State.HELD, 2, ["Un Exemple", ""], 4)


def test_no_offer_ends_later_than_a_day_before_and_none_is_made_after():
    day = session(seats=1)
    starts = day.starts
    first = ordered(day, now=starts - 4 * A_DAY)
    second = ordered(day, now=starts - 3 * A_DAY)
    services.withdraw(first, by=None, now=starts - 30 * HOUR)
    assert PlaceOffer.objects.get().expires_at == starts - 24 * HOUR
    sweeping.sweep(now=starts - 24 * HOUR)
    assert (fresh(second).state, PlaceOffer.objects.get().ending) == (State.LAPSED, Ending.EXPIRED)


def test_an_answer_after_the_end_of_the_offer_is_refused_in_words():
    day = session(seats=1)
    first = ordered(day)
    second = ordered(day, now=NOW + MINUTE)
    services.withdraw(first, by=None, now=NOW + HOUR)
    with pytest.raises(Refused, match="n’est plus ouverte"):
        services.accept(PlaceOffer.objects.get(), by=None, now=NOW + 74 * HOUR)
    assert fresh(second).state == State.WAITING


# --- Night ------------------------------------------------------------------------------------------------------------------


def test_a_count_that_is_wrong_is_mended_at_night_and_said():
    day = session()
    firm(day, places=3)
    TrainingSession.objects.filter(pk=day.pk).update(taken=7)
    assert [row.pk for row in verifying.verify(now=NOW)] == [day.pk]
    assert (taken(day), verifying.verify(now=NOW)) == (3, [])
    assert Act.objects.filter(verb="compte des places remis juste").get().changes == {"places prises": [7, 3]}


def test_unproven_orders_are_erased_after_a_week_and_people_five_years_after_the_day():
    day = session()
    services.order(day, ask(), conditions=conditions(), now=NOW)
    came = firm(day, people=people("Un Exemple"))
    lapsed = ordered(day)
    sweeping.sweep(now=NOW + 20 * A_DAY)
    done = {each.label: each.count for each in retention.purge(NOW + 20 * A_DAY, dry_run=False)}
    assert (done[retention.UNPROVEN], Booking.objects.count()) == (1, 2)
    list(retention.purge(NOW + 300 * A_DAY, dry_run=False))
    assert (fresh(lapsed).name, fresh(came).name != "") == ("", True)
    list(retention.purge(NOW + 6 * 365 * A_DAY, dry_run=False))
    assert (fresh(came).email, came.seats.get().name, fresh(came).payer_name) == ("", "", "")
    assert not BookingStep.objects.filter(booking=came).exclude(by_name="", words="")


# --- A day called off, a hold that ended ------------------------------------------------------------------------------------


def test_a_day_called_off_takes_no_money_and_no_answer_to_an_offer():
    day = session(seats=2)
    given_up = firm(day)
    unpaid = ordered(day, payer=Payer.PRIVATE)
    waits = ordered(day, now=NOW + MINUTE)
    services.release_seats(given_up, given_up.seats.all(), now=NOW + HOUR)
    offer = PlaceOffer.objects.get(booking=waits)
    TrainingSession.objects.filter(pk=day.pk).update(cancelled_at=NOW + 2 * HOUR)
    later, invoice = NOW + 3 * HOUR, invoicing.standing(unpaid)[0]
    assert (paying.to_pay(fresh(unpaid), now=later), offering.open_offer(fresh(waits), now=later)) == ([], None)
    with pytest.raises(Refused, match="n’est plus ouverte"):
        services.accept(offer, by=None, now=later)
    with pytest.raises(Refused, match="ne sont plus tenues"):
        paying.open_checkout(fresh(unpaid), invoice, now=later)


def test_places_that_the_clock_gave_back_are_left_before_any_sweep_and_taken_once():
    day = session(seats=3)
    ordered(day, places=2)
    firm(day)
    end = NOW + 15 * A_DAY
    assert [seats.standing(day, now=at).left for at in (end - MINUTE, end)] == [0, 2]
    assert services.order(day, ask(places=2), conditions=conditions(), now=end).state == State.HELD
    assert (seats.standing(day, now=end).left, taken(day)) == (0, 3)


def test_an_offer_that_ended_is_left_too_unless_somebody_else_waits():
    day = session(seats=1)
    first = ordered(day)
    ordered(day, now=NOW + MINUTE)
    services.withdraw(first, by=None, now=NOW + HOUR)
    end = NOW + HOUR + 72 * HOUR
    assert [seats.standing(day, now=at).left for at in (end - MINUTE, end)] == [0, 1]
    ordered(day, now=NOW + 2 * HOUR)
    assert (seats.standing(day, now=end).waits, seats.standing(day, now=end).has(1)) == (True, False)
