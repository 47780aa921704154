"""The gates of interface.md on the pages of the press, in every state of a communiqué: quicker than the walk of every page."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.roles import Role
from events.models import PressContact, PressRelease
from events.press import demo
from tests.accounts.factories import UserFactory, sign_in
from tests.test_gates import _look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk():
    demo.load(1)
    return sign_in(Client(), UserFactory(roles=[Role.STAFF]))


def addresses():
    """Each communiqué as the team reads it, the list, and what the team writes in."""
    rows = {row.slug.removeprefix("demonstration-"): row for row in PressRelease.objects.order_by("pk")}
    yield from ["/presse/", "/presse/?annee=2014", *(row.get_absolute_url() for row in rows.values())]
    admin = "/admin/events/pressrelease/"
    yield from [admin, f"{admin}add/", f"{admin}{rows['corrige'].pk}/change/", f"{admin}{rows['titre-long'].pk}/change/"]
    yield from (f"{admin}{row.pk}/publication/" for row in rows.values())
    yield f"/admin/events/presscontact/{PressContact.objects.order_by('-pk')[0].pk}/change/"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_of_the_press_holds_a_barrier_or_runs_over_the_screen(open_page, live, axe, desk, dark):
    page = open_page(dark=dark, reduced_motion="reduce")
    page.watch.tolerated.add(410)
    key = desk.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    for address in addresses():
        status = 410 if address.endswith("demonstration-retire/") else 200
        for size in ({"width": 1280, "height": 900}, {"width": 320, "height": 640}):
            page.set_viewport_size(size)
            assert (address, page.goto(address).status, page.locator("h1").count()) == (address, status, 1)
            _look(page, axe, address)


def test_the_pages_of_the_press_are_valid_html(desk, vnu):
    vnu(*(desk.get(address).content.decode() for address in addresses()))
