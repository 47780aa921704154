"""Ordering places: held, proven, firm; full, or while somebody waits, the waiting list (domain.md C1 to C3, G7)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Invoice
from bookings import emails, seats, services
from bookings.asks import Person
from bookings.models import Booking, BookingStep, Seat
from bookings.models.terms import PRIORITY
from bookings.services import invoicing, ordering
from bookings.states import Firmness, Payer, PriceKind, State
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from memberships.models import MailDomain
from programmes.models import TrainingSession
from tests.applications.factories import staff
from tests.bookings.factories import DAY, NOW, ask, conditions, firm, ordered, people, private, session
from tests.memberships.factories import MembershipFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def order(day, wanted=None, *, now=NOW, **more):
    return services.order(day, wanted or ask(), conditions=conditions(), now=now, **more)


def taken(day):
    return TrainingSession.objects.get(pk=day.pk).taken


def letters(booking):
    return list(Message.objects.filter(to=booking.email).order_by("pk").values_list("kind", flat=True))


def state(booking):
    return Booking.objects.get(pk=booking.pk).state


def test_an_order_of_an_unproven_address_holds_its_places_thirty_minutes():
    day = session()
    row = order(day, ask(places=3))
    assert (row.state, row.proven_at, row.holds_until - NOW, taken(day)) == (State.HELD, None, 30 * MINUTE, 3)
    assert letters(row) == ["bookings.to_prove"]
    assert not BookingStep.objects.exists()


def test_a_proven_order_holds_fifteen_days_at_the_hour_of_paris_and_says_so():
    day = session(day=DAY.replace(month=5))
    row = ordered(day, now=datetime(2027, 3, 20, 10, tzinfo=PARIS))
    assert row.holds_until.astimezone(PARIS) == datetime(2027, 4, 4, 10, tzinfo=PARIS)
    assert letters(row) == ["bookings.to_prove", "bookings.held"]
    assert list(row.steps.values_list("to_state", flat=True)) == [State.HELD]


def test_no_hold_runs_past_the_eve_of_the_day():
    day = session()
    row = ordered(day, now=datetime(2027, 3, 10, 10, tzinfo=PARIS))
    assert row.holds_until.astimezone(PARIS) == datetime(2027, 3, 16, tzinfo=PARIS)


def test_an_order_number_makes_a_public_order_firm_as_soon_as_the_address_is_proven():
    row = firm()
    assert (row.state, row.firm_by, row.firm_at) == (State.FIRM, Firmness.ORDER, NOW)
    assert letters(row) == ["bookings.to_prove", "bookings.firm"]


def test_a_free_day_is_firm_at_once():
    row = ordered(session(price=Decimal(0)))
    assert (row.state, row.firm_by) == (State.FIRM, Firmness.FREE)


def test_whoever_is_signed_in_with_the_address_needs_no_proof():
    row = order(session(), ask(email="camille@ville.example"), proven={"camille@ville.example"})
    assert (row.state, row.proven_at, letters(row)) == (State.HELD, NOW, ["bookings.held"])


def test_staff_enter_an_order_for_somebody_who_called():
    row = order(session(), entered_by=(person := staff()))
    assert (row.state, row.entered_by, row.proven_at) == (State.HELD, str(person), NOW)


def test_an_order_for_more_than_the_day_has_is_refused_in_words():
    with pytest.raises(Refused, match="20\u00a0places en tout\u202f: vous en demandez 25"):
        order(session(), ask(places=25))
    assert not Booking.objects.exists()


def test_a_name_said_twice_is_refused_unless_two_addresses_tell_them_apart():
    day = session()
    twins = (Person("Camille Exemple", "a@ville.example"), Person("Camille Exemple", "b@ville.example"))
    assert order(day, ask(places=2, people=twins)).asked == 2
    for twice in (people("Camille Exemple", "camille  EXEMPLE"), (Person("Un", "a@ville.example"), Person("Deux", "A@ville.example"))):
        with pytest.raises(Refused, match="deux fois"):
            order(day, ask(places=2, people=twice))


def test_more_names_than_places_are_refused():
    with pytest.raises(Refused, match="Vous nommez 2 personnes pour 1\u00a0place"):
        order(session(), ask(people=people("Un Exemple", "Deux Exemple")))


def test_named_places_come_first_and_the_others_are_named_later():
    row = order(session(), ask(places=3, people=people("Un Exemple")))
    assert list(Seat.objects.filter(booking=row).values_list("rank", "name")) == [(1, "Un Exemple"), (2, ""), (3, "")]


def test_a_group_larger_than_what_is_left_waits_or_takes_what_is_left():
    day = session(seats=4)
    firm(day, places=2)
    waits, takes = order(day, ask(places=3)), order(day, ask(places=3, takes_left=True))
    assert (waits.state, takes.state, takes.asked, taken(day)) == (State.WAITING, State.HELD, 2, 4)


def test_while_somebody_waits_a_newcomer_waits_too():
    day = session(seats=2)
    first = firm(day, places=2)
    second = ordered(day, places=2)
    assert (second.state, services.rank_of(second)) == (State.WAITING, 1)
    services.withdraw(ordered(day), by=None, now=NOW)
    assert (state(first), taken(day)) == (State.FIRM, 2)


def test_the_same_address_twice_is_the_same_order_and_its_link_again():
    day = session()
    first = ordered(day, email="camille@ville.example")
    again = order(day, ask(email="Camille@Ville.example", places=4), now=NOW + HOUR)
    assert (again.pk, again.asked, Booking.objects.count(), taken(day)) == (first.pk, 1, 1, 1)
    assert letters(first) == ["bookings.to_prove", "bookings.held", "bookings.link"]


def test_an_order_that_was_not_proven_gives_way_to_the_next_within_its_first_thirty_minutes():
    day = session()
    first = order(day, ask(email="camille@ville.example", places=3))
    again = order(day, ask(email="camille@ville.example", places=2), now=NOW + 20 * MINUTE)
    assert (Booking.objects.get().pk, again.asked, again.holds_until, taken(day)) == (again.pk, 2, NOW + 30 * MINUTE, 2)
    assert first.pk != again.pk


def test_a_double_click_is_one_order_and_one_letter():
    day, wanted = session(), ask()
    assert order(day, wanted).pk == order(day, wanted, now=NOW + timedelta(seconds=2)).pk
    assert Message.objects.count() == 1


def test_a_double_click_that_takes_what_is_left_keeps_the_places_it_took():
    day = session(seats=5)
    ordered(day, places=3)
    wanted = ask(places=4, takes_left=True)
    first = order(day, wanted)
    assert order(day, wanted, now=NOW + timedelta(seconds=2)).pk == first.pk
    assert (first.asked, first.state, taken(day), letters(first)) == (2, State.HELD, 5, ["bookings.to_prove"])


def test_whoever_waits_and_then_takes_what_is_left_gave_another_order():
    day, email = session(seats=5), "camille@ville.example"
    ordered(day, places=3)
    assert order(day, ask(email=email, name="Camille Exemple", places=4)).state == State.WAITING
    taken_now = order(day, ask(email=email, name="Camille Exemple", places=4, takes_left=True), now=NOW + timedelta(seconds=20))
    assert (taken_now.state, taken_now.asked, Booking.objects.count(), taken(day)) == (State.HELD, 2, 2, 5)


def test_asking_at_once_for_more_than_is_left_is_another_order_than_the_one_place_held():
    day = session(seats=2)
    held = ordered(day, email="camille@ville.example", name="Camille Exemple")
    again = order(day, ask(email="camille@ville.example", name="Camille Exemple", places=2, takes_left=True))
    assert (again.pk, letters(held)[-1]) == (held.pk, "bookings.link")


@pytest.mark.parametrize("wanted", [ask(commitment_number="EJ-1"), private()])
def test_signed_in_whoever_loses_the_last_place_at_the_last_moment_waits_and_nothing_else_is_kept(wanted):
    day, a_moment_ago = session(seats=1), seats.Standing(seats=1, left=1, waits=False, is_due=False)
    firm(day)
    row = Booking.objects.get(pk=order(day, wanted, proven=[wanted.email], standing=a_moment_ago).pk)
    assert (row.state, row.firm_at, row.firm_by, row.firm_day, row.holds_until) == (State.WAITING, None, "", None, None)
    assert (letters(row), list(row.steps.values_list("to_state", flat=True))) == (["bookings.waiting"], [State.WAITING])
    assert (Booking.objects.count(), Seat.objects.count(), Invoice.objects.count(), taken(day)) == (2, 2, 0, 1)


def test_unproven_places_are_free_after_thirty_minutes_without_trace():
    day = session(seats=1)
    lost = order(day)
    other = order(day, now=NOW + 30 * MINUTE)
    assert (state(lost), other.state, taken(day)) == (State.LAPSED, State.HELD, 1)
    assert not BookingStep.objects.exists()


def test_a_late_proof_takes_places_that_are_still_free_else_waits():
    day = session(seats=1)
    late = order(day)
    assert services.prove(late, now=NOW + HOUR).state == State.HELD
    other_day = session(seats=1)
    later = order(other_day)
    firm(other_day, now=NOW + 40 * MINUTE)
    proven = services.prove(later, now=NOW + HOUR)
    assert (proven.state, services.rank_of(proven), taken(other_day)) == (State.WAITING, 1, 1)


@pytest.mark.parametrize("wanted", [ask(), ask(commitment_number="EJ-1"), private()])
def test_a_late_proof_whose_places_went_at_that_very_moment_waits_and_nothing_else_is_kept(wanted, monkeypatch):
    day = session(seats=1)
    row = order(day, wanted)
    services.settle(day, now=NOW + HOUR)
    firm(day, now=NOW + HOUR)
    a_moment_ago, read = iter([seats.Standing(seats=1, left=1, waits=False, is_due=False)]), seats.standing
    monkeypatch.setattr(seats, "standing", lambda *of, now: next(a_moment_ago, None) or read(*of, now=now))
    proven = services.prove(Booking.objects.with_day().get(pk=row.pk), now=NOW + HOUR)
    kept = Booking.objects.get(pk=row.pk)
    assert (proven.state, kept.state, kept.holds_until, kept.firm_at, kept.proven_at) == (
        State.WAITING,
        State.WAITING,
        None,
        None,
        NOW + HOUR,
    )
    assert (letters(row), list(row.steps.values_list("to_state", flat=True))[-1]) == (
        ["bookings.to_prove", "bookings.waiting"],
        State.WAITING,
    )
    assert (Invoice.objects.count(), taken(day)) == (0, 1)


@pytest.mark.parametrize("wanted", [ask(), private()])
def test_a_late_proof_that_breaks_before_its_letter_has_taken_nothing_and_is_done_anew(wanted, monkeypatch):
    day = session(seats=1)
    row = order(day, wanted)
    services.settle(day, now=NOW + HOUR)

    def broken(*_, **__):
        raise OSError("no letter")

    with monkeypatch.context() as patch:
        patch.setattr(emails, "post_held", broken)
        with pytest.raises(OSError, match="no letter"):
            services.prove(Booking.objects.with_day().get(pk=row.pk), now=NOW + HOUR)
    assert (state(row), Booking.objects.get(pk=row.pk).proven_at, taken(day), Invoice.objects.count()) == (State.LAPSED, None, 0, 0)
    proven = services.prove(Booking.objects.with_day().get(pk=row.pk), now=NOW + HOUR)
    assert (proven.state, taken(day), letters(row).count("bookings.held")) == (State.HELD, 1, 1)


def test_a_late_proof_pressed_twice_begins_to_wait_once():
    day = session(seats=1)
    firm(day)
    row = order(day)
    first, second = (Booking.objects.with_day().get(pk=row.pk) for _ in range(2))
    services.prove(first, now=NOW)
    with pytest.raises(Refused, match="vient de changer"):
        ordering._prove_late(second, now=NOW)
    assert (letters(row), row.steps.count()) == (["bookings.to_prove", "bookings.waiting"], 1)


def test_members_book_seven_days_before_everybody_by_their_domain():
    day = session(terms={"opens_at": NOW + A_DAY, "member_price": Decimal(500)})
    member = MembershipFactory()
    MailDomain.objects.create(organisation=member.organisation, domain="membre.example", declared_at=NOW)
    with pytest.raises(services.TooEarly, match="elle ouvre à tous le|Elle ouvre à tous le"):
        order(day)
    row = order(day, ask(email="camille@membre.example"))
    assert (row.unit_price, row.price_kind) == (Decimal(500), PriceKind.MEMBER)
    assert "domaine de messagerie" in row.price_note
    with pytest.raises(services.TooEarly):
        order(day, ask(email="dominique@membre.example"), now=NOW + A_DAY - PRIORITY - MINUTE)


def test_a_day_without_terms_or_that_began_is_not_sold():
    day = session()
    with pytest.raises(Refused, match="close"):
        order(day, now=datetime(2027, 3, 16, tzinfo=PARIS))
    day.terms.delete()
    with pytest.raises(Refused, match="ne se réserve pas en ligne"):
        order(TrainingSession.objects.select_related("programme").get(pk=day.pk))


def test_whoever_pays_before_the_day_is_invoiced_at_once():
    row = ordered(session(), payer=Payer.PRIVATE, places=2)
    assert [str(invoice.gross) for invoice in invoicing.standing(row)] == ["1360.00"]
    assert letters(row) == ["bookings.to_prove", "billing.issued", "bookings.held"]


def test_a_card_holds_thirty_minutes():
    row = ordered(session(), payer=Payer.PERSON, by_card=True)
    assert row.holds_until == NOW + 30 * MINUTE


def test_the_count_is_what_the_rows_say():
    day = session(seats=6)
    firm(day, places=3)
    order(day, ask(places=2))
    ordered(day, places=4)
    order(day, private(places=1), now=NOW + HOUR)
    assert (taken(day), seats.recount(day)) == (3, 3)
