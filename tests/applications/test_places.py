"""Places after the release: what the clock frees, what is offered for 72 h, taken, refused, given back (B3, B5, B8)."""

from datetime import datetime, time, timedelta

import pytest
import time_machine

from applications import services
from applications.models import Application, Offer, Selection
from applications.services import places
from applications.states import Ending, State
from applications.tasks import settle_places
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from programmes.models import Edition
from tests.applications.factories import deposited, staff
from tests.applications.selecting import (
    CONFIRM_BY,
    RELEASED,
    THREE_DAYS,
    again,
    call,
    decided,
    gone,
    letters,
    open_offers,
    release,
    released,
    states,
)

TWO_OF_FIVE = (State.SELECTED, State.SELECTED, State.WAITLISTED, State.WAITLISTED, State.WAITLISTED)
LATER = RELEASED + timedelta(hours=2)


@pytest.fixture
def team(db):
    return staff(email="equipe@la27eregion.example")


@pytest.fixture
def edition(db):
    return call()


def withdraw(row, now=LATER):
    """As the person does, at the clock."""
    with time_machine.travel(now, tick=False):
        services.withdraw(row, by=row.applicant, now=now)


def take(offer, now):
    return services.take_offer(offer, by=offer.application.applicant, now=now)


# --- A place that comes free -----------------------------------------------------------------------------


def test_a_withdrawal_offers_the_place_to_the_first_rank_for_72_hours(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    (offer,) = open_offers(edition, LATER)
    assert (offer.application_id, offer.rank, offer.at, offer.until) == (rows[2].pk, 1, LATER, LATER + THREE_DAYS)
    assert letters(rows[0]) == ["applications.selected", "applications.place_left"]
    assert letters(rows[2]) == ["applications.waitlisted", "applications.offer"]
    assert letters(rows[3]) == ["applications.waitlisted"]


def test_unanswered_the_offer_goes_to_the_next_rank_at_the_second(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    gone()
    places.settle(edition, LATER + THREE_DAYS - timedelta(seconds=1))
    assert [offer.application_id for offer in open_offers(edition, LATER)] == [rows[2].pk]
    over = LATER + THREE_DAYS
    for _ in range(2):
        places.settle(edition, over)
    (offer,) = open_offers(edition, over)
    assert (offer.application_id, offer.rank, offer.until) == (rows[3].pk, 1, over + THREE_DAYS)
    assert again(rows[2]).state == State.LAPSED
    assert letters(rows[2]) == ["applications.waitlisted", "applications.offer", "applications.offer_expired"]
    assert states(edition)[3:] == [(State.WAITLISTED, 1), (State.WAITLISTED, 2)]


def test_an_offer_taken_holds_the_place_and_leaves_a_week_for_the_employer(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    (offer,) = open_offers(edition, LATER)
    at = CONFIRM_BY - timedelta(days=8)
    row = take(offer, at)
    assert (row.state, row.waitlist_rank, row.accepted_at, row.confirm_by) == (State.SELECTED, None, at, CONFIRM_BY)
    assert (Offer.objects.get().ending, places.free(edition, at)) == (Ending.ACCEPTED, 0)
    assert letters(rows[2])[-1] == "applications.place_accepted"
    assert take(offer, at).pk == row.pk
    assert states(edition)[3:] == [(State.WAITLISTED, 1), (State.WAITLISTED, 2)]


def test_an_offer_taken_late_has_seven_days_of_its_own(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    late = CONFIRM_BY - timedelta(days=1)
    withdraw(rows[0], late)
    (offer,) = open_offers(edition, late)
    taken = late + timedelta(hours=70)
    assert take(offer, taken).confirm_by == taken + timedelta(days=7)


def test_an_offer_refused_goes_at_once_to_the_next(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    (offer,) = open_offers(edition, LATER)
    later = LATER + timedelta(hours=1)
    for _ in range(2):
        services.decline_offer(offer, by=rows[2].applicant, now=later)
    assert (again(rows[2]).state, [each.application_id for each in open_offers(edition, later)]) == (State.WITHDRAWN, [rows[3].pk])
    assert letters(rows[2]) == ["applications.waitlisted", "applications.offer", "applications.offer_declined"]


def test_withdrawing_from_the_list_with_an_offer_is_refusing_it(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    withdraw(rows[2], LATER + timedelta(hours=1))
    assert Offer.objects.order_by("pk").first().ending == Ending.DECLINED
    assert letters(rows[2])[-1] == "applications.offer_declined"
    assert [each.application_id for each in open_offers(edition, LATER + timedelta(hours=1))] == [rows[3].pk]


def test_withdrawing_from_the_list_without_an_offer_moves_the_others_up(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[2])
    assert (states(edition)[2:], open_offers(edition, LATER)) == (
        [(State.WITHDRAWN, None), (State.WAITLISTED, 1), (State.WAITLISTED, 2)],
        [],
    )
    assert letters(rows[2])[-1] == "applications.withdrawn"


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (Ending.ACCEPTED, "Vous avez déjà accepté cette place"),
        (Ending.DECLINED, "Vous avez renoncé à cette place"),
        (Ending.EXPIRED, "Le délai est passé"),
        (Ending.CLOSED, "Cette place n’est plus proposée."),
    ],
)
def test_an_offer_clicked_too_late_says_what_became_of_it(edition, team, ending, told):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    (offer,) = open_offers(edition, LATER)
    Offer.objects.filter(pk=offer.pk).update(ending=ending, ended_at=LATER)
    verb = services.decline_offer if ending == Ending.ACCEPTED else services.take_offer
    if ending == Ending.DECLINED:
        Application.objects.filter(pk=rows[2].pk).update(state=State.WITHDRAWN, waitlist_rank=None)
    with pytest.raises(Refused, match=told):
        verb(offer, by=rows[2].applicant, now=LATER)


def test_an_offer_past_its_end_cannot_be_taken_though_no_sweep_ran(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    (offer,) = open_offers(edition, LATER)
    with pytest.raises(
        Refused, match="Cette place vous était réservée jusqu’au 14\u00a0septembre|Cette place vous était réservée jusqu’au jeudi"
    ):
        take(offer, LATER + THREE_DAYS)
    assert places.free(edition, LATER + THREE_DAYS) == 1


# --- By the clock ----------------------------------------------------------------------------------------


def test_a_place_not_confirmed_in_time_is_free_at_the_second_and_offered_by_the_sweep(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    assert places.free(edition, CONFIRM_BY - timedelta(seconds=1)) == 0
    assert places.free(edition, CONFIRM_BY) == 2
    with time_machine.travel(CONFIRM_BY, tick=False):
        settle_places()
        settle_places()
    assert [again(row).state for row in rows[:2]] == [State.LAPSED, State.LAPSED]
    assert [offer.application_id for offer in open_offers(edition, CONFIRM_BY)] == [rows[2].pk, rows[3].pk]
    assert letters(rows[0]) == ["applications.selected", "applications.place_lapsed"]


def test_who_let_a_place_go_and_is_selected_again_says_yes_anew_within_a_week(edition, team):
    rows = released(edition, team, (State.SELECTED, State.DECLINED))
    services.accept_place(again(rows[0]), by=rows[0].applicant, now=LATER)
    places.settle(edition, CONFIRM_BY)
    assert (again(rows[0]).state, again(rows[0]).accepted_at) == (State.LAPSED, LATER)
    at = CONFIRM_BY + timedelta(days=1)
    services.decide(again(rows[0]), State.SELECTED, by=team, now=at)
    row = again(rows[0])
    assert (row.state, row.accepted_at, row.confirm_by) == (State.SELECTED, None, at + timedelta(days=7))
    places.settle(edition, row.confirm_by - timedelta(seconds=1))
    assert again(row).state == State.SELECTED
    places.settle(edition, row.confirm_by)
    assert again(row).state == State.LAPSED


def test_beat_stopped_three_days_over_an_expiry_one_letter_each_when_it_returns(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    back = LATER + THREE_DAYS + timedelta(days=3)
    with pytest.raises(Refused):
        take(Offer.objects.get(), back)
    for _ in range(3):
        with time_machine.travel(back, tick=False):
            settle_places()
    assert letters(rows[2]) == ["applications.waitlisted", "applications.offer", "applications.offer_expired"]
    (offer,) = open_offers(edition, back)
    assert (offer.application_id, offer.until) == (rows[3].pk, back + THREE_DAYS)


def test_the_next_act_settles_what_no_sweep_did(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[4], CONFIRM_BY)
    assert [again(row).state for row in rows[:2]] == [State.LAPSED, State.LAPSED]
    assert len(open_offers(edition, CONFIRM_BY)) == 2


def test_the_sweep_asks_one_question_when_there_is_nothing_to_do(edition, django_assert_num_queries):
    with time_machine.travel(LATER, tick=False), django_assert_num_queries(1):
        settle_places()


# --- Who comes first --------------------------------------------------------------------------------------


def test_with_balance_the_place_goes_from_hand_to_hand_to_the_branch_that_was_left(team):
    edition = call(prefers_balance=True)
    rows = decided(edition, team, TWO_OF_FIVE)
    for row, branch in zip(rows, ("HOSPITAL", "STATE", "LOCAL", "HOSPITAL", "STATE"), strict=True):
        Application.objects.filter(pk=row.pk).update(branch=branch)
    release(edition, team)
    withdraw(again(rows[0]))
    (offer,) = open_offers(edition, LATER)
    assert (offer.application_id, offer.rank, offer.branch) == (rows[3].pk, 2, "HOSPITAL")
    services.decline_offer(offer, by=rows[3].applicant, now=LATER)
    (offer,) = open_offers(edition, LATER)
    assert (offer.application_id, offer.branch) == (rows[2].pk, "HOSPITAL")


def test_a_late_refusal_by_the_team_frees_the_place_for_the_list(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    services.decide(rows[0], State.DECLINED, by=team, now=LATER, reason="Quitte la fonction publique.")
    assert [offer.application_id for offer in open_offers(edition, LATER)] == [rows[2].pk]
    assert letters(rows[0]) == ["applications.selected", "applications.declined"]


def test_somebody_offered_a_place_whom_the_team_selects_has_the_place_and_one_letter(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    services.decide(rows[2], State.SELECTED, by=team, now=LATER)
    assert (Offer.objects.get().ending, open_offers(edition, LATER), places.free(edition, LATER)) == (Ending.CLOSED, [], 0)
    assert letters(rows[2]) == ["applications.waitlisted", "applications.offer", "applications.selected"]


def test_a_free_place_that_is_offered_is_not_given_to_somebody_else(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    with pytest.raises(Refused, match="2 places sur 2"):
        services.decide(rows[4], State.SELECTED, by=team, now=LATER)


def test_before_the_release_nothing_is_offered_and_the_letter_of_a_withdrawal_says_nothing(edition, team):
    rows = decided(edition, team, TWO_OF_FIVE)
    withdraw(rows[0])
    assert (open_offers(edition, LATER), letters(rows[0])) == ([], ["applications.withdrawn"])
    release(edition, team, at=LATER)
    places.settle(edition, LATER + timedelta(minutes=9))
    assert open_offers(edition, LATER) == []
    places.settle(edition, LATER + timedelta(minutes=10))
    assert [offer.application_id for offer in open_offers(edition, LATER)] == [rows[2].pk]


# --- What changes of the call ------------------------------------------------------------------------------


def test_more_places_are_offered_by_the_sweep(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    Edition.objects.filter(pk=edition.pk).update(seats=4)
    places.settle(edition, LATER)
    assert [offer.application_id for offer in open_offers(edition, LATER)] == [rows[2].pk, rows[3].pk]


def test_once_the_selection_is_closed_or_the_edition_over_nothing_is_offered(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    Selection.objects.update(closed_at=LATER)
    withdraw(rows[0])
    assert open_offers(edition, LATER) == []
    Selection.objects.update(closed_at=None)
    Edition.objects.filter(pk=edition.pk).update(ends_on=LATER.date() - timedelta(days=1))
    places.settle(edition, LATER)
    assert open_offers(edition, LATER) == []


def test_a_file_joined_to_a_selected_one_holds_no_place(edition, team):
    rows = decided(edition, team, TWO_OF_FIVE)
    other = deposited(edition=edition, state=State.IN_REVIEW)
    services.join(other, rows[0], by=team, now=LATER, tell=False)
    assert places.held(edition, LATER) == 2
    with pytest.raises(Refused, match="seule une candidature déposée ou en examen se joint"):
        services.join(rows[0], rows[1], by=team, now=LATER, tell=False)


def test_a_confirmed_person_who_withdraws_frees_the_place(edition, team):
    rows = released(edition, team, TWO_OF_FIVE)
    Application.objects.filter(pk=rows[0].pk).update(state=State.CONFIRMED)
    services.withdraw(rows[0], by=team, now=LATER, reason="Mutation, par téléphone.")
    step = rows[0].steps.last()
    assert (step.to_state, step.note, step.by) == (State.WITHDRAWN, "Mutation, par téléphone.", team)
    assert len(open_offers(edition, LATER)) == 1
    assert Message.objects.filter(kind="applications.offer").count() == 1


# --- Once the selection is closed, once the edition is over ------------------------------------------------


def test_in_a_closed_selection_nothing_is_decided(edition, team):
    confirmed, declined = released(edition, team, (State.SELECTED, State.DECLINED))
    confirm(confirmed)
    services.close_selection(edition, by=team, now=LATER)
    for act in (
        lambda: services.decide(again(declined), State.SELECTED, by=team, now=LATER),
        lambda: services.decide(again(declined), State.WAITLISTED, by=team, now=LATER),
        lambda: services.decide(again(declined), State.DECLINED, by=team, now=LATER, reason="Un autre motif."),
    ):
        with pytest.raises(Refused, match="La sélection est close"):
            act()
    assert (states(edition), letters(declined)) == ([(State.CONFIRMED, None), (State.DECLINED, None)], ["applications.declined"])


def test_in_a_closed_selection_an_agreement_is_not_refused_any_more(edition, team):
    (row,) = released(edition, team, (State.SELECTED,))
    link = confirm(row)
    services.close_selection(edition, by=team, now=LATER)
    with pytest.raises(Refused, match="La sélection est close"):
        services.refuse_agreement(link, by=team, now=LATER, reason="Non signé.")
    assert again(row).state == State.CONFIRMED


def test_a_place_that_lapses_in_a_closed_selection_is_settled_and_offered_to_nobody(edition, team):
    row, waiting = released(edition, team, (State.SELECTED, State.WAITLISTED))
    Edition.objects.filter(pk=edition.pk).update(seats=1)
    Selection.objects.filter(edition=edition).update(closed_at=LATER)
    assert places.to_settle(now=LATER) == []
    with time_machine.travel(CONFIRM_BY, tick=False):
        settle_places()
    assert (again(row).state, letters(row)[-1]) == (State.LAPSED, "applications.place_lapsed")
    assert (open_offers(edition, CONFIRM_BY), letters(waiting)) == ([], ["applications.waitlisted"])
    assert places.to_settle(now=CONFIRM_BY) == []


def test_what_the_clock_ends_after_the_last_day_is_settled_and_offered_to_nobody(edition, team):
    """The sweep stood still across the last day, or the date came after it."""
    lapsing, leaving, first, second = released(edition, team, (State.SELECTED, State.SELECTED, State.WAITLISTED, State.WAITLISTED))
    withdraw(leaving)
    Edition.objects.filter(pk=edition.pk).update(ends_on=CONFIRM_BY.date() - timedelta(days=1))
    after = CONFIRM_BY + THREE_DAYS
    assert places.to_settle(now=after) == [edition]
    with time_machine.travel(after, tick=False):
        settle_places()
    assert [again(row).state for row in (lapsing, first, second)] == [State.LAPSED, State.LAPSED, State.WAITLISTED]
    assert (letters(lapsing)[-1], letters(first)[-1]) == ("applications.place_lapsed", "applications.offer_expired")
    assert (letters(second), places.to_settle(now=after)) == (["applications.waitlisted"], [])


def test_an_offer_and_a_date_of_ones_own_end_with_the_edition(edition, team):
    leaving, first = released(edition, team, (State.SELECTED, State.WAITLISTED))
    last = (LATER + timedelta(days=1)).date()
    Selection.objects.filter(edition=edition).update(confirm_by=LATER + timedelta(hours=1))
    Edition.objects.filter(pk=edition.pk).update(ends_on=last)
    withdraw(leaving)
    (offer,) = open_offers(edition, LATER)
    over = datetime.combine(last + timedelta(days=1), time(0), PARIS)
    assert offer.until == over
    with pytest.raises(Refused):
        take(offer, over)
    assert take(offer, over - timedelta(hours=1)).confirm_by == over
    with pytest.raises(Refused, match="terminée"):
        services.decide(again(first), State.DECLINED, by=team, now=over)


def test_an_offer_that_outlives_an_edition_made_shorter_is_not_taken(edition, team):
    leaving, _ = released(edition, team, (State.SELECTED, State.WAITLISTED))
    withdraw(leaving)
    (offer,) = open_offers(edition, LATER)
    Edition.objects.filter(pk=edition.pk).update(ends_on=LATER.date())
    with pytest.raises(Refused, match="terminée"):
        take(offer, offer.until - timedelta(hours=1))


def confirm(row, now=LATER):
    """Their yes, and their employer's."""
    services.accept_place(again(row), by=row.applicant, now=now)
    link = services.ask_manager(again(row), "", by=row.applicant, now=now)
    link = services.word_received(link, agrees=True, name="Dominique Exemple", job="directrice", now=now)
    gone()
    return link


# --- One call and the others -------------------------------------------------------------------------------


def test_a_call_that_fails_does_not_stop_the_others(edition, team, monkeypatch, caplog):
    other = call()
    rows = [released(each, team, (State.SELECTED,))[0] for each in (edition, other)]
    settle = places.settle

    def failing(each, now):
        settle(each, now)
        if each == edition:
            raise RuntimeError("one bad letter")

    monkeypatch.setattr(places, "settle", failing)
    with time_machine.travel(CONFIRM_BY, tick=False):
        settle_places()
    assert [again(row).state for row in rows] == [State.SELECTED, State.LAPSED]
    assert [f"programmes.edition:{edition.pk}" in each.message for each in caplog.records] == [True]


# --- Put back on the list ------------------------------------------------------------------------------------


def test_who_is_put_back_on_the_list_is_not_offered_their_own_place(edition, team):
    row, _, first = released(edition, team, (State.SELECTED, State.SELECTED, State.WAITLISTED))
    services.decide(again(row), State.WAITLISTED, by=team, now=LATER, rank=1)
    assert [offer.application_id for offer in open_offers(edition, LATER)] == [first.pk]
    assert (again(row).waitlist_rank, letters(row)) == (1, ["applications.selected", "applications.waitlisted"])


def test_who_is_put_back_on_a_list_of_the_same_branch_alone_is_not_offered_it_either(team):
    edition = call(seats=1, prefers_balance=True)
    (row,) = released(edition, team, (State.SELECTED,))
    first = decided(call(), team, (State.WAITLISTED,))[0]
    Application.objects.filter(pk=first.pk).update(edition=edition, branch="OTHER")
    services.decide(again(row), State.WAITLISTED, by=team, now=LATER)
    assert [offer.application_id for offer in open_offers(edition, LATER)] == [first.pk]


def test_nobody_is_put_back_on_a_list_where_nobody_else_waits(edition, team):
    row, _ = released(edition, team, (State.SELECTED, State.SELECTED))
    with pytest.raises(Refused, match="Personne d’autre"):
        services.decide(again(row), State.WAITLISTED, by=team, now=LATER)
    assert (again(row).state, letters(row)) == (State.SELECTED, ["applications.selected"])
