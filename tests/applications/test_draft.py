"""The form in a browser: counter, autosave, two tabs, an ended session, the copy kept on the device."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from applications.models import Application
from applications.states import State
from tests.applications.factories import TYPED, ApplicationFactory, UserFactory
from tests.browser import follow
from tests.programmes.factories import EditionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FORM = "/programmes/aventuriers/2027/candidater/"


@pytest.fixture
def edition():
    now = timezone.now()
    return EditionFactory(
        slug="2027",
        programme__slug="aventuriers",
        reference_prefix="AV27",
        opens_at=now - timedelta(days=30),
        published_at=now - timedelta(days=30),
        closes_at=now + timedelta(days=30),
        ends_on=(now + timedelta(days=90)).date(),
    )


@pytest.fixture
def person(edition):
    return UserFactory()


def sign_in(page, person: User) -> None:
    client = Client()
    client.force_login(person, backend="accounts.backends.RoleBackend")
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": page.base}])


@pytest.fixture
def form(open_page, live, person):
    def open_(**options):
        page = open_page(**options)
        page.base = live
        sign_in(page, person)
        page.goto(FORM)
        return page

    return open_


def line(page):
    return page.locator("#brouillon")


def test_the_counter_follows_the_typing(form):
    page = form()
    page.fill("#id_motivation", "\n".join(["ligne"] * 12))
    expect(page.locator("#lignes")).to_have_text("12 lignes sur 10")
    expect(page.locator("#lignes")).to_have_attribute("data-over", "")
    page.fill("#id_motivation", "une")
    expect(page.locator("#lignes")).to_have_text("1 ligne sur 10")


def test_typing_saves_itself_says_when_and_keeps_no_copy_on_the_device(form):
    page = form()
    assert Application.objects.count() == 0
    page.fill("#id_job", "bibliothécaire")
    expect(line(page)).to_have_text(re.compile(r"^Enregistré à \d+\u00a0h"))
    page.check("#id_branch_1")
    expect(page.locator("#revision")).to_have_value("2")
    page.check("#id_costs_covered")
    expect(page.locator("#revision")).to_have_value("3")
    page.uncheck("#id_costs_covered")
    expect(page.locator("#revision")).to_have_value("4")
    typed = Application.objects.get().typed
    assert (typed["job"], typed["branch"], typed["costs_covered"]) == ("bibliothécaire", "LOCAL", "")
    assert page.evaluate("localStorage.length") == 0


def test_two_tabs_the_older_one_overwrites_nothing_and_says_so(form):
    first, second = form(), form()
    second.fill("#id_job", "juriste")
    expect(line(second)).to_have_text(re.compile("^Enregistré"))
    first.watch.tolerated.add(409)
    first.fill("#id_job", "bibliothécaire")
    expect(line(first)).to_have_text(re.compile("n’a pas été enregistré"))
    assert Application.objects.get().typed["job"] == "juriste"
    expect(first.locator("#id_job")).to_have_value("bibliothécaire")


def test_an_ended_session_keeps_the_text_on_the_device_and_offers_it_back(form, person):
    page = form()
    Session.objects.all().delete()
    page.watch.tolerated.add(401)
    page.fill("#id_job", "bibliothécaire")
    expect(line(page)).to_contain_text("Votre session est finie")
    sign_in(page, person)
    page.goto(FORM)
    expect(page.locator("#id_job")).to_have_value("")
    page.get_by_role("button", name="Reprendre ce texte").click()
    expect(page.locator("#id_job")).to_have_value("bibliothécaire")
    expect(line(page)).to_have_text(re.compile("^Enregistré"))
    assert page.evaluate("localStorage.length") == 0


def test_the_copy_of_a_device_is_its_authors_only_and_can_be_forgotten(form, person):
    page = form()
    Session.objects.all().delete()
    page.watch.tolerated.add(401)
    page.fill("#id_job", "bibliothécaire")
    expect(line(page)).to_contain_text("Votre session est finie")
    sign_in(page, UserFactory())
    page.goto(FORM)
    expect(page.locator("#copie")).to_be_hidden()
    sign_in(page, person)
    page.goto(FORM)
    page.get_by_role("button", name="L’oublier").click()
    expect(page.locator("#copie")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_a_page_older_than_the_sign_in_says_to_reload_and_gives_the_text_back(form):
    page = form()
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    page.watch.tolerated.add(403)
    page.fill("#id_job", "bibliothécaire")
    expect(line(page)).to_contain_text("rechargez cette page")
    page.watch.faults.clear()
    page.reload()
    page.get_by_role("button", name="Reprendre ce texte").click()
    expect(page.locator("#id_job")).to_have_value("bibliothécaire")
    expect(line(page)).to_have_text(re.compile("^Enregistré"))


def test_a_lost_network_says_so_and_keeps_the_text(form):
    page = form()
    page.route("**/enregistrer/", lambda route: route.abort())
    page.fill("#id_job", "bibliothécaire")
    expect(line(page)).to_have_text("Pas encore enregistré\u00a0: ce texte est gardé sur cet appareil.")
    assert page.evaluate("localStorage.length") == 1
    page.watch.faults.clear()


def test_from_the_form_to_the_receipt_and_the_copy_is_erased(form, person, edition, axe):
    page = form()
    for name in ("last_name", "first_name", "organisation", "job", "motivation"):
        page.fill(f"#id_{name}", TYPED[name])
    page.check("#id_branch_1")
    page.select_option("#id_region", "53")
    page.check("#id_costs_covered")
    follow(page, "Relire")
    axe(page)
    follow(page, "Déposer ma candidature")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre candidature est déposée")
    assert "AV27-0001" in page.content()
    assert page.evaluate("localStorage.length") == 0
    axe(page)
    page.go_back()
    expect(page.get_by_text("Déjà déposée\u00a0: AV27-0001.")).to_be_visible()
    expect(page.get_by_role("button", name="Déposer ma candidature")).to_have_count(0)
    follow(page, "AV27-0001", "link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre candidature")
    assert (Application.objects.get().state, Application.objects.get().steps.count()) == (State.SUBMITTED, 1)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_and_its_errors_have_no_fault(form, axe, width, dark):
    page = form(width=width, dark=dark)
    axe(page)
    page.fill("#id_motivation", "\n".join(["ligne"] * 12))
    follow(page, "Relire")
    expect(page.locator("[data-errors]")).to_be_focused()
    expect(page).to_have_title(re.compile("^Erreur"))
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def test_everything_works_without_javascript(form, person):
    page = form(javascript=False, width=320)
    page.fill("#id_job", "bibliothécaire")
    page.fill("#id_motivation", "\n".join(["ligne"] * 12))
    follow(page, "Enregistrer le brouillon")
    assert "Votre brouillon est enregistré." in page.content()
    assert "12 lignes sur 10" in page.content()
    page.fill("#id_motivation", "une")
    follow(page, "Relire")
    assert "1 ligne sur 10" in page.content()
    assert page.locator("[data-errors] a").count() == 4


def test_the_pages_of_an_application_have_no_fault(form, person, edition, axe):
    draft = ApplicationFactory(edition=edition, applicant=person)
    page = form(width=320)
    axe(page)
    page.goto(f"{FORM}supprimer/")
    axe(page)
    page.goto(FORM)
    follow(page, "Relire")
    follow(page, "Déposer ma candidature")
    page.wait_for_url("**/recue/")
    for address in ("/candidatures/AV27-0001/", "/candidatures/AV27-0001/retirer/", "/espace/"):
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    draft.edition.closes_at = timezone.now() - timedelta(days=1)
    draft.edition.save()
    page.goto(FORM)
    axe(page)


def test_the_pages_are_valid_html(client, person, edition, vnu):
    client.force_login(person, backend="accounts.backends.RoleBackend")
    pages = [client.get(FORM), client.post(FORM, {}), client.post(FORM, {**TYPED, "tab": "a", "revision": "0"})]
    pages += [client.get(FORM), client.get(f"{FORM}supprimer/")]
    receipt = client.post(f"{FORM}deposer/", {"revision": "1"}, follow=True)
    pages += [receipt, *(client.get(f"/candidatures/AV27-0001/{end}") for end in ("", "retirer/")), client.get(FORM)]
    edition.closes_at = timezone.now() - timedelta(hours=1)
    edition.save()
    pages += [client.post(FORM, {**TYPED, "job": "juriste", "tab": "a", "revision": "2"}), client.get(FORM)]
    vnu(*(page.content.decode() for page in pages))
