"""A document's page and file: who may see them, and that the file is the same for ever."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.roles import Role
from billing import documents, services
from billing.models import Invoice, InvoiceFile
from billing.states import Method
from core import clock
from organisations.services import succeed
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import DUES, NOW, TODAY, body, issued
from tests.organisations.factories import ContactFactory

pytestmark = pytest.mark.django_db


def page(invoice: Invoice) -> str:
    return reverse("invoice", args=[invoice.number])


def file(invoice: Invoice) -> str:
    return reverse("invoice_file", args=[invoice.number])


@pytest.mark.parametrize("role", [Role.TREASURER, Role.STAFF])
def test_the_treasurer_and_the_team_read_every_invoice(client, role) -> None:
    invoice = issued()
    sign_in(client, UserFactory(roles=[role]))
    assert client.get(page(invoice)).status_code == 200
    assert client.get(file(invoice)).status_code == 200


def test_a_contact_reads_the_invoices_of_their_body_only(client) -> None:
    town, person = body(), UserFactory()
    ContactFactory(organisation=town, account=person)
    mine, other = issued(town), issued()
    sign_in(client, person)
    assert [client.get(address).status_code for address in (page(mine), file(mine))] == [200, 200]
    assert [client.get(address).status_code for address in (page(other), file(other))] == [404, 404]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COORDINATOR, Role.ADMINISTRATOR, None])
def test_nobody_else_is_told_that_it_exists(client, role) -> None:
    invoice = issued()
    sign_in(client, UserFactory(roles=[role] if role else []))
    assert [client.get(address).status_code for address in (page(invoice), file(invoice))] == [404, 404]
    assert client.get(reverse("invoice", args=["F2099-0001"])).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(0, 200), (1, 404)], ids=["from the day on", "before"])
def test_who_speaks_for_a_successor_reads_what_was_issued_to_the_body_before(client, days, status) -> None:
    invoice, heir = issued(), body(name="Métropole d’Exemple", siret="")
    assert invoice.organisation is not None
    succeed(invoice.organisation, heir, on=clock.now().date() + timedelta(days=days), by=None, now=clock.now())
    person = ContactFactory(organisation=heir, account=UserFactory()).account
    sign_in(client, person)
    seen = Invoice.objects.visible_to(person).filter(pk=invoice.pk).exists()
    assert [client.get(page(invoice)).status_code, client.get(file(invoice)).status_code, 200 if seen else 404] == [status] * 3


def test_who_speaks_for_a_body_that_was_replaced_reads_on_in_its_name(client) -> None:
    old, invoice = body(name="Communauté d’hier", siret=""), issued()
    assert invoice.organisation is not None
    succeed(old, invoice.organisation, on=clock.now().date(), by=None, now=clock.now())
    sign_in(client, ContactFactory(organisation=old, account=UserFactory()).account)
    assert client.get(page(invoice)).status_code == 200


def test_a_stranger_signs_in_first(client) -> None:
    invoice = issued()
    answers = [client.get(page(invoice)), client.get(file(invoice))]
    assert [answer.status_code for answer in answers] == [302, 302]


def test_the_file_is_given_as_it_was_issued_and_never_guessed_at(client) -> None:
    invoice = issued()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    first, again = client.get(file(invoice)), client.get(file(invoice))
    assert first.content == again.content
    assert first.content.startswith(b"%PDF")
    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Disposition"] == 'attachment; filename="facture-F2027-0001.pdf"'
    assert (first["X-Content-Type-Options"], first["Cache-Control"]) == ("nosniff", "private, no-cache")
    assert InvoiceFile.objects.count() == 1


def test_a_file_that_was_changed_on_the_disk_is_drawn_again_as_it_was_issued(client) -> None:
    invoice = issued()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    before = client.get(file(invoice)).content
    path = Path(InvoiceFile.objects.get().file.path)
    path.write_bytes(before + b" ")
    assert client.get(file(invoice)).content == before == path.read_bytes()


def test_a_file_that_cannot_be_what_was_issued_is_not_given_out(client, monkeypatch) -> None:
    """The portal draws otherwise since: only a backup has those bytes."""
    invoice = issued()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    client.get(file(invoice))
    Path(InvoiceFile.objects.get().file.path).write_bytes(b"%PDF-autre")
    monkeypatch.setattr(documents, "drawn", lambda _: b"%PDF-encore autre")
    answer = client.get(file(invoice))
    assert answer.status_code == 503
    assert "Ce fichier n’est pas donné." in answer.content.decode()


def test_the_page_says_what_became_of_it(client) -> None:
    invoice = issued()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    services.record_payment(invoice, DUES, method=Method.TRANSFER, received_on=TODAY, by=None, now=NOW)
    text = client.get(page(invoice)).content.decode()
    assert "payée le 1" in text
    note = services.credit(invoice, reason="Adhésion résiliée.", by=None, now=NOW)
    text = client.get(page(invoice)).content.decode()
    assert "à rembourser" in text
    assert page(note) in text
    told = client.get(page(note)).content.decode()
    assert "Cet avoir corrige la facture" in told
    assert "Adhésion résiliée." in told


def test_what_is_settled_asks_for_nothing_more_and_its_file_says_what_was_issued(client) -> None:
    invoice = issued()
    sign_in(client, UserFactory(roles=[Role.TREASURER]))
    for address in (page(invoice), reverse("admin:billing_invoice_change", args=[invoice.pk])):
        assert [words in client.get(address).content.decode() for words in ("À payer par virement avant", "Rien ne reste à payer")] == [
            True,
            False,
        ]
    services.record_payment(invoice, DUES, method=Method.TRANSFER, received_on=TODAY, by=None, now=NOW)
    for address in (page(invoice), reverse("admin:billing_invoice_change", args=[invoice.pk])):
        shown = client.get(address).content.decode()
        assert [words in shown for words in ("À payer par virement avant", "Code QR de virement", "Rien ne reste à payer")] == [
            False,
            False,
            True,
        ]
    assert documents.context(invoice)["is_payable"] is True


def test_a_credit_note_prints_no_condition_of_late_payment(client) -> None:
    invoice = issued()
    note = services.credit(invoice, reason="Erreur.", by=UserFactory(), now=NOW)
    assert (documents.context(note)["notes"], len(documents.context(invoice)["notes"])) == ([], 3)
