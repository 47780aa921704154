"""The form of a call that is not published, tried by whoever holds the link: as it will be, and nothing is stored."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Application
from core.clock import PARIS
from programmes import previews
from tests.programmes.factories import EditionFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 6, 1, 10, tzinfo=PARIS)
ANSWERS = {
    "last_name": "d’Exemple", "first_name": "Camille", "organisation": "Ville d’Exemple", "job": "Bibliothécaire", "branch": "LOCAL",
    "region": "53", "motivation": "Voir comment d’autres s’y prennent.", "costs_covered": "on",
}  # fmt: skip


@pytest.fixture
def form():
    with time_machine.travel(NOW, tick=False):
        edition = EditionFactory(published_at=None, title="Appel secret")
        yield reverse("preview_form", args=[previews.token_of(edition, until=NOW + timedelta(days=1))])


def test_the_form_opens_as_a_candidate_will_see_it(client, form):
    answer = client.get(form)
    html = answer.content.decode()
    assert [f'name="{name}"' in html for name in ANSWERS] == [True] * len(ANSWERS)
    assert ("Aperçu, pas encore publié." in html, "data-hx-post" in html, "csrfmiddlewaretoken" in html) == (True, False, False)
    assert (answer["Cache-Control"], answer.cookies) == ("private, no-store", {})


def test_what_is_typed_is_checked_as_it_will_be(form):
    visitor = Client(enforce_csrf_checks=True)
    answer = visitor.post(form, ANSWERS | {"motivation": "mot\n" * 12, "job": ""})
    html = answer.content.decode()
    assert (answer.status_code, "<title>Erreur" in html, "12\u00a0lignes" in html or "12 lignes" in html, "d’Exemple" in html) == (
        422,
        True,
        True,
        True,
    )


def test_what_is_right_is_read_over_and_nothing_is_stored(client, form):
    with CaptureQueriesContext(connection) as seen:
        answer = client.post(form, ANSWERS)
    html = answer.content.decode()
    assert (answer.status_code, "Vos réponses" in html, "Bibliothécaire" in html, "rien ne se dépose" in html) == (200, True, True, True)
    assert [query["sql"] for query in seen if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))] == []
    assert (Application.objects.count(), answer.cookies) == (0, {})


def test_a_day_has_no_form_to_show(client):
    with time_machine.travel(NOW, tick=False):
        day = SessionFactory(published_at=None)
        link = reverse("preview_form", args=[previews.token_of(day, until=NOW + timedelta(days=1))])
        assert client.get(link).status_code == 404
