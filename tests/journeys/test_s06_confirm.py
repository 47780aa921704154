"""S6: a selected agent confirms and joins the agreement; another gives their place back; rank 1 is offered it for 72 h, then rank 2."""

import re
from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from applications import services
from applications.models import Application, EmployerAgreement, Selection
from applications.states import State
from applications.tasks import settle_places
from core import clock
from core.clock import PARIS
from programmes.models import Edition
from tests.accounts.factories import UserFactory, sign_in
from tests.applications.factories import staff
from tests.applications.selections import CONFIRM_BY, signed_pdf
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
INES, KARIM, FIRST, SECOND = (f"{name}@ville.example" for name in ("ines", "karim", "premiere", "seconde"))
BOSS = "direction@ville.example"


@pytest.fixture
def told(read_by_the_jury, at) -> Edition:
    """Twenty selected of the demonstration's 120, two on the waiting list; told on 12 September at 10:10; eighteen have confirmed."""
    edition = read_by_the_jury
    Selection.objects.filter(edition=edition).update(confirm_by=CONFIRM_BY)
    rows = list(edition.applications.with_call().order_by("pk"))
    for row, email in zip(rows, (INES, KARIM, FIRST, SECOND), strict=False):
        Application.objects.filter(pk=row.pk).update(applicant=UserFactory(email=email))
    keys, team = [row.pk for row in rows], staff()
    for state, some in ((State.WAITLISTED, keys[2:4]), (State.SELECTED, keys[:2] + keys[4:22]), (State.DECLINED, keys[22:])):
        services.decide_all(some, state, by=team, now=clock.now())
    at(2017, 9, 12, 10)
    services.release(edition, by=team, now=clock.now(), token="publier")
    Application.objects.filter(pk__in=keys[4:22]).update(state=State.CONFIRMED)
    at(2017, 9, 12, 10, 15)
    edition.refresh_from_db()
    return edition


def held(edition: Edition) -> int:
    """Places held, which never go past twenty."""
    number = Application.objects.filter(edition=edition).holding_a_seat(now=clock.now()).count()
    assert number <= 20
    return number


def signed_in(open_page, live, email, **options) -> Page:
    page = open_page(reduced_motion="reduce", **options)
    person = User.objects.get(email=email)
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


def state_of(email) -> State:
    return State(Application.objects.get(applicant__email=email).state)


def path_of(email, edition) -> str:
    return f"/candidatures/{edition.applications.get(applicant__email=email).reference}/"


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard"),
    [(1280, True, False), (390, False, False), (320, True, True)],
    ids=["desktop", "phone without JavaScript", "320 px with the keyboard"],
)
def test_s6_confirm(open_page, live, told, mailbox, look, at, width, javascript, keyboard):
    size = {"width": width, "javascript": javascript}

    # The letter leads to a page that asks who one is, and changes nothing by being opened.
    page = open_page(reduced_motion="reduce", **size)
    hands = Hands(page, keyboard=keyboard)
    letter = mailbox.to(INES, "À confirmer avant le 20")[0]
    assert "midi" in letter.subject
    page.goto(mailbox.link(INES, r"/candidatures/DM12-\d+/confirmer/"))
    hands.fill("adresse électronique", INES)
    hands.press("button", "Recevoir un code")
    page.goto(mailbox.link(INES, r"/compte/lien/\S+"))
    hands.press("button", "Me connecter")
    page.get_by_role("heading", name="Confirmer votre place").wait_for()
    assert state_of(INES) == State.SELECTED
    look(page)
    hands.press("button", "Je confirme")
    page.get_by_role("heading", name="Votre candidature est retenue").wait_for()
    look(page)
    assert mailbox.to(INES, "Votre oui est enregistré")

    # The agreement: what is no PDF is refused in words, whatever its name; a signed PDF confirms.
    hands.press("link", "Demander ou joindre l’accord")
    page.get_by_role("heading", name="L’accord de votre employeur").wait_for()
    look(page)
    assert hands.download("link", re.compile("à imprimer et à signer"))[:5] == b"%PDF-"
    for content, name in ((b"\x89PNG\r\n\x1a\n" + bytes(64), "photo.png"), (b"MZ" + bytes(64), "accord.pdf"), (b"<html>", "accord.pdf")):
        join(page, hands, content, name)
        page.locator(".summary").get_by_text("n’est pas un PDF").wait_for()
        assert page.title().startswith("Erreur")
    look(page)
    join(page, hands, signed_pdf(), "accord signé.pdf")
    page.get_by_text("L’accord de votre employeur est reçu").wait_for()
    assert (state_of(INES), held(told)) == (State.CONFIRMED, 20)
    confirmed = mailbox.to(INES, "Place confirmée")[0]
    assert [name for name, _, kind in confirmed.attachments if kind == "text/calendar"]
    page.goto(path_of(INES, told))
    page.get_by_role("heading", name="Votre place est confirmée").wait_for()
    look(page)

    # Another gives their place back: rank 1 is offered it, for 72 hours.
    at(2017, 9, 13, 9)
    other = signed_in(open_page, live, KARIM, **size)
    leaving = Hands(other, keyboard=keyboard)
    other.goto(path_of(KARIM, told))
    leaving.press("link", "Je me désiste")
    other.get_by_role("heading", name="Vous désister").wait_for()
    look(other)
    leaving.press("button", "Je me désiste")
    other.get_by_text("Votre désistement est enregistré.").first.wait_for()
    assert (state_of(KARIM), held(told)) == (State.WITHDRAWN, 20)
    assert "16 septembre 2017 à 9 h" in re.sub(r"\s", " ", str(mailbox.to(FIRST, "une place se libère")[0].subject))
    first = signed_in(open_page, live, FIRST, **size)
    first.goto(path_of(FIRST, told))
    expect(first.get_by_role("button", name="Je prends cette place")).to_be_visible()
    look(first)

    # Unanswered, it goes to rank 2, by the clock; whoever clicks too late is told.
    at(2017, 9, 16, 9, 30)
    Hands(first, keyboard=keyboard).press("button", "Je prends cette place")
    first.get_by_text("Le délai est passé").wait_for()
    settle_places()
    assert (state_of(FIRST), state_of(SECOND), held(told)) == (State.LAPSED, State.WAITLISTED, 20)
    assert mailbox.to(SECOND, "une place se libère")
    second = signed_in(open_page, live, SECOND, **size)
    taking = Hands(second, keyboard=keyboard)
    second.goto(path_of(SECOND, told) + "confirmer/")
    second.get_by_role("heading", name="Une place pour vous").wait_for()
    look(second)
    taking.press("button", "Je prends cette place")
    second.get_by_text("Cette place est à vous.").wait_for()
    assert (state_of(SECOND), held(told)) == (State.SELECTED, 20)

    # The manager agrees by the link, without account: the twentieth place is confirmed.
    taking.press("link", "Demander ou joindre l’accord")
    taking.fill("Adresse électronique de votre responsable", BOSS)
    taking.press("button", "Envoyer la demande")
    second.get_by_text(f"La demande part à {BOSS}").wait_for()
    boss = open_page(reduced_motion="reduce", **size)
    manager = Hands(boss, keyboard=keyboard)
    boss.goto(mailbox.link(BOSS, r"/accords/\w+/"))
    look(boss)
    manager.press("button", "Je donne mon accord")
    boss.get_by_text("Indiquez votre nom.").first.wait_for()
    look(boss)
    manager.fill("Votre prénom et votre nom", "Dominique Exemple")
    manager.fill("Votre fonction", "directrice des services")
    manager.tick(re.compile("J’ai l’autorité"))
    manager.press("button", "Je donne mon accord")
    boss.get_by_text("Déjà répondu le 16 septembre 2017").wait_for()
    look(boss)
    assert (state_of(SECOND), held(told), EmployerAgreement.objects.filter(application__edition=told).count()) == (State.CONFIRMED, 20, 2)
    assert Application.objects.filter(edition=told, state=State.CONFIRMED).count() == 20


def join(page: Page, hands: Hands, content: bytes, name: str) -> None:
    page.get_by_label("Accord signé").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": content})
    hands.press("button", "Joindre ce PDF")


def test_a_manager_refuses_and_asks_without_javascript(open_page, live, told, mailbox, look):
    row = told.applications.get(applicant__email=INES)
    services.ask_manager(row, BOSS, by=row.applicant, now=clock.now())
    page = open_page(width=390, javascript=False, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)
    page.goto(mailbox.link(BOSS, r"/accords/\w+/"))
    page.locator("summary", has_text="Poser une question").click()
    question = page.locator("form", has=page.get_by_role("button", name="Envoyer ma question"))
    question.get_by_label("Votre prénom et votre nom").fill("Dominique Exemple")
    question.get_by_label("Votre adresse électronique").fill(BOSS)
    question.get_by_label("Votre question").fill("Qui paie le train ?")
    hands.press("button", "Envoyer ma question")
    page.get_by_text("Question envoyée le 12 septembre 2017").wait_for()
    look(page)
    page.locator("summary", has_text="Répondre non").click()
    refusal = page.locator("form", has=page.get_by_role("button", name="Je refuse"))
    refusal.get_by_label("Votre prénom et votre nom").fill("Dominique Exemple")
    refusal.get_by_label("Votre fonction").fill("directrice")
    hands.press("button", "Je refuse")
    page.get_by_text("Dites pourquoi").first.wait_for()
    refusal.get_by_label("Pourquoi").fill("Octobre est le mois du budget.")
    hands.press("button", "Je refuse")
    page.get_by_text("Le refus est enregistré").wait_for()
    assert "Octobre est le mois du budget." in str(mailbox.to(INES, "n’a pas donné son accord")[0].body)
    assert datetime(2017, 9, 12, tzinfo=PARIS) < clock.now()
