"""S9: firm on its order number, joined fifteen days before, run from a phone; next morning nineteen certificates and their invoices."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from playwright.sync_api import expect

from accounts.roles import Role
from billing.models import Invoice
from billing.tasks import publish_invoices
from bookings import links
from bookings.models import Booking, Certificate
from bookings.states import Payer, State
from bookings.tasks import papers
from mailing.tasks import deliver
from programmes.models import Trainer
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import siret
from tests.bookings.factories import ordered
from tests.bookings.paper_factories import ORDERED, day_2019, employer, named, words_of
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]
WHO, TRAINER = "camille@ville.example", "amina@la27eregion.example"


def see(page, *words):
    text = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def staff_page(open_page, live):
    """Signed in at the hour that the portal reads."""
    page = open_page(reduced_motion="reduce")
    key = sign_in(Client(), UserFactory(roles=[Role.STAFF], first_name="Maxime")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


def swept():
    """What the worker does each minute, as often as it needs to."""
    for _ in range(3):
        papers()
        publish_invoices()
        deliver()


def joined_to(address, kind):
    """The files of the letters of an address whose subject holds these words."""
    return [name for letter in mail.outbox if letter.to == [address] and kind in letter.subject for name, *_ in letter.attachments]


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["desktop", "phone without JavaScript"])
def test_s09_run_the_day(open_page, live, transactional_db, at, mailbox, look, tmp_path, width, javascript):
    at(2019, 2, 1, 10)
    day = day_2019()
    Trainer.objects.filter(name=day.people[0].name).update(email=TRAINER)
    held = ordered(day, email=WHO, name="Camille Exemple", places=4, people=named(4), payer=Payer.PUBLIC, payer_siret=siret(), now=ORDERED)
    others = employer(day, 16, people=named(16, 5))
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)

    # The order number makes the seats firm; the agreement is mailed.
    page.goto(links.path_of(held))
    hands.fill("Numéro de commande ou d’engagement", "EJ-2019-42")
    hands.press("button", "Enregistrer le numéro")
    page.get_by_role("heading", level=1, name="Votre commande est ferme").wait_for()
    look(page)
    swept()
    assert Booking.objects.get(pk=held.pk).state == State.FIRM
    assert [name for name in joined_to(WHO, "") if name.startswith("convention")] != []

    # The team sends the trainer's page.
    team = staff_page(open_page, live)
    team.goto(f"/admin/bookings/booking/journees/{day.pk}/formateurs/")
    with team.expect_navigation():
        team.get_by_role("button", name=re.compile("Envoyer la convocation du formateur")).first.click()
    trainer = mailbox.link(TRAINER, r"/formateurs/\w+/")

    # Fifteen days before, at eight, the joining letters; none before.
    at(2019, 3, 4, 7, 55)
    swept()
    assert joined_to(WHO, "onvocation") == []
    at(2019, 3, 4, 8, 5)
    swept()
    assert len([name for name in joined_to(WHO, "") if name.startswith("convocation")]) == 4

    # The day: the sheet, everybody present, one absent all day.
    at(2019, 3, 19, 9, 10)
    page.goto(trainer)
    page.get_by_role("heading", name="Qui est là").wait_for()
    look(page)
    sheet = words_of(hands.download("link", re.compile("Feuille d’émargement")), tmp_path, "-layout")
    assert all(f"Personne Exemple {number}" in sheet for number in range(1, 21))
    assert ("9 h – 13 h" in sheet, "14 h – 18 h" in sheet) == (True, True)
    for half in ("Matin", "Après-midi"):
        hands.press("link", re.compile(half))
        hands.press("button", "Absent : Personne Exemple 7")
        hands.press("button", re.compile("Tous présents"))
        see(page, "19 présents, 1 absent")
    look(page)

    # Next morning nineteen certificates and their invoices; the absent has neither, and the team is asked.
    at(2019, 3, 20, 8, 5)
    swept()
    assert (Certificate.objects.count(), Certificate.objects.filter(name="Personne Exemple 7").exists()) == (19, False)
    rows = Invoice.objects.invoices().order_by("gross")
    assert [(row.about, row.gross) for row in rows] == [
        (f"bookings.booking:{held.pk}", 4 * 680), (f"bookings.booking:{others.pk}", 15 * 680),
    ]  # fmt: skip
    files = joined_to(WHO, "")
    assert (any(name.startswith("certificat") for name in files), any(rows[0].number in name for name in files)) == (True, True)
    team = staff_page(open_page, live)
    team.goto("/admin/")
    see(team, "absence à décider, journée du 19/03/2019")
    team.goto(f"/admin/bookings/booking/journees/{day.pk}/")
    look(team)
    with team.expect_navigation():
        team.get_by_role("link", name="Personne Exemple 7").click()
    team.get_by_label("Oui, facturée malgré l’absence").check()
    team.get_by_label("Motif").fill("Prévenue la veille au soir.")
    with team.expect_navigation():
        team.get_by_role("button", name="Décider").click()
    expect(team.get_by_text("C’est décidé.")).to_be_visible()
    swept()
    assert (Certificate.objects.count(), Invoice.objects.invoices().count()) == (19, 3)
