"""S5, once everything is decided: exact counts, every letter shown, one act from two tabs, one mail each, and the history lists it."""

import re
from collections import Counter

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.roles import Role
from applications import services
from applications.models import ResultsRelease, Selection
from applications.states import State
from core import clock
from mailing.models import Message
from records.services import label_of
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.selecting import CONFIRM_BY
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]


def signed_in(open_page, live, person, **options) -> Page:
    page = open_page(reduced_motion="reduce", **options)
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


@pytest.fixture
def decided(read_by_the_jury):
    """The 120 files of the demonstration: twenty chosen, five on the waiting list, one that nobody decided yet."""
    edition = read_by_the_jury
    rows = list(edition.applications.with_call().select_related("applicant").order_by("pk"))
    Selection.objects.filter(edition=edition).update(confirm_by=CONFIRM_BY)
    keys, by, now = [row.pk for row in rows], UserFactory(roles=[Role.STAFF]), clock.now()
    for state, some in ((State.SELECTED, keys[:20]), (State.WAITLISTED, keys[20:25]), (State.DECLINED, keys[25:-1])):
        services.decide_all(some, state, by=by, now=now)
    return edition, rows


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard"),
    [(1280, True, False), (320, False, False), (1280, True, True)],
    ids=["JavaScript", "no JavaScript, 320 px", "dark, with the keyboard"],
)
def test_s5_tell(open_page, live, decided, at, look, mailbox, width, javascript, keyboard):
    edition, rows = decided
    colleague = UserFactory(roles=[Role.STAFF], first_name="Inès")
    page = signed_in(open_page, live, colleague, width=width, javascript=javascript, dark=keyboard)
    hands = Hands(page, keyboard=keyboard)
    results = reverse("admin:applications_application_board_release", args=[edition.pk])

    # Somebody has no decision: named, and nothing can be confirmed.
    page.goto(reverse("admin:applications_application_board", args=[edition.pk]))
    hands.press("link", "Résultats")
    page.get_by_role("heading", name="Pas encore : voici ce qui manque").wait_for()
    expect(page.get_by_role("link", name=re.compile(rows[-1].reference))).to_be_visible()
    expect(page.get_by_role("button", name="Publier les résultats")).to_have_count(0)
    look(page)
    services.decide(rows[-1], State.DECLINED, by=colleague, now=clock.now())

    # The exact number of each letter, and every one of them as it will leave.
    page.goto(results)
    expect(page.locator(".results-counts li")).to_have_text([re.compile(rf"^\s*{count} ") for count in (20, 5, 95)])
    page.get_by_role("heading", name="Les 120 lettres, telles qu’elles partiront").wait_for()
    hands.press("link", re.compile("^5 en liste d’attente"))
    expect(page.locator(".results-letter")).to_have_count(5)
    expect(page.locator(".results-letter").first).to_contain_text("au rang 1")
    look(page)

    # Two tabs: the number is typed, one publishes, the other reads that it is done.
    other = signed_in(open_page, live, colleague, width=width, javascript=javascript)
    other.goto(results)
    hands.fill("Pour confirmer, tapez le nombre de lettres", "120")
    hands.press("button", "Publier les résultats")
    expect(page.locator(".messagelist")).to_contain_text("Les résultats sont publiés")
    look(page)
    other.get_by_label("Pour confirmer, tapez le nombre de lettres").fill("120")
    Hands(other, keyboard=False).press("button", "Publier les résultats")
    expect(other.locator(".messagelist")).to_contain_text("Les résultats sont déjà publiés")
    assert (
        ResultsRelease.objects.filter(edition=edition).count(),
        Message.objects.filter(batch__about=label_of(edition), state="DUE").count(),
    ) == (1, 120)

    # Nothing leaves, and no page says anything, for ten minutes.
    address = rows[0].applicant.email
    assert mailbox.to(address) == []
    candidate = signed_in(open_page, live, rows[0].applicant, width=width, javascript=javascript)
    candidate.goto(reverse("application", args=[rows[0].reference]))
    expect(candidate.locator("main")).to_contain_text(re.compile("en examen", re.IGNORECASE))

    # Then everyone has one mail, never two, and the page says the same.
    at(2017, 9, 11, 10, 11)
    assert mailbox.to(address)[0].subject.startswith("À confirmer avant le 20\u00a0septembre 2017 à midi")
    while Message.objects.filter(state="DUE", due_at__lte=clock.now()).exists():
        mailbox.to(address)
    addresses = {row.applicant.email for row in rows}
    sent = Counter(letter.to[0] for letter in mail.outbox if letter.to[0] in addresses)
    assert sent == Counter({row.applicant.email: 1 for row in rows})
    candidate.goto(reverse("application", args=[rows[0].reference]))
    expect(candidate.locator("main")).to_contain_text(re.compile("retenue", re.IGNORECASE))

    # The history lists the act; the places are there to follow.
    page.goto("/admin/records/act/?q=le+jury+lit")
    expect(page.locator("#result_list")).to_contain_text(re.compile("résultats publiés", re.IGNORECASE))
    page.goto(reverse("admin:applications_application_board_places", args=[edition.pk]))
    expect(page.locator(".results-counts li").nth(1)).to_contain_text("20")
    look(page)
