"""What the acceptance scenarios share: the portal's clock, the mailbox, and a person at the keyboard."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Locator, Page

from accounts import demo as accounts
from applications import demo as applications
from applications import demo_selection
from core import clock
from core.clock import PARIS
from mailing.tasks import deliver
from programmes import demo
from programmes.models import Edition

MOST_STOPS = 200


@pytest.fixture
def at(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`at(2017, 9, 1, 10)` sets the portal's clock, as a tester does in trial mode; it goes on from there, unless `still`."""
    settings.TRIAL = True  # type: ignore[attr-defined]
    runs = clock.now

    def set_(*moment: int, still: bool = False) -> None:
        shown = datetime(*moment, tzinfo=PARIS)  # type: ignore[misc, arg-type]
        clock.set_to(shown)
        monkeypatch.setattr(clock, "now", (lambda: shown) if still else runs)

    yield set_
    clock.set_to(None)


@pytest.fixture
def call_of_2017(transactional_db: None, at: Callable[..., None]) -> None:
    """The real content of the 2017 call, a week before its deadline."""
    at(2017, 9, 1, 10)
    demo.load(1)


@pytest.fixture
def read_by_the_jury(transactional_db: None, at: Callable[..., None]) -> Edition:
    """The call of the demonstration whose 120 files its jury has almost read, twelve days after its deadline."""
    at(2017, 9, 11, 10)
    accounts.load(1)
    demo.load(1)
    applications.load(1)
    return Edition.objects.select_related("programme").get(reference_prefix=demo_selection.READ)


class Mailbox:
    """The test mailbox: what the worker has sent."""

    def to(self, address: str, subject: str = "") -> list[EmailMultiAlternatives]:
        """Let the worker send what is due; return the letters to an address whose subject holds these words."""
        deliver()
        return [letter for letter in mail.outbox if letter.to == [address] and subject in letter.subject]  # type: ignore[misc]

    def link(self, address: str, pattern: str) -> str:
        """Return the path of the last link to an address that matches."""
        found = [match for letter in self.to(address) for match in re.findall(rf"https?://[^/\s]+({pattern})", str(letter.body))]
        return str(found[-1])


@pytest.fixture
def look(axe: Callable[[Page], None]) -> Callable[[Page], None]:
    """`look(page)`: no barrier (axe, which itself needs JavaScript), and nothing wider than the screen."""

    def look_(page: Page) -> None:
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
        if page.evaluate("Boolean(document.querySelector('script')) && matchMedia('(scripting: enabled)').matches"):
            axe(page)

    return look_


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


class Hands:
    """How a person acts on a page: with a mouse, or with the keyboard alone."""

    def __init__(self, page: Page, *, keyboard: bool) -> None:
        self.page, self.keyboard = page, keyboard

    def press(self, role: str, name: str | re.Pattern[str]) -> None:
        """Press a button or follow a link that leads to another page, and wait until that page is there."""
        with self.page.expect_navigation():
            self._press(role, name)

    def download(self, role: str, name: str | re.Pattern[str]) -> bytes:
        """Press what gives a file, and return the file."""
        with self.page.expect_download() as download:
            self._press(role, name)
        return download.value.path().read_bytes()

    def _press(self, role: str, name: str | re.Pattern[str]) -> None:
        target = self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        if not self.keyboard:
            target.click()
            return
        self._reach(target)
        self.page.keyboard.press("Enter")

    def fill(self, label: str, text: str) -> None:
        """Type into a field, replacing what it held."""
        field = self.page.get_by_label(re.compile(rf"(^|\s){label}")).first
        if not self.keyboard:
            field.fill(text)
            return
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str, option: str) -> None:
        """Choose in a list."""
        field = self.page.get_by_label(label).first
        if not self.keyboard:
            field.select_option(label=option)
            return
        self._reach(field)
        self.page.keyboard.type(option[:5])

    def tick(self, label: str | re.Pattern[str]) -> None:
        """Tick a box, or choose a radio button."""
        field = self.page.get_by_label(label).first
        if not self.keyboard:
            field.check()
            return
        if field.get_attribute("type") == "checkbox":
            self._reach(field)
            self.page.keyboard.press("Space")
            return
        self._reach(self.page.locator("input[type=radio]").first)
        for _ in range(5):
            self.page.keyboard.press("Space")
            if field.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
            if field.is_checked():
                return
        raise AssertionError(f"{label} : inatteignable au clavier")

    def _reach(self, target: Locator) -> None:
        """Press Tab until the target has the focus, and check that the focus is seen."""
        target.wait_for()
        for _ in range(MOST_STOPS):
            if target.evaluate("element => element === document.activeElement"):
                assert target.evaluate("element => element.matches(':focus-visible')"), "le focus ne se voit pas"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} : inatteignable au clavier")
