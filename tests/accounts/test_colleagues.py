"""What administrators do about people, and who else may not."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils.text import capfirst

from accounts import colleagues, services
from accounts.models import Grant, Invitation, Proof, User
from accounts.roles import OPENS, Role
from core import clock
from core.refusals import Refused
from core.registry import Link
from mailing.models import Message
from records.models import Act
from tests.accounts.factories import UserFactory, enrol, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return UserFactory(roles=[Role.ADMINISTRATOR], email="administratrice@ville.example")


@pytest.fixture
def admin(client, boss):
    return sign_in(client, boss)


def roles_of(person):
    return sorted(Grant.objects.filter(user=person).values_list("role", flat=True))


def secret_in(letter, kind):
    return re.search(rf"/compte/{kind}/([^/]+)/", letter.text).group(1)


def act(client, person, slug, **fields):
    return client.post(reverse("admin:accounts_user_act", args=[person.pk, slug]), fields)


def accept(client):
    """Accept the last invitation and use the code it mails."""
    letter = Message.objects.filter(kind="accounts.invitation").latest("pk")
    address = reverse("accounts_invitation", args=[secret_in(letter, "invitation")])
    client.get(address)
    assert client.post(address)["Location"] == "/compte/connexion/code/"
    proof = Message.objects.filter(kind="accounts.sign_in").latest("pk")
    return client.post("/compte/connexion/code/", {"code": re.search(r"\b\d{6}\b", proof.text).group()})


def test_a_colleague_is_invited_proves_the_address_enrols_and_holds_the_role(admin):
    response = admin.post(reverse("admin:accounts_user_invite"), {"email": "Jury@ville.example", "first_name": "Alix", "roles": ["STAFF"]})
    assert response.status_code == 302
    letter = Message.objects.get()
    assert (letter.to, letter.letter.secret) == ("jury@ville.example", True)
    assert User.objects.filter(email="jury@ville.example").count() == 0
    newcomer = Client()
    response = accept(newcomer)
    assert response["Location"] == "/compte/2fa/?next=%2Fadmin%2F"
    person = User.objects.get(email="jury@ville.example")
    assert (person.first_name, roles_of(person)) == ("Alix", ["STAFF"])
    assert newcomer.get("/admin/")["Location"].startswith("/compte/2fa/")
    assert Invitation.objects.get().used_at is not None
    assert list(Act.objects.order_by("pk").values_list("verb", "by_name")) == [
        ("invitation envoyée", "Camille Exemple"),
        ("invitation acceptée", "Alix"),
    ]


def test_opening_an_invitation_changes_nothing_and_says_who_invites(boss, client):
    colleagues.invite("jury@ville.example", ["REVIEWER"], by=boss, now=clock.now())
    address = reverse("accounts_invitation", args=[secret_in(Message.objects.get(), "invitation")])
    for method in (client.get, client.head):
        assert method(address).status_code == 200
    assert "Camille Exemple vous invite" in client.get(address).content.decode()
    assert "jury@ville.example" not in client.get(address).content.decode()
    assert (Proof.objects.count(), Message.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"used_at": clock.now()}, "a déjà été acceptée"),
        ({"revoked_at": clock.now()}, "a été annulée"),
        ({"expires_at": clock.now() - timedelta(seconds=1)}, "a expiré"),
    ],
)
def test_a_dead_invitation_says_which(boss, client, change, words):
    colleagues.invite("jury@ville.example", ["REVIEWER"], by=boss, now=clock.now())
    Invitation.objects.update(**change)
    address = reverse("accounts_invitation", args=[secret_in(Message.objects.get(), "invitation")])
    for response in (client.get(address), client.post(address)):
        assert (response.status_code, words in response.content.decode()) == (410, True)
    assert client.post(f"{address}renvoyer/").status_code == (200 if "expir" in words else 410)
    assert Message.objects.count() == (2 if "expir" in words else 1)


def test_an_invitation_taken_back_while_it_is_accepted_gives_no_role(boss, client):
    colleagues.invite("jury@ville.example", ["STAFF"], by=boss, now=clock.now())
    address = reverse("accounts_invitation", args=[secret_in(Message.objects.get(), "invitation")])
    client.post(address)
    Invitation.objects.update(revoked_at=clock.now())
    proof = Message.objects.filter(kind="accounts.sign_in").latest("pk")
    client.post("/compte/connexion/code/", {"code": re.search(r"\b\d{6}\b", proof.text).group()})
    assert Grant.objects.filter(role=Role.STAFF).count() == 0


def test_invitations_are_taken_back_in_the_admin(admin, boss):
    invitation = colleagues.invite("jury@ville.example", ["REVIEWER"], by=boss, now=clock.now())
    address = reverse("admin:accounts_invitation_changelist")
    assert admin.get(address).status_code == 200
    assert admin.get(reverse("admin:accounts_invitation_change", args=[invitation.pk])).status_code == 200
    admin.post(address, {"action": "take_back", "_selected_action": [invitation.pk]})
    assert Invitation.objects.get().revoked_at is not None


def test_roles_are_changed_told_and_logged(admin):
    person = UserFactory(roles=[Role.REVIEWER])
    assert act(admin, person, "roles", roles=["STAFF", "TREASURER"]).status_code == 302
    assert roles_of(person) == ["STAFF", "TREASURER"]
    entry = Act.objects.latest("pk")
    assert (entry.verb, entry.changes) == ("rôles changés", {"rôles": ["jury", "équipe, trésorerie"]})
    assert "Désormais\u00a0: équipe, trésorerie." in Message.objects.get(to=person.email).text


def test_the_last_administrator_stays(admin, boss):
    assert act(admin, boss, "roles").status_code == 422
    with pytest.raises(Refused, match="dernière personne"):
        colleagues.change_roles(boss, [], by=boss, now=clock.now())
    UserFactory(roles=[Role.ADMINISTRATOR], is_active=False)
    with pytest.raises(Refused, match="dernière personne"):
        colleagues.change_roles(boss, [], by=boss, now=clock.now())
    other = UserFactory(roles=[Role.ADMINISTRATOR])
    colleagues.change_roles(boss, [], by=other, now=clock.now())
    with pytest.raises(Refused, match="dernière personne"):
        colleagues.change_roles(other, [], by=other, now=clock.now())


def test_a_lost_factor_is_reset_by_another_administrator_told_and_logged(admin, boss):
    person = UserFactory(roles=[Role.STAFF])
    theirs = sign_in(Client(), person)
    assert theirs.get("/admin/").status_code == 200
    assert act(admin, person, "facteur", reason="").status_code == 422
    assert act(admin, person, "facteur", reason="Téléphone volé").status_code == 302
    assert not Authenticator.objects.filter(user=person).exists()
    assert theirs.get("/admin/")["Location"].startswith("/admin/login/")
    letter, entry = Message.objects.get(to=person.email), Act.objects.latest("pk")
    assert "Camille Exemple a réinitialisé votre second facteur, pour ce motif\u00a0: «\u00a0Téléphone volé\u00a0»." in letter.text
    assert (entry.verb, entry.note, entry.by_id) == ("second facteur réinitialisé", "Téléphone volé", str(boss.pk))


def test_nobody_resets_their_own_factor(admin, boss):
    assert act(admin, boss, "facteur", reason="x").status_code == 403
    with pytest.raises(Refused, match="soi-même"):
        colleagues.reset_factor(boss, by=boss, now=clock.now(), reason="x")


def test_closing_ends_sessions_links_and_invitations_at_once_and_reopening_revives_none(admin, boss):
    person = UserFactory(roles=[Role.STAFF, Role.ADMINISTRATOR])
    EmailAddress.objects.create(user=person, email="seconde@ville.example", verified=True)
    theirs, now = sign_in(Client(), person), clock.now()
    proofs = [services.make_proof(email, now=now) for email in (person.email, "seconde@ville.example")]
    invited = colleagues.invite("jury@ville.example", ["REVIEWER"], by=person, now=now)
    assert act(admin, person, "fermer", reason="Départ").status_code == 302
    assert theirs.get("/admin/")["Location"].startswith("/admin/login/")
    assert [Client().get(reverse("accounts_link", args=[fresh.secret])).status_code for fresh in proofs] == [410, 410]
    invited.refresh_from_db()
    assert invited.revoked_at is not None
    entry = Act.objects.filter(verb="compte fermé").get()
    assert (entry.about_name, entry.note) == (str(person), "Départ")
    assert act(admin, person, "rouvrir", reason="Retour").status_code == 302
    assert theirs.get("/admin/")["Location"].startswith("/admin/login/")
    assert roles_of(person) == ["ADMINISTRATOR", "STAFF"]


def test_closing_lists_what_is_to_be_handed_over(admin, monkeypatch):
    person = UserFactory(roles=[Role.STAFF])
    monkeypatch.setattr(colleagues, "HOLDINGS", [lambda user: [Link("Trois dossiers à lire", "/admin/")] if user == person else []])
    page = admin.get(reverse("admin:accounts_user_act", args=[person.pk, "fermer"])).content.decode()
    assert "À transmettre" in page
    assert "Trois dossiers à lire" in page


def test_a_dead_address_is_replaced_with_a_reason_and_both_are_told(client):
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    person = UserFactory(email="ancienne@ville.example")
    theirs = sign_in(Client(), person)
    assert act(client, person, "adresse", email="Nouvelle@ville.example", reason="Mutation").status_code == 302
    person.refresh_from_db()
    assert person.email == "nouvelle@ville.example"
    assert list(EmailAddress.objects.filter(user=person).values_list("email", "verified", "primary")) == [
        ("nouvelle@ville.example", True, True)
    ]
    assert sorted(Message.objects.values_list("to", flat=True)) == ["ancienne@ville.example", "nouvelle@ville.example"]
    assert "Motif\u00a0: Mutation" in Message.objects.first().text
    assert Act.objects.latest("pk").changes == {"adresse": ["ancienne@ville.example", "nouvelle@ville.example"]}
    assert theirs.get("/compte/adresses/").status_code == 302
    assert services.person_of("nouvelle@ville.example", now=clock.now()) == person


def test_the_address_of_a_colleague_is_not_for_the_team_and_taken_ones_are_refused(client):
    team = UserFactory(roles=[Role.STAFF])
    sign_in(client, team)
    colleague, other = UserFactory(roles=[Role.STAFF]), UserFactory()
    assert act(client, colleague, "adresse", email="a@ville.example", reason="x").status_code == 403
    with pytest.raises(Refused, match="réservé"):
        colleagues.replace_address(colleague, "a@ville.example", by=team, now=clock.now(), reason="x")
    assert act(client, UserFactory(), "adresse", email=other.email, reason="x").status_code == 422


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_do_this(client, role):
    person, target = UserFactory(roles=[role]), UserFactory()
    enrol(target)
    sign_in(client, person)
    for slug in ("roles", "facteur", "fermer", "rouvrir"):
        assert act(client, target, slug, reason="x", roles=["STAFF"]).status_code in (302, 403)
    assert client.get(reverse("admin:accounts_user_invite")).status_code in (302, 403)
    for verb in (
        lambda: colleagues.invite("a@ville.example", ["STAFF"], by=person, now=clock.now()),
        lambda: colleagues.change_roles(target, ["STAFF"], by=person, now=clock.now()),
        lambda: colleagues.reset_factor(target, by=person, now=clock.now(), reason="x"),
        lambda: colleagues.close_account(target, by=person, now=clock.now(), reason="x"),
    ):
        with pytest.raises(Refused, match="réservé"):
            verb()
    assert (roles_of(target), Authenticator.objects.filter(user=target).count(), Invitation.objects.count()) == ([], 1, 0)


def test_the_list_of_people_costs_the_same_with_one_and_with_many(admin, django_assert_max_num_queries):
    address = reverse("admin:accounts_user_changelist")
    with django_assert_max_num_queries(10):
        assert admin.get(address).status_code == 200
    UserFactory.create_batch(5, roles=[Role.STAFF, Role.TREASURER])
    with django_assert_max_num_queries(10):
        page = admin.get(f"{address}?role=STAFF").content.decode()
    assert page.count("équipe, trésorerie") == 5
    assert admin.get(f"{address}?role=aucun").status_code == 200


def test_the_page_of_a_person_has_no_password_and_keeps_a_history(admin):
    person = UserFactory()
    address = reverse("admin:accounts_user_change", args=[person.pk])
    page = admin.get(address).content.decode()
    assert "Fermer le compte" in page
    assert "password" not in page.lower()
    admin.post(address, {"first_name": "Dominique", "last_name": "Exemple"})
    assert Act.objects.latest("pk").changes == {"Prénom": ["Camille", "Dominique"]}
    assert admin.get(reverse("admin:accounts_user_add")).status_code == 403
    assert admin.get(reverse("admin:accounts_user_delete", args=[person.pk])).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_whoever_holds_a_role_reads_it_in_their_space_with_what_it_opens(client, role):
    sign_in(client, UserFactory(roles=[role]))
    page = client.get("/espace/").content.decode()
    assert ("Vos rôles" in page, f"<strong>{capfirst(role.label)}</strong>" in page, OPENS[role] in page) == (True, True, True)


def test_whoever_holds_no_role_reads_nothing_about_roles(client):
    sign_in(client, UserFactory())
    assert "Vos rôles" not in client.get("/espace/").content.decode()
