"""The search box of the admin: found anywhere, shown only to who may see it, and written nowhere."""

import io
import logging

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from core import registry
from core.logs import PlainFormatter, masked
from core.registry import Found, Registry
from core.search import MOST, Group, grouped
from tests.accounts.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
SEARCH = "/admin/recherche/"


@pytest.fixture
def staff():
    return UserFactory(roles=[Role.STAFF], first_name="Équipe", last_name="Exemple")


@pytest.fixture
def client(client, staff):
    return sign_in(client, staff)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch):
    """Answer these, whatever is asked."""

    def put(*found: Found, fault: bool = False) -> None:
        def find(user, words):
            if fault:
                raise RuntimeError("panne")
            yield from found

        fresh: Registry = Registry()
        fresh.add(lambda user, words: [Found("Toujours", f"{user} a cherché {words}", "/la/")], order=1)
        fresh.add(find)
        monkeypatch.setattr("core.search.SEARCH", fresh)

    return put


def ask(client, words: str, **more: str) -> str:
    return client.post(SEARCH, {"mots": words, **more}).content.decode()


def test_every_page_of_the_admin_holds_the_box_and_its_words_are_posted(client):
    for address in ("/admin/", "/admin/programmes/edition/", "/admin/programmes/edition/add/", "/admin/mailing/message/apercus/"):
        page = client.get(address).content.decode()
        start = page.index('action="/admin/recherche/"')
        assert 'method="post"' in page[start - 40 : start], address
        assert (page.count('name="mots"'), page.count('name="q"')) == (1, page.count('id="searchbar"')), address
    assert client.get(SEARCH).content.decode().count('name="mots"') == 1


def test_the_box_is_only_for_who_enters_the_admin(client):
    client.logout()
    assert 'name="mots"' not in client.get("/compte/connexion/", follow=True).content.decode()
    assert client.post(SEARCH, {"mots": "exemple"}).status_code == 302
    sign_in(client, UserFactory())
    assert client.post(SEARCH, {"mots": "exemple"}).status_code in (302, 403)
    sign_in(client, UserFactory(roles=[Role.STAFF]), factor=False)
    assert client.post(SEARCH, {"mots": "exemple"}).status_code == 302


def test_words_in_the_address_are_not_read(client, answers):
    answers(Found("Personnes", "Camille", "/x/"))
    assert "Camille" not in client.get(f"{SEARCH}?mots=camille&q=camille").content.decode()


def test_back_shows_the_answers_again(client, answers):
    answers()
    assert client.post(SEARCH, {"mots": "exemple"}).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("words", ["", "  ", "a", "’ .", "é"])
def test_a_short_question_is_answered_in_words(client, words: str):
    answer = client.post(SEARCH, {"mots": words})
    page = answer.content.decode()
    assert (answer.status_code, page.count("Donnez au moins deux lettres ou chiffres")) == (422, 1)
    assert "<title>Erreur" in page


@pytest.mark.parametrize("words", ["😀", "%", "_", "'''''", "--", "@."])
def test_signs_alone_find_nothing_in_any_box_or_list(client, words: str):
    assert "Donnez au moins deux lettres ou chiffres" in ask(client, words)
    lists = ("accounts/user", "organisations/organisation", "organisations/contact", "mailing/message", "mailing/batch", "records/act")
    for each in lists:
        answer = client.get(f"/admin/{each}/", {"q": words})
        assert (each, answer.status_code, answer.context["cl"].result_count) == (each, 200, 0)


@pytest.mark.parametrize("words", ["x" * 201, "a\x00b"])
def test_what_cannot_be_looked_for_is_refused(client, words: str):
    assert client.post(SEARCH, {"mots": words}).status_code == 422


def test_answers_come_in_groups_of_ten_then_all(client, answers):
    answers(*(Found("Appels", f"Appel {number}", f"/{number}/", "clos") for number in range(12)), Found("Lieux", "<b>Lieu</b>", "/lieu/"))
    page = ask(client, "appel")
    assert (page.count("Appel "), "(12)" in page, page.count("Tout voir"), "<b>Lieu" in page) == (10, True, 1, False)
    page = ask(client, "appel", groupe="Appels")
    assert (page.count("Appel "), 'href="/lieu/"' in page, "Revenir à toutes les réponses" in page) == (12, False, True)
    assert "Équipe Exemple a cherché appel" in ask(client, "appel")


def test_nothing_found_is_said(client, answers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.search.SEARCH", Registry())
    assert "Rien ne correspond à «\u00a0zzz\u00a0»" in ask(client, "zzz")


def test_an_app_that_fails_takes_no_answer_away(client, answers):
    answers(fault=True)
    page = ask(client, "exemple")
    assert ("a cherché exemple" in page, "cette liste est incomplète" in page) == (True, True)


def test_a_group_says_when_it_stops_counting():
    many = [Found("A", str(number), "/") for number in range(MOST)]
    assert [Group("A", found).count for found in (many[:3], many)] == ["3", f"{MOST} et plus"]
    assert [group.name for group in grouped([Found("B", "", ""), Found("A", "", ""), Found("B", "", "")])] == ["B", "A"]


def test_what_is_looked_for_is_in_no_log(client, caplog: pytest.LogCaptureFixture):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(PlainFormatter())
    logging.getLogger().addHandler(handler)
    try:
        ask(client, "camille.exemple@ville.example")
        client.get("/admin/nulle/part/?q=Dupont-Exemple")
    finally:
        logging.getLogger().removeHandler(handler)
    assert "xemple" not in written.getvalue()
    assert masked('"GET /admin/x/?p=1&q=Dupont+Exemple&o=2 HTTP/1.1"') == '"GET /admin/x/?p=1&q=[mots]&o=2 HTTP/1.1"'


# --- People -------------------------------------------------------------------------------------------


@pytest.fixture
def people():
    UserFactory(first_name="Élodie", last_name="d’Œuvre-Exemple", email="e.doeuvre@ville.example")
    UserFactory(first_name="", last_name="", email="sans.nom@region.example")


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("elodie", ["Élodie d’Œuvre-Exemple"]),
        ("OEUVRE élo", ["Élodie d’Œuvre-Exemple"]),
        ("doeuvre@ville", ["Élodie d’Œuvre-Exemple"]),
        ("SANS.nom", ["sans.nom@region.example"]),
        ("introuvable", []),
    ],
)
@pytest.mark.usefixtures("people")
def test_people_are_found_by_any_part_of_name_or_address(client, words: str, titles: list[str]):
    page = ask(client, words, groupe="Personnes")
    found = [title for title in ("Élodie d’Œuvre-Exemple", "sans.nom@region.example") if f">{title}</a>" in page]
    assert found == titles


def test_people_are_found_by_another_address_of_theirs_and_by_a_new_name(client):
    person = UserFactory()
    person.emailaddress_set.create(email="ailleurs@prive.example", verified=True)
    person.emailaddress_set.create(email="pas.prouve@prive.example", verified=False)
    person.last_name = "Nouveau-Nom"
    person.save(update_fields=["last_name"])
    asked = {words: list(User.objects.matching(words)) for words in ("ailleurs@prive", "pas.prouve", "nouveau")}
    assert asked == {"ailleurs@prive": [person], "pas.prouve": [], "nouveau": [person]}


def test_people_loaded_together_are_found_too():
    User.objects.bulk_create([User(email="lot@ville.example", first_name="Zoé", last_name="Exemple", password="!")])
    assert User.objects.matching("zoe").get().email == "lot@ville.example"


@pytest.mark.usefixtures("people")
def test_who_may_not_see_people_finds_none(client):
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    assert "Élodie" not in ask(client, "elodie")


def test_the_list_of_people_is_searched_the_same_way(client, people):
    page = client.get(reverse("admin:accounts_user_changelist"), {"q": "ELODIE oeuvre"}).content.decode()
    assert ("e.doeuvre@ville.example" in page, "sans.nom@region.example" in page) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_costs_the_same_whatever_it_finds(client, count: int, django_assert_max_num_queries):
    for number in range(count):
        UserFactory(last_name=f"Cherché{number}")
    # A question a part on the whole, and five of the page: an app that joins pays for its own part.
    with django_assert_max_num_queries(len(list(registry.SEARCH)) + 5):
        page = ask(client, "cherche")
    assert page.count("Cherché") == count


def test_every_app_gave_its_part():
    assert {find.__module__.partition(".")[0] for find in registry.SEARCH} >= {"accounts", "applications", "organisations", "programmes"}


# --- In a real browser -----------------------------------------------------------------------------------


@pytest.fixture
def visit(open_page, live):
    """Open a page of the admin as somebody of the team."""

    def go(address: str, **options):
        UserFactory(first_name="Élodie", last_name=LONG, email="e@ville.example")
        for number in range(12):
            UserFactory(last_name=f"Exemple-{number}")
        key = sign_in(Client(), UserFactory(roles=[Role.STAFF])).cookies[django_settings.SESSION_COOKIE_NAME].value
        page = open_page(**{"reduced_motion": "reduce", **options})
        page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
        page.goto(address)
        return page

    return go


LONG = "d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-pour-la-Démonstration"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.browser
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_it_is_asked_by_keyboard_without_javascript_and_back_comes_back(visit):
    page = visit("/admin/programmes/edition/", javascript=False, width=320)
    page.get_by_role("search", name="Dans toute l’administration").get_by_role("searchbox").focus()
    page.keyboard.type("elodie")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Recherche", level=1).wait_for()
    assert page.url.endswith("/admin/recherche/")
    page.get_by_role("link", name="Élodie").click()
    page.get_by_role("heading", name="Personne", level=1).wait_for()
    page.go_back()
    page.get_by_role("link", name="Élodie").wait_for()
    assert page.get_by_role("searchbox").input_value() == "elodie"


@pytest.mark.browser
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_answers_and_refusals_hold_no_barrier(visit, axe, vnu, dark: bool):
    page = visit("/admin/recherche/", dark=dark)
    for words, seen in (("exemple", "Tout voir"), ("zzzz", "Rien ne correspond"), ("a", "Donnez au moins deux")):
        page.get_by_role("searchbox").fill(words)
        page.get_by_role("button", name="Chercher partout").click()
        page.get_by_text(seen).first.wait_for()
        vnu(page.content())
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            axe(page)
            assert (words, width, page.evaluate(OVERFLOW)) == (words, width, 0)
    page.get_by_role("searchbox").fill("exemple")
    page.get_by_role("button", name="Chercher partout").click()
    page.get_by_role("button", name="Tout voir").click()
    page.get_by_role("button", name="Revenir à toutes les réponses").wait_for()
    assert page.get_by_role("link", name="Exemple-").count() >= 12
