"""« Publier les résultats »: everyone answered at once, once; undone until the letters leave (B4)."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine

from applications import services, standing
from applications.models import Application, ResultsRelease, Selection
from applications.services import releasing
from applications.states import State
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.models import Batch, Message
from mailing.states import State as LetterState
from mailing.tasks import deliver
from programmes.models import ChangeKind, Edition
from programmes.services import changes
from records.models import Act
from records.services import label_of
from tests.applications.factories import ANSWERS, ApplicationFactory, deposited, staff
from tests.applications.selecting import CONFIRM_BY, JURY, RELEASED, again, call, decided, letters, release, released

ALL = (State.SELECTED, State.SELECTED, State.WAITLISTED, State.DECLINED)


@pytest.fixture
def team(db):
    return staff(email="equipe@la27eregion.example", first_name="Claude")


def why(edition, now=JURY):
    return [obstacle.why for obstacle in releasing.looked_at(edition, now=now).obstacles]


def public_states(rows):
    return [again(row).public_state for row in rows]


# --- Told at once, once --------------------------------------------------------------------------------


def test_everyone_gets_the_one_letter_of_their_decision_ten_minutes_later(team):
    edition = call()
    rows = decided(edition, team, ALL)
    made = release(edition, team)
    assert made.counts == {"SELECTED": 2, "WAITLISTED": 1, "DECLINED": 1}
    assert [letters(row) for row in rows] == [
        ["applications.selected"], ["applications.selected"], ["applications.waitlisted"], ["applications.declined"],
    ]  # fmt: skip
    assert set(Message.objects.filter(batch=made.batch).values_list("due_at", flat=True)) == {RELEASED}
    assert Edition.objects.get(pk=edition.pk).results_released_at == RELEASED
    assert Act.objects.get(verb="résultats publiés").note == "2 retenues, 1 en liste d’attente, 1 non retenue"


def test_no_page_tells_before_the_letters_leave(team):
    edition = call()
    rows = decided(edition, team, ALL)
    release(edition, team)
    with time_machine.travel(RELEASED - timedelta(seconds=1), tick=False):
        assert public_states(rows) == [State.IN_REVIEW] * 4
    with time_machine.travel(RELEASED, tick=False):
        assert public_states(rows) == list(ALL)


def test_in_the_evening_the_letters_wait_for_the_morning_and_so_do_the_pages(team):
    edition = call()
    decided(edition, team, ALL)
    made = release(edition, team, at=datetime(2017, 9, 15, 19, tzinfo=PARIS))  # a Friday
    monday = datetime(2017, 9, 18, 8, tzinfo=PARIS)
    assert (made.batch.due_at, Edition.objects.get(pk=edition.pk).results_released_at) == (monday, monday)


def test_sent_now_the_pages_tell_now(team):
    edition = call()
    decided(edition, team, ALL)
    made = release(edition, team)
    soon = JURY + timedelta(minutes=1)
    batches.send_now(made.batch, by=team, now=soon)
    assert Edition.objects.get(pk=edition.pk).results_released_at == soon


def test_the_same_confirmation_twice_is_one_act_and_another_tab_is_told_who_was_faster(team):
    edition = call()
    decided(edition, team, ALL)
    first = release(edition, team, token="a")
    assert release(edition, team, token="a").pk == first.pk
    with pytest.raises(Refused, match="Les résultats sont déjà publiés") as refused:
        release(edition, team, token="b")
    assert "Claude" in str(refused.value)
    assert (
        Message.objects.filter(kind__startswith="applications.").exclude(kind="applications.received").count(),
        Batch.objects.count(),
    ) == (4, 1)


def test_undone_nobody_knows_anything_and_it_can_be_published_again(team):
    edition = call()
    rows = decided(edition, team, ALL)
    made = release(edition, team)
    undone = batches.undo(made.batch, by=team, now=JURY + timedelta(minutes=5))
    assert (undone.letters, ResultsRelease.objects.count()) == (4, 0)
    assert Edition.objects.get(pk=edition.pk).results_released_at is None
    services.decide(rows[3], State.WAITLISTED, by=team, now=JURY + timedelta(minutes=6))
    again_made = release(edition, team, at=JURY + timedelta(minutes=7))
    assert again_made.batch.letters.filter(state=LetterState.DUE).count() == 4
    assert letters(rows[3]) == ["applications.declined", "applications.waitlisted"]
    assert list(Message.objects.filter(kind="applications.declined").values_list("state", flat=True)) == [LetterState.VOID]


def test_once_the_letters_are_due_nothing_is_undone(team):
    edition = call()
    decided(edition, team, ALL)
    made = release(edition, team)
    with pytest.raises(Refused):
        batches.undo(made.batch, by=team, now=RELEASED)
    assert ResultsRelease.objects.count() == 1


# --- What stands in the way ------------------------------------------------------------------------------


def test_nothing_is_published_while_somebody_has_no_decision(team):
    edition = call()
    decided(edition, team, ALL)
    bare = deposited(edition=edition, state=State.IN_REVIEW)
    found = releasing.looked_at(edition, now=JURY).obstacles
    assert [(obstacle.why, list(obstacle.rows)) for obstacle in found] == [("1 personne n’a pas encore de décision.", [bare])]
    with pytest.raises(Refused, match="1 personne n’a pas encore de décision"):
        release(edition, team)
    assert Message.objects.filter(batch__isnull=False).count() == 0


def test_withdrawn_drafts_and_joined_files_wait_for_no_answer(team):
    edition = call()
    decided(edition, team, ALL)
    for state in (State.WITHDRAWN, State.DUPLICATE):
        deposited(edition=edition, state=state)
    assert release(edition, team).counts == {"SELECTED": 2, "WAITLISTED": 1, "DECLINED": 1}


@pytest.mark.parametrize(
    ("confirm_by", "told"),
    [
        (None, "La date avant laquelle une place se confirme n’est pas fixée."),
        (
            JURY + timedelta(minutes=9),
            "La date de confirmation, le 11\u00a0septembre 2017 à 10\u00a0h\u00a009, serait passée au départ des lettres.",
        ),
    ],
)
def test_nobody_is_asked_to_confirm_by_a_date_that_is_not_there(team, confirm_by, told):
    edition = call(confirm_by=confirm_by)
    decided(edition, team, ALL)
    assert why(edition) == [told]


def test_a_waiting_file_without_rank_and_a_personal_limit_that_runs_stand_in_the_way(team):
    edition = call()
    rows = decided(edition, team, ALL)
    Application.objects.filter(pk=rows[2].pk).update(waitlist_rank=None)
    services.give_late_link(edition, "delai@ville.example", until=JURY + timedelta(days=1), reason="panne", by=team, now=JURY)
    assert why(edition) == [
        "Sur la liste d’attente, il manque un rang.",
        "Un délai personnel court encore, jusqu’au 12\u00a0septembre 2017 à 10\u00a0h (delai@ville.example)\u00a0: "
        "attendez sa fin, ou reprenez-le.",
    ]


def test_neither_an_open_call_nor_one_called_off_nor_an_empty_one_is_published(team):
    edition = call()
    assert why(edition) == ["Aucune candidature n’est déposée\u00a0: il n’y a personne à qui répondre."]
    assert why(edition, now=edition.closes_at - timedelta(seconds=1)) == ["L’appel n’est pas encore clos."]
    edition.cancelled_at = JURY
    assert why(edition) == [releasing.ENDED]


def test_fewer_places_than_people_selected_stand_in_the_way(team):
    edition = call()
    decided(edition, team, ALL)
    Edition.objects.filter(pk=edition.pk).update(seats=1)
    assert why(Edition.objects.get(pk=edition.pk)) == ["2 personnes sont retenues pour 1 place."]


# --- Late changes ----------------------------------------------------------------------------------------


def test_a_late_change_is_one_letter_at_once_that_names_the_answer_it_replaces(team):
    edition = call()
    rows = released(edition, team, ALL)
    late = RELEASED + timedelta(hours=30)
    services.withdraw(rows[0], by=rows[0].applicant, now=late)
    services.decide(rows[3], State.WAITLISTED, by=team, now=late)
    letter = Message.objects.get(kind="applications.waitlisted", about=f"applications.application:{rows[3].pk}")
    assert (letter.due_at, "Cette lettre remplace notre réponse du 11\u00a0septembre 2017 à 10\u00a0h\u00a010." in letter.text) == (
        late,
        True,
    )
    services.decide(rows[3], State.WAITLISTED, by=team, now=late)
    assert letters(rows[3]) == ["applications.declined", "applications.waitlisted"]


def test_a_change_before_the_letters_leave_replaces_the_letter(team, mailoutbox):
    edition = call()
    rows = decided(edition, team, ALL)
    made = release(edition, team)
    services.decide(rows[0], State.DECLINED, by=team, now=JURY + timedelta(minutes=3))
    with time_machine.travel(RELEASED, tick=False):
        deliver()
    mine = Message.objects.filter(about=f"applications.application:{rows[0].pk}", batch=made.batch).order_by("pk")
    assert list(mine.values_list("kind", "state", "due_at")) == [
        ("applications.selected", LetterState.VOID, RELEASED),
        ("applications.declined", LetterState.SENT, RELEASED),
    ]


def test_a_reason_written_again_before_the_letters_leave_is_the_one_that_is_read(team):
    edition = call()
    rows = decided(edition, team, ALL)
    release(edition, team)
    services.decide(rows[3], State.DECLINED, by=team, now=JURY + timedelta(minutes=3), reason="trop loin de votre métier.", shared=True)
    alive = Message.objects.filter(about=f"applications.application:{rows[3].pk}", state=LetterState.DUE)
    assert [letter.kind for letter in alive if letter.kind != "applications.received"] == ["applications.declined"]
    assert "Ce que le jury souhaite vous en dire\u00a0: trop loin de votre métier." in alive.get(kind="applications.declined").text


def test_who_withdraws_before_the_letters_leave_gets_the_letter_of_that_alone(team, mailoutbox):
    edition = call()
    rows = decided(edition, team, ALL)
    release(edition, team)
    with time_machine.travel(JURY + timedelta(minutes=5), tick=False):
        services.withdraw(rows[0], by=rows[0].applicant, now=JURY + timedelta(minutes=5))
    with time_machine.travel(RELEASED, tick=False):
        deliver()
    mine = Message.objects.filter(about=f"applications.application:{rows[0].pk}").exclude(kind="applications.received").order_by("pk")
    assert list(mine.values_list("kind", "state")) == [
        ("applications.selected", LetterState.VOID),
        ("applications.withdrawn", LetterState.SENT),
    ]


# --- What the letters say --------------------------------------------------------------------------------


def test_what_each_letter_says(team):
    edition = call(seats=1, costs_label="Voyage et repas payés par votre administration.")
    rows = decided(edition, team, (State.SELECTED, State.WAITLISTED, State.DECLINED))
    services.decide(rows[2], State.DECLINED, by=team, now=JURY, reason="Une note interne.")
    Selection.objects.filter(edition=edition).update(confirm_by=CONFIRM_BY)
    release(edition, team)
    texts = {letter.kind: (letter.subject, letter.text) for letter in Message.objects.filter(batch__isnull=False)}
    subject, text = texts["applications.selected"]
    assert subject == f"À confirmer avant le 20\u00a0septembre 2017 à midi\u00a0: votre place, {edition.short_title}"
    assert f"/candidatures/{rows[0].reference}/confirmer/" in text
    assert "Qui paie quoi\u00a0: Voyage et repas" in text
    assert "au rang 1" in texts["applications.waitlisted"][0]
    assert "1 place" in texts["applications.waitlisted"][1]
    assert "Une note interne" not in texts["applications.declined"][1]
    assert "rang" not in texts["applications.declined"][1]


def test_three_hundred_answers_are_owed_in_a_few_queries(team, django_assert_max_num_queries):
    edition = call(seats=20)
    first = deposited(edition=edition, state=State.DECLINED)
    rows = [Application(edition=edition, applicant=None, email=f"p{n}@ville.example", state=State.DECLINED, reference=f"X-{n:04}",
                        started_at=JURY, first_name="Camille", last_name="Exemple") for n in range(299)]  # fmt: skip
    Application.objects.bulk_create(rows)
    with django_assert_max_num_queries(45):
        release(edition, team)
    assert Message.objects.filter(kind="applications.declined").count() == 300
    assert letters(first) == ["applications.declined"]


def test_who_is_selected_while_the_letters_wait_has_the_date_of_the_call_as_its_letter_says(team):
    edition = call()
    first, _ = decided(edition, team, (State.DECLINED, State.SELECTED))
    made = release(edition, team)
    services.decide(first, State.SELECTED, by=team, now=JURY + timedelta(minutes=2))
    assert again(first).confirm_by is None
    # Undone, put off, published again: nothing is left of the first date.
    batches.undo(Batch.objects.get(pk=made.batch_id), by=team, now=JURY + timedelta(minutes=3))
    Selection.objects.filter(edition=edition).update(confirm_by=CONFIRM_BY + timedelta(days=14))
    late = CONFIRM_BY + timedelta(days=2)
    release(edition, team, at=late)
    letter = Message.objects.filter(about=label_of(first), kind="applications.selected").exclude(state=LetterState.VOID).get()
    assert ("octobre" in letter.text, "septembre" in letter.text) == (True, False)
    assert standing.of(again(first), now=late + timedelta(days=1)).state == State.SELECTED


def test_undoing_leaves_nobody_a_date_of_their_own(team):
    edition = call()
    first, _ = decided(edition, team, (State.SELECTED, State.SELECTED))
    made = release(edition, team)
    Application.objects.filter(pk=first.pk).update(confirm_by=CONFIRM_BY)
    batches.undo(Batch.objects.get(pk=made.batch_id), by=team, now=JURY + timedelta(minutes=3))
    assert again(first).confirm_by is None


def test_a_date_of_ones_own_that_has_passed_stands_in_the_way(team):
    edition = call()
    first, _ = decided(edition, team, (State.SELECTED, State.SELECTED))
    Application.objects.filter(pk=first.pk).update(confirm_by=JURY + timedelta(minutes=10))
    assert [each.rows for each in releasing.looked_at(edition, now=JURY).obstacles] == [[again(first)]]
    with pytest.raises(Refused, match="propre à une personne"):
        release(edition, team)


def test_nothing_is_undone_once_somebody_said_yes(team):
    """The yes came at the second the letters left, the undoing was asked for a moment before."""
    edition = call()
    (first,) = decided(edition, team, (State.SELECTED,))
    batch = Batch.objects.get(pk=release(edition, team).batch_id)
    services.accept_place(first, by=first.applicant or team, now=RELEASED)
    with pytest.raises(Refused, match="déjà répondu"):
        batches.undo(batch, by=team, now=RELEASED - timedelta(milliseconds=1))
    assert Edition.objects.get(pk=edition.pk).results_released_at == RELEASED


def test_a_call_is_not_reopened_while_its_results_wait_to_leave(team):
    """Asked for in the evening, the letters leave in the morning: who would deposit meanwhile would never be answered."""
    edition = call()
    decided(edition, team, (State.SELECTED,))
    made = release(edition, team, at=JURY.replace(hour=19, minute=30))
    later = JURY.replace(hour=21)
    move = changes.reopening({"closes_at": JURY + timedelta(days=3)}, "Une panne.")
    with pytest.raises(Refused, match="annulez-la d’abord"):
        changes.rehearse(edition, move, now=later)
    batches.undo(Batch.objects.get(pk=made.batch_id), by=team, now=later)
    announcement, _ = changes.rehearse(edition, move, now=later)
    assert announcement.kind == ChangeKind.REOPENED


def test_nothing_is_deposited_to_a_call_whose_results_are_out(team):
    edition = call()
    decided(edition, team, (State.SELECTED,))
    release(edition, team)
    Edition.objects.filter(pk=edition.pk).update(closes_at=JURY + timedelta(days=3))
    draft = ApplicationFactory(edition=Edition.objects.get(pk=edition.pk))
    with pytest.raises(services.Closed):
        services.submit(draft, dict(ANSWERS), by=draft.applicant, now=JURY + timedelta(days=2))
    assert again(draft).state == State.DRAFT


def ranks_said(*rows):
    """The rank of each, and the one that the letter about to leave says."""
    waiting = Message.objects.filter(kind="applications.waitlisted", state=LetterState.DUE)
    said = [[int(n) for n in re.findall(r"rang[\u00a0 ](\d)", waiting.get(about=label_of(row)).text)] for row in rows]
    return [(again(row).waitlist_rank, ranks) for row, ranks in zip(rows, said, strict=True)]


def test_ranks_that_move_before_the_letters_leave_are_those_that_the_letters_say(team):
    edition = call(seats=1)
    _, first, second, third = decided(edition, team, (State.SELECTED, *[State.WAITLISTED] * 3))
    made = release(edition, team)
    at = JURY + timedelta(minutes=1)
    services.rank(third, 1, by=team, now=at)
    assert ranks_said(first, second, third) == [(2, [2]), (3, [3]), (1, [1])]
    services.rank(third, 3, by=team, now=at)
    services.decide(again(second), State.DECLINED, by=team, now=at)
    assert ranks_said(first, third) == [(1, [1]), (2, [2])]
    services.withdraw(again(first), by=first.applicant or team, now=at)
    assert ranks_said(third) == [(1, [1])]
    batches.undo(Batch.objects.get(pk=made.batch_id), by=team, now=at)
    assert Message.objects.filter(state=LetterState.DUE, kind="applications.waitlisted").count() == 0
    release(edition, team, at=JURY + timedelta(minutes=2))
    assert ranks_said(third) == [(1, [1])]
