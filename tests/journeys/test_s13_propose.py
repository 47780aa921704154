"""S13: proposed out of season, read by the coordination of Bretagne alone, completed, listed, found; a room changes after listing."""

import re
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect
from pypdf import PdfReader

from accounts.roles import Role
from events.models import Event, RegionCoordinator
from events.services.changing import TOLD
from tests.accounts.factories import UserFactory, sign_in
from tests.events.factories import SeasonFactory
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
WHO = "camille@ville.example"
SCREENS = {"quoi": "Quand et où", "quand": "Qui, accès, conditions", "acces": "Relire"}


def see(page, *words):
    text = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def coordinator_page(open_page, live, region, *, javascript):
    person = UserFactory(roles=[Role.COORDINATOR])
    RegionCoordinator.objects.create(person=person, region=region)
    page = open_page(reduced_motion="reduce", javascript=javascript)
    page.watch.tolerated.add(409)  # refused without the exception
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


def heading(page, name):
    page.get_by_role("heading", level=1, name=name).wait_for()


@pytest.fixture
def told():
    heard = []

    def hear(event, changes, words, now, moved):
        heard.append({change.name for change in changes})

    TOLD.add(hear)
    yield heard
    TOLD._items = [item for item in TOLD._items if item[1] is not hear]


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["desktop", "phone without JavaScript"])
def test_s13_propose(open_page, live, transactional_db, at, mailbox, look, told, width, javascript):
    at(2027, 10, 4, 10)
    SeasonFactory()
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)

    # The address first: the mailed link proves it.
    page.goto("/evenements/2027/")
    hands.press("link", "Proposer un événement")
    heading(page, "Proposer un événement")
    look(page)
    hands.press("button", "Recevoir mon lien")
    see(page, "Il reste un point à corriger", "Donnez votre adresse électronique.")
    hands.fill("Adresse électronique", WHO)
    hands.fill("Votre nom", "Camille Exemple")
    hands.press("button", "Recevoir mon lien")
    heading(page, "Regardez votre boîte")
    page.goto(mailbox.link(WHO, r"/evenements/propositions/\w+/"))
    hands.press("link", re.compile("^Commencer"))

    write_what(page, hands, look)
    write_when(page, hands, look, javascript)
    write_who(page, hands, look)

    # Out of season: an exception is needed, and its reason.
    heading(page, "Relire")
    see(page, "Exception à demander", "Il faut une exception", "sans raison, l’exception ne se demande pas", "2 décembre 2027, 10 h – 12 h")
    assert page.get_by_role("button", name="Proposer").count() == 0
    look(page)
    page.get_by_role("link", name="Y revenir").first.click()
    heading(page, "Quand et où")
    hands.fill("Si une date est hors de la saison", "La salle du conseil n’est libre que ce jour-là.")
    hands.press("button", "Continuer")
    heading(page, "Qui, accès, conditions")
    hands.press("button", "Relire")
    heading(page, "Relire")
    hands.press("button", "Proposer")
    heading(page, "Récrire un courrier")
    see(page, "La coordination vous répond sous trois jours ouvrés", "Proposé")
    assert len(mailbox.to(WHO, "Proposition reçue")) == 1
    event = Event.objects.get()

    # The coordinator of another region sees nothing of it.
    other = coordinator_page(open_page, live, "32", javascript=javascript)
    other.watch.tolerated.add(404)
    other.goto("/coordination/")
    see(other, "Rien n’attend de réponse")
    other.goto(f"/coordination/{event.pk}/")
    assert "Récrire" not in other.locator("body").inner_text()

    # That of Bretagne asks a change.
    desk = coordinator_page(open_page, live, "53", javascript=javascript)
    theirs = Hands(desk, keyboard=False)
    desk.goto("/coordination/")
    see(desk, "Récrire un courrier", "Bretagne")
    look(desk)
    theirs.press("link", "Récrire un courrier")
    heading(desk, "Récrire un courrier")
    see(desk, "L’organisateur demande une exception", "La salle du conseil")
    look(desk)
    desk.get_by_text("Demander un complément").click()
    act(desk, "demander").get_by_label("Votre message").fill("Quelle salle, et à quel étage ?")
    theirs.press("button", "Envoyer la demande")
    see(desk, "La demande est partie", "À compléter")

    # The organiser answers it.
    assert "Quelle salle" in str(mailbox.to(WHO, "À compléter")[0].body)
    page.goto(mailbox.link(WHO, r"/evenements/propositions/\w+/"))
    see(page, "La coordination vous demande un complément", "Quelle salle")
    hands.press("link", "Modifier : quand et où")
    heading(page, "Quand et où")
    hands.fill("Nom du lieu", "Grande salle d’Exemple, 2ᵉ étage")
    hands.press("button", "Continuer")
    heading(page, "Qui, accès, conditions")
    hands.press("button", "Relire")
    heading(page, "Relire")
    see(page, "Ce qui change", "Lieu")
    hands.press("button", "Proposer de nouveau")
    heading(page, "Récrire un courrier")

    # Listed, by exception.
    desk.reload()
    desk.locator("summary", has_text="Référencer").click()
    theirs.press("button", "Référencer")
    see(desk, "cochez l’exception")
    act(desk, "referencer").get_by_label("J’accorde l’exception").check()
    theirs.press("button", "Référencer")
    see(desk, "L’événement est au programme", "Référencé")
    assert event_address(event) in str(mailbox.to(WHO, "Au programme")[0].body)
    take_the_kit(page, hands, event, mailbox, look)
    found(page, event)

    change_the_room(page, hands, desk, theirs, event, mailbox, look, told)


def take_the_kit(page, hands, event, mailbox, look):
    """Listed, the event has its kit: by the letter, and from its page."""
    page.goto(mailbox.link(WHO, r"/evenements/propositions/\w+/"))
    hands.press("link", "Le kit de communication")
    heading(page, "Le kit de communication")
    assert page.url.endswith(mailbox.link(WHO, r"/evenements/propositions/\w+/kit/"))
    see(page, "L’affiche", "Des textes prêts à copier")
    assert event_address(event) in page.get_by_label("En une ligne").input_value()
    look(page)
    poster = hands.download("link", "L’affiche")
    words = " ".join(part.extract_text() for part in PdfReader(BytesIO(poster)).pages)
    assert [
        fact for fact in ("Récrire un courrier", "Grande salle d’Exemple", "c’est aussi") if fact not in re.sub(r"\s+", " ", words)
    ] == []


def act(desk, name):
    return desk.locator("form").filter(has=desk.locator(f"input[name=act][value={name}]"))


def event_address(event):
    event.refresh_from_db()
    return event.get_absolute_url()


def write_what(page, hands, look):
    heading(page, "Quoi")
    look(page)
    hands.fill("Titre", "Récrire un courrier")
    hands.press("button", "Continuer")
    see(page, "points à corriger", "Choisissez au moins un format.", "Présentez l’événement")
    assert page.get_by_label("Titre").input_value() == "Récrire un courrier"
    look(page)
    hands.fill("En une phrase", "On récrit ensemble un courrier que personne ne comprend.")
    page.get_by_label("atelier", exact=True).check()
    hands.fill("Présentation", "Venez avec un courrier.\n\n- Une heure pour lire\n- Une heure pour écrire")
    page.get_by_label("agents publics").check()
    hands.press("button", "Continuer")


def write_when(page, hands, look, javascript):
    heading(page, "Quand et où")
    look(page)
    page.get_by_label("sur place", exact=True).check()
    first = page.get_by_role("group", name="Date 1")
    first.get_by_label(re.compile(r"^Jour\b")).fill("2027-12-02")
    first.get_by_label(re.compile(r"^De\b")).fill("10:00")
    first.get_by_label(re.compile("^À")).fill("09:00")
    hands.fill("Nom du lieu", "Médiathèque d’Exemple")
    commune = page.get_by_label(re.compile("^Commune"))
    if javascript:
        commune.press_sequentially("renn")
        page.get_by_role("option", name=re.compile("Rennes")).first.click()
        expect(commune).to_have_value("Rennes (35238)")
    else:
        commune.fill("Saint-Denis")
        hands.press("button", "Continuer")
        see(page, "Plusieurs communes peuvent s’appeler « Saint-Denis »", "Saint-Denis (93066)")
        commune.fill("Rennes")
    hands.press("button", "Continuer")
    see(page, "Cela finirait à 9 h, et commencerait à 10 h")
    look(page)
    page.get_by_role("group", name="Date 1").get_by_label(re.compile("^À")).fill("12:00")
    hands.press("button", "Continuer")


def write_who(page, hands, look):
    heading(page, "Qui, accès, conditions")
    hands.fill("Qui porte l’événement", "Ville d’Exemple")
    page.get_by_label("une administration ou un organisme public").check()
    for question in ("gratuit", "ouvert au public"):
        page.get_by_role("group", name=re.compile(question)).get_by_label("oui").check()
    page.get_by_label("inscription sur un autre site").check()
    hands.fill("Adresse d’inscription", "#")
    hands.press("button", "Relire")
    see(page, "ne mène nulle part")
    look(page)
    page.get_by_label("sur inscription", exact=True).check()
    hands.fill("Adresse d’inscription", "")
    hands.fill("Places sur place", "20")
    hands.press("button", "Relire")


def found(page, event):
    """Found by region, format and date; beside the season, and said so."""
    page.goto("/evenements/?region=53&format=atelier&du=2027-12-01&au=2027-12-03")
    see(page, "Récrire un courrier")
    page.goto(event_address(event))
    heading(page, "Récrire un courrier")
    see(page, "La Semaine, c’est aussi", "Grande salle d’Exemple")


def change_the_room(page, hands, desk, theirs, event, mailbox, look, told):
    """The old room stays public until the coordination accepts the new one; then those who registered are told."""
    page.goto(mailbox.link(WHO, r"/evenements/propositions/\w+/"))
    hands.press("link", "Modifier : quand et où")
    heading(page, "Quand et où")
    hands.fill("Nom du lieu", "Petite salle d’Exemple")
    hands.press("button", "Continuer")
    heading(page, "Qui, accès, conditions")
    hands.press("button", "Relire")
    heading(page, "Relire")
    see(page, "Après l’accord de la coordination")
    look(page)
    hands.press("button", "Envoyer les changements")
    see(page, "Un changement attend la coordination")
    page.goto(event_address(event))
    heading(page, "Récrire un courrier")
    see(page, "Grande salle d’Exemple")
    assert told == []
    desk.goto("/coordination/")
    see(desk, "Changement à relire")
    theirs.press("link", "Récrire un courrier")
    see(desk, "Public", "Demandé", "Petite salle d’Exemple")
    look(desk)
    desk.get_by_text("Accepter le changement").first.click()
    theirs.press("button", "Accepter le changement")
    see(desk, "Le changement est public")
    page.reload()
    heading(page, "Récrire un courrier")
    see(page, "Petite salle d’Exemple")
    assert told == [{"PLACE"}]
    assert len(mailbox.to(WHO, "Changement accepté")) == 1
