"""Simultaneous uses: one succeeds."""

from functools import partial
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress

from accounts import colleagues, services
from accounts.models import Grant, Proof, User
from accounts.roles import Role
from core import clock
from core.refusals import Refused
from mailing.models import Message
from tests.accounts.factories import UserFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_without_the_conditional_update_every_browser_would_enter(monkeypatch):
    together = Barrier(4, timeout=PATIENCE)

    def look_then_write(proof, *, now, browser=""):
        seen = Proof.objects.get(pk=proof.pk)
        together.wait()
        if seen.used_at:
            raise Refused("déjà")
        Proof.objects.filter(pk=proof.pk).update(used_at=now)

    monkeypatch.setattr(services, "use", look_then_write)
    proof = services.make_proof("agente@ville.example", now=clock.now()).proof
    outcomes = race(*(partial(services.sign_in, proof, now=clock.now()) for _ in range(4)))
    assert [type(outcome) for outcome in outcomes] == [User] * 4


def test_without_the_lock_two_administrators_would_both_go(monkeypatch):
    together = Barrier(2, timeout=PATIENCE)

    def look(user):
        others = Grant.objects.filter(role=Role.ADMINISTRATOR).exclude(user=user).exists()
        together.wait()
        if not others:
            raise Refused("dernière")

    monkeypatch.setattr(colleagues, "_keep_an_administrator", look)
    one, other = (UserFactory(roles=[Role.ADMINISTRATOR]) for _ in range(2))
    race(
        partial(colleagues.change_roles, one, [], by=other, now=clock.now()),
        partial(colleagues.change_roles, other, [], by=one, now=clock.now()),
    )
    assert Grant.objects.filter(role=Role.ADMINISTRATOR).count() == 0


@pytest.mark.parametrize("attempt", range(4))
def test_a_proof_used_by_four_browsers_at_once_opens_one_session(attempt):
    proof = services.make_proof("agente@ville.example", now=clock.now()).proof
    outcomes = race(*(partial(services.sign_in, proof, now=clock.now(), browser=f"b{number}") for number in range(4)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "Refused", "Refused", "User"]
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 1)


def test_two_proofs_of_one_new_address_make_one_person():
    proofs = [services.make_proof("agente@ville.example", now=clock.now()).proof for _ in range(4)]
    people = race(*(partial(services.sign_in, proof, now=clock.now()) for proof in proofs))
    assert {person.email for person in people} == {"agente@ville.example"}
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 1)


def test_wrong_codes_sent_at_once_are_five_tries_and_no_more():
    fresh = services.make_proof("agente@ville.example", now=clock.now())
    wrong = "000000" if fresh.code != "000000" else "111111"
    race(*(partial(services.check_code, fresh.proof, wrong, now=clock.now()) for _ in range(8)))
    fresh.proof.refresh_from_db()
    assert (fresh.proof.attempts, fresh.proof.revoked_at is None) == (5, False)


def test_the_same_form_sent_at_once_is_one_letter():
    race(*(partial(services.ask_proof, "agente@ville.example", now=clock.now(), ask="un") for _ in range(4)))
    assert Message.objects.count() == 1


def test_two_administrators_cannot_remove_each_other():
    one, other = (UserFactory(roles=[Role.ADMINISTRATOR]) for _ in range(2))
    outcomes = race(
        partial(colleagues.change_roles, one, [], by=other, now=clock.now()),
        partial(colleagues.change_roles, other, [], by=one, now=clock.now()),
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    assert Grant.objects.filter(role=Role.ADMINISTRATOR).count() == 1
