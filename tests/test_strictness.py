"""The strictness of the house bites."""

from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.template import Context, Engine, Origin, Template, engines

from accounts.models import Grant, User
from tests.conftest import LONG, LONGEST
from tests.racing import race
from tests.strictness import UnknownVariable, check, inline_code


def _rendered(source: str, folder: str) -> str:
    origin = Origin(str(Path(settings.BASE_DIR, "templates", folder, "page.html")), f"{folder}/page.html")
    return Template(source, origin, engine=Engine(string_if_invalid=UnknownVariable("%s"))).render(Context({}))


def test_an_unknown_variable_of_ours_fails():
    with pytest.raises(AssertionError, match="programmes/page.html : variable inconnue nobody"):
        _rendered("{{ nobody }}", "programmes")


def test_a_test_for_absence_is_no_fault():
    assert _rendered("{% if nobody %}a{% else %}b{% endif %}", "programmes") == "b"


def test_what_we_write_over_the_admin_may_read_absent_variables():
    assert _rendered("{{ nobody }}", "admin") == ""


def test_every_engine_is_strict():
    assert [type(engine.engine.string_if_invalid) for engine in engines.all()] == [UnknownVariable, UnknownVariable]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<p style="color:red">', ["<p style=…>"]),
        ('<a href="#" onclick="x()">', ["<a onclick=…>"]),
        ("<script>x()</script>", ["<script>"]),
        ("<style>p{}</style>", ["<style>"]),
        ('<script src="/static/js/site.js" defer></script><script type="application/json">{}</script>', []),
        ('<p data-hx-post="/x" title="on the style=1 of it">', []),
    ],
)
def test_inline_code_is_found(html, found):
    assert inline_code(html) == found


def test_a_page_with_inline_code_fails_and_a_download_does_not():
    check(StreamingHttpResponse(["<style>"]), "/flux")
    check(HttpResponse("<style>", content_type="text/plain"), "/texte")
    with pytest.raises(AssertionError, match="/page"):
        check(HttpResponse("<style>"), "/page")


@pytest.mark.django_db
def test_rows_without_an_order_come_back_reversed():
    for email in ("a@ville.example", "b@ville.example"):
        User.objects.create_user(email)
    by_key = [person.email for person in User.objects.order_by("pk")]
    assert [person.email for person in User.objects.order_by()] == by_key[::-1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_race_gives_results_and_exceptions_in_order():
    person = User.objects.create_user("a@ville.example")
    outcomes = race(
        partial(Grant.objects.filter(user=person).count),
        partial(User.objects.get, email="personne@ville.example"),
    )
    assert (outcomes[0], type(outcomes[1])) == (0, User.DoesNotExist)


@pytest.mark.parametrize("name", sorted({*LONG, *LONGEST}))
def test_what_runs_once_is_there_under_that_name(name: str):
    """A test that changed its name would run twice again, without a word."""
    path, _, function = name.partition("::")
    source = Path(settings.BASE_DIR, path).read_text(encoding="utf-8")
    assert not function or f"\ndef {function}(" in source
