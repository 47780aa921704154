"""The page of the finance department (S11): everything for one file, by a secret address, and the invoice once."""

import hashlib
import re
from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from billing import services as billing
from billing.models import Invoice, SupplierFile
from core.clock import PARIS
from core.logs import masked
from core.refusals import Refused
from mailing.models import Message
from memberships import links, renewal_emails
from memberships.models import FinanceLink, Membership
from memberships.services import invoicing
from memberships.sold import sold
from memberships.states import Signature, State
from organisations.models import ServiceCode
from organisations.services import succeed
from organisations.states import ContactRole, Kind
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import association, body
from tests.memberships.factories import ContactFactory, MembershipFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def joined(**fields) -> Membership:
    """A commune that joined, and its finance contact."""
    association()
    organisation = body(**fields)
    ContactFactory(organisation=organisation, role=ContactRole.FINANCE, email="finances@ville.example")
    ContactFactory(organisation=organisation, role=ContactRole.GENERAL, email="direction@ville.example")
    return MembershipFactory(organisation=organisation)


def page(membership: Membership, name: str = "finance", *more: object) -> str:
    contact = membership.organisation.contacts.get(role=ContactRole.FINANCE)
    token = links.give(membership, contact, NOW).rstrip("/").rpartition("/")[2]
    return reverse(name, args=[token, *more])


WHERE = {"payer_address": "Hôtel de ville", "payer_postcode": "35000", "payer_city": "Exemple"}
REFERENCES = {"commitment_number": "2027-118", "service_code": "FIN", "payer_siret": "", "contract_number": "", **WHERE}


def test_everything_the_department_needs_is_on_the_page_without_an_account(client):
    membership = joined()
    answer = client.get(page(membership))
    text = answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")
    assert [part in text for part in ("5 000 €", "FR76 3000 6000 0112 3456 7890 189", "30 jours", "Numéro d’engagement")] == [True] * 4
    assert (answer.headers["Referrer-Policy"], answer.headers["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    assert answer.cookies.get("sessionid") is None


def test_the_invoice_shows_the_references_and_asking_again_gives_the_same_file(client):
    membership = joined()
    assert client.post(page(membership), REFERENCES).headers["Location"] == page(membership, "finance_draft")
    draft = client.get(page(membership, "finance_draft")).content.decode()
    assert ("Sans numéro" in draft, "2027-118" in draft, Invoice.objects.count()) == (True, True, 0)
    first = client.post(page(membership, "finance_ask"))
    assert first.headers["Location"] == client.post(page(membership, "finance_ask")).headers["Location"]
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.service_code, invoice.commitment_number) == ("F2027-0001", "FIN", "2027-118")
    assert (invoice.due_on - invoice.issued_on).days == 30
    address = page(membership, "finance_invoice_file", invoice.number)
    files = [client.get(address).content for _ in range(2)]
    assert (files[0] == files[1], hashlib.sha256(files[0]).hexdigest()) == (True, invoice.document.sha256)


def test_a_hospital_has_fifty_days():
    membership = joined(kind=Kind.HOSPITAL, payment_days=50)
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    assert (invoice.due_on - invoice.issued_on).days == 50


@pytest.mark.parametrize(
    ("needs", "field", "words"),
    [
        ({"needs_commitment": True}, "commitment_number", "numéro d’engagement"),
        ({"needs_service_code": True}, "service_code", "code service"),
        ({"needs_either": True}, "commitment_number", "l’un des deux"),
        ({"needs_payer_siret": True}, "payer_siret", "SIRET de l’établissement qui paie"),
    ],
)
def test_what_a_body_requires_is_asked_beside_its_field_and_the_invoice_refused_without_it(client, needs, field, words):
    membership = joined(**needs)
    answer = client.post(page(membership), dict.fromkeys(REFERENCES, ""))
    assert (answer.status_code, words in str(answer.context["form"].errors[field])) == (422, True)
    refused = client.post(page(membership, "finance_ask"))
    assert (refused.status_code, "il manque" in refused.content.decode(), Invoice.objects.count()) == (422, True, 0)


def test_a_wrong_paying_siret_is_refused_in_words_and_the_rest_kept(client):
    membership = joined()
    answer = client.post(page(membership), {**REFERENCES, "payer_siret": "123 456 789 00012"})
    assert (answer.status_code, "2027-118" in answer.content.decode()) == (422, True)
    assert "SIRET" in str(answer.context["form"].errors["payer_siret"])


def test_known_services_are_proposed(client):
    membership = joined()
    ServiceCode.objects.create(organisation=membership.organisation, code="FIN", label="Finances")
    ServiceCode.objects.create(organisation=membership.organisation, code="VIEUX", is_active=False)
    text = client.get(page(membership)).content.decode()
    assert ("FIN" in text, "VIEUX" in text) == (True, False)


def test_references_no_longer_change_once_the_invoice_is_issued(client):
    membership = joined()
    invoicing.ask_invoice(membership, by=None, now=NOW)
    answer = client.post(page(membership), REFERENCES)
    assert (answer.status_code, "ne changent plus" in answer.content.decode()) == (422, True)


def test_a_membership_that_is_not_accepted_has_no_invoice(client):
    membership = joined()
    Membership.objects.filter(pk=membership.pk).update(state=State.PROPOSED)
    assert client.post(page(membership, "finance_ask")).status_code == 422
    assert Invoice.objects.count() == 0


def credited(membership: Membership) -> Invoice:
    first = invoicing.ask_invoice(membership, by=None, now=NOW)
    billing.credit(first, reason="Rien n’est dû.", by=UserFactory(), now=NOW)
    return first


def test_the_team_issues_again_what_was_credited_and_the_new_invoice_replaces_the_first():
    membership = joined()
    first = credited(membership)
    second = invoicing.ask_invoice(membership, by=None, now=NOW, again=True)
    assert (second.number, second.replaces, Invoice.objects.count()) == ("F2027-0002", first, 3)
    assert invoicing.ask_invoice(membership, by=None, now=NOW, again=True) == second


def test_whoever_holds_the_address_does_not_issue_again_what_was_credited_and_is_told_why(client):
    membership = joined()
    credited(membership)
    text = client.get(page(membership)).content.decode()
    assert ("Cette facture est annulée par un avoir" in text, "Enregistrer et voir la facture" in text) == (True, False)
    draft, asked = client.get(page(membership, "finance_draft")), client.post(page(membership, "finance_ask"))
    assert (draft.status_code, asked.status_code, Invoice.objects.count()) == (302, 422, 2)
    assert "ne s’émet plus d’ici" in asked.content.decode()


@pytest.mark.parametrize(("role", "status", "count"), [(Role.TREASURER, 302, 3), (Role.STAFF, 403, 2)])
def test_the_treasurer_issues_it_again_from_the_page_of_the_membership(client, role, status, count):
    membership = joined()
    credited(membership)
    sign_in(client, UserFactory(roles=[role]), factor=True)
    act = reverse("admin:memberships_membership_act", args=[membership.pk, "refacturer"])
    assert (client.post(act).status_code, Invoice.objects.count()) == (status, count)


def test_a_body_that_was_replaced_is_invoiced_written_to_and_read_as_who_replaced_it(client):
    membership, heir = joined(), body(name="Métropole d’Exemple", siret="20005478100022", needs_commitment=True)
    ContactFactory(organisation=heir, role=ContactRole.FINANCE, email="finances@metropole.example")
    succeed(membership.organisation, heir, on=NOW.date(), by=None, now=NOW)
    address = page(membership)
    assert "Métropole d’Exemple" in client.get(address).content.decode()
    assert "votre organisme l’exige" in client.post(address, {}).content.decode()
    invoicing.give_references(membership, by=None, now=NOW, commitment_number="2027-118")
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    assert (invoice.buyer_siret, invoice.organisation) == ("20005478100022", heir)
    told = sold(invoice)
    assert told is not None
    assert (told.to, told.space.endswith(reverse("member", args=[heir.pk]))) == ("finances@metropole.example", True)


def test_of_two_finance_contacts_the_last_one_pays_whatever_is_written():
    membership = joined()
    ContactFactory(organisation=membership.organisation, role=ContactRole.FINANCE, email="compta@ville.example")
    told, call = sold(invoicing.ask_invoice(membership, by=None, now=NOW)), renewal_emails.told(membership.organisation, on=NOW.date())
    assert told is not None
    assert call is not None
    assert (told.to, told.cc) == (call.contact.email, call.cc) == ("compta@ville.example", "direction@ville.example")


def test_while_the_number_is_held_nothing_is_looked_for_but_what_is_written():
    """ADR 0030: other issuers wait behind the row of the counter."""
    membership = joined()
    with CaptureQueriesContext(connection) as asked:
        invoicing.ask_invoice(membership, by=None, now=NOW)
    statements = [query["sql"] for query in asked]
    held = next(place for place, sql in enumerate(statements) if sql.startswith("SELECT") and '"billing_counter"' in sql)
    after = [re.search(r'"(\w+)"', sql.partition("FROM")[2] if sql.startswith("SELECT") else sql) for sql in statements[held + 1 :]]
    read = {name[1] for name, sql in zip(after, statements[held + 1 :], strict=True) if name and sql.startswith("SELECT")}
    assert (Message.objects.filter(kind="billing.issued_chorus").count(), read & set(LOOKED_FOR), len(after)) == (1, set(), 12)


LOOKED_FOR = ("memberships_membership", "memberships_financelink", "organisations_contact", "billing_payment", "records_association")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_who_ask_at_once_have_one_invoice():
    membership = joined()
    found = race(*(partial(invoicing.ask_invoice, membership, by=None, now=NOW) for _ in range(4)))
    assert ({invoice.number for invoice in found}, Invoice.objects.count()) == ({"F2027-0001"}, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_membership_both_would_go_on_to_issue(monkeypatch):
    """The twin: with the look and the issue apart, both see nothing; the unique key of the sale is what remains."""
    membership, look = joined(), Barrier(2, timeout=PATIENCE)
    seen = []

    def naive() -> None:
        seen.append(invoicing.invoice_of(membership))
        look.wait()

    race(naive, naive)
    assert seen == [None, None]


def test_a_link_dies_when_revoked_expired_or_when_the_role_ends(client):
    membership = joined()
    address, contact = page(membership), membership.organisation.contacts.get(role=ContactRole.FINANCE)
    link = FinanceLink.objects.get()
    assert client.get(address).status_code == 200
    contact.ends_on = NOW.date() - timedelta(days=1)
    contact.save()
    assert client.get(address).status_code == 404
    contact.ends_on = None
    contact.save()
    links.revoke(link, by=None, now=NOW)
    gone = client.get(address)
    assert (gone.status_code, "ne s’ouvre plus" in gone.content.decode()) == (404, True)
    assert page(membership) != address
    with time_machine.travel(NOW + timedelta(days=900)):
        assert client.get(page(membership)).status_code == 404


def test_an_invented_address_says_the_same_as_a_dead_one(client):
    joined()
    assert client.get(reverse("finance", args=["0" * 64])).status_code == 404


def test_a_link_opens_neither_another_file_nor_its_invoices(client):
    one, other = joined(), MembershipFactory(organisation=body())
    invoice = invoicing.ask_invoice(other, by=None, now=NOW)
    codes = [client.get(page(one, name, invoice.number)).status_code for name in ("finance_invoice", "finance_invoice_file")]
    assert (codes, client.post(page(one, "finance_pay", invoice.number)).status_code) == ([404, 404], 404)


def test_the_same_address_is_given_again_and_only_its_fingerprint_is_kept():
    membership = joined()
    assert page(membership) == page(membership)
    token = page(membership).strip("/").rpartition("/")[2]
    assert FinanceLink.objects.get().digest == hashlib.sha256(token.encode()).hexdigest()


def test_files_of_the_supplier_are_offered_and_only_those(client):
    membership = joined()
    rows = [
        SupplierFile(kind="RIB", title=title, sha256="x", is_offered=offered, added_at=NOW)
        for title, offered in (("RIB", True), ("Privé", False))
    ]
    for row in rows:
        row.file.save("rib.pdf", ContentFile(b"%PDF-1.7 essai"))
    answers = [client.get(page(membership, "finance_supplier_file", row.pk)).status_code for row in rows]
    assert (answers, "Privé" in client.get(page(membership)).content.decode()) == ([200, 404], False)


def test_a_file_that_is_lost_is_not_found_and_stops_no_letter(client):
    membership = joined()
    row = SupplierFile(kind="RIB", title="RIB", sha256="x", is_offered=True, added_at=NOW)
    row.file.save("rib.pdf", ContentFile(b"%PDF-1.7 essai"))
    told = sold(invoicing.ask_invoice(membership, by=None, now=NOW))
    assert told is not None
    before = [each.name for each in told.enclosures()]
    row.file.storage.delete(row.file.name)
    after = [each.name for each in told.enclosures()]
    assert set(before) - set(after) == {"rib-la-27e-region.pdf"}
    assert client.get(page(membership, "finance_supplier_file", row.pk)).status_code == 404


@pytest.mark.parametrize(("field", "value"), [("amount", 0), ("state", State.PROPOSED), ("state", State.REFUSED)])
def test_no_draft_is_drawn_of_what_will_not_be_invoiced(client, field, value):
    membership = joined()
    Membership.objects.filter(pk=membership.pk).update(**{field: value})
    assert [client.get(page(membership, name)).status_code for name in ("finance_draft", "finance_draft_pdf")] == [302, 404]


def test_the_november_call_is_answered_by_a_click_or_by_an_order_number(client):
    membership = joined()
    waiting = {"state": State.TO_CONFIRM, "accepted_at": None, "rights_from": None, "rights_until": None}
    Membership.objects.filter(pk=membership.pk).update(**waiting)
    address = page(membership, "finance_renew")
    assert (client.get(address).status_code, Membership.objects.get().state) == (200, State.TO_CONFIRM)
    client.post(address, {"answer": "no", "reason": "Budget", "commitment_number": ""})
    assert Membership.objects.get().state == State.DECLINED
    client.post(address, {"answer": "yes", "reason": "", "commitment_number": "2027-118"})
    renewed = Membership.objects.get()
    assert (renewed.state, renewed.signature, renewed.commitment_number) == (State.ACTIVE, Signature.ORDER, "2027-118")


def test_the_letter_of_an_invoice_goes_to_the_finance_contact_with_the_address_of_the_file(client):
    membership = joined()
    invoicing.ask_invoice(membership, by=None, now=NOW)
    letter = Message.objects.get(key__endswith=":issued")
    assert (letter.to, page(membership) in letter.text) == ("finances@ville.example", True)


def test_a_refusal_of_the_card_is_said_on_the_page(client):
    membership = joined()
    invoice = invoicing.ask_invoice(membership, by=None, now=NOW)
    answer = client.post(page(membership, "finance_pay", invoice.number))
    assert (answer.status_code, "payez par virement" in answer.content.decode()) == (422, True)


def test_nothing_is_owed_nothing_is_invoiced():
    membership = joined()
    Membership.objects.filter(pk=membership.pk).update(amount=0)
    with pytest.raises(Refused, match="Rien n’est dû"):
        invoicing.ask_invoice(membership, by=None, now=NOW)


def test_no_log_holds_the_address_of_a_file():
    address = page(joined())
    assert (masked(f"Not Found: {address}"), masked("/paiement/abc-DEF/")) == ("Not Found: /dossiers/[secret]/", "/paiement/[secret]/")


def test_the_finance_page_completes_the_address_of_a_payer_without_one(client):
    membership = joined(address="", postcode="", city="")
    empty = client.post(page(membership), {**REFERENCES, **dict.fromkeys(WHERE, "")})
    assert [name for name in WHERE if name in empty.context["form"].errors] == list(WHERE)
    wrong = client.post(page(membership), {**REFERENCES, "payer_postcode": "3500"})
    assert "Un code postal a 5 chiffres" in str(wrong.context["form"].errors["payer_postcode"])
    assert client.post(page(membership), REFERENCES).headers["Location"] == page(membership, "finance_draft")
    client.post(page(membership, "finance_ask"))
    invoice = Invoice.objects.get()
    assert (invoice.buyer["address"], invoice.buyer["postcode"], invoice.buyer["city"]) == tuple(WHERE.values())
    note = Act.objects.get(verb="références de facturation")
    assert note.changes["ville du payeur"] == ["", "Exemple"]
    after = client.post(page(membership), {**REFERENCES, "payer_city": "Ailleurs"})
    invoice.refresh_from_db()
    assert (after.status_code, invoice.buyer["city"]) == (422, "Exemple")


@pytest.mark.parametrize(
    ("last", "told"), [(date(2027, 6, 30), "Adhésion 2027 active jusqu’au 30 juin 2027"), (date(2027, 2, 1), "démission")]
)
def test_a_body_that_will_leave_is_active_until_its_day(client, last, told):
    membership = joined()
    Membership.objects.filter(pk=membership.pk).update(state=State.RESIGNED, resigned_on=last)
    assert told in client.get(page(membership)).content.decode().replace("\u00a0", " ").replace("\u202f", " ")
