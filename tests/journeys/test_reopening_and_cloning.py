"""A call that closed is reopened, then made again a year later: what staff see before, the letters read, and what the public finds."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from core.clock import PARIS
from mailing.models import Message
from programmes.models import Edition, Interest
from programmes.states import Status
from programmes.tasks import tell_openings
from tests.accounts.factories import UserFactory
from tests.applications.factories import ApplicationFactory, deposited
from tests.journeys.conftest import Hands
from tests.journeys.test_s03_triage import staff_page

pytestmark = [pytest.mark.browser, pytest.mark.journey]
WAITING = "attend.exemple@ville.example"


def text_of(letter):
    return re.sub(r"[\u00a0\u202f]", " ", f"{letter.subject}\n{letter.body}")


@pytest.fixture
def closed(call_of_2017, at):
    """The call of 2017 on the Monday after its deadline: one draft, one deposited file, one who asked to be told of the next call."""
    Edition.objects.filter(reference_prefix="AV17").update(results_released_at=None)  # the archive knows already when they came
    call = Edition.objects.get(reference_prefix="AV17")
    draft = ApplicationFactory(edition=call, applicant__email="brouillon.exemple@ville.example")
    sent = deposited(edition=call, applicant__email="depose.exemple@ville.example")
    at(2017, 9, 11, 10)
    moment = datetime(2017, 9, 11, 9, tzinfo=PARIS)
    Interest.objects.create(programme=call.programme, email=WAITING, secret_hash="essai", asked_at=moment, confirmed_at=moment)
    return call, draft, sent


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (320, False)], ids=["JavaScript", "320 px, no JavaScript"])
def test_a_call_is_reopened_then_made_again(open_page, live, closed, at, mailbox, look, width, javascript):
    call, draft, sent = closed
    page = staff_page(open_page, live, UserFactory(roles=[Role.STAFF], first_name="Inès"), width=width, javascript=javascript)
    visitor = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    hands = Hands(page, keyboard=False)

    # Reopen: who is told, one real letter, and nothing before it is confirmed.
    page.goto(f"/admin/programmes/edition/{call.pk}/change/")
    hands.press("link", "Rouvrir")
    look(page)
    hands.fill("Nouvelle clôture", "2017-09-13T12:00")
    hands.fill("Motif", "Le formulaire est resté muet une heure.")
    hands.press("button", "Voir l’aperçu")
    expect(page.locator(".letter-text")).to_contain_text("Le formulaire est resté muet une heure.")
    look(page)
    call.refresh_from_db()
    assert (call.closes_at, Message.objects.filter(kind__startswith="programmes.reopened").count()) == (
        datetime(2017, 9, 8, 12, tzinfo=PARIS),
        0,
    )
    hands.press("button", "Rouvrir et prévenir")
    expect(page.get_by_text("En attente").first).to_be_visible()
    look(page)

    # Ten minutes later, one letter each, each with what is theirs to do.
    at(2017, 9, 11, 10, 12)
    [to_draft] = mailbox.to(draft.applicant.email, "rouvert")
    [to_sent] = mailbox.to(sent.applicant.email, "rouvert")
    told = text_of(to_draft), text_of(to_sent)
    assert "À déposer avant le" in told[0].splitlines()[0]
    assert [words in told[0] for words in ("mercredi 13 septembre 2017", "Le formulaire est resté muet", "/candidater/")] == [True] * 3
    assert [words in told[1] for words in ("vous n’avez rien à faire", "Elle reste déposée")] == [True] * 2
    assert mailbox.to(WAITING) == []

    # The page says it, and takes a file again.
    visitor.goto(call.get_absolute_url())
    expect(visitor.locator(".changed")).to_contain_text("Le formulaire est resté muet une heure.")
    expect(visitor.get_by_role("link", name=re.compile("candidat", re.IGNORECASE)).first).to_be_visible()
    look(visitor)
    call.refresh_from_db()
    assert call.status(now=datetime(2017, 9, 11, 10, 12, tzinfo=PARIS)) in (Status.OPEN, Status.CLOSING)

    # Made again a year later: its dates are seen, then its copy, which nobody else sees.
    page.goto(f"/admin/programmes/edition/{call.pk}/dupliquer/")
    look(page)
    for label, words in [("Titre", "Les Aventuriers, édition 2018"), ("Titre court", "Les Aventuriers 2018")]:
        page.get_by_label(label, exact=True).fill(words)
    hands.fill("Adresse de la page", "2018")
    hands.fill("Préfixe des références", "AV18")
    hands.press("button", "Dupliquer")
    expect(page.get_by_text("est prête à relire")).to_be_visible()
    look(page)
    copy = Edition.objects.get(slug="2018", programme=call.programme)
    assert visitor.request.get(copy.get_absolute_url()).status == 404
    assert (copy.phases.count(), copy.closes_at.astimezone(PARIS).weekday()) == (
        call.phases.count(),
        call.closes_at.astimezone(PARIS).weekday(),
    )

    # Published, it opens at its hour: whoever asked is told once, then forgotten.
    hands.press("link", "Publication et aperçu")
    look(page)
    hands.press("button", re.compile("Publier"))
    look(page)
    copy.refresh_from_db()
    assert copy.published_at is not None
    opens = copy.opens_at.astimezone(PARIS)
    at(opens.year, opens.month, opens.day, opens.hour, opens.minute, 30)
    tell_openings()
    tell_openings()
    [opening] = mailbox.to(WAITING)
    assert ("C’est ouvert : Les Aventuriers 2018" in text_of(opening), copy.get_absolute_url() in text_of(opening)) == (True, True)
    visitor.goto(copy.get_absolute_url())
    visitor.get_by_role("heading", name="Les Aventuriers, édition 2018").wait_for()
    look(visitor)
