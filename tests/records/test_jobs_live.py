"""The page of long work in a real browser: it moves by itself with JavaScript, by a link without, and holds no barrier."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from core import clock
from records import jobs, kinds
from records.models import Job, JobRow
from records.states import JobState, Outcome
from records.work import work
from tests.accounts.factories import UserFactory, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "Communauté-d’agglomération-de-Saint-Exemple-sur-l’Exemple-et-des-Exemples-réunis"


def function(job, work):
    work.expect(2)
    work.tell("Bretagne")
    work.tell(LONG, Outcome.REFUSED, "Le SIRET 123 456 789 00012 n’est pas valide : vérifiez ses 14 chiffres.")
    work.keep("rejets.csv", b"a;b")
    return "Une ligne lue, une refusée."


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setitem(kinds.KINDS, "essai", kinds.JobKind("essai", "essai", function))
    return jobs.start("essai", label="Import de communes.csv", by=UserFactory(roles=[Role.STAFF]), now=clock.now())


@pytest.fixture
def visit(open_page, live, job: Job):
    """Open the page of the work as who asked for it."""

    def go(**options):
        from accounts.models import User

        client = sign_in(Client(), User.objects.get(pk=job.by_id))
        page = open_page(**{"reduced_motion": "reduce", **options})
        name = django_settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live}])
        page.goto(reverse("admin:records_job_change", args=[job.pk]))
        return page

    return go


def test_the_page_moves_by_itself_until_the_end(visit, job: Job):
    page = visit()
    assert page.locator(".job-state").inner_text().startswith("En attente")
    Job.objects.update(state=JobState.RUNNING, total=40, done=10, leased_until=clock.now())
    page.get_by_text("10 sur 40").wait_for()
    Job.objects.update(state=JobState.WAITING)
    work(clock=clock.now)
    page.get_by_role("link", name="Télécharger rejets.csv").wait_for()
    assert page.locator("#job-status").inner_text() == "Import de communes.csv\u00a0: terminé."
    assert page.get_by_role("row").count() == 3
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger rejets.csv").click()
    assert download.value.suggested_filename == "rejets.csv"


def test_without_javascript_a_link_shows_where_it_is(visit, job: Job):
    page = visit(javascript=False)
    work(clock=clock.now)
    page.get_by_role("link", name="Actualiser cette page").click()
    page.get_by_text("Une ligne lue, une refusée.").wait_for()
    assert page.get_by_role("link", name="Actualiser cette page").count() == 0


def test_it_is_stopped_by_keyboard_without_javascript(visit, job: Job):
    page = visit(javascript=False)
    page.get_by_role("button", name="Arrêter ce travail").focus()
    page.keyboard.press("Enter")
    page.get_by_text("L’arrêt est demandé").wait_for()
    assert Job.objects.get().state == JobState.CANCELLED


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_of_its_states_holds_no_barrier(visit, axe, job: Job, dark: bool):
    page = visit(dark=dark)
    for number in range(60):
        JobRow.objects.create(job=job, number=number, label=LONG, outcome=Outcome.REFUSED, message=LONG * 2)
    states = [
        {"state": JobState.RUNNING, "total": 0, "done": 7, "leased_until": clock.now()},
        {"state": JobState.RUNNING, "total": 40, "done": 10, "is_cancel_asked": True},
        {"state": JobState.FAILED, "error": f"Ce fichier n’est pas lisible\u00a0: {LONG}", "finished_at": clock.now()},
        {"state": JobState.DONE, "error": "", "file": "travaux/x.csv", "file_name": f"{LONG}.csv"},
    ]
    for state in states:
        Job.objects.update(**state)
        page.goto(reverse("admin:records_job_change", args=[job.pk]))
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            axe(page)
            assert (state["state"], width, page.evaluate(OVERFLOW)) == (state["state"], width, 0)


def test_a_session_that_ends_leads_to_the_sign_in(visit, job: Job):
    page = visit()
    page.watch.tolerated.add(403)
    page.context.clear_cookies()
    page.wait_for_url("**/compte/**")
    assert page.get_by_role("heading", level=1).count() == 1
