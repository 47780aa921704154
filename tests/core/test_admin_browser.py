"""Long forms of the admin in a real browser: rows without JavaScript, faults that lead to their fields."""

import re

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.roles import Role
from programmes.models import Edition, SessionTrainer, TrainingSession
from tests.accounts.factories import UserFactory, sign_in
from tests.browser import follow
from tests.programmes.factories import EditionFactory, ProgrammeFactory, SessionFactory, TrainerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = {f"{rows}-{name}_FORMS": "1" if name == "TOTAL" else "0" for rows in ("phases", "partners") for name in ("TOTAL", "INITIAL")}

CALL = {
    "title": "Un appel sans script, 2027",
    "slug": "2027",
    "reference_prefix": "SS27",
    "seats": "3",
    "lede": "Partir.",
    "opens_at": "2027-03-01T09:00",
    "closes_at": "2027-09-08T12:00",
    "ends_on": "2027-11-30",
}


@pytest.fixture
def staff(client, live):
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": key, "url": live}


def test_phases_are_added_without_javascript(open_page, staff):
    page = open_page(javascript=False, width=390)
    page.context.add_cookies([staff])
    programme = ProgrammeFactory(title="Les Aventuriers")
    page.goto("/admin/programmes/edition/add/")
    page.locator("#id_programme").select_option(str(programme.pk))
    page.get_by_label("Titre court", exact=False).first.fill("Un appel sans script")
    add = re.compile("Ajouter une ligne.*phase")
    for number, title in enumerate(["Départ", "Immersion"]):
        follow(page, add)
        assert page.url.endswith(f"#phases-{number}")
        page.locator(f"#id_phases-{number}-title").fill(title)
        page.locator(f"#id_phases-{number}-when_label").fill("au printemps")
        page.locator(f"#id_phases-{number}-sort_on").fill(f"2027-04-0{number + 1}")
    follow(page, "Enregistrer et continuer les modifications")
    expect(page.get_by_role("alert").get_by_role("link").first).to_be_visible()
    assert page.locator("#id_phases-1-title").input_value() == "Immersion"
    for name, value in [("title", "Un appel sans script, 2027"), ("slug", "2027"), ("reference_prefix", "SS27"), ("seats", "3")]:
        page.locator(f"#id_{name}").fill(value)
    for name, value in [
        ("lede", "Partir."),
        ("opens_at", "2027-03-01T09:00"),
        ("closes_at", "2027-09-08T12:00"),
        ("ends_on", "2027-11-30"),
    ]:
        page.locator(f"#id_{name}").fill(value)
    follow(page, "Enregistrer et continuer les modifications")
    assert [phase.title for phase in Edition.objects.get(slug="2027").phases.order_by("pk")] == ["Départ", "Immersion"]


def test_a_trainer_is_added_to_a_day_without_javascript(open_page, staff):
    day, trainer = SessionFactory(published_at=None), TrainerFactory()
    page = open_page(javascript=False)
    page.context.add_cookies([staff])
    page.goto(f"/admin/programmes/trainingsession/{day.pk}/change/")
    follow(page, re.compile("Ajouter une ligne.*formateur"))
    page.locator("#id_team-0-trainer").select_option(str(trainer.pk))
    with page.expect_navigation():
        page.locator("#id_title").press("Enter")  # saves, never adds
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert [row.trainer for row in SessionTrainer.objects.filter(session=TrainingSession.objects.get(pk=day.pk))] == [trainer]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_refused_form_holds_the_focus_on_its_faults(open_page, staff, axe, dark):
    edition = EditionFactory()
    page = open_page(width=320, dark=dark)
    page.context.add_cookies([staff])
    page.goto(f"/admin/programmes/edition/{edition.pk}/change/")
    page.locator("#id_title").fill("")
    follow(page, "Enregistrer et continuer les modifications")
    expect(page.locator("[data-errors]")).to_be_focused()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator("#id_title")).to_be_focused()


def test_the_page_of_who_has_no_script_is_valid(open_page, staff, client, live, vnu):
    edition = EditionFactory()
    page = open_page(javascript=False, width=320)
    page.context.add_cookies([staff])
    page.goto(f"/admin/programmes/edition/{edition.pk}/change/")
    address = f"/admin/programmes/edition/{edition.pk}/change/"
    vnu(client.get(address).content.decode(), client.post("/admin/programmes/edition/add/", ROWS).content.decode())
    buttons = page.get_by_role("button", name=re.compile("Ajouter une ligne"))
    assert [box["height"] >= 24 for box in (button.bounding_box() for button in buttons.all())] == [True, True]
    assert page.locator("body").evaluate("body => body.scrollWidth") == 320


def test_a_refused_addition_holds_the_focus_too(open_page, staff):
    page = open_page(width=390)
    page.context.add_cookies([staff])
    page.goto("/admin/programmes/trainingsession/add/")
    expect(page.locator("#id_programme")).to_be_focused()
    follow(page, "Enregistrer et continuer les modifications")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-errors]")).to_be_focused()
