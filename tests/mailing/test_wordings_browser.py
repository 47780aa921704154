"""The words of the letters in a real browser: narrow, dark, without JavaScript, in each of its states."""

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.roles import Role
from core import clock
from mailing import wordings
from mailing.letters import KINDS
from mailing.rendering import Words
from tests.accounts.factories import UserFactory, sign_in
from tests.browser import follow
from tests.programmes.factories import EditionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "applications.withdrawn"
LIST = "/admin/mailing/wording/"
PAGE = f"{LIST}sorte/{NAME}/"
SUBJECT = "C’est noté\u202f: {reference}"
BODY = "Bonjour {prenom},\n\nVotre candidature {reference} est retirée.\n\nVoir ma candidature\u00a0:\n{lien}"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def staff(client, live):
    """Somebody of the team, whose cookie any page may take."""
    person = UserFactory(roles=[Role.STAFF], first_name="Dominique", last_name="Exemple")
    sign_in(client, person)
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return person, {"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}


def opened(open_page, staff, path, **options):
    page = open_page(reduced_motion="reduce", **options)
    page.context.add_cookies([staff[1]])
    page.goto(path)
    return page


def test_words_are_written_tried_kept_and_taken_back_without_javascript_on_a_narrow_screen(open_page, staff):
    page = opened(open_page, staff, LIST, width=320, javascript=False)
    follow(page, "Candidature retirée", "link")
    page.get_by_label("Sujet").fill(SUBJECT)
    page.get_by_label("Texte").fill(BODY.replace("{reference}", "{inconnu}"))
    follow(page, "Enregistrer")
    expect(page.get_by_text("Le repère {inconnu} n’existe pas pour cette lettre").first).to_be_visible()
    assert "{inconnu}" in page.get_by_label("Texte").input_value()
    page.get_by_label("Texte").fill(BODY)
    follow(page, "Voir l’aperçu")
    expect(page.locator(".wording-part .letter-text").first).to_contain_text("Bonjour Camille,")
    follow(page, "Enregistrer")
    expect(page.locator(".wording-now")).to_contain_text("version 1")
    with page.context.expect_page() as formatted:
        page.get_by_role("button", name="Mise en forme").click()
    expect(formatted.value.get_by_role("link", name="Voir ma candidature")).to_be_visible()
    follow(page, "Revenir au texte d’origine")
    expect(page.locator(".wording-now")).to_contain_text("texte d’origine")
    page.get_by_text("Version 1,").click()
    follow(page, "Reprendre cette version 1")
    expect(page.locator(".wording-now")).to_contain_text("version 3")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_state_is_without_barrier_and_within_the_screen(open_page, staff, axe, vnu, dark):
    kind, person, edition = KINDS[NAME], staff[0], EditionFactory(short_title="Les Aventuriers de l’innovation publique 2027")
    wordings.save(kind, "", Words(SUBJECT, BODY), base=0, by=person, now=clock.now())
    wordings.save(kind, f"programmes.edition:{edition.pk}", Words(f"{SUBJECT}, {{appel_court}}", BODY), base=0, by=person, now=clock.now())
    page = opened(open_page, staff, LIST, dark=dark)
    checked = [_look(page, axe)]
    page.goto(PAGE)
    page.get_by_label("Ces mots valent").select_option(label="pour Les Aventuriers de l’innovation publique 2027")
    follow(page, "Choisir")
    checked.append(_look(page, axe))
    page.get_by_label("Texte").fill("Bonjour {prenom}, {x}")
    follow(page, "Enregistrer")
    expect(page.get_by_text("Il manque le repère {reference}").first).to_be_visible()
    checked.append(_look(page, axe))
    wordings.save(kind, f"programmes.edition:{edition.pk}", Words("Leurs mots", BODY), base=1, by=person, now=clock.now())
    page.get_by_label("Texte").fill(f"{BODY}\n\nMerci.")
    follow(page, "Enregistrer")
    expect(page.get_by_role("heading", name="Les mots de Dominique Exemple")).to_be_visible()
    checked.append(_look(page, axe))
    vnu(*checked)


def _look(page, axe):
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"() => {OVERFLOW} === 0")
        axe(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    return page.content()
