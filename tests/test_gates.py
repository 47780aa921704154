"""Gates 1 to 3 of interface.md on every page of the URLconf: a page that nobody listed fails here.

The states of forms have their tests beside each form; the journeys without JavaScript and by keyboard are in `tests/journeys`.
"""

from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests import pages
from tests.accounts.factories import sign_in
from tests.pages import EVERYBODY, MEMBER, STAFF, World
from tests.snapshot import Snapshot

# Pages that say no, with a way out.
REFUSALS = {
    "/compte/ferme/": 403,
    "/compte/lien/inconnu/": 404,
    "/prevenez-moi/inconnu/": 404,
    "/dossiers/inconnu/": 404,
    "/accords/inconnu/": 404,
    "/adherents/inconnu/": 404,
    "/rattachements/inconnu/": 404,
    "/formateurs/inconnu/": 404,
    "/certificats/inconnu/": 404,
    "/nulle/part/": 404,
}
# A window that was just made narrower is measured once it is drawn again.
LAID_OUT = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Targets under 24 px that stand alone: axe forgives them while their neighbours are far, so that one more row brings the fault to light.
# Links inside a sentence are let be, and Django's arrow of a sorted column, whose target is laid over its picture.
SMALL = """() => [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")].filter(one => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (box.width <= 1 || style.visibility !== "visible" || style.opacity === "0" || one.closest(".sortoptions")) return false;
    if (box.width >= 23.9 && box.height >= 23.9) return false;
    let line = one.parentElement;
    while (getComputedStyle(line).display === "inline") line = line.parentElement;
    const rest = [...line.querySelectorAll("a, button")].reduce((text, link) => text.replace(link.innerText, ""), line.innerText);
    return style.display !== "inline" || !rest.trim();
}).map(one => `${one.outerHTML.slice(0, 120)} : ${JSON.stringify(one.getBoundingClientRect())}`)"""
# Where motion is reduced every colour still passes in a moment, one element after the other that it inherits from. What is not shown,
# in a closed <details>, stays as it was until it is.
SETTLED = """() => new Promise((settled, restless) => {
    const moving = () => document.getAnimations().filter(one => one instanceof CSSTransition && one.effect.target.checkVisibility());
    const look = (calm, frames) => requestAnimationFrame(() => {
        const still = moving();
        if (frames > 600) restless(new Error(still.map(one => `${one.transitionProperty} ${one.effect.target.outerHTML.slice(0, 80)}`)));
        else if (still.length) look(0, frames + 1);
        else if (calm === 2) settled(true);
        else look(calm + 1, frames + 1);
    });
    look(0, 0);
})"""
# What each element is to the rules that judge no colour: where it stands, whether it is shown, and its words.
AS_IT_STANDS = """name => {
    const styles = ["display", "visibility", "opacity", "overflow", "position", "clip", "clip-path", "z-index", "pointer-events", "float",
        "font-size", "font-weight", "font-style", "text-decoration-line", "text-indent", "list-style-type", "writing-mode", "content"];
    const seen = [document.documentElement.outerHTML];
    const note = (one, pseudo) => {
        const style = getComputedStyle(one, pseudo);
        seen.push(styles.map(name => style.getPropertyValue(name)).join());
    };
    for (const one of document.querySelectorAll("body, body *")) {
        const box = one.getBoundingClientRect();
        seen.push(`${one.checkVisibility()} ${box.x} ${box.y} ${box.width} ${box.height} ${one.value} ${one.checked}`);
        note(one); note(one, "::before"); note(one, "::after");
    }
    const now = seen.join("\\n"), before = (window.asItStood ||= {})[name];
    window.asItStood[name] = now;
    return now === before;
}"""
IS_DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
EVERYONE = [EVERYBODY, MEMBER, STAFF]
# Whose pages are many are looked at in parts: one machine looks at several at once.
PARTS = [
    pytest.param(who, part, parts, id=f"{who}-{part + 1}")
    for who, parts in ((EVERYBODY, 3), (MEMBER, 1), (STAFF, 4))
    for part in range(parts)
]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Snapshot[World]:
    return Snapshot(pages.furnish, tmp_path_factory.mktemp("monde"))


@pytest.fixture
def world(transactional_db: None, settings: object, tmp_path_factory: pytest.TempPathFactory, furnished: Snapshot[World]) -> World:
    settings.TRIAL = True
    settings.MAIL_FILES = tmp_path_factory.getbasetemp() / "courrier"
    return furnished()


def as_(world: World, who: str) -> Client:
    client, person = Client(), world.person(who)
    return sign_in(client, person) if person else client


def test_every_name_is_a_page_someone_looks_at_or_is_explained():
    listed = {*pages.PAGES, *pages.NOT_PAGES, *pages.of_admin()}
    assert (sorted(pages.names() - listed), sorted(listed - pages.names())) == ([], [])


@pytest.mark.browser
@pytest.mark.postgres
@pytest.mark.parametrize(("who", "part", "parts"), PARTS)
def test_no_page_holds_a_barrier_or_runs_over_the_screen(open_page, live, axe, world: World, who: str, part: int, parts: int):
    page = open_page(reduced_motion="reduce")
    page.watch.tolerated |= set(REFUSALS.values())
    if key := as_(world, who).cookies.get(django_settings.SESSION_COOKIE_NAME):
        page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": key.value, "url": live}])
    for address in pages.addresses(world, who)[part::parts]:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)
        assert (address, page.goto(address).status) == (address, REFUSALS.get(address, 200))
        assert (address, page.locator("h1").count()) == (address, 1)
        assert urlsplit(page.url).path == urlsplit(address).path, f"{address} mène à {page.url}"
        _look_around(page, axe, address)


def _look_around(page, axe: Callable[..., None], address: str) -> None:
    """On a desk and on a telephone, in the light and in the dark: of one opening of the page, since only its styles know which."""
    _look(page, axe, address)
    page.evaluate(AS_IT_STANDS, "wide")
    page.set_viewport_size(NARROW)
    _look(page, axe, address)
    page.evaluate(AS_IT_STANDS, "narrow")
    _darken(page, address)
    _look_again(page, axe, address, "narrow")
    page.set_viewport_size(WIDE)
    _look_again(page, axe, address, "wide")


def _look_again(page, axe: Callable[..., None], address: str, name: str) -> None:
    """Where nothing but colours changed, the rules that judge no other thing have answered already (docs/adr/0052)."""
    page.evaluate(LAID_OUT)
    if page.evaluate(AS_IT_STANDS, name):
        axe(page, colours=True)
    else:
        _look(page, axe, address)


def _darken(page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    assert (address, page.evaluate(IS_DARK)) == (address, True)
    page.evaluate(SETTLED)


def _look(page, axe: Callable[..., None], address: str) -> None:
    page.evaluate(LAID_OUT)
    axe(page)
    assert (address, page.evaluate(OVERFLOW)) == (address, 0)
    assert (address, page.evaluate(SMALL)) == (address, [])


@pytest.mark.browser
@pytest.mark.postgres
@pytest.mark.parametrize("part", [0, 1])
def test_the_errors_of_every_form_of_the_admin_hold_no_barrier(open_page, live, axe, world: World, part: int):
    page = open_page(reduced_motion="reduce")
    key = as_(world, STAFF).cookies[django_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    forms = [address for address in pages.addresses(world, STAFF) if address.endswith(("/add/", "/inviter/", "/adresse/"))]
    for address in forms[part::2]:
        page.emulate_media(color_scheme="light")
        page.goto(address)
        page.evaluate("document.querySelector('#content form:not([role=search])').noValidate = true")
        page.locator("[name=_save], .act-form [type=submit]").first.click()
        page.locator(".errornote, .summary").wait_for()
        assert page.title().startswith("Erreur"), address
        _look(page, axe, address)
        _darken(page, address)
        _look(page, axe, address)


@pytest.mark.browser
@pytest.mark.postgres
@pytest.mark.parametrize("who", EVERYONE)
def test_every_page_is_valid_html_and_its_links_lead_somewhere(world: World, vnu, who: str):
    client = as_(world, who)
    sources = {address: client.get(address).content.decode() for address in pages.addresses(world, who)}
    vnu(*sources.values())
    leads = {link: address for address, source in sources.items() for link in Anchors(address, source).links}
    answers = {link: client.get(link).status_code for link in leads}
    assert {link: (leads[link], status) for link, status in answers.items() if status not in {200, 302}} == {}
    assert [(address, gone) for address, source in sources.items() for gone in Anchors(address, source).gone] == []


class Anchors(HTMLParser):
    """The links of a page that stay on the portal, and the fragments that the page lacks."""

    def __init__(self, address: str, source: str) -> None:
        super().__init__()
        self.address, self.written, self.ids = address, [], set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "a" and given.get("href"):
            self.written.append(given["href"])

    @property
    def links(self) -> set[str]:
        targets = {urldefrag(urljoin(f"portal:{self.address}", link)).url for link in self.written if not urlsplit(link).netloc}
        return {target.removeprefix("portal:") for target in targets if target.startswith("portal:/")}

    @property
    def gone(self) -> list[str]:
        """« # » alone is the admin's « Non, revenir », which its own script takes over."""
        return [link for link in self.written if link.startswith("#") and link != "#" and link[1:] not in self.ids]


BUTTON = "<button style='width: 3rem; height: 3rem'></button>"
ONLY_IN_THE_DARK = {
    "a button without a name": ("@media (prefers-color-scheme: light) { button { display: none } }", BUTTON, "button-name"),
    "words that nobody reads": ("@media (prefers-color-scheme: dark) { p { color: #eee } }", "<p>Bonjour</p>", "color-contrast"),
}


@pytest.mark.browser
@pytest.mark.parametrize("fault", ONLY_IN_THE_DARK)
def test_a_fault_that_only_the_dark_shows_is_found(open_page, axe, fault: str):
    style, body, rule = ONLY_IN_THE_DARK[fault]
    page = open_page(reduced_motion="reduce")
    page.set_content(f"<!doctype html><html lang=fr><title>Essai</title><style>{style} body {{ background: white }}</style>{body}")
    with pytest.raises(AssertionError, match=rule):
        _look_around(page, axe, "")
    assert page.evaluate(IS_DARK)
