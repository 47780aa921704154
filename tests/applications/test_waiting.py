"""What waits among applications, what the admin's search box finds of them, and the calls in figures."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from applications import figures, waiting
from applications.models import Application, Review
from mailing.models import Refusal
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import NOON, OPEN, TYPED, ApplicationFactory, deposited
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


@pytest.fixture
def call():
    return EditionFactory(short_title="Les Aventuriers 2017", reference_prefix="AV17")


def told(now=LATER):
    return {(item.label.replace("\u00a0", " ").replace("\u202f", " "), item.count, item.since) for item in waiting.waiting(now)}


def named(application, last_name):
    application.last_name = last_name
    application.save()
    return application


def test_what_waits_is_told_by_call_and_leads_to_exactly_these_lines(client, call):
    colleague = UserFactory(roles=[Role.STAFF])
    for name in ("Érable", "Erable", "Saule"):
        named(deposited(edition=call), name)
    Review.objects.create(application=Application.objects.latest("pk"), reviewer=colleague, assigned_at=OPEN)
    Refusal.objects.create(address=Application.objects.latest("pk").applicant.email, reason="550", at=OPEN)
    ApplicationFactory(edition=call, saved_at=NOON + timedelta(minutes=2))
    ApplicationFactory(edition=call)
    assert told() == {
        (
            "Les Aventuriers 2017 : brouillons poursuivis après la clôture : à accepter, ou à laisser de côté",
            1,
            NOON + timedelta(minutes=2),
        ),
        ("Les Aventuriers 2017 : candidatures sans jury", 2, NOON),
        ("Les Aventuriers 2017 : candidatures dont l’adresse ne reçoit pas", 1, None),
        ("Les Aventuriers 2017 : candidatures au même nom : une seule personne ?", 2, None),
    }
    with time_machine.travel(LATER):
        sign_in(client, colleague)
        for item in waiting.waiting(LATER):
            assert client.get(item.url).context["cl"].result_count == item.count, item


def test_nothing_waits_before_the_deadline_of_a_call_that_goes_well_or_once_it_is_over(call):
    deposited(edition=call)
    assert told(OPEN) == set()
    assert told(LATER + timedelta(days=400)) == set()


def test_what_waits_costs_the_same_whatever_waits(call):
    counts = []
    for _ in range(3):
        deposited(edition=call)
        with CaptureQueriesContext(connection) as asked:
            list(waiting.waiting(LATER))
        counts.append(len(asked))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("words", ["erable", "AV17-0001", "zoe@ville", "Ville d'exemple Érable"])
def test_the_search_box_finds_an_application_by_any_part(call, words):
    application = named(deposited(edition=call, applicant=UserFactory(email="zoe@ville.example")), "Érable")
    deposited(edition=call)
    staff = UserFactory(roles=[Role.STAFF])
    found = list(waiting.found(staff, words))
    assert [(item.group, item.title, item.note) for item in found] == [
        ("Candidatures", "AV17-0001, Camille Érable", "Les Aventuriers 2017, déposée")
    ]
    assert found[0].url == f"/admin/applications/application/{application.pk}/change/"
    for roles in ([], [Role.TREASURER], [Role.ADMINISTRATOR], [Role.REVIEWER]):
        assert list(waiting.found(UserFactory(roles=roles), words)) == []
    assert list(waiting.found(application.applicant, words)) == []


def test_the_search_box_is_given_what_it_can_show(call, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 11)
    ApplicationFactory.create_batch(12, edition=call, typed=TYPED)
    assert len(list(waiting.found(UserFactory(roles=[Role.STAFF]), "exemple"))) == 11


def test_the_drawing_and_the_table_hold_the_same_numbers(call):
    for hours in (0, 24, 25):
        deposited(edition=call, at=OPEN + timedelta(hours=hours))
    ApplicationFactory(edition=call)
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(roles=[Role.STAFF])
    with CaptureQueriesContext(connection) as asked:
        context = figures.dashboard(request, OPEN + timedelta(days=3))
    assert len(asked) <= 5
    figure = context["figures"][0]
    assert figure.total == 4
    assert [row[:2] for row in figure.states] == [("Brouillon", 1), ("Déposée", 3)]
    assert [row[:2] for row in figure.branches] == [("Territoriale", 3)]
    assert [row[:2] for row in figure.days if row[1]] == [("01/09", 1), ("02/09", 2)]
    text = render_to_string("admin/applications/_dashboard.html", context, request)
    in_tables = [int(number) for number in re.findall(r"<td>(\d+)</td>", text)]
    assert in_tables == [1, 3, 4, 3, 3, *(number for _, number, _ in figure.days), 3]
    request.user = UserFactory(roles=[Role.TREASURER])
    assert figures.dashboard(request, OPEN) is None


def test_open_calls_come_first_then_those_in_selection_then_the_latest_finished(call):
    def made(days: int, **fields):
        return EditionFactory(short_title=f"{days}", opens_at=OPEN - timedelta(days=99), closes_at=NOON + timedelta(days=days), **fields)

    for days in (9, 4):
        made(days)
    for days in (-20, -5):
        made(days, results_released_at=OPEN - timedelta(days=1))
    for days in (-30, -15):
        made(days)
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(roles=[Role.STAFF])
    ApplicationFactory.create_batch(2, edition=call)
    deposited(edition=call)
    shown = figures.dashboard(request, NOON - timedelta(days=1))["figures"]
    assert [figure.call.short_title for figure in shown] == ["Les Aventuriers 2017", "4", "9", "-15", "-30", "-5"]
    first = shown[0]
    assert (first.deposited, first.drafts, first.is_open) == (1, 2, True)
    text = render_to_string("admin/applications/_dashboard.html", {"figures": shown}, request)
    assert "<strong>1</strong> candidature déposée, " in text
    assert f'<a href="{first.drafts_url.replace("&", "&amp;")}"><strong>2</strong> brouillons pas encore déposés</a>' in text


def test_an_empty_call_has_figures_too_and_no_call_none(call):
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(roles=[Role.STAFF])
    context = figures.dashboard(request, OPEN)
    assert "<strong>0</strong> candidature déposée</p>" in render_to_string("admin/applications/_dashboard.html", context, request)
    assert figures.dashboard(request, OPEN + timedelta(days=400)) is None
