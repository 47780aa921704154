"""The account's pages in a real browser: passkeys, accessibility, narrow screens, no JavaScript."""

import re
from functools import partial

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from accounts import colleagues, demo, services
from accounts.models import Invitation, Proof
from accounts.roles import Role
from core import clock
from mailing.models import Message
from tests.accounts.factories import SECRET, UserFactory, enrol
from tests.browser import follow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(open_page):
    """Without animation between pages: a script that goes on at once would interrupt it."""
    return open_page(reduced_motion="reduce")


def link_for(person, **fields):
    return reverse("accounts_link", args=[services.make_proof(person.email, now=clock.now(), **fields).secret])


def enter(page, person, **fields):
    page.goto(link_for(person, **fields))
    follow(page, "Me connecter")


def plug_in_a_passkey(page):
    """Give the page a virtual authenticator that recognises its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_a_passkey_is_enrolled_on_entry_then_signs_in_and_is_shown_again(page):
    person = UserFactory(roles=[Role.ADMINISTRATOR])
    plug_in_a_passkey(page)
    enter(page, person, next="/admin/")
    follow(page, "Ajouter une clé d’accès", "link")
    follow(page, "Créer la clé")
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    follow(page, "Continuer", "link")
    page.wait_for_url("**/admin/")

    page.goto("/compte/deconnexion/")
    follow(page, "Me déconnecter")
    page.wait_for_url(re.compile(r"/$"))
    page.goto("/compte/connexion/?next=/admin/accounts/user/inviter/")
    follow(page, "Utiliser une clé d’accès")
    page.wait_for_url(re.compile(r"^[^?]*/admin/accounts/user/inviter/$"))

    page.goto("/compte/2fa/cles/confirmer/?next=/admin/accounts/user/")
    follow(page, "Utiliser ma clé d’accès")
    page.wait_for_url(re.compile(r"^[^?]*/admin/accounts/user/$"))


def test_a_passkey_is_the_second_factor_after_a_link(page):
    person = UserFactory(roles=[Role.STAFF])
    plug_in_a_passkey(page)
    enter(page, person)
    page.goto("/compte/2fa/cles/ajouter/")
    follow(page, "Créer la clé")
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    page.context.clear_cookies()
    enter(page, person)
    page.get_by_role("heading", name="Encore une chose").wait_for()
    follow(page, "Utiliser ma clé d’accès")
    page.wait_for_url("**/espace/")


def show_late(page, go, name):
    """Open a page whose scripts are slow to come: until then its passkey button, which would do nothing, is not there to press."""
    button, held = page.get_by_role("button", name=name, include_hidden=True), []
    page.route("**/mfa/js/webauthn.js", lambda route: held.append(route))
    with page.expect_request("**/mfa/js/webauthn.js"):
        go(wait_until="commit")
    button.wait_for(state="attached")
    expect(button).to_be_hidden()
    held[0].continue_()
    page.unroute("**/mfa/js/webauthn.js")
    follow(page, name)


def test_a_passkey_button_is_there_once_it_works(page):
    person = UserFactory(roles=[Role.STAFF])
    plug_in_a_passkey(page)
    enter(page, person)
    show_late(page, partial(page.goto, "/compte/2fa/cles/ajouter/"), "Créer la clé")
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    page.context.clear_cookies()
    show_late(page, partial(page.goto, "/compte/connexion/"), "Utiliser une clé d’accès")
    page.wait_for_url("**/espace/")
    page.context.clear_cookies()
    enter(page, person)
    show_late(page, page.reload, "Utiliser ma clé d’accès")
    page.wait_for_url("**/espace/")
    show_late(page, partial(page.goto, "/compte/2fa/cles/confirmer/?next=/compte/2fa/"), "Utiliser ma clé d’accès")
    page.wait_for_url(re.compile("/compte/2fa/$"))


@pytest.mark.parametrize("javascript", [True, False])
def test_without_its_scripts_a_passkey_has_no_button_and_another_way(open_page, javascript):
    page = open_page(javascript=javascript, reduced_motion="reduce")
    page.route("**/mfa/js/webauthn.js", lambda route: route.abort())
    page.goto("/compte/connexion/")
    expect(page.get_by_role("button", name="Recevoir un code")).to_be_visible()
    expect(page.locator("#cle")).to_be_hidden()
    enter(page, UserFactory())
    page.goto("/compte/2fa/cles/ajouter/")
    expect(page.get_by_role("button", name="Créer la clé", include_hidden=True)).to_be_hidden()
    follow(page, "installez une application", "link")
    page.get_by_role("heading", name="Une application d’authentification").wait_for()
    page.watch.faults.clear()


def test_a_device_without_passkey_says_so(page):
    devtools, _ = plug_in_a_passkey(page)
    devtools.send("WebAuthn.disable")
    page.goto("/compte/connexion/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('non', 'NotAllowedError')) }")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.get_by_role("alert").get_by_text("n’a pas reconnu de clé").wait_for()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_act_is_taken_up_after_the_factor_is_asked_again(open_page, javascript, monkeypatch):
    boss, colleague = UserFactory(roles=[Role.ADMINISTRATOR]), UserFactory(last_name="Collègue")
    enrol(boss)
    page = open_page(width=320, javascript=javascript, reduced_motion="reduce")
    enter(page, boss, next=reverse("admin:accounts_user_act", args=[colleague.pk, "roles"]))
    page.get_by_label("Code de l’application").fill(demo.code_of(SECRET))
    follow(page, "Me connecter")
    page.get_by_label("Équipe").check()
    monkeypatch.setattr("accounts.factors.RECENT", 0)
    follow(page, "Changer les rôles")
    page.get_by_role("heading", name="C’est bien vous ?").wait_for()
    monkeypatch.setattr("accounts.factors.RECENT", 900)
    cache.clear()  # the same code serves again
    page.get_by_label("Code de l’application").fill(demo.code_of(SECRET))
    follow(page, "Confirmer")
    if not javascript:
        follow(page, "Reprendre")
    page.get_by_text("c’est fait pour Camille Collègue").wait_for()
    assert colleague.grants.get().role == Role.STAFF


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


@pytest.mark.parametrize("dark", [False, True])
def test_every_page_of_the_account_is_accessible_and_fits(open_page, axe, vnu, dark):
    page, sources = open_page(width=320, dark=dark, reduced_motion="reduce"), []
    page.watch.tolerated |= {403, 404, 410}

    def look(address=None):
        if address:
            page.goto(address)
        axe(page)
        fits(page)
        sources.append(page.content())

    boss = UserFactory(roles=[Role.ADMINISTRATOR])
    person = UserFactory(email="une-adresse-tres-longue.de-la-direction-des-services@communaute-d-agglomeration.example")
    look("/compte/connexion/")
    page.get_by_label("Votre adresse électronique").fill("non")
    follow(page, "Recevoir un code")
    look()
    page.get_by_label("Votre adresse électronique").fill(person.email)
    follow(page, "Recevoir un code")
    look()
    page.get_by_label("Code à six chiffres").fill("12")
    follow(page, "Me connecter")
    look()
    expired = link_for(person)
    Proof.objects.filter(secret_hash=services.hashed(expired.split("/")[3])).update(expires_at=clock.now())
    for address in (expired, "/compte/lien/inconnu/", link_for(person), "/compte/ferme/"):
        look(address)
    colleagues.invite("jury@ville.example", ["REVIEWER", "COORDINATOR"], by=boss, now=clock.now())
    look(re.search(r"/compte/invitation/\S+", Message.objects.latest("pk").text).group())
    Invitation.objects.update(expires_at=clock.now())
    page.reload()
    look()
    enter(page, person)
    page.goto("/compte/adresses/")
    page.get_by_label("Adresse à ajouter").fill(person.email)
    follow(page, "Ajouter cette adresse")
    look()
    for address in ("/compte/adresses/", "/compte/2fa/", "/compte/2fa/application/", "/compte/2fa/cles/ajouter/", "/compte/deconnexion/"):
        look(address)
    page.goto("/compte/2fa/application/")
    page.get_by_label("Code affiché par l’application").fill("000000")
    follow(page, "Activer")
    look()
    enrol(person)
    page.context.clear_cookies()
    enter(page, person)
    look()
    page.get_by_label("Code de l’application").fill(demo.code_of(SECRET))
    follow(page, "Me connecter")
    page.wait_for_url("**/espace/")
    for address in ("/compte/2fa/", "/compte/2fa/confirmer/", "/compte/2fa/secours/nouveaux/", "/compte/2fa/application/retirer/"):
        look(address)
    page.goto("/compte/2fa/secours/nouveaux/")
    follow(page, "Créer de nouveaux codes")
    look()
    if not dark:
        vnu(*sources)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_admin_of_people_is_accessible(open_page, axe, width):
    boss, person = UserFactory(roles=[Role.ADMINISTRATOR]), UserFactory(roles=[Role.STAFF])
    enrol(boss)
    enrol(person)
    page = open_page(width=width, reduced_motion="reduce")
    enter(page, boss)
    page.get_by_label("Code de l’application").fill(demo.code_of(SECRET))
    follow(page, "Me connecter")
    page.wait_for_url("**/espace/")
    acts = [reverse("admin:accounts_user_act", args=[person.pk, slug]) for slug in ("roles", "facteur", "adresse", "fermer")]
    lists = [reverse(f"admin:accounts_{name}_changelist") for name in ("user", "invitation")]
    for address in (*lists, reverse("admin:accounts_user_change", args=[person.pk]), reverse("admin:accounts_user_invite"), *acts):
        page.goto(address)
        axe(page)
    follow(page, "Fermer le compte")
    axe(page)
