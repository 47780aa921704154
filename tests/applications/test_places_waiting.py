"""What waits for the team among results and places; what the timeline says; what a change of the call does to offers and places."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from applications import places_waiting, services
from applications.models import Application, Offer
from applications.services import places
from applications.states import Ending, State
from mailing import batches
from mailing.batches import open_batch
from mailing.models import Message
from mailing.states import State as LetterState
from programmes.models import Edition
from programmes.services import changes
from tests.applications.factories import deposited, staff
from tests.applications.selecting import CONFIRM_BY, JURY, RELEASED, THREE_DAYS, again, call, decided, open_offers, released
from tests.programmes.factories import PhaseFactory

pytestmark = pytest.mark.django_db
THREE = (State.SELECTED, State.SELECTED, State.WAITLISTED)
AFTER = RELEASED + timedelta(hours=2)


@pytest.fixture
def team():
    return staff(email="equipe@la27eregion.example")


def waits(now):
    return [(each.label.partition("\u00a0: ")[2], each.count, each.url) for each in places_waiting.waiting(now) if each.count]


def page(name, edition):
    return reverse(f"admin:applications_application_board_{name}", args=[edition.pk])


def withdraw(row, now=AFTER):
    with time_machine.travel(now, tick=False):
        services.withdraw(again(row), by=row.applicant, now=now)


# --- What waits ---------------------------------------------------------------------------------------------


def test_results_wait_once_everything_is_decided_and_no_more_once_published(team):
    edition = call()
    decided(edition, team, THREE)
    other = deposited(edition=edition, state=State.IN_REVIEW)
    assert waits(JURY) == []
    services.decide(other, State.DECLINED, by=team, now=JURY)
    assert waits(JURY) == [("tout est décidé, résultats à publier", 4, page("release", edition))]
    services.release(edition, by=team, now=JURY, token="a")
    assert (waits(JURY), waits(AFTER)) == ([], [])


def test_free_places_that_nobody_can_take_wait(team):
    edition = call(seats=4)
    released(edition, team, (State.SELECTED, State.SELECTED, State.DECLINED))
    assert waits(AFTER) == [("places libres que personne n’attend", 2, page("places", edition))]
    Edition.objects.update(cancelled_at=AFTER)
    assert waits(AFTER) == []


def test_people_whose_answer_did_not_reach_them_wait_until_somebody_tells_them(team):
    edition = call(seats=2)
    rows = released(edition, team, THREE)
    Message.objects.filter(kind="applications.waitlisted").update(state=LetterState.FAILED)
    assert waits(AFTER) == [("personne que sa réponse n’a pas atteinte", 1, page("places", edition))]
    services.told_otherwise(rows[2], by=team, now=AFTER, note="Au téléphone.")
    assert waits(AFTER) == []


def test_with_nothing_to_do_two_questions_are_asked(django_assert_num_queries):
    call()
    with django_assert_num_queries(2):
        assert waits(AFTER) == []


# --- The timeline ------------------------------------------------------------------------------------------


def test_places_that_lapse_and_offers_that_end_are_told_before(team):
    edition = call()
    rows = released(edition, team, THREE)
    withdraw(rows[0])
    found = list(places_waiting.planned(AFTER, CONFIRM_BY + timedelta(days=1)))
    assert [(each.at, each.act, each.count, list(each.names())) for each in found] == [
        (CONFIRM_BY, "libéré", 1, ["Camille Exemple"]),
        (AFTER + THREE_DAYS, "libéré", 1, ["Camille Exemple"]),
    ]
    assert list(places_waiting.planned(CONFIRM_BY + timedelta(seconds=1), CONFIRM_BY + timedelta(days=9))) == []


# --- A call that changes ------------------------------------------------------------------------------------


def moved(edition, move, team, now):
    batch = open_batch("Changement", by=team, now=now, about=edition, undo=changes.UNDO)
    changes.carry_out(Edition.objects.get(pk=edition.pk), move, batch=batch, by=team, now=now)
    return batch


def test_called_off_nothing_is_offered_and_undone_the_same_offer_stands(team):
    edition = call()
    rows = released(edition, team, THREE)
    withdraw(rows[0])
    batch = moved(edition, changes.cancelling("Faute de budget."), team, AFTER)
    assert (open_offers(edition, AFTER), Offer.objects.get().ending) == ([], Ending.CLOSED)
    places.settle(Edition.objects.get(pk=edition.pk), AFTER)
    assert Offer.objects.count() == 1
    batches.undo(batch, by=team, now=AFTER + timedelta(minutes=5))
    (offer,) = open_offers(edition, AFTER)
    assert (offer.application_id, offer.until, offer.ending) == (rows[2].pk, AFTER + THREE_DAYS, "")
    assert Message.objects.filter(kind="applications.offer").count() == 1


def test_postponed_whoever_is_offered_a_place_has_72_hours_to_think_again(team):
    edition = call()
    phase = PhaseFactory(edition=edition, starts_on=date(2017, 10, 3))
    rows = released(edition, team, THREE)
    withdraw(rows[0])
    later = AFTER + timedelta(hours=48)
    moved(edition, changes.postponing({}, {phase.pk: {"starts_on": date(2017, 10, 10)}}, "Grève."), team, later)
    assert [offer.until for offer in open_offers(edition, later)] == [later + THREE_DAYS]


def test_the_letter_of_an_offer_taken_back_does_not_leave(team):
    edition = call()
    rows = released(edition, team, THREE)
    withdraw(rows[0])
    moved(edition, changes.cancelling("Faute de budget."), team, AFTER)
    letter = Message.objects.get(kind="applications.offer")
    with time_machine.travel(AFTER, tick=False):
        assert letter.letter.still_due(letter) is False


# --- Places that staff change ---------------------------------------------------------------------------------


@pytest.fixture
def colleague(client, settings, monkeypatch, team):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "accounts.middleware.SecondFactorMiddleware"]
    monkeypatch.setattr(User, "factor_shown", True, raising=False)
    client.force_login(team, backend="accounts.backends.RoleBackend")
    return team


@pytest.mark.parametrize(("seats", "refused"), [(1, "2 places sont déjà tenues"), (2, ""), (4, "")])
def test_a_call_cannot_offer_fewer_places_than_are_held(team, seats, refused):
    edition = call(seats=3)
    rows = released(edition, team, THREE)
    withdraw(rows[0])  # one selected, one offered
    assert changes.refused_seats(Edition.objects.get(pk=edition.pk), seats, now=AFTER).startswith(refused) is True
    assert bool(changes.refused_seats(Edition.objects.get(pk=edition.pk), seats, now=AFTER)) is bool(refused)


def test_the_form_of_the_call_says_it_beside_the_field(client, colleague):
    edition = call(seats=2)
    released(edition, colleague, THREE)
    with time_machine.travel(AFTER, tick=False):
        page = client.get(reverse("admin:programmes_edition_change", args=[edition.pk]))
        form = page.context["adminform"].form
        data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        typed = {name: value for name, value in data.items() if value is not None} | {"seats": "1"}
        for formset in page.context["inline_admin_formsets"]:
            prefix = formset.formset.prefix
            typed |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
        answer = client.post(reverse("admin:programmes_edition_change", args=[edition.pk]), typed)
    assert "2 places sont déjà tenues" in answer.content.decode().replace("\u00a0", " ")
    assert Edition.objects.get(pk=edition.pk).seats == 2


def test_more_places_go_to_the_waiting_list(team):
    edition = call()
    rows = released(edition, team, THREE)
    Edition.objects.update(seats=3)
    places.settle(edition, AFTER)
    assert [offer.application_id for offer in open_offers(edition, AFTER)] == [rows[2].pk]
    assert Application.objects.filter(edition=edition).holding_a_seat(now=AFTER).count() == 3
