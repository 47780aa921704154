"""What is kept and for how long (domain.md G3), and what stays of it."""

import os
from datetime import date, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from applications import documents, retention, services
from applications.models import Application, Step
from applications.states import State
from core.clock import PARIS
from core.registry import Erasure
from mailing.models import Message
from records.models import Act
from tests.applications.factories import ANSWERS, ApplicationFactory, deposited, staff
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db


def moment(year, month, day, hour=3):
    return datetime(year, month, day, hour, tzinfo=PARIS)


def purged(now, *, dry_run=False):
    return [erasure.count for erasure in retention.purge(now, dry_run)]


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2017, 11, 30), 6, date(2018, 5, 30)),
        (date(2017, 8, 31), 6, date(2018, 2, 28)),
        (date(2019, 8, 31), 6, date(2020, 2, 29)),
        (date(2017, 12, 31), 36, date(2020, 12, 31)),
        (date(2017, 6, 30), 6, date(2017, 12, 30)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day, months, after):
    assert retention.months_after(day, months) == after


def test_drafts_are_erased_thirty_days_after_the_deadline():
    ApplicationFactory()
    assert purged(datetime(2017, 10, 8, 11, 59, 59, tzinfo=PARIS)) == [0, 0, 0, 0, 0]
    assert purged(datetime(2017, 10, 8, 12, tzinfo=PARIS)) == [1, 0, 0, 0, 0]
    assert Application.objects.count() == 0


def test_who_was_not_chosen_is_forgotten_six_months_after_and_who_was_three_years_after():
    edition = EditionFactory()
    for state in (State.SUBMITTED, State.DECLINED, State.WITHDRAWN, State.SELECTED, State.CONFIRMED):
        deposited(edition=edition, state=state)
    assert purged(moment(2018, 5, 29)) == [0, 0, 0, 0, 0]
    assert purged(moment(2018, 5, 30)) == [0, 0, 3, 0, 0]
    assert purged(moment(2018, 5, 31)) == [0, 0, 0, 0, 0]
    assert purged(moment(2020, 11, 29)) == [0, 0, 0, 0, 0]
    assert purged(moment(2020, 11, 30)) == [0, 0, 0, 2, 0]


def test_a_dry_run_counts_the_same_and_touches_nothing():
    edition = EditionFactory()
    ApplicationFactory(edition=edition)
    deposited(edition=edition, state=State.DECLINED)
    deposited(edition=edition, state=State.CONFIRMED)
    before = list(Application.objects.order_by("pk").values())
    assert purged(moment(2021, 1, 1), dry_run=True) == [1, 0, 1, 1, 0]
    assert list(Application.objects.order_by("pk").values()) == before
    assert purged(moment(2021, 1, 1)) == [1, 0, 1, 1, 0]


def test_words_files_and_letters_go_and_what_is_counted_stays(django_capture_on_commit_callbacks):
    application = deposited(state=State.DECLINED)
    services.withdraw(application, by=application.applicant, now=moment(2017, 9, 2), reason="Une raison")
    documents.publish(Step.objects.deposits().get())
    now = moment(2018, 6, 1)
    with django_capture_on_commit_callbacks(execute=True):
        assert purged(now) == [0, 0, 1, 0, 0]
    kept = Application.objects.get()
    assert (kept.applicant, kept.last_name, kept.first_name, kept.organisation, kept.job, kept.motivation, kept.typed) == (
        (None, *[""] * 5, {})
    )
    assert (kept.branch, kept.region, kept.state, kept.reference, kept.erased_at) == (
        "LOCAL",
        "53",
        State.WITHDRAWN,
        application.reference,
        now,
    )
    assert [(step.answers, step.by, step.by_name, step.note, step.receipt.name) for step in kept.steps.all()] == [
        (None, None, "", "", "")
    ] * 2
    assert default_storage.listdir("candidatures")[1] == []
    assert [(letter.to, letter.subject, letter.text) for letter in Message.objects.all()] == [("", "", "")] * 2


def test_changes_never_deposited_are_a_draft_and_go_with_the_drafts():
    application = deposited()
    Application.objects.update(typed={"job": "autre"}, typed_tab="abc")
    assert purged(datetime(2017, 10, 8, 12, tzinfo=PARIS), dry_run=True) == [0, 1, 0, 0, 0]
    assert purged(datetime(2017, 10, 8, 12, tzinfo=PARIS)) == [0, 1, 0, 0, 0]
    kept = Application.objects.get()
    assert (kept.typed, kept.typed_tab, kept.job) == ({}, "", application.job)


def test_a_file_that_no_deposit_names_goes_after_a_day():
    deposited()
    published = documents.publish(Step.objects.deposits().get())
    stray = default_storage.save("candidatures/AV17-0001-7-recepisse.pdf", ContentFile(b"perdu"))
    assert purged(moment(2017, 9, 2)) == [0, 0, 0, 0, 0]
    for name in (stray, published.receipt.name, published.employer_letter.name):
        os.utime(default_storage.path(name), (0, 0))
    assert purged(moment(2017, 9, 2), dry_run=True) == [0, 0, 0, 0, 1]
    assert purged(moment(2017, 9, 2)) == [0, 0, 0, 0, 1]
    assert sorted(default_storage.listdir("candidatures")[1]) == sorted(
        name.removeprefix("candidatures/") for name in (published.receipt.name, published.employer_letter.name)
    )


def test_the_log_keeps_that_an_application_was_accepted_late_and_not_why():
    draft = ApplicationFactory()
    services.accept_late(draft, dict(ANSWERS), by=staff(), now=moment(2017, 9, 9), note="Hospitalisation")
    assert purged(moment(2018, 6, 1)) == [0, 0, 1, 0, 0]
    act = Act.objects.get()
    assert (act.verb, act.by_name, act.about_name, act.note) == ("candidature acceptée hors délai", "Camille Exemple", "", "")


def test_the_numbers_are_told_in_words():
    assert list(retention.purge(moment(2018, 6, 1), True)) == [
        Erasure("brouillons de candidature effacés", 0),
        Erasure("modifications jamais déposées effacées", 0),
        Erasure("candidatures non retenues ou retirées anonymisées", 0),
        Erasure("candidatures retenues anonymisées", 0),
        Erasure("fichiers sans candidature", 0),
    ]
