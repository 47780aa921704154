"""S16: before the embargo 404 to the public and a banner for the team; after it page, PDF, feed and season say the same thing."""

import re
from datetime import date, datetime
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from accounts.roles import Role
from core.clock import PARIS
from events.models import PressContact, PressRelease, Season
from programmes.models import Programme
from tests.accounts.factories import UserFactory, sign_in
from tests.journeys.conftest import Hands
from tests.programmes.test_flyers import spaced

pytestmark = [pytest.mark.browser, pytest.mark.journey]
SLUG = "une-saison-pour-essayer"
PAGE = f"/presse/{SLUG}/"


@pytest.fixture
def season(transactional_db, at):
    """A public season, a programme to lead to, and whom to call."""
    at(2027, 11, 5, 10)
    Programme.objects.create(slug="journees", title="Journées découverte", kind="TRAINING", is_public=True, contact_email="a@ville.example")
    PressContact.objects.create(function="Contact presse de La 27e Région", phone="01 99 00 27 27", email="presse@la27eregion.example")
    opened = datetime(2027, 1, 1, tzinfo=PARIS)
    days = {"starts_on": date(2027, 11, 22), "ends_on": date(2027, 11, 28), "published_at": opened}
    return Season.objects.create(slug="2027", title="14ᵉ Semaine de l’innovation publique", number=14, **days)


def staff_page(open_page, live, person, **options):
    page = open_page(reduced_motion="reduce", **options)
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


def write(page, hands, *, javascript) -> None:
    """The communiqué, its part, its links and its contact, as staff write them."""
    page.goto("/admin/events/pressrelease/add/")
    hands.fill("Surtitre", "Événement")
    hands.fill("Titre", "Une saison pour essayer")
    if not javascript:  # the address is made of the title
        hands.fill("Adresse de la page", SLUG)
    hands.choose("Saison", "14ᵉ Semaine de l’innovation publique")
    hands.fill("Lieu", "Paris")
    page.get_by_label("Daté du").fill("2027-11-08")
    page.get_by_label("Sous embargo jusqu’au").fill("2027-11-08T09:00")
    hands.fill("Chapô", "Une semaine pour voir d’autres façons de faire.")
    page.get_by_label("Contact presse de La 27e Région").check()
    hands.press("button", "Enregistrer et continuer les modifications")


@pytest.mark.parametrize("javascript", [True, False], ids=["JavaScript", "no JavaScript"])
def test_s16_press(open_page, live, season, at, look, javascript):
    colleague = UserFactory(roles=[Role.STAFF])
    page = staff_page(open_page, live, colleague, javascript=javascript)
    hands = Hands(page, keyboard=False)
    write(page, hands, javascript=javascript)
    release = PressRelease.objects.get()
    assert (release.slug, release.title) == (SLUG, "Une saison pour essayer")
    release.sections.create(title="Trois jours d’ateliers", text="Des **ateliers**, partout.")
    release.links.create(label="programme", target=f"programmes.programme:{Programme.objects.get().pk}", section=release.sections.get())
    release.links.create(label="Inscriptions", is_to_come=True)

    # « Prêt »: its own screen; the embargo is the clock's.
    page.goto(f"/admin/events/pressrelease/{release.pk}/publication/")
    look(page)
    hands.press("button", "Prêt")
    page.get_by_text("sous embargo jusqu’au").first.wait_for()
    look(page)

    # Before the embargo: « introuvable » to the public, a banner for the team.
    public = open_page(javascript=javascript)
    public.watch.tolerated.add(404)
    assert [public.goto(address).status for address in (PAGE, f"/presse/{SLUG}.pdf")] == [404, 404]
    assert "essayer" not in public.request.get(f"{live}/presse/flux.atom").text()
    page.goto(PAGE)
    page.get_by_text("Sous embargo jusqu’au 8\u00a0novembre 2027 à 9\u00a0h").wait_for()
    look(page)

    # After it, with nothing done: page, PDF, feed and list.
    at(2027, 11, 8, 9, 1)
    assert public.goto(PAGE).status == 200
    look(public)
    public.emulate_media(media="print")
    public.get_by_role("heading", level=1).wait_for()
    public.emulate_media(media="screen")
    words = spaced(public.locator("main").inner_text())
    pdf = public.request.get(f"{live}/presse/{SLUG}.pdf")
    printed = spaced("\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf.body())).pages))
    person = ("Contact presse de La 27e Région", "01 99 00 27 27")
    for fact in ("Une saison pour essayer", "Trois jours d’ateliers", "programme", "Inscriptions", *person):
        assert (fact, fact in words, fact in printed) == (fact, True, True)
    assert "à venir" in words
    feed = public.request.get(f"{live}/presse/flux.atom").text()
    assert (SLUG in feed, "27 27" in feed) == (True, False)
    public.goto("/presse/")
    public.get_by_role("link", name="Une saison pour essayer").wait_for()
    look(public)

    public.goto(season.get_absolute_url())
    public.get_by_role("link", name="Une saison pour essayer").wait_for()

    # Corrected: the page says when and what, and the former PDF can still be read.
    at(2027, 11, 9, 10)
    page = staff_page(open_page, live, colleague, javascript=javascript)
    hands = Hands(page, keyboard=False)
    page.goto(f"/admin/events/pressrelease/{release.pk}/change/")
    hands.fill("Chapô", "Une semaine pour voir, et pour essayer, d’autres façons de faire.")
    hands.fill("Ce qui change", "Le chapô est complété.")
    hands.press("button", "Enregistrer et continuer les modifications")
    public.request.get(f"{live}/presse/{SLUG}.pdf")
    public.goto(f"{PAGE}?")
    public.get_by_text("Le chapô est complété.").first.wait_for()
    public.get_by_role("link", name=re.compile("^Version 1")).wait_for()
    look(public)

    # Withdrawn: a notice in its place.
    page.goto(f"/admin/events/pressrelease/{release.pk}/publication/")
    hands.fill("Motif", "La rencontre est reportée.")
    hands.press("button", "Retirer")
    public.watch.tolerated.add(410)
    assert public.goto(f"{PAGE}?retire").status == 410  # asked again: a cache may show a page for a minute
    public.get_by_text("La rencontre est reportée.").wait_for()
    look(public)
    public.goto("/presse/?annee=")
    public.get_by_role("heading", name="Aucun communiqué pour l’instant").wait_for()
