"""What other programs read of communiqués: Atom, structured data, the social card. No contact of the press in them (domain.md F2)."""

import json
import re
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import time_machine
from PIL import Image

from events.press import feeds
from tests.events.press_factories import AFTER, EMBARGO, ReleaseFactory

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def at(moment):
    return time_machine.travel(moment, tick=False)


def test_the_feed_lists_the_last_first_with_its_dates_and_no_contact(client):
    first, second = ReleaseFactory(title="Première"), ReleaseFactory(title="Deuxième", updated_at=AFTER, update_note="Une date.")
    with at(AFTER):
        answer = client.get("/presse/flux.atom")
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    entries = [
        (entry.find(f"{ATOM}title").text, entry.find(f"{ATOM}published").text, entry.find(f"{ATOM}updated").text)
        for entry in feed.findall(f"{ATOM}entry")
    ]
    assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == ("application/atom+xml; charset=utf-8", "*")
    assert entries == [
        ("Deuxième", "2027-11-08T09:00:00+01:00", "2027-11-09T10:00:00+01:00"),
        ("Première", "2027-11-08T09:00:00+01:00", "2027-11-08T09:00:00+01:00"),
    ]
    assert feed.find(f"{ATOM}updated").text == "2027-11-09T10:00:00+01:00"
    ids = [entry.find(f"{ATOM}id").text for entry in feed.findall(f"{ATOM}entry")]
    assert ids == [f"tag:testserver,2026:communique-{row.pk}" for row in (second, first)]
    assert [words for words in ("01 99 00", "presse@ville.example", "Contact presse") if words in answer.content.decode()] == []


def test_the_feed_of_an_unchanged_press_room_does_not_change(client):
    ReleaseFactory()
    bodies = []
    for later in (0, 9):
        with at(AFTER + timedelta(days=later)):
            bodies.append(client.get("/presse/flux.atom").content)
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("count", [1, 3])
def test_the_feed_costs_one_query(client, count, django_assert_num_queries):
    ReleaseFactory.create_batch(count)
    with at(AFTER), django_assert_num_queries(1):
        client.get("/presse/flux.atom")


def test_the_feed_holds_the_last_thirty(client):
    ReleaseFactory.create_batch(feeds.LATEST + 1, whole=False)
    with at(AFTER):
        assert client.get("/presse/flux.atom").content.count(b"<entry>") == feeds.LATEST


def test_the_page_says_to_search_engines_what_it_says_to_people(client):
    release = ReleaseFactory(title="</script><b>Titre</b>")
    with at(AFTER):
        page = client.get(release.get_absolute_url()).content.decode()
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])
    assert {name: data[name] for name in ("@type", "headline", "datePublished", "dateModified", "dateline", "url")} == {
        "@type": "NewsArticle", "headline": "</script><b>Titre</b>", "datePublished": "2027-11-08T09:00:00+01:00",
        "dateModified": "2027-11-08T09:00:00+01:00", "dateline": "Rennes", "url": f"https://testserver/presse/{release.slug}/",
    }  # fmt: skip
    assert "presse@ville.example" not in json.dumps(data)


def test_the_card_is_a_picture_of_what_is_public(client):
    release = ReleaseFactory()
    with at(EMBARGO - timedelta(seconds=1)):
        assert client.get(f"{release.get_absolute_url()}carte.png").status_code == 404
    with at(AFTER):
        answer = client.get(f"{release.get_absolute_url()}carte.png")
    picture = Image.open(BytesIO(answer.content))
    assert (answer["Content-Type"], picture.size, answer["Cross-Origin-Resource-Policy"]) == ("image/png", (1200, 630), "cross-origin")
