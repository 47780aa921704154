"""The second factor: obligatory with a role, no way round, asked again, and the POST kept."""

import html
import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import demo, factors, services
from accounts.adapters import MFAAdapter
from accounts.models import Grant, User
from accounts.roles import OPENS_ADMIN, Role
from core import clock
from core.registry import FACTOR_GATES
from mailing.models import Message
from records.models import Association
from tests.accounts.factories import SECRET, UserFactory, enrol, show_factor, sign_in

pytestmark = pytest.mark.django_db


def admin_addresses():
    """Every address of the admin, with numbers and words put where it takes an argument."""
    found = []

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
            elif isinstance(pattern, URLPattern):
                plain = re.sub(r"<(int|path):[^>]+>", "1", re.sub(r"<(str|slug|uuid):[^>]+>", "roles", path))
                found.append("/" + re.sub(r"\(\?P<[^>]+>[^)]*\)", "accounts", plain).replace("^", "").replace("$", "").replace("\\", ""))

    walk([resolver for resolver in get_resolver().url_patterns if getattr(resolver, "app_name", "") == "admin"], "")
    return found


def enter(client, person, *, next_="/espace/"):
    """Sign in by a link, as a person does; return the answer."""
    fresh = services.make_proof(person.email, now=clock.now(), next=next_)
    return client.post(reverse("accounts_link", args=[fresh.secret]))


def code_now():
    return demo.code_of(SECRET)


def test_there_are_many_admin_addresses():
    assert len(admin_addresses()) > 30
    assert "/admin/accounts/user/1/acte/roles/" in admin_addresses()


@pytest.mark.parametrize("role", sorted(OPENS_ADMIN))
def test_no_admin_address_opens_without_a_factor(client, role):
    sign_in(client, UserFactory(roles=[role]), factor=False)
    for address in admin_addresses():
        for method in (client.get, client.post):
            response = method(address)
            assert (response.status_code, response["Location"].split("?")[0]) == (302, "/compte/2fa/"), address


def test_no_admin_address_opens_to_who_has_a_factor_and_has_not_shown_it(client):
    person = UserFactory(roles=[Role.ADMINISTRATOR])
    sign_in(client, person, factor=False)
    enrol(person)
    for address in admin_addresses():
        assert client.get(address)["Location"].split("?")[0] == "/compte/2fa/confirmer/", address


def test_nobody_and_people_without_role_enter_no_admin_address(client):
    for address in admin_addresses():
        assert Client().get(address).status_code in (302, 403, 404), address
    sign_in(client, UserFactory())
    for address in admin_addresses():
        response = client.get(address)
        assert response.status_code in (302, 403, 404), address
        if response.status_code == 302:
            assert response["Location"].split("?")[0] in ("/admin/login/", "/admin/"), address
    assert client.get("/admin/login/").status_code == 403


def test_the_admin_has_no_door_of_its_own(client):
    assert Client().get("/admin/login/?next=/admin/")["Location"] == "/compte/connexion/?next=%2Fadmin%2F"
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    assert client.get("/admin/password_change/").status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_roles_sleep_on_every_page_until_the_factor_is_shown(client, role):
    person = UserFactory(roles=[role])
    sign_in(client, person, factor=False)
    assert client.get("/compte/2fa/").context["user"].get_all_permissions() == frozenset()
    show_factor(client, person)
    assert client.get("/compte/2fa/").context["user"].get_all_permissions() == person.get_all_permissions()


def test_a_factor_that_was_removed_no_longer_counts(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    assert client.get("/admin/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/admin/")["Location"].startswith("/compte/2fa/?")
    enrol(person)
    assert client.get("/admin/")["Location"].startswith("/compte/2fa/confirmer/")


def test_recovery_codes_alone_are_not_a_factor(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    Authenticator.objects.update(type=Authenticator.Type.RECOVERY_CODES)
    assert client.get("/admin/")["Location"].startswith("/compte/2fa/?")


def test_who_becomes_staff_while_signed_in_enrols_then_arrives(client, django_capture_on_commit_callbacks):
    person = UserFactory()
    sign_in(client, person)
    Grant.objects.create(user=person, role=Role.STAFF)
    response = client.get("/admin/programmes/edition/?q=a")
    assert response["Location"] == "/compte/2fa/?next=%2Fadmin%2Fprogrammes%2Fedition%2F%3Fq%3Da"
    assert "Choisissez un second facteur" in client.get(response["Location"]).content.decode()
    client.get("/compte/2fa/application/")
    code = demo.code_of(client.session["mfa.totp.secret"])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/compte/2fa/application/", {"code": code})["Location"] == "/compte/2fa/secours/"
    page = client.get("/compte/2fa/secours/").content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", page)) == 10
    assert client.get("/compte/2fa/continuer/")["Location"] == "/admin/programmes/edition/?q=a"
    assert client.get("/admin/programmes/edition/?q=a").status_code == 200
    assert "Une application d’authentification a été ajoutée" in Message.objects.latest("pk").text


@pytest.mark.parametrize("role", list(Role))
def test_who_holds_a_role_enrols_on_entry(client, role):
    response = enter(client, UserFactory(roles=[role]), next_="/programmes/")
    assert response["Location"] == "/compte/2fa/?next=%2Fprogrammes%2F"


def test_the_code_by_mail_is_not_enough_for_who_has_a_factor(client):
    person = UserFactory()
    enrol(person)
    assert enter(client, person)["Location"] == "/compte/2fa/code/"
    assert client.get("/compte/adresses/").status_code == 302
    assert client.get("/compte/connexion/")["Location"] == "/compte/2fa/code/"
    page = client.get("/compte/2fa/code/")
    assert page.status_code == 200
    wrong = client.post("/compte/2fa/code/", {"code": "000000"})
    assert (wrong.status_code, "Ce code n’est pas le bon." in wrong.content.decode()) == (422, True)
    assert client.post("/compte/2fa/code/", {"code": code_now()})["Location"] == "/espace/"
    assert client.get("/compte/adresses/").status_code == 200


def test_a_sign_in_with_the_factor_counts_for_fifteen_minutes(client):
    person = UserFactory(roles=[Role.ADMINISTRATOR])
    enrol(person)
    enter(client, person)
    client.post("/compte/2fa/code/", {"code": code_now()})
    address = reverse("admin:accounts_user_invite")
    assert client.get(address).status_code == 200
    with time_machine.travel(time.time() + 14 * 60 + 50):
        assert client.get(address).status_code == 200
    with time_machine.travel(time.time() + 15 * 60):
        assert client.get(address)["Location"].startswith("/compte/2fa/confirmer/?next=")


@pytest.mark.parametrize(("seconds", "expected"), [(-31, 422), (-1, 302), (0, 302), (29, 302), (59, 302), (60, 422)])
def test_a_code_is_good_for_one_step_around_its_own(client, seconds, expected):
    person, period = UserFactory(), 1_900_000_020
    enrol(person)
    with time_machine.travel(period, tick=False):
        code = code_now()
    with time_machine.travel(period + seconds, tick=False):
        enter(client, person)
        assert client.post("/compte/2fa/code/", {"code": code}).status_code == expected


@pytest.mark.parametrize("seconds", [0, 31, 59])
def test_a_code_serves_once_for_as_long_as_it_is_good(client, seconds):
    person, period = UserFactory(), 1_900_000_020
    enrol(person)
    with time_machine.travel(period, tick=False):
        code = code_now()
    for moment, typed, expected in ((period - 30, code, 302), (period + seconds, f"{code[:3]} {code[3:]}", 422)):
        with time_machine.travel(moment, tick=False):
            other = Client()
            enter(other, person)
            assert other.post("/compte/2fa/code/", {"code": typed}).status_code == expected


def test_a_recovery_code_stands_in_for_the_factor_once(client):
    person = UserFactory()
    sign_in(client, person)
    client.get("/compte/2fa/application/")
    client.post("/compte/2fa/application/", {"code": demo.code_of(client.session["mfa.totp.secret"])})
    spare = re.search(r"<code>(\d{8})</code>", client.get("/compte/2fa/secours/").content.decode()).group(1)
    for expected in (302, 422):
        other = Client()
        enter(other, person)
        assert other.post("/compte/2fa/code/", {"code": spare}).status_code == expected


def test_too_many_wrong_factors_are_refused_in_words(client):
    person = UserFactory()
    enrol(person)
    enter(client, person)
    answers = [client.post("/compte/2fa/code/", {"code": "000000"}) for _ in range(6)]
    assert "Trop d’essais en peu de temps" in answers[-1].content.decode()


def test_one_leaves_the_factor_page_by_the_door(client):
    person = UserFactory()
    enrol(person)
    enter(client, person)
    assert client.post("/compte/deconnexion/", {"next": "/compte/connexion/"})["Location"] == "/compte/connexion/"
    assert client.get("/compte/connexion/").status_code == 200


def test_what_was_being_sent_is_kept_while_the_factor_is_asked_again(client):
    boss, colleague = UserFactory(roles=[Role.ADMINISTRATOR]), UserFactory()
    sign_in(client, boss, seconds_ago=16 * 60)
    address = reverse("admin:accounts_user_act", args=[colleague.pk, "roles"]) + "?retour=a"
    asked = client.post(address, {"roles": ["STAFF", "REVIEWER"], "csrfmiddlewaretoken": "x"})
    assert asked["Location"].startswith("/compte/2fa/confirmer/?next=")
    assert not Grant.objects.filter(user=colleague).exists()
    assert client.get(asked["Location"]).status_code == 200
    shown = client.post(asked["Location"].split("?")[0], {"code": code_now(), "next": address})
    assert shown["Location"] == "/compte/2fa/reprendre/"
    page = client.get(shown["Location"]).content.decode()
    assert f'action="{address}"' in page
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page)
    assert [pair for pair in fields if pair[0] == "roles"] == [("roles", "STAFF"), ("roles", "REVIEWER")]
    client.post(address, {"roles": [value for name, value in fields if name == "roles"]})
    assert set(Grant.objects.filter(user=colleague).values_list("role", flat=True)) == {"STAFF", "REVIEWER"}
    assert client.get("/compte/2fa/reprendre/")["Location"] == "/espace/"  # the back button sends nothing twice


def test_what_a_sleeping_role_was_sending_is_kept_through_its_enrolment(client):
    person = UserFactory(roles=[Role.ADMINISTRATOR])
    sign_in(client, person, factor=False)
    address = reverse("admin:accounts_user_invite")
    asked = client.post(address, {"email": "jury@ville.example", "roles": ["REVIEWER"]})
    client.get(asked["Location"])
    client.get("/compte/2fa/application/")
    client.post("/compte/2fa/application/", {"code": demo.code_of(client.session["mfa.totp.secret"])})
    assert client.get("/compte/2fa/continuer/")["Location"] == "/compte/2fa/reprendre/"
    assert 'value="jury@ville.example"' in client.get("/compte/2fa/reprendre/").content.decode()
    assert client.post(address, {"email": "jury@ville.example", "roles": ["REVIEWER"]}).status_code == 302
    assert client.get("/compte/2fa/reprendre/")["Location"] == "/espace/"


def test_a_change_of_iban_waits_for_the_factor_and_is_then_made(client):
    sign_in(client, UserFactory(roles=[Role.ADMINISTRATOR]), seconds_ago=16 * 60)
    address = reverse("admin:records_association_change", args=[1])
    Association.objects.create(pk=1)
    form = client.get(address).context["adminform"].form
    typed = {name: value for name in form.fields if (value := form[name].value()) is not None} | {"iban": "FR7630006000011234567890189"}
    asked = client.post(address, typed)
    assert (asked["Location"].split("?")[0], Association.current().iban) == ("/compte/2fa/confirmer/", "")
    shown = client.post("/compte/2fa/confirmer/", {"code": code_now(), "next": address})
    page = client.get(shown["Location"]).content.decode()
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    client.post(address, {name: html.unescape(value) for name, value in kept.items()})
    assert Association.current().iban == "FR7630006000011234567890189"


def test_too_large_a_post_is_not_kept_and_it_is_said(client):
    sign_in(client, UserFactory(roles=[Role.ADMINISTRATOR]), seconds_ago=1000)
    asked = client.post(reverse("admin:accounts_user_invite"), {"first_name": "a" * 200_000})
    assert "trop gros pour être gardé" in client.get(asked["Location"]).content.decode()


def test_asking_the_factor_too_often_is_a_french_429(client):
    sign_in(client, UserFactory(roles=[Role.STAFF]), seconds_ago=1000)
    answers = [client.post("/compte/2fa/confirmer/", {"code": "000000"}) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert "Un peu trop vite" in answers[-1].content.decode()


def test_what_was_kept_is_for_its_person_and_a_quarter_of_an_hour(client):
    boss = UserFactory(roles=[Role.ADMINISTRATOR])
    sign_in(client, boss, seconds_ago=16 * 60)
    client.post(reverse("admin:accounts_user_invite"), {"email": "a@ville.example"})
    with time_machine.travel(time.time() + 16 * 60):
        assert client.get("/compte/2fa/reprendre/")["Location"] == "/espace/"
    assert client.get("/compte/2fa/reprendre/").status_code == 200
    session = client.session
    session[factors.KEPT] = session[factors.KEPT] | {"user": 0}
    session.save()
    assert client.get("/compte/2fa/reprendre/")["Location"] == "/espace/"


def test_the_gate_for_the_apps_below_is_registered_and_asks():
    request = RequestFactory().get("/admin/records/association/1/change/")
    request.user, request.session = AnonymousUser(), {}
    answers = [gate(request) for gate in FACTOR_GATES]
    assert [answer["Location"].split("?")[0] for answer in answers] == ["/compte/connexion/"]


def test_the_decorator_lets_a_recent_factor_through(client):
    view = factors.recent_factor_required(lambda _request: HttpResponse("fait"))
    person = UserFactory(roles=[Role.STAFF])
    for seconds, expected in ((60, 200), (901, 302)):
        sign_in(client, person, seconds_ago=seconds)
        request = RequestFactory().get("/x/")
        request.user, request.session = person, client.session
        assert view(request).status_code == expected


@pytest.mark.parametrize("roles", [[Role.REVIEWER], [Role.STAFF]])
def test_the_last_factor_of_a_role_stays(client, roles):
    person = UserFactory(roles=roles)
    sign_in(client, person)
    page = client.get("/compte/2fa/application/retirer/").content.decode()
    assert "ajoutez-en un autre avant de retirer celui-ci" in page
    assert client.post("/compte/2fa/application/retirer/").status_code == 422
    assert Authenticator.objects.count() == 1


def test_the_last_passkey_of_a_role_stays(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    key = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé", "credential": {}})
    assert client.post(f"/compte/2fa/cles/{key.pk}/retirer/").status_code == 302
    assert not Authenticator.objects.filter(pk=key.pk).exists()
    key = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé", "credential": {}})
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).update(type=Authenticator.Type.RECOVERY_CODES)
    client.post(f"/compte/2fa/cles/{key.pk}/retirer/")
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_who_has_no_role_may_go_without_a_factor(client):
    person = UserFactory()
    sign_in(client, person, factor=True)
    assert client.post("/compte/2fa/application/retirer/")["Location"] == "/compte/2fa/"
    assert not Authenticator.objects.exists()
    assert "a été retirée" in Message.objects.latest("pk").text


def test_secrets_are_encrypted_and_read_after_the_key_changed(settings):
    person = UserFactory()
    app = enrol(person)
    assert SECRET not in str(app.data)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 40, [settings.SECRET_KEY]
    assert MFAAdapter().decrypt(app.data["secret"]) == SECRET
    assert app.wrap().validate_code(code_now())


def test_changing_addresses_asks_the_factor_again_of_who_has_one(client):
    person = UserFactory()
    sign_in(client, person, factor=True, seconds_ago=1000)
    response = client.post("/compte/adresses/", {"email": "autre@ville.example"})
    assert response["Location"].startswith("/compte/2fa/confirmer/")
    assert Message.objects.count() == 0


def test_every_page_of_the_factor_answers(client):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    paths = ("", "application/", "cles/", "cles/ajouter/", "confirmer/", "secours/nouveaux/")
    statuses = {path: client.get(f"/compte/2fa/{path}").status_code for path in paths}
    assert statuses == {"": 200, "application/": 302, "cles/": 200, "cles/ajouter/": 200, "confirmer/": 200, "secours/nouveaux/": 200}
    client.post("/compte/2fa/secours/nouveaux/")
    assert client.get("/compte/2fa/secours/").status_code == 200
    answer = client.get("/compte/2fa/secours/fichier/")
    assert answer["Content-Disposition"] == 'attachment; filename="codes-de-secours.txt"'
    key = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé", "credential": {}})
    for act in ("nom", "retirer"):
        assert client.get(f"/compte/2fa/cles/{key.pk}/{act}/").status_code == 200
    client.post(f"/compte/2fa/cles/{key.pk}/nom/", {"name": "Téléphone"})
    assert "Téléphone" in client.get("/compte/2fa/").content.decode()


def test_a_forged_passkey_signs_nobody_in(client):
    answer = client.post("/compte/connexion/cle/", {"credential": "{}"})
    assert answer["Location"] == "/compte/connexion/"
    assert client.get("/compte/adresses/").status_code == 302
    assert client.get("/compte/connexion/cle/", headers={"Accept": "application/json"}).json()["request_options"]


def test_a_public_page_does_not_look_at_the_person(client):
    assert "Cookie" not in Client().get("/contact/").get("Vary", "")


def test_roles_held_by_nobody_open_nothing():
    assert User(email="x@ville.example").get_all_permissions() == frozenset()


EMPTY = '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}'
NOT_CREDENTIALS = ["9" * 400, "9" * 5000, "[" * 20_000, "[]", '"x"', "{}", "null", "0", "false", "0.0", '{"response": 1}', EMPTY]


@pytest.mark.parametrize("credential", NOT_CREDENTIALS)
@pytest.mark.parametrize("address", ["mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"])
def test_what_no_device_answered_is_refused_in_words(client, address, credential):
    person = UserFactory(roles=[Role.STAFF])
    sign_in(client, person)
    client.get(reverse(address))
    answer = client.post(reverse(address), {"credential": credential, "name": "Téléphone"})
    assert answer.status_code in (200, 302, 422)
    assert not Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists()
