"""S5: staff sort by mean, choose twenty; the twenty-first is refused; ranks on the waiting list; candidates still read « En examen »."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.roles import Role
from applications.models import Application
from applications.states import State
from mailing.models import Message
from tests.accounts.factories import UserFactory, sign_in
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
FILES = 120


def signed_in(open_page, live, person, **options) -> Page:
    page = open_page(reduced_motion="reduce", **options)
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


@pytest.fixture
def best_first(read_by_the_jury):
    """The 120 files of the demonstration, as the board must sort them."""
    rows = list(Application.objects.filter(edition=read_by_the_jury).select_related("applicant"))
    assert (len(rows), {row.state for row in rows}) == (FILES, {State.IN_REVIEW})
    return sorted(rows, key=lambda row: (row.mean is None, -(row.mean or 0), row.pk))


class Board:
    """What a person of the team does on the board, and sees of it."""

    def __init__(self, page: Page, hands: Hands) -> None:
        self.page, self.hands = page, hands

    def press(self, word: str, name: str) -> None:
        """One button of one line: the board is there again, at that line, and says what was done."""
        self.hands._press("button", re.compile(rf"^{word} {name}$"))
        self.said(name)

    def press_once(self, word: str, name: str) -> None:
        """With JavaScript: a press is answered before the next is taken, so that none is lost while the lines are redrawn."""
        button = self.page.get_by_role("button", name=re.compile(rf"^{word} {name}$"))
        assert button.evaluate("it => { it.click(); return [...document.querySelectorAll('#board button')].every(each => each.disabled); }")
        self.said(name)

    def said(self, name: str) -> None:
        last, _, first = name.rpartition(" ")
        expect(self.page.locator("#dit")).to_contain_text(f"{first} {last}")

    def choose_many(self, names: list[str], look) -> None:
        """Tick lines, see what « Retenir » would do to them, and confirm it."""
        for name in names:
            self.hands.tick(f"Choisir {name}")
        self.hands.press("button", re.compile("^Retenir$"))
        self.page.get_by_role("heading", name=f"{len(names)} candidatures").wait_for()
        look(self.page)
        self.hands.press("button", re.compile("^Retenir$"))
        self.page.wait_for_url("**/admin/mailing/batch/**")
        self.hands.press("link", "Revenir où vous en étiez")

    def holds(self, places: int) -> None:
        expect(self.page.locator(".board-places strong")).to_have_text(str(places))

    @property
    def names(self) -> list[str]:
        return self.page.locator(".board-lines tbody .who a").all_inner_texts()


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard"),
    [(1280, True, False), (1280, False, False), (320, True, True)],
    ids=["JavaScript", "no JavaScript", "320 px, dark, with the keyboard"],
)
def test_s5_select(open_page, live, read_by_the_jury, best_first, look, width, javascript, keyboard):
    edition, rows, letters = read_by_the_jury, best_first, Message.objects.count()
    colleague = UserFactory(roles=[Role.STAFF], first_name="Inès")
    page = signed_in(open_page, live, colleague, width=width, javascript=javascript, dark=keyboard)
    hands = Hands(page, keyboard=keyboard)
    board = Board(page, hands)

    # From the list of the call to its board, sorted by mean.
    page.goto(f"/admin/applications/application/?edition={edition.pk}")
    hands.press("link", "Tableau de sélection")
    page.get_by_role("heading", name=f"Sélection : {edition.short_title}").wait_for()
    page.goto(f"{page.url}?o=nom&state=IN_REVIEW")
    page.goto(f"{page.url.partition('?')[0]}?state=IN_REVIEW")
    board.holds(0)
    look(page)
    best = [f"{row.last_name} {row.first_name}" for row in rows]
    assert board.names == best[:50]

    # Eighteen at once, from their ticked lines; then one by one until there is no place left. With the keyboard, one by one: the line
    # that takes the place of the one that left has the focus.
    if not keyboard:
        board.choose_many(best[:18], look)
    board.holds(0 if keyboard else 18)
    for number in range(0 if keyboard else 18, 20):
        board.press("Retenir", best[number])
        board.holds(number + 1)

    # The twenty-first is refused.
    hands._press("button", re.compile(f"^Retenir {best[20]}$"))
    expect(page.get_by_role("alert")).to_have_text("20 places sur 20")
    board.holds(20)
    look(page)
    assert edition.applications.filter(state=State.SELECTED).count() == 20

    # Five on the waiting list; the last goes up, then is given the first rank.
    for name in best[20:25]:
        board.press_once("Attente", name) if javascript and not keyboard else board.press("Attente", name)
    page.goto(f"{page.url.partition('?')[0]}?state=WAITLISTED&o=rang")
    expect(page.locator(".board-lines tbody tr")).to_have_count(5)
    board.press("Monter d’un rang", best[24])
    expect(page.get_by_label(f"Rang de {best[24]}")).to_have_value("4")
    hands.fill(f"Rang de {best[24]}", "1")
    page.keyboard.press("Enter") if keyboard else hands._press("button", f"Donner ce rang à {best[24]}")
    expect(page.locator("#dit")).to_contain_text("rang 1.")
    expect(page.get_by_label(f"Rang de {best[24]}")).to_have_value("1")
    look(page)
    waiting = edition.applications.filter(waitlist_rank__isnull=False).order_by("waitlist_rank")
    assert [row.pk for row in waiting] == [rows[place].pk for place in (24, 20, 21, 22, 23)]

    # Nobody is told: the candidates still read « En examen ».
    assert Message.objects.count() == letters
    for place in (0, 24, 60):
        candidate = signed_in(open_page, live, rows[place].applicant, width=width, javascript=javascript)
        candidate.goto(reverse("application", args=[rows[place].reference]))
        expect(candidate.locator("main")).to_contain_text(re.compile("en examen", re.IGNORECASE))
        expect(candidate.locator("main")).not_to_contain_text(re.compile("retenue|liste d’attente", re.IGNORECASE))
