"""S8: the day of 19 March 2019 read hour by hour, its flyer, the members' week, and two browsers for the twentieth seat."""

import re
from datetime import datetime

import pytest
from django.db import connection

from bookings import demo as orders
from bookings import seats
from bookings.models import Booking
from bookings.states import State
from core.clock import PARIS
from memberships.models import MailDomain
from programmes import demo
from programmes.models import TrainingSession
from tests.billing.factories import association, siret
from tests.bookings.factories import firm
from tests.journeys.conftest import Hands
from tests.memberships.factories import CampaignFactory, MembershipFactory

pytestmark = [pytest.mark.browser, pytest.mark.journey]
PAGE = "/programmes/journees-decouverte/sessions/2019-03-19/"
MEMBER, FIRST, SECOND = "camille@membre.example", "dominique@ville.example", "sacha@bourg.example"
HOURS = [
    "Prenez un café, Émile", "Tu sors d’où, Monique", "Des cas, Patrick", "Casse-croûte", "Chauffe Marcel", "Des exercices, Patrick",
    "En voiture, Simone", "Roger, un muscadet",
]  # fmt: skip


def see(page, *words):
    text = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def heading(page, name):
    page.get_by_role("heading", level=1, name=name).wait_for()


def typed(page, hands, email, *, number=""):
    """The form, as an employer's agent fills it, up to « Relire »."""
    hands.fill("Nom et prénom", "Camille Exemple")
    hands.fill("Adresse électronique", email)
    hands.tick(re.compile("Un organisme public"))
    hands.fill("SIRET de l’organisme", siret(4242))
    hands.fill("Nom, comme sur la facture", "Ville d’Exemple")
    hands.fill("Adresse postale", "1, place de l’Exemple")
    hands.fill("Code postal", "35000")
    hands.fill("Ville", "Exempleville")
    if number:
        hands.fill("Numéro de commande", number)
    hands.press("button", "Relire")
    heading(page, "Relire")
    page.get_by_label("J’accepte les conditions").check()


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["desktop", "phone without JavaScript"])
def test_s08_training_day(open_page, live, transactional_db, at, mailbox, look, width, javascript):
    at(2018, 12, 12, 10)
    association()
    demo.load(1)
    orders.load(1)
    member = MembershipFactory(campaign=CampaignFactory(year=2018))
    MailDomain.objects.create(organisation=member.organisation, domain="membre.example", declared_at=datetime(2018, 5, 1, tzinfo=PARIS))
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)

    # The page: the programme hour by hour, the price, the places, when it opens; its flyer says the same.
    page.goto(PAGE)
    see(page, *HOURS, "680 € TTC", "20 places libres sur 20", "Elle ouvre à tous le lundi 17 décembre 2018 à 9 h")
    look(page)
    assert hands.download("link", "Télécharger le dépliant").startswith(b"%PDF-")

    # A non-member is told by letter, and the page says nothing of the address.
    hands.press("link", "Réserver une place")
    heading(page, "Réserver")
    look(page)
    typed(page, hands, FIRST)
    look(page)
    hands.press("button", "Commander")
    heading(page, "Regardez votre boîte")
    assert "n’est pas encore ouverte" in mailbox.to(FIRST)[-1].subject
    assert "lundi 17" in re.sub(r"\s", " ", mailbox.to(FIRST)[-1].body)

    # A member books in the priority week: proves the address, gives the order number, and is firm.
    page.goto(f"{PAGE}inscription/")
    typed(page, hands, MEMBER)
    see(page, "est adhérent", "domaine de messagerie", "680 € TTC", "soit 566,67 € hors taxes et 113,33 € de TVA à 20 %")
    hands.press("button", "Commander")
    heading(page, "Regardez votre boîte")
    look(page)
    page.goto(mailbox.link(MEMBER, r"/commandes/\w+/"))
    heading(page, "Confirmez votre commande")
    look(page)
    hands.press("button", "Confirmer ma commande")
    heading(page, "Votre place est tenue")
    see(page, "jeudi 27 décembre 2018 à 10 h")
    look(page)
    hands.fill("Numéro de commande", "EJ-2018-77")
    hands.press("button", "Enregistrer le numéro")
    heading(page, "Votre commande est ferme")
    look(page)
    assert "Commande ferme" in mailbox.to(MEMBER)[-1].subject

    # Open to all, nineteen places are taken: two browsers take the twentieth at the same second.
    at(2019, 1, 15, 10)
    day = TrainingSession.objects.select_related("programme", "venue", "terms__tax_profile").get(slug="2019-03-19")
    firm(day, places=18, now=datetime(2019, 1, 15, 9, tzinfo=PARIS))
    other = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    for each, email in ((page, FIRST), (other, SECOND)):
        each.goto(f"{PAGE}inscription/")
        typed(each, Hands(each, keyboard=False), email)
    with page.expect_navigation(), other.expect_navigation():
        page.get_by_role("button", name="Commander").click(no_wait_after=True)
        if connection.vendor != "postgresql":
            heading(page, "Regardez votre boîte")  # SQLite in memory is one connection for all the threads of the test's server
        other.get_by_role("button", name="Commander").click(no_wait_after=True)
    found = []
    for each, email in ((page, FIRST), (other, SECOND)):
        heading(each, "Regardez votre boîte")
        each.goto(mailbox.link(email, r"/commandes/\w+/"))
        heading(each, "Confirmez votre commande")
        Hands(each, keyboard=False).press("button", "Confirmer ma commande")
        heading(each, re.compile("Votre place est tenue|liste d’attente"))
        look(each)
        found.append(each.get_by_role("heading", level=1).inner_text())
    assert sorted(found) == ["Votre place est tenue", "Vous êtes en liste d’attente"]
    waits = Booking.objects.get(session=day, state=State.WAITING)
    assert any("rang 1" in letter.subject for letter in mailbox.to(waits.email))
    page.goto(PAGE)
    page.reload()  # a cache may keep the page of a day for a minute
    see(page, "C’est complet.", "Complet : demander une place")
    day.refresh_from_db()
    assert (day.taken, seats.recount(day)) == (20, 20)
