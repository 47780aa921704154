"""The pages anybody reads: every fact, the right button, nothing that is not public, few queries."""

import re
from datetime import date, datetime
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from core import registry
from core.clock import PARIS
from programmes import demo, pages
from programmes.models import Edition, Kind
from tests.programmes.factories import EditionFactory, PhaseFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
SEPTEMBER_FIRST = datetime(2017, 9, 1, 10, tzinfo=PARIS)
SECRET = "Secret d’exemple"


def text_of(response):
    """Return the words of a page as a person reads them: no tag, plain spaces."""
    main = response.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).replace(" ,", ",").replace(" .", ".").strip()


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_home_page_offers_the_call_on_the_first_of_september_2017(client):
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        demo.load(1)
        html = client.get("/").content.decode()
    assert re.search(r'<a href="/programmes/aventuriers/2017/">Les Aventuriers 2017</a>', html)
    assert "8\u00a0septembre 2017, midi" in html


@pytest.mark.parametrize(
    ("moment", "words", "button"),
    [
        (datetime(2017, 7, 3, 8, tzinfo=PARIS), "L’appel n’est pas encore ouvert.", False),
        (datetime(2017, 9, 8, 11, 59, 59, tzinfo=PARIS), "Ferme bientôt", True),
        (datetime(2017, 9, 8, 12, tzinfo=PARIS), "L’appel est clos", False),
        (datetime(2017, 9, 10, 12, tzinfo=PARIS), "La sélection est en cours", False),
        (datetime(2017, 9, 14, 12, tzinfo=PARIS), "Les résultats sont publiés", False),
        (datetime(2017, 12, 1, 12, tzinfo=PARIS), "Cette édition est terminée.", False),
    ],
)
def test_the_button_gives_way_to_the_next_steps(client, moment, words, button):
    edition = EditionFactory(results_released_at=datetime(2017, 9, 13, 10, tzinfo=PARIS), published_at=datetime(2017, 6, 1, tzinfo=PARIS))
    with time_machine.travel(moment, tick=False):
        html = client.get(edition.get_absolute_url()).content.decode()
    assert (words in html, ">Candidater</a>" in html) == (True, button)


def test_a_closed_call_leads_to_the_one_that_is_open(client):
    closed = EditionFactory(ends_on=date(2017, 9, 9))
    EditionFactory(
        programme=closed.programme,
        short_title="Les Aventuriers 2018",
        closes_at=datetime(2018, 9, 7, 12, tzinfo=PARIS),
        ends_on=date(2018, 11, 30),
    )
    with time_machine.travel(datetime(2017, 12, 1, 12, tzinfo=PARIS), tick=False):
        assert "Les Aventuriers 2018" in text_of(client.get(closed.get_absolute_url()))


def public_doors(edition):
    return ["/", "/programmes/", edition.programme.get_absolute_url(), "/plan-du-site/", "/sitemap.xml", "/programmes/?q=secret"]


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"published_at": datetime(2017, 9, 2, tzinfo=PARIS)}])
def test_an_unpublished_call_is_found_by_nobody(client, hidden):
    edition = EditionFactory(short_title=SECRET, title=SECRET, slug="secret-2017", **hidden)
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        pages_read = [client.get(url).content.decode() for url in public_doors(edition)]
        answers = [client.get(edition.get_absolute_url() + end).status_code for end in ("", "dates.ics")]
    assert [SECRET in html or "secret-2017" in html for html in pages_read] == [False] * len(pages_read)
    assert answers == [404, 404]


def test_a_call_of_a_programme_that_is_not_public_is_found_by_nobody(client):
    edition = EditionFactory(short_title=SECRET, programme__is_public=False, programme__title=SECRET)
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        answers = [client.get(url) for url in public_doors(edition)]
        links = [link for gather in (pages.site_map, pages.contacts) for link in gather(SEPTEMBER_FIRST)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 200, 200]
    assert [SECRET in answer.content.decode() for answer in answers] == [False] * 6
    assert [link.label for link in links] == ["Programmes"]


def test_staff_preview_an_unpublished_call_and_others_do_not(client, monkeypatch):
    edition = EditionFactory(published_at=None)
    person = User.objects.create(email="camille@ville.example")
    client.force_login(person, backend="accounts.backends.RoleBackend")
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        before = client.get(edition.get_absolute_url()).status_code
        monkeypatch.setattr(User, "has_perm", lambda _, perm: perm == "programmes.view_edition")
        after = client.get(edition.get_absolute_url())
    assert (before, after.status_code, "Pas encore publiée" in text_of(after)) == (404, 200, True)


def test_a_visitor_without_cookie_gets_a_page_a_cache_may_keep(client):
    edition = EditionFactory()
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        answers = [client.get(url) for url in ("/programmes/", edition.programme.get_absolute_url(), edition.get_absolute_url())]
    assert [(len(answer.cookies), "public" in answer["Cache-Control"], "ETag" in answer) for answer in answers] == [(0, True, True)] * 3
    assert [answer.get("Vary", "") for answer in answers] == ["HX-Request, Accept-Encoding", "Accept-Encoding", "Accept-Encoding"]


def test_what_is_mine_shows_only_to_whom_a_session_brought_a_cookie(client, monkeypatch):
    edition = EditionFactory()
    acts = registry.Registry()
    acts.add(lambda _call, person, _now: registry.Link("Ma candidature", "/candidatures/AV17-0001/") if person == mine else None)
    monkeypatch.setattr("programmes.views.pages.EDITION_ACTS", acts)
    mine = User.objects.create(email="camille@ville.example")
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        stranger = client.get(edition.get_absolute_url())
        client.force_login(mine, backend="accounts.backends.RoleBackend")
        answer = client.get(edition.get_absolute_url())
    assert ("Ma candidature" in text_of(stranger), ">Candidater<" in stranger.content.decode()) == (False, True)
    assert ("Ma candidature" in text_of(answer), ">Candidater<" in answer.content.decode()) == (True, False)
    assert "private" in answer["Cache-Control"]


def test_the_list_is_filtered_by_kind_and_words_whatever_the_accents(client):
    ProgrammeFactory(title="Journées découverte", kind=Kind.TRAINING)
    EditionFactory(short_title="Les Aventuriers 2017", lede="Une exploration.", programme__title="Les Aventuriers")
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        pages_read = [
            text_of(client.get("/programmes/", query))
            for query in ({"type": "training"}, {"q": "decouverte JOURNEES"}, {"q": "exploration"})
        ]
    assert [("Journées découverte" in words, "Les Aventuriers 2017" in words) for words in pages_read] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert "1 résultat" in pages_read[0]


def test_a_live_filter_receives_the_list_alone(client):
    EditionFactory()
    fragment = client.get("/programmes/", headers={"HX-Request": "true"})
    restored = client.get("/programmes/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert ("<html" in fragment.content.decode(), "<html" in restored.content.decode()) == (False, True)
    assert 'role="status"' in fragment.content.decode()


@pytest.mark.parametrize("query", [{"q": "introuvable"}, {"q": "\x01"}, {"q": "<b>" * 200}, {"type": "inconnu"}, {"type": "training"}])
def test_odd_filters_are_answered_and_an_empty_list_says_what_to_do(client, query):
    answer = client.get("/programmes/", query)
    assert (answer.status_code, "nous écrire" in text_of(answer)) == (200, True)


def test_a_programme_without_call_leads_to_its_address(client):
    programme = ProgrammeFactory(contact_email="journees@la27eregion.example")
    words = text_of(client.get(programme.get_absolute_url()))
    assert ("Rien n’est ouvert en ce moment" in words, "Écrire à l’équipe" in words) == (True, True)


def test_a_programme_keeps_its_archive(client):
    old = EditionFactory(
        title="Édition de 2016",
        closes_at=datetime(2016, 9, 8, tzinfo=PARIS),
        opens_at=datetime(2016, 7, 8, tzinfo=PARIS),
        published_at=datetime(2016, 7, 8, tzinfo=PARIS),
        ends_on=date(2016, 11, 30),
    )
    EditionFactory(programme=old.programme, short_title="Les Aventuriers 2017")
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        words = text_of(client.get(old.programme.get_absolute_url()))
    assert words.index("Les Aventuriers 2017") < words.index("Archives") < words.index("Édition de 2016")


@time_machine.travel(SEPTEMBER_FIRST, tick=False)
def test_the_home_page_leads_with_the_open_call_of_the_first_programme_that_closes_first():
    first, second = ProgrammeFactory(order=1), ProgrammeFactory(order=2)
    EditionFactory(programme=second, closes_at=datetime(2017, 9, 2, 12, tzinfo=PARIS))
    EditionFactory(programme=first, closes_at=datetime(2017, 9, 30, 12, tzinfo=PARIS))
    leads = EditionFactory(programme=first, closes_at=datetime(2017, 9, 29, 12, tzinfo=PARIS))
    EditionFactory(programme=first, opens_at=datetime(2017, 9, 2, 12, tzinfo=PARIS))
    EditionFactory(programme=first, published_at=None, closes_at=datetime(2017, 9, 3, 12, tzinfo=PARIS))
    request = RequestFactory().get("/")
    assert pages.hero(request, SEPTEMBER_FIRST)["call"] == leads
    assert pages.listing(request, SEPTEMBER_FIRST)["total"] == 4


def test_without_open_call_the_home_page_leads_to_the_programmes():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert pages.hero(request, SEPTEMBER_FIRST) == {"call": None, "status": None}


def test_public_pages_cost_few_queries_however_many_rows(client):
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        first = EditionFactory()
        PhaseFactory(edition=first)
        urls = ["/", "/programmes/", first.programme.get_absolute_url(), first.get_absolute_url()]
        one = [queries(client, url) for url in urls]
        for programme in (first.programme, ProgrammeFactory()):
            edition = EditionFactory(programme=programme)
            PhaseFactory.create_batch(3, edition=edition)
        PhaseFactory.create_batch(2, edition=first)
        three = [queries(client, url) for url in urls]
    assert one == three
    assert [count <= 5 for count in three] == [True] * 4


def test_the_dates_are_a_calendar_file(client):
    EditionFactory(programme__slug="aventuriers", slug="2017")
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        answer = client.get(reverse("edition_dates", args=["aventuriers", "2017"]))
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "text/calendar; charset=utf-8",
        'attachment; filename="aventuriers-2017-dates.ics"',
    )


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(2017, 9, 8, 11, 0, 0, tzinfo=PARIS), 60),
        (datetime(2017, 9, 8, 11, 59, 30, tzinfo=PARIS), 30),
        (datetime(2017, 9, 8, 11, 59, 59, 500_000, tzinfo=PARIS), 0),
        (datetime(2017, 9, 8, 12, 0, 0, tzinfo=PARIS), 60),
    ],
)
def test_no_cache_shows_the_button_after_the_deadline(client, moment, seconds):
    edition = EditionFactory()
    with time_machine.travel(moment, tick=False):
        answers = [client.get(url) for url in ("/programmes/", edition.programme.get_absolute_url(), edition.get_absolute_url())]
    assert [f"max-age={seconds}" in answer["Cache-Control"].split(", ") for answer in answers] == [True] * 3


def test_a_page_already_read_is_not_sent_again(client):
    edition = EditionFactory()
    with time_machine.travel(SEPTEMBER_FIRST, tick=False):
        tag = client.get(edition.get_absolute_url())["ETag"]
        again = client.get(edition.get_absolute_url(), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


@time_machine.travel(SEPTEMBER_FIRST, tick=False)
def test_what_visitors_read_follows_at_once_what_the_team_writes(client):
    """The SQL of public pages is kept, never the rows."""
    call = EditionFactory()
    paths = ["/", "/programmes/", call.get_absolute_url()]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    Edition.objects.filter(pk=call.pk).update(lede="Un chapô récrit à l’instant.")
    assert ["récrit à l’instant" in client.get(path).content.decode() for path in paths] == [True, True, True]
    Edition.objects.filter(pk=call.pk).update(published_at=None)
    assert ["récrit à l’instant" in client.get(path).content.decode() for path in paths] == [False, False, False]
    assert client.get(paths[2]).status_code == 404
