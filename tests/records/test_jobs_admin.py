"""The page of long work, in the admin."""

import os
from datetime import datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.roles import Role
from core import clock, retention
from records import jobs, kinds
from records.models import Act, Job, JobRow
from records.states import JobState, Outcome
from records.work import work
from tests.accounts.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 9, 6, 10, 0, tzinfo=clock.PARIS)
ROWS = 120


def function(job, work):
    work.expect(ROWS)
    for number in range(ROWS):
        if number % 40 == 0:
            work.tell(f"ligne {number}", Outcome.REFUSED, "<b>sans SIRET</b>")
        else:
            work.tell(f"ligne {number}")
    work.keep("liste d’été.csv", "é".encode())
    return "117 lignes lues."


@pytest.fixture
def by():
    return UserFactory(roles=[Role.STAFF])


@pytest.fixture
def client(client, by):
    return sign_in(client, by)


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, by) -> Job:
    monkeypatch.setitem(kinds.KINDS, "essai", kinds.JobKind("essai", "essai", function))
    return jobs.start("essai", label="Import d’essai", by=by, now=NOW)


def page(client, job: Job, then: str = "") -> str:
    return client.get(reverse("admin:records_job_change", args=[job.pk]) + then).content.decode()


def at(name: str, job: Job) -> str:
    return reverse(f"admin:records_job_{name}", args=[job.pk])


def test_the_page_says_where_the_work_is_and_asks_again_by_itself(client, job: Job):
    html = page(client, job)
    assert [words in html for words in ("En attente", "le travail continue", 'data-hx-trigger="every 1s"', "Arrêter ce travail")] == [
        True
    ] * 4
    assert "Actualiser cette page" in html[html.index("<noscript>") :]
    Job.objects.update(state=JobState.RUNNING, total=200, done=50)
    assert '<progress id="job-bar" max="200" value="50">25 %</progress>' in page(client, job).replace("\u202f", " ").replace("\u00a0", " ")


def test_the_moving_part_stops_moving_when_the_work_is_over(client, job: Job):
    first = client.get(at("state", job))
    work(clock=clock.now)
    last = client.get(at("state", job))
    assert (first.status_code, last.status_code) == (200, 286)
    assert ["innerHTML:#job-acts" in answer.content.decode() for answer in (first, last)] == [False, True]
    assert "data-hx-trigger" not in page(client, job)


def test_the_page_of_whose_session_ended_reloads_and_leads_to_the_sign_in(client, job: Job):
    client.logout()
    answer = client.get(at("state", job))
    assert (answer.status_code, answer.headers["HX-Refresh"], job.label in answer.content.decode()) == (403, "true", False)
    sign_in(client, UserFactory(roles=[Role.STAFF]), factor=False)
    assert client.get(at("state", job)).status_code == 302


def test_each_row_is_told_a_page_at_a_time_and_by_outcome(client, job: Job):
    work(clock=clock.now)
    html = page(client, job)
    assert (html.count('<th scope="row">ligne'), "Refusé (3)" in html, "117 lignes lues." in html) == (50, True, True)
    assert page(client, job, "?p=3").count('<th scope="row">ligne') == 20
    refused = page(client, job, "?issue=REFUSED")
    assert (refused.count('<th scope="row">ligne'), "<b>" in refused, "&lt;b&gt;sans SIRET" in refused) == (3, False, True)


def test_the_file_is_an_attachment_and_its_download_is_logged(client, job: Job):
    work(clock=clock.now)
    answer = client.get(at("file", job))
    assert b"".join(answer.streaming_content) == "é".encode()
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''liste%20d")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == (
        "nosniff",
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    assert Act.objects.filter(verb="fichier téléchargé", note="liste d’été.csv").count() == 1
    Job.objects.get().file.delete(save=False)
    assert client.get(at("file", job)).status_code == 404


def test_it_is_stopped_and_started_again_by_buttons(client, job: Job):
    assert client.get(at("cancel", job)).status_code == 405
    answer = client.post(at("cancel", job), follow=True)
    assert (Job.objects.get().state, "Recommencer depuis le début" in answer.content.decode()) == (JobState.CANCELLED, True)
    assert "Ce travail est déjà fini." in client.post(at("cancel", job), follow=True).content.decode()
    client.post(at("restart", job))
    assert Job.objects.get().state == JobState.WAITING


def test_somebody_else_finds_nothing_there(client, job: Job):
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    asked = [client.get(at(name, job)).status_code for name in ("change", "state", "file", "history")]
    asked += [client.post(at(name, job)).status_code for name in ("cancel", "restart")]
    assert asked == [404, 404, 404, 302, 404, 404]
    assert "Import d’essai" not in client.get(reverse("admin:records_job_changelist")).content.decode()
    assert client.get("/admin/records/job/x/change/").status_code == 404


def test_the_list_is_mine_or_everybodys(client, job: Job):
    work(clock=clock.now)
    html = client.get(reverse("admin:records_job_changelist")).content.decode()
    assert ["Mes travaux" in html, "120 sur 120" in html, "liste d’été.csv" in html] == [True] * 3
    sign_in(client, UserFactory(roles=[Role.ADMINISTRATOR]))
    html = client.get(reverse("admin:records_job_changelist")).content.decode()
    assert ("<title>Travaux" in html, "Import d’essai" in html) == (True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_its_length(client, by, job: Job, count: int, django_assert_num_queries):
    for number in range(count - 1):
        jobs.start("essai", params={"n": number}, by=by, now=NOW)
    with django_assert_num_queries(5):
        client.get(reverse("admin:records_job_changelist"))


def test_a_week_later_the_content_is_erased_and_a_year_later_the_trace(client, job: Job):
    work(clock=clock.now)
    Job.objects.update(finished_at=NOW, params={"a": "b"})
    stored = Job.objects.get().file
    before = list(retention.purge(now=NOW + timedelta(days=7), dry_run=True))
    assert [line.count for line in before if "travaux" in line.label] == [0, 0]
    asked = list(retention.purge(now=NOW + timedelta(days=8), dry_run=True))
    assert ([line.count for line in asked if "travaux" in line.label], JobRow.objects.count()) == ([1, 0], ROWS)
    list(retention.purge(now=NOW + timedelta(days=8)))
    emptied = Job.objects.get()
    assert (emptied.params, emptied.summary, JobRow.objects.count(), bool(emptied.file), emptied.can_restart) == ({}, "", 0, False, False)
    assert emptied.label == "Import d’essai"
    assert "Le contenu de ce travail a été effacé" in page(client, job)
    list(retention.purge(now=NOW + timedelta(days=366)))
    assert (Job.objects.count(), Act.objects.filter(about_name="Import d’essai").count()) == (0, 0)
    stored.close()


@pytest.mark.django_db(transaction=True)
def test_files_that_no_work_names_are_erased(job: Job):
    work(clock=clock.now)
    kept = Job.objects.get().file
    stray = kept.storage.save("travaux/perdu.csv", ContentFile(b"x"))
    list(retention.purge(now=clock.now()))
    assert kept.storage.exists(stray)
    for name in (stray, kept.name):
        os.utime(kept.storage.path(name), (0, 0))
    list(retention.purge(now=clock.now()))
    assert (kept.storage.exists(stray), kept.storage.exists(kept.name)) == (False, True)
    list(retention.purge(now=clock.now() + timedelta(days=8)))
    assert kept.storage.exists(kept.name) is False
