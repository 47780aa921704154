"""Commands, demonstration, retention, letters: what keeps accounts going."""

from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import colleagues, demo, emails, retention, services
from accounts.models import Grant, Invitation, Proof, User
from accounts.roles import PERMISSIONS, Role
from core import clock
from core.registry import Link
from mailing import outbox
from mailing.models import Message
from records.models import Act
from records.services import record
from tests.accounts.factories import UserFactory, enrol, sign_in

pytestmark = pytest.mark.django_db


def run(name, *args):
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


def path_of(text):
    return text.split("https://testserver")[1].split()[0] if "https://testserver" in text else text.split("//")[1].partition("/")[2]


def test_the_first_administrator_enters_by_the_printed_link(client):
    printed = run("first_admin", "Premiere@ville.example")
    secret = printed.strip().rsplit("/", 2)[1]
    assert client.post(reverse("accounts_link", args=[secret]))["Location"] == "/compte/2fa/?next=%2Fadmin%2F"
    person = User.objects.get()
    assert (person.email, person.roles) == ("premiere@ville.example", {Role.ADMINISTRATOR, Role.STAFF})


def test_a_second_first_administrator_is_refused_unless_asked_again():
    run("first_admin", "premiere@ville.example")
    with pytest.raises(CommandError, match="administre déjà"):
        run("first_admin", "autre@ville.example")
    with pytest.raises(CommandError, match="pas complète"):
        run("first_admin", "nimporte", "--again")
    person = User.objects.get()
    enrol(person)
    run("first_admin", "premiere@ville.example", "--again", "--forget-factor")
    assert not Authenticator.objects.exists()


def test_the_demonstration_has_its_people_once_and_prints_how_to_enter(settings):
    settings.TRIAL = True
    demo.load(1)
    demo.load(1)
    assert (User.objects.count(), Grant.objects.count(), Authenticator.objects.count()) == (12, 12, 11)
    printed = run("accounts")
    assert all(invented.email in printed for invented in demo.PEOPLE)
    entry = next(entry for entry in demo.entries(now=clock.now()) if Role.ADMINISTRATOR in entry.person.roles)
    browser = Client()
    assert (
        browser.post(path_of(entry.link) if path_of(entry.link).startswith("/") else f"/{path_of(entry.link)}")["Location"]
        == "/compte/2fa/code/"
    )
    assert browser.post("/compte/2fa/code/", {"code": entry.code})["Location"] == "/espace/"
    assert browser.get("/admin/").status_code == 200


def test_demonstration_accounts_are_printed_in_trial_mode_only(settings):
    with pytest.raises(CommandError, match="mode d’essai"):
        run("accounts")
    settings.TRIAL = True
    with pytest.raises(CommandError, match="Aucun compte"):
        run("accounts")


def test_links_are_purged_thirty_days_after_their_end(client):
    boss, now = UserFactory(roles=[Role.ADMINISTRATOR]), clock.now()
    services.ask_proof("agente@ville.example", now=now - timedelta(days=31))
    services.ask_proof("agente@ville.example", now=now)
    colleagues.invite("jury@ville.example", ["REVIEWER"], by=boss, now=now - timedelta(days=38))
    Message.objects.update(state="SENT")
    dry = [(erasure.label, erasure.count) for erasure in retention.purge(now, True)]
    done = [(erasure.label, erasure.count) for erasure in retention.purge(now, False)]
    assert dry == done == [("liens de connexion", 1), ("invitations", 1), ("sessions finies", 0), ("comptes sans rôle et sans rien", 0)]
    assert (Proof.objects.count(), Invitation.objects.count()) == (1, 0)
    assert sorted(Message.objects.values_list("to", flat=True)) == ["", "", "agente@ville.example"]


def test_a_person_without_role_and_without_anything_is_erased_after_thirty_days(monkeypatch):
    now = clock.now()
    long_ago = now - timedelta(days=31)
    idle = UserFactory(date_joined=long_ago)
    kept = [
        UserFactory(date_joined=long_ago, last_login=now),
        UserFactory(date_joined=long_ago, roles=[Role.REVIEWER]),
        UserFactory(date_joined=long_ago, is_active=False),
        UserFactory(date_joined=now),
        UserFactory(date_joined=long_ago, last_name="Candidate"),
    ]
    monkeypatch.setattr(colleagues, "HOLDINGS", [lambda user: [Link("Une candidature", "/")] if user.last_name == "Candidate" else []])
    assert [erasure.count for erasure in retention.purge(now, True)][-1] == 1
    assert User.objects.filter(pk=idle.pk).exists()
    assert [erasure.count for erasure in retention.purge(now, False)][-1] == 1
    assert set(User.objects.all()) == set(kept)


def test_the_log_keeps_no_address_of_who_is_erased_and_the_name_of_who_was_a_colleague():
    boss, now = UserFactory(roles=[Role.ADMINISTRATOR]), clock.now()
    long_ago = now - timedelta(days=60)
    candidate = UserFactory(first_name="", last_name="", date_joined=long_ago)
    former = UserFactory(last_name="Collègue", roles=[Role.STAFF], date_joined=long_ago)
    colleagues.change_roles(former, [], by=boss, now=long_ago)
    record("adresse ajoutée", candidate, by=candidate, now=long_ago)
    colleagues.invite("jury@ville.example", ["REVIEWER"], by=boss, now=long_ago)
    assert [erasure.count for erasure in retention.purge(now, False)][1:] == [1, 0, 2]
    told = list(Act.objects.order_by("pk").values_list("verb", "about_name", "by_name"))
    assert told == [("rôles changés", "Camille Collègue", str(boss)), ("adresse ajoutée", "", ""), ("invitation envoyée", "", str(boss))]


def test_every_letter_has_a_sample_and_a_subject():
    for kind in emails.KINDS:
        subject, text = outbox.render(kind, kind.sample())
        assert subject
        assert "Bonjour," in text
        assert "{{" not in text


def test_the_space_shows_the_account(client):
    sign_in(client, UserFactory())
    page = client.get("/espace/").content.decode()
    assert "/compte/adresses/" in page
    assert "/compte/2fa/" in page
    assert "/admin/" not in page
    assert "/admin/" in sign_in(Client(), UserFactory(roles=[Role.STAFF])).get("/espace/").content.decode()


def test_every_permission_of_a_role_names_a_model_that_exists_or_an_act_of_ours():
    django_acts = ("view", "add", "change", "delete")
    models = {model._meta.label_lower for model in apps.get_models()}
    named = {permission for permissions in PERMISSIONS.values() for permission in permissions}
    of_models = {permission for permission in named if permission.split(".")[1].split("_")[0] in django_acts}
    rows = {f"{app}.{name.split('_', 1)[1]}" for app, name in (permission.split(".") for permission in of_models)}
    assert rows - models - {"accounts.address", "accounts.roles"} == set()


def test_ended_sessions_are_purged(client):
    sign_in(client, UserFactory())
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    assert [(erasure.label, erasure.count) for erasure in retention.purge(clock.now(), False)][2] == ("sessions finies", 1)
    assert Session.objects.count() == 0
