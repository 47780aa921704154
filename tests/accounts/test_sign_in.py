"""Signing in: one door, a code or a link, used once."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts import emails, services
from accounts.models import Proof, User
from core import clock
from core.registry import SIGN_IN_NOTES, SignInNote
from mailing.models import Message
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
LOGIN, CODE = "/compte/connexion/", "/compte/connexion/code/"


def ask(client, email="agente@ville.example", **fields):
    return client.post(LOGIN, {"email": email, "ask": "formulaire", **fields})


def last_letter():
    return Message.objects.order_by("-pk").first()


def code_in(letter):
    return re.search(r"\b(\d{6})\b", letter.text).group(1)


def link_in(letter):
    return re.search(r"https?://[^/]+(/compte/lien/\S+)", letter.text).group(1)


def is_signed_in(client):
    return client.get("/compte/adresses/").status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_known_and_unknown_addresses_are_answered_alike_and_nothing_is_made(client, known):
    if known:
        UserFactory(email="agente@ville.example")
    before = User.objects.count()
    response = ask(client)
    assert (response.status_code, response["Location"]) == (302, CODE)
    page = client.get(CODE).content.decode()
    assert "Nous vous avons écrit" in page
    assert "agente@ville.example" in page
    assert (User.objects.count(), Message.objects.count(), last_letter().to) == (before, 1, "agente@ville.example")


def test_the_code_signs_a_newcomer_in_and_makes_the_account_then(client):
    ask(client, email=" Agente@Ville.example ")
    code = code_in(last_letter())
    response = client.post(CODE, {"code": f"{code[:3]} {code[3:]}"})
    assert (response.status_code, response["Location"]) == (302, "/espace/")
    person = User.objects.get()
    assert (person.email, person.has_usable_password()) == ("agente@ville.example", False)
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("agente@ville.example", True, True)]
    assert is_signed_in(client)
    assert person.last_login is not None


def test_the_link_shows_a_button_and_a_scanner_changes_nothing(client):
    ask(client)
    link, scanner = link_in(last_letter()), Client()
    for method in (scanner.get, scanner.head, scanner.get):
        assert method(link).status_code == 200
    assert (User.objects.count(), Proof.objects.get().used_at) == (0, None)
    assert "Me connecter" in scanner.get(link).content.decode()
    assert not is_signed_in(scanner)


def test_the_link_signs_in_any_browser_and_goes_where_the_person_was_going(client):
    ask(client, next="/compte/adresses/?a=1")
    other = Client()
    response = other.post(link_in(last_letter()))
    assert (response.status_code, response["Location"]) == (302, "/compte/adresses/?a=1")
    assert is_signed_in(other)
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "next_", ["https://ailleurs.example/", "//ailleurs.example/", "/\\ailleurs.example", "javascript:alert(1)", "x" * 600]
)
def test_the_way_on_never_leaves_the_portal(client, next_):
    ask(client, next=next_)
    assert Proof.objects.get().next == ""
    assert client.post(CODE, {"code": code_in(last_letter())})["Location"] == "/espace/"


def test_a_code_is_worth_nothing_in_another_browser(client):
    ask(client)
    other = Client()
    response = other.post(CODE, {"code": code_in(last_letter())})
    assert (response.status_code, response["Location"]) == (302, f"{LOGIN}?ailleurs")
    assert "navigateur qui l’a demandé" in other.get(f"{LOGIN}?ailleurs").content.decode()
    assert Proof.objects.get().used_at is None


def test_five_wrong_codes_revoke_code_and_link(client):
    ask(client)
    letter = last_letter()
    wrong = "000000" if code_in(letter) != "000000" else "111111"
    answers = [client.post(CODE, {"code": wrong}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 5
    assert "Il vous reste 4 essais" in answers[0].content.decode()
    assert "Il vous reste 1 essai." in answers[3].content.decode()
    assert "dernier essai" in answers[4].content.decode()
    assert answers[0].content.decode().count("<title>Erreur\u00a0: ") == 1
    assert client.post(CODE, {"code": code_in(letter)}).status_code == 422
    response = Client().post(link_in(letter))
    assert (response.status_code, User.objects.count()) == (410, 0)
    assert "Ce lien a été annulé" in response.content.decode()


def test_a_link_used_twice_says_so(client):
    ask(client)
    link = link_in(last_letter())
    assert Client().post(link).status_code == 302
    for answer in (Client().post(link), Client().get(link)):
        assert answer.status_code == 410
        assert "Ce lien a déjà servi" in answer.content.decode()


def test_an_expired_link_says_so_and_sends_a_new_one_without_showing_the_address(client):
    with time_machine.travel("2027-09-06T10:00:00+02:00", tick=False):
        ask(client, next="/compte/adresses/")
        link = link_in(last_letter())
    with time_machine.travel("2027-09-06T10:15:00+02:00", tick=False):
        stranger = Client()
        page = stranger.get(link)
        assert page.status_code == 410
        assert "Ce lien a expiré" in page.content.decode()
        assert "agente" not in page.content.decode()
        response = stranger.post(f"{link}renvoyer/")
        assert response["Location"] == CODE
        assert "agente" not in stranger.get(CODE).content.decode()
        assert (last_letter().to, Message.objects.count()) == ("agente@ville.example", 2)
        assert stranger.post(CODE, {"code": code_in(last_letter())})["Location"] == "/compte/adresses/"


def test_an_unknown_link_says_so(client):
    page = client.get("/compte/lien/nimporte-quoi/")
    assert page.status_code == 404
    assert "Ce lien est inconnu" in page.content.decode()
    assert client.post("/compte/lien/nimporte-quoi/").status_code == 404
    assert client.post("/compte/lien/nimporte-quoi/renvoyer/").status_code == 404


def test_resending_makes_the_former_code_and_link_worthless(client):
    ask(client)
    former = last_letter()
    assert client.post("/compte/connexion/renvoyer/")["Location"] == CODE
    assert Message.objects.count() == 2
    assert "Ce lien a été annulé" in Client().get(link_in(former)).content.decode()
    assert client.post(CODE, {"code": code_in(last_letter())})["Location"] == "/espace/"


def test_the_same_form_sent_twice_is_one_letter(client):
    ask(client)
    ask(client)
    Client().post(LOGIN, {"email": "agente@ville.example", "ask": "formulaire"})
    assert (Proof.objects.count(), Message.objects.count()) == (1, 1)


def test_the_same_form_sent_after_its_link_died_is_a_new_letter(client):
    ask(client)
    Proof.objects.update(used_at=clock.now())
    ask(client)
    assert Message.objects.count() == 2


def test_a_double_click_of_one_browser_is_one_use(client):
    ask(client)
    client.get(CODE)
    link, browser = link_in(last_letter()), Client()
    browser.get(link)
    cookie = browser.cookies["__Host-csrf"].value
    first, second = Client(), Client()
    for one in (first, second):
        one.cookies["__Host-csrf"] = cookie
    assert [one.post(link).status_code for one in (first, second)] == [302, 302]
    assert User.objects.count() == 1


def test_too_many_asks_for_one_address_say_when_to_try_again(client):
    with time_machine.travel("2027-09-06T10:00:00+02:00", tick=False):
        for number in range(5):
            assert ask(Client(), ask=f"f{number}").status_code == 302
        response = ask(client, ask="f6")
        assert (response.status_code, response["Retry-After"]) == (429, "900")
        assert "10\u00a0h\u00a015" in response.content.decode()
        assert ask(client, email="autre@ville.example").status_code == 302
    with time_machine.travel("2027-09-06T10:15:01+02:00", tick=False):
        assert ask(client, ask="f7").status_code == 302


def test_too_many_asks_from_one_network_are_refused(client):
    now = clock.now()
    for number in range(100):
        services.make_proof(f"a{number}@ville.example", now=now, asked_from="127.0.0.1")
    assert ask(client).status_code == 429
    assert ask(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


@pytest.mark.parametrize("email", ["", "pas-une-adresse", "a\x00@ville.example", "a" * 300 + "@ville.example"])
def test_a_wrong_address_is_refused_in_words(client, email):
    response = ask(client, email=email)
    assert response.status_code == 422
    assert "<title>Erreur" in response.content.decode()
    assert Proof.objects.count() == 0


def test_any_verified_address_of_a_person_signs_them_in(client):
    person = UserFactory()
    EmailAddress.objects.create(user=person, email="seconde@ville.example", verified=True)
    ask(client, email="seconde@ville.example")
    client.post(CODE, {"code": code_in(last_letter())})
    assert (client.session["_auth_user_id"], User.objects.count()) == (str(person.pk), 1)


def test_a_closed_account_is_told_after_the_proof_and_not_before(client):
    UserFactory(email="agente@ville.example", is_active=False)
    assert ask(client)["Location"] == CODE
    response = client.post(CODE, {"code": code_in(last_letter())})
    assert response["Location"] == "/compte/ferme/"
    assert "Ce compte est fermé" in client.get("/compte/ferme/").content.decode()
    assert not is_signed_in(client)


def test_a_link_replaces_the_session_of_another_person(client):
    client.force_login(UserFactory())
    services.ask_proof("agente@ville.example", now=clock.now())
    link = link_in(last_letter())
    assert "elle sera remplacée" in client.get(link).content.decode()
    client.post(link)
    assert User.objects.get(pk=client.session["_auth_user_id"]).email == "agente@ville.example"


def test_the_letter_is_secret_late_ones_do_not_leave_and_people_read_the_answer(client):
    ask(client)
    letter = last_letter()
    assert (letter.letter.secret, letter.letter.name, letter.reply_to) == (True, "accounts.sign_in", "contact@la27eregion.example")
    assert emails.link_still_due(letter)
    Proof.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert not emails.link_still_due(letter)


def test_the_letter_leaves_and_is_blank_afterwards(client, mailoutbox):
    ask(client)
    deliver()
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["agente@ville.example"], "Votre code et votre lien de connexion")
    letter = last_letter()
    assert (letter.state, letter.subject, letter.text) == ("SENT", "", "")
    assert client.post(CODE, {"code": re.search(r"^\d{6}$", mail.body, re.M).group()})["Location"] == "/espace/"


def test_only_hashes_are_kept(client):
    ask(client)
    letter, proof = last_letter(), Proof.objects.get()
    kept = " ".join(str(value) for value in Proof.objects.values().get().values())
    assert code_in(letter) not in kept.split()
    assert link_in(letter).split("/")[3] not in kept
    assert proof.asker_hash != "127.0.0.1"


def test_the_page_says_what_one_comes_for(client):
    def note(path):
        return SignInNote("Vous candidatez", "Un collègue peut saisir pour vous.") if path == "/la/" else None

    SIGN_IN_NOTES.add(note)
    page = client.get(LOGIN, {"next": "/la/"}).content.decode()
    assert "Vous candidatez" in page
    assert "Un collègue peut saisir pour vous." in page
    assert "Vous candidatez" not in client.get(LOGIN).content.decode()


def test_who_is_signed_in_goes_on(client):
    client.force_login(UserFactory())
    assert client.get(LOGIN, {"next": "/compte/adresses/"})["Location"] == "/compte/adresses/"
    assert client.get(LOGIN)["Location"] == "/espace/"


def test_signing_out_asks_then_ends_the_session(client):
    client.force_login(UserFactory())
    assert client.get("/compte/deconnexion/").status_code == 200
    assert is_signed_in(client)
    client.post("/compte/deconnexion/")
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["password/reset/", "password/change/", "password/set/", "signup/", "login/", "email/", "confirm-email/"])
def test_pages_of_passwords_and_sign_up_do_not_exist(client, path):
    client.force_login(UserFactory())
    assert client.get(f"/compte/{path}").status_code == 404


def test_names_allauth_reverses_lead_to_the_one_door(client):
    for name in ("account_signup", "account_request_login_code", "account_email_verification_sent"):
        assert client.get(reverse(name))["Location"] == LOGIN
