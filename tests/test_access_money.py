"""« Who may see what » (domain.md section 4), its line « invoices, payments »: contacts those of their body, team and treasurer all."""

import re
from datetime import date, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from billing import services as billing
from billing.states import Method
from core.clock import PARIS
from memberships import links, papers
from memberships.services import invoicing
from memberships.states import DocumentKind
from organisations.states import ContactRole
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import association, body
from tests.memberships.factories import ContactFactory, MembershipFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)
YESTERDAY = date(2027, 2, 28)
MARK = "Introuvable27"

MEMBER, READERS, TREASURER = {"member"}, {"staff", "treasurer"}, {"treasurer"}
MATRIX = {
    "invoice": MEMBER | READERS,
    "invoice file": MEMBER | READERS,
    "space of the member": MEMBER,
    "contacts of the member": MEMBER,
    "people of the member": MEMBER,
    "end of a role": MEMBER,
    "attestation": MEMBER,
    "summary": MEMBER,
    "paper": MEMBER,
    "admin: invoices": READERS,
    "admin: invoice": READERS,
    "admin: memberships": READERS,
    "admin: membership": READERS,
    "admin: uses of rights": {"staff"},
    "admin: mail domains": READERS,
    "admin: booking links": READERS,
    "admin: requests to be counted": {"staff"},
    "admin: statements": TREASURER,
}
# The page of the finance department is opened by its address, whoever holds it: its holder is not asked who they are.


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world():
    """A body with an invoice paid in part, its contact, and people of every other kind."""
    association()
    organisation = body(name=f"Ville {MARK}")
    names = ("candidate", "neighbour", "other member", "former contact")
    roles = {"reviewer": Role.REVIEWER, "coordinator": Role.COORDINATOR, "staff": Role.STAFF}
    roles |= {"treasurer": Role.TREASURER, "administrator": Role.ADMINISTRATOR}
    people = {"member": UserFactory()} | {name: UserFactory() for name in names}
    people |= {name: UserFactory(roles=[role]) for name, role in roles.items()}
    ContactFactory(organisation=organisation, account=people["member"], email=people["member"].email)
    ContactFactory(organisation=organisation, account=people["former contact"], email="parti@ville.example", ends_on=YESTERDAY)
    ContactFactory(account=people["other member"], email=people["other member"].email)
    finance = ContactFactory(organisation=organisation, role=ContactRole.FINANCE, email="finances@ville.example")
    membership = MembershipFactory(organisation=organisation)
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    billing.record_payment(invoice, invoice.gross / 2, method=Method.CHEQUE, received_on=NOW.date(), by=None, now=NOW, reason="Chèque.")
    return people, membership, invoice, finance


def places_of(membership, invoice, finance):
    pk = membership.organisation_id
    document = papers.publish(membership, DocumentKind.BULLETIN, NOW)
    return {
        "invoice": reverse("invoice", args=[invoice.number]),
        "invoice file": reverse("invoice_file", args=[invoice.number]),
        "space of the member": reverse("member", args=[pk]),
        "contacts of the member": reverse("member_contact", args=[pk, finance.pk]),
        "people of the member": reverse("member_agents", args=[pk]),
        "end of a role": reverse("member_contact_end", args=[pk, finance.pk]),
        "attestation": reverse("member_attestation", args=[pk]),
        "summary": reverse("member_summary", args=[pk, 2027]),
        "paper": reverse("member_paper", args=[pk, document.pk]),
        "admin: invoices": reverse("admin:billing_invoice_changelist"),
        "admin: invoice": reverse("admin:billing_invoice_change", args=[invoice.pk]),
        "admin: memberships": reverse("admin:memberships_membership_changelist"),
        "admin: membership": reverse("admin:memberships_membership_change", args=[membership.pk]),
        "admin: uses of rights": reverse("admin:memberships_benefituse_changelist"),
        "admin: mail domains": reverse("admin:memberships_maildomain_changelist"),
        "admin: booking links": reverse("admin:memberships_bookinglink_changelist"),
        "admin: requests to be counted": reverse("admin:memberships_belonging_changelist"),
        "admin: statements": reverse("admin:billing_statement_changelist"),
    }


def browsers_of(people):
    return {"public": Client()} | {name: sign_in(Client(), person) for name, person in people.items()}


def test_money_is_opened_by_whom_the_table_says_and_nobody_else(world):
    people, membership, invoice, finance = world
    places, browsers = places_of(membership, invoice, finance), browsers_of(people)
    answers = {(place, name): browser.get(path).status_code for place, path in places.items() for name, browser in browsers.items()}
    opened = {place: {name for name in browsers if answers[place, name] == 200} for place in places}
    assert opened == MATRIX
    assert {status for status in answers.values() if status != 200} <= {302, 403, 404}


STARTS = ["/", "/espace/", "/adhesion/", "/programmes/", "/plan-du-site/", "/contact/", "/admin/", "/sitemap.xml"]
MOST = 60


def crawled(client: Client) -> dict[str, str]:
    """Every page this person is led to, by its links."""
    waiting, read = list(STARTS), {}
    while waiting and len(read) < MOST:
        address = waiting.pop(0)
        if address in read:
            continue
        answer = client.get(address)
        read[address] = answer.content.decode(errors="replace") if answer.status_code == 200 and not answer.streaming else ""
        waiting += [link for link in re.findall(r'href="(/[^"#?]*)"', read[address]) if link not in read and "deconnexion" not in link]
    return read


@pytest.mark.parametrize("who", ["public", "neighbour", "other member", "former contact", "reviewer"])
def test_a_crawl_leads_nobody_else_to_the_money_of_a_member(world, who):
    """The directory names who adheres; no page says what is owed, paid, asked, or where its file is."""
    people, membership, invoice, finance = world
    secret = links.give(membership, finance, NOW).rstrip("/").rpartition("/")[2]
    read = crawled(browsers_of(people)[who])
    hidden = (invoice.number, secret, finance.email, f"/espace/adhesion/{membership.organisation_id}/")
    assert [(address, text) for address, page in read.items() for text in hidden if text in page] == []


def test_the_same_crawl_finds_it_for_the_member(world):
    people, membership, invoice, finance = world
    read = " ".join(crawled(browsers_of(people)["member"]).values())
    hidden = (invoice.number, finance.email, f"/espace/adhesion/{membership.organisation_id}/")
    assert [text in read for text in hidden] == [True] * 3


def test_the_address_of_a_file_opens_one_file_to_whoever_holds_it_and_dies_with_the_role(world):
    people, membership, _, finance = world
    address = links.give(membership, finance, NOW)
    answers = {browser.get(address).status_code for browser in browsers_of(people).values()}
    finance.ends_on = YESTERDAY
    finance.save()
    assert (answers, Client().get(address).status_code) == ({200}, 404)
