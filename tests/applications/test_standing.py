"""Where a file stands for its candidate: a waiting list that is closed is told so, once its letter has left (B5)."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from applications import gathering, services, standing
from applications.models import Application, Selection
from applications.states import State
from core.refusals import Refused
from tests.accounts.factories import sign_in
from tests.applications.factories import staff
from tests.applications.said import text
from tests.applications.selecting import RELEASED, again, call, released
from tests.applications.selections import CONFIRM_BY, chosen, told_call

pytestmark = pytest.mark.django_db
CLOSED = RELEASED + timedelta(hours=2)
TOLD = CLOSED + timedelta(minutes=10)


@pytest.fixture
def row():
    edition, team = call(seats=1), staff(email="equipe@la27eregion.example")
    chosen, waiting = released(edition, team, (State.SELECTED, State.WAITLISTED))
    Application.objects.filter(pk=chosen.pk).update(state=State.CONFIRMED)
    services.close_selection(edition, by=team, now=CLOSED)
    assert Selection.objects.get(edition=edition).closed_at == CLOSED
    return waiting


def test_a_closed_waiting_list_is_read_with_its_letter_and_not_before(row):
    before, after = (standing.of(again(row), now=now) for now in (CLOSED, TOLD))
    assert (before.is_over, before.rank, after.is_over, after.rank) == (False, 1, True, None)


def test_the_page_of_a_closed_list_says_what_the_letter_says_and_asks_nothing(client, row):
    with time_machine.travel(TOLD, tick=False):
        sign_in(client, User.objects.get(pk=row.applicant_id))
        page = text(client.get(row.get_absolute_url()))
        with pytest.raises(Refused, match="plus d’actualité"):
            services.ask_manager(again(row), "", by=row.applicant, now=TOLD)
    assert ("La liste d’attente est close" in page, "s’arrête là" in page) == (True, True)
    assert ("au rang" in page, "demander l’accord" in page, "Vous recevrez une lettre" in page) == (False, False, False)


def test_the_space_and_the_call_say_that_a_place_is_lost_at_the_second_of_its_date(client):
    held = chosen(told_call())
    sign_in(client, held.applicant)
    for at, label in ((CONFIRM_BY - timedelta(seconds=1), "retenue"), (CONFIRM_BY, State.LAPSED.label)):
        with time_machine.travel(at, tick=False):
            [(_, _, said)] = gathering.my_applications(client.get("/").wsgi_request, at)["applications"]
            link = gathering.act_on_call(held.edition, held.applicant, at)
        assert (said, label in link.note) == (label, True)
