"""« Seen to hold » 3, the press: pages and PDFs of the communiqués of 2014 and 2017 say every fact of domain.md 2.4 and 2.5."""

import re
from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from pypdf import PdfReader

from core import clock
from core.clock import PARIS
from core.typography import typo
from events.models import PressContact, PressRelease
from events.press import demo, documents, reading
from tests.events import press_facts as facts
from tests.programmes.test_flyers import figures_of, fonts_of, spaced
from tests.programmes.test_views import text_of

pytestmark = pytest.mark.django_db
NOW = datetime(2018, 3, 1, 10, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def loaded():
    with time_machine.travel(NOW, tick=False):
        demo.load(1)
        yield


def told(slug):
    release = reading.whole(PressRelease.objects.filter(slug=slug)).get()
    return release, reading.told(release, now=NOW)


def plain(words):
    """Compared as they are read: whatever the space and the apostrophe."""
    return re.sub(r"\s+", " ", typo(spaced(words)))


def drawn(slug):
    release, said = told(slug)
    return PdfReader(BytesIO(documents.draw(release, said, number=1, at=NOW, now=NOW)))


def words_of(document):
    return spaced("\n".join(page.extract_text() for page in document.pages))


@pytest.mark.parametrize("slug", facts.RELEASES)
def test_the_page_says_every_fact(client, slug):
    words = text_of(client.get(f"/presse/{slug}/"))
    assert [fact for fact in facts.RELEASES[slug] if fact not in words] == []


@pytest.mark.parametrize("slug", facts.RELEASES)
def test_the_pdf_says_every_fact_on_one_page(slug):
    document = drawn(slug)
    words = words_of(document)
    assert ([fact for fact in facts.RELEASES[slug] if fact not in words], len(document.pages)) == ([], 1)


@pytest.mark.parametrize("slug", facts.RELEASES)
def test_page_and_pdf_hold_the_same_title_sections_links_and_contacts(client, slug):
    page, pdf = text_of(client.get(f"/presse/{slug}/")), words_of(drawn(slug))
    _, said = told(slug)
    ways = [way.label for part in said.parts for way in part.ways] + [way.label for way in said.ways]
    held = [said.title, said.place, *(part.title for part in said.parts), *ways, *(person.function for person in said.people)]
    missing = [words for words in held for text in (page, pdf) if plain(words) not in plain(text)]
    assert missing == []


def test_the_parts_of_2014_are_in_the_order_of_the_original(client):
    words = text_of(client.get("/presse/premiere-semaine-innovation-publique-2014/"))
    places = [words.find(part) for part in facts.ORDER_2014]
    assert (min(places) >= 0, places) == (True, sorted(places))


def test_the_pdf_is_tagged_in_french_with_its_title_headings_fonts_and_alternative_text():
    document = drawn("vers-une-republique-collaborative-2017")
    root = document.trailer["/Root"]
    assert (root["/Lang"], bool(root["/MarkInfo"]["/Marked"]), bool(root["/ViewerPreferences"]["/DisplayDocTitle"])) == ("fr", True, True)
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert document.metadata.title == "Vers une république collaborative\u202f? — Communiqué de presse, La 27e Région"
    assert [mark["/Title"] for mark in document.outline[1] if not isinstance(mark, list)] == [
        "Une journée de la 4ᵉ Semaine de l’innovation publique",
        "Trois effets de cette rencontre de l’action publique et de l’innovation sociale",
        "L’innovation publique, c’est quoi\u202f?",
        "Contacts presse",
    ]
    assert set(fonts_of(document).values()) == {True}
    assert figures_of(root["/StructTreeRoot"]["/K"]) == [
        "Code QR de l’adresse de ce communiqué\u00a0: https://testserver/presse/vers-une-republique-collaborative-2017/"
    ]


def test_hard_content_is_on_two_pages_with_its_contacts():
    document = drawn("demonstration-titre-long")
    assert (len(document.pages), "Contacts presse" in document.pages[-1].extract_text()) == (2, True)


def test_under_embargo_the_pdf_says_so():
    assert "Sous embargo jusqu’au 5 mars 2018 à 10 h" in words_of(drawn("demonstration-embargo"))


def test_nobody_is_named_and_every_address_is_invented():
    contacts = PressContact.objects.all()
    assert [each.name for each in contacts if each.name and "Exemple" not in each.name] == []
    assert [each.email for each in contacts if each.email and not each.email.endswith(".example")] == []


def test_loading_again_changes_nothing():
    count = PressRelease.objects.count()
    PressRelease.objects.filter(slug="vers-une-republique-collaborative-2017").update(title="Changé par quelqu’un")
    demo.load(1)
    kept = PressRelease.objects.get(slug="vers-une-republique-collaborative-2017")
    assert (PressRelease.objects.count(), kept.title, clock.now() == NOW) == (count, "Changé par quelqu’un", True)
