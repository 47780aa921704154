"""Delivery through a real SMTP server: nothing lost, nothing doubled, the server's no understood."""

from datetime import timedelta

import pytest

from mailing import delivery, transport
from mailing.letters import Attachment
from mailing.models import Message, Refusal, Relay
from mailing.states import State
from records.models import Association
from tests.mailing.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db


def only() -> Message:
    return Message.objects.get()


def test_a_letter_arrives_with_its_two_parts_and_its_headers(smtp, send):
    letter = MessageFactory(to="camille@ville.example", text="Bonjour Camille d’Ornano, à L'Haÿ.\n\nLire :\nhttps://testserver/x/")
    assert send() == 1
    mail = smtp.mails[0]
    assert smtp.envelopes == [("portail@la27eregion.example", ["camille@ville.example"])]
    assert (mail["Subject"], mail["To"], mail["Message-ID"]) == (letter.subject, letter.to, letter.message_id)
    assert mail["From"] == "La 27e Région <portail@la27eregion.example>"
    assert mail["Reply-To"] == "aventuriers@la27eregion.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Mon, 06 Sep 2027 10:00:00 +0200"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Bonjour Camille d’Ornano, à L'Haÿ." in text
    assert text.rstrip().endswith("Nous écrire : https://testserver/contact/")
    assert "La 27e Région" in text
    assert "d’Ornano" in html
    assert 'href="https://testserver/x/"' in html
    assert "https://testserver/contact/" in html
    assert only().state == State.SENT
    assert only().sent_at == NOW


def test_the_message_id_tells_neither_the_key_nor_the_person(smtp, send):
    letter = MessageFactory(key="application:41:received", to="camille@ville.example")
    assert letter.message_id.endswith("@testserver>")
    assert all(word not in letter.message_id for word in ("41", "application", "camille"))


def test_without_reply_to_answers_go_to_the_association(smtp, send):
    Association.objects.create(pk=1, contact_email="bonjour@la27eregion.example")
    MessageFactory(reply_to="")
    send()
    assert smtp.mails[0]["Reply-To"] == "bonjour@la27eregion.example"


def test_files_are_joined_and_their_trace_is_kept(smtp, send, change_kind):
    change_kind("test.plain", attach=lambda _: [Attachment("récépissé.pdf", b"%PDF-1.7 \n.\n", "application/pdf")])
    MessageFactory()
    send()
    joined = next(smtp.mails[0].iter_attachments())
    assert (joined.get_filename(), joined.get_content_type(), joined.get_content()) == (
        "récépissé.pdf",
        "application/pdf",
        b"%PDF-1.7 \n.\n",
    )
    assert only().files == [{"name": "récépissé.pdf", "sha256": "e1244fc89e9b1058d31995e42a1acfa6221838f40350d3ae72b90a07bd1246c7"}]


def test_a_batch_takes_one_connection(smtp, send):
    MessageFactory.create_batch(7)
    assert send() == 7
    assert smtp.connections == 1


def test_lines_of_dots_and_very_long_words_cross_the_wire_unhurt(smtp, send):
    text = ".\n..\n.caché\n" + "x" * 1500
    MessageFactory(text=text)
    send()
    assert text in smtp.mails[0].get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_copies_get_the_letter_too(smtp, send):
    MessageFactory(to="a@ville.example", cc="b@ville.example, c@ville.example")
    send()
    assert smtp.envelopes[0][1] == ["a@ville.example", "b@ville.example", "c@ville.example"]


def test_a_refused_copy_does_not_stop_the_letter_and_is_flagged(smtp, send):
    smtp.recipient = lambda address: "550 inconnu" if address.startswith("b@") else "250 OK"
    MessageFactory(to="a@ville.example", cc="b@ville.example")
    assert send() == 1
    assert [refusal.address for refusal in Refusal.objects.all()] == ["b@ville.example"]
    assert "550 inconnu" in only().error


def test_a_5xx_for_the_recipient_is_a_failure_shown_and_the_address_is_flagged(smtp, send):
    smtp.recipient = lambda address: "550 5.1.1 inconnu" if address.startswith("parti") else "250 OK"
    MessageFactory(to="parti@ville.example")
    MessageFactory(to="reste@ville.example")
    assert send() == 1
    failed = Message.objects.get(to="parti@ville.example")
    assert (failed.state, failed.error) == (State.FAILED, "550 5.1.1 inconnu")
    assert [refusal.address for refusal in Refusal.objects.all()] == ["parti@ville.example"]


def test_a_5xx_after_the_body_is_a_failure_but_says_nothing_of_the_address(smtp, send):
    smtp.body = lambda _: "554 contenu refusé"
    MessageFactory()
    assert send() == 0
    assert (only().state, only().error) == (State.FAILED, "554 contenu refusé")
    assert not Refusal.objects.exists()


@pytest.mark.parametrize("step", ["recipient", "body"])
def test_a_4xx_is_tried_later_less_and_less_often(smtp, send, clock, step):
    setattr(smtp, step, lambda _: "451 plus tard")
    MessageFactory()
    waits = []
    for _ in range(6):
        send()
        assert (only().state, only().error) == (State.DUE, "451 plus tard")
        waits.append(only().next_at - clock())
        assert send() == 0
        clock.moment = only().next_at
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 60)]
    setattr(smtp, step, lambda _: "250 OK")
    assert send() == 1
    assert len(smtp.mails) == 1


def test_after_four_days_of_4xx_the_letter_is_shown_as_refused(smtp, send, clock):
    smtp.recipient = lambda _: "452 boîte pleine"
    MessageFactory()
    clock.forward(days=5)
    send()
    assert (only().state, only().error) == (State.FAILED, "452 boîte pleine")


def test_a_server_that_is_down_costs_one_knock_a_pause_and_no_letter(settings, send, clock, states):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    MessageFactory.create_batch(3)
    pauses = []
    for _ in range(7):
        assert send() == 0
        attempts = sum(Message.objects.values_list("attempt", flat=True))
        send()
        assert sum(Message.objects.values_list("attempt", flat=True)) == attempts
        pauses.append((Relay.current().closed_until - clock()).seconds)
        clock.moment = Relay.current().closed_until
    assert pauses == [15, 30, 60, 120, 240, 300, 300]
    assert states() == [State.DUE] * 3
    assert set(Message.objects.values_list("failures", flat=True)) == {0}


def test_everything_leaves_when_the_server_is_back(smtp, send, clock, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    MessageFactory.create_batch(3)
    send()
    settings.EMAIL_PORT = port
    clock.forward(minutes=1)
    assert send() == 3
    assert (Relay.current().failures, Relay.current().error) == (0, "")


def test_a_server_that_does_not_want_us_refuses_no_letter(smtp, send, states):
    smtp.sender = lambda _: "550 expéditeur refusé"
    MessageFactory.create_batch(2)
    assert send() == 0
    assert states() == [State.DUE] * 2
    assert Relay.current().error == "550 expéditeur refusé"


def test_a_letter_on_which_the_server_hangs_up_goes_behind_the_others(smtp, send, clock):
    smtp.recipient = lambda address: "421 au revoir" if address.startswith("poison") else "250 OK"
    MessageFactory(to="poison@ville.example")
    MessageFactory.create_batch(2)
    send()
    clock.forward(seconds=20)
    assert send() == 2


def test_a_letter_that_cannot_be_made_is_put_off_and_never_blocks_the_others(smtp, send, change_kind):
    change_kind("test.reminder", attach=lambda _: 1 / 0)
    broken = MessageFactory(kind="test.reminder")
    MessageFactory.create_batch(2)
    assert send() == 2
    broken.refresh_from_db()
    assert (broken.state, broken.failures) == (State.DUE, 1)
    assert "ZeroDivisionError" in broken.error


def test_a_domain_with_accents_is_reached(smtp, send):
    MessageFactory(to="camille@préfecture.example")
    assert send() == 1
    assert smtp.envelopes[0][1] == ["camille@xn--prfecture-c4a.example"]


def test_a_fault_of_ours_in_the_dialogue_is_put_off_and_never_blocks_the_others(smtp, send, monkeypatch):
    first = MessageFactory(to="piege@ville.example")
    MessageFactory()
    recipients = transport.SMTPTransport._recipients
    monkeypatch.setattr(
        transport.SMTPTransport, "_recipients", lambda self, mail: 1 / 0 if "piege" in mail.to[0] else recipients(self, mail)
    )
    assert send() == 1
    first.refresh_from_db()
    assert (first.state, "ZeroDivisionError" in first.error) == (State.DUE, True)


def test_a_fault_of_ours_after_the_body_is_uncertain_never_sent_again(smtp, send, clock, monkeypatch):
    letter = MessageFactory()
    with monkeypatch.context() as patch:
        patch.setattr(delivery.Round, "sent", lambda *_: 1 / 0)
        assert send() == 0
    clock.forward(minutes=2)
    assert send() == 0
    letter.refresh_from_db()
    assert (letter.state, len(smtp.mails)) == (State.UNCERTAIN, 1)


def test_a_letter_of_a_kind_nobody_knows_any_more_waits_and_says_so(smtp, send):
    MessageFactory(kind="gone.kind")
    assert send() == 0
    assert (only().state, "gone.kind" in only().error) == (State.DUE, True)


def test_what_is_not_due_any_more_is_closed_without_leaving(smtp, send, change_kind):
    change_kind("test.plain", still_due=lambda _: False)
    MessageFactory()
    assert send() == 0
    assert (only().state, smtp.mails) == (State.VOID, [])


def test_what_is_due_later_waits(smtp, send, clock):
    MessageFactory(due_at=NOW + timedelta(hours=1))
    assert send() == 0
    clock.forward(hours=1)
    assert send() == 1


def test_codes_go_before_the_crowd(smtp, send):
    MessageFactory.create_batch(3)
    MessageFactory(kind="test.code", rank=0, to="code@ville.example")
    send()
    assert smtp.mails[0]["To"] == "code@ville.example"


def test_a_code_keeps_no_word_once_sent(smtp, send):
    MessageFactory(kind="test.code", rank=0, subject="Votre code : 123456", text="Tapez 123456.")
    send()
    assert "123456" in smtp.mails[0]["Subject"]
    assert (only().state, only().subject, only().text) == (State.SENT, "", "")
    assert only().shown_subject == "Code de connexion"


def test_a_code_that_could_not_leave_in_time_is_closed_and_blank(smtp, send, clock):
    MessageFactory(kind="test.code", text="Tapez 123456.")
    clock.forward(minutes=15)
    assert send() == 0
    assert (only().state, only().text) == (State.VOID, "")


def test_other_backends_are_served_too(mailoutbox, send):
    MessageFactory()
    assert send() == 1
    assert [mail.subject for mail in mailoutbox] == ["Votre candidature est déposée"]
    assert isinstance(transport.connect(), transport.BackendTransport)
