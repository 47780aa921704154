"""Reminders of A7: the table, the sweep, the letters."""

from datetime import datetime, timedelta

import pytest
import time_machine

from applications import reminders, services, tasks
from applications.emails import REMINDER
from core.clock import PARIS
from mailing.letters import KINDS
from mailing.models import Message
from programmes.models.change import Change, ChangeKind
from tests.applications.factories import ANSWERS, ApplicationFactory, deposited
from tests.programmes.factories import EditionFactory

NOON = datetime(2017, 9, 8, 12, tzinfo=PARIS)
LONG_AGO = datetime(2017, 7, 3, 9, tzinfo=PARIS)


def at(day, hour=10, minute=0, second=0):
    return datetime(2017, 9, day, hour, minute, second, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "reached"),
    [
        (at(1, 9, 59, 59), None),
        (at(1, 10), at(1, 10)),
        (at(6, 9, 59, 59), at(1, 10)),
        (at(6, 10), at(6, 10)),
        (at(8, 8, 59, 59), at(6, 10)),
        (at(8, 9), at(8, 9)),
        (at(8, 11, 59, 59), at(8, 9)),
        (at(8, 12), None),
    ],
)
def test_the_latest_moment_reached(now, reached):
    assert reminders.last_reached(NOON, begun_at=LONG_AGO, now=now) == reached


def test_none_for_a_moment_that_passed_before_the_draft_was_begun():
    assert reminders.last_reached(NOON, begun_at=at(1, 10, 0, 1), now=at(3)) is None
    assert reminders.last_reached(NOON, begun_at=at(1, 10, 0, 1), now=at(6)) == at(6)


@pytest.mark.parametrize("day", [datetime(2027, 3, 30, 12, tzinfo=PARIS), datetime(2027, 11, 2, 12, tzinfo=PARIS)])
def test_hours_are_those_of_paris_on_both_sides_of_a_change_of_hour(day):
    moments = [reminder.moment(day) for reminder in reminders.REMINDERS]
    assert [(moment.day, moment.hour) for moment in moments] == [
        ((day - timedelta(days=7)).day, 10),
        ((day - timedelta(days=2)).day, 10),
        (day.day, 9),
    ]


def test_a_reminder_after_the_deadline_of_the_day_does_not_exist():
    early = at(8, 8)
    assert reminders.last_reached(early, begun_at=LONG_AGO, now=at(8, 7, 59)) == at(6)


def swept(moment):
    with time_machine.travel(moment, tick=False):
        tasks.remind_drafts()
        tasks.remind_drafts()


def reminded():
    return [(letter.to, letter.created_at) for letter in Message.objects.filter(kind=REMINDER).order_by("created_at", "pk")]


@pytest.mark.django_db
def test_a_draft_has_three_reminders_however_often_the_sweep_runs():
    draft = ApplicationFactory()
    moments = [at(1), at(6), at(8, 9)]
    for moment in [at(1, 9, 59), *moments, at(8, 11, 59), at(8, 12)]:
        swept(moment)
    assert reminded() == [(draft.applicant.email, moment) for moment in moments]


@pytest.mark.django_db
def test_after_an_outage_only_the_latest_missed_one_leaves():
    ApplicationFactory()
    swept(at(7))
    assert [when for _, when in reminded()] == [at(7)]


@pytest.mark.django_db
def test_none_after_submission():
    deposited(at=datetime(2017, 8, 25, tzinfo=PARIS))
    for moment in (at(1), at(6), at(8, 9)):
        swept(moment)
    assert reminded() == []


@pytest.mark.django_db
def test_a_deadline_that_moves_arms_them_again():
    draft = ApplicationFactory()
    swept(at(6))
    draft.edition.closes_at = at(15, 12)
    draft.edition.save()
    swept(at(8, 10))
    swept(at(13, 10))
    assert [when for _, when in reminded()] == [at(6), at(8), at(13)]


@pytest.mark.django_db
def test_the_subject_starts_with_the_act_and_its_date():
    ApplicationFactory(edition=EditionFactory(short_title="Les Aventuriers 2017"))
    swept(at(6))
    letter = Message.objects.get(kind=REMINDER)
    assert letter.subject == "À déposer avant le 8\u00a0septembre 2017 à midi\u00a0: votre candidature, Les Aventuriers 2017"
    assert "Brouillon\u00a0: pas encore déposée." in letter.text
    assert letter.reply_to == "programme@la27eregion.example"


@pytest.mark.django_db
def test_a_reminder_is_due_only_while_the_draft_is_one_and_in_time():
    draft = ApplicationFactory()
    swept(at(6))
    letter, is_due = Message.objects.get(kind=REMINDER), KINDS[REMINDER].still_due
    with time_machine.travel(at(6, 10, 1), tick=False):
        assert is_due(letter)
        services.submit(draft, dict(ANSWERS), by=draft.applicant, now=at(6, 10, 1))
        assert not is_due(letter)
    other = ApplicationFactory()
    swept(at(6, 11))
    letter = Message.objects.get(kind=REMINDER, to=other.applicant.email)
    with time_machine.travel(NOON, tick=False):
        assert not is_due(letter)
    other.edition.closes_at = at(20, 12)
    other.edition.save()
    with time_machine.travel(at(6, 11), tick=False):
        assert not is_due(letter)
        services.delete_draft(other, by=other.applicant, now=at(6, 11))
        assert not is_due(letter)


@pytest.mark.django_db
def test_the_sweep_asks_as_much_for_one_draft_as_for_three(django_assert_num_queries):
    edition = EditionFactory()
    ApplicationFactory(edition=edition)
    swept(at(6))
    with time_machine.travel(at(6, 10, 1), tick=False), django_assert_num_queries(2):
        tasks.remind_drafts()
    ApplicationFactory.create_batch(2, edition=edition)
    swept(at(6, 10, 2))
    with time_machine.travel(at(6, 10, 3), tick=False), django_assert_num_queries(2):
        tasks.remind_drafts()


@pytest.mark.django_db
def test_nobody_is_reminded_of_a_draft_that_a_closed_account_cannot_open():
    ApplicationFactory(started_at=LONG_AGO, applicant__is_active=False)
    swept(at(6))
    assert reminded() == []


@pytest.mark.django_db
def test_a_moment_that_passed_before_the_deadline_was_moved_reminds_of_nothing():
    """The letter of the move tells it; until it leaves, the move may be undone."""
    edition = EditionFactory(closes_at=at(22, 18))
    ApplicationFactory(edition=edition, started_at=LONG_AGO)
    Change.objects.create(edition=edition, kind=ChangeKind.REOPENED, fact="Clôture", at=at(21, 9, 30))
    swept(at(21, 9, 31))
    swept(at(21, 9, 41))
    assert reminded() == []
    swept(at(22, 9))
    assert [moment for _, moment in reminded()] == [at(22, 9)]


@pytest.mark.django_db
def test_a_move_that_was_undone_leaves_the_reminders_as_they_were():
    edition = EditionFactory(closes_at=NOON)
    ApplicationFactory(edition=edition, started_at=LONG_AGO)
    Change.objects.create(edition=edition, kind=ChangeKind.DEADLINE, fact="Clôture", at=at(6, 11), undone_at=at(6, 11, 5))
    swept(at(6, 11, 6))
    assert [moment for _, moment in reminded()] == [at(6, 11, 6)]
