"""Letters read in one's space, and the mailbox of the trial mode."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import RequestFactory

from core import clock as portal_clock
from mailing import queries, trial
from mailing.states import State
from tests.mailing.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(portal_clock, "now", lambda: NOW)


def test_my_letter_is_read_in_my_space(space):
    letter = MessageFactory(to="camille@ville.example", state=State.SENT, sent_at=NOW, files=[{"name": "récépissé.pdf", "sha256": "0"}],
                            text="Bonjour.\n\nVoir :\nhttps://testserver/x/")  # fmt: skip
    page = space.get(f"/espace/lettres/{letter.pk}/")
    assert page.status_code == 200
    html = page.content.decode()
    assert all(words in html for words in (letter.subject, "Bonjour.", 'href="https://testserver/x/"', "récépissé.pdf"))


@pytest.mark.parametrize(
    "change",
    [{"to": "autre@ville.example"}, {"state": State.VOID}, {"due_at": NOW + timedelta(minutes=1)}],
    ids=["autrui", "sans objet", "plus tard"],
)
def test_what_is_not_mine_or_not_yet_is_not_found(space, change):
    letter = MessageFactory(**{"to": "camille@ville.example", "state": State.SENT} | change)
    assert space.get(f"/espace/lettres/{letter.pk}/").status_code == 404


def test_a_letter_asks_who_is_there(client):
    letter = MessageFactory()
    assert client.get(f"/espace/lettres/{letter.pk}/").status_code == 302


def test_a_refused_letter_is_still_read_in_my_space(space):
    letter = MessageFactory(to="camille@ville.example", state=State.FAILED)
    assert "refusée par votre messagerie" in space.get(f"/espace/lettres/{letter.pk}/").content.decode()


@pytest.mark.parametrize("state", [State.DUE, State.SENT])
def test_of_a_code_one_reads_only_that_it_was_sent(space, state):
    letter = MessageFactory(to="camille@ville.example", kind="test.code", subject="Votre code : 123456", text="Tapez 123456.", state=state)
    html = space.get(f"/espace/lettres/{letter.pk}/").content.decode()
    assert "123456" not in html
    assert "Code de connexion" in html


def test_a_forgotten_letter_says_so(space):
    letter = MessageFactory(to="camille@ville.example", subject="", text="", state=State.SENT)
    assert "a été effacé" in space.get(f"/espace/lettres/{letter.pk}/").content.decode()


def test_my_space_lists_my_letters_newest_first(space):
    MessageFactory(to="camille@ville.example", subject="Ancienne", due_at=NOW - timedelta(days=1), state=State.SENT)
    MessageFactory(to="camille@ville.example", subject="Nouvelle", state=State.SENT)
    MessageFactory(subject="Autrui", state=State.SENT)
    html = space.get("/espace/").content.decode()
    assert html.index("Nouvelle") < html.index("Ancienne")
    assert "Autrui" not in html


def test_the_part_is_left_out_without_letters_and_shows_ten_at_first(reader):
    request = RequestFactory().get("/espace/")
    request.user = reader
    assert queries.my_letters(request, NOW) is None
    MessageFactory.create_batch(12, to=reader.email, state=State.SENT)
    first = queries.my_letters(request, NOW)
    assert (len(first["letters"]), first["more"]) == (10, True)
    request.GET = {"lettres": "toutes"}
    every = queries.my_letters(request, NOW)
    assert (len(every["letters"]), every["more"]) == (12, False)


# --- Trial mode --------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.TRIAL = True
    settings.DATA_DIR = tmp_path
    settings.MAIL_FILES = tmp_path / "courrier"
    settings.EMAIL_BACKEND = "mailing.trial.EmailBackend"


def keep(subject="Bonjour", body="Lire :\nhttps://testserver/x/") -> str:
    mail = EmailMultiAlternatives(
        subject, body, "portail@la27eregion.example", ["camille@ville.example"], headers={"Date": format_datetime(NOW)}
    )
    mail.attach_alternative("<p style='color:red'>Bonjour</p>", "text/html")
    mail.attach("récépissé.pdf", b"%PDF-1.7", "application/pdf")
    trial.EmailBackend().send_messages([mail])
    return trial.names()[0]


@pytest.mark.parametrize("page", ["", "1-ab/", "1-ab/mise-en-forme/", "1-ab/pieces/0/"])
def test_in_production_the_mailbox_does_not_exist(client, page):
    assert client.get(f"/courrier/{page}").status_code == 404


def test_an_empty_mailbox_says_what_to_do(client, mailbox):
    assert "Aucune lettre pour l’instant" in client.get("/courrier/").content.decode()


def test_mails_are_listed_newest_first(client, mailbox):
    keep("Première")
    keep("Seconde")
    html = client.get("/courrier/").content.decode()
    assert html.index("Seconde") < html.index("Première")
    assert "6 septembre 2027" in html.replace("\u00a0", " ")


def test_a_mail_is_read_with_its_links_its_files_and_its_formatted_part(client, mailbox):
    name = keep()
    html = client.get(f"/courrier/{name}/").content.decode()
    assert 'href="https://testserver/x/"' in html
    assert "récépissé.pdf" in html
    formatted = client.get(f"/courrier/{name}/mise-en-forme/")
    assert "color:red" in formatted.content.decode()
    assert formatted["Content-Security-Policy"].endswith("sandbox")
    file = client.get(f"/courrier/{name}/pieces/0/")
    assert (file.content, file["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert file["Content-Disposition"].startswith("attachment")
    assert client.get(f"/courrier/{name}/pieces/1/").status_code == 404


@pytest.mark.parametrize("name", ["1-ab", "..%2Fhorloge", "x", "1-ab.eml"])
def test_a_mail_that_is_not_there_is_not_found(client, mailbox, name):
    keep()
    assert client.get(f"/courrier/{name}/").status_code == 404


def test_the_engine_delivers_to_the_trial_mailbox_with_the_portals_date(client, mailbox, send):
    MessageFactory(text="Une phrase assez longue pour être coupée à soixante-seize colonnes, puis remise telle qu’elle fut tapée.")
    assert send() == 1
    mail = trial.read(trial.names()[0])
    assert mail.sent_at == NOW
    assert "Une phrase assez longue pour être coupée à soixante-seize colonnes, puis remise telle qu’elle fut tapée." in mail.text


def test_a_mail_without_formatted_part_has_no_such_page(client, mailbox):
    trial.EmailBackend().send_messages([EmailMultiAlternatives("Nu", "Texte", "a@b.example", ["c@d.example"])])
    assert client.get(f"/courrier/{trial.names()[0]}/mise-en-forme/").status_code == 404
