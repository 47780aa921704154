"""Delivery when things die: what was not handed over is sent again, what was is uncertain, who was overtaken writes nothing."""

import smtplib
from datetime import timedelta

import pytest

from mailing import delivery, stopping
from mailing.models import Message
from mailing.states import State
from records.models import Association
from tests.mailing.factories import MessageFactory

pytestmark = pytest.mark.django_db


def only() -> Message:
    return Message.objects.get()


def die_after_the_body(monkeypatch) -> None:
    """The worker is killed between « remise » and « envoyée »."""

    def die(self, message, refused):
        raise SystemExit

    monkeypatch.setattr(delivery.Round, "sent", die)


def test_a_letter_claimed_by_a_dead_worker_is_claimed_again(smtp, send, clock):
    MessageFactory()
    delivery.claim(now=clock())
    assert send() == 0
    clock.forward(seconds=int(delivery.LEASE.total_seconds()) + 1)
    assert send() == 1
    assert len(smtp.mails) == 1


def test_a_worker_killed_after_the_body_leaves_an_uncertain_letter_never_resent_alone(smtp, send, clock, monkeypatch):
    MessageFactory()
    with monkeypatch.context() as patch:
        die_after_the_body(patch)
        with pytest.raises(SystemExit):
            send()
    assert only().state == State.HANDING_OVER
    assert send() == 0
    clock.forward(minutes=1)
    assert send() == 0
    assert only().state == State.UNCERTAIN
    clock.forward(days=1)
    assert send() == 0
    assert len(smtp.mails) == 1


def test_an_uncertain_reminder_is_sent_again_with_the_same_message_id(smtp, send, clock, monkeypatch):
    MessageFactory(kind="test.reminder")
    with monkeypatch.context() as patch:
        die_after_the_body(patch)
        with pytest.raises(SystemExit):
            send()
    clock.forward(minutes=1)
    assert send() == 1
    assert only().state == State.SENT
    assert smtp.mails[0]["Message-ID"] == smtp.mails[1]["Message-ID"]


def test_an_uncertain_reminder_is_sent_again_three_times_at_most(smtp, send, clock, monkeypatch):
    MessageFactory(kind="test.reminder")
    die_after_the_body(monkeypatch)
    for _ in range(4):
        with pytest.raises(SystemExit):
            send()
        clock.forward(minutes=1)
    assert send() == 0
    assert (only().state, only().resends, len(smtp.mails)) == (State.UNCERTAIN, 3, 4)


def test_silence_after_the_body_is_uncertain_at_once(smtp, send, monkeypatch):
    MessageFactory.create_batch(2)
    answers = iter([smtplib.SMTPServerDisconnected("silence")])
    real = smtplib.SMTP.getreply

    def reply(self):
        if Message.objects.filter(state=State.HANDING_OVER).exists():
            for silence in answers:
                raise silence
        return real(self)

    monkeypatch.setattr(smtplib.SMTP, "getreply", reply)
    assert send() == 1
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == [State.UNCERTAIN, State.SENT]


def test_a_worker_that_was_overtaken_hands_nothing_over(smtp, clock):
    MessageFactory()
    slow = delivery.claim(now=clock())
    clock.forward(minutes=2)
    assert delivery.deliver(clock=clock) == 1
    assert delivery.Round(Association.current(), clock).deliver(slow) == 0
    assert (len(smtp.mails), only().state) == (1, State.SENT)


def test_a_worker_that_was_overtaken_closes_and_puts_off_nothing(clock):
    MessageFactory()
    slow = delivery.claim(now=clock())[0]
    clock.forward(minutes=2)
    delivery.recover(now=clock())
    fast = delivery.claim(now=clock())[0]
    late = delivery.Round(Association.current(), clock)
    late.put_off(slow, "trop tard")
    late.close(slow, State.FAILED)
    late.give_back([slow])
    late.sent(slow, {})
    assert (only().state, only().attempt, only().error) == (State.CLAIMED, fast.attempt, "")


def test_without_the_fence_the_overtaken_worker_doubles_the_letter(smtp, clock, monkeypatch):
    """The twin: the same story without the attempt number, and the letter leaves twice."""
    MessageFactory()
    slow = delivery.claim(now=clock())
    clock.forward(minutes=2)
    delivery.deliver(clock=clock)

    def unfenced(_, message, *__, **changes):
        return bool(Message.objects.filter(pk=message.pk).update(**changes))

    monkeypatch.setattr(delivery.Round, "write", unfenced)
    delivery.Round(Association.current(), clock).deliver(slow)
    assert len(smtp.mails) == 2


def test_a_worker_that_was_only_slow_may_still_say_that_it_left(clock):
    MessageFactory()
    slow = delivery.claim(now=clock())[0]
    late = delivery.Round(Association.current(), clock)
    Message.objects.update(state=State.UNCERTAIN)
    late.sent(slow, {})
    assert only().state == State.SENT


def test_a_stop_between_two_letters_leaves_nothing_uncertain(smtp, send, states):
    MessageFactory.create_batch(3)
    smtp.body = lambda _: stopping.ask() or "250 OK"
    assert send() == 1
    assert sorted(states()) == [State.DUE, State.DUE, State.SENT]


def test_a_slow_batch_is_given_back_before_its_lease_is_over(smtp, send, clock):
    MessageFactory.create_batch(3)
    smtp.body = lambda _: clock.forward(seconds=16) or "250 OK"
    assert send() == 3
    assert set(Message.objects.values_list("failures", flat=True)) == {0}
    assert smtp.connections == 3


def test_the_lease_outlives_the_servers_silence():
    assert timedelta(seconds=2 * 20) < delivery.LEASE
