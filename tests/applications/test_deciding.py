"""What the jury decides before anybody is told: places, ranks, reasons, and back (B3, B4, B5)."""

from datetime import datetime, timedelta

import pytest

from applications import services
from applications.models import Application, Offer
from applications.services.deciding_many import ONE_BY_ONE, UNDO_DECIDE
from applications.states import Axis, Ending, State
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.batches import UNDOS
from records.models import Act
from tests.applications.factories import deposited, staff
from tests.programmes.factories import EditionFactory

JURY = datetime(2017, 9, 11, 10, tzinfo=PARIS)


@pytest.fixture
def team(db):
    return staff(email="equipe@la27eregion.example")


@pytest.fixture
def edition(db):
    return EditionFactory(seats=2)


def in_review(edition, count=1):
    return [deposited(edition=edition, state=State.IN_REVIEW) for _ in range(count)]


def states(edition):
    return [(row.state, row.waitlist_rank) for row in Application.objects.filter(edition=edition).order_by("pk")]


def ranks(edition):
    listed = Application.objects.filter(edition=edition, waitlist_rank__isnull=False).order_by("waitlist_rank")
    return list(listed.values_list("pk", flat=True))


def test_a_place_is_given_and_its_step_says_by_whom_and_why(edition, team):
    (row,) = in_review(edition)
    services.decide(row, State.SELECTED, by=team, now=JURY, reason="Très curieuse.")
    step = row.steps.last()
    assert (step.to_state, step.by, step.at, step.note) == (State.SELECTED, team, JURY, "Très curieuse.")
    row.refresh_from_db()
    assert (row.state, row.public_state, row.reason, row.reason_shared) == (State.SELECTED, State.IN_REVIEW, "Très curieuse.", False)


def test_the_one_too_many_is_told_the_places(edition, team):
    first, second, third = in_review(edition, 3)
    services.decide(first, State.SELECTED, by=team, now=JURY)
    services.decide(second, State.SELECTED, by=team, now=JURY)
    with pytest.raises(Refused) as refused:
        services.decide(third, State.SELECTED, by=team, now=JURY)
    assert str(refused.value) == "2 places sur 2"
    assert states(edition)[2] == (State.IN_REVIEW, None)


def test_the_same_decision_twice_is_one_step(edition, team):
    (row,) = in_review(edition)
    for _ in range(2):
        services.decide(row, State.SELECTED, by=team, now=JURY)
    assert row.steps.filter(to_state=State.SELECTED).count() == 1


def test_ranks_follow_each_other_and_one_is_typed_in(edition, team):
    rows = in_review(edition, 4)
    for row in rows[:3]:
        services.decide(row, State.WAITLISTED, by=team, now=JURY)
    services.decide(rows[3], State.WAITLISTED, by=team, now=JURY, rank=2)
    assert ranks(edition) == [rows[0].pk, rows[3].pk, rows[1].pk, rows[2].pk]
    services.rank(rows[2], 1, by=team, now=JURY)
    assert ranks(edition) == [rows[2].pk, rows[0].pk, rows[3].pk, rows[1].pk]


def test_who_leaves_the_waiting_list_lets_the_others_move_up(edition, team):
    rows = in_review(edition, 3)
    for row in rows:
        services.decide(row, State.WAITLISTED, by=team, now=JURY)
    services.decide(rows[0], State.DECLINED, by=team, now=JURY, reason="Trop loin.", shared=True)
    assert states(edition) == [(State.DECLINED, None), (State.WAITLISTED, 1), (State.WAITLISTED, 2)]
    rows[0].refresh_from_db()
    assert (rows[0].reason, rows[0].reason_shared) == ("Trop loin.", True)


@pytest.mark.parametrize("rank", [0, -3])
def test_a_rank_begins_at_one(edition, team, rank):
    (row,) = in_review(edition)
    services.decide(row, State.WAITLISTED, by=team, now=JURY)
    with pytest.raises(Refused):
        services.rank(row, rank, by=team, now=JURY)


def test_only_who_waits_has_a_rank(edition, team):
    (row,) = in_review(edition)
    with pytest.raises(Refused) as refused:
        services.rank(row, 1, by=team, now=JURY)
    assert str(refused.value) == "Seule une candidature de la liste d’attente a un rang."


def test_a_decision_is_taken_back_until_the_release_only(edition, team):
    (row,) = in_review(edition)
    services.decide(row, State.DECLINED, by=team, now=JURY, reason="Hors sujet.", shared=True)
    services.undecide(row, by=team, now=JURY)
    row.refresh_from_db()
    assert (row.state, row.reason, row.reason_shared) == (State.IN_REVIEW, "", False)
    services.decide(row, State.DECLINED, by=team, now=JURY)
    type(edition).objects.filter(pk=edition.pk).update(results_released_at=JURY)
    with pytest.raises(Refused) as refused:
        services.undecide(row, by=team, now=JURY)
    assert str(refused.value) == "Les résultats sont publiés : une décision annoncée se remplace par une autre."


def test_a_file_that_changed_since_the_page_was_read_is_refused(edition, team):
    (row,) = in_review(edition)
    row.refresh_from_db()
    services.add_note(row, "Son employeur refuse.", by=team, now=JURY)
    with pytest.raises(services.Overtaken):
        services.decide(row, State.SELECTED, by=team, now=JURY, revision=row.staff_revision)
    assert states(edition) == [(State.IN_REVIEW, None)]


def test_what_is_not_in_review_is_not_decided(edition, team):
    row = deposited(edition=edition, state=State.WITHDRAWN)
    with pytest.raises(Refused) as refused:
        services.decide(row, State.SELECTED, by=team, now=JURY)
    assert str(refused.value) == "Une candidature « désistement » ne peut pas devenir « retenue »."


def test_a_place_not_confirmed_in_time_is_free_and_an_open_offer_holds_one(edition, team):
    selected, waiting, late = in_review(edition, 3)
    services.decide(selected, State.SELECTED, by=team, now=JURY)
    services.decide(waiting, State.WAITLISTED, by=team, now=JURY)
    services.decide(late, State.SELECTED, by=team, now=JURY)
    until = JURY + timedelta(days=10)
    services.selection_of(edition)
    type(edition.selection).objects.update(confirm_by=until)
    type(edition).objects.filter(pk=edition.pk).update(results_released_at=JURY)
    Application.objects.filter(pk=late.pk).update(confirm_by=until + timedelta(days=1))
    rows = Application.objects.filter(edition=edition)
    assert rows.holding_a_seat(now=until - timedelta(seconds=1)).count() == 2
    assert list(rows.lapsed(now=until)) == [selected]
    assert list(rows.holding_a_seat(now=until)) == [late]
    Offer.objects.create(application=waiting, rank=1, at=until, until=until + timedelta(hours=72))
    assert set(rows.holding_a_seat(now=until)) == {late, waiting}
    assert list(rows.holding_a_seat(now=until + timedelta(hours=72))) == []


def test_who_leaves_the_list_leaves_the_offer_they_had(edition, team):
    (row,) = in_review(edition)
    services.decide(row, State.WAITLISTED, by=team, now=JURY)
    offer = Offer.objects.create(application=row, rank=1, at=JURY, until=JURY + timedelta(hours=72))
    services.decide(row, State.SELECTED, by=team, now=JURY)
    offer.refresh_from_db()
    assert (offer.ended_at, offer.ending) == (JURY, Ending.CLOSED)


# --- Many at once -----------------------------------------------------------------------------------


def batch_of(team):
    return batches.open_batch("Retenir", by=team, now=JURY, undo=UNDO_DECIDE, token="un jeton")


def test_places_go_to_the_first_of_many_and_the_others_are_told(edition, team):
    rows = in_review(edition, 4)
    rows[0] = deposited(edition=edition, state=State.SUBMITTED)
    order = [rows[3].pk, rows[0].pk, rows[2].pk, rows[1].pk]
    outcomes = services.decide_all(order, State.SELECTED, by=team, now=JURY)
    assert [outcome.why for outcome in outcomes] == ["", "pas encore en examen : mettez-la d’abord en examen", "", "2 places sur 2"]


def test_many_join_the_waiting_list_in_their_order_and_many_leave_it(edition, team):
    rows = in_review(edition, 4)
    keys = [row.pk for row in reversed(rows)]
    services.decide_all(keys, State.WAITLISTED, by=team, now=JURY)
    assert ranks(edition) == keys
    services.decide_all(keys[1:3], State.DECLINED, by=team, now=JURY, reason="Trop loin.", shared=True)
    assert ranks(edition) == [keys[0], keys[3]]
    assert {row.steps.last().note for row in Application.objects.filter(pk__in=keys[1:3])} == {"Trop loin."}


def test_a_group_decision_is_taken_back_to_where_each_was(edition, team):
    rows = in_review(edition, 4)
    services.decide(rows[0], State.SELECTED, by=team, now=JURY, reason="Oui.")
    services.decide(rows[1], State.WAITLISTED, by=team, now=JURY)
    services.decide(rows[2], State.WAITLISTED, by=team, now=JURY)
    batch = batch_of(team)
    services.decide_all([row.pk for row in rows], State.DECLINED, by=team, now=JURY, batch=batch)
    batch.save()
    services.undecide(rows[3], by=team, now=JURY)
    assert UNDOS[UNDO_DECIDE](batch, by=team, now=JURY) == "Une candidature a changé depuis : elle reste comme elle est."
    assert states(edition) == [(State.SELECTED, None), (State.WAITLISTED, 1), (State.WAITLISTED, 2), (State.IN_REVIEW, None)]
    assert Application.objects.get(pk=rows[0].pk).reason == "Oui."


def test_a_place_taken_meanwhile_is_not_given_back(edition, team):
    rows = in_review(edition, 4)
    for row in rows[:2]:
        services.decide(row, State.SELECTED, by=team, now=JURY)
    batch = batch_of(team)
    services.decide_all([row.pk for row in rows[:2]], State.DECLINED, by=team, now=JURY, batch=batch)
    batch.save()
    services.decide(rows[2], State.SELECTED, by=team, now=JURY)
    UNDOS[UNDO_DECIDE](batch, by=team, now=JURY)
    assert [state for state, _ in states(edition)].count(State.SELECTED) == 2


def test_after_the_release_many_are_not_decided_at_once(edition, team):
    rows = in_review(edition, 2)
    type(edition).objects.filter(pk=edition.pk).update(results_released_at=JURY)
    outcomes = services.decide_all([row.pk for row in rows], State.DECLINED, by=team, now=JURY)
    assert {outcome.why for outcome in outcomes} == {ONE_BY_ONE}


@pytest.mark.parametrize(("state", "questions"), [(State.DECLINED, 10), (State.SELECTED, 11)])
@pytest.mark.parametrize("files", [3, 12])
def test_three_hundred_are_decided_in_a_few_questions(edition, team, files, state, questions, django_assert_num_queries):
    rows = in_review(edition, files)
    with django_assert_num_queries(questions):
        services.decide_all([row.pk for row in rows], state, by=team, now=JURY)


# --- What the jury wants of the group -----------------------------------------------------------------


def test_bounds_are_kept_and_what_changed_is_in_the_journal(edition, team):
    hospital, local = (Axis.BRANCH, "HOSPITAL"), (Axis.BRANCH, "LOCAL")
    assert services.set_bounds(edition, {hospital: (5, None), local: (None, 8)}, by=team, now=JURY) == ["Hospitalière", "Territoriale"]
    assert services.set_bounds(edition, {hospital: (5, None)}, by=team, now=JURY) == ["Territoriale"]
    assert [(row.value, row.least, row.most) for row in edition.bounds.all()] == [("HOSPITAL", 5, None)]
    assert [act.changes for act in Act.objects.filter(verb="équilibre voulu").order_by("pk")] == [
        {"Hospitalière": ["", "au moins 5"], "Territoriale": ["", "au plus 8"]},
        {"Territoriale": ["au plus 8", ""]},
    ]


def test_bounds_the_wrong_way_round_are_refused(edition, team):
    with pytest.raises(Refused):
        services.set_bounds(edition, {(Axis.REGION, "53"): (3, 2)}, by=team, now=JURY)
