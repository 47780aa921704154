"""S17: the partner sees per region what was proposed, listed, refused, registered; downloads CSV, JSON and iCalendar of the programme."""

import csv
import json
import re
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from icalendar import Calendar
from playwright.sync_api import Page
from pypdf import PdfReader

from accounts.roles import Role
from core import clock
from events import opendata
from events.models import PartnerLink
from events.services import partners
from events.states import Access, State
from tests.accounts.factories import UserFactory, enrol, sign_in
from tests.events.factories import EventFactory, EventPartnerFactory, SeasonFactory
from tests.events.test_report import MARK, come
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
WHO = "partenaire@ministere.example"
FIELDS = (
    "uid", "slug", "title_fr", "description_fr", "longdescription_fr",
    "conditions_fr", "keywords_fr", "firstdate_begin", "firstdate_end", "lastdate_end",
    "timings", "location_name", "location_address", "location_postalcode", "location_city",
    "location_insee", "location_department", "location_region", "location_coordinates", "attendancemode",
    "status",
)  # fmt: skip


@pytest.fixture
def season(transactional_db, at):
    """In Bretagne two listed and one refused, in Île-de-France one by invitation; people registered for each."""
    at(2027, 11, 8, 10)
    made = SeasonFactory()
    first = EventFactory(title="Récrire un courrier", access=Access.REGISTRATION)
    EventPartnerFactory(event=first)
    EventFactory(title="La nuit des guichets", commune="29019")
    EventFactory(title=f"Refusé {MARK}", state=State.REFUSED, listed_at=None)
    guests = EventFactory(title="La conférence", commune="75056", postcode="75001", access=Access.INVITATION)
    come(first, 4)
    come(guests, 2)
    return made


def see(page: Page, *words: str) -> None:
    text = re.sub(r"\s+", " ", page.locator("main").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def row(page: Page, name: str) -> list[str]:
    line = page.locator("tr", has=page.locator("th", has_text=name)).first
    return [cell.strip() for cell in line.locator("td").all_inner_texts()]


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as file:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(file.value.path()).read_bytes()


def heading(page: Page, name: str) -> None:
    page.get_by_role("heading", level=1, name=name).wait_for()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["desktop", "phone without JavaScript"])
def test_s17_partner(open_page, live, season, mailbox, look, width, javascript):
    open_the_door(open_page, live)
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)

    # The mailed link opens it, without account.
    page.goto(mailbox.link(WHO, r"/partenaires/\w+/"))
    heading(page, "Semaine de l’innovation publique 2027")
    assert (row(page, "Bretagne"), row(page, "Île-de-France")) == (["3", "2", "0", "1", "0", "4", "0"], ["1", "1", "0", "0", "0", "2", "0"])
    assert row(page, "Total") == ["4", "3", "0", "1", "0", "6", "0"]
    see(page, "SGMAP d’Exemple", "Aucune donnée personnelle")
    look(page)

    # The programme, with its fields, its licence and its date.
    files = {name: downloaded(page, name) for name in ("CSV", "JSON", "Agenda (.ics)", "Les chiffres, région par région", "en PDF")}
    rows = list(csv.DictReader(StringIO(files["CSV"].decode("utf-8-sig")), delimiter=";"))
    assert [line["title_fr"] for line in rows] == ["Récrire un courrier", "La nuit des guichets", "La conférence"]
    assert ([name for name in FIELDS if name not in rows[0]], rows[0]["licence"][:19], bool(rows[0]["date"])) == (
        [],
        "Licence Ouverte 2.0",
        True,
    )
    data = json.loads(files["JSON"])
    assert ([name for name in FIELDS if name not in data["events"][0]], data["licence"][:19], bool(data["date"])) == (
        [], "Licence Ouverte 2.0", True,
    )  # fmt: skip
    calendar = Calendar.from_ical(files["Agenda (.ics)"])
    assert (len(calendar.walk("VEVENT")), opendata.LICENCE in str(calendar["x-wr-caldesc"])) == (3, True)
    figures = list(csv.DictReader(StringIO(files["Les chiffres, région par région"].decode("utf-8-sig")), delimiter=";"))
    assert [(line["region"], line["proposes"], line["refuses"], line["inscrits"]) for line in figures] == [
        ("Bretagne", "3", "1", "4"), ("Île-de-France", "1", "0", "2"),
    ]  # fmt: skip

    # The report of a region, on the page and on paper.
    hands.press("link", "Bretagne")
    heading(page, "Bretagne")
    see(
        page,
        "Récrire un courrier",
        "La nuit des guichets",
        "La Fabrique d’Exemple",
        "Finistère",
        "Mardi 23 novembre 2027",
        "Licence Ouverte",
    )
    look(page)
    paper = downloaded(page, "Télécharger (PDF)")
    words = " ".join(part.extract_text() for part in PdfReader(BytesIO(paper)).pages)
    assert [name for name in ("Bretagne", "Récrire un courrier", "La Fabrique d’Exemple") if name not in words] == []

    # Nobody is in any of it.
    told = " ".join([*(files[name].decode() for name in files if name != "en PDF"), words, page.content()])
    assert (MARK in told, "@ville.example" in told) == (False, False)

    # Taken back, it opens nothing.
    partners.close(PartnerLink.objects.get(), by=UserFactory(), now=clock.now())
    page.watch.tolerated.add(404)
    page.reload()
    heading(page, "Cette adresse n’ouvre rien")
    look(page)


def open_the_door(open_page, live):
    """Somebody of the team, in the admin."""
    person = UserFactory(roles=[Role.STAFF])
    enrol(person)
    desk = open_page(reduced_motion="reduce")
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    desk.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    desk.goto("/admin/events/partnerlink/add/")
    desk.get_by_label("Structure").fill("SGMAP d’Exemple")
    desk.get_by_label("Adresse électronique").fill(WHO)
    with desk.expect_navigation():
        desk.get_by_role("button", name="Enregistrer", exact=True).click()
    desk.get_by_role("link", name="SGMAP d’Exemple").first.wait_for()
