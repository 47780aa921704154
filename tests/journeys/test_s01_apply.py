"""S1, and S19 for it: an agent applies, holds a receipt and a letter for the employer, and changes a word."""

import re
from io import BytesIO

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from applications.models import Application
from mailing.models import Message
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]

CANDIDATE = "ines.exemple@ville.example"
PARAGRAPH = "Je voudrais voir comment d’autres écrivent leurs courriers avec les habitants."


def see(page, *words):
    """Every word is on the page, whatever the spaces."""
    text = re.sub(r"\s+", " ", page.locator("main").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def words_of(pdf):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


@pytest.mark.parametrize(
    ("width", "javascript", "keyboard"),
    [(1280, True, False), (390, False, False), (320, True, True), (320, False, True), (640, True, False)],
    ids=["desktop", "phone without JavaScript", "320 px with the keyboard", "320 px, keyboard, no JavaScript", "1280 px at 200 %"],
)
def test_s1_apply(open_page, call_of_2017, mailbox, look, width, javascript, keyboard):
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=keyboard)

    page.goto("/")
    hands.press("link", re.compile("Les Aventuriers.* 2017"))
    page.get_by_role("heading", level=1).get_by_text("Les Aventuriers").wait_for()
    see(page, "20", "Préparation", "Exploration", "Mise en commun", "Partage", "1 à 2 journées", "Superpublic")
    see(page, "voyage, hébergement et repas", "8 septembre 2017 à midi (heure de Paris)", "soit 14 h à La Réunion")
    look(page)

    hands.press("link", "Candidater")
    see(page, "l’adresse de la personne qui candidate", "un collègue peut taper pour elle")
    hands.fill("adresse électronique", CANDIDATE)
    hands.press("button", "Recevoir un code")
    page.get_by_role("heading", name="Nous vous avons écrit").wait_for()
    assert Application.objects.count() == 0

    page.goto(mailbox.link(CANDIDATE, r"/compte/lien/\S+"))
    hands.press("button", "Me connecter")
    page.wait_for_url("**/candidater/")
    assert Application.objects.count() == 0
    look(page)

    hands.fill("Prénom", "Inès")
    hands.fill("Nom", "d’Ornano-Exemple")
    hands.fill("Structure", "Ville d’Exemple")
    hands.fill("Fonction", "Agente d’accueil en mairie")
    hands.tick("Territoriale")
    hands.choose("Région", "Bretagne")
    hands.fill("Pourquoi", "\n".join([PARAGRAPH] * 12))
    hands.tick(re.compile("prend en charge mes frais"))
    if javascript:
        page.get_by_text("12 lignes sur 10").wait_for()
        page.get_by_text(re.compile("Enregistré à")).wait_for()
    hands.press("button", "Relire")

    page.get_by_text("12 lignes sur 10").wait_for()
    assert page.title().startswith("Erreur\u00a0: ")
    assert page.get_by_label("Pourquoi").input_value().count(PARAGRAPH) == 12
    summary = page.locator("[data-errors], .summary").first
    if javascript:
        assert summary.evaluate("element => element === document.activeElement || element.contains(document.activeElement)")
    assert summary.get_by_role("link").first.get_attribute("href") == "#id_motivation"
    look(page)

    hands.fill("Pourquoi", "\n".join([PARAGRAPH] * 10))
    hands.press("button", "Relire")
    page.get_by_role("heading", name="Relire", level=1).wait_for()
    see(page, "Inès", "d’Ornano-Exemple", "Ville d’Exemple", "Agente d’accueil en mairie", "Territoriale", "Bretagne", PARAGRAPH)
    look(page)
    hands.press("button", "Déposer ma candidature")

    page.wait_for_url("**/candidatures/AV17-0001/**")
    see(page, "AV17-0001", "1ᵉʳ septembre 2017", "Préparation", "Inès", PARAGRAPH)
    look(page)
    letter_for_employer(hands.download("link", re.compile("Lettre pour l’employeur")))

    received = mailbox.to(CANDIDATE, "AV17-0001")
    assert len(received) == 1
    files = {name: content for name, content, _ in received[0].attachments}
    assert sorted(files) == sorted(
        ["AV17-0001-lettre-employeur.pdf", "AV17-0001-recepisse.pdf", next(n for n in files if n.endswith(".ics"))]
    )
    letter_for_employer(files["AV17-0001-lettre-employeur.pdf"])
    assert "d’Ornano-Exemple" in words_of(files["AV17-0001-recepisse.pdf"])
    calendar = Calendar.from_ical(next(content for name, content in files.items() if name.endswith(".ics")))
    assert len(calendar.walk("VEVENT")) == 5

    change_the_job(page, hands, mailbox)


def letter_for_employer(pdf):
    """It names the four phases and the costs."""
    text = words_of(pdf)
    expected = ["Préparation", "Exploration", "Mise en commun", "Partage", "hébergement", "repas", "AV17-0001", "Superpublic"]
    assert [word for word in expected if word not in text] == []


def change_the_job(page, hands, mailbox):
    page.goto("/espace/")
    hands.press("link", "Voir ma candidature")
    hands.press("link", "Modifier ma candidature")
    hands.fill("Fonction", "Bibliothécaire")
    hands.press("button", "Relire")
    hands.press("button", "Déposer ma candidature")
    page.wait_for_url("**/candidatures/AV17-0001/**")
    see(page, "AV17-0001", "Bibliothécaire")
    assert len(mailbox.to(CANDIDATE, "AV17-0001")) == 2
    assert list(Application.objects.values_list("reference", "job")) == [("AV17-0001", "Bibliothécaire")]
    assert Message.objects.exclude(state="SENT").count() == 0
