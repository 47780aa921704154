"""Results and places at the same second, on PostgreSQL; each with its twin that shows the race once the lock of the call is gone."""

from datetime import timedelta
from functools import partial
from threading import Barrier, Event

import pytest
from django.db import IntegrityError, OperationalError

from applications import services
from applications.models import Application, Offer, ResultsRelease
from applications.services import deciding, depositing, places, releasing
from applications.states import State
from core.refusals import Refused
from mailing import batches
from mailing.models import Batch, Message
from programmes.models import Edition
from tests.applications.factories import staff
from tests.applications.selecting import CONFIRM_BY, JURY, RELEASED, THREE_DAYS, call, decided, letters, open_offers, release, released
from tests.patience import PATIENCE
from tests.racing import race, until_somebody_waits_for_us

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AFTER = RELEASED + timedelta(hours=2)
UNTIL = AFTER + THREE_DAYS


def team():
    return staff(email="equipe@la27eregion.example")


def unlocked(monkeypatch, *modules):
    """Read the call and its files without their locks."""
    for module in modules:
        monkeypatch.setattr(module, "hold", lambda pk: Edition.objects.select_related("programme").get(pk=pk))
        monkeypatch.setattr(module, "hold_files", lambda *_: None, raising=False)


def names(outcomes):
    return sorted(type(outcome).__name__ for outcome in outcomes)


# --- Two tabs ------------------------------------------------------------------------------------------------


def in_two_tabs(edition, by):
    return race(*(partial(release, edition, by, token=token) for token in ("one", "two")))


@pytest.mark.parametrize("attempt", range(4))
def test_published_from_two_tabs_at_once_it_is_one_act_and_one_letter_each(attempt):
    by, edition = team(), call(seats=1)
    rows = decided(edition, by, (State.SELECTED, State.DECLINED))
    outcomes = in_two_tabs(edition, by)
    assert names(outcomes) == ["Refused", "ResultsRelease"]
    refused = next(outcome for outcome in outcomes if isinstance(outcome, Refused))
    assert str(refused).startswith("Les résultats sont déjà publiés")
    assert (ResultsRelease.objects.count(), Batch.objects.count(), [letters(row) for row in rows]) == (
        1, 1, [["applications.selected"], ["applications.declined"]],
    )  # fmt: skip


def test_without_the_lock_the_second_tab_breaks_instead_of_reading_who_was_faster(monkeypatch):
    """The twin: both have seen that nothing was published when they publish; the database still lets one in, loudly."""
    by, edition = team(), call(seats=1)
    decided(edition, by, (State.SELECTED, State.DECLINED))
    both, look = Barrier(2, timeout=PATIENCE), releasing.looked_at

    def looked(*args, **options):
        results = look(*args, **options)
        both.wait()
        return results

    unlocked(monkeypatch, releasing)
    monkeypatch.setattr(releasing, "looked_at", looked)
    assert names(in_two_tabs(edition, by)) == ["IntegrityError", "ResultsRelease"]


# --- A decision taken meanwhile ----------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(4))
def test_a_decision_taken_while_the_results_are_published_is_the_one_that_is_told(attempt):
    by, edition = team(), call(seats=1)
    rows = decided(edition, by, (State.SELECTED, State.DECLINED))
    outcomes = race(
        partial(release, edition, by),
        partial(services.decide, rows[1], State.WAITLISTED, by=by, now=JURY),
    )
    assert names(outcomes) == ["NoneType", "ResultsRelease"]
    alive = Message.objects.filter(about=f"applications.application:{rows[1].pk}").exclude(state="VOID")
    assert [letter.kind for letter in alive if letter.kind != "applications.received"] == ["applications.waitlisted"]


def test_without_the_lock_the_person_is_told_the_decision_of_before(monkeypatch):
    """The twin: « non retenue » leaves to somebody who is on the waiting list, and nothing else ever does."""
    by, edition = team(), call(seats=1)
    rows = decided(edition, by, (State.SELECTED, State.DECLINED))
    looked, done, look = Event(), Event(), releasing.looked_at

    def slowly(*args, **options):
        results = look(*args, **options)
        looked.set()
        done.wait(PATIENCE)
        return results

    def decide():
        looked.wait(PATIENCE)
        try:
            services.decide(rows[1], State.WAITLISTED, by=by, now=JURY)
        finally:
            done.set()

    unlocked(monkeypatch, releasing, deciding)
    monkeypatch.setattr(releasing, "looked_at", slowly)
    race(partial(release, edition, by), decide)
    assert (Application.objects.get(pk=rows[1].pk).state, letters(rows[1])) == (State.WAITLISTED, ["applications.declined"])


def test_undone_while_a_decision_is_taken_nobody_waits_for_ever():
    """Both lock the call first, the batch second."""
    by, edition = team(), call(seats=1)
    rows = decided(edition, by, (State.SELECTED, State.DECLINED))
    made, soon = release(edition, by), JURY + timedelta(minutes=2)
    outcomes = race(
        partial(batches.undo, made.batch, by=by, now=soon),
        partial(services.decide, rows[1], State.WAITLISTED, by=by, now=soon),
    )
    assert names(outcomes) == ["NoneType", "Undone"]
    assert not Message.objects.filter(batch=made.batch).exclude(state="VOID").exists()


# --- The last offer -------------------------------------------------------------------------------------------


def both_leave(waiting):
    """Two people give their place back at the same second."""
    by, edition = team(), call(seats=2)
    rows = released(edition, by, (State.SELECTED, State.SELECTED, *[State.WAITLISTED] * waiting))
    outcomes = race(*(partial(services.withdraw, row, by=row.applicant, now=AFTER) for row in rows[:2]))
    return edition, rows, outcomes


@pytest.mark.parametrize("attempt", range(4))
def test_two_places_left_at_once_are_offered_to_two_people_once_each(attempt):
    edition, rows, outcomes = both_leave(2)
    assert outcomes == [None, None]
    assert sorted(offer.application_id for offer in open_offers(edition, AFTER)) == [rows[2].pk, rows[3].pk]
    assert Message.objects.filter(kind="applications.offer").count() == 2


def test_the_last_of_the_list_is_offered_one_of_two_places():
    edition, rows, outcomes = both_leave(1)
    assert outcomes == [None, None]
    assert [offer.application_id for offer in open_offers(edition, AFTER)] == [rows[2].pk]


def test_without_the_lock_one_of_the_two_cannot_leave(monkeypatch):
    """The twin: both places are offered to the same person, which the database refuses; a withdrawal is lost."""
    barrier, offer = Barrier(2, timeout=PATIENCE), places._offer

    def together(*args):
        barrier.wait()
        return offer(*args)

    unlocked(monkeypatch, places, depositing.moving)
    monkeypatch.setattr(places, "_offer", together)
    monkeypatch.setattr(places, "free", lambda *_: 1)
    monkeypatch.setattr(places, "read_again", lambda row: Application.objects.with_call().get(pk=row.pk))
    edition, rows, outcomes = both_leave(2)
    assert sorted(isinstance(outcome, IntegrityError) for outcome in outcomes) == [False, True]
    assert len(open_offers(edition, AFTER)) == 1


@pytest.mark.parametrize("attempt", range(4))
def test_two_sweeps_over_an_expiry_offer_the_place_once_more_and_once(attempt):
    by, edition = team(), call(seats=1)
    rows = released(edition, by, (State.SELECTED, State.WAITLISTED, State.WAITLISTED))
    services.withdraw(rows[0], by=rows[0].applicant, now=AFTER)
    assert race(*[partial(places.settle, edition, UNTIL)] * 4) == [None] * 4
    assert [offer.application_id for offer in open_offers(edition, UNTIL)] == [rows[2].pk]
    assert letters(rows[1]) == ["applications.waitlisted", "applications.offer", "applications.offer_expired"]


# --- The last second of an offer ------------------------------------------------------------------------------


def taken_at_the_last_second(edition, by):
    """Somebody says yes a second before the end, while the sweep of the end gives the place to the next."""
    rows = released(edition, by, (State.SELECTED, State.WAITLISTED, State.WAITLISTED))
    services.withdraw(rows[0], by=rows[0].applicant, now=AFTER)
    offer = Offer.objects.get()
    take = partial(services.take_offer, offer, by=rows[1].applicant, now=UNTIL - timedelta(seconds=1))
    return rows, race(take, partial(places.settle, edition, UNTIL))


@pytest.mark.parametrize("attempt", range(6))
def test_taken_at_the_last_second_the_place_goes_to_one_of_the_two(attempt):
    edition = call(seats=1, confirm_by=CONFIRM_BY)
    rows, outcomes = taken_at_the_last_second(edition, team())
    held = Application.objects.filter(edition=edition).holding_a_seat(now=UNTIL)
    assert held.count() == 1
    if isinstance(outcomes[0], Application):
        assert (held.get().pk, open_offers(edition, UNTIL)) == (rows[1].pk, [])
        assert letters(rows[1])[-1] == "applications.place_accepted"
    else:
        assert (str(outcomes[0]).startswith("Cette place vous était réservée"), held.get().pk) == (True, rows[2].pk)
        assert letters(rows[1])[-1] == "applications.offer_expired"


def test_without_lock_and_conditional_move_the_place_is_given_twice(monkeypatch):
    """The twin: the first is told both that the place is theirs and that it is not, and the next is offered it."""
    barrier = Barrier(2, timeout=PATIENCE)
    check, expired, move = places._refuse_unless_open, places._expired, places.move

    def checked(*args):
        check(*args)
        barrier.wait()

    def expire(*args):
        barrier.wait()
        return expired(*args)

    def moved(row, state, **values):
        Application.objects.filter(pk=row.pk).update(state=State.WAITLISTED, waitlist_rank=90 + row.pk % 9)
        row.state = State.WAITLISTED
        return move(row, state, **values)

    def held(offer):
        row = Application.objects.with_call().get(pk=offer.application_id)
        offer.application = row
        return row.edition, row, offer

    unlocked(monkeypatch, places)
    for name, broken in {"_refuse_unless_open": checked, "_expired": expire, "move": moved, "_held": held}.items():
        monkeypatch.setattr(places, name, broken)
    monkeypatch.setattr(places, "read_again", lambda row: Application.objects.with_call().get(pk=row.pk))
    edition = call(seats=1, confirm_by=CONFIRM_BY)
    rows, outcomes = taken_at_the_last_second(edition, team())
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert {"applications.place_accepted", "applications.offer_expired"} <= set(letters(rows[1]))
    assert letters(rows[2])[-1] == "applications.offer"


# --- Places and group acts on the same files ------------------------------------------------------------------


def sweep_beside_a_group_act(monkeypatch):
    """Two offers that end in the reverse order of their keys, and a colleague who tags both files between the two ends."""
    by, edition = team(), call(seats=2)
    one, other, first, second = released(edition, by, (State.SELECTED, State.SELECTED, State.WAITLISTED, State.WAITLISTED))
    services.rank(second, 1, by=by, now=AFTER)
    for minute, row in enumerate((one, other)):
        services.withdraw(row, by=row.applicant, now=AFTER + timedelta(minutes=minute))
    ended, tagging, end = Event(), Event(), places._end

    def slowly(*args):
        end(*args)
        ended.set()
        until_somebody_waits_for_us(unless=tagging.is_set)

    def tag():
        ended.wait(PATIENCE)
        try:
            return services.tag([first.pk, second.pk], "à revoir", by=by, now=UNTIL + THREE_DAYS)
        finally:
            tagging.set()

    monkeypatch.setattr(places, "_end", slowly)
    outcomes = race(partial(services.settle, edition, UNTIL + timedelta(minutes=1)), tag)
    return outcomes, [Application.objects.get(pk=row.pk).state for row in (first, second)]


def test_offers_that_end_while_a_colleague_tags_both_files_wait_for_each_other(monkeypatch):
    outcomes, states = sweep_beside_a_group_act(monkeypatch)
    assert ([outcome for outcome in outcomes if isinstance(outcome, Exception)], states) == ([], [State.LAPSED, State.LAPSED])


def test_files_locked_in_another_order_are_a_deadlock(monkeypatch):
    """The twin: each file is locked as its turn comes."""
    monkeypatch.setattr(places, "hold_files", lambda *_: None)
    outcomes, _ = sweep_beside_a_group_act(monkeypatch)
    assert [isinstance(outcome, OperationalError) for outcome in outcomes].count(True) == 1
