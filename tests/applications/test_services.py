"""The verbs: begin, type, deposit, withdraw, delete, accept late. Corners first."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from applications import services
from applications.models import Application, Step
from applications.services import Closed, Stale, Typing
from applications.states import State
from core.clock import PARIS
from core.refusals import Refused
from mailing.models import Message
from records.models import Act
from tests.applications.factories import ANSWERS, NOON, OPEN, TYPED, ApplicationFactory, UserFactory, deposited, staff
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db


def typing(revision=0, tab="a", asked=False, **changes):
    return Typing({**TYPED, **changes}, revision=revision, tab=tab, asked=asked)


def letters():
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


# --- Typing --------------------------------------------------------------------------------------


def test_nothing_is_stored_before_the_first_keystroke():
    empty = Typing(dict.fromkeys(TYPED, ""))
    assert services.save_typing(EditionFactory(), empty, by=UserFactory(), now=OPEN) is None
    assert Application.objects.count() == 0


def test_the_first_keystroke_begins_the_draft():
    person, edition = UserFactory(), EditionFactory()
    draft = services.save_typing(edition, typing(), by=person, now=OPEN)
    assert (draft.state, draft.typed, draft.revision, draft.started_at, draft.reference) == (State.DRAFT, TYPED, 1, OPEN, None)
    assert letters() == []


def test_what_is_typed_stays_as_typed_and_the_revision_grows():
    draft = ApplicationFactory()
    kept = services.save_typing(draft.edition, typing(revision=1, motivation="  Autre\n\n"), by=draft.applicant, now=OPEN)
    assert (kept.typed["motivation"], kept.revision, kept.saved_at) == ("  Autre\n\n", 2, OPEN)


def test_a_stale_tab_overwrites_nothing():
    draft = ApplicationFactory(typed_tab="a", revision=5)
    with pytest.raises(Stale):
        services.save_typing(draft.edition, typing(revision=4, tab="b", job="Autre"), by=draft.applicant, now=OPEN)
    with pytest.raises(Stale):
        services.save_typing(draft.edition, typing(revision=4, tab="b", job="Autre", asked=True), by=draft.applicant, now=OPEN)
    draft.refresh_from_db()
    assert (draft.typed, draft.revision) == (TYPED, 5)


def test_the_same_text_sent_twice_is_saved_once_and_refused_never():
    draft = ApplicationFactory(revision=5)
    kept = services.save_typing(draft.edition, typing(revision=2, tab="b"), by=draft.applicant, now=OPEN)
    assert kept.revision == 5


def test_a_button_pressed_while_its_own_tab_saves_wins():
    draft = ApplicationFactory(typed_tab="a", revision=5)
    kept = services.save_typing(draft.edition, typing(revision=4, job="Autre", asked=True), by=draft.applicant, now=OPEN)
    assert (kept.typed["job"], kept.revision) == ("Autre", 6)


def test_a_late_autosave_of_the_same_tab_does_not_undo_a_newer_text():
    draft = ApplicationFactory(typed_tab="a", revision=5)
    with pytest.raises(Stale):
        services.save_typing(draft.edition, typing(revision=4, job="Ancien"), by=draft.applicant, now=OPEN)


def test_typing_is_kept_after_the_deadline_as_long_as_drafts_are():
    edition, person = EditionFactory(), UserFactory()
    kept = services.save_typing(edition, typing(), by=person, now=NOON)
    assert kept.state == State.DRAFT
    with pytest.raises(Closed):
        services.save_typing(edition, typing(), by=UserFactory(), now=NOON + timedelta(days=30))


def test_typing_is_refused_before_the_opening():
    with pytest.raises(Refused, match="pas encore ouvert"):
        services.save_typing(EditionFactory(), typing(), by=UserFactory(), now=datetime(2017, 7, 3, 8, 59, 59, tzinfo=PARIS))


def test_a_text_longer_than_any_honest_one_is_refused_in_words():
    with pytest.raises(Refused, match="trop long"):
        services.save_typing(EditionFactory(), typing(motivation="a" * 20_001), by=UserFactory(), now=OPEN)
    kept = services.save_typing(EditionFactory(), typing(motivation="a" * 20_000), by=UserFactory(), now=OPEN)
    assert len(kept.typed["motivation"]) == 20_000


def test_an_application_in_review_is_not_typed_in():
    application = deposited(state=State.IN_REVIEW)
    with pytest.raises(Refused, match="en examen"):
        services.save_typing(application.edition, typing(revision=9, job="Autre"), by=application.applicant, now=OPEN)


def test_one_application_per_person_and_call_by_constraint():
    draft = ApplicationFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationFactory(edition=draft.edition, applicant=draft.applicant)


# --- Depositing ----------------------------------------------------------------------------------


def test_a_deposit_gives_a_reference_a_copy_and_a_letter():
    draft = ApplicationFactory(edition=EditionFactory(reference_prefix="AV17"))
    step = services.submit(draft, dict(ANSWERS), by=draft.applicant, now=OPEN)
    draft.refresh_from_db()
    assert (draft.state, draft.reference, draft.submitted_at, draft.deposited_at) == (State.SUBMITTED, "AV17-0001", OPEN, OPEN)
    assert (draft.answers, draft.typed) == (ANSWERS, {})
    assert (step.at, step.by_name, step.answers) == (OPEN, "Camille Exemple", {"email": draft.applicant.email, **ANSWERS})
    letter = Message.objects.get()
    assert letter.subject == f"Candidature déposée\u00a0: AV17-0001, {draft.edition.short_title}"
    assert (letter.to, letter.key, letter.about) == (
        draft.applicant.email,
        f"step:{step.pk}:received",
        f"applications.application:{draft.pk}",
    )
    assert "bibliothécaire" in letter.text
    assert "10\u00a0h\u00a000\u00a0min\u00a000\u00a0s" in letter.text


def test_numbers_follow_each_other_in_a_call_and_a_refusal_leaves_no_gap():
    edition = EditionFactory(reference_prefix="AV17")
    first = deposited(edition=edition)
    with pytest.raises(Refused):
        services.submit(ApplicationFactory(edition=edition), {**ANSWERS, "job": ""}, by=first.applicant, now=OPEN)
    second = deposited(edition=edition)
    assert [first.reference, second.reference] == ["AV17-0001", "AV17-0002"]


def test_a_deposit_undone_leaves_no_gap():
    edition = EditionFactory(reference_prefix="AV17")
    draft = ApplicationFactory(edition=edition)
    with transaction.atomic():
        services.submit(draft, dict(ANSWERS), by=draft.applicant, now=OPEN)
        transaction.set_rollback(True)
    assert deposited(edition=edition).reference == "AV17-0001"
    assert len(letters()) == 1


def test_a_deposit_without_change_is_the_one_already_made():
    application = deposited()
    again = services.submit(application, dict(ANSWERS), by=application.applicant, now=OPEN + timedelta(hours=1))
    assert (Step.objects.count(), again.at, letters()) == (1, OPEN, ["applications.received"])


def test_a_second_click_that_comes_after_noon_still_gives_the_receipt():
    application = deposited(at=NOON - timedelta(seconds=1))
    assert services.submit(application, dict(ANSWERS), by=application.applicant, now=NOON).at == NOON - timedelta(seconds=1)


def test_a_changed_deposit_keeps_the_reference_every_version_and_gives_a_second_receipt():
    application = deposited()
    later = OPEN + timedelta(hours=1)
    services.submit(application, {**ANSWERS, "job": "juriste"}, by=application.applicant, now=later)
    changed = Application.objects.get()
    assert (changed.reference, changed.job, changed.submitted_at, changed.deposited_at) == (application.reference, "juriste", OPEN, later)
    assert [step.answers["job"] for step in changed.steps.all()] == ["bibliothécaire", "juriste"]
    assert letters() == ["applications.received", "applications.received_again"]


def test_what_is_typed_after_the_deposit_leaves_the_deposit_alone():
    application = deposited()
    kept = services.save_typing(application.edition, typing(revision=2, job="juriste"), by=application.applicant, now=OPEN)
    assert (kept.answers["job"], kept.draft["job"], kept.has_changes, kept.state) == ("bibliothécaire", "juriste", True, State.SUBMITTED)
    back = services.save_typing(application.edition, typing(revision=3), by=application.applicant, now=OPEN)
    assert (back.typed, back.has_changes) == ({}, False)


def test_a_text_that_changed_since_it_was_read_over_is_not_deposited():
    draft = ApplicationFactory(revision=3)
    with pytest.raises(Stale):
        services.submit(draft, dict(ANSWERS), by=draft.applicant, now=OPEN, revision=2)
    assert (Application.objects.get().state, letters()) == (State.DRAFT, [])


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_may_be_missing(name):
    draft = ApplicationFactory()
    with pytest.raises(Refused, match="Il manque"):
        services.submit(draft, {**ANSWERS, name: ""}, by=draft.applicant, now=OPEN)


def test_eleven_lines_are_refused_and_the_call_says_how_many_it_takes():
    draft = ApplicationFactory(edition=EditionFactory(motivation_lines=3))
    with pytest.raises(Refused, match="4 lignes"):
        services.submit(draft, {**ANSWERS, "motivation": "a\n" * 4}, by=draft.applicant, now=OPEN)
    services.submit(draft, {**ANSWERS, "motivation": "a\n" * 3}, by=draft.applicant, now=OPEN)
    assert letters() == ["applications.received"]


# The 2017 deadline; the day clocks go forward, at an hour that does not exist until 3; the day they go back, at an hour that comes twice.
DEADLINES = [
    NOON,
    datetime(2027, 3, 28, 3, 0, tzinfo=PARIS),
    datetime(2027, 10, 31, 2, 30, fold=0, tzinfo=PARIS),
    datetime(2027, 10, 31, 2, 30, fold=1, tzinfo=PARIS),
]


@pytest.mark.parametrize("closes_at", DEADLINES, ids=str)
def test_sixty_posts_around_the_deadline_none_after_and_all_before(closes_at):
    closes_at = closes_at.astimezone(ZoneInfo("UTC"))
    edition = EditionFactory(closes_at=closes_at, ends_on=date(2028, 1, 1))
    outcomes = []
    for tenth in range(-30, 30):
        draft = ApplicationFactory(edition=edition)
        now = (closes_at + timedelta(seconds=tenth / 10)).astimezone(PARIS)
        try:
            services.submit(draft, dict(ANSWERS), by=draft.applicant, now=now)
            outcomes.append(True)
        except Closed:
            outcomes.append(False)
    assert outcomes == [True] * 30 + [False] * 30


# --- Withdrawing, resuming, deleting, accepting late ---------------------------------------------


def test_a_withdrawal_needs_no_reason_tells_once_and_twice_is_once():
    application = deposited()
    services.withdraw(application, by=application.applicant, now=OPEN)
    services.withdraw(application, by=application.applicant, now=OPEN)
    assert [step.to_state for step in application.steps.all()] == [State.SUBMITTED, State.WITHDRAWN]
    assert letters() == ["applications.received", "applications.withdrawn"]


def test_a_withdrawn_application_is_resumed_under_the_same_reference_until_the_deadline():
    application = deposited()
    services.withdraw(application, by=application.applicant, now=OPEN, reason="Changement de poste\x00")
    assert application.steps.last().note == "Changement de poste"
    with pytest.raises(Closed):
        services.submit(application, dict(ANSWERS), by=application.applicant, now=NOON)
    services.submit(application, dict(ANSWERS), by=application.applicant, now=NOON - timedelta(seconds=1))
    resumed = Application.objects.get()
    assert (resumed.state, resumed.reference) == (State.SUBMITTED, application.reference)
    assert letters() == ["applications.received", "applications.withdrawn", "applications.received_again"]


def test_typing_in_a_withdrawn_application_leaves_it_withdrawn():
    application = deposited(state=State.WITHDRAWN)
    kept = services.save_typing(application.edition, typing(revision=2, job="juriste"), by=application.applicant, now=OPEN)
    assert kept.state == State.WITHDRAWN


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.SELECTED, State.WAITLISTED, State.DECLINED])
def test_before_the_release_a_withdrawal_tells_nothing_of_the_decision(state):
    application = deposited(state=state)
    assert application.public_state == State.IN_REVIEW
    services.withdraw(application, by=application.applicant, now=NOON)
    assert Application.objects.get().state == State.WITHDRAWN


def test_once_told_that_it_was_not_chosen_there_is_nothing_to_withdraw():
    application = deposited(state=State.DECLINED, edition=EditionFactory(results_released_at=NOON))
    assert application.public_state == State.DECLINED
    with pytest.raises(Refused, match="plus rien à retirer"):
        services.withdraw(application, by=application.applicant, now=NOON)


def test_a_draft_is_not_withdrawn_and_a_deposit_is_not_deleted():
    draft, application = ApplicationFactory(), deposited()
    with pytest.raises(Refused):
        services.withdraw(draft, by=draft.applicant, now=OPEN)
    with pytest.raises(Refused, match="elle peut être retirée"):
        services.delete_draft(application, by=application.applicant, now=OPEN)


def test_a_deleted_draft_leaves_nothing_and_may_be_begun_again():
    draft = ApplicationFactory()
    services.delete_draft(draft, by=draft.applicant, now=OPEN)
    assert Application.objects.count() == 0
    assert services.save_typing(draft.edition, typing(), by=draft.applicant, now=OPEN).revision == 1


def test_staff_alone_accept_late_with_a_reason_that_is_logged():
    draft, colleague = ApplicationFactory(), staff()
    with pytest.raises(Refused, match="Indiquez pourquoi"):
        services.accept_late(draft, dict(ANSWERS), by=colleague, now=NOON, note="  ")
    with pytest.raises(Refused, match="une fois l’appel clos"):
        services.accept_late(draft, dict(ANSWERS), by=colleague, now=OPEN, note="Panne")
    step = services.accept_late(draft, dict(ANSWERS), by=colleague, now=NOON, note="Panne de réseau")
    assert (step.at, step.by, step.note, step.application.state) == (NOON, colleague, "Panne de réseau", State.SUBMITTED)
    assert list(Act.objects.values_list("verb", "note")) == [("candidature acceptée hors délai", "Panne de réseau")]
    assert letters() == ["applications.received_late"]
