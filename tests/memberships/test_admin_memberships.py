"""The team's door: the list and its counters, the page of one, each act on its screen, what waits, what is found."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from mailing.models import Message
from memberships import gathering, renewal_emails, services
from memberships.bulletins import Bulletin, Person
from memberships.models import Membership, Suspension
from memberships.states import Origin, State
from organisations.models import Contact
from organisations.states import ContactRole, Kind
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.memberships.factories import NOW, CampaignFactory, MembershipFactory
from tests.organisations.factories import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/memberships/membership/"


@pytest.fixture(autouse=True)
def _in_march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def colleague(client):
    colleague = UserFactory(roles=[Role.STAFF], first_name="Claude")
    sign_in(client, colleague)
    return colleague


@pytest.fixture
def sent():
    people = {"GENERAL": Person("Inès", "Exemple", "", "ines@region.example")}
    body = OrganisationFactory(name="Région d’Exemple", kind=Kind.REGION, region="53")
    asker = UserFactory(email="ines@region.example")
    return services.send(Bulletin(body=body, people=people, signatory_name="Dominique"), campaign=CampaignFactory(), by=asker, now=NOW)


def words(answer):
    text = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r"\s+", " ", text)


def page(membership):
    return reverse("admin:memberships_membership_change", args=[membership.pk])


def act(membership, slug):
    return reverse("admin:memberships_membership_act", args=[membership.pk, slug])


def listed(answer):
    return re.findall(r'class="field-body"><a [^>]+>([^<]+)</a>', unescape(answer.content.decode()))


def test_each_situation_is_derived_and_counted_and_narrows_the_list(client, colleague):
    campaign, before = CampaignFactory(), CampaignFactory(year=2025)
    names = {State.PROPOSED: "Un", State.ASKED: "Deux", State.TO_CONFIRM: "Trois", State.ACTIVE: "Quatre", State.REFUSED: "Cinq"}
    for state, name in names.items():
        MembershipFactory(campaign=campaign, state=state, organisation=OrganisationFactory(name=name, region="53"))
    stopped = MembershipFactory(campaign=campaign, organisation=OrganisationFactory(name="Six"))
    Suspension.objects.create(membership=stopped, starts_on=date(2027, 2, 1), reason="Parlé.")
    MembershipFactory(
        campaign=before, organisation=OrganisationFactory(name="Sept"), rights_until=date(2026, 3, 31), past_paid_on=NOW.date()
    )
    counters = words(client.get(LIST))
    wanted = [
        "bulletin reçu (1)",
        "à compléter (1)",
        "à confirmer (1)",
        "active (1)",
        "suspendue (1)",
        "ancien adhérent (1)",
        "refusée (1)",
    ]
    wanted += ["2027 (6)", "2025 (1)", "Bretagne (5)", "à facturer (2)", "payée (1)", "rien à payer (4)"]
    assert [each for each in wanted if each not in counters] == []
    asked = ("situation=SUSPENDED", "situation=FORMER", "annee=2025", "paiement=TO_INVOICE", "q=quatre")
    found = {query: listed(client.get(f"{LIST}?{query}")) for query in asked}
    assert found == {
        "situation=SUSPENDED": ["Six"],
        "situation=FORMER": ["Sept"],
        "annee=2025": ["Sept"],
        "paiement=TO_INVOICE": ["Quatre", "Six"],
        "q=quatre": ["Quatre"],
    }
    assert [listed(client.get(f"{LIST}?{q}")) for q in ("situation=ZZZ", "annee=' OR 1", "region=99", "q=%25")] == [[], [], [], []]
    # No counter knows this year: none of the rows is behind it.
    assert listed(client.get(f"{LIST}?annee=02025")) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_many_questions_for_one_row_as_for_three(client, colleague, rows):
    for _ in range(rows):
        MembershipFactory()
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    assert len(queries) <= 10


def test_accepting_says_first_what_will_follow_then_does_it(client, colleague, sent):
    before = words(client.get(act(sent, "accepter")))
    wanted = ["1ᵉʳ mars 2027", "31 mars 2028", "5 000 €", "ines@region.example", "Les droits commencent aujourd’hui."]
    assert ([each for each in wanted if each not in before], Membership.objects.get().state) == ([], State.PROPOSED)
    answer = client.post(act(sent, "accepter"), follow=True)
    assert ("Bulletin accepté" in words(answer), Membership.objects.get().state) == (True, State.ACTIVE)
    again = client.post(act(sent, "accepter"), follow=True)
    assert "n’a plus de sens ici" in words(again)


@pytest.mark.parametrize(
    ("slug", "typed", "state", "letter", "verb"),
    [
        ("demander", {"text": "Qui vote ?"}, State.ASKED, "memberships.asked", "complément demandé"),
        ("refuser", {"text": "Ce n’est pas un organisme public."}, State.REFUSED, "memberships.refused", "bulletin refusé"),
    ],
)
def test_asking_and_refusing_need_words_that_the_person_reads(client, colleague, sent, slug, typed, state, letter, verb):
    refused = client.post(act(sent, slug), {"text": " "})
    assert (refused.status_code, Membership.objects.get().state) == (422, State.PROPOSED)
    client.post(act(sent, slug), typed)
    told = Message.objects.get(kind=letter)
    done = Act.objects.get(verb=verb)
    assert (Membership.objects.get().state, told.to, typed["text"] in told.text.replace("\u202f", " "), done.by_name, done.note) == (
        state, "ines@region.example", True, str(colleague), typed["text"],
    )  # fmt: skip


def test_rights_are_suspended_given_back_and_ended_by_hand_with_a_reason(client, colleague):
    membership = MembershipFactory()
    assert client.post(act(membership, "suspendre"), {"text": ""}).status_code == 422
    client.post(act(membership, "suspendre"), {"text": "Après discussion."})
    assert Membership.objects.in_force(on=NOW.date()).count() == 0
    client.post(act(membership, "lever"), {"text": "Réglé."})
    assert Membership.objects.in_force(on=NOW.date()).count() == 1
    assert client.post(act(membership, "demission"), {"text": "Fusion.", "on": "hier"}).status_code == 422
    client.post(act(membership, "demission"), {"text": "Fusion.", "on": "2027-06-30"})
    membership.refresh_from_db()
    assert (membership.state, membership.rights_until) == (State.RESIGNED, date(2027, 6, 30))
    client.post(act(membership, "reprendre"), {"text": "Erreur."})
    membership.refresh_from_db()
    assert (membership.state, membership.resigned_on) == (State.ACTIVE, None)


def test_a_paper_bulletin_is_typed_by_the_team_then_accepted(client, colleague):
    body = OrganisationFactory(name="Ville d’Exemple")
    enter = reverse("admin:memberships_membership_enter")
    named = {"general_last_name": "Exemple", "general_email": "a@ville.example", "finance_is": "GENERAL", "voting_is": "LATER"}
    about = {"body": f"Ville d’Exemple [{body.pk}]", "campaign": CampaignFactory().pk}
    typed = {**about, **named, "signatory_name": "D", "signatory_job": "maire"}
    refused = client.post(enter, {**typed, "general_email": ""})
    assert (refused.status_code, "Donnez son adresse électronique." in words(refused)) == (422, True)
    half = client.post(enter, {**typed, "payer_city": "Exempleville"})
    assert (half.status_code, "Donnez le code postal." in words(half)) == (422, True)
    made = client.post(enter, typed)
    membership = Membership.objects.get()
    assert (made.url, membership.origin, membership.signature, Message.objects.count()) == (page(membership), Origin.STAFF, "PAPER", 0)
    assert "a déjà envoyé son bulletin 2027" in words(client.post(enter, typed))


def test_the_page_shows_bulletin_rights_papers_invoices_letters_and_who_did_what(client, colleague, sent):
    services.accept(sent, by=colleague, now=NOW)
    shown = words(client.get(page(sent)))
    wanted = [
        "Région d’Exemple",
        "Dominique",
        "ines@region.example",
        "Aucune facture.",
        "Bienvenue",
        "Bulletin accepté",
        "Suspendre les droits",
    ]
    assert [each for each in wanted if each not in shown] == []
    made = client.get(reverse("admin:memberships_membership_made", args=[sent.pk, "appel"]))
    assert (made["Content-Type"], made["Content-Disposition"]) == (
        "application/pdf", f'attachment; filename="appel-de-cotisation-AC2027-{sent.pk:04}.pdf"',
    )  # fmt: skip


def test_who_may_read_and_not_decide_sees_no_act_and_does_none(client, sent):
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    assert "Accepter le bulletin" not in words(client.get(page(sent)))
    assert (client.get(act(sent, "accepter")).status_code, client.get(reverse("admin:memberships_membership_enter")).status_code) == (
        403,
        403,
    )
    sign_in(client, UserFactory(roles=[Role.REVIEWER]))
    assert [client.get(address).status_code for address in (LIST, page(sent), act(sent, "accepter"))] == [302, 302, 302]


def test_bulletins_wait_since_the_first_and_bodies_are_found_by_their_memberships(colleague, sent):
    (waits,) = gathering.waiting(NOW + timedelta(days=2))
    assert (waits.label, waits.count, waits.since) == ("bulletin d’adhésion à lire", 1, NOW)
    assert [found.title for found in gathering.found(colleague, "region exemple")] == ["Région d’Exemple, 2027"]
    assert list(gathering.found(UserFactory(), "region exemple")) == []
    labels = [link.label.replace("\u00a0", " ") for link in gathering.of_body(sent.organisation, colleague)]
    assert labels == ["Adhésion 2027 : bulletin reçu"]


def test_the_dashboard_counts_the_year_for_who_may_read_it(colleague, sent):
    request = RequestFactory().get("/admin/")
    request.user = colleague
    shown = gathering.dashboard(request, NOW)
    assert ([bar[:2] for bar in shown["bars"]], shown["figures"].expected) == ([("bulletin reçu", 1)], Decimal(0))
    request.user = UserFactory()
    assert gathering.dashboard(request, NOW) is None


def test_a_renewed_year_is_not_a_former_member(client, colleague):
    body = OrganisationFactory(name="Ville fidèle")
    MembershipFactory(organisation=body, campaign=CampaignFactory(year=2025), rights_until=date(2026, 3, 31))
    MembershipFactory(organisation=body)
    assert re.findall(r'pill-\w+">([^<]+)<', client.get(LIST).content.decode()) == ["active", "renouvelée"]


def leaving(membership, contact):
    return reverse("admin:memberships_membership_leave", args=[membership.pk, contact.pk])


def test_the_team_ends_a_role_and_names_who_follows(client, colleague):
    membership = MembershipFactory(organisation__name="Ville d’Exemple")
    inès = ContactFactory(organisation=membership.organisation, role=ContactRole.GENERAL, email="ines@ville.example")
    assert leaving(membership, inès) in client.get(page(membership)).content.decode()
    assert "C’est le dernier référent général" in words(client.get(leaving(membership, inès)))
    refused = client.post(leaving(membership, inès), {"successor": "NOBODY", "first_name": "Sacha"})
    typed = {"successor": "OTHER", "first_name": "Sacha", "last_name": "Exemple", "job": "", "email": "sacha@ville.example"}
    answer = client.post(leaving(membership, inès), typed)
    current = Contact.objects.of(membership.organisation, on=NOW.date()).values_list("email", flat=True)
    assert (refused.status_code, answer.headers["Location"], list(current)) == (422, page(membership), ["sacha@ville.example"])
    assert Act.objects.get(verb="fin de rôle d’un contact").by_id == str(colleague.pk)


def test_a_role_that_is_over_or_of_another_body_is_not_ended(client, colleague):
    membership = MembershipFactory()
    gone = ContactFactory(organisation=membership.organisation, ends_on=date(2027, 1, 31))
    assert [client.get(leaving(membership, row)).status_code for row in (gone, ContactFactory())] == [404, 404]


def test_who_only_reads_memberships_ends_no_role(client):
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    membership = MembershipFactory()
    row = ContactFactory(organisation=membership.organisation)
    assert (client.post(leaving(membership, row), {"successor": "NOBODY"}).status_code, Contact.objects.get(pk=row.pk).ends_on) == (
        403,
        None,
    )


# --- A member who answers by telephone ------------------------------------------------------------------


@pytest.fixture
def called():
    return MembershipFactory(state=State.TO_CONFIRM, origin=Origin.CAMPAIGN, rights_from=None, rights_until=None, accepted_at=None)


def test_a_member_who_telephones_is_confirmed_with_a_note_and_nobody_signed(client, colleague, called):
    assert "Confirmer le renouvellement" in words(client.get(page(called)))
    refused = client.post(act(called, "confirmer"), {"text": "", "commitment_number": ""})
    assert (refused.status_code, "Dites qui a répondu, et comment." in words(refused)) == (422, True)
    client.post(act(called, "confirmer"), {"text": "Inès Exemple, par téléphone", "commitment_number": ""})
    called.refresh_from_db()
    assert (called.state, called.signature, called.signed_at, called.rights_from is not None) == (State.ACTIVE, "", None, True)
    shown = words(client.get(page(called)))
    assert "Adhésion confirmée" in shown
    assert "Inès Exemple, par téléphone" in shown
    assert "Confirmer le renouvellement" not in shown


def test_who_telephoned_is_told_by_a_letter_that_the_renewal_is_noted(client, colleague, called):
    ContactFactory(organisation=called.organisation, role=ContactRole.FINANCE, email="finances@ville.example")
    for _ in range(2):
        client.post(act(called, "confirmer"), {"text": "Inès Exemple, par téléphone", "commitment_number": ""})
    assert [letter.to for letter in Message.objects.filter(kind=renewal_emails.CONFIRMED)] == ["finances@ville.example"]


def test_an_order_number_told_by_telephone_signs(client, colleague, called):
    client.post(act(called, "confirmer"), {"text": "Par courriel", "commitment_number": "EJ-7"})
    called.refresh_from_db()
    assert (called.signature, called.commitment_number) == ("ORDER", "EJ-7")
    assert Act.objects.get(verb="adhésion confirmée").note == "par un numéro de commande. Par courriel"


def test_a_member_who_telephones_may_decline_then_come_back(client, colleague, called):
    client.post(act(called, "decliner"), {"text": "Inès Exemple : budget voté sans nous"})
    called.refresh_from_db()
    assert (called.state, Act.objects.get(verb="adhésion non renouvelée").note) == (State.DECLINED, "Inès Exemple : budget voté sans nous")
    client.post(act(called, "confirmer"), {"text": "Inès Exemple, rappelée", "commitment_number": ""})
    called.refresh_from_db()
    assert called.state == State.ACTIVE
