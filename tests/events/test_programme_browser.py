"""The programme in a real browser: found live by htmx, by a form without JavaScript; nothing in the way, at 320 px, light and dark."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from events import demo
from events.models import Event
from tests.browser import follow
from tests.events import pages
from tests.test_gates import _look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def addresses():
    demo.load(1)
    return [address for _, found in pages.PAGES.values() for address in found(None)]


def test_what_is_found_follows_the_form_and_the_address_follows(page, addresses):
    page.goto(reverse("events"))
    page.get_by_label("Région", exact=True).select_option("53")
    expect(page.locator("#trouves .count")).to_contain_text("Bretagne")
    expect(page.locator(".tile-53 a")).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile(r"region=53"))
    page.get_by_role("link", name=re.compile("^Finistère")).click()
    expect(page.locator("#trouves .count")).to_contain_text("Finistère")
    page.get_by_label("Format", exact=True).focus()
    page.get_by_label("Format", exact=True).select_option("atelier")
    expect(page.locator("#trouves .count")).to_contain_text("Finistère, atelier")
    expect(page).to_have_url(re.compile(r"/evenements/\?saison=\d+&region=53&departement=29&format=atelier$"))
    assert page.get_by_label("Format", exact=True).evaluate("field => field === document.activeElement") is True
    page.goto(page.url)
    expect(page.locator("#trouves .count")).to_contain_text("Finistère, atelier")


def test_without_javascript_the_form_finds_the_same(open_page, addresses):
    page = open_page(javascript=False, width=390)
    page.goto(reverse("events"))
    page.get_by_label("Région", exact=True).select_option("53")
    page.get_by_label("Chercher").fill("courrier")
    follow(page, "Filtrer")
    expect(page.locator("#trouves .count")).to_contain_text("Bretagne, « courrier »")
    title = page.locator(".line h3").first.inner_text()
    follow(page, title, "link")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_holds_a_barrier_or_runs_over_the_screen(open_page, axe, addresses, dark):
    page = open_page(dark=dark, reduced_motion="reduce")
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        assert (address, page.goto(address).status, page.locator("h1").count()) == (address, 200, 1)
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true }")
        page.evaluate("document.fonts.ready")
        _look(page, axe, address)
        page.set_viewport_size({"width": 320, "height": 640})
        _look(page, axe, address)


def test_every_page_is_valid_html(vnu, addresses):
    client = Client()
    vnu(*(client.get(address).content.decode() for address in addresses))


def test_the_frame_shows_in_another_page(page, live, addresses):
    event = Event.objects.filter(region="53", season__slug__gt="2025").order_by("pk")[0]
    page.goto(f"{reverse('events_embedded')}?region=53")
    link = page.get_by_role("link", name=re.compile(re.escape(event.title[:20]))).first
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
