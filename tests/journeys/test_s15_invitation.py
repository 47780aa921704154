"""S15: the conference of the OECD says « Sur invitation uniquement » and has no form; a guest's link registers them once, and once only."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from events import demo
from events.models import Event, Invitation, Registration
from events.states import Access
from mailing.models import Message
from tests.events.desks import at as desk
from tests.events.desks import organiser_of
from tests.events.factories import EventFactory
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
GUEST, SHARED = "lou@ville.example", "noa@ville.example"
LIST = "nom;mail\nLou Exemple;lou@ville.example\nDina;dina@\nLou encore;lou@ville.example"


def see(page, *words):
    text = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def heading(page, name):
    page.get_by_role("heading", level=1, name=name).wait_for()


def later(minutes=11):
    """The ten minutes of a group act go by."""
    clock.set_to(clock.now() + timedelta(minutes=minutes))


def test_the_conference_of_2014_is_listed_with_its_mention_and_no_form(open_page, live, transactional_db, at, look):
    at(2014, 11, 3, 10)
    demo.load(1)
    page = open_page(width=390, reduced_motion="reduce")
    page.goto("/evenements/?saison=2014")
    see(page, "Innover dans le secteur public", "sur invitation uniquement")
    page.goto("/evenements/2014/innover-dans-le-secteur-public/")
    heading(page, re.compile("Innover dans le secteur public"))
    see(page, "Sur invitation uniquement", "12 → 13 novembre 2014")
    assert (page.locator("main form").count(), page.get_by_role("link", name="S’inscrire").count()) == (0, 0)
    look(page)
    page.watch.tolerated.add(404)
    page.goto("/evenements/2014/innover-dans-le-secteur-public/inscription/")
    assert page.locator("main form").count() == 0


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["desktop", "phone without JavaScript"])
def test_s15_invitation(open_page, live, transactional_db, at, mailbox, look, width, javascript):
    at(2027, 11, 8, 10)
    event = EventFactory(access=Access.INVITATION, title="La conférence d’Exemple", slug="la-conference-d-exemple")
    event.slots.update(seats_onsite=20)
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    page.watch.tolerated.add(409)  # used already
    hands = Hands(page, keyboard=False)
    organiser_of(event)

    # The organiser pastes a list; it is read over, line by line; the letters leave after ten minutes.
    page.goto(desk("host_guests", event))
    heading(page, "Les invitations")
    look(page)
    hands.fill("Personnes à inviter", LIST)
    page.get_by_label("Chacune peut venir avec").first.fill("1")
    hands.press("button", "Relire la liste")
    see(page, "1 personne sera invitée", "Ligne 3", "Ligne 4", "la même adresse est à la ligne 2")
    look(page)
    hands.press("button", re.compile("^Inviter 1"))
    see(page, "Lou Exemple", "sans réponse", "Annuler cet envoi")
    assert mailbox.to(GUEST) == []
    page.get_by_label("Pour qui").fill("Réseau d’Exemple")
    page.get_by_label("Personnes au plus").fill("2")
    hands.press("button", "Créer le code")
    see(page, "0 sur 2")
    code = page.locator(".secret").inner_text()
    look(page)
    later()
    link = mailbox.link(GUEST, r"/invitations/\w+/")

    # The guest answers; opened, the link had changed nothing.
    theirs = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    answer = Hands(theirs, keyboard=False)
    theirs.goto(link)
    heading(theirs, "Votre invitation")
    see(theirs, GUEST, "ne sert qu’une fois", "23 novembre 2027")
    look(theirs)
    theirs.get_by_label("Votre nom").fill("")
    answer.press("button", "Je viens")
    see(theirs, "Il reste un point à corriger", "Donnez votre nom.")
    look(theirs)
    theirs.get_by_label("Votre nom").fill("Lou Exemple")
    theirs.get_by_label("Personnes qui vous accompagnent").fill("1")
    answer.press("button", "Je viens")
    assert re.search(r"/inscriptions/\w+/$", theirs.url)
    see(theirs, "La conférence d’Exemple")
    assert (Registration.objects.get().people, Invitation.objects.get(email=GUEST).used) == (2, 2)

    # The same link elsewhere: used already, and no form.
    other = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    other.goto(link)
    heading(other, "Invitation déjà utilisée")
    see(other, "Cette invitation est déjà utilisée")
    assert other.locator("main form").count() == 0
    look(other)

    # A code is typed, and proven by mail as any address.
    typing = Hands(other, keyboard=False)
    other.goto("/invitations/")
    other.get_by_label("Votre code").fill(code.lower())
    typing.press("button", "Voir l’invitation")
    heading(other, "Votre invitation")
    other.get_by_label("Adresse électronique").fill(SHARED)
    other.get_by_label("Votre nom").fill("Noa Exemple")
    typing.press("button", "Je viens")
    heading(other, "Regardez votre boîte")
    look(other)
    assert len(mailbox.to(SHARED)) == 1

    # Search, feeds and exports show no guest.
    seek = Client()
    for address in ("/evenements/?q=lou", "/evenements/programme.json", "/evenements/programme.csv", "/evenements/flux.atom"):
        content = b"".join(seek.get(address)).decode().lower()
        assert (address, "lou exemple" in content, GUEST in content) == (address, False, False)
    assert "sur invitation uniquement" in seek.get(event.get_absolute_url()).content.decode().lower()

    open_the_door(page, hands, event, look)


def open_the_door(page, hands, event, look):
    """The organiser has the guests on the list, and marks them at the door."""
    page.goto(desk("host", event))
    see(page, "Lou Exemple", "2 sur 20", "1", "à confirmer")
    look(page)
    page.goto(desk("host_door", event))
    see(page, "0 arrivé sur 2 attendus")
    look(page)
    page.get_by_role("button", name="Arrivé : Lou Exemple").click()
    page.get_by_role("button", name="Annuler l’arrivée de Lou Exemple").wait_for()
    see(page, "2 arrivés sur 2 attendus")
    look(page)
    assert Registration.objects.get(email=GUEST).came_at is not None
    assert (Message.objects.filter(kind="events.invitation").count(), Event.objects.count()) == (1, 1)
