"""« Seen to hold » 3: nothing unpublished is found by anybody, in any page, feed, sitemap, calendar, PDF or image.

Every address the portal leads to is opened by each person, then every address one could guess from those of the hidden rows. The same
crawl, once they are published, finds them everywhere: it does look.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import urldefrag, urljoin

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from core.clock import PARIS
from programmes import cards
from programmes.demo_portraits import portrait
from programmes.models import Edition, Programme, SessionTrainer, Trainer, TrainingSession
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import deposited
from tests.hostile import addresses
from tests.programmes.factories import (
    AgendaItemFactory,
    EditionFactory,
    PartnerFactory,
    PhaseFactory,
    ProgrammeFactory,
    SessionFactory,
    TrainerFactory,
    VenueFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2017, 9, 1, 10, tzinfo=PARIS)
PUBLICATION = NOW + timedelta(hours=2)
MARK = "introuvable27"  # in every word of what is hidden, its address included
NOBODY = "nulle-part"  # what no row is called
HOST = "https://testserver"
STARTS = [
    "/", "/programmes/", f"/programmes/?q={MARK}", "/programmes/?type=exploration", "/plan-du-site/", "/sitemap.xml", "/robots.txt",
    "/contact/",
    "/programmes/appels.json", "/programmes/appels.atom", "/programmes/appels.ics", "/espace/", "/compte/connexion/", "/sante/pret/",
    "/admin/", "/admin/echeancier/?jours=tout", "/admin/records/act/",
]  # fmt: skip


@dataclass
class World:
    """What is public, what is not, and the portrait of somebody who is of no public day."""

    public: list[Any] = field(default_factory=list)
    hidden: list[Any] = field(default_factory=list)
    face: bytes = b""
    trainer: Trainer | None = None


def _edition(programme: Programme, published_at: datetime | None, slug: str) -> Edition:
    words = MARK if slug.startswith(MARK) else "à lire"
    edition = EditionFactory(
        programme=programme, slug=slug, published_at=published_at, title=f"Appel {words}", short_title=f"L’appel {words}",
        subtitle=words, lede=f"Un chapô {words}.", description=words, audience=words, costs=words, costs_label=words, history=words,
    )  # fmt: skip
    PhaseFactory(
        edition=edition, title=f"Phase {words}", description=words, venue=VenueFactory(name=f"Lieu {words} {edition.pk}", access=words)
    )
    PartnerFactory(edition=edition, name=f"le partenaire {words}")
    return edition


def _day(programme: Programme, published_at: datetime | None, slug: str, trainer: Trainer) -> TrainingSession:
    words = MARK if slug.startswith(MARK) else "à lire"
    day = SessionFactory(
        programme=programme, slug=slug, published_at=published_at, title=f"Journée {words}", lede=f"Un chapô {words}.",
        description=words, questions=words, audience=words, format=words, pitch=words, links=words,
        venue=VenueFactory(name=f"Halle {words} {slug}", access=words),
    )  # fmt: skip
    AgendaItemFactory(session=day, title=f"Séquence {words}", description=words)
    SessionTrainer.objects.create(session=day, trainer=trainer)
    return day


@pytest.fixture
def world():
    """Never published, published in two hours, and published under a programme that is not."""
    with time_machine.travel(NOW, tick=False):
        world, past = World(), NOW - timedelta(days=30)
        world.face = portrait(MARK)
        world.trainer = TrainerFactory(name=f"Camille {MARK}", job=MARK, biography=MARK)
        world.trainer.photo.save("visage.jpg", ContentFile(world.face))
        known = TrainerFactory(name="Ali Exemple")
        known.photo.save("connu.jpg", ContentFile(portrait("Ali Exemple")))
        open_, shut = (
            ProgrammeFactory(slug="ouvert"),
            ProgrammeFactory(slug=f"{MARK}-ferme", title=f"Programme {MARK}", lede=MARK, is_public=False),
        )
        world.public = [_edition(open_, past, "2017"), _day(open_, past, "2019-03-19", known)]
        for programme, published_at, slug in (
            (open_, None, f"{MARK}-un"),
            (open_, PUBLICATION, f"{MARK}-deux"),
            (shut, past, f"{MARK}-trois"),
        ):
            world.hidden += [_edition(programme, published_at, slug), _day(programme, published_at, f"{slug}-j", world.trainer)]
        for row in world.hidden:
            cards.png(row)  # drawn by mistake, it is in the storage
        return world


def people(world: World) -> dict[str, Client]:
    """Nobody, a candidate, another person, a member of the jury, a coordinator, and the house except the team."""
    call = world.public[0]
    candidate = UserFactory()
    deposited(edition=call, applicant=candidate, at=NOW)
    signed = {"candidate": candidate, "neighbour": UserFactory(), "reviewer": UserFactory(roles=[Role.REVIEWER])}
    for role in (Role.COORDINATOR, Role.TREASURER, Role.ADMINISTRATOR):
        signed[role.name.lower()] = UserFactory(roles=[role])
    return {"public": Client(), **{name: sign_in(Client(), person) for name, person in signed.items()}}


def words_of(response: Any) -> str:
    """All that an answer says: the words of a PDF too."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    if kind == "application/pdf":
        return _words_of_pdf(content)
    return "" if kind.startswith("image/") else content.decode("utf-8", "replace")


@lru_cache(maxsize=32)
def _words_of_pdf(content: bytes) -> str:
    """The same bytes say the same: one person after the other is given them."""
    reader = PdfReader(BytesIO(content))
    return "\n".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)])


def links_of(address: str, words: str) -> Iterator[str]:
    """The addresses of ours that an answer names, absolute or not."""
    links = re.findall(r'\b(?:href|src)="([^"]+)"', words) + re.findall(rf"{HOST}[^\s\"'<>\\]*", words)
    for link in links:
        target = urldefrag(urljoin(HOST + address, unescape(link).rstrip(".,)"))).url
        if target.startswith(HOST + "/"):
            found = target.removeprefix(HOST)
            # The lists of the admin have more filters than there are pages.
            if not (found.startswith("/admin/") and "?" in found):
                yield found


def crawl(client: Client) -> dict[str, tuple[int, str, bytes]]:
    """Open everything that leads somewhere, from the pages anybody knows."""
    seen: dict[str, tuple[int, str, bytes]] = {}
    waiting = list(STARTS)
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith("/static/"):
            continue
        response = client.get(address)
        words = words_of(response)
        seen[address] = (response.status_code, words, b"" if response.streaming else response.content)
        waiting += [*links_of(address, words), *([response.url] if response.status_code in (301, 302) else [])]
    return seen


def guesses(world: World) -> Iterator[str]:
    """The addresses one can make from the rule of the public ones."""
    of_rows = [route for route in addresses() if "<slug:edition>" in route or "<slug:session>" in route]
    of_programmes = [route for route in addresses() if "<slug:programme>" in route and route not in of_rows]
    for row in world.hidden:
        yield from (_filled(route, row, world) for route in of_rows)
        if not row.programme.is_public:
            yield from (_filled(route, row, world) for route in of_programmes)
    for folder in ("/", "/media/", "/static/", "/files/", "/data/media/"):
        yield f"{folder}{world.trainer.photo.name}"
        yield from (f"{folder}cartes/{row._meta.model_name}-{row.pk}/" for row in world.hidden)
    yield from (
        f"/apercu/{text}/{end}" for text in ("1", f"{MARK}-un", "a.1") for end in ("", "candidater/", f"portraits/{world.trainer.pk}.jpg")
    )


def _filled(route: str, row: Any, world: World) -> str:
    values = {"programme": row.programme.slug, "edition": row.slug, "session": row.slug, "trainer": str(world.trainer.pk)}
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], "1"), route)


def leaks(answers: Iterable[tuple[str, int, str, bytes]], world: World) -> list[str]:
    """What says a word of what is hidden (an address we asked for, shown again, is no leak), or shows the hidden face."""
    found = []
    for address, _, words, content in answers:
        told = words.replace(address, "").replace(address.partition("?")[2].partition("=")[2] or "\0", "")
        if MARK in told or content == world.face:
            found.append(address)
    return found


def test_nothing_unpublished_is_found_by_anybody(world):
    with time_machine.travel(NOW, tick=False):
        for name, client in people(world).items():
            seen = crawl(client)
            assert (name, leaks(((address, *answer) for address, answer in seen.items()), world)) == (name, [])
            refused = {address: status for address, (status, *_) in seen.items() if status >= 400}
            # The admin says « réservée » to whoever has no role there, or not that one.
            assert {at: status for at, status in refused.items() if status != 403 or not at.startswith("/admin/")} == {}
            for row in world.public:
                files = [row.get_absolute_url() + end for end in ("", "dates.ics", "carte.png")]
                assert [address in seen for address in files] == [True] * 3


def test_an_unpublished_row_answers_at_every_address_as_one_that_does_not_exist(world):
    with time_machine.travel(NOW, tick=False):
        for name, client in people(world).items():
            answers = [(address, client.get(address), client.get(address.replace(MARK, NOBODY))) for address in guesses(world)]
            assert (name, leaks(((address, 0, words_of(answer), answer.content) for address, answer, _ in answers), world)) == (name, [])
            differ = [address for address, answer, nothing in answers if _outcome(answer) != _outcome(nothing)]
            assert (name, differ) == (name, [])
            assert (name, {address for address, answer, _ in answers if answer.status_code == 200}) == (name, set())


def test_the_portrait_of_a_hidden_day_is_not_lent_to_a_public_one(client, world):
    day = world.public[1]
    with time_machine.travel(NOW, tick=False):
        shown, hidden = (
            client.get(reverse("portrait", args=[day.programme.slug, day.slug, pk])) for pk in (day.people[0].pk, world.trainer.pk)
        )
    assert (shown.status_code, hidden.status_code) == (200, 404)


def _outcome(response: Any) -> tuple[int, str]:
    """What an answer tells of whether the row exists: its status, and where it leads."""
    return response.status_code, re.sub(rf"{MARK}|{NOBODY}", "", response.headers.get("Location", ""))


def test_the_same_crawl_finds_everywhere_what_has_been_published(world):
    with time_machine.travel(PUBLICATION, tick=False):
        seen = crawl(Client())
    told = {address for address, (_, words, _content) in seen.items() if MARK in words}
    edition, day = world.hidden[2:4]
    assert {
        "/",
        "/programmes/",
        "/plan-du-site/",
        "/sitemap.xml",
        "/programmes/appels.json",
        "/programmes/appels.atom",
        "/programmes/appels.ics",
    } <= told
    assert {row.get_absolute_url() + end for row in (edition, day) for end in ("", "dates.ics")} <= told
    assert {row.get_absolute_url() + "carte.png" for row in (edition, day)} <= set(seen)
    shown = seen[reverse("portrait", args=[day.programme.slug, day.slug, world.trainer.pk])]
    assert shown[2] == world.face
    never = [row.get_absolute_url() for row in (*world.hidden[:2], *world.hidden[4:])]
    assert [address for address in never if address in seen] == []
