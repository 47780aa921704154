"""What was announced, moved and waited for, in a real browser: narrow, dark, without JavaScript."""

import re

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.roles import Role
from core import clock
from mailing.models import Message
from programmes.demo import load
from programmes.models import Edition, Interest
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ApplicationFactory
from tests.browser import follow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"]),
]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def staff(client, live):
    sign_in(client, UserFactory(roles=[Role.STAFF], first_name="Dominique", last_name="Exemple"))
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}


@pytest.fixture
def edition():
    load(1)
    edition = Edition.objects.get(slug="vide")
    ApplicationFactory(edition=edition, started_at=clock.now(), saved_at=clock.now())
    return edition


def narrow(open_page, staff, path, *, javascript):
    page = open_page(width=320, dark=True, javascript=javascript, reduced_motion="reduce")
    page.watch.tolerated |= {422}
    if staff:
        page.context.add_cookies([staff])
    page.goto(path)
    return page


@pytest.fixture
def look(axe, javascript):
    """Axe is a script: it looks at the same pages when scripts run."""

    def at(page):
        if javascript:
            axe(page)
            assert page.evaluate(OVERFLOW) == 0

    return at


def test_a_moved_deadline_is_confirmed_then_shown_on_the_page(open_page, look, javascript, staff, edition):
    page = narrow(open_page, staff, f"/admin/programmes/edition/{edition.pk}/change/", javascript=javascript)
    later = edition.closes_at.astimezone(clock.PARIS).replace(day=1, month=1, year=edition.ends_on.year)
    page.get_by_label("Clôture").fill(f"{max(later, edition.closes_at.astimezone(clock.PARIS)):%Y-%m-%dT13:07}")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", name="Ce qui change")).to_be_visible()
    look(page)
    page.get_by_label("C’est une correction").check()
    follow(page, "Voir l’aperçu")
    expect(page.locator(".summary").first).to_contain_text("Dites ce qui est corrigé")
    look(page)
    page.get_by_label("C’est une correction").uncheck()
    page.get_by_label("Motif").fill("Le lieu n’était pas libre.")
    follow(page, "Voir l’aperçu")
    expect(page.locator(".letter-text")).to_contain_text("Le lieu n’était pas libre.")
    look(page)
    follow(page, "Enregistrer et prévenir")
    expect(page.get_by_text("En attente").first).to_be_visible()
    page.goto(edition.get_absolute_url())
    expect(page.get_by_role("heading", name="Ce qui a changé")).to_be_visible()
    expect(page.locator(".changed")).to_contain_text("Le lieu n’était pas libre.")
    look(page)


def test_a_copy_is_seen_then_made(open_page, look, javascript, staff, edition):
    page = narrow(open_page, staff, f"/admin/programmes/edition/{edition.pk}/dupliquer/", javascript=javascript)
    page.get_by_label("Préfixe des références").fill("ZZ9")
    page.get_by_label("Adresse de la page").fill("vide")
    follow(page, "Dupliquer")
    expect(page.locator(".summary").first).to_be_visible()
    look(page)
    page.get_by_label("Adresse de la page").fill("vide-2")
    follow(page, "Dupliquer")
    expect(page.get_by_text("est prête à relire")).to_be_visible()
    assert Edition.objects.get(slug="vide-2").published_at is None


def test_an_address_is_asked_and_confirmed(open_page, look, javascript, edition):
    page = narrow(open_page, None, "/programmes/demonstration/annonce/", javascript=javascript)
    follow(page, "Prévenez-moi à l’ouverture", "link")
    follow(page, "Me prévenir")
    expect(page.get_by_role("heading", name=re.compile("corriger"))).to_be_visible()
    look(page)
    page.get_by_label("Votre adresse électronique").fill("agente@ville.example")
    follow(page, "Me prévenir")
    expect(page.get_by_role("heading", name="Regardez votre courrier")).to_be_visible()
    link = re.search(r"/prevenez-moi/\w+/", Message.objects.get(kind="programmes.interest").text)
    page.goto(link[0])
    look(page)
    follow(page, "Confirmer")
    expect(page.get_by_role("heading", name="C’est confirmé")).to_be_visible()
    look(page)
    assert Interest.objects.get(email="agente@ville.example").confirmed_at is not None
