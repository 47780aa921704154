"""The links of communiqués: asked once a night over real HTTP, never inside the house, and offline without a false alarm."""

import socket
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import time_machine

from core.registry import WAITING
from core.typography import typo
from events.models import Event, PressLink, TimeSlot
from events.press import emails, links, targets
from events.press.checks import refused_address
from events.press.links import Answer, Checker
from events.services import press, press_links
from events.states import Access, State
from mailing.models import Message
from tests.accounts.factories import UserFactory
from tests.events.factories import EventFactory, SeasonFactory
from tests.events.press_factories import AFTER, BEFORE, EMBARGO, LinkFactory, ReleaseFactory, link_to_come
from tests.programmes.factories import ProgrammeFactory, SessionFactory


class Site(BaseHTTPRequestHandler):
    """A site that answers by the code its path names: `/404`; `/to?there` sends there; `/get` knows no HEAD; `/slow` never answers."""

    asked: list[tuple[str, str, str]]

    def _answer(self) -> None:
        type(self).asked.append((self.command, self.path, self.headers["Host"]))
        name, _, there = self.path.lstrip("/").partition("?")
        if name == "slow":
            self.connection.settimeout(5)
            self.connection.recv(1)
            return
        code = 302 if name == "to" else 501 if name == "get" and self.command == "HEAD" else int(name) if name.isdigit() else 200
        self.send_response(code)
        if there:
            self.send_header("Location", there)
        self.end_headers()

    do_GET = do_HEAD = _answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()  # seconds between two looks at a demand to stop
    yield f"http://ville.example:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask() -> Checker:
    """The adapter, for which « ville.example » is this machine; any other name has no address."""

    def resolving(host: str, port: int) -> list[str]:
        if host != "ville.example":
            raise socket.gaierror("no such name")
        return ["127.0.0.1"]

    return Checker(resolving, lambda _: "")


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/", ""), ("/get", ""), ("/403", ""), ("/429", ""), ("/to?/200", ""),
        ("/404", "la page n’existe plus (404)"), ("/410", "la page n’existe plus (410)"), ("/418", "la page est refusée (418)"),
        ("/500", "le site répond par une erreur (500)"), ("/to?/404", "la page n’existe plus (404)"),
        ("/to?/to", ""), ("/to?https://nulle-part.example/", "ce nom de domaine n’existe pas, ou ne répond pas"),
    ],
)  # fmt: skip
def test_a_site_is_asked_what_it_answers(site, ask, path, fault):
    assert ask(f"{site}{path}").fault == fault


def test_it_is_asked_by_its_name_and_nothing_is_read(site, ask):
    ask(f"{site}/page?a=1")
    assert Site.asked == [("HEAD", "/page?a=1", site.removeprefix("http://"))]


def test_a_ring_of_redirections_ends(site, ask):
    assert ask(f"{site}/to?/to?/to").fault in ("", "cette adresse renvoie sans fin vers une autre")
    assert len(Site.asked) <= links.REDIRECTIONS + 1


def test_a_site_that_never_answers_is_left(site, ask, monkeypatch):
    monkeypatch.setattr(links, "TIMEOUT", 0.3)
    assert ask(f"{site}/slow") == Answer("le site ne répond pas à temps", was_reached=False)


def test_nobody_listening_is_a_dead_link_and_proves_that_we_are_online(ask):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert ask(f"http://ville.example:{port}/") == Answer("le site ne répond pas", was_reached=True)


# --- Never inside the house -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://localhost/", "http://redis:6379/",
        "http://0x7f.1/", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd", "gopher://ville.example/", "http://portail.internal/",
    ],
)  # fmt: skip
def test_no_private_address_is_asked(url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("a private address was asked"))
    assert Checker()(url).fault != ""


def test_a_public_name_that_leads_inside_is_not_asked(monkeypatch):
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "192.168.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("a private address was asked"))
    assert Checker()("https://rebond.example/") == Answer("cette adresse ne s’ouvre pas de l’extérieur")


def test_a_redirection_inside_is_not_followed(site):
    def refusing(url: str) -> str:
        return "" if url.startswith(site) else refused_address(url)

    asked = Checker(lambda *_: ["127.0.0.1"], refusing)(f"{site}/to?http://127.0.0.1:1/secret")
    assert (asked.fault, len(Site.asked)) == ("cette adresse ne s’ouvre pas de l’extérieur", 1)


# --- Each night ------------------------------------------------------------------------------------------


def dead() -> dict[str, tuple[str, datetime | None]]:
    return {link.label: (link.fault, link.dead_since) for link in PressLink.objects.order_by("label") if link.checked_at}


@pytest.mark.django_db
def test_the_dead_are_listed_for_the_team_until_they_answer():
    release = ReleaseFactory()
    for label in ("vivant", "mort"):
        LinkFactory(release=release, label=label, url=f"https://{label}.example/")
    LinkFactory(release=ReleaseFactory(embargo_until=AFTER + timedelta(days=9)), label="caché", url="https://cache.example/")
    answers = {"https://vivant.example/": Answer(), "https://mort.example/": Answer("la page n’existe plus (404)")}
    assert press_links.check(now=AFTER, ask=answers.__getitem__) == 1
    assert dead() == {"vivant": ("", None), "mort": ("la page n’existe plus (404)", AFTER)}
    waits = [(line.label, line.count, line.since) for part in WAITING for line in part(AFTER) if "communiqué" in line.label and line.count]
    assert waits == [("lien de communiqué qui ne répond plus", 1, AFTER)]
    later = AFTER + timedelta(days=1)
    assert press_links.check(now=later, ask=lambda _: Answer()) == 0
    assert dead() == {"vivant": ("", None), "mort": ("", None)}


@pytest.mark.django_db
def test_offline_nothing_is_said_dead():
    LinkFactory(release=ReleaseFactory(), url="https://ville.example/")
    offline = Answer("ce nom de domaine n’existe pas, ou ne répond pas", was_reached=False)
    assert (press_links.check(now=AFTER, ask=lambda _: offline), dead()) == (0, {})


@pytest.mark.django_db
def test_an_address_is_asked_once_a_night_however_many_give_it():
    for _ in range(2):
        LinkFactory(release=ReleaseFactory(), url="https://ville.example/")
    asked: list[str] = []
    for _ in range(2):
        press_links.check(now=AFTER, ask=lambda url: asked.append(url) or Answer())
    assert asked == ["https://ville.example/"]


@pytest.mark.django_db
def test_a_portal_on_trial_asks_nobody_but_looks_at_its_own_pages(settings, monkeypatch):
    settings.CHECK_LINKS = False
    monkeypatch.setattr(links, "checker", lambda _: pytest.fail("a site was asked"))
    programme, release = ProgrammeFactory(), ReleaseFactory()
    LinkFactory(release=release, label="page", target=f"programmes.programme:{programme.pk}")
    LinkFactory(release=release, label="site", url="https://ville.example/")
    assert press_links.check(now=AFTER) == 0
    programme.is_public = False
    programme.save()
    assert press_links.check(now=AFTER) == 1
    assert dead() == {"page": ("la page du portail n’est plus publiée", AFTER)}


# --- « À venir » -----------------------------------------------------------------------------------------


@pytest.fixture
def link(db):
    return link_to_come(EMBARGO)


@pytest.fixture
def event(link):
    return Event.objects.get()


def reminded() -> list[tuple[str, str]]:
    return [(letter.to, letter.subject) for letter in Message.objects.order_by("pk")]


def test_the_organiser_is_reminded_that_registrations_are_awaited(link):
    TimeSlot.objects.update(starts_at=EMBARGO + timedelta(days=30))
    assert (emails.remind(now=EMBARGO - timedelta(seconds=1)), reminded()) == (0, [])
    counts = [emails.remind(now=EMBARGO + timedelta(days=days)) for days in (0, 1, 7, 8, 14, 21)]
    assert (counts, {to for to, _ in reminded()}) == ([1, 0, 1, 0, 1, 0], {"orga@ville.example"})
    letter = Message.objects.order_by("pk")[0]
    assert typo(letter.subject) == typo("À compléter : les inscriptions à « Atelier de ratures »")
    assert ("Une semaine" in letter.text, f"/presse/{link.release.slug}/" in letter.text) == (True, True)


def test_the_link_opens_by_itself_with_the_registrations_and_nobody_is_reminded_any_more(link, event, client):
    with time_machine.travel(EMBARGO + timedelta(hours=1), tick=False):
        emails.remind(now=EMBARGO)
        letter = Message.objects.get()
        assert emails._is_to_come(letter) is True
        event.access, event.registration_url = Access.ELSEWHERE, "https://inscriptions.ville.example/"
        event.save()
        page = client.get(link.release.get_absolute_url()).content.decode()
        assert ('href="https://inscriptions.ville.example/"' in page, "à venir" in page) == (True, False)
        assert (emails._is_to_come(letter), emails.remind(now=AFTER + timedelta(days=8))) == (False, 0)


def test_an_event_that_is_over_or_cancelled_awaits_nothing(link, event):
    assert emails.is_awaited(event, now=EMBARGO) is True
    assert emails.is_awaited(event, now=EMBARGO + timedelta(days=7)) is False
    event.state = State.CANCELLED
    assert emails.is_awaited(event, now=EMBARGO) is False


def test_a_release_may_be_ready_with_links_to_come(link):
    release = ReleaseFactory(ready_at=None)
    LinkFactory(release=release, label="Inscriptions", target=link.target, is_to_come=True)
    LinkFactory(release=release, label="Inscriptions de Brest", is_to_come=True)
    assert press.make_ready(release, by=UserFactory(), now=BEFORE) is True


def test_the_list_tells_events_of_one_title_apart(db):
    season = SeasonFactory()
    for at in (["2027-11-22T10:00"], ["2027-11-24T10:00", "2027-11-26T10:00"]):
        EventFactory(season=season, title="Le même", at=at)
    Event.objects.filter(slots__starts_at__day=22).update(state=State.CANCELLED)
    SessionFactory(day=date(2027, 3, 4))
    assert [label[-11:].replace("\u00a0", " ") for group, rows in targets.choices() if group == "Journées" for _, label in rows] == [
        "4 mars 2027"
    ]
    named = [label for group, rows in targets.choices() if group == "Événements" for _, label in rows]
    assert [label.replace("\u00a0", " ") for label in named] == [
        "Le même, Rennes, lundi 22 novembre 2027, 10 h – 12 h, annulé", "Le même, Rennes, 2 dates, du 24 au 26 novembre 2027",
    ]  # fmt: skip
