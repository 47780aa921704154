"""The journal of letters, its acts, its previews."""

import re

import pytest
from django.http import HttpResponse

from accounts.roles import Role
from core.registry import Registry
from mailing.models import Message, Refusal, Relay
from mailing.states import State
from records.models import Act
from tests.mailing.factories import NOW, MessageFactory
from tests.programmes.factories import EditionFactory

pytestmark = pytest.mark.django_db
JOURNAL = "/admin/mailing/message/"
CODE = {"kind": "test.code", "subject": "Votre code : 123456", "text": "Tapez 123456."}


def act(client, letter: Message, button: str):
    return client.post(f"{JOURNAL}{letter.pk}/change/", {f"_{button}": "1"}, follow=True)


def test_the_journal_lists_state_kind_address_and_dates(staff):
    MessageFactory(state=State.SENT, sent_at=NOW, to="camille@ville.example")
    html = staff.get(JOURNAL).content.decode()
    assert all(words in html for words in ("Votre candidature est déposée", "camille@ville.example", "envoyée", "Lettre d’essai"))


@pytest.mark.parametrize("words", ["camille@ville", "candidature est", "applications.application:41"])
def test_the_journal_is_searched_by_address_subject_and_object(staff, words):
    MessageFactory(to="camille@ville.example", about="applications.application:41")
    MessageFactory(to="autre@ailleurs.example", subject="Tout autre chose")
    html = staff.get(JOURNAL, {"q": words}).content.decode()
    assert ("camille@ville.example" in html, "autre@ailleurs.example" in html) == (True, False)


def test_the_journal_is_filtered_by_kind(staff):
    MessageFactory(to="camille@ville.example")
    MessageFactory(to="autre@ville.example", kind="test.reminder")
    html = staff.get(JOURNAL, {"kind": "test.reminder"}).content.decode()
    assert ("camille@ville.example" in html, "autre@ville.example" in html) == (False, True)


def test_the_journal_costs_the_same_with_one_letter_or_many(staff, django_assert_max_num_queries):
    MessageFactory.create_batch(30)
    with django_assert_max_num_queries(10):
        staff.get(JOURNAL)


def test_a_letter_shows_its_exact_content_its_message_id_its_files_and_its_error(staff):
    letter = MessageFactory(
        text="Bonjour d’Ornano <b>", state=State.FAILED, error="550 inconnu", files=[{"name": "r.pdf", "sha256": "abc"}]
    )
    html = staff.get(f"{JOURNAL}{letter.pk}/change/").content.decode()
    shown = ("Bonjour d’Ornano &lt;b&gt;", letter.message_id.strip("<>"), "r.pdf", "abc", "550 inconnu")
    assert [words for words in shown if words not in html] == []


def test_the_formatted_letter_is_alone_and_powerless(staff):
    letter = MessageFactory()
    page = staff.get(f"{JOURNAL}{letter.pk}/mise-en-forme/")
    assert "Nous avons bien reçu" in page.content.decode()
    assert page["Content-Security-Policy"].startswith("default-src 'none'")
    assert page["Content-Security-Policy"].endswith("; sandbox")


@pytest.mark.parametrize("state", [State.DUE, State.UNCERTAIN, State.SENT])
def test_a_code_is_read_nowhere(staff, state):
    letter = MessageFactory(**CODE, state=state)
    pages = [staff.get(JOURNAL), staff.get(f"{JOURNAL}{letter.pk}/change/")]
    assert [page.status_code for page in pages] == [200, 200]
    assert all("123456" not in page.content.decode() for page in pages)
    assert staff.get(f"{JOURNAL}{letter.pk}/mise-en-forme/").status_code == 404


def test_a_refused_letter_is_sent_again_from_its_page(staff):
    letter = MessageFactory(state=State.FAILED)
    assert "Renvoyer" in staff.get(f"{JOURNAL}{letter.pk}/change/").content.decode()
    assert "renvoyée" in act(staff, letter, "resend").content.decode()
    assert Message.objects.get().state == State.DUE
    assert [act.verb for act in Act.objects.all()] == ["lettre renvoyée"]


@pytest.mark.parametrize(("button", "state"), [("settle_left", State.SENT), ("settle_again", State.DUE)])
def test_an_uncertain_letter_is_settled_from_its_page(staff, button, state):
    letter = MessageFactory(state=State.UNCERTAIN)
    act(staff, letter, button)
    assert Message.objects.get().state == state
    assert Act.objects.count() == 1


def test_several_uncertain_letters_are_settled_from_the_list(staff):
    letters = MessageFactory.create_batch(2, state=State.UNCERTAIN)
    staff.post(JOURNAL, {"action": "settle_left", "_selected_action": [letter.pk for letter in letters]})
    assert {letter.state for letter in Message.objects.all()} == {State.SENT}


@pytest.mark.parametrize(("action", "state"), [("resend", State.FAILED), ("settle_again", State.UNCERTAIN)])
def test_several_letters_sent_again_ask_the_second_factor_and_one_does_not(staff, monkeypatch, action, state):
    asked = Registry()
    asked.add(lambda _: HttpResponse("votre second facteur"))
    monkeypatch.setattr("core.registry.FACTOR_GATES", asked)
    letters = MessageFactory.create_batch(2, state=state)
    answer = staff.post(JOURNAL, {"action": action, "_selected_action": [letter.pk for letter in letters]})
    assert (answer.content, {letter.state for letter in Message.objects.all()}) == (b"votre second facteur", {state})
    assert staff.post(JOURNAL, {"action": action, "_selected_action": [letters[0].pk]}).status_code == 302
    assert Message.objects.get(pk=letters[0].pk).state == State.DUE


def test_what_is_refused_is_said(staff):
    letter = MessageFactory(state=State.VOID)
    assert "ne se renvoie pas" in act(staff, letter, "resend").content.decode()
    assert Message.objects.get().state == State.VOID


def test_an_address_is_marked_from_a_letter_and_the_letter_says_so(staff):
    letter = MessageFactory(to="parti@ville.example", state=State.SENT)
    act(staff, letter, "mark_refused")
    assert [refusal.address for refusal in Refusal.objects.all()] == ["parti@ville.example"]
    assert "ne reçoit pas :" in staff.get(f"{JOURNAL}{letter.pk}/change/").content.decode().replace("\u00a0", " ")


def test_nothing_is_added_changed_or_deleted_by_hand(staff):
    letter = MessageFactory()
    assert staff.get(f"{JOURNAL}add/").status_code == 403
    assert staff.get(f"{JOURNAL}{letter.pk}/delete/").status_code == 403
    staff.post(f"{JOURNAL}{letter.pk}/change/", {"to": "x@y.example", "state": "SENT", "text": "faux"})
    assert Message.objects.get().text == letter.text


@pytest.mark.parametrize("role", [role for role in Role if role != Role.STAFF])
def test_the_journal_is_the_team_s(enter, role):
    other = enter(role)
    letter = MessageFactory(state=State.FAILED)
    pages = ["", f"{letter.pk}/change/", f"{letter.pk}/mise-en-forme/", "apercus/", "apercus/test.plain/"]
    assert {other.get(JOURNAL + page).status_code for page in pages} <= {302, 403, 404}
    assert other.post(f"{JOURNAL}{letter.pk}/change/", {"_resend": "1"}).status_code in (302, 403)
    assert Message.objects.get().state == State.FAILED


def test_every_kind_is_previewed_with_its_sample(staff):
    html = staff.get(f"{JOURNAL}apercus/").content.decode()
    assert all(words in html for words in ("Bonjour Camille Exemple", "Rendez-vous à Lyon.", "Votre code : 000000"))
    formatted = staff.get(f"{JOURNAL}apercus/test.code/")
    assert "000000" in formatted.content.decode()
    assert formatted["Content-Security-Policy"].endswith("; sandbox")
    assert staff.get(f"{JOURNAL}apercus/inconnue/").status_code == 404


def test_a_preview_that_breaks_hides_no_other(staff, change_kind):
    change_kind("test.reminder", sample=lambda: 1 / 0)
    html = staff.get(f"{JOURNAL}apercus/").content.decode()
    assert "ZeroDivisionError" in html
    assert "Votre code : 000000" in html


def test_the_journal_says_when_the_mail_server_does_not_answer(staff):
    Relay.current().trouble("Connexion refusée", now=NOW)
    assert "Connexion refusée" in staff.get(JOURNAL).content.decode()


def test_staff_add_an_address_that_bounced_and_take_it_away(staff):
    page = staff.post("/admin/mailing/refusal/add/", {"address": "Parti@ville.example", "reason": "Retour"}, follow=True)
    assert page.status_code == 200
    refusal = Refusal.objects.get()
    assert (refusal.address, refusal.by_staff) == ("parti@ville.example", True)
    staff.post(f"/admin/mailing/refusal/{refusal.pk}/delete/", {"post": "yes"})
    assert not Refusal.objects.exists()
    assert Act.objects.count() == 2


def test_a_letter_that_is_no_longer_true_says_so_and_is_not_offered_again(staff, change_kind):
    letter = MessageFactory(state=State.SENT)
    change_kind("test.plain", overtaken=lambda _: "La candidature a été retirée depuis.")
    html = staff.get(f"{JOURNAL}{letter.pk}/change/").content.decode()
    assert ("La candidature a été retirée depuis." in html, 'name="_resend"' in html) == (True, False)


def test_a_letter_leads_to_the_row_that_holds_what_was_joined(staff):
    edition = EditionFactory(title="Les Aventuriers, 2027")
    page = shown_about(staff, f"programmes.edition:{edition.pk}")
    assert page == f'Appel\u00a0: <a href="/admin/programmes/edition/{edition.pk}/change/">{edition}</a>'


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        ("programmes.edition:999", "Appel qui n’existe plus"),
        ("accounts.proof:3", "Preuve d’adresse"),
        ("nulle.part:1", "—"),
        ("", "—"),
    ],
)
def test_no_code_word_is_shown(staff, about, shown):
    assert shown_about(staff, about) == shown


def shown_about(staff, about):
    page = staff.get(f"{JOURNAL}{MessageFactory(about=about).pk}/change/").content.decode()
    return re.findall(r'<div class="readonly">(.*?)</div>', page[page.index("Au sujet de") :])[0]
