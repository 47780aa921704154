"""What the house's own pages promise beyond the gates of every page (tests/test_gates.py): text twice as large, the first Tab, weight."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from programmes import demo as programmes_demo
from records import demo

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PAGES = ["home", "contact", "accessibility", "legal", "privacy", "ecodesign", "sitemap"]
LOST = "/nulle/part/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# One request of a first visit, as the browser counts it: what travels, headers included.
TRAVELLED = "performance.getEntries().filter(e => 'transferSize' in e).map(e => e.transferSize)"


@pytest.fixture
def addresses() -> list[str]:
    demo.load(1)
    programmes_demo.load(1)
    return [*(reverse(name) for name in PAGES), LOST]


def test_text_twice_as_large_still_fits(open_page, addresses: list[str]):
    page = open_page(width=640)
    page.watch.tolerated.add(404)
    for address in addresses:
        page.goto(address)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert (address, page.evaluate(OVERFLOW)) == (address, 0)


def test_the_first_tab_skips_to_the_content(open_page):
    page = open_page(javascript=False)
    page.goto(reverse("contact"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def test_the_first_visit_is_light(open_page, addresses: list[str]):
    page = open_page()
    page.goto(reverse("home"), wait_until="networkidle")
    travelled = page.evaluate(TRAVELLED)
    assert len(travelled) <= 10
    assert sum(travelled) <= 160_000
