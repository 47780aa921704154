"""Three feeds of the open calls and the days to come: valid, stable, cacheable, and nothing that is not public."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
import time_machine
from icalendar import Calendar

from core.clock import PARIS
from tests.programmes.factories import EditionFactory, PhaseFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 1, 10, tzinfo=PARIS)
ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = {"json": "application/feed+json", "atom": "application/atom+xml", "ics": "text/calendar"}


@pytest.fixture(autouse=True)
def _first_of_september():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def rows():
    """An open call, a day to come, and one of each that no feed may name."""
    call = EditionFactory(title="Appel <ouvert> & vrai", changed_at=datetime(2017, 8, 1, 9, tzinfo=PARIS))
    PhaseFactory(edition=call)
    day = SessionFactory(published_at=datetime(2017, 8, 15, 9, tzinfo=PARIS), taken=13)
    EditionFactory(title="Secret", published_at=None)
    EditionFactory(title="Secret", opens_at=datetime(2017, 9, 2, tzinfo=PARIS))
    EditionFactory(title="Secret", closes_at=NOW)
    SessionFactory(title="Secret", published_at=datetime(2017, 9, 2, tzinfo=PARIS))
    SessionFactory(title="Secret", cancelled_at=NOW, published_at=datetime(2017, 8, 15, 9, tzinfo=PARIS))
    return call, day


def read(client, kind):
    answer = client.get(f"/programmes/appels.{kind}")
    assert (answer.status_code, answer["Content-Type"], "Secret" in answer.content.decode()) == (
        200,
        f"{FEEDS[kind]}; charset=utf-8",
        False,
    )
    return answer.content


def test_the_json_feed_says_each_entry_with_its_figures(client, rows):
    call, day = rows
    feed = json.loads(read(client, "json"))
    assert (feed["version"], feed["feed_url"], feed["language"]) == (
        "https://jsonfeed.org/version/1.1",
        "https://testserver/programmes/appels.json",
        "fr",
    )
    first, second = feed["items"]
    assert (first["id"], first["url"], first["date_published"], first["_la27eregion"]["seats_left"], first["_la27eregion"]["price"]) == (
        f"tag:testserver,2026:journee-{day.pk}",
        f"https://testserver{day.get_absolute_url()}",
        "2017-08-15T09:00:00+02:00",
        7,
        "680.00",
    )
    assert (second["title"], second["date_modified"], second["_la27eregion"]["closes_at"]) == (
        "Appel <ouvert> & vrai",
        "2017-08-01T09:00:00+02:00",
        "2017-09-08T12:00:00+02:00",
    )


def test_the_atom_feed_has_what_the_standard_asks(client, rows):
    feed = ET.fromstring(read(client, "atom"))  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    assert [feed.findtext(f"{ATOM}{name}") for name in ("id", "updated")] == [
        "https://testserver/programmes/appels.atom",
        "2017-08-15T09:00:00+02:00",
    ]
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")} == {
        "self": "https://testserver/programmes/appels.atom",
        "alternate": "https://testserver/programmes/",
    }
    entries = feed.findall(f"{ATOM}entry")
    needed = ("id", "title", "updated", "published", "summary", "link", "category")
    assert [[entry.find(f"{ATOM}{name}") is not None for name in needed] for entry in entries] == [[True] * 7] * 2
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2


def test_the_calendar_holds_the_deadline_and_the_day_under_the_same_identity_as_their_own_files(client, rows):
    call, day = rows
    events = Calendar.from_ical(read(client, "ics")).walk("VEVENT")
    own = [Calendar.from_ical(client.get(row.get_absolute_url() + "dates.ics").content).walk("VEVENT")[0] for row in rows]
    assert [event["uid"] for event in events] == [event["uid"] for event in own]
    assert events[0].decoded("dtstart").astimezone(UTC) == datetime(2017, 9, 8, 10, tzinfo=UTC)


@pytest.mark.parametrize("kind", FEEDS)
def test_an_empty_feed_is_a_feed(client, kind):
    assert read(client, kind)


@pytest.mark.parametrize("kind", FEEDS)
def test_an_unchanged_feed_is_not_sent_again_and_no_cookie_comes(client, rows, kind):
    first = client.get(f"/programmes/appels.{kind}")
    again = client.get(f"/programmes/appels.{kind}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, first["Access-Control-Allow-Origin"], first.cookies) == (304, "*", {})


def test_no_cache_keeps_a_call_in_a_feed_after_its_deadline(client):
    EditionFactory(closes_at=datetime(2017, 9, 1, 10, 0, 20, tzinfo=PARIS))
    assert "max-age=20" in client.get("/programmes/appels.json")["Cache-Control"]


def test_an_entry_keeps_its_id_when_its_words_and_address_change(client, rows):
    call, _ = rows
    before = {item["id"] for item in json.loads(read(client, "json"))["items"]}
    call.title, call.slug = "Autre titre", "autre"
    call.save()
    assert {item["id"] for item in json.loads(read(client, "json"))["items"]} == before


def test_pages_name_the_feeds(client, rows):
    for url in ("/programmes/", rows[0].get_absolute_url(), rows[1].get_absolute_url(), rows[0].programme.get_absolute_url()):
        html = client.get(url).content.decode()
        assert [f'<link rel="alternate" type="{kind}" href="/programmes/appels.{end}"' in html for end, kind in FEEDS.items()] == [True] * 3
