"""What staff do by hand, in a real browser: enter, give a limit, join; narrow, dark, without JavaScript, with their errors."""

import os
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from accounts.roles import Role
from applications import services
from applications.models import Application, LateLink
from applications.states import State
from core import clock
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import ApplicationFactory, deposited
from tests.browser import follow
from tests.programmes.factories import EditionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/applications/application/"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def staff(client, live):
    """Somebody of the team, whose cookie any page may take."""
    person = UserFactory(roles=[Role.STAFF], first_name="Dominique", last_name="Exemple")
    return person, cookie(client, person, live)


def cookie(client, person, live):
    sign_in(client, person)
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": client.cookies[django_settings.SESSION_COOKIE_NAME].value, "url": live}


@pytest.fixture
def call(live):
    now = clock.now()
    return EditionFactory(
        short_title="Les Aventuriers", reference_prefix="AV27", opens_at=now - timedelta(days=9), published_at=now - timedelta(days=9),
        closes_at=now + timedelta(days=9), ends_on=(now + timedelta(days=90)).date(),
    )  # fmt: skip


def opened(open_page, key, path, **options):
    page = open_page(reduced_motion="reduce", **options)
    page.context.add_cookies([key])
    page.goto(path)
    return page


def closed(call):
    type(call).objects.filter(pk=call.pk).update(closes_at=clock.now() - timedelta(hours=1))


def test_a_paper_is_entered_without_javascript_on_a_narrow_screen(open_page, staff, call):
    page = opened(open_page, staff[1], LIST, width=320, javascript=False)
    follow(page, "Saisir une candidature", "link")
    page.get_by_label("Adresse électronique de la personne").fill("papier@ville.example")
    page.get_by_label("sur papier").check()
    page.get_by_label("Reçue le").fill(f"{clock.now():%Y-%m-%d}")
    for label, words in (("Nom", "Exemple"), ("Prénom", "Lou"), ("Fonction", "bibliothécaire")):
        page.get_by_label(label, exact=True).fill(words)
    page.locator("[name=organisation]").fill("Ville d’Exemple")
    page.get_by_label("Territoriale").check()
    page.locator("[name=region]").select_option("53")
    page.locator("[name=motivation]").fill("Voir ailleurs.")
    follow(page, "Enregistrer et envoyer le récépissé")
    expect(page.get_by_text("Son administration prend en charge").first).to_be_visible()
    page.locator("[name=costs_covered]").check()
    follow(page, "Enregistrer et envoyer le récépissé")
    expect(page.get_by_text("AV27-0001 enregistrée")).to_be_visible()
    assert Application.objects.get().email == "papier@ville.example"


@pytest.mark.parametrize(("width", "slides"), [(390, True), (1024, True), (1280, False)])
def test_the_list_says_that_it_slides_where_it_does_and_only_there(open_page, staff, call, width, slides):
    deposited(edition=call, at=clock.now())
    page = opened(open_page, staff[1], LIST, width=width)
    room = page.evaluate("[...document.querySelectorAll('#changelist .results')].map(one => one.scrollWidth > one.clientWidth)")
    said = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#changelist .results'), '::before').blockSize) > 10")
    assert (room, said) == ([slides], slides)


def test_a_limit_is_given_and_the_person_deposits_with_it(open_page, client, live, staff, call):
    person = UserFactory(email="camille@ville.example")
    draft = ApplicationFactory(edition=call, applicant=person, started_at=clock.now())
    closed(call)
    page = opened(open_page, staff[1], f"{LIST}{draft.pk}/change/")
    follow(page, "Donner un délai personnel", "link")
    page.get_by_label("Jusqu’au").fill(f"{clock.now() + timedelta(days=3):%Y-%m-%dT12:00}")
    page.get_by_label("Motif").fill("Panne de réseau.")
    follow(page, "Donner ce délai")
    expect(page.get_by_text("une lettre part à camille@ville.example")).to_be_visible()
    assert LateLink.objects.count() == 1
    page = opened(open_page, cookie(client, person, live), f"{call.get_apply_url()}?delai")
    expect(page.get_by_text("Délai personnel.", exact=True)).to_be_visible()
    follow(page, "Relire")
    follow(page, "Déposer ma candidature")
    expect(page.get_by_role("heading", name="Votre candidature est déposée")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_state_is_without_barrier_and_within_the_screen(open_page, client, live, staff, call, axe, vnu, dark):
    kept, joined = deposited(edition=call, at=clock.now()), deposited(edition=call, at=clock.now())
    page, pages = opened(open_page, staff[1], f"{LIST}saisir/{call.pk}/", dark=dark), []

    def look(name: str) -> None:
        pages.append(_look(page, axe, f"{name}-{'dark' if dark else 'light'}"))

    look("enter")
    follow(page, "Enregistrer et envoyer le récépissé")
    look("enter-errors")
    page.goto(f"{LIST}{joined.pk}/joindre/")
    look("join-find")
    page.goto(f"{LIST}{joined.pk}/joindre/?avec=AV27-9999")
    look("join-unknown")
    page.goto(f"{LIST}{joined.pk}/joindre/?avec={kept.reference}")
    look("join")
    follow(page, "Joindre")
    look("join-errors")
    page.get_by_label(f"{kept.reference}, ").check()
    follow(page, "Joindre")
    page.goto(f"{LIST}{joined.pk}/separer/")
    look("separate")
    closed(call)
    page.goto("/admin/applications/latelink/add/")
    look("limit")
    follow(page, "Donner ce délai")
    look("limit-errors")
    until = clock.now() + timedelta(days=3)
    call.refresh_from_db()
    link = services.give_late_link(call, "lou@ville.example", until=until, reason="Panne.", by=staff[0], now=clock.now())
    page.goto(f"/admin/applications/latelink/{link.pk}/change/")
    look("limit-given")
    page = opened(open_page, cookie(client, joined.applicant, live), joined.get_absolute_url(), dark=dark)
    expect(page.get_by_text("Cette candidature est jointe à une autre.")).to_be_visible()
    look("joined-candidate")
    person = UserFactory(email="lou@ville.example")
    page = opened(open_page, cookie(client, person, live), call.get_apply_url(), dark=dark)
    expect(page.get_by_text("Délai personnel.", exact=True)).to_be_visible()
    look("limit-candidate")
    vnu(*pages)
    assert Application.objects.get(pk=joined.pk).state == State.DUPLICATE


def _look(page, axe, name: str) -> str:
    page.wait_for_load_state()
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        axe(page)
        assert page.evaluate(OVERFLOW) <= 0, (page.url, width)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    return page.content()
