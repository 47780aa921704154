"""One click to receive no more (RFC 8058): on what we start and is not about one's own file, and on nothing else."""

from datetime import datetime

import pytest

from accounts import colleagues
from accounts.models import Invitation
from accounts.roles import Role
from core.clock import PARIS
from mailing.delivery import deliver
from mailing.letters import KINDS
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 9, 6, 10, tzinfo=PARIS)


@pytest.fixture
def letter():
    administrator = UserFactory(roles=[Role.ADMINISTRATOR])
    colleagues.invite("collegue@ville.example", ["REVIEWER"], by=administrator, now=NOW)
    return Message.objects.get(kind="accounts.invitation")


def path_of(letter):
    return letter.unsubscribe.removeprefix("http://testserver").removeprefix("https://testserver")


def test_only_invitations_and_openings_can_be_stopped_by_one_click():
    assert sorted(name for name, kind in KINDS.items() if kind.unsubscribe) == ["accounts.invitation", "programmes.opening"]


def test_no_letter_about_ones_own_file_can_be_stopped():
    assert [name for name, kind in KINDS.items() if kind.unsubscribe and name.startswith("applications.")] == []


def test_the_mail_carries_both_headers(letter, mailoutbox):
    deliver(clock=lambda: NOW)
    headers = mailoutbox[0].message()
    assert (headers["List-Unsubscribe"], headers["List-Unsubscribe-Post"]) == (f"<{letter.unsubscribe}>", "List-Unsubscribe=One-Click")


def test_the_address_is_secret_and_names_nobody(letter):
    assert ("collegue" in letter.unsubscribe, len(letter.unsubscribe.split("/")[-3])) == (False, 64)


def test_the_mailbox_stops_it_without_page_login_nor_token(letter, client):
    client.handler.enforce_csrf_checks = True
    answer = client.post(path_of(letter), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, Invitation.objects.live(now=NOW).count()) == (200, 0)
    assert Act.objects.filter(verb="invitation déclinée").count() == 1


def test_reading_the_page_stops_nothing(letter, client):
    answer = client.get(path_of(letter))
    assert (answer.status_code, Invitation.objects.live(now=NOW).count()) == (200, 1)
    assert 'type="submit">Ne plus recevoir</button>' in answer.content.decode()


def test_twice_is_once(letter, client):
    assert [client.post(path_of(letter)).status_code for _ in range(2)] == [200, 200]
    assert Act.objects.filter(verb="invitation déclinée").count() == 1


def test_an_unknown_link_is_answered_the_same(letter, client):
    known = client.post(path_of(letter)).content
    assert client.post("/lettres/inconnu/ne-plus-recevoir/").content == known
