"""S10, and S19 for it: a body joins with its SIRET, the team accepts, the bulletin and the call of dues arrive."""

import re
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from accounts.roles import Role
from memberships import demo
from memberships.models import Membership
from organisations.states import Kind
from tests.accounts.factories import UserFactory, sign_in
from tests.journeys.conftest import Hands
from tests.organisations.factories import BRETAGNE, OrganisationFactory

pytestmark = [pytest.mark.browser, pytest.mark.journey]

WHO = "ines.exemple@region.example"
FINANCE = "finances@region.example"
RIGHTS = ["Compagnonnage", "recherche-action", "Centre de ressources", "Gouvernance", "Accès prioritaire"]
WAYS = [(1280, True, False), (390, False, False), (320, True, True), (320, False, True)]
NAMES = ["desktop", "phone without JavaScript", "320 px with the keyboard", "320 px, keyboard, no JavaScript"]


def see(page, *words):
    """Every word is on the page, whatever the spaces."""
    text = re.sub(r"\s+", " ", page.locator("main").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def pick(hands, group, option):
    """Choose in a group of radio buttons; with the keyboard, by Tab into the group, then the arrows."""
    radios = hands.page.get_by_role("group", name=group)
    wanted = radios.get_by_role("radio", name=option)
    if not hands.keyboard:
        wanted.check()
        return
    hands._reach(radios.get_by_role("radio").first)
    for _ in range(6):
        if wanted.is_checked():
            return
        hands.page.keyboard.press("Space" if not radios.locator(":checked").count() else "ArrowDown")
    raise AssertionError(f"{option} : inatteignable au clavier")


def staff_page(open_page, live):
    page = open_page(reduced_motion="reduce")
    key = sign_in(Client(), UserFactory(roles=[Role.STAFF], first_name="Claude")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


@pytest.mark.parametrize(("width", "javascript", "keyboard"), WAYS, ids=NAMES)
def test_s10_join(open_page, live, transactional_db, at, mailbox, look, width, javascript, keyboard):
    at(2021, 3, 1, 10)
    demo.rights()
    demo.campaign(2021, is_open=True)
    OrganisationFactory(name="Région Bretagne", kind=Kind.REGION, region="53", siret=BRETAGNE)
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=keyboard)

    # On « Adhérer » the five rights and 5 000 €.
    page.goto("/")
    hands.press("link", re.compile("^Adhérer$"))
    page.get_by_role("heading", level=1).get_by_text("outil commun").wait_for()
    see(page, *RIGHTS, "5 000 €", "par an", "tarif unique", "Adhésions 2021")
    look(page)
    hands.press("link", re.compile("Adhérer en ligne"))
    page.get_by_role("heading", name="Adhérer en 2021").wait_for()
    hands.fill("adresse électronique", WHO)
    hands.press("button", "Recevoir un code")
    page.get_by_role("heading", name="Nous vous avons écrit").wait_for()
    page.goto(mailbox.link(WHO, r"/compte/lien/\S+"))
    hands.press("button", "Me connecter")
    page.wait_for_url("**/adhesion/rejoindre/")
    look(page)

    # A SIRET with one wrong digit: refused in clear words, what was typed stays.
    hands.fill("SIRET de votre organisme", "233 500 016 00041")
    hands.press("button", "Continuer")
    see(page, "Ce SIRET n’est pas valide", "Il reste un point à corriger")
    assert page.get_by_label("SIRET de votre organisme").input_value() == "233 500 016 00041"
    assert page.title().startswith("Erreur\u00a0: ")
    look(page)

    # The right one: the name is proposed; contacts, with an error first.
    hands.fill("SIRET de votre organisme", "233 500 016 00040")
    hands.press("button", "Continuer")
    page.wait_for_url("**/contacts/")
    see(page, "Région Bretagne", "233 500 016 00040", "5 000 €")
    hands.press("button", "Relire")
    see(page, "Choisissez qui reçoit la facture", "Donnez le nom de la personne qui engage l’organisme")
    look(page)
    hands.fill("Adresse postale", "283 avenue d’Exemple")
    hands.fill("Code postal", "35711")
    hands.fill("Ville", "Rennes")
    hands.fill("Prénom", "Inès")
    hands.fill("Nom", "d’Exemple")
    pick(hands, re.compile("Qui reçoit"), "une autre personne")
    hands.fill("Nom du contact finances", "Exemple")
    hands.fill("Adresse électronique du contact finances", FINANCE)
    pick(hands, re.compile("Qui vote"), "le référent général")
    hands.fill("Prénom et nom", "Dominique Exemple")
    hands.fill("Qualité", "présidente")
    if javascript:
        page.get_by_text(re.compile("Enregistré à")).wait_for()
    hands.press("button", "Relire")
    page.wait_for_url("**/relire/")
    see(page, "Région Bretagne", "d’Exemple", FINANCE, "Dominique Exemple, présidente", "5 000 €")
    look(page)
    assert Membership.objects.count() == 0

    # « Envoyer le bulletin »: confirmed online by a tick.
    pick(hands, re.compile("Comment confirmez-vous"), "en ligne, maintenant")
    hands.tick(re.compile("confirme l’adhésion de Région Bretagne"))
    hands.press("button", "Envoyer le bulletin")
    page.get_by_role("heading", name="Région Bretagne").wait_for()
    see(page, "Votre bulletin est reçu", "confirmée en ligne", FINANCE)
    look(page)
    receipt = mailbox.to(WHO, "Bulletin d’adhésion 2021 reçu")
    assert (len(receipt), "5 000 €".replace(" ", "\u202f", 1).replace(" €", "\u00a0€") in receipt[0].body) == (1, True)

    # The team accepts.
    team = staff_page(open_page, live)
    their = Hands(team, keyboard=False)
    team.goto("/admin/")
    see_admin = team.get_by_role("link", name=re.compile("bulletin d’adhésion à lire"))
    see_admin.first.wait_for()
    team.goto(f"/admin/memberships/membership/{Membership.objects.get().pk}/change/")
    look(team)
    their.press("link", "Accepter le bulletin")
    look(team)
    their.press("button", "Accepter")
    team.get_by_text("les droits ont commencé").wait_for()

    # A mail with the membership form and the call of dues; the page of the member says that it is active.
    welcome = mailbox.to(WHO, "Bienvenue")[0]
    files = {name: pdf_words(content) for name, content, _ in welcome.attachments}
    assert [name.partition("2021")[0] for name in sorted(files)] == ["appel-de-cotisation-AC", "bulletin-adhesion-B"]
    assert all("Région Bretagne" in words and "5 000 €" in words for words in files.values())
    assert any("n’est pas une facture" in words for words in files.values())
    assert len(mailbox.to(FINANCE, "Cotisation 2021")) == 1
    page.reload()
    see(page, "Adhésion 2021 active", *RIGHTS)
    look(page)


def pdf_words(content):
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return re.sub(r"\s+", " ", words)
