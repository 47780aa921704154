"""The timeline and the versions of flyers in a real browser: narrow and wide, light and dark, without JavaScript, by keyboard."""

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.roles import Role
from applications.models import LateLink
from core import clock
from core.registry import DEMOS
from programmes.models import Edition, Flyer, TrainingSession
from programmes.services import flyers
from tests.accounts.factories import UserFactory, sign_in
from tests.browser import follow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SIZES = [(1280, False), (320, True)]


@pytest.fixture
def staff(client, live):
    for load in DEMOS:
        load(1)
    sign_in(client, UserFactory(roles=[Role.STAFF], first_name="Dominique", last_name="Exemple"))
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}


def opened(open_page, staff, path, *, width, dark, javascript=True):
    page = open_page(width=width, dark=dark, javascript=javascript, reduced_motion="reduce")
    page.context.add_cookies([staff])
    page.goto(path)
    return page


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_the_timeline_is_narrowed_and_names_are_asked_for(open_page, axe, staff, width, dark):
    call = Edition.objects.open(now=clock.now()).order_by("closes_at").first()
    until = call.closes_at.replace(hour=20)
    LateLink.objects.create(edition=call, email="a@ville.example", until=until, reason="Panne.", created_at=clock.now())
    page = opened(open_page, staff, "/admin/", width=width, dark=dark)
    page.get_by_role("link", name="Tout l’échéancier").click()
    expect(page.get_by_role("heading", name="Échéancier", level=1)).to_be_visible()
    axe(page)
    page.get_by_label("Quand").select_option("tout")
    page.get_by_label("Appel ou journée").select_option(label=call.short_title)
    follow(page, "Afficher")
    expect(page.get_by_text("Délai personnel").first).to_be_visible()
    assert page.get_by_label("Quand").input_value() == "tout"
    page.get_by_role("link", name="Voir les noms : Délai personnel").click()
    expect(page.get_by_text("a@ville.example")).to_be_visible()
    axe(page)
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_the_versions_of_a_flyer_are_listed_downloaded_and_one_is_looked_at(open_page, axe, staff, width, dark):
    day = TrainingSession.objects.with_places().get(slug="prochaine")
    flyers.publish(day, now=clock.now())
    Flyer.objects.create(session=day, version=2, fingerprint="b", created_at=clock.now(), failures=2, error="plus de 30 secondes")
    page = opened(open_page, staff, f"/admin/programmes/trainingsession/{day.pk}/change/", width=width, dark=dark)
    page.get_by_role("link", name="Dépliants").last.click()
    expect(page.get_by_text("à refaire (en échec, 2 essais)")).to_be_visible()
    axe(page)
    assert page.evaluate(OVERFLOW) == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger la version 1").click()
    assert download.value.suggested_filename == "journees-decouverte-prochaine-depliant-1.pdf"
    page.get_by_role("link", name="Dépliant, version 2").click()
    expect(page.get_by_text("plus de 30 secondes")).to_be_visible()
    axe(page)
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_a_flyer_that_is_not_ready_says_where_the_facts_are(open_page, axe, staff, live, width, dark):
    day = TrainingSession.objects.with_places().get(slug="prochaine")
    flyers.cache.add(flyers._holder(day), 1, timeout=60)
    patience, flyers.PATIENCE = flyers.PATIENCE, 0.1
    try:
        page = open_page(width=width, dark=dark, reduced_motion="reduce")
        page.watch.tolerated |= {503}
        page.goto(f"{day.get_absolute_url()}depliant.pdf")
    finally:
        flyers.PATIENCE = patience
    expect(page.get_by_role("heading", name="Le dépliant n’est pas prêt")).to_be_visible()
    axe(page)
    assert page.evaluate(OVERFLOW) == 0
    page.get_by_role("link", name="Journée découverte").click()
    expect(page.get_by_role("heading", name="Le déroulé")).to_be_visible()
