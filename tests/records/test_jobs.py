"""Long work: asked once, seen while it goes, taken up again when its worker dies, started again when it fails."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from celery import current_app
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.roles import Role
from core import clock
from core.refusals import Refused
from records import jobs, kinds
from records.models import Act, Job
from records.states import JobState, Outcome
from records.tasks import do_waiting_work
from records.work import FAULT, LEASE, LOST, Overtaken, Work, claim, recover, run, work
from tests.accounts.factories import UserFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 9, 6, 10, 0, tzinfo=clock.PARIS)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch):
    """Register functions for one test: `kind(function)`, `kind(function, permission="…")`."""
    monkeypatch.setattr(kinds, "KINDS", {})
    for module in ("records.jobs", "records.work", "records.models.job"):
        monkeypatch.setattr(f"{module}.KINDS", kinds.KINDS)
    return lambda function, name="essai", permission="": jobs.register(name, label="essai", permission=permission)(function)


@pytest.fixture
def by():
    return UserFactory(roles=[Role.STAFF])


def nothing(job: Job, work: Work) -> None:
    """The shortest work."""


def start(by, **fields) -> Job:
    return jobs.start("essai", by=by, now=NOW, **{"label": "Un essai", **fields})


def told(job: Job) -> list[tuple[int, str, str, str]]:
    return [(row.number, row.label, row.outcome, row.message) for row in job.rows.all()]


def read(job: Job) -> tuple[str, bytes]:
    with again(job).file.open("rb") as opened:
        return again(job).file_name, opened.read()


def again(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_work_is_done_told_row_by_row_and_leaves_a_file(kind, by):
    def function(job, work):
        work.expect(3)
        work.tell("Bretagne")
        work.tell("  Pays de\nla Loire ", Outcome.REFUSED, "sans SIRET")
        work.step()
        work.keep("liste.csv", job.params["text"].encode())
        return "Deux lignes lues."

    kind(function)
    job = start(by, params={"text": "a;b"})
    assert (job.state, work(clock=clock.now)) == (JobState.WAITING, 1)
    job = again(job)
    assert (job.state, job.total, job.done, job.summary, job.error) == (JobState.DONE, 3, 3, "Deux lignes lues.", "")
    assert told(job) == [(1, "Bretagne", "DONE", ""), (2, "Pays de la Loire", "REFUSED", "sans SIRET")]
    assert (read(job), job.by_name, job.leased_until) == (("liste.csv", b"a;b"), "Camille Exemple", None)
    assert [(act.verb, act.about_name) for act in Act.objects.order_by("pk")] == [("travail demandé", "Un essai")]
    assert work(clock=clock.now) == 0


def test_a_file_may_be_a_path_or_an_open_file(kind, by, tmp_path: Path):
    path = tmp_path / "x.ods"
    path.write_bytes(b"ods")
    kind(lambda _, work: work.keep("a.ods", path))
    first = start(by)
    work(clock=clock.now)
    with path.open("rb") as opened:
        kind(lambda _, work: work.keep("b.ods", opened))
        second = start(by)
        work(clock=clock.now)
    assert [read(job) for job in (first, second)] == [("a.ods", b"ods"), ("b.ods", b"ods")]


def test_the_same_demand_twice_at_once_is_one_piece_of_work(kind, by):
    kind(nothing)
    first, second, other = start(by, params={"a": 1}), start(by, params={"a": 1}), start(by, params={"a": 2})
    assert (first.pk == second.pk, first.pk == other.pk, Job.objects.count()) == (True, False, 2)
    work(clock=clock.now)
    assert start(by, params={"a": 1}).pk != first.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_demands_at_the_same_instant_are_one_piece_of_work(kind):
    kind(nothing)
    person = UserFactory(roles=[Role.STAFF])
    outcomes = race(*[lambda: start(person).pk] * 4)
    assert (len(set(outcomes)), Job.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_each_piece_of_work_goes_to_one_worker(kind):
    person, seen = UserFactory(roles=[Role.STAFF]), []
    kind(lambda job, _: seen.append(job.pk))
    asked = [start(person, params={"n": number}).pk for number in range(6)]
    counts = race(*[lambda: work(clock=clock.now)] * 3)
    assert (sum(counts), sorted(seen)) == (6, asked)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("Ce fichier est vide."), "Ce fichier est vide."),
        (ValueError("secret"), FAULT.format("ValueError")),
    ],
)
def test_a_failure_is_said_in_words_and_can_be_started_again(kind, by, error, words):
    trouble = [error]

    def function(job, work):
        work.tell("première")
        if trouble:
            raise trouble.pop()

    kind(function)
    job = start(by)
    work(clock=clock.now)
    job = again(job)
    assert (job.state, job.error, told(job), job.can_restart) == (JobState.FAILED, words, [(1, "première", "DONE", "")], True)
    jobs.restart(job, by=by, now=NOW)
    work(clock=clock.now)
    job = again(job)
    assert (job.state, job.error, told(job), job.attempt) == (JobState.DONE, "", [(1, "première", "DONE", "")], 2)


def test_what_is_finished_does_not_start_again(kind, by):
    kind(nothing)
    job = start(by)
    work(clock=clock.now)
    with pytest.raises(Refused, match="ne peut plus être recommencé"):
        jobs.restart(job, by=by, now=NOW)


def test_failed_work_asked_anew_is_not_started_twice(kind, by):
    kind(lambda *_: 1 / 0)
    failed = start(by)
    work(clock=clock.now)
    start(by)
    with pytest.raises(Refused, match="déjà en cours"):
        jobs.restart(failed, by=by, now=NOW)


def test_work_nobody_knows_any_more_is_said_so(kind, by):
    kind(nothing)
    job = start(by)
    kinds.KINDS.clear()
    work(clock=clock.now)
    assert (again(job).state, again(job).can_restart) == (JobState.FAILED, False)


def test_what_waits_stops_at_once(kind, by):
    kind(lambda *_: pytest.fail("must not run"))
    job = jobs.cancel(start(by), by=by, now=NOW)
    assert (job.state, work(clock=clock.now), job.finished_at) == (JobState.CANCELLED, 0, NOW)
    with pytest.raises(Refused, match="déjà fini"):
        jobs.cancel(job, by=by, now=NOW)


def test_what_runs_stops_at_its_next_row_and_keeps_what_is_done(kind, by, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("records.work.PAUSE", 0)

    def function(job, work):
        work.expect(9)
        for number in range(9):
            if work.is_cancelled:
                return f"Arrêté après {number} lignes."
            work.tell(str(number))
            if number == 3:
                jobs.cancel(job, by=by, now=NOW)
        return None

    kind(function)
    job = start(by)
    work(clock=clock.now)
    job = again(job)
    assert (job.state, job.done, job.total, job.summary) == (JobState.CANCELLED, 4, 9, "Arrêté après 4 lignes.")


def test_a_stop_that_comes_too_late_changes_nothing(kind, by):
    kind(lambda job, _: jobs.cancel(job, by=by, now=NOW) and None)
    job = start(by)
    work(clock=clock.now)
    assert again(job).state == JobState.DONE


def test_the_work_of_a_dead_worker_starts_again_from_its_first_row(kind, by):
    kind(lambda _, work: work.tell("toutes"))
    with time_machine.travel(NOW, tick=False) as moment:
        job = start(by)
        dead = claim(now=NOW)
        assert dead is not None
        Work(dead).tell("avant la fin")
        assert work(clock=clock.now) == 0
        moment.shift(LEASE + timedelta(seconds=1))
        assert work(clock=clock.now) == 1
    job = again(job)
    assert (job.state, job.attempt, job.lost, told(job)) == (JobState.DONE, 2, 1, [(1, "toutes", "DONE", "")])


def test_one_piece_of_work_runs_at_a_time_and_the_oldest_first(kind, by):
    kind(nothing, name="un")
    kind(nothing, name="deux")
    first, second = (jobs.start(name, by=by, now=NOW) for name in ("un", "deux"))
    assert (claim(now=NOW), claim(now=NOW)) == (first, None)
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE)
    assert claim(now=NOW) == second


def test_an_overtaken_worker_writes_nothing(kind, by):
    kind(nothing)
    start(by)
    dead = claim(now=NOW)
    assert dead is not None
    slow = Work(dead)
    Job.objects.update(state=JobState.WAITING)
    claim(now=NOW)
    slow.tell("trop tard")
    with pytest.raises(Overtaken):
        slow.write()
    with pytest.raises(Overtaken):
        slow.keep("trop-tard.csv", b"x")
    run(dead, clock=clock.now)
    assert (told(again(dead)), default_storage.listdir("travaux")[1], again(dead).state) == ([], [], JobState.RUNNING)


def test_work_that_takes_its_worker_down_is_put_aside(kind, by):
    kind(nothing)
    start(by)
    for _ in range(3):
        job = claim(now=NOW)
        Job.objects.update(leased_until=NOW - timedelta(days=9999))
        recover(now=NOW)
    assert job is not None
    assert (again(job).state, again(job).error, claim(now=NOW)) == (JobState.FAILED, LOST, None)


def test_a_stop_asked_of_a_dead_worker_is_a_stop(kind, by):
    kind(nothing)
    job = start(by)
    claim(now=NOW)
    jobs.cancel(job, by=by, now=NOW)
    Job.objects.update(leased_until=NOW - timedelta(days=9999))
    recover(now=NOW)
    assert again(job).state == JobState.CANCELLED


def test_progress_is_seen_while_it_goes_and_not_from_inside_a_transaction(kind, by, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("records.work.PAUSE", 0)
    seen = []

    def function(job, work):
        work.expect(2)
        work.tell("une")
        seen.append((again(job).done, job.rows.count()))
        with transaction.atomic():
            work.tell("deux")
            seen.append((again(job).done, job.rows.count()))

    kind(function)
    job = start(by)
    work(clock=clock.now)
    assert (seen, again(job).done, job.rows.count()) == ([(1, 1), (1, 1)], 2, 2)


def test_many_rows_cost_few_queries(kind, by, django_assert_max_num_queries):
    kind(lambda _, work: [work.is_cancelled or work.tell(str(number)) for number in range(2000)] and None)
    start(by)
    with django_assert_max_num_queries(45):
        work(clock=clock.now)


def test_a_started_piece_of_work_is_hinted_at_after_commit(kind, by, django_capture_on_commit_callbacks, monkeypatch):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name))
    kind(nothing)
    with django_capture_on_commit_callbacks(execute=True):
        start(by)
    assert sent == ["records.work"]


def test_the_task_does_what_waits_and_beat_sweeps_it_each_minute(kind, by):
    kind(nothing)
    job = start(by)
    do_waiting_work()
    assert again(job).state == JobState.DONE
    assert current_app.conf.beat_schedule["long-work"] == {"task": "records.work", "schedule": 60.0}


def test_work_is_seen_by_who_asked_it_and_by_who_may_see_all(kind, by):
    kind(nothing, name="essai", permission="applications.view_application")
    kind(nothing, name="autre")
    other = UserFactory(roles=[Role.STAFF])
    head = UserFactory(roles=[Role.ADMINISTRATOR])
    for person in (by, other, head):
        for name in ("essai", "autre"):
            jobs.start(name, label=f"{name} {person.pk}", by=person, now=NOW)
    seen = [set(Job.objects.visible_to(person).values_list("label", flat=True)) for person in (by, head)]
    # An administrator who may not read applications sees no work that holds some, not even what was their own.
    assert seen == [{f"essai {by.pk}", f"autre {by.pk}"}, {f"autre {person.pk}" for person in (by, other, head)}]
