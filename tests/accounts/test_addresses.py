"""« Mes adresses »: added by proof, main one changed, another removed, and nothing lost."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts import colleagues, emails, services
from accounts.models import Proof
from accounts.roles import Role
from core import clock
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
PAGE, CODE = "/compte/adresses/", "/compte/connexion/code/"


@pytest.fixture
def person():
    return UserFactory(email="ancienne@ville.example")


@pytest.fixture
def mine(client, person):
    return sign_in(client, person)


def ask(client, email="nouvelle@ville.example"):
    return client.post(PAGE, {"email": email, "ask": "f"})


def letter(kind="accounts.add_address"):
    return Message.objects.filter(kind=kind).latest("pk")


def code():
    return re.search(r"\b\d{6}\b", letter().text).group()


def link():
    return re.search(r"https?://[^/]+(/compte/lien/\S+)", letter().text).group(1)


def addresses():
    return list(EmailAddress.objects.order_by("email").values_list("email", "verified", "primary"))


def test_an_address_is_added_by_the_code_sent_to_it_and_the_former_is_told(mine):
    assert ask(mine)["Location"] == CODE
    assert (letter().to, addresses()) == ("nouvelle@ville.example", [("ancienne@ville.example", True, True)])
    assert mine.post(CODE, {"code": code()})["Location"] == PAGE
    assert addresses() == [("ancienne@ville.example", True, True), ("nouvelle@ville.example", True, False)]
    told = letter("accounts.told")
    assert (told.to, "nouvelle@ville.example" in told.text) == ("ancienne@ville.example", True)


def test_the_link_asks_to_be_signed_in_to_the_account_that_asked(mine, person):
    ask(mine)
    elsewhere = Client()
    for method in (elsewhere.get, elsewhere.post):
        assert method(link())["Location"] == f"/compte/connexion/?next={link()}"
    stranger = sign_in(Client(), UserFactory())
    for method in (stranger.get, stranger.post):
        assert (method(link()).status_code, "ancienne" in method(link()).content.decode()) == (403, False)
    assert len(addresses()) == 2
    assert "Confirmer l’adresse" in mine.get(link()).content.decode()
    assert len(addresses()) == 2
    assert mine.post(link())["Location"] == PAGE
    assert EmailAddress.objects.filter(user=person).count() == 2


def test_an_address_of_somebody_else_looks_the_same_and_is_told_otherwise(mine):
    UserFactory(email="prise@ville.example")
    free, taken = ask(mine, "libre@ville.example"), ask(mine, "prise@ville.example")
    assert (free["Location"], taken["Location"]) == (CODE, CODE)
    page = mine.get(CODE).content.decode()
    assert "prise@ville.example" in page
    assert letter("accounts.address_taken").to == "prise@ville.example"
    assert not re.search(r"\b\d{6}\b", letter("accounts.address_taken").text)
    assert mine.post(CODE, {"code": "123456"}).status_code == 422
    assert EmailAddress.objects.filter(email="prise@ville.example").count() == 1


def test_the_main_address_changes_and_the_former_is_told(mine, person):
    other = EmailAddress.objects.create(user=person, email="nouvelle@ville.example", verified=True)
    assert mine.get(f"{PAGE}{other.pk}/principale/").status_code == 405
    assert mine.post(f"{PAGE}{other.pk}/principale/")["Location"] == PAGE
    person.refresh_from_db()
    assert person.email == "nouvelle@ville.example"
    assert addresses() == [("ancienne@ville.example", True, False), ("nouvelle@ville.example", True, True)]
    assert letter("accounts.told").to == "ancienne@ville.example"


def test_an_address_is_removed_but_not_the_main_one(mine, person):
    main, other = EmailAddress.objects.get(), EmailAddress.objects.create(user=person, email="autre@ville.example", verified=True)
    mine.post(f"{PAGE}{main.pk}/retirer/")
    assert len(addresses()) == 2
    mine.post(f"{PAGE}{other.pk}/retirer/")
    assert addresses() == [("ancienne@ville.example", True, True)]
    assert letter("accounts.told").to == "autre@ville.example"


def test_addresses_of_others_are_not_found(mine):
    theirs = UserFactory().emailaddress_set.get()
    assert mine.post(f"{PAGE}{theirs.pk}/retirer/").status_code == 404


def test_refusals_are_in_words(mine, person):
    response = ask(mine, "ancienne@ville.example")
    assert (response.status_code, "déjà la vôtre" in response.content.decode()) == (422, True)
    for number in range(4):
        EmailAddress.objects.create(user=person, email=f"a{number}@ville.example", verified=True)
    assert "5 adresses au plus" in ask(mine).content.decode()
    assert Proof.objects.count() == 0


def test_an_address_taken_meanwhile_is_refused(mine):
    ask(mine)
    sent = code()
    UserFactory(email="nouvelle@ville.example")
    response = mine.post(CODE, {"code": sent})
    assert (response.status_code, "un autre compte" in response.content.decode()) == (422, True)


def test_my_letters_stay_mine_when_the_address_is_replaced_and_are_not_for_who_takes_it_over():
    boss, person = UserFactory(roles=[Role.ADMINISTRATOR]), UserFactory(email="accueil@ville.example")
    now = clock.now()
    emails.post_told(person, "Vos rôles ont changé.", now=now)
    services.ask_proof("accueil@ville.example", now=now)
    colleagues.replace_address(person, "camille@ville.example", by=boss, now=now, reason="Boîte supprimée.")
    successor = UserFactory(email="accueil@ville.example")
    assert [letter.kind for letter in Message.objects.readable_by(successor, now=now)] == ["accounts.sign_in"]
    kinds = [letter.kind for letter in Message.objects.readable_by(person, now=now)]
    assert sorted(kinds) == ["accounts.address_changed", "accounts.address_changed", "accounts.told"]


def test_the_log_says_which_address_came_became_the_main_one_and_went():
    person = UserFactory(email="ancienne@ville.example")
    former = EmailAddress.objects.get(user=person)
    other = EmailAddress.objects.create(user=person, email="autre@ville.example", verified=True)
    services.make_primary(person, other, now=clock.now())
    services.remove_address(person, former, now=clock.now())
    said = list(Act.objects.order_by("pk").values_list("verb", "changes"))
    assert said == [
        ("adresse principale changée", {"adresse": ["ancienne@ville.example", "autre@ville.example"]}),
        ("adresse retirée", {"adresse": ["ancienne@ville.example", ""]}),
    ]
