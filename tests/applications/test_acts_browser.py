"""S3 of the acts in a real browser: narrow, dark, without JavaScript, in each state of their screens."""

import os

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from applications.models import Application, Review
from applications.states import State
from mailing.models import Message, Refusal
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import OPEN, ApplicationFactory, deposited
from tests.browser import follow
from tests.programmes.factories import EditionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/applications/application/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "d’Exemple-de-la-Très-Longue-Lignée-des-Personnes-Inventées-pour-la-Démonstration"


@pytest.fixture
def staff(client, live):
    """Somebody of the team, whose cookie any page may take."""
    person = UserFactory(roles=[Role.STAFF], first_name="Dominique", last_name="Exemple")
    sign_in(client, person)
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return person, {"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}


@pytest.fixture
def files(live) -> list[Application]:
    """A closed call: three applications, one of them withdrawn, another of an address that does not receive; a draft."""
    edition = EditionFactory(reference_prefix="AV17", short_title="Les Aventuriers 2017")
    rows = [deposited(edition=edition, at=OPEN) for _ in range(3)]
    Application.objects.filter(pk=rows[0].pk).update(last_name=LONG)
    Application.objects.filter(pk=rows[2].pk).update(state=State.WITHDRAWN)
    deaf = deposited(edition=edition, at=OPEN)
    Refusal.objects.create(address=deaf.applicant.email, reason="550 inconnue", at=OPEN)
    ApplicationFactory(edition=edition)
    return rows


@pytest.fixture
def jury(live) -> list[User]:
    return [UserFactory(roles=[Role.REVIEWER], first_name=name, last_name="Exemple") for name in ("Lou", "Nora")]


def opened(open_page, staff, path, **options):
    page = open_page(reduced_motion="reduce", **options)
    page.context.add_cookies([staff[1]])
    page.watch.tolerated.add(409)
    page.goto(path)
    return page


def test_two_reviewers_get_a_selection_and_it_is_undone_without_javascript_on_a_narrow_screen(open_page, staff, files, jury):
    page = opened(open_page, staff, LIST, width=320, javascript=False)
    for row in files:
        page.locator(f"input[name=_selected_action][value='{row.pk}']").check()
    page.locator("select[name=action]").select_option(label="Confier au jury")
    follow(page, "Envoyer")
    page.get_by_label("Lou Exemple").check()
    page.get_by_label("Nora Exemple").check()
    follow(page, "Voir l’aperçu")
    expect(page.get_by_role("heading", name="2 candidatures, 2 lettres", exact=True)).to_be_visible()
    expect(page.get_by_text("le jury lit les candidatures déposées ou en examen")).to_be_visible()
    follow(page, "Confier")
    expect(page.get_by_text("2 faits, 1 sans suite.")).to_be_visible()
    assert Review.objects.count() == 4
    follow(page, "Annuler cet envoi")
    expect(page.get_by_text("C’est annulé").first).to_be_visible()
    assert Review.objects.count() == 0


def test_a_letter_is_written_to_the_results_of_a_filter_with_javascript(open_page, staff, files):
    page = opened(open_page, staff, f"{LIST}?state=SUBMITTED")
    follow(page, "Écrire", "link")
    follow(page, "Les 3 résultats de ce filtre")
    page.get_by_label("Sujet").fill("Une date pour {appel}")
    page.get_by_label("Texte").fill("La réunion est mardi, {prenom}.")
    page.get_by_label("Sujet").press("Enter")
    expect(page.get_by_role("heading", name="2 candidatures, 2 lettres")).to_be_visible()
    expect(page.locator(".letter-text")).to_contain_text("La réunion est mardi, Camille.")
    page.get_by_label("Texte").fill("La réunion est jeudi, {prenom}.")
    follow(page, "Envoyer à tous")
    expect(page.get_by_text("Ce que vous avez tapé a changé depuis l’aperçu")).to_be_visible()
    follow(page, "Envoyer à tous")
    expect(page.get_by_text("2 lettres : départ le")).to_be_visible()
    page.get_by_role("region", name="Ses lettres").get_by_role("link").first.click()
    page.get_by_label("Paragraphe personnel").fill("Merci encore pour votre appel.")
    follow(page, "Mettre ce paragraphe dans la lettre")
    expect(page.locator(".letter-text")).to_contain_text("Merci encore pour votre appel.\n\nLa réunion est jeudi")
    assert Message.objects.filter(batch__isnull=False).exclude(paragraph="").count() == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_state_is_without_barrier_and_within_the_screen(open_page, staff, files, jury, axe, vnu, dark):
    page, pages = opened(open_page, staff, f"{LIST}?state=SUBMITTED", dark=dark), []

    def look(name: str) -> None:
        pages.append(_look(page, axe, f"{name}-{'dark' if dark else 'light'}"))

    follow(page, "Écrire", "link")
    look("choose")
    follow(page, "Les 3 résultats de ce filtre")
    look("form")
    follow(page, "Voir l’aperçu")
    expect(page.get_by_text("Il reste 2 points à corriger")).to_be_visible()
    look("errors")
    page.get_by_label("Sujet").fill("Une date pour {appel}")
    page.get_by_label("Texte").fill("La réunion est mardi, {prenom}.")
    follow(page, "Voir l’aperçu")
    look("preview")
    page.get_by_label("Sujet").fill("Une autre date pour {appel}")
    follow(page, "Envoyer à tous")
    look("changed")
    follow(page, "Envoyer à tous")
    look("batch")
    page.get_by_role("region", name="Ses lettres").get_by_role("link").first.click()
    expect(page.get_by_label("Paragraphe personnel")).to_be_visible()
    look("letter")
    page.goto(f"{LIST}actes/confier/?choix={','.join(str(row.pk) for row in files)}")
    page.get_by_label("Lou Exemple").check()
    follow(page, "Voir l’aperçu")
    look("assign")
    follow(page, "Confier")
    look("assigned")
    follow(page, "Annuler cet envoi")
    look("undone")
    page.goto("/admin/mailing/batch/")
    look("batches")
    vnu(*pages)
    assert Review.objects.count() == 0


def _look(page, axe, name: str) -> str:
    page.wait_for_load_state()
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        axe(page)
        assert page.evaluate(OVERFLOW) <= 0, (page.url, width)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    return page.content()
