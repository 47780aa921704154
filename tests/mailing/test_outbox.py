"""Owing letters, and what staff do with those that went wrong."""

import time

import pytest
from celery import Celery
from django.db import transaction

from core import hints
from core.refusals import Refused
from mailing import outbox
from mailing.models import Message, Refusal
from mailing.states import State
from records.models import Act
from tests.mailing.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db
WHO = {"name": "Camille d’Ornano & L'Haÿ <Exemple>", "place": "Saint-Denis"}


def owe(kinds, key="application:41:received", kind="test.plain", to="camille@ville.example", context=WHO, **more) -> Message:
    return outbox.post(key, kinds[kind], to=to, context=context, now=NOW, **more)


@pytest.fixture
def nudges(monkeypatch) -> list[str]:
    """What was asked of the worker."""
    sent: list[str] = []
    monkeypatch.setattr(hints, "_send", sent.append)
    return sent


def test_the_first_line_is_the_subject_and_nothing_is_escaped(kinds):
    letter = owe(kinds)
    assert letter.subject == "Bonjour Camille d’Ornano & L'Haÿ <Exemple>"
    assert letter.text == "Rendez-vous à Saint-Denis.\n\nLire :\nhttps://testserver/programmes/"


def test_posting_twice_is_one_letter_the_first(kinds):
    first = owe(kinds)
    second = owe(kinds, to="autre@ville.example", context={"name": "Autre", "place": "Autre"})
    assert (second.pk, second.to) == (first.pk, "camille@ville.example")
    assert Message.objects.count() == 1


def test_the_second_post_renders_nothing(kinds, monkeypatch):
    owe(kinds)
    monkeypatch.setattr(outbox, "render", lambda *_: 1 / 0)
    assert owe(kinds) == Message.objects.get()


def test_a_subject_fits_on_a_line_and_in_its_column_and_keeps_its_no_break_spaces(kinds):
    letter = owe(kinds, context={"name": "a\u202f!\t\x00b " * 60, "place": "x"})
    assert letter.subject.startswith("Bonjour a\u202f! b a\u202f! b")
    assert (len(letter.subject), letter.subject[-1]) == (250, "…")


def test_an_address_is_kept_in_lower_case(kinds):
    assert owe(kinds, to=" Camille@Ville.example ").to == "camille@ville.example"


def test_a_letter_rolled_back_was_never_owed(kinds, nudges, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        owe(kinds)
        transaction.set_rollback(True)
    assert (Message.objects.count(), nudges) == (0, [])


def test_a_transaction_nudges_once_however_many_letters(kinds, nudges, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            owe(kinds, key=f"application:{number}:received")
    assert nudges == ["mailing.deliver"]


def test_a_post_that_was_already_made_nudges_nobody(kinds, nudges, django_capture_on_commit_callbacks):
    owe(kinds)
    with django_capture_on_commit_callbacks(execute=True):
        owe(kinds)
    assert nudges == []


def test_a_dead_broker_costs_the_visitor_nothing(kinds, settings, monkeypatch, django_capture_on_commit_callbacks):
    broker = Celery("dead", broker="redis://127.0.0.1:1/0", set_as_current=False)
    broker.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(hints, "current_app", broker)
    start = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        owe(kinds)
    assert time.monotonic() - start < 3
    assert Message.objects.get().state == State.DUE


def test_the_message_id_is_derived_from_the_key():
    assert outbox.message_id("dues:12") == outbox.message_id("dues:12") != outbox.message_id("dues:13")


# --- Forgetting --------------------------------------------------------------------------------------


def test_forgetting_a_row_blanks_its_letters_and_keeps_that_they_left(kinds):
    owe(kinds, about="applications.application:41")
    Message.objects.update(
        state=State.SENT, sent_at=NOW, error="Copie refusée : a@b.example", files=[{"name": "Exemple.pdf", "sha256": "0"}]
    )
    other = MessageFactory(about="applications.application:4")
    assert outbox.forget("applications.application:41", NOW) == 1
    letter = Message.objects.get(about="applications.application:41")
    assert (letter.to, letter.cc, letter.subject, letter.text, letter.files, letter.error) == ("", "", "", "", [], "")
    assert (letter.state, letter.sent_at) == (State.SENT, NOW)
    other.refresh_from_db()
    assert other.to
    assert outbox.forget("applications.application:41", NOW) == 0


@pytest.mark.parametrize("state", [State.DUE, State.UNCERTAIN, State.FAILED])
def test_what_had_not_left_when_the_row_is_forgotten_never_will(send, state, smtp):
    MessageFactory(about="applications.application:41", state=state)
    outbox.forget("applications.application:41", NOW)
    assert send() == 0
    assert (Message.objects.get().state, Message.objects.get().to) == (State.VOID, "")


# --- Sending again, settling -------------------------------------------------------------------------


def test_a_refused_letter_is_sent_again_as_itself(smtp, send, reader):
    letter = MessageFactory(state=State.FAILED, error="550 inconnu")
    assert outbox.resend(letter, by=reader, now=NOW).pk == letter.pk
    assert send() == 1
    assert smtp.mails[0]["Message-ID"] == letter.message_id
    assert [(act.verb, act.by_name) for act in Act.objects.all()] == [("lettre renvoyée", "Camille Exemple")]


def test_a_letter_that_left_is_sent_again_as_another(smtp, send, reader):
    letter = MessageFactory(state=State.SENT)
    outbox.resend(letter, by=reader, now=NOW)
    outbox.resend(letter, by=reader, now=NOW)
    assert send() == 2
    assert len({letter.message_id, *(mail["Message-ID"] for mail in smtp.mails)}) == 3


def test_the_audit_log_names_neither_the_address_nor_the_subject(reader):
    letter = MessageFactory(state=State.FAILED)
    outbox.resend(letter, by=reader, now=NOW)
    act = Act.objects.get()
    assert act.about_name == f"Lettre n° {letter.pk} (Lettre d’essai)"


@pytest.mark.parametrize("state", [State.DUE, State.CLAIMED, State.HANDING_OVER, State.UNCERTAIN, State.VOID])
def test_nothing_else_is_sent_again(reader, state):
    with pytest.raises(Refused):
        outbox.resend(MessageFactory(state=state), by=reader, now=NOW)


def test_a_code_is_never_sent_again(reader):
    with pytest.raises(Refused, match="Un code ou un lien personnel ne se renvoie pas"):
        outbox.resend(MessageFactory(kind="test.code", state=State.FAILED), by=reader, now=NOW)


def test_a_letter_that_was_forgotten_is_not_sent_again(reader):
    with pytest.raises(Refused, match="effacée"):
        outbox.resend(MessageFactory(state=State.SENT, to="", text=""), by=reader, now=NOW)


def test_an_uncertain_letter_that_left_is_closed_without_leaving(smtp, send, reader):
    letter = outbox.settle(MessageFactory(state=State.UNCERTAIN), left=True, by=reader, now=NOW)
    assert (letter.state, letter.sent_at) == (State.SENT, NOW)
    assert send() == 0
    assert [act.verb for act in Act.objects.all()] == ["lettre incertaine : partie"]


def test_an_uncertain_letter_sent_again_keeps_its_message_id(smtp, send, reader):
    letter = MessageFactory(state=State.UNCERTAIN)
    outbox.settle(letter, left=False, by=reader, now=NOW)
    assert send() == 1
    assert smtp.mails[0]["Message-ID"] == letter.message_id


def test_a_letter_settled_by_a_colleague_is_not_settled_twice(reader):
    letter = MessageFactory(state=State.UNCERTAIN)
    outbox.settle(letter, left=True, by=reader, now=NOW)
    with pytest.raises(Refused, match="n’est plus incertaine"):
        outbox.settle(letter, left=False, by=reader, now=NOW)


def test_a_corrected_address_gets_again_what_was_refused_and_is_still_true(smtp, send, change_kind):
    change_kind("test.reminder", still_due=lambda _: False)
    MessageFactory(to="ancienne@ville.example", state=State.FAILED)
    MessageFactory(to="ancienne@ville.example", state=State.FAILED, kind="test.reminder")
    MessageFactory(to="ancienne@ville.example", state=State.FAILED, kind="test.code")
    MessageFactory(to="ancienne@ville.example", state=State.SENT)
    Refusal.objects.create(address="ancienne@ville.example", reason="550", at=NOW)
    assert outbox.readdress("Ancienne@ville.example", "nouvelle@ville.example", now=NOW) == 2
    assert send() == 1
    assert smtp.mails[0]["To"] == "nouvelle@ville.example"
    assert not Refusal.objects.exists()


def test_staff_mark_and_lift_an_address(reader):
    refusal = outbox.mark_refused("Parti@ville.example", reason="Retour de courrier", by=reader, now=NOW)
    assert Refusal.objects.among(["parti@ville.example", "reste@ville.example"]) == {"parti@ville.example"}
    outbox.lift_refusal(refusal, by=reader, now=NOW)
    assert not Refusal.objects.exists()
    assert [act.verb for act in Act.objects.order_by("pk")] == ["adresse marquée « ne reçoit pas »", "adresse de nouveau bonne"]


@pytest.mark.parametrize(("by_staff", "left"), [(False, 0), (True, 1)])
def test_an_address_that_receives_again_is_no_longer_flagged_unless_staff_said_so(smtp, send, by_staff, left):
    Refusal.objects.create(address="camille@ville.example", reason="550", at=NOW, by_staff=by_staff)
    MessageFactory(to="camille@ville.example")
    send()
    assert Refusal.objects.count() == left


@pytest.mark.parametrize("state", [State.FAILED, State.SENT])
def test_a_letter_sent_again_goes_to_the_address_the_person_has_now(reader, state):
    letter = MessageFactory(state=state, to="ancienne@ville.example", reader=f"accounts.user:{reader.pk}")
    assert outbox.resend(letter, by=reader, now=NOW).to == reader.email
    assert Act.objects.get().note == "À l’adresse actuelle de la personne."


@pytest.mark.parametrize("whom", ["", "accounts.user:999999"])
def test_a_letter_to_nobody_known_is_sent_again_where_it_went(reader, whom):
    letter = MessageFactory(state=State.SENT, to="presse@ville.example", reader=whom)
    assert outbox.resend(letter, by=reader, now=NOW).to == "presse@ville.example"
    assert Act.objects.get().note == ""


def test_a_letter_that_says_what_is_no_longer_true_is_not_sent_again(reader, change_kind):
    change_kind("test.plain", overtaken=lambda _: "La candidature a été retirée depuis.")
    with pytest.raises(Refused, match="retirée depuis. Cette lettre est sans objet"):
        outbox.resend(MessageFactory(state=State.SENT), by=reader, now=NOW)
    assert Message.objects.count() == 1
