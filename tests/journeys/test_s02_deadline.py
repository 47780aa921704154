"""S2: reminders leave on their days, noon is too late, and nothing typed is lost."""

import re
from datetime import datetime

import pytest

from accounts.models import User
from applications.models import Application
from applications.tasks import remind_drafts
from core.clock import PARIS
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]

LATE, READY = "late.exemple@hopital.example", "ready.exemple@prefecture.example"
FORM = "/programmes/aventuriers/2017/candidater/"
REMINDER = "À déposer avant"


def enter(page, hands, mailbox, address):
    """Sign in by the mailed link and come to the form."""
    page.goto(FORM)
    hands.fill("adresse électronique", address)
    hands.press("button", "Recevoir un code")
    page.get_by_role("heading", name="Nous vous avons écrit").wait_for()
    page.goto(mailbox.link(address, r"/compte/lien/\S+"))
    hands.press("button", "Me connecter")
    page.wait_for_url(f"**{FORM}")


def fill_in(hands):
    hands.fill("Prénom", "Camille")
    hands.fill("Nom", "Exemple")
    hands.fill("Structure", "Centre hospitalier d’Exemple")
    hands.fill("Fonction", "Cadre de santé")
    hands.tick("Hospitalière")
    hands.choose("Région", "La Réunion")
    hands.fill("Pourquoi", "Dans notre hôpital, les bonnes idées naissent la nuit et disparaissent à la relève.")
    hands.tick(re.compile("prend en charge mes frais"))


@pytest.mark.parametrize(
    ("widths", "javascript", "keyboard"),
    [((1280, 390), True, False), ((1280, 390), False, False), ((320, 320), True, True)],
    ids=["JavaScript", "no JavaScript", "320 px with the keyboard"],
)
def test_s2_deadline(open_page, call_of_2017, at, mailbox, look, widths, javascript, keyboard):
    at(2017, 8, 20, 9)
    ready_page, late_page = (open_page(width=width, javascript=javascript, reduced_motion="reduce") for width in widths)
    ready, late = Hands(ready_page, keyboard=keyboard), Hands(late_page, keyboard=keyboard)
    for page, hands, address in ((ready_page, ready, READY), (late_page, late, LATE)):
        enter(page, hands, mailbox, address)
        fill_in(hands)
        hands.press("button", "Enregistrer le brouillon")
        page.get_by_text("Brouillon : pas encore déposée").first.wait_for()

    # D-7 and D-2 at 10:00, and the day at 09:00: each once, however often the sweep runs.
    seen = []
    for moment in ((2017, 9, 1, 9, 59), (2017, 9, 1, 10, 1), (2017, 9, 6, 9, 59), (2017, 9, 6, 10, 1), (2017, 9, 8, 8, 59)):
        at(*moment)
        remind_drafts()
        remind_drafts()
        seen.append(len(mailbox.to(LATE, REMINDER)))
    assert seen == [0, 1, 1, 2, 2]
    assert len(mailbox.to(READY, REMINDER)) == 2

    # One submits before the last reminder: it gets none.
    ready_page.goto(FORM)
    ready.press("button", "Relire")
    ready.press("button", "Déposer ma candidature")
    ready_page.wait_for_url("**/candidatures/AV17-0001/**")
    at(2017, 9, 8, 9, 1)
    remind_drafts()
    assert (len(mailbox.to(LATE, REMINDER)), len(mailbox.to(READY, REMINDER))) == (3, 2)

    # At 11:59:59 submission passes.
    ready_page.goto("/candidatures/AV17-0001/modifier/")
    ready.fill("Fonction", "Directrice des soins adjointe")
    ready.press("button", "Relire")
    late_page.goto(FORM)
    late.fill("Fonction", "Infirmière")
    late.press("button", "Relire")
    late_page.get_by_role("button", name="Déposer ma candidature").wait_for()
    at(2017, 9, 8, 11, 59, 59, still=True)
    ready.press("button", "Déposer ma candidature")
    ready_page.wait_for_url("**/candidatures/AV17-0001/**")
    assert Application.objects.get(reference="AV17-0001").job == "Directrice des soins adjointe"

    # At 12:00:00 the same form shows that the call is closed, keeps the text, offers it and the contact.
    at(2017, 9, 8, 12)
    late.press("button", "Déposer ma candidature")
    late_page.get_by_role("heading", name="L’appel est clos").wait_for()
    late_page.get_by_text("Infirmière").first.wait_for()
    late_page.get_by_role("link", name="aventuriers@la27eregion.example").first.wait_for()
    look(late_page)
    assert "Infirmière" in late.download("link", "Télécharger mon texte (.txt)").decode()
    kept = Application.objects.get(applicant=User.objects.get(email=LATE))
    assert (kept.state, kept.draft["job"], kept.reference) == ("DRAFT", "Infirmière", None)
    assert not Application.objects.filter(deposited_at__gte=datetime(2017, 9, 8, 12, tzinfo=PARIS)).exists()

    # The public page no longer shows « Candidater » but the next steps.
    visitor = open_page(javascript=javascript, reduced_motion="reduce")
    visitor.goto("/programmes/aventuriers/2017/")
    assert visitor.get_by_role("link", name="Candidater").count() == 0
    visitor.get_by_text("L’appel est clos").first.wait_for()
    look(visitor)
