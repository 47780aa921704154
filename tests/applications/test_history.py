"""What a candidate reads of their history: what they did, and what they were told, nothing that was decided and never said (B4)."""

from datetime import timedelta

import pytest

from applications import history, services
from applications.states import State
from tests.applications.factories import staff
from tests.applications.selecting import JURY, RELEASED, again, call, decided, release

pytestmark = pytest.mark.django_db
AFTER = RELEASED + timedelta(hours=2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def team():
    return staff(email="equipe@la27eregion.example")


def told(row):
    return [line.words for line in history.of(again(row), now=AFTER) if line.at >= JURY]


def test_a_decision_that_a_withdrawal_followed_is_read_by_nobody(team):
    edition = call()
    gone, kept = decided(edition, team, (State.SELECTED, State.SELECTED))
    services.withdraw(gone, by=gone.applicant, now=JURY + MINUTE)
    release(edition, team, at=JURY + 2 * MINUTE)
    assert (told(gone), told(kept)) == (["Retirée"], ["Résultats publiés : retenue"])


def test_a_decision_taken_back_before_the_file_was_joined_is_read_by_nobody(team):
    edition = call()
    joined, kept = decided(edition, team, (State.DECLINED, State.SELECTED))
    services.undecide(joined, by=team, now=JURY + MINUTE)
    services.join(again(joined), again(kept), by=team, now=JURY + 2 * MINUTE, tell=False)
    release(edition, team, at=JURY + 3 * MINUTE)
    assert (told(joined), told(kept)) == ([], ["Résultats publiés : retenue"])


def test_of_two_decisions_before_the_release_the_last_is_read(team):
    edition = call()
    (row,) = decided(edition, team, (State.SELECTED,))
    services.decide(row, State.DECLINED, by=team, now=JURY + MINUTE)
    release(edition, team, at=JURY + 2 * MINUTE)
    assert told(row) == ["Résultats publiés : non retenue"]
