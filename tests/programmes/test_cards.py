"""The social card: drawn once for what it says, of what is public only."""

from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from django.core.files.storage import default_storage
from PIL import Image

from core import pdf
from core.clock import PARIS
from programmes import cards
from tests.programmes.factories import EditionFactory, ProgrammeFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 1, 10, tzinfo=PARIS)


@pytest.fixture
def drawings(monkeypatch):
    """How many cards were drawn."""
    drawn, plain = [], pdf.render

    def render(template, context):
        drawn.append(template)
        return plain(template, context)

    monkeypatch.setattr("core.pdf.render", render)
    return drawn


def kept(row):
    return default_storage.listdir(f"cartes/{row._meta.model_name}-{row.pk}")[1]


@pytest.mark.parametrize("factory", [ProgrammeFactory, EditionFactory, SessionFactory])
def test_each_page_has_its_card(client, factory):
    row = factory(published_at=NOW) if factory is not ProgrammeFactory else factory()
    with time_machine.travel(NOW, tick=False):
        answer = client.get(row.get_absolute_url() + "carte.png")
        page = client.get(row.get_absolute_url()).content.decode()
    picture = Image.open(BytesIO(answer.content))
    assert (answer.status_code, answer["Content-Type"], picture.format, picture.size) == (200, "image/png", "PNG", (1200, 630))
    assert (answer["Cross-Origin-Resource-Policy"], len(answer.content) < 100_000) == ("cross-origin", True)
    assert f'<meta property="og:image" content="https://testserver{row.get_absolute_url()}carte.png">' in page


def test_a_card_is_drawn_once_for_what_it_says_and_the_former_goes(drawings):
    edition = EditionFactory()
    first = cards.png(edition)
    assert (cards.png(edition), len(drawings), len(kept(edition))) == (first, 1, 1)
    edition.lede = "Une phrase que la carte ne dit pas."
    assert (cards.png(edition), len(drawings)) == (first, 1)
    edition.title = "Un autre titre"
    assert (cards.png(edition) == first, len(drawings), len(kept(edition))) == (False, 2, 1)


def test_a_card_that_the_storage_lost_is_drawn_again(drawings):
    edition = EditionFactory()
    cards.png(edition)
    default_storage.delete(f"cartes/edition-{edition.pk}/{kept(edition)[0]}")
    assert (len(cards.png(edition)) > 1000, len(drawings)) == (True, 2)


def test_a_card_is_read_again_without_being_sent_again(client):
    edition = EditionFactory()
    with time_machine.travel(NOW, tick=False):
        tag = client.get(edition.get_absolute_url() + "carte.png")["ETag"]
        again = client.get(edition.get_absolute_url() + "carte.png", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_nothing_unpublished_has_a_card_not_even_for_the_team(client, desk):
    edition = EditionFactory(published_at=None)
    day = SessionFactory(published_at=None)
    programme = ProgrammeFactory(is_public=False)
    for row in (edition, day, programme):
        address = row.get_absolute_url() + "carte.png"
        assert (client.get(address).status_code, desk.get(address).status_code, desk.get(row.get_absolute_url()).status_code) == (
            404,
            404,
            200,
        )
        assert "og:image" not in desk.get(row.get_absolute_url()).content.decode()
    assert default_storage.exists("cartes") is False


def test_a_drawing_that_fails_is_no_error_of_the_page(client, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("no font")

    monkeypatch.setattr("core.pdf.render", fail)
    edition = EditionFactory()
    with time_machine.travel(NOW, tick=False):
        answer = client.get(edition.get_absolute_url() + "carte.png")
        page = client.get(edition.get_absolute_url())
    assert (answer.status_code, answer["Content-Type"], page.status_code) == (503, "text/plain; charset=utf-8", 200)
    assert "social card" in caplog.text
