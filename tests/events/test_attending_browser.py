"""The pages of who comes in a real browser: each state and each refused form, at 1280 and 320 px, light and dark, and as valid HTML."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from events import attending_links as links
from events.models import TimeSlot
from events.services import attending, changing
from events.states import Access, Mode
from tests.browser import follow
from tests.events.attending import NOW, asked, coming, opened
from tests.test_gates import _look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Marie-Ange d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées"


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(NOW):
        yield


def url_of(slot):
    return reverse("event_register", args=[slot.event.season.slug, slot.event.slug])


@pytest.fixture
def addresses():
    """The form of each kind of event, closed ones, and a registration in each of its states."""
    days = [f"2027-11-{day}T10:00" for day in range(22, 27)]
    hard = opened(4, online=2, mode=Mode.HYBRID, at=days, title="Un titre d’événement " + "très " * 20 + "long")
    slot, full = opened(6, conditions="Se munir d’une pièce d’identité."), opened(1)
    coming(full, "z")
    rows = [asked(slot, "a"), coming(slot, "b", companions=2, needs=LONG, organisation=LONG), coming(full, "c")]
    rows.append(attending.withdraw(coming(slot, "d"), now=NOW))
    called_off = opened(2)
    rows.append(coming(called_off, "e"))
    changing.cancel(called_off.event, "", by=None, now=NOW)
    closed = [called_off, opened(1, access=Access.OPEN), opened(1, access=Access.INVITATION), opened(1, at=["2027-11-08T09:00"])]
    own = [links.path_of(row) for row in rows]
    asking = [url_of(hard), url_of(slot), url_of(full), hard.event.get_absolute_url(), full.event.get_absolute_url()]
    return [
        *asking,
        *own,
        f"{own[1]}modifier/",
        f"{own[2]}modifier/",
        f"{own[1]}retirer/",
        *(url_of(each) for each in closed),
        "/inscriptions/x/",
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_holds_a_barrier_or_runs_over_the_screen(open_page, axe, addresses, dark):
    page = open_page(dark=dark, reduced_motion="reduce")
    page.watch.tolerated.add(404)
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        assert (address, page.locator("h1").count()) == (address, 1)
        for details in page.locator("details").all():
            details.evaluate("one => { one.open = true }")
        page.evaluate("document.fonts.ready")
        _look(page, axe, address)
        page.set_viewport_size({"width": 320, "height": 640})
        _look(page, axe, address)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_refused_form_holds_no_barrier_and_leads_to_its_faults(open_page, axe, addresses, dark):
    page = open_page(dark=dark, width=320, reduced_motion="reduce")
    page.goto(addresses[0])
    page.get_by_label("Personnes qui vous accompagnent").fill("99")
    follow(page, "S’inscrire")
    page.get_by_role("alert").wait_for()
    assert page.title().startswith("Erreur")
    assert page.locator("[aria-invalid=true]").count() >= 4
    _look(page, axe, addresses[0])


def test_every_page_is_valid_html(vnu, addresses):
    client = Client()
    answers = [client.get(address) for address in addresses]
    answers.append(client.post(addresses[0], {"companions": "x", "sittings": str(TimeSlot.objects.order_by("pk")[0].pk)}))
    vnu(*(answer.content.decode() for answer in answers))


def test_the_trap_is_seen_by_nobody(page, addresses):
    page.goto(addresses[1])
    trap = page.locator("#id_site")
    assert (trap.count(), trap.is_visible()) == (1, False)
