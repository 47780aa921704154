"""The twenty-first place, on PostgreSQL: taken by one of many who press at once; and what happens without the lock."""

from functools import partial
from threading import Barrier

import pytest

from applications import services
from applications.models import Application
from applications.services import deciding
from applications.states import State
from core.refusals import Refused
from tests.accounts.factories import UserFactory
from tests.applications import boards
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
RIVALS = 4


def nineteen_of_twenty():
    """A call with one place left, and four files that want it."""
    edition, rows, _ = boards.before_the_jury(19 + RIVALS)
    team = UserFactory()
    services.decide_all([row.pk for row in rows[:19]], State.SELECTED, by=team, now=boards.JURY)
    return edition, rows[19:], team


def held(edition):
    return Application.objects.filter(edition=edition).holding_a_seat(now=boards.JURY).count()


def press_at_once(rows, team):
    return race(*(partial(services.decide, row, State.SELECTED, by=team, now=boards.JURY) for row in rows))


@pytest.mark.parametrize("attempt", range(4))
def test_the_last_place_is_taken_once(attempt):
    edition, rivals, team = nineteen_of_twenty()
    outcomes = press_at_once(rivals, team)
    refused = [str(outcome) for outcome in outcomes if isinstance(outcome, Refused)]
    assert (refused, held(edition)) == (["20 places sur 20"] * (RIVALS - 1), 20)


def test_without_the_lock_of_the_call_everybody_gets_it(monkeypatch):
    """The twin: all look before anybody writes."""
    edition, rivals, team = nineteen_of_twenty()
    barrier = Barrier(RIVALS, timeout=PATIENCE)
    looks = deciding._refuse_past_the_places

    def look(*args, **options):
        looks(*args, **options)
        barrier.wait()

    monkeypatch.setattr(deciding, "hold", lambda pk: type(edition).objects.select_related("programme").get(pk=pk))
    monkeypatch.setattr(deciding, "hold_files", lambda *_: None)
    monkeypatch.setattr(deciding, "_refuse_past_the_places", look)
    assert (press_at_once(rivals, team), held(edition)) == ([None] * RIVALS, 19 + RIVALS)


def test_four_who_join_the_waiting_list_at_once_have_four_ranks():
    edition, rivals, team = nineteen_of_twenty()
    outcomes = race(*(partial(services.decide, row, State.WAITLISTED, by=team, now=boards.JURY, rank=1) for row in rivals))
    ranks = Application.objects.filter(edition=edition, state=State.WAITLISTED).values_list("waitlist_rank", flat=True)
    assert (outcomes, sorted(ranks)) == ([None] * RIVALS, [1, 2, 3, 4])


def test_a_group_act_and_single_decisions_at_once_never_pass_the_places():
    edition, rivals, team = nineteen_of_twenty()
    many = partial(services.decide_all, [row.pk for row in rivals[:2]], State.SELECTED, by=team, now=boards.JURY)
    race(many, *(partial(services.decide, row, State.SELECTED, by=team, now=boards.JURY) for row in rivals[2:]))
    assert held(edition) == 20
