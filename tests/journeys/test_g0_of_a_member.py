"""G0 through the doors people use: a member says who its people are, one asks, a contact answers by letter, an agent holds the link."""

import re

import pytest
from django.conf import settings
from django.test import Client

from core import clock
from memberships import services
from memberships.models import Belonging
from organisations.models import Organisation
from tests.accounts.factories import UserFactory, sign_in
from tests.journeys.conftest import Hands
from tests.memberships.factories import ContactFactory, a_member

pytestmark = [pytest.mark.browser, pytest.mark.journey]

CAMILLE, NOA, SACHA = "camille@ville.example", "noa@ville.example", "sacha@courriel.example"
ANSWER, LINK = r"/rattachements/[0-9a-f-]+/", r"/adherents/[0-9a-f]+/"
WAYS = [(1280, True, False), (390, False, False), (320, True, True), (320, False, True)]
NAMES = ["desktop", "phone without JavaScript", "320 px with the keyboard", "320 px, keyboard, no JavaScript"]


def see(page, *words):
    """Every word is on the page, whatever the spaces."""
    text = re.sub(r"\s+", " ", page.locator("main").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def enter(page, live, person):
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])


@pytest.fixture
def body(transactional_db, at) -> Organisation:
    at(2027, 3, 1, 10)
    found = a_member("Ville d’Exemple")
    ContactFactory(organisation=found, email=CAMILLE, account=UserFactory(email=CAMILLE, first_name="Camille", last_name="Exemple"))
    ContactFactory(organisation=found, email=NOA, first_name="Noa")
    return found


@pytest.mark.parametrize(("width", "javascript", "keyboard"), WAYS, ids=NAMES)
def test_somebody_asks_and_a_contact_answers_in_one_click(open_page, live, body, at, mailbox, look, width, javascript, keyboard):
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=keyboard)
    enter(page, live, UserFactory(email=SACHA, first_name="", last_name=""))

    # Asking: a name is needed; then the request waits.
    page.watch.tolerated.add(422)
    page.goto("/espace/rattachements/")
    see(page, "Rien ne dit encore que vous travaillez chez un adhérent")
    look(page)
    hands.choose("Votre organisme", "Ville d’Exemple")
    hands.press("button", "Demander à mon organisme")
    see(page, "Donnez votre nom")
    look(page)
    hands.fill("Votre nom", "Sacha Exemple")
    hands.press("button", "Demander à mon organisme")
    see(page, "attend la réponse de Ville d’Exemple", "En attente")
    look(page)

    # The contact's letter, without account: opening it answers nothing; one click does.
    contact = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    contact.watch.tolerated.add(409)
    answering, late = mailbox.link(CAMILLE, ANSWER), mailbox.link(NOA, ANSWER)
    contact.goto(answering)
    see(contact, "Est-ce l’un de vos agents ?", "Sacha Exemple", SACHA)
    look(contact)
    assert Belonging.objects.get().answer == ""
    Hands(contact, keyboard=keyboard).press("button", "Oui, c’est l’un de nos agents")
    see(contact, "C’est répondu : oui")
    look(contact)
    contact.goto(late)
    see(contact, "Cette demande a déjà sa réponse", "par Camille Exemple")

    # The person reads it by letter and on the page, and never who answered.
    (letter,) = mailbox.to(SACHA, "vous compte parmi ses agents")
    page.goto("/espace/rattachements/")
    see(page, "Vous comptez parmi les agents de Ville d’Exemple", "31 mars 2028", "son contact l’a confirmé")
    assert [each for each in ("Camille", CAMILLE) if each in letter.body or each in page.content()] == []


def test_a_member_declares_its_domain_and_gives_its_link_that_an_agent_holds_for_a_visit(open_page, live, body, look):
    page = open_page(reduced_motion="reduce")
    hands = Hands(page, keyboard=False)
    enter(page, live, body.contacts.get(email=CAMILLE).account)
    page.goto(f"/espace/adhesion/{body.pk}/")
    hands.press("link", "Dire qui sont vos agents")
    assert page.get_by_label("Domaine de messagerie").input_value() == "ville.example"
    page.watch.tolerated.add(422)
    hands.fill("Domaine de messagerie", "gmail.com")
    hands.press("button", "Déclarer ce domaine")
    see(page, "est ouvert à tout le monde")
    look(page)
    hands.fill("Domaine de messagerie", "Camille@VILLE.example")
    hands.press("button", "Déclarer ce domaine")
    see(page, "@ville.example", "mars 2027 par Camille Exemple")
    hands.press("button", "Créer le lien")
    shown = page.locator("a.secret").inner_text()
    look(page)

    # An agent, without account: no cookie before the button; then the visit is known.
    agent = open_page(width=390, reduced_motion="reduce")
    address = re.search(LINK, shown)[0]
    agent.goto(address)
    see(agent, "Ville d’Exemple", "Réserver avec ce lien")
    look(agent)
    assert settings.SESSION_COOKIE_NAME not in {cookie["name"] for cookie in agent.context.cookies()}
    Hands(agent, keyboard=False).press("button", "Réserver avec Ville d’Exemple")
    see(agent, "Réservez, le lien vous suit")
    look(agent)
    Hands(agent, keyboard=False).press("button", "Oublier ce lien ici")
    see(agent, "Réserver avec ce lien")

    # Replaced, the one before gives nothing.
    hands.press("button", "Le remplacer")
    assert page.locator("a.secret").inner_text() != shown
    agent.watch.tolerated.add(404)
    agent.goto(address)
    see(agent, "Ce lien ne donne plus rien")
    look(agent)


def test_a_contact_changes_its_mind_in_the_space(open_page, live, body, look):
    services.claim(body, SACHA, name="Sacha Exemple", what="la journée du 19 mars 2027", now=clock.now())
    page = open_page(width=390, dark=True, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)
    enter(page, live, body.contacts.get(email=CAMILLE).account)
    page.goto(f"/espace/adhesion/{body.pk}/")
    see(page, "1 personne demande à compter parmi vos agents")
    look(page)
    hands.press("link", "Répondre")
    hands.press("button", re.compile("^Oui"))
    see(page, "Aucune demande n’attend.", "Par Camille Exemple")
    hands.press("button", re.compile("Ne plus compter"))
    see(page, "Finalement, oui")
    look(page)
    assert Belonging.objects.get().answer == "NO"
