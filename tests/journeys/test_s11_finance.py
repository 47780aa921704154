"""S11, and S19 for it: a finance department opens the mailed page without account, gives its references and asks for the invoice."""

import hashlib
import re
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from accounts.roles import Role
from billing.models import Invoice
from core import clock
from memberships import demo, services
from memberships.bulletins import Bulletin, Person
from memberships.models import Campaign, Membership
from organisations.models import Contact
from organisations.states import ContactRole, Kind
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import association, body
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]

GENERAL, FINANCE = "direction@ville.example", "finances@ville.example"
FILE = r"/dossiers/[0-9a-f]+/"
WAYS = [(1280, True, False), (390, False, False), (320, True, True), (320, False, True)]
NAMES = ["desktop", "phone without JavaScript", "320 px with the keyboard", "320 px, keyboard, no JavaScript"]


def see(page, *words):
    """Every word is on the page, whatever the spaces."""
    text = re.sub(r"\s+", " ", page.locator("main").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def words_of(pdf):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def accepted(**fields) -> Membership:
    """A body whose bulletin the team has just accepted: the letters are owed."""
    association()
    demo.rights()
    demo.campaign(2021, is_open=True)
    people = {ContactRole.GENERAL.value: Person("Camille", "Exemple", "", GENERAL)}
    people[ContactRole.FINANCE.value] = Person("Sacha", "Exemple", "comptable", FINANCE)
    said = {"signatory_name": "Dominique Exemple", "signatory_job": "maire", "signature": "ONLINE"}
    asker = UserFactory(email="agent@ville.example")
    bulletin = Bulletin(body=body(name="Ville d’Exemple", **fields), people=people, **said)
    row = services.send(bulletin, campaign=Campaign.objects.get(year=2021), by=asker, now=clock.now())
    return services.accept(row, by=UserFactory(roles=[Role.STAFF]), now=clock.now())


@pytest.mark.parametrize(("width", "javascript", "keyboard"), WAYS, ids=NAMES)
def test_s11_finance(open_page, transactional_db, at, mailbox, look, width, javascript, keyboard):
    at(2021, 3, 1, 10)
    accepted(needs_commitment=True, needs_service_code=True)
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=keyboard)

    # The mailed page, without account: all that is needed to pay.
    page.goto(mailbox.link(FINANCE, FILE))
    page.get_by_role("heading", name="Ville d’Exemple").wait_for()
    see(page, "5 000 €", "SIRET", "FR76 3000 6000 0112 3456 7890 189", "Bulletin d’adhésion", "Appel de cotisation", "Vos références")
    look(page)
    assert "n’est pas une facture" in words_of(hands.download("link", re.compile("Appel de cotisation")))

    # Without what this body requires: told beside the field.
    hands.press("button", "Enregistrer et voir la facture")
    see(page, "Donnez le numéro d’engagement", "Donnez le code service")
    look(page)

    # The exact document, without number; then it is issued, once.
    hands.fill("Numéro d’engagement", "EJ-2021-118")
    hands.fill("Code service", "FIN-42")
    hands.press("button", "Enregistrer et voir la facture")
    page.get_by_role("heading", name="Projet de facture").wait_for()
    see(page, "EJ-2021-118", "FIN-42", "Sans numéro")
    assert Invoice.objects.count() == 0
    look(page)
    hands.press("button", "Demander la facture")
    page.get_by_role("heading", name="Facture F2021-0001").wait_for()
    see(page, "EJ-2021-118", "FIN-42", "31 mars 2021")
    look(page)

    # The same file and the same checksum, asked again.
    files = [hands.download("link", re.compile("Télécharger")) for _ in range(2)]
    words = words_of(files[0])
    assert [part for part in ("F2021-0001", "EJ-2021-118", "FIN-42", "31 mars 2021", "40 €", "exonér") if part not in words.lower()
            and part not in words] == []  # fmt: skip
    assert {hashlib.sha256(each).hexdigest() for each in files} == {Invoice.objects.get().document.sha256}
    letter = mailbox.to(FINANCE, "F2021-0001")
    assert (len(letter), len(letter[0].attachments) > 0) == (1, True)
    page.goto(mailbox.link(FINANCE, FILE))
    page.get_by_role("heading", name="La facture").wait_for()
    see(page, "F2021-0001", "à payer")
    look(page)


def test_a_hospital_pays_at_fifty_days(open_page, transactional_db, at, mailbox):
    at(2021, 3, 1, 10)
    accepted(kind=Kind.HOSPITAL, payment_days=50)
    page = open_page(javascript=False)
    hands = Hands(page, keyboard=False)
    page.goto(mailbox.link(FINANCE, FILE))
    see(page, "50 jours")
    hands.press("button", "Enregistrer et voir la facture")
    hands.press("button", "Demander la facture")
    page.get_by_role("heading", name="Facture F2021-0001").wait_for()
    see(page, "20 avril 2021")


def test_a_body_unknown_to_the_register_joins_and_is_invoiced(open_page, live, transactional_db, at, mailbox, look):
    """S10, then S11: nobody of the team types an address."""
    at(2021, 3, 1, 10)
    association()
    demo.rights()
    demo.campaign(2021, is_open=True)
    page = open_page(width=390, javascript=False, reduced_motion="reduce")
    key = sign_in(Client(), UserFactory(email=GENERAL)).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    hands = Hands(page, keyboard=False)

    page.goto("/adhesion/rejoindre/")
    hands.fill("SIRET de votre organisme", "267 500 452 00011")
    hands.press("button", "Continuer")
    hands.fill("Nom de l’organisme", "Hôpital d’Exemple")
    page.get_by_label("Type d’organisme").select_option(label="établissement de santé ou médico-social")
    hands.fill("Commune du siège", "Rennes")
    hands.press("button", "Continuer")
    page.get_by_role("heading", name="Les contacts").wait_for()
    assert page.get_by_label("Ville").input_value() == "Rennes"
    hands.fill("Nom", "Exemple")
    page.get_by_role("group", name=re.compile("Qui reçoit")).get_by_role("radio", name="une autre personne").check()
    hands.fill("Nom du contact finances", "Exemple")
    hands.fill("Adresse électronique du contact finances", FINANCE)
    page.get_by_role("group", name=re.compile("Qui vote")).get_by_role("radio", name="à désigner plus tard").check()
    hands.fill("Prénom et nom", "Dominique Exemple")
    hands.fill("Qualité", "directrice")
    hands.fill("Code postal", "3500")
    hands.press("button", "Relire")
    see(page, "Donnez l’adresse : numéro et voie", "Un code postal a 5 chiffres")
    look(page)
    hands.fill("Adresse postale", "2 rue d’Exemple")
    hands.fill("Code postal", "35 000")
    hands.press("button", "Relire")
    page.get_by_role("heading", name="Votre bulletin").wait_for()
    see(page, "2 rue d’Exemple, 35000 Rennes", "à désigner plus tard")
    page.get_by_role("radio", name="en ligne, maintenant").check()
    hands.tick(re.compile("confirme l’adhésion"))
    hands.press("button", "Envoyer le bulletin")
    page.get_by_role("heading", name="Hôpital d’Exemple").wait_for()
    assert "2 rue d’Exemple, 35000 Rennes" in words_of(hands.download("link", re.compile("Bulletin prérempli")))

    services.accept(Membership.objects.get(), by=UserFactory(roles=[Role.STAFF]), now=clock.now())
    page.goto(mailbox.link(FINANCE, FILE))
    hands.fill("Numéro d’engagement", "EJ-1")
    hands.press("button", "Enregistrer et voir la facture")
    hands.press("button", "Demander la facture")
    page.get_by_role("heading", name="Facture F2021-0001").wait_for()
    see(page, "2 rue d’Exemple", "35000 Rennes")
    look(page)


def test_a_contact_who_leaves_names_a_successor_and_reads_nothing_more(open_page, live, transactional_db, at, mailbox, look):
    at(2021, 3, 1, 10)
    row = accepted()
    old = mailbox.link(FINANCE, FILE)
    person = UserFactory(email=GENERAL)
    Contact.objects.filter(email=GENERAL).update(account=person)
    page = open_page(width=390, reduced_motion="reduce")
    key = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    hands = Hands(page, keyboard=False)

    page.goto("/espace/")
    hands.press("link", "Ville d’Exemple")
    see(page, "Adhésion 2021 active", "Compagnonnage", "Sacha Exemple")
    look(page)
    hands.press("link", re.compile("Mettre fin à ce rôle : Sacha"))
    look(page)
    hands.tick(re.compile("quelqu’un d’autre"))
    hands.fill("Adresse électronique", "ana@ville.example")
    hands.press("button", "Mettre fin à ce rôle")
    see(page, "ana@ville.example")
    page.watch.tolerated |= {404}
    page.goto(old)
    page.get_by_role("heading", name="Ce dossier ne s’ouvre plus").wait_for()
    page.goto(mailbox.link("ana@ville.example", FILE))
    page.get_by_role("heading", name="Ville d’Exemple").wait_for()

    # Then the one who leaves is oneself: nothing is read any more, at once.
    page.goto(row.get_absolute_url())
    hands.press("link", re.compile("Mettre fin à ce rôle : Camille Exemple, référent"))
    hands.tick(re.compile("ana@ville.example"))
    hands.press("button", "Mettre fin à ce rôle")
    page.wait_for_url("**/espace/")
    assert "Ville d’Exemple" not in page.locator("main h3").all_inner_texts()
    assert page.goto(row.get_absolute_url()).status == 404
