"""Moving what was announced: shown publicly, told once to the people concerned, undone for ten minutes."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.models import Grant, User
from accounts.roles import Role
from applications import services as applications
from applications.models import Step
from applications.states import State
from applications.tasks import remind_drafts
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.delivery import deliver
from mailing.letters import KINDS
from mailing.models import Batch, Message
from programmes import documents
from programmes.models import Change, ChangeKind, Edition, Interest
from programmes.services import changes, interest
from programmes.states import Status
from records.models import Act
from records.services import label_of
from tests.applications.factories import ANSWERS, ApplicationFactory, deposited, staff
from tests.patience import PATIENCE
from tests.programmes.factories import EditionFactory, PhaseFactory, SessionFactory, VenueFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 4, 10, tzinfo=PARIS)  # a Monday
NEW_DEADLINE = datetime(2017, 9, 15, 12, tzinfo=PARIS)
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _a_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def edition():
    edition = EditionFactory(short_title="Les Aventuriers 2017", slug="2017")
    PhaseFactory(edition=edition, title="Préparation", when_label="mi-septembre 2017", starts_on=None, sort_on=date(2017, 9, 15))
    return edition


@pytest.fixture
def colleague():
    return staff(email="equipe@la27eregion.example", first_name="Alix")


def moving(closes_at=NEW_DEADLINE):
    """What a save of the form does to the deadline."""

    def apply(row, now):
        row.closes_at = closes_at
        row.save()

    return changes.Move(ChangeKind.DATES, apply)


def fixing(day=date(2017, 9, 14), **fields):
    """What a save of the form does to the first phase."""

    def apply(row, now):
        phase = row.phases.order_by("pk")[0]
        phase.when_label, phase.starts_on = "", day
        for name, value in fields.items():
            setattr(phase, name, value)
        phase.save()

    return changes.Move(ChangeKind.DATES, apply)


def do(row, move, *, by, now=NOW):
    """Carry a move out as its screen does, in a batch."""
    batch = batches.open_batch("Essai", by=by, now=now, undo=changes.UNDO)
    people = changes.carry_out(row, move, batch=batch, by=by, now=now)
    row.refresh_from_db()
    return batch, people


def letters():
    return list(Message.objects.filter(kind__startswith="programmes.").order_by("pk"))


def told(batch):
    return sorted((letter.to, letter.kind) for letter in letters() if letter.batch_id == batch.pk)


# --- What is announced, and to whom -------------------------------------------------------------------


def test_a_moved_deadline_shows_old_and_new_and_tells_the_holders_of_drafts_once(edition, colleague):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    deposited(edition=edition, applicant__email="deposee@ville.example")
    batch, people = do(edition, moving(), by=colleague)
    change = Change.objects.get()
    assert (change.kind, change.fact, change.before, change.after) == (
        "DEADLINE",
        "Clôture",
        "vendredi 8\u00a0septembre 2017 à midi",
        "vendredi 15\u00a0septembre 2017 à midi",
    )
    assert told(batch) == [("brouillon@ville.example", "programmes.deadline_moved")]
    assert [person.left_out for person in people] == ["", "déjà déposée\u00a0: la clôture ne change rien pour elle"]


def test_the_letter_of_a_moved_deadline_says_both_dates_and_leads_to_the_form(edition, colleague):
    ApplicationFactory(edition=edition, applicant__first_name="Camille")
    do(edition, moving(), by=colleague)
    letter = letters()[0]
    assert letter.subject == "À déposer avant le 15\u00a0septembre 2017 à midi\u00a0: la clôture a changé, Les Aventuriers 2017"
    assert "Clôture\u00a0: vendredi 15\u00a0septembre 2017 à midi (c’était\u00a0: vendredi 8\u00a0septembre 2017" in letter.text
    assert edition.get_apply_url() in letter.text
    assert "vous avez un brouillon" in letter.text


def test_a_phase_that_becomes_exact_is_told_to_what_is_deposited_whatever_was_decided_in_secret(edition, colleague):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    for name, state in (
        ("deposee", State.SUBMITTED), ("examen", State.IN_REVIEW), ("retenue", State.SELECTED), ("non-retenue", State.DECLINED),
        ("retiree", State.WITHDRAWN), ("doublon", State.DUPLICATE),
    ):  # fmt: skip
        deposited(edition=edition, state=state, applicant__email=f"{name}@ville.example")
    batch, people = do(edition, fixing(), by=colleague)
    assert told(batch) == [
        (f"{name}@ville.example", "programmes.dates_changed") for name in ("deposee", "examen", "non-retenue", "retenue")
    ]
    assert [person.left_out for person in people if person.left_out] == [
        "brouillon\u00a0: seule la clôture le concerne",
        "candidature retirée",
        "doublon d’une autre candidature",
    ]
    assert [(change.kind, change.fact, change.before, change.after) for change in edition.changes.shown()] == [
        ("DATES", "Préparation (date)", "mi-septembre 2017", "jeudi 14\u00a0septembre 2017")
    ]


def test_once_results_are_out_whoever_was_declined_is_left_alone(edition, colleague):
    Edition.objects.filter(pk=edition.pk).update(closes_at=NOW - timedelta(days=20), results_released_at=NOW - timedelta(days=1))
    deposited(edition=edition, at=NOW - timedelta(days=30), state=State.DECLINED)
    selected = deposited(edition=edition, at=NOW - timedelta(days=30), state=State.SELECTED)
    edition.refresh_from_db()
    batch, _ = do(edition, fixing(), by=colleague)
    assert [to for to, _ in told(batch)] == [selected.applicant.email]


def test_several_changes_of_one_save_are_one_letter(edition, colleague):
    deposited(edition=edition)
    fixed = fixing(place_label="Halle civique (Paris)")
    batch, _ = do(edition, fixed, by=colleague)
    assert (Change.objects.count(), len(told(batch))) == (2, 1)
    assert letters()[0].text.count("\n- Préparation") == 2


def test_a_letter_carries_the_calendar_with_the_same_identity_and_a_higher_sequence(edition, colleague):
    deposited(edition=edition)
    before = {str(event["uid"]): event["sequence"] for event in Calendar.from_ical(documents.calendar(edition)).walk("VEVENT")}
    do(edition, moving(), by=colleague, now=NOW)
    do(edition, fixing(), by=colleague, now=NOW + TEN_MINUTES)
    letter = letters()[-1]
    file = letter.letter.attach(letter)[0]
    after = {str(event["uid"]): event["sequence"] for event in Calendar.from_ical(file.content).walk("VEVENT")}
    deadline = f"appel-{edition.pk}-cloture@localhost"
    assert (file.mimetype, file.name) == ("text/calendar", f"{edition.programme.slug}-2017-dates.ics")
    assert [uid.rpartition("@")[0] for uid in after] == [f"appel-{edition.pk}-cloture", f"phase-{edition.phases.get().pk}"]
    assert all(after[uid] > sequence for uid, sequence in before.items()), (deadline, before, after)


def test_nothing_is_announced_of_what_is_not_public(edition, colleague):
    Edition.objects.filter(pk=edition.pk).update(published_at=None)
    with pytest.raises(Refused, match="Rien n’est encore publié"):
        do(edition, moving(), by=colleague)
    assert (Change.objects.count(), letters()) == (0, [])


def test_the_same_dates_again_are_no_change(edition, colleague):
    with pytest.raises(Refused, match="Rien ne change"):
        do(edition, moving(edition.closes_at), by=colleague)


def test_a_rehearsal_tells_who_and_writes_nothing(edition):
    draft = ApplicationFactory(edition=edition)
    announcement, people = changes.rehearse(edition, moving(), now=NOW)
    edition.refresh_from_db()
    assert ([person.about for person in people], announcement.differences[0].label) == ([label_of(draft)], "Clôture")
    assert (edition.closes_at, Change.objects.count(), letters()) == (datetime(2017, 9, 8, 12, tzinfo=PARIS), 0, [])


def test_reminders_follow_the_new_deadline(edition, colleague):
    ApplicationFactory(edition=edition)
    with time_machine.travel(datetime(2017, 9, 6, 10, 5, tzinfo=PARIS), tick=False):
        remind_drafts()
    do(edition, moving(), by=colleague)
    for day in (6, 8, 13):
        with time_machine.travel(datetime(2017, 9, day, 10, 5, tzinfo=PARIS), tick=False):
            remind_drafts()
    keys = Message.objects.filter(kind="applications.draft_reminder").order_by("pk").values_list("key", flat=True)
    assert [key.split(":")[3:] for key in keys] == [
        ["20170908T100000Z", "20170906T080000Z"],
        ["20170915T100000Z", "20170908T080000Z"],
        ["20170915T100000Z", "20170913T080000Z"],
    ]


def test_the_act_is_kept_with_who_and_what(edition, colleague):
    do(edition, moving(), by=colleague)
    act = Act.objects.get(about=label_of(edition), verb="dates changées")
    assert (act.by_name, list(act.changes)) == (str(colleague), ["Clôture"])


def test_the_cost_of_an_act_does_not_grow_with_the_files(colleague):
    counts = []
    for files in (1, 3):
        edition = EditionFactory()
        ApplicationFactory.create_batch(files, edition=edition)
        with CaptureQueriesContext(connection) as queries:
            do(edition, moving(), by=colleague)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("becomes", [None, "en octobre"], ids=["gone", "fuzzy again"])
def test_a_phase_that_is_taken_away_leaves_calendars_with_the_letter_and_is_named_in_it(edition, colleague, becomes):
    phase = PhaseFactory(edition=edition, title="Restitution", starts_on=date(2017, 10, 5))
    deposited(edition=edition)
    dates = Calendar.from_ical(documents.calendar(edition)).walk("VEVENT")
    [before] = [event for event in dates if event["uid"].startswith(f"phase-{phase.pk}@")]

    def apply(row, now):
        mine = row.phases.filter(pk=phase.pk)
        return mine.update(starts_on=None, when_label=becomes) if becomes else mine.delete()

    batch, _ = do(edition, changes.Move(ChangeKind.DATES, apply), by=colleague)
    letter = batch.letters.get()
    [file] = KINDS[letter.kind].attach(letter)
    [after] = [event for event in Calendar.from_ical(file.content).walk("VEVENT") if event["uid"] == before["uid"]]
    assert (str(after["status"]), str(after["summary"])[:6], after["sequence"] > before["sequence"]) == ("CANCELLED", "Annulé", True)
    assert f"Restitution (date)\u00a0: {becomes or 'supprimé'} (c’était\u00a0: jeudi 5\u00a0octobre 2017)" in letter.text


# --- Postponed, cancelled, reopened -------------------------------------------------------------------


def test_a_postponed_call_tells_everybody_who_has_a_file(edition, colleague):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    deposited(edition=edition, applicant__email="deposee@ville.example")
    phase = edition.phases.get()
    dates = {phase.pk: {"starts_on": date(2017, 10, 5), "ends_on": None, "when_label": "", "sort_on": date(2017, 10, 5)}}
    batch, _ = do(edition, changes.postponing({"closes_at": NEW_DEADLINE}, dates, "Le lieu est fermé."), by=colleague)
    assert told(batch) == [("brouillon@ville.example", "programmes.postponed"), ("deposee@ville.example", "programmes.postponed")]
    assert {(change.kind, change.fact, change.reason) for change in edition.changes.shown()} == {
        ("POSTPONED", "Clôture", "Le lieu est fermé."),
        ("POSTPONED", "Préparation (date)", "Le lieu est fermé."),
    }


def test_a_cancelled_call_says_so_and_takes_nothing_any_more(edition, colleague, client):
    draft = ApplicationFactory(edition=edition)
    batch, _ = do(edition, changes.cancelling("Le partenaire se retire."), by=colleague)
    assert (edition.status(now=NOW), told(batch)) == (Status.CANCELLED, [(draft.applicant.email, "programmes.cancelled")])
    with pytest.raises(Refused):
        applications.submit(draft, dict(ANSWERS), by=draft.applicant, now=NOW)
    assert "Annulé" in client.get(edition.get_absolute_url()).content.decode()


def test_a_cancelled_call_reminds_nobody_and_accepts_nobody_late(edition, colleague):
    draft = ApplicationFactory(edition=edition)
    do(edition, changes.cancelling("Le partenaire se retire."), by=colleague)
    with time_machine.travel(datetime(2017, 9, 6, 10, 5, tzinfo=PARIS), tick=False):
        remind_drafts()
    assert Message.objects.filter(kind="applications.draft_reminder").count() == 0
    with pytest.raises(Refused, match="annulé"):
        applications.accept_late(draft, dict(ANSWERS), by=colleague, now=NOW, note="Une panne.")


def test_a_call_is_reopened_after_its_deadline(edition, colleague):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    deposited(edition=edition, applicant__email="deposee@ville.example")
    after = datetime(2017, 9, 11, 10, tzinfo=PARIS)
    move = changes.reopening({"closes_at": NEW_DEADLINE}, "Le serveur était en panne.")
    with time_machine.travel(after, tick=False):
        batch, _ = do(edition, move, by=colleague, now=after)
    assert edition.is_accepting(now=after)
    assert told(batch) == [("brouillon@ville.example", "programmes.reopened"), ("deposee@ville.example", "programmes.reopened_deposited")]


def test_a_reopening_says_to_each_what_may_still_be_edited_and_tells_no_decision(edition, colleague):
    after = datetime(2017, 9, 11, 10, tzinfo=PARIS)
    for state in (State.SUBMITTED, State.IN_REVIEW, State.SELECTED, State.WAITLISTED):
        deposited(edition=edition, state=state, applicant__email=f"{state.lower()}@ville.example")
    Message.objects.all().delete()
    with time_machine.travel(after, tick=False):
        do(edition, changes.reopening({"closes_at": NEW_DEADLINE}, "m"), by=colleague, now=after)
    texts = {letter.to.partition("@")[0]: re.sub(r"T\d+-\d{4}", "REF", letter.text) for letter in letters()}
    editable = "Vous pouvez la modifier jusqu’à la nouvelle clôture, le 15\u00a0septembre 2017 à midi."
    closed = "Elle est en examen et ne se modifie plus."
    assert {name: (editable in text, closed in text) for name, text in texts.items()} == {
        "submitted": (True, False),
        "in_review": (False, True),
        "selected": (False, True),
        "waitlisted": (False, True),
    }
    assert len({texts[name] for name in ("in_review", "selected", "waitlisted")}) == 1


@pytest.mark.parametrize(
    ("move", "now", "released", "words"),
    [
        (changes.reopening({"closes_at": NEW_DEADLINE}, "m"), NOW, None, "après sa clôture"),
        (changes.reopening({"closes_at": NEW_DEADLINE}, "m"), datetime(2017, 9, 12, tzinfo=PARIS), NOW + timedelta(days=7), "résultats"),
        (changes.reopening({"closes_at": NEW_DEADLINE}, "m"), datetime(2017, 9, 20, tzinfo=PARIS), None, "déjà passée"),
        (changes.postponing({"closes_at": NOW - timedelta(hours=1)}, {}, "m"), NOW, None, "déjà passée"),
        (changes.postponing({"closes_at": NEW_DEADLINE}, {}, "m"), datetime(2017, 9, 12, tzinfo=PARIS), None, "Rouvrir"),
        (changes.postponing({"opens_at": NOW + timedelta(days=1)}, {}, "m"), NOW, None, "déjà ouvert"),
        (changes.postponing({"ends_on": date(2017, 9, 1)}, {}, "m"), NOW, None, "finir avant la clôture"),
        (changes.cancelling("m"), datetime(2018, 9, 12, tzinfo=PARIS), None, "terminé"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(edition, colleague, move, now, released, words):
    Edition.objects.filter(pk=edition.pk).update(results_released_at=released)
    with pytest.raises(Refused, match=words):
        do(edition, move, by=colleague, now=now)
    assert (Change.objects.count(), letters()) == (0, [])


def test_what_is_cancelled_is_not_moved_again(edition, colleague):
    do(edition, changes.cancelling("m"), by=colleague)
    with pytest.raises(Refused, match="dupliquez"):
        do(edition, moving(), by=colleague, now=NOW + TEN_MINUTES)


def test_a_training_day_is_postponed_and_cancelled_too(colleague):
    day = SessionFactory(
        day=date(2017, 10, 3), published_at=NOW - timedelta(days=9), venue=VenueFactory(name="Halle civique", city="Paris")
    )
    do(day, changes.postponing({"day": date(2017, 10, 10), "starts_at": time(10)}, {}, "Salle prise."), by=colleague)
    assert [(change.fact, change.before, change.after) for change in day.changes.order_by("pk")] == [
        ("Date", "mardi 3\u00a0octobre 2017", "mardi 10\u00a0octobre 2017"),
        ("Horaires", "9\u00a0h\u00a0–\u00a018\u00a0h", "10\u00a0h\u00a0–\u00a018\u00a0h"),
    ]
    do(day, changes.cancelling("Trop peu d’inscrits."), by=colleague, now=NOW + TEN_MINUTES)
    assert (day.cancellation_reason, day.changes.shown()[0].kind) == ("Trop peu d’inscrits.", "CANCELLED")


# --- Undone -------------------------------------------------------------------------------------------


def test_undoing_puts_everything_back_and_no_letter_leaves(edition, colleague, mailoutbox):
    deposited(edition=edition)
    ApplicationFactory(edition=edition)
    Message.objects.all().delete()
    phase = edition.phases.get()
    dates = {phase.pk: {"starts_on": date(2017, 10, 5), "ends_on": None, "when_label": "", "sort_on": date(2017, 10, 5)}}
    batch, _ = do(edition, changes.postponing({"closes_at": NEW_DEADLINE, "results_label": "fin septembre"}, dates, "m"), by=colleague)
    later = NOW + timedelta(minutes=9)
    batches.undo(batch, by=colleague, now=later)
    edition.refresh_from_db()
    phase.refresh_from_db()
    assert (edition.closes_at, edition.results_label, edition.changed_at) == (
        datetime(2017, 9, 8, 12, tzinfo=PARIS),
        "mi-septembre 2017",
        later,
    )
    assert (phase.when_label, phase.starts_on, phase.sort_on) == ("mi-septembre 2017", None, date(2017, 9, 15))
    assert (list(edition.changes.shown()), {letter.state for letter in letters()}) == ([], {"VOID"})
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        deliver(clock=lambda: NOW + timedelta(hours=1))
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("note", "words"), [("", "Cet acte ne se défait plus"), ("Délai personnel jusqu’au 15\u00a0septembre 2017 à midi.", "")]
)
def test_an_extension_is_not_undone_once_somebody_deposited_in_it(edition, colleague, note, words):
    after = datetime(2017, 9, 11, 10, tzinfo=PARIS)
    batch, _ = do(edition, changes.reopening({"closes_at": NEW_DEADLINE}, "m"), by=colleague, now=after)
    draft, moment = ApplicationFactory(edition=edition), after + timedelta(minutes=2)
    Step.objects.create(application=draft, to_state=State.SUBMITTED, at=moment, by=draft.applicant, answers=dict(ANSWERS), note=note)
    told = ""
    try:
        batches.undo(batch, by=colleague, now=after + timedelta(minutes=4))
    except Refused as refusal:
        told = str(refusal)
    edition.refresh_from_db()
    batch.refresh_from_db()
    assert (words in told, edition.closes_at == NEW_DEADLINE, batch.undone_at is None) == (True, bool(words), bool(words))


def test_undoing_brings_back_a_phase_that_was_taken_away_and_takes_away_one_that_was_added(edition, colleague):
    gone = edition.phases.get()

    def swap(row, now):
        row.phases.all().delete()
        PhaseFactory(edition=row, title="Départ")

    batch, _ = do(edition, changes.Move(ChangeKind.DATES, swap), by=colleague)
    batches.undo(batch, by=colleague, now=NOW)
    assert [(phase.pk, phase.title, phase.when_label) for phase in edition.phases.all()] == [(gone.pk, "Préparation", "mi-septembre 2017")]


def test_a_cancellation_is_undone_within_ten_minutes_and_not_after(edition, colleague):
    batch, _ = do(edition, changes.cancelling("m"), by=colleague)
    with pytest.raises(Refused):
        batches.undo(batch, by=colleague, now=NOW + TEN_MINUTES)
    batches.undo(batch, by=colleague, now=NOW + TEN_MINUTES - timedelta(seconds=1))
    edition.refresh_from_db()
    assert (edition.cancelled_at, edition.cancellation_reason) == (None, "")


def test_what_somebody_wrote_again_since_is_not_undone(edition, colleague):
    batch, _ = do(edition, moving(), by=colleague)
    Edition.objects.filter(pk=edition.pk).update(closes_at=NEW_DEADLINE + timedelta(days=1))
    with pytest.raises(Refused, match="changé de nouveau"):
        batches.undo(batch, by=colleague, now=NOW)
    edition.refresh_from_db()
    assert edition.closes_at == NEW_DEADLINE + timedelta(days=1)


def test_one_announcement_at_a_time(edition, colleague):
    ApplicationFactory(edition=edition)
    do(edition, moving(), by=colleague)
    with pytest.raises(Refused, match="attendez leur départ"):
        do(edition, changes.cancelling("m"), by=colleague, now=NOW + timedelta(minutes=1))
    do(edition, changes.cancelling("m"), by=colleague, now=NOW + TEN_MINUTES)
    assert [letter.kind for letter in letters()] == ["programmes.deadline_moved", "programmes.cancelled"]


def test_a_letter_that_is_no_longer_true_does_not_leave(edition, colleague):
    ApplicationFactory(edition=edition)
    do(edition, moving(), by=colleague)
    do(edition, changes.cancelling("m"), by=colleague, now=NOW + TEN_MINUTES)
    first, last = letters()
    assert (first.letter.still_due(first), last.letter.still_due(last)) == (False, True)


def test_a_date_moved_twice_is_told_by_the_last_letter(edition, colleague):
    ApplicationFactory(edition=edition)
    do(edition, moving(), by=colleague)
    do(edition, moving(NEW_DEADLINE + timedelta(days=7)), by=colleague, now=NOW + TEN_MINUTES)
    first, last = letters()
    assert (first.letter.overtaken(first), last.letter.overtaken(last)) == ("Ces dates ont encore changé depuis.", "")


# --- Races --------------------------------------------------------------------------------------------


def _at_once(edition, by):
    def act(move):
        batch = batches.open_batch("Essai", by=by, now=NOW, undo=changes.UNDO)
        return changes.carry_out(edition, move, batch=batch, by=by, now=NOW)

    return race(partial(act, moving()), partial(act, changes.cancelling("m")))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_of_two_changes_at_once_one_is_told(attempt, edition, colleague):
    ApplicationFactory(edition=edition)
    outcomes = _at_once(edition, colleague)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "list"]
    assert (len(letters()), len({change.at for change in Change.objects.order_by("pk")})) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_be_told(edition, colleague, monkeypatch):
    together = Barrier(2, timeout=PATIENCE)
    refuse = changes._refuse_unless_announced

    def look(row, *, now):
        refuse(row, now=now)
        together.wait()

    monkeypatch.setattr(changes, "_locked", lambda row: type(row).objects.select_related("programme").get(pk=row.pk))
    monkeypatch.setattr(changes, "_refuse_unless_announced", look)
    ApplicationFactory(edition=edition)
    outcomes = _at_once(edition, colleague)
    assert ([type(outcome).__name__ for outcome in outcomes], len(letters())) == (["list", "list"], 2)


# --- In the admin -------------------------------------------------------------------------------------


@pytest.fixture
def door(client, monkeypatch, colleague):
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
    monkeypatch.setattr("mailing.groupacts.ask_factor", lambda _request: None)
    client.force_login(User.objects.get(pk=colleague.pk), backend="accounts.backends.RoleBackend")
    return client


def typed(edition, **fields):
    """What a browser posts of the form of a call."""
    phases = list(edition.phases.order_by("sort_on", "pk"))
    posted = {
        "phases-TOTAL_FORMS": str(len(phases)), "phases-INITIAL_FORMS": str(len(phases)), "phases-MIN_NUM_FORMS": "0",
        "phases-MAX_NUM_FORMS": "1000", "partners-TOTAL_FORMS": "0", "partners-INITIAL_FORMS": "0", "partners-MIN_NUM_FORMS": "0",
        "partners-MAX_NUM_FORMS": "1000", "programme": str(edition.programme_id), "title": edition.title,
        "short_title": edition.short_title, "slug": edition.slug, "lede": edition.lede, "seats": "20", "motivation_lines": "10",
        "reference_prefix": edition.reference_prefix, "published_at": "2017-07-03T09:00", "opens_at": "2017-07-03T09:00",
        "closes_at": "2017-09-08T12:00", "results_label": edition.results_label, "ends_on": "2017-11-30",
    }  # fmt: skip
    for rank, phase in enumerate(phases):
        posted |= {
            f"phases-{rank}-id": str(phase.pk), f"phases-{rank}-edition": str(edition.pk), f"phases-{rank}-title": phase.title,
            f"phases-{rank}-duration": phase.duration, f"phases-{rank}-when_label": phase.when_label,
            f"phases-{rank}-starts_on": str(phase.starts_on or ""), f"phases-{rank}-sort_on": str(phase.sort_on),
            f"phases-{rank}-place_label": phase.place_label,
        }  # fmt: skip
    return posted | fields


def hidden(html):
    """The hidden fields of the screen, as a browser sends them back."""
    from html import unescape
    from re import findall

    return {name: unescape(value) for name, value in findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)}


def test_a_save_that_moves_the_deadline_asks_first_and_saves_once_confirmed(door, edition):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    url = f"/admin/programmes/edition/{edition.pk}/change/"
    asked = door.post(url, typed(edition, closes_at="2017-09-15T12:00", lede="Autre chapô."))
    html = asked.content.decode()
    edition.refresh_from_db()
    assert (asked.status_code, edition.closes_at, letters()) == (200, datetime(2017, 9, 8, 12, tzinfo=PARIS), [])
    assert ("vendredi 15\u00a0septembre 2017 à midi" in html, "_confirm" in html) == (True, False)
    with_reason = door.post(url, hidden(html) | {"motif": "Le lieu.", "_preview": "1"}).content.decode()
    assert "1 lettre" in with_reason.replace("\u00a0", " ")
    done = door.post(url, hidden(with_reason) | {"motif": "Le lieu.", "_confirm": "1"})
    edition.refresh_from_db()
    assert (done.status_code, edition.closes_at, edition.lede) == (302, NEW_DEADLINE, "Autre chapô.")
    assert [(letter.to, letter.due_at) for letter in letters()] == [("brouillon@ville.example", NOW + TEN_MINUTES)]
    assert Batch.objects.get().get_absolute_url() == done.url
    assert Act.objects.filter(about=label_of(edition), verb="modification").count() == 1


def test_the_same_confirmation_twice_is_one_act(door, edition):
    ApplicationFactory(edition=edition)
    url = f"/admin/programmes/edition/{edition.pk}/change/"
    begun = hidden(door.post(url, typed(edition, closes_at="2017-09-15T12:00")).content.decode())
    preview = door.post(url, begun | {"motif": "", "_preview": "1"}).content.decode()
    answer = hidden(preview) | {"motif": "", "_confirm": "1"}
    assert [door.post(url, answer).status_code for _ in range(2)] == [302, 302]
    assert (len(letters()), Change.objects.count()) == (1, 1)


def test_a_correction_saves_and_tells_nobody(door, edition):
    ApplicationFactory(edition=edition)
    url = f"/admin/programmes/edition/{edition.pk}/change/"
    shown = hidden(door.post(url, typed(edition, closes_at="2017-09-15T12:00")).content.decode())
    no_reason = door.post(url, shown | {"motif": "", "correction": "on", "_preview": "1"})
    preview = door.post(url, shown | {"motif": "Faute de frappe.", "correction": "on", "_preview": "1"})
    done = door.post(url, hidden(preview.content.decode()) | {"motif": "Faute de frappe.", "correction": "on", "_confirm": "1"})
    edition.refresh_from_db()
    assert (no_reason.status_code, done.status_code, edition.closes_at) == (422, 302, NEW_DEADLINE)
    assert (letters(), Change.objects.count()) == ([], 0)
    assert Act.objects.filter(verb="dates corrigées sans prévenir", note="Faute de frappe.").count() == 1


def test_with_nobody_concerned_nothing_says_that_somebody_is_told(door, edition):
    url = f"/admin/programmes/edition/{edition.pk}/change/"
    begun = door.post(url, typed(edition, closes_at="2017-09-15T12:00")).content.decode()
    preview = door.post(url, hidden(begun) | {"motif": "Le lieu.", "_preview": "1"}).content.decode()
    assert ("personne n’est à prévenir" in begun, "Personne n’est à prévenir" in preview) == (True, True)
    words = ["Enregistrer et prévenir", "1\u00a0ligne", "voici qui en serait prévenu"]
    assert [word in begun + preview for word in words] == [False, False, False]
    assert door.post(url, hidden(preview) | {"motif": "Le lieu.", "_confirm": "1"}).status_code == 302
    edition.refresh_from_db()
    assert (edition.closes_at, Change.objects.get().reason) == (NEW_DEADLINE, "Le lieu.")
    assert Act.objects.get(verb="acte groupé").note == "personne n’était à prévenir"


def test_a_fact_leads_to_its_page_and_an_act_to_ones_file(edition, colleague):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    deposited(edition=edition, applicant__email="deposee@ville.example")
    do(edition, moving(), by=colleague)
    do(edition, fixing(date(2017, 9, 20)), by=colleague, now=NOW + TEN_MINUTES)
    links = {letter.to: re.findall(r"https://testserver(\S+)", letter.text) for letter in letters()}
    assert links == {
        "brouillon@ville.example": [f"{edition.get_absolute_url()}candidater/"],
        "deposee@ville.example": [edition.get_absolute_url()],
    }


# --- « Prévenez-moi » ----------------------------------------------------------------------------------


@pytest.fixture
def announced_call():
    """A call that is not open yet, for which three people asked to be told; one has not confirmed."""
    edition = EditionFactory(opens_at=NOW + timedelta(days=9), closes_at=NOW + timedelta(days=40), results_label="")
    for number in range(3):
        confirmed = None if number == 2 else NOW - timedelta(days=1)  # noqa: PLR2004
        edition.interests.create(
            programme=edition.programme,
            email=f"attend{number}@ville.example",
            secret_hash=str(number),
            asked_at=NOW,
            confirmed_at=confirmed,
        )
    return edition


def test_who_waits_for_the_opening_is_told_once_that_it_is_called_off_and_erased(announced_call, colleague, mailoutbox):
    batch, people = do(announced_call, changes.cancelling("Le partenaire se retire."), by=colleague)
    assert told(batch) == [(f"attend{number}@ville.example", "programmes.cancelled_waiting") for number in (0, 1)]
    assert "Le partenaire se retire." in letters()[0].text
    purge = list(interest.purge(NOW + timedelta(hours=17), dry_run=False))
    assert ([one.count for one in purge if one.label == interest.NEVER_OPEN], Interest.objects.count()) == ([3], 0)
    deliver(clock=lambda: NOW + TEN_MINUTES)
    assert [mail.to for mail in mailoutbox] == [["attend0@ville.example"], ["attend1@ville.example"]]
    list(interest.purge(NOW + timedelta(days=8), dry_run=False))
    assert [(letter.to, letter.text) for letter in letters()] == [("", ""), ("", "")]


def test_a_cancellation_undone_in_time_leaves_them_waiting(announced_call, colleague, mailoutbox):
    batch, _ = do(announced_call, changes.cancelling("Le partenaire se retire."), by=colleague)
    batches.undo(batch, by=colleague, now=NOW + timedelta(minutes=5))
    deliver(clock=lambda: NOW + TEN_MINUTES)
    assert (Interest.objects.confirmed().count(), mailoutbox) == (2, [])


def test_who_waits_is_counted_and_kept_when_the_call_is_postponed(door, announced_call):
    opens_at = announced_call.opens_at + timedelta(days=7)
    fields = {
        "opens_at": opens_at.strftime("%Y-%m-%dT%H:%M"), "closes_at": announced_call.closes_at.strftime("%Y-%m-%dT%H:%M"),
        "results_label": "", "ends_on": "2017-11-30", "motif": "Le lieu est fermé.",
    }  # fmt: skip
    url = f"/admin/programmes/edition/{announced_call.pk}/reporter/"
    html = door.post(url, fields | {"_preview": "1"}).content.decode()
    assert ("Sera prévenue à l’ouverture, quelle que soit sa date</strong> (2)" in html, "attend0@" in html) == (True, False)
    assert door.post(url, hidden(html) | fields | {"_confirm": "1"}).status_code == 302
    assert (letters(), Interest.objects.confirmed().count()) == ([], 2)
    assert interest.tell_openings(now=opens_at) == 2


def test_the_preview_of_a_cancellation_counts_who_waits_without_naming_them(door, announced_call):
    html = door.post(f"/admin/programmes/edition/{announced_call.pk}/annuler/", {"motif": "Fini.", "_preview": "1"}).content.decode()
    assert ("2\u00a0personnes, 2 lettres" in html, "attend0@" in html) == (True, False)


def test_staff_see_how_many_wait_for_the_opening(door, announced_call, edition):
    pages = [door.get(f"/admin/programmes/edition/{call.pk}/change/").content.decode() for call in (announced_call, edition)]
    words = ["2 personnes attendent la lettre de l’ouverture.", "Personne n’attend l’ouverture."]
    assert [words[0] in pages[0], words[1] in pages[1], "attend0@" in pages[0]] == [True, True, False]


def test_other_fields_are_saved_without_asking(door, edition):
    answer = door.post(f"/admin/programmes/edition/{edition.pk}/change/", typed(edition, lede="Autre chapô."))
    edition.refresh_from_db()
    assert (answer.status_code, edition.lede, Batch.objects.count()) == (302, "Autre chapô.", 0)


def test_an_unpublished_call_is_saved_without_asking(door, edition):
    Edition.objects.filter(pk=edition.pk).update(published_at=None)
    door.post(f"/admin/programmes/edition/{edition.pk}/change/", typed(edition, closes_at="2017-09-15T12:00", published_at=""))
    edition.refresh_from_db()
    assert (edition.closes_at, Change.objects.count()) == (NEW_DEADLINE, 0)


def test_a_deadline_moved_into_the_past_is_refused_beside_the_field(door, edition):
    answer = door.post(f"/admin/programmes/edition/{edition.pk}/change/", typed(edition, closes_at="2017-09-01T12:00"))
    edition.refresh_from_db()
    assert "Cette clôture est déjà passée" in answer.content.decode()
    assert edition.closes_at == datetime(2017, 9, 8, 10, tzinfo=UTC)


def test_a_closed_call_is_not_reopened_by_its_date_alone(door, edition):
    with time_machine.travel(datetime(2017, 9, 12, 10, tzinfo=PARIS), tick=False):
        answer = door.post(f"/admin/programmes/edition/{edition.pk}/change/", typed(edition, closes_at="2017-09-15T12:00"))
    assert "choisissez «\u00a0Rouvrir\u00a0»" in answer.content.decode()


def test_the_form_of_a_call_offers_what_makes_sense(door, edition):
    def offered(now):
        with time_machine.travel(now, tick=False):
            html = door.get(f"/admin/programmes/edition/{edition.pk}/change/").content.decode()
        return [slug for slug in ("reporter", "rouvrir", "annuler") if f"/{edition.pk}/{slug}/" in html]

    assert offered(NOW) == ["reporter", "annuler"]
    assert offered(datetime(2017, 9, 12, 10, tzinfo=PARIS)) == ["reporter", "rouvrir", "annuler"]
    assert offered(datetime(2018, 9, 12, 10, tzinfo=PARIS)) == []


def test_staff_postpone_after_a_preview(door, edition):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    url, phase = f"/admin/programmes/edition/{edition.pk}/reporter/", edition.phases.get()
    fields = {
        "closes_at": "2017-09-15T12:00", "results_label": "fin septembre 2017", "ends_on": "2017-11-30",
        f"phase-{phase.pk}-starts_on": "2017-10-05",
        f"phase-{phase.pk}-ends_on": "", f"phase-{phase.pk}-when_label": "", "motif": "Le lieu est fermé.",
    }  # fmt: skip
    preview = door.post(url, fields | {"_preview": "1"})
    html = preview.content.decode()
    assert (preview.status_code, "jeudi 5\u00a0octobre 2017" in html, "Report\u00a0: Les Aventuriers 2017" in html) == (200, True, True)
    done = door.post(url, hidden(html) | fields | {"_confirm": "1"})
    edition.refresh_from_db()
    assert (done.status_code, edition.closes_at, edition.phases.get().starts_on) == (302, NEW_DEADLINE, date(2017, 10, 5))
    batches.undo(Batch.objects.get(), by=None, now=NOW)
    edition.refresh_from_db()
    assert (edition.closes_at, edition.phases.get().when_label) == (datetime(2017, 9, 8, 12, tzinfo=PARIS), "mi-septembre 2017")


PREPARATION = "phase-{pk}-starts_on"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"closes_at": "2017-10-05T12:00"}, PREPARATION, "La phase doit commencer après le jour de la clôture (5\u00a0octobre 2017)."),
        ({"ends_on": "2017-10-04"}, PREPARATION, "La phase doit être finie quand l’édition se termine (4\u00a0octobre 2017)."),
        ({"ends_on": "2017-09-14"}, "ends_on", "L’édition ne peut pas finir avant la clôture de l’appel."),
        ({"closes_at": "2017-06-15T12:00"}, "closes_at", "L’ouverture doit précéder la clôture."),
        ({"results_label": "fin août 2017"}, "results_label", "Cette réponse viendrait avant la clôture (15\u00a0septembre 2017)."),
    ],
)
def test_dates_postponed_out_of_order_are_refused_beside_their_field(door, edition, fields, field, words):
    phase = edition.phases.get()
    typed_in = {
        "closes_at": "2017-09-15T12:00", "results_label": "fin septembre 2017", "ends_on": "2017-11-30", "motif": "Le lieu est fermé.",
        PREPARATION.format(pk=phase.pk): "2017-10-05", "_preview": "1",
    }  # fmt: skip
    answer = door.post(f"/admin/programmes/edition/{edition.pk}/reporter/", typed_in | fields)
    errors = answer.context["form"].errors
    assert (answer.status_code, words in errors[field.format(pk=phase.pk)]) == (422, True)


def test_a_call_is_not_postponed_to_a_moment_that_has_passed_and_the_field_says_so(door, edition):
    phase = edition.phases.get()
    typed_in = {
        "closes_at": "2017-09-01T12:00", "results_label": "", "ends_on": "2017-11-30", "motif": "Le lieu est fermé.",
        PREPARATION.format(pk=phase.pk): "2017-10-05", "_preview": "1",
    }  # fmt: skip
    answer = door.post(f"/admin/programmes/edition/{edition.pk}/reporter/", typed_in)
    html = answer.content.decode()
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["closes_at"])
    assert "Cette clôture est déjà passée" in answer.context["form"].errors["closes_at"][0]
    assert ('href="#id_closes_at"' in html, "1\u00a0personne" in html) == (True, False)


def test_a_call_is_not_reopened_until_a_moment_that_has_passed_and_the_field_says_so(door, edition):
    with time_machine.travel(datetime(2017, 9, 12, 10, tzinfo=PARIS), tick=False):
        typed_in = {"closes_at": "2017-09-12T09:00", "results_label": "", "ends_on": "2017-11-30", "motif": "Trop peu.", "_preview": "1"}
        answer = door.post(f"/admin/programmes/edition/{edition.pk}/rouvrir/", typed_in)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["closes_at"])


def test_a_call_is_not_reopened_past_its_first_phase(door, edition):
    edition.phases.update(when_label="", starts_on=date(2017, 9, 20), sort_on=date(2017, 9, 20))
    with time_machine.travel(datetime(2017, 9, 12, 10, tzinfo=PARIS), tick=False):
        typed_in = {"closes_at": "2017-09-20T12:00", "results_label": "", "ends_on": "2017-11-30", "motif": "Trop peu.", "_preview": "1"}
        answer = door.post(f"/admin/programmes/edition/{edition.pk}/rouvrir/", typed_in)
    assert answer.context["form"].errors == {
        "closes_at": [
            "Phase «\u00a0Préparation\u00a0», du\u00a0: la phase doit commencer après le jour de la clôture (20\u00a0septembre 2017)."
        ]
    }


def test_the_form_of_a_published_call_refuses_dates_out_of_order(door, edition):
    answer = door.post(
        f"/admin/programmes/edition/{edition.pk}/change/", typed(edition, closes_at="2017-10-15T12:00", ends_on="2017-11-30")
    )
    edition.refresh_from_db()
    html = answer.content.decode()
    assert ("La phase doit commencer après le jour de la clôture (15\u00a0octobre 2017)." in html, edition.closes_at) == (
        True,
        datetime(2017, 9, 8, 12, tzinfo=PARIS),
    )
    assert "Cette réponse viendrait avant la clôture (15\u00a0octobre 2017)." in html


def test_no_door_moves_dates_out_of_order(edition, colleague):
    phase = edition.phases.get()
    move = changes.postponing({}, {phase.pk: {"starts_on": date(2017, 9, 1), "when_label": "", "sort_on": date(2017, 9, 1)}}, "Essai")
    with pytest.raises(Refused, match="Ces dates ne se suivent pas"):
        do(edition, move, by=colleague)
    phase.refresh_from_db()
    assert phase.when_label == "mi-septembre 2017"


def test_staff_cancel_with_a_reason_even_when_nobody_has_begun(door, edition):
    url = f"/admin/programmes/edition/{edition.pk}/annuler/"
    assert door.post(url, {"motif": "", "_preview": "1"}).status_code == 422
    html = door.post(url, {"motif": "Le partenaire se retire.", "_preview": "1"}).content.decode()
    door.post(url, hidden(html) | {"motif": "Le partenaire se retire.", "_confirm": "1"})
    edition.refresh_from_db()
    assert (edition.cancelled_at, edition.cancellation_reason, letters()) == (NOW, "Le partenaire se retire.", [])


def test_the_public_page_shows_what_changed_and_why(client, edition, colleague):
    move = changes.postponing({"closes_at": NEW_DEADLINE}, {}, "Le lieu est fermé.")
    batch, _ = do(edition, move, by=colleague)
    html = client.get(edition.get_absolute_url()).content.decode()
    assert "vendredi 8\u00a0septembre 2017 à midi" in html
    assert "Le lieu est fermé." in html
    batches.undo(batch, by=colleague, now=NOW)
    assert "Le lieu est fermé." not in client.get(edition.get_absolute_url()).content.decode()


def test_a_letter_is_tried_on_oneself_at_once_and_moves_nothing(door, edition, colleague, mailoutbox):
    ApplicationFactory(edition=edition, applicant__email="brouillon@ville.example")
    url = f"/admin/programmes/edition/{edition.pk}/annuler/"
    answer = door.post(url, {"motif": "Le partenaire se retire.", "_try": "1"})
    deliver(clock=lambda: NOW)
    edition.refresh_from_db()
    assert (answer.status_code, edition.cancelled_at, Change.objects.count()) == (200, None, 0)
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [([colleague.email], "Essai\u00a0: Annulation\u00a0: Les Aventuriers 2017")]


def test_staff_postpone_and_cancel_a_training_day(door):
    day = SessionFactory(day=date(2017, 10, 3), published_at=NOW - timedelta(days=9))
    fields = {"day": "2017-10-10", "starts_at": "09:00", "ends_at": "18:00", "venue": str(day.venue_id), "motif": "Salle prise."}
    url = f"/admin/programmes/trainingsession/{day.pk}/"
    shown = door.post(f"{url}reporter/", fields | {"_preview": "1"}).content.decode()
    door.post(f"{url}reporter/", hidden(shown) | fields | {"_confirm": "1"})
    day.refresh_from_db()
    assert (day.day, [change.kind for change in day.changes.shown()]) == (date(2017, 10, 10), ["POSTPONED"])
    shown = door.post(f"{url}annuler/", {"motif": "Trop peu d’inscrits.", "_preview": "1"}).content.decode()
    door.post(f"{url}annuler/", hidden(shown) | {"motif": "Trop peu d’inscrits.", "_confirm": "1"})
    day.refresh_from_db()
    assert (day.cancelled_at, day.cancellation_reason) == (NOW, "Trop peu d’inscrits.")


def test_a_day_is_not_moved_to_one_that_has_passed(door):
    day = SessionFactory(day=date(2017, 10, 3), published_at=NOW - timedelta(days=9))
    fields = {"day": "2016-10-10", "starts_at": "09:00", "ends_at": "18:00", "venue": str(day.venue_id), "motif": "Salle prise."}
    answer = door.post(f"/admin/programmes/trainingsession/{day.pk}/reporter/", fields | {"_preview": "1"})
    assert (answer.status_code, "Ce jour est déjà passé\u00a0: choisissez un jour à venir." in answer.content.decode()) == (422, True)
    with pytest.raises(Refused, match="déjà passé"):
        changes.postponing({"day": date(2016, 10, 10)}, {}, "Salle prise.").apply(day, NOW)


@pytest.mark.parametrize("slug", ["reporter", "annuler", "rouvrir"])
def test_whoever_may_not_write_may_not_move(client, monkeypatch, edition, slug):
    person = User.objects.create_user("tresoriere@la27eregion.example")
    Grant.objects.create(user=person, role=Role.TREASURER)
    monkeypatch.setattr("accounts.factors.shown_at", lambda _request, _user: NOW.timestamp())
    client.force_login(person, backend="accounts.backends.RoleBackend")
    assert client.get(f"/admin/programmes/edition/{edition.pk}/{slug}/").status_code in (403, 404)


def test_the_form_and_the_space_of_a_cancelled_call_say_so(client, edition, colleague):
    draft = ApplicationFactory(edition=edition)
    do(edition, changes.cancelling("Le partenaire se retire."), by=colleague)
    client.force_login(draft.applicant, backend="accounts.backends.RoleBackend")
    form, space = client.get(edition.get_apply_url()).content.decode(), client.get("/espace/").content.decode()
    assert ("L’appel est annulé" in form, "Le partenaire se retire." in form, "Voir ailleurs." in form) == (True, True, True)
    assert "L’appel est annulé" in space


def test_the_status_page_of_a_file_of_a_cancelled_call_says_so(client, edition, colleague):
    application = deposited(edition=edition)
    do(edition, changes.cancelling("Le partenaire se retire."), by=colleague)
    client.force_login(application.applicant, backend="accounts.backends.RoleBackend")
    html = client.get(application.get_absolute_url()).content.decode()
    assert ("Cet appel est annulé." in html, "ne sera pas étudiée" in html) == (True, True)


def test_the_page_of_a_cancelled_call_says_so_once_and_shows_no_deadline(client, edition, colleague):
    do(edition, changes.postponing({"closes_at": NEW_DEADLINE}, {}, "Le lieu est fermé."), by=colleague)
    do(edition, changes.cancelling("Le partenaire se retire."), by=colleague, now=NOW + TEN_MINUTES)
    html = client.get(edition.get_absolute_url()).content.decode()
    aside = html[html.index("<aside aria-labelledby") :]
    assert (html.count("Le partenaire se retire."), html.count("Le lieu est fermé."), "Annoncé le" in html) == (1, 1, True)
    assert ["<dt>Clôture" in aside, "Ajouter les dates" in aside, "Retirer les dates" in aside] == [False, False, True]


def test_the_page_of_a_cancelled_day_says_so_once(client, colleague):
    day = SessionFactory(day=date(2017, 10, 3), published_at=NOW - timedelta(days=9))
    do(day, changes.cancelling("Grève."), by=colleague)
    html = client.get(day.get_absolute_url()).content.decode()
    assert (html.count("Grève."), "Ce qui a changé" in html, "Retirer la date de mon agenda" in html) == (1, False, True)
