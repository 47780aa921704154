"""The selected person's yes, their page in every state after the release, and the place that the clock takes back (B8)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from applications import services
from applications.deadlines import has_lapsed
from applications.models import Application, EmployerAgreement, Offer
from applications.services.confirming import NO_PLACE, TOO_LATE
from applications.states import Agreement, State
from core import clock
from core.refusals import Refused
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.applications.selections import AFTER, CONFIRM_BY, RELEASED, chosen, told_call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def call():
    return told_call()


def agreed(application, at=AFTER) -> EmployerAgreement:
    return EmployerAgreement.objects.create(
        application=application, asked_at=at, answered_at=at, answer=Agreement.RECEIVED, name="Dominique"
    )


def kinds(application):
    return list(Message.objects.filter(about=f"applications.application:{application.pk}").order_by("pk").values_list("kind", flat=True))


def yes(application, now=AFTER):
    return services.accept_place(application, by=application.applicant, now=now)


# --- The verb ---------------------------------------------------------------------------------------------


def test_a_yes_alone_is_kept_and_says_what_is_missing(call):
    row = chosen(call)
    yes(row)
    row.refresh_from_db()
    letter = Message.objects.get(kind="applications.place_accepted")
    assert (row.state, row.accepted_at) == (State.SELECTED, AFTER)
    assert ("l’accord de votre employeur" in letter.text, "votre oui" in letter.text) == (True, False)
    assert Act.objects.filter(verb="place acceptée").count() == 1


def test_a_yes_twice_is_once(call):
    row = chosen(call)
    yes(row)
    yes(row, AFTER + timedelta(hours=1))
    row.refresh_from_db()
    assert (row.accepted_at, kinds(row).count("applications.place_accepted")) == (AFTER, 1)


def test_a_yes_after_the_employers_word_confirms_at_once_with_one_letter(call):
    row = chosen(call)
    agreed(row)
    yes(row)
    row.refresh_from_db()
    assert (row.state, kinds(row)[-1], "applications.place_accepted" in kinds(row)) == (
        State.CONFIRMED,
        "applications.place_confirmed",
        False,
    )
    assert row.steps.last().to_state == State.CONFIRMED


def test_the_letter_of_a_confirmed_place_carries_the_dates(call):
    from mailing.letters import KINDS

    row = chosen(call)
    agreed(row)
    yes(row)
    letter = Message.objects.get(kind="applications.place_confirmed")
    [dates] = KINDS[letter.kind].attach(letter)
    assert (dates.mimetype, dates.name.endswith("-dates.ics"), b"BEGIN:VEVENT" in dates.content) == ("text/calendar", True, True)


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.WAITLISTED, State.DECLINED, State.WITHDRAWN, State.LAPSED])
def test_nobody_else_has_a_place_to_confirm(call, state):
    with pytest.raises(Refused):
        yes(chosen(call, state))


def test_before_the_release_a_yes_tells_nothing(call):
    row = chosen(call)
    with time_machine.travel(RELEASED - timedelta(seconds=1), tick=False), pytest.raises(Refused) as refused:
        yes(row, clock.now())
    assert str(refused.value) == NO_PLACE


def test_the_second_of_the_date_is_too_late_and_the_one_before_is_not(call):
    early, late = chosen(call), chosen(call)
    yes(early, CONFIRM_BY - timedelta(seconds=1))
    with time_machine.travel(CONFIRM_BY, tick=False), pytest.raises(Refused) as refused:
        yes(late, CONFIRM_BY)
    assert str(refused.value) == TOO_LATE


def test_a_date_of_ones_own_counts_before_the_one_of_the_call(call):
    row = chosen(call, confirm_by=CONFIRM_BY + timedelta(days=7))
    assert (has_lapsed(row, CONFIRM_BY), has_lapsed(row, CONFIRM_BY + timedelta(days=7))) == (False, True)
    yes(row, CONFIRM_BY)
    row.refresh_from_db()
    assert row.accepted_at == CONFIRM_BY


def test_a_yes_without_the_word_lapses_with_the_date_and_a_word_after_it_confirms_nothing(call):
    row = chosen(call, accepted_at=AFTER)
    agreed(row, CONFIRM_BY)
    assert services.confirmed_if_complete(row, CONFIRM_BY) is False
    row.refresh_from_db()
    assert row.state == State.SELECTED


# --- The pages ---------------------------------------------------------------------------------------------


def page(client, row, name="application"):
    client.force_login(row.applicant)
    answer = client.get(reverse(name, args=[row.reference]), follow=True)
    return " ".join(answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_page_of_a_selected_person_says_what_remains_and_until_when(client, call):
    text = page(client, chosen(call))
    assert [
        words in text
        for words in ("Votre candidature est retenue", "20 septembre 2017 à midi", "heure de Paris", "Guadeloupe", "Je confirme")
    ] == [True] * 5


def test_a_link_changes_nothing_before_the_button_is_pressed(client, call):
    row = chosen(call)
    client.get(reverse("application_confirm", args=[row.reference]))
    page(client, row, "application_confirm")
    row.refresh_from_db()
    assert row.accepted_at is None
    client.post(reverse("application_confirm", args=[row.reference]))
    row.refresh_from_db()
    assert row.accepted_at == AFTER


def test_a_stranger_finds_no_page_of_anybody(client, call):
    row = chosen(call)
    client.force_login(UserFactory())
    names = ["application_confirm", "application_place", "application_agreement", "application_agreement_paper"]
    assert [client.get(reverse(name, args=[row.reference])).status_code for name in names] == [404] * 4
    assert client.post(reverse("application_confirm", args=[row.reference])).status_code == 404


def test_every_state_has_its_page(client, call):
    said = {
        State.WAITLISTED: "Vous êtes en liste d’attente, au rang 1",
        State.CONFIRMED: "Votre place est confirmée",
        State.DECLINED: "n’a pas été retenue cette fois",
        State.LAPSED: "n’a pas été confirmée à temps",
        State.WITHDRAWN: "Vous avez retiré votre candidature",
    }
    assert {state: words in page(client, chosen(call, state)) for state, words in said.items()} == dict.fromkeys(said, True)


def test_before_the_release_every_decision_reads_in_review(client):
    call = told_call(results_released_at=AFTER + timedelta(minutes=10))
    states = (State.SELECTED, State.DECLINED, State.WAITLISTED)
    texts = [page(client, chosen(call, state, reason="Très bien", reason_shared=True)) for state in states]
    assert ["en examen" in text for text in texts] == [True] * 3
    told = ("retenue", "liste d’attente", "rang", "Très bien", "Je confirme")
    assert [word for text in texts for word in told if word in text] == []


def test_a_place_past_its_date_reads_lapsed_though_no_job_ran(client, call):
    row = chosen(call)
    with time_machine.travel(CONFIRM_BY, tick=False):
        text = page(client, row)
    row.refresh_from_db()
    assert ("n’a pas été confirmée à temps" in text, "Je confirme" in text, row.state) == (True, False, State.SELECTED)


def test_a_shared_reason_is_read_and_another_is_not(client, call):
    shared = chosen(call, State.DECLINED, reason="Revenez avec un projet.", reason_shared=True)
    kept = chosen(call, State.DECLINED, reason="Trop vague.", reason_shared=False)
    assert ("Revenez avec un projet." in page(client, shared), "Trop vague." in page(client, kept)) == (True, False)


def offered(call, **fields) -> tuple[Application, Offer]:
    row = chosen(call, State.WAITLISTED)
    return row, Offer.objects.create(application=row, **{"rank": 1, "at": AFTER, "until": AFTER + timedelta(hours=72), **fields})


def test_an_offer_is_taken_from_the_page(client, call):
    row, _ = offered(call)
    text = page(client, row)
    assert ("Je prends cette place" in text, "16 septembre 2017 à 10 h" in text) == (True, True)
    answer = client.post(reverse("application_place", args=[row.reference]), {"act": "take"}, follow=True)
    row.refresh_from_db()
    assert (row.state, row.accepted_at, "Cette place est à vous." in answer.content.decode()) == (State.SELECTED, AFTER, True)


def test_an_offer_is_left_from_the_page(client, call):
    row, _ = offered(call)
    client.force_login(row.applicant)
    client.post(reverse("application_place", args=[row.reference]), {"act": "leave"})
    row.refresh_from_db()
    assert row.state == State.WITHDRAWN


def test_an_offer_past_its_end_is_told_over_and_cannot_be_taken(client, call):
    row, offer = offered(call)
    with time_machine.travel(offer.until, tick=False):
        text = page(client, row)
        answer = client.post(reverse("application_place", args=[row.reference]), {"act": "take"}, follow=True).content.decode()
    row.refresh_from_db()
    assert ("L’offre est passée" in text, "Le délai est passé" in answer, row.accepted_at) == (True, True, None)


def test_the_history_says_the_result_at_the_moment_it_was_told(client, call):
    row = chosen(call)
    yes(row)
    text = page(client, row)
    assert ("Résultats publiés : retenue" in text, "mardi 12 septembre 2017 à 10 h" in text, "lundi 11 septembre" in text) == (
        True,
        True,
        False,
    )
