"""S14, S19: found by region and format, registered without account, complete, moved up, reminded; by keyboard at 320 px."""

import re
from datetime import timedelta

import pytest

from core import clock
from events.models import TimeSlot
from events.services import sweeping
from events.states import Access, Format, Mode
from tests.events.factories import EventFactory
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
ONLINE = "https://visio.example/salle-1"
FIRST, SECOND = "camille@ville.example", "dominique@ville.example"


def see(page, *words):
    text = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def plain(letter):
    return re.sub(r"[\u00a0\u202f]", " ", str(letter.body))


def heading(page, name):
    page.get_by_role("heading", level=1, name=name).wait_for()


def programme():
    """One workshop in Bretagne, followed on site or online, with one seat of each; and what is not looked for."""
    wanted = EventFactory(
        title="Récrire un courrier", access=Access.REGISTRATION, mode=Mode.HYBRID, online_url=ONLINE, at=["2027-11-25T10:00"]
    )
    EventFactory(title="Une conférence", formats=[Format.CONFERENCE])
    EventFactory(title="À Lille", commune="59350", postcode="59000")
    TimeSlot.objects.filter(event=wanted).update(seats_onsite=5, seats_online=1)
    return wanted


def come_on_site(page, hands):
    """Of two ways, the one before the one that is chosen: by keyboard, the group is entered by what is chosen."""
    if not hands.keyboard:
        page.get_by_label("sur place", exact=True).check()
        return
    hands._reach(page.locator("input[type=radio]:checked"))
    page.keyboard.press("ArrowUp")


def register(page, hands, look, email, *, confirms=True):
    hands.press("link", "S’inscrire") if page.get_by_role("link", name="S’inscrire").count() else hands.press("link", "Rejoindre la liste")
    heading(page, "S’inscrire")
    look(page)
    hands.press("button", re.compile("S’inscrire|Rejoindre"))
    see(page, "points à corriger", "Donnez votre nom.", "Donnez votre adresse électronique.")
    look(page)
    hands.tick("en ligne")
    hands.fill("Nom et prénom", "Camille Exemple")
    hands.fill("Adresse électronique", email)
    hands.fill("Un besoin particulier", "Sous-titres")
    hands.press("button", re.compile("S’inscrire|Rejoindre"))
    heading(page, "Regardez votre boîte")
    look(page)


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard"),
    [(1280, True, False), (390, False, False), (320, True, True), (320, False, True)],
    ids=["desktop", "phone without JavaScript", "keyboard at 320 px", "keyboard without JavaScript"],
)
def test_s14_attend(open_page, live, transactional_db, at, mailbox, look, width, javascript, keyboard):
    at(2027, 11, 8, 10)
    event = programme()
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=keyboard)

    # Found: Bretagne, atelier. Nothing of the page gives the address to connect to.
    page.goto("/evenements/?region=53&format=atelier")
    see(page, "Récrire un courrier")
    assert [title in page.content() for title in ("Une conférence", "À Lille")] == [False, False]
    hands.press("link", "Récrire un courrier")
    heading(page, "Récrire un courrier")
    see(page, "Sur place : 5 places", "en ligne : 1 place")
    assert (ONLINE in page.content(), page.context.cookies()) == (False, [])
    look(page)

    # Registered without account: the letter proves the address by a button.
    register(page, hands, look, FIRST)
    asked = mailbox.to(FIRST, "À confirmer")[0]
    assert "Votre place est tenue jusqu’à 10 h 30" in plain(asked)
    page.goto(mailbox.link(FIRST, r"/inscriptions/\w+/"))
    heading(page, "Confirmez votre inscription")
    look(page)
    hands.press("button", "Confirmer mon inscription")
    heading(page, "Votre place est retenue")
    look(page)
    letter = mailbox.to(FIRST, "Inscription confirmée")[0]
    assert (ONLINE in letter.body, letter.attachments[0][0]) == (True, "evenement.ics")
    assert b"BEGIN:VEVENT" in hands.download("link", "Ajouter à mon agenda")

    # Complete online: the next one waits, and is told so before and after.
    page.goto(event.get_absolute_url())
    page.reload()  # a cache may keep the page of an event for a minute
    see(page, "en ligne : complet, liste d’attente")
    register(page, hands, look, SECOND)
    page.goto(mailbox.link(SECOND, r"/inscriptions/\w+/"))
    hands.press("button", "Confirmer mon inscription")
    heading(page, "Vous êtes sur la liste d’attente")
    see(page, "rang 1")
    look(page)
    assert ONLINE not in page.content()
    assert len(mailbox.to(SECOND, "Liste d’attente, rang 1")) == 1

    # The withdrawal of the first moves the second up.
    page.goto(mailbox.link(FIRST, r"/inscriptions/\w+/"))
    hands.press("link", "Me retirer")
    heading(page, "Vous retirer ?")
    look(page)
    hands.press("button", "Me retirer")
    heading(page, "Vous n’êtes plus inscrit")
    look(page)
    assert ONLINE in mailbox.to(SECOND, "Une place pour vous")[0].body

    # It is changed by the same link, and reminded two days before.
    page.goto(mailbox.link(SECOND, r"/inscriptions/\w+/"))
    heading(page, "Votre place est retenue")
    hands.press("link", "Changer mon inscription")
    heading(page, "Changer mon inscription")
    look(page)
    come_on_site(page, hands)
    hands.fill("Personnes qui vous accompagnent", "2")
    hands.press("button", "Enregistrer")
    heading(page, "Votre place est retenue")
    see(page, "C’est enregistré", "vous et 2 personnes")
    at(2027, 11, 23, 10, 1)
    sweeping.sweep(now=clock.now())
    sweeping.sweep(now=clock.now() + timedelta(minutes=1))
    reminders = mailbox.to(SECOND, "C’est bientôt")
    assert (len(reminders), mailbox.to(FIRST, "C’est bientôt")) == (1, [])
    see(page, "jeudi 25 novembre 2027")
