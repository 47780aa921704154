"""S4: one letter with a number of files; scores by the keyboard; no file of another; a conflict leaves; other scores come last."""

import re
from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from applications.models import Application, ConflictOfInterest, Review, Selection
from applications.states import State
from core.clock import PARIS
from programmes.models import Edition
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import deposited
from tests.journeys.conftest import Hands
from tests.programmes.factories import EditionFactory

pytestmark = [pytest.mark.browser, pytest.mark.journey]


def page_for(open_page, live, person, **options):
    """A page of somebody signed in."""
    page = open_page(reduced_motion="reduce", **options)
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


@pytest.fixture
def call(call_of_2017, at):
    """The call of 2017 once closed, before its results: four files in review."""
    at(2017, 9, 6, 10)
    edition = Edition.objects.get(reference_prefix="AV17")
    Edition.objects.filter(pk=edition.pk).update(results_released_at=None)
    for _ in range(4):
        deposited(edition=edition, state=State.IN_REVIEW)
    deposited(edition=EditionFactory(reference_prefix="AUTRE"), state=State.IN_REVIEW)
    at(2017, 9, 11, 10)
    return Edition.objects.get(pk=edition.pk)


def share(hands, page, call, people, look):
    """Staff share the readings: previewed, confirmed, one letter each."""
    page.goto(f"/admin/applications/application/selection/{call.pk}/jury/")
    page.get_by_role("heading", name="Où en est chacun").wait_for()
    look(page)
    hands.press("link", "Répartir les lectures")
    page.get_by_role("heading", name="Répartir les lectures").wait_for()
    for person in people:
        assert page.get_by_label(re.compile(person.email)).is_checked()
    hands.press("button", "Voir l’aperçu")
    page.get_by_role("heading", name="4 candidatures, 2 lettres").wait_for()
    look(page)
    hands.press("button", re.compile("^Répartir$"))
    page.wait_for_url("**/admin/mailing/batch/**")


def score(page, hands, values, *, shortcuts):
    """Give a score to each criterion, in order, and send: one key a criterion, or the radio buttons."""
    if shortcuts:
        for value in values:
            page.keyboard.press(str(value))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return
    for criterion, value in zip(page.locator("[data-criterion]").all(), values, strict=True):
        radio = criterion.locator(f"input[value='{value}']")
        if not hands.keyboard:
            radio.check()
            continue
        hands._reach(criterion.locator("input").first)
        page.keyboard.press("Space")
        for _ in range(value):
            page.keyboard.press("ArrowRight")
        assert radio.is_checked()
    hands.press("button", re.compile("^Noter"))


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard", "shortcuts"),
    [(1280, True, True, True), (320, True, True, False), (1280, False, True, False)],
    ids=["one key a criterion", "320 px, dark, with the keyboard", "no JavaScript, with the keyboard"],
)
def test_s4_review(open_page, live, call, look, mailbox, at, width, javascript, keyboard, shortcuts):
    colleague = UserFactory(roles=[Role.STAFF], first_name="Inès", email="ines@association.example")
    lou, alix = (
        UserFactory(roles=[Role.REVIEWER], first_name=name, email=f"{name.lower()}@{name.lower()}.example") for name in ("Lou", "Alix")
    )
    team = page_for(open_page, live, colleague, javascript=javascript)
    share(Hands(team, keyboard=False), team, call, (lou, alix), look)
    assert Review.objects.count() == 8
    at(2017, 9, 11, 10, 11)
    (letter,) = mailbox.to(lou.email, "candidatures à lire")
    assert "4\u00a0candidatures" in letter.subject
    (_,) = mailbox.to(alix.email, "candidatures à lire")

    # Alix has read everything; Lou has not.
    others = page_for(open_page, live, alix, javascript=False)
    for _ in range(4):
        others.goto("/lectures/")
        Hands(others, keyboard=False).press("link", re.compile("^(Commencer à lire|Lire la suivante)$"))
        score(others, Hands(others, keyboard=False), (1, 1, 1), shortcuts=False)

    page = page_for(open_page, live, lou, width=width, javascript=javascript, dark=width == 320)
    hands = Hands(page, keyboard=keyboard)
    page.goto(mailbox.link(lou.email, "/lectures/"))
    page.get_by_text("0 sur 4").wait_for()
    look(page)
    hands.press("link", "Commencer à lire")
    page.get_by_role("heading", name="Noter").wait_for()
    look(page)
    assert (page.get_by_text("Camille").count(), page.get_by_text("Ville d’Exemple").count(), page.get_by_text("Alix").count()) == (0, 0, 0)
    first = re.search("/lectures/([^/]+)/", page.url)[1]

    # Single keys do nothing until they are asked for (WCAG 2.1.4).
    if javascript:
        page.keyboard.press("4")
        assert page.locator("[data-scoring] :checked").count() == 0
    if shortcuts:
        hands.tick("Noter au clavier, d’une touche")
        page.keyboard.press("Shift+Tab")  # the box takes « Entrée » for itself
        page.locator("body").evaluate("() => document.activeElement.blur()")
    score(page, hands, (5, 4, 3), shortcuts=shortcuts)
    page.get_by_text("notée 4 sur 5").wait_for()
    page.get_by_text("1 sur 4").wait_for()
    assert Review.objects.get(application__reference=first, reviewer=lou).mark == 4

    # The next one: three digits and « Entrée », nothing more.
    if shortcuts:
        pressed = []
        for key in ("2", "2", "2"):
            page.keyboard.press(key)
            pressed.append(key)
        with page.expect_navigation():
            page.keyboard.press("Enter")
            pressed.append("Enter")
        assert len([key for key in pressed if not key.isdigit()]) <= 3
        page.get_by_text("2 sur 4").wait_for()

    # Other scores appear once one's own is sent.
    hands.press("link", "Relire la vôtre et voir les autres lectures")
    page.get_by_role("heading", name="Les autres lectures").wait_for()
    page.get_by_role("heading", name=re.compile("Alix Exemple")).wait_for()
    look(page)

    # A file that is not theirs: 403, in French.
    page.watch.tolerated.add(403)
    answer = page.goto("/lectures/AUTRE-0001/")
    page.get_by_role("heading", name="Cette lecture ne vous est pas ouverte").wait_for()
    assert answer.status == 403
    look(page)
    hands.press("link", re.compile("^À lire$"))

    # A conflict: it leaves the list, and the team is told.
    page.get_by_role("heading", name="À lire").wait_for()
    hands.press("link", "Lire la suivante")
    page.get_by_role("heading", name="Noter").wait_for()
    conflicted = re.search("/lectures/([^/]+)/", page.url)[1]
    hands._reach(page.locator(".desk-conflict summary"))
    page.keyboard.press("Enter")
    hands.fill("De quoi s’agit-il", "nous travaillons ensemble")
    look(page)
    hands.press("button", "Déclarer ce conflit")
    page.get_by_text(f"la candidature {conflicted} ne vous est plus confiée").wait_for()
    page.goto("/lectures/")
    page.get_by_text(re.compile(r"sur 3")).wait_for()
    assert conflicted not in page.locator("main").inner_text()
    conflict = ConflictOfInterest.objects.get()
    assert (conflict.application.reference, conflict.reviewer, conflict.note) == (conflicted, lou, "nous travaillons ensemble")
    application = Application.objects.get(reference=conflicted)
    assert (application.readings, application.mean) == (1, 1)
    team.goto("/admin/")
    team.get_by_text(re.compile("conflits d’intérêts")).first.wait_for()
    team.goto(f"/admin/applications/application/selection/{call.pk}/jury/")
    team.get_by_text(re.compile(f"{conflicted}.*Lou Exemple.*nous travaillons ensemble")).wait_for()


def test_s4_on_the_call_of_120_of_the_demonstration_with_the_keyboard_alone(open_page, live, read_by_the_jury, look, mailbox, at):
    call = read_by_the_jury
    Selection.objects.filter(edition=call).update(read_by=datetime(2017, 9, 15, 12, tzinfo=PARIS))
    assert call.applications.filter(state=State.IN_REVIEW).count() == 120
    lou = UserFactory(roles=[Role.REVIEWER], first_name="Lou", email="lou@lou.example")

    # The team passes the fifteen readings that two people did not send: one letter, with their number.
    team = page_for(open_page, live, User.objects.get(email="equipe.exemple@la27eregion.example"))
    acting = Hands(team, keyboard=True)
    team.goto(f"/admin/applications/application/selection/{call.pk}/jury/")
    acting.press("link", "Réattribuer les lectures non faites")
    team.get_by_role("heading", name="Réattribuer les lectures non faites").wait_for()
    for label in ("Relecteur Exemple (11 à lire)", "Relectrice Exemple (4 à lire)", "Lou Exemple"):
        acting.tick(label)
    acting.press("button", "Voir l’aperçu")
    heading = team.get_by_role("heading", name=re.compile("lectures, 1 lettre"))
    heading.wait_for()
    given = int(re.match(r"\s*(\d+)", heading.inner_text())[1])
    assert 12 < given <= 15  # a file that both had is read once by who takes it over
    look(team)
    acting.press("button", re.compile("^Réattribuer$"))
    team.wait_for_url("**/admin/mailing/batch/**")
    at(2017, 9, 11, 10, 11)
    (letter,) = mailbox.to(lou.email, "candidatures à lire")
    assert f"{given}\u00a0candidatures" in letter.subject

    # Three keys of scores and « Entrée », from the box that was just ticked; then again.
    page = page_for(open_page, live, lou)
    hands = Hands(page, keyboard=True)
    page.goto(mailbox.link(lou.email, "/lectures/"))
    page.get_by_text(f"0 sur {given}").wait_for()
    hands.press("link", "Commencer à lire")
    page.get_by_role("heading", name="Noter").wait_for()
    assert page.locator("main").get_by_text("Exemple", exact=True).count() == 0
    hands.tick("Noter au clavier, d’une touche")
    for number in (1, 2):
        score(page, hands, (5, 4, 3), shortcuts=True)
        page.get_by_text(f"{number} sur {given}").wait_for()
    hands.press("link", "Relire la vôtre et voir les autres lectures")
    page.get_by_role("heading", name="Les autres lectures").wait_for()
    look(page)

    # Who abstains reads no other score.
    page.goto("/lectures/")
    hands.press("link", "Lire la suivante")
    page.get_by_role("heading", name="Noter").wait_for()
    hands.press("button", "Je m’abstiens")
    page.get_by_text(f"3 sur {given}").wait_for()
    hands.press("link", "Relire la vôtre")
    page.get_by_text("Les autres lectures se voient une fois la vôtre notée.").wait_for()
    assert page.get_by_role("heading", name="Les autres lectures").count() == 0

    # A conflict leaves the list and the mean; the file of somebody else is shut.
    page.goto("/lectures/")
    hands.press("link", "Lire la suivante")
    page.get_by_role("heading", name="Noter").wait_for()
    conflicted = re.search("/lectures/([^/]+)/", page.url)[1]
    hands._reach(page.locator(".desk-conflict summary"))
    page.keyboard.press("Enter")
    hands.fill("De quoi s’agit-il", "nous travaillons ensemble")
    hands.press("button", "Déclarer ce conflit")
    page.get_by_text(f"3 sur {given - 1}").wait_for()
    other = Application.objects.filter(edition=call).exclude(reviews__reviewer=lou).order_by("pk").first()
    page.watch.tolerated.add(403)
    for reference in (conflicted, other.reference):
        assert page.goto(f"/lectures/{reference}/").status == 403
    team.goto("/admin/")
    team.get_by_text(re.compile("conflits d’intérêts")).first.wait_for()
