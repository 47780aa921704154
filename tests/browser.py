"""Fixtures that drive Debian's Chromium: `live`, `page`, `open_page`, `axe`, `vnu`; and `follow`, to go to another page.

A page fails its test on a console error, a violation of the Content-Security-Policy or a request to another host.
A slow machine is no fault: what a page shows is waited for, never assumed; `SLOW=300` delays every answer by 300 ms,
to find who assumes.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Condition, get_ident
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.patience import PATIENCE

# Chromium's own build without windows first: the same engine, half the work (docs/adr/0052).
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = int(os.environ.get("SLOW", "0"))
# What is not a violation stays in the browser: to hand it over takes longer than to look.
VIOLATIONS = """async runOnly => (await axe.run({preload: false, resultTypes: ["violations"], runOnly})).violations"""
LEVELS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
EVERY_RULE = {"type": "tag", "values": LEVELS}
# Of these, the rules that judge colours.
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
NU_CHECKER = Path(__file__).parent.parent.joinpath(".cache", "vnu", "node_modules", "vnu-jar", "build", "dist", "vnu.jar")


def program() -> str | None:
    """Find Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    chromium = program()
    if not chromium:
        pytest.skip("Chromium n’est pas là : lancez « make test »")
    # Playwright's synchronous API runs a loop in this thread: Django would take it for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield launched
        launched.close()


def follow(page: Page, name: str | re.Pattern[str], role: Literal["button", "link"] = "button") -> None:
    """Press what leads to another page, and wait until that page is there, its scripts included.

    Playwright's own `click` gives the hand back before: what is then read is the old page, the new one, or none.
    """
    with page.expect_navigation():
        page.get_by_role(role, name=name).click()


class Busy:
    """Counts the requests that the live server, in its own threads, has begun and not finished."""

    def __init__(self) -> None:
        self.count, self.ours, self.changed = 0, get_ident(), Condition()

    def __enter__(self) -> "Busy":
        request_started.connect(self._started)
        request_finished.connect(self._finished)
        return self

    def __exit__(self, *_: object) -> None:
        """Let them finish: one that still writes would meet the emptying of the tables, or leave rows to the next test."""
        with self.changed:
            self.changed.wait_for(lambda: not self.count, timeout=PATIENCE)
        request_started.disconnect(self._started)
        request_finished.disconnect(self._finished)

    def _started(self, **_: object) -> None:
        self._add(1)

    def _finished(self, **_: object) -> None:
        self._add(-1)

    def _add(self, one: int) -> None:
        if get_ident() != self.ours:  # the test's own client is not the browser
            with self.changed:
                self.count += one
                self.changed.notify_all()


@pytest.fixture
def live(live_server: Any, settings: Any) -> Iterator[str]:
    """The address of the portal, served to a real browser at `http://localhost:…` (passkeys refuse an IP address)."""
    settings.PORTAL_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    with Busy():
        yield live_server.url


class Watch:
    """Notes what a page must not do."""

    def __init__(self, context: BrowserContext, host: str, *, scripts: bool = True) -> None:
        self.host, self.scripts = host, scripts
        self.faults: list[str] = []
        # A refused form answers 422: Chromium reports that in its console although it is what we promise.
        self.tolerated = {422}
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script : {error.error}"))
        context.on("request", self._request)
        self.waited: set[Request] = set()
        for event in ("requestfinished", "requestfailed"):
            context.on(event, lambda request: self.waited.discard(request))

    def _console(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {status} " in message.text for status in self.tolerated)
        if message.type == "error" and not expected:
            self.faults.append(f"console : {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in ("http", "https") and asked.netloc != self.host:
            self.faults.append(f"autre hôte : {request.url}")
        self.waited.add(request)


@pytest.fixture
def open_page(browser: Browser, live: str) -> Iterator[Callable[..., Page]]:
    """Open pages as somebody else would have them: `open_page(width=320, javascript=False, dark=True)`.

    `page.watch.tolerated.add(404)` lets a page answer an expected error.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_(*, width: int = 1280, height: int = 900, javascript: bool = True, dark: bool = False, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            locale="fr-FR",
            timezone_id="Europe/Paris",
            **options,
        )
        context.set_default_timeout(PATIENCE * 1000)
        watch = Watch(context, urlsplit(live).netloc, scripts=javascript)
        opened.append((context, watch))
        page = context.new_page()
        page.watch = watch  # type: ignore[attr-defined]
        if SLOW:
            _slow_down(page)
        return page

    yield open_
    for context, watch in opened:
        _calm(context, watch)
        context.close()
    assert [fault for _, watch in opened for fault in watch.faults] == []


def _slow_down(page: Page) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    conditions = {"offline": False, "latency": SLOW, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", conditions)


def _calm(context: BrowserContext, watch: Watch) -> None:
    """Let what was sent be answered before the browser goes away: an autosave may have left on the test's last line."""
    until = time.monotonic() + 5
    while watch.waited and context.pages and time.monotonic() < until:
        with suppress(PlaywrightError):
            context.pages[0].wait_for_timeout(20)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """`axe(page)` fails on any violation of the levels of interface.md, gate 1; with `colours=True`, of the rules that judge colours.

    No preload: axe would write the styles that ours import into the page, and our own policy would refuse them.
    """
    script = Axe().axe_script
    # What a window opens next brings it along: half a megabyte is handed over once. A frame is looked at from its page only.
    always = f"if (window === window.top) {{ {script} }}"

    def check(page: Page, *, colours: bool = False) -> None:
        assert page.watch.scripts, "axe est un script : sans JavaScript il ne répond jamais"  # type: ignore[attr-defined]
        page.wait_for_load_state()
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
            page.add_init_script(always)
        found = page.evaluate(VIOLATIONS, OF_COLOURS if colours else EVERY_RULE)
        assert [_told(violation) for violation in found] == [], page.url

    return check


def _told(violation: dict[str, Any]) -> str:
    nodes = [f"{node['html'][:160]} — {node.get('failureSummary', '')}" for node in violation["nodes"][:5]]
    return f"{violation['id']} : {violation['help']}\n" + "\n".join(nodes)


@pytest.fixture(scope="session")
def vnu(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """`vnu(html, …)` fails on any error of the Nu checker; give many pages at once, Java starts slowly."""
    java = shutil.which("java")
    if not java or not NU_CHECKER.exists():
        pytest.skip("Le vérificateur Nu n’est pas là : lancez « make test »")

    def check(*pages: str) -> None:
        folder = tmp_path_factory.mktemp("vnu")
        for number, html in enumerate(pages):
            (folder / f"{number}.html").write_text(html, encoding="utf-8")
        command = [str(java), "-Xss2m", "-jar", str(NU_CHECKER), "--errors-only", "--format", "json", str(folder)]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stderr)["messages"]
        assert [f"{Path(m['url']).name}:{m.get('lastLine')} {m['message']} — {m.get('extract', '')}" for m in told] == []

    return check
