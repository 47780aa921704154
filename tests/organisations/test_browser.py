"""In a real browser: names proposed while typing, by keyboard and by pointer; the pages of the register and their refusals."""

from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from applications.models import Application
from organisations.models import Organisation
from organisations.states import Kind
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import deposited
from tests.browser import follow
from tests.organisations.factories import BRETAGNE, NOW, ContactFactory, OrganisationFactory
from tests.programmes.factories import EditionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(autouse=True)
def _now():
    # The day only: a session's cookie and the time of the browser go on.
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def bretagne():
    OrganisationFactory(name="CC Bretagne Romantique", kind=Kind.INTERCOMMUNAL, region="53")
    return OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, siret=BRETAGNE, region="53")


def type_in(page, field, words):
    """Type, and wait for what is proposed for the whole."""
    with page.expect_response(lambda answer: answer.url.endswith(f"?q={quote(words)}")):
        field.press_sequentially(words)
    options(page).first.wait_for()


def enter(page, live, person):
    """Give the browser the session of a person."""
    client = Client()
    sign_in(client, person)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live}])
    return page


@pytest.fixture
def call():
    return EditionFactory(opens_at=NOW.replace(month=1), closes_at=NOW.replace(month=6))


def form_of(call):
    return reverse("apply", args=[call.programme.slug, call.slug])


def options(page):
    return page.get_by_role("listbox", name="Propositions").get_by_role("option")


@pytest.mark.parametrize("dark", [False, True])
def test_a_name_is_chosen_by_keyboard_and_saved_by_itself(open_page, live, axe, bretagne, call, dark):
    page = enter(open_page(width=320, dark=dark), live, UserFactory())
    page.goto(form_of(call))
    field = page.get_by_role("combobox", name="Structure")
    type_in(page, field, "region bret")
    assert (field.get_attribute("aria-expanded"), page.locator(".suggest-status").inner_text()) == ("true", "1 proposition")
    axe(page)
    field.press("ArrowDown")
    chosen = options(page).first
    assert (chosen.get_attribute("aria-selected"), field.get_attribute("aria-activedescendant")) == ("true", chosen.get_attribute("id"))
    axe(page)
    assert page.evaluate(OVERFLOW) == 0
    # What was typed before may be saved meanwhile: the answer waited for is that of the name chosen.
    with page.expect_response(lambda answer: "/enregistrer/" in answer.url and "Bretagne" in (answer.request.post_data or "")):
        field.press("Enter")
    assert (field.input_value(), field.get_attribute("aria-expanded")) == ("Région Bretagne", "false")
    page.get_by_text("Enregistré à").wait_for()
    assert Application.objects.get().typed["organisation"] == "Région Bretagne"


def test_escape_closes_and_what_is_typed_stays(page, live, bretagne, call):
    enter(page, live, UserFactory()).goto(form_of(call))
    field = page.get_by_role("combobox", name="Structure")
    type_in(page, field, "bretagne")
    field.press("ArrowUp")
    assert options(page).last.get_attribute("aria-selected") == "true"
    field.press("Escape")
    options(page).first.wait_for(state="hidden")
    assert field.input_value() == "bretagne"
    field.press("Enter")  # with no list, it reads over as ever
    page.get_by_role("heading", name="Il reste").wait_for()


def test_a_name_is_chosen_by_pointer(page, live, bretagne, call):
    enter(page, live, UserFactory()).goto(form_of(call))
    field = page.get_by_role("combobox", name="Structure")
    type_in(page, field, "romantique")
    options(page).first.click()
    options(page).first.wait_for(state="hidden")
    assert field.input_value() == "CC Bretagne Romantique"


def test_a_server_that_does_not_answer_leaves_the_field_as_it_is(page, live, call):
    enter(page, live, UserFactory()).goto(form_of(call))
    page.watch.tolerated.add(500)
    page.route("**/structures/propositions.json*", lambda route: route.fulfill(status=500, body="panne"))
    field = page.get_by_role("combobox", name="Structure")
    with page.expect_response("**/structures/propositions.json*"):
        field.press_sequentially("bretagne")
    assert (field.input_value(), options(page).count()) == ("bretagne", 0)


def test_without_javascript_a_button_looks_and_another_takes(open_page, live, bretagne, call):
    page = enter(open_page(width=320, javascript=False), live, UserFactory())
    page.goto(form_of(call))
    page.get_by_label("Structure").fill("region bret")
    page.get_by_role("button", name="Chercher ma structure").click()
    page.get_by_role("button", name="Région Bretagne").click()
    page.get_by_role("button", name="Chercher ma structure").wait_for()
    assert page.get_by_label("Structure").input_value() == "Région Bretagne"
    assert page.evaluate(OVERFLOW) == 0


def test_without_javascript_the_return_key_reads_over(open_page, live, call):
    page = enter(open_page(javascript=False), live, UserFactory())
    page.goto(form_of(call))
    page.get_by_label("Structure").press("Enter")
    page.get_by_role("heading", name="Il reste").wait_for()


# --- In the admin ----------------------------------------------------------------------------------------------


@pytest.fixture
def staff():
    return UserFactory(roles=[Role.STAFF])


def addresses(bretagne):
    """The pages of the register with something to show."""
    contact, application = ContactFactory(organisation=bretagne), deposited()
    other = OrganisationFactory(name="CR Bretagne", kind=Kind.REGION, siret="35600000000048")
    replaced = OrganisationFactory(name="Hier", replaced_by=bretagne, replaced_on=NOW.date())
    admin = "admin:organisations_organisation_"
    return [
        reverse(f"{admin}changelist"),
        bretagne.get_absolute_url(),
        reverse(f"{admin}import"),
        f"{reverse(f'{admin}merge')}?garder={bretagne.pk}",
        f"{reverse(f'{admin}merge')}?garder={bretagne.pk}&retirer={other.pk}",
        reverse(f"{admin}succession", args=[bretagne.pk]),
        reverse(f"{admin}succession", args=[replaced.pk]),
        reverse("admin:organisations_contact_changelist"),
        reverse("admin:organisations_contact_change", args=[contact.pk]),
        reverse("admin:applications_application_body", args=[application.pk]),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_no_page_of_the_register_holds_a_barrier(open_page, live, axe, staff, bretagne, dark):
    page = enter(open_page(dark=dark, reduced_motion="reduce"), live, staff)
    for address in addresses(bretagne):
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.goto(address).status == 200
        axe(page)
        page.set_viewport_size({"width": 320, "height": 640})
        axe(page)
        assert (address, page.evaluate(OVERFLOW)) == (address, 0)


def test_every_page_of_the_register_is_valid_html(client, vnu, staff, bretagne):
    sign_in(client, staff)
    vnu(*(client.get(address).content.decode() for address in addresses(bretagne)))


@pytest.mark.parametrize("dark", [False, True])
def test_no_refusal_of_an_act_holds_a_barrier(open_page, live, axe, staff, bretagne, dark):
    page = enter(open_page(width=320, dark=dark), live, staff)
    for address in addresses(bretagne)[2:7]:
        page.goto(address)
        page.locator("#content .act-form button[type=submit]").first.click()
        page.locator(".summary").wait_for()
        assert page.title().startswith("Erreur"), address
        axe(page)
        assert (address, page.evaluate(OVERFLOW)) == (address, 0)


def test_a_duplicate_is_named_by_a_proposal_and_united_without_javascript_too(open_page, live, staff, bretagne):
    gone = OrganisationFactory(name="Bretagne (doublon)", kind=Kind.OTHER)
    page = enter(open_page(), live, staff)
    page.goto(f"{reverse('admin:organisations_organisation_merge')}?garder={bretagne.pk}")
    type_in(page, page.get_by_role("combobox", name="L’autre organisme"), "doublon")
    options(page).first.click()
    page.get_by_role("button", name="Voir ce qui passera").click()
    page.get_by_role("heading", name="Réunir deux organismes").wait_for()
    bare = enter(open_page(javascript=False), live, staff)
    bare.goto(page.url)
    bare.get_by_role("button", name="Réunir définitivement").click()
    bare.get_by_text("est réuni à").first.wait_for()
    assert Organisation.objects.get(pk=gone.pk).merged_into == bretagne


@pytest.mark.parametrize("width", [320, 1280])
def test_a_replacement_shows_whom_the_words_named_before_it_is_kept(open_page, live, staff, bretagne, axe, width):
    old = OrganisationFactory(name="Hier, un nom long : syndicat mixte d’Exemple-sur-Exemple", kind=Kind.OTHER)
    page = enter(open_page(width=width, dark=width == 320), live, staff)
    page.goto(reverse("admin:organisations_organisation_succession", args=[old.pk]))
    page.get_by_label("Remplacé par").fill("region bretagne")
    page.get_by_label("À partir du").fill("2028-01-01")
    follow(page, "Voir ce qui passera")
    page.get_by_role("heading", name="Confirmer le remplacement").wait_for()
    axe(page)
    assert page.evaluate(OVERFLOW) == 0
    follow(page, "Confirmer le remplacement")
    page.get_by_text("est remplacé par").first.wait_for()
    assert Organisation.objects.get(pk=old.pk).replaced_by == bretagne


def test_two_kinds_are_united_by_a_tick_only(open_page, live, staff, bretagne, axe):
    gone = OrganisationFactory(name="Bretagne, la ville", kind=Kind.COMMUNE)
    page = enter(open_page(width=320), live, staff)
    page.goto(f"{reverse('admin:organisations_organisation_merge')}?garder={bretagne.pk}&retirer={gone.pk}")
    follow(page, "Réunir définitivement")
    page.locator(".summary").wait_for()
    axe(page)
    page.get_by_role("checkbox", name="un seul et même organisme").check()
    follow(page, "Réunir définitivement")
    assert Organisation.objects.get(pk=gone.pk).merged_into == bretagne
