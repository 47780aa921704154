"""« Press before embargo: the team, and nobody else » (domain.md, « Who may see what »): crawled by everybody, guessed by everybody.

The same crawl, a second after the embargo, finds it everywhere: it does look.
"""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from core.clock import PARIS
from events.models import PressFile, PressRelease, Season
from events.press import cards, kit
from events.services import press
from programmes.demo_portraits import portrait
from tests import test_crawler
from tests.accounts.factories import UserFactory
from tests.events.press_factories import ContactFactory, LinkFactory, ReleaseFactory
from tests.programmes.factories import EditionFactory, ProgrammeFactory
from tests.test_crawler import MARK, NOBODY, NOW, PUBLICATION, World, crawl, leaks, people, words_of

pytestmark = pytest.mark.django_db
ENDS = ["/", ".pdf", "/versions/1.pdf", "/carte.png", "/dossier.zip", "/fichiers/{}/", "/fichiers/{}/apercu.jpg"]


@pytest.fixture
def world(monkeypatch):
    """One that comes out in two hours, one that nobody said ready, and a public one that leads to both."""
    doors = ["/presse/", "/presse/flux.atom", "/presse/?annee=2017", "/evenements/2017/"]
    monkeypatch.setattr(test_crawler, "STARTS", [*test_crawler.STARTS, *doors])
    with time_machine.travel(NOW, tick=False):
        past, days = NOW - timedelta(days=9), {"starts_on": NOW.date(), "ends_on": NOW.date()}
        season = Season.objects.create(slug="2017", title="4ᵉ Semaine", published_at=past, **days)
        when = {"embargo_until": past, "ready_at": past, "dated_on": past.astimezone(PARIS).date()}
        public = ReleaseFactory(season=season, slug="a-lire", title="À lire", **when)
        world = World(public=[EditionFactory(programme=ProgrammeFactory(slug="ouvert"), slug="2017", published_at=past), public])
        for number, ready_at in enumerate([None, past]):
            world.hidden.append(_hidden(season, number, ready_at=None, embargo=PUBLICATION))
            LinkFactory(release=public, label="suite", target=f"events.pressrelease:{world.hidden[-1].pk}")
            if ready_at:
                press.make_ready(world.hidden[-1], by=UserFactory(), now=past)
        world.face = _kept(world.hidden[-1])
        return world


def _hidden(season, number, *, ready_at, embargo):
    release = ReleaseFactory(
        whole=False, season=season, slug=f"{MARK}-{number}", title=f"Titre {MARK}", surtitle=MARK, place=MARK, lede=f"Chapô {MARK}.",
        boilerplate_title=MARK, boilerplate=MARK, embargo_until=embargo, ready_at=ready_at, dated_on=NOW.astimezone(PARIS).date(),
    )  # fmt: skip
    release.sections.create(title=f"Partie {MARK}", text=MARK)
    release.contacts.add(ContactFactory(function=f"Contact {MARK}", email=f"{MARK}@ville.example"))
    LinkFactory(release=release, label=MARK, url=f"https://{MARK}.example/")
    cards.png(release)  # drawn by mistake, it is in the storage
    return release


def _kept(release) -> bytes:
    file = PressFile(release=release, caption=f"Photo {MARK}", credit=MARK, licence=MARK)
    kit.fill(file, kit.redrawn(SimpleUploadedFile("photo.jpg", portrait(MARK))))
    file.save()
    with file.preview.open("rb") as opened:
        return opened.read()


def _guesses(world):
    pk = PressFile.objects.get().pk
    for release in world.hidden:
        yield from (f"/presse/{release.slug}{end.format(pk)}" for end in ENDS)
    for folder in ("/", "/media/", "/static/", "/files/"):
        yield f"{folder}{PressFile.objects.get().file.name}"
        yield f"{folder}cartes-presse/{world.hidden[0].pk}/"


def test_nothing_under_embargo_is_found_by_anybody(world):
    with time_machine.travel(PUBLICATION - timedelta(seconds=1), tick=False):
        for name, client in people(world).items():
            seen = crawl(client)
            assert (name, leaks(((address, *answer) for address, answer in seen.items()), world)) == (name, [])
            assert "/presse/a-lire/" in seen


def test_what_is_under_embargo_answers_as_what_does_not_exist(world):
    with time_machine.travel(PUBLICATION - timedelta(seconds=1), tick=False):
        for name, client in people(world).items():
            answers = [(address, client.get(address), client.get(address.replace(MARK, NOBODY))) for address in _guesses(world)]
            assert (name, leaks(((address, 0, words_of(answer), answer.content) for address, answer, _ in answers), world)) == (name, [])
            assert (name, {(answer.status_code, nothing.status_code) for _, answer, nothing in answers}) == (name, {(404, 404)})


def test_the_same_crawl_finds_everywhere_what_came_out(world):
    with time_machine.travel(PUBLICATION, tick=False):
        seen = crawl(people(world)["public"])
    told = {address for address, (_, words, _content) in seen.items() if MARK in words}
    slug, pk = world.hidden[1].slug, PressFile.objects.get().pk
    doors = {"/", "/presse/", "/presse/flux.atom", "/plan-du-site/", "/sitemap.xml", "/evenements/2017/", "/presse/a-lire/"}
    assert (doors - told, {f"/presse/{slug}/", f"/presse/{slug}.pdf"} - told) == (set(), set())
    assert {f"/presse/{slug}/carte.png", f"/presse/{slug}/fichiers/{pk}/apercu.jpg"} <= set(seen)
    assert seen[f"/presse/{slug}/fichiers/{pk}/apercu.jpg"][2] == world.face
    assert [address for address in seen if world.hidden[0].slug in address] == []
    assert PressRelease.objects.count() == 3
