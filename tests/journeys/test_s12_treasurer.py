"""S12: a treasurer closes a month. Deposit on Chorus Pro, a statement, an error credited and replaced, a card."""

import re
from datetime import datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from accounts.roles import Role
from billing.models import Invoice, Payment, StatementEntry
from billing.services import cards, reminding
from billing.states import TransmissionState
from core.clock import PARIS
from memberships import demo, demo_members
from memberships.models import Membership
from memberships.services import invoicing
from tests.accounts.factories import UserFactory, sign_in
from tests.billing import bank_samples as bank
from tests.billing.factories import association, siret
from tests.journeys.conftest import Hands

pytestmark = [pytest.mark.browser, pytest.mark.journey]

TOWN, COUNTY, METRO, FIRM = demo_members.TOWN, demo_members.DEPARTMENT, demo_members.METROPOLIS, demo_members.LONGEST
FINANCE = "finances@metropole.example"
WAYS = [(1280, True), (390, False)]
NAMES = ["desktop", "phone without JavaScript"]


def see(page, *words):
    """Every word is on the page, whatever the spaces."""
    text = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert [word for word in words if word.lower() not in text.lower()] == []


def treasurer_page(open_page, live, width, javascript):
    page = open_page(width=width, javascript=javascript, reduced_motion="reduce")
    key = sign_in(Client(), UserFactory(roles=[Role.TREASURER], first_name="Claude")).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    return page


def invoiced(name, at):
    membership = Membership.objects.select_related("organisation", "campaign").get(organisation__name=name, campaign__year=2021)
    body = membership.organisation
    body.siret = body.siret or siret()
    body.save()
    return invoicing.ask_invoice(membership, by=None, now=at)


def remaining(invoice):
    return Invoice.objects.with_balance().get(pk=invoice.pk).remaining


def day(*moment):
    return datetime(*moment, tzinfo=PARIS)


@pytest.mark.parametrize(("width", "javascript"), WAYS, ids=NAMES)
def test_s12_treasurer(open_page, live, transactional_db, at, mailbox, look, tmp_path, width, javascript):
    at(2021, 3, 1, 10)
    association()
    demo.load(1)
    metro, county, town, firm = (invoiced(name, day(2021, 3, 1, 10)) for name in (METRO, COUNTY, TOWN, FIRM))
    page = treasurer_page(open_page, live, width, javascript)
    hands = Hands(page, keyboard=False)

    # The deposit on Chorus Pro: the file, then the flow number.
    at(2021, 3, 2, 9)
    page.goto("/admin/")
    see(page, "Trésorerie", "À déposer sur Chorus Pro 4")
    look(page)
    for invoice in (metro, county, town, firm):
        page.goto("/admin/billing/transmission/?state__exact=TO_DEPOSIT")
        hands.press("link", invoice.number)
        assert hands.download("link", f"{invoice.number}.pdf").startswith(b"%PDF")
        hands.press("link", "Noter le dépôt")
        hands.fill("Numéro de flux", f"FLUX-{invoice.sequence}")
        hands.press("button", "Noter le dépôt")
    assert Invoice.objects.filter(transmission__state=TransmissionState.DEPOSITED).count() == 4
    see(page, "dépôt noté")

    # Without payment, the reminder of J-5 would leave.
    reminded = {reminder.invoice.number for reminder in reminding.between(day(2021, 3, 20, 0), day(2021, 4, 2, 0))}
    assert reminded == {invoice.number for invoice in (metro, county, town, firm)}

    # A statement: 5 000,00 with the number; 4 999,00 with another's.
    at(2021, 3, 15, 9)
    lines = [
        bank.entry("5000.00", on="2021-03-12", text=[f"MANDAT 118 {metro.number}"], reference="B1"),
        bank.entry("4999.00", on="2021-03-12", text=[f"MANDAT 9 {county.number}"], reference="B2", iban=bank.OTHER),
    ]
    file = tmp_path / "releve.xml"
    content = bank.camt(*lines)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    page.goto("/admin/billing/statement/importer/")
    page.get_by_label("Relevé de la banque").set_input_files(file)
    hands.press("button", "Voir ce relevé")
    see(page, "Rien n’est encore importé", "se rapproche seule", "attendra quelqu’un")
    look(page)
    hands.press("button", "Importer ce relevé")
    see(page, metro.number, "4 999 €", "À rapprocher")
    look(page)
    assert [remaining(metro), remaining(county)] == [0, 5000]
    assert StatementEntry.objects.to_reconcile().get().amount == Decimal(4999)
    page.goto("/admin/billing/statemententry/")
    see(page, "4 999 €", county.number)

    # Its receipt is mailed, its reminders stop; of the 4 999,00 none leaves while the line waits.
    assert metro.number in mailbox.to(FINANCE, metro.number)[-1].subject
    reminded = {reminder.invoice.number for reminder in reminding.between(day(2021, 3, 20, 0), day(2021, 4, 2, 0))}
    assert reminded == {town.number, firm.number}

    # A wrong invoice is credited and replaced: three documents, no gap.
    page.goto(f"/admin/billing/invoice/{town.pk}/change/")
    hands.press("link", "Remplacer")
    hands.fill("Numéro d’engagement", "EJ-2021-77")
    hands.fill("Motif", "Numéro d’engagement manquant.")
    hands.press("button", "Voir ce qui sera fait")
    see(page, "Un avoir de 5 000 €", "EJ-2021-77")
    look(page)
    hands.press("button", "Émettre l’avoir et la facture")
    note, new = Invoice.objects.get(corrects=town), Invoice.objects.get(replaces=town)
    see(page, note.number, new.number)
    assert [remaining(town), remaining(new), new.commitment_number] == [0, 5000, "EJ-2021-77"]
    for kind in ("INVOICE", "CREDIT"):
        sequences = list(Invoice.objects.filter(kind=kind, year=2021).order_by("sequence").values_list("sequence", flat=True))
        assert sequences == list(range(1, len(sequences) + 1))

    # A card, in test mode, closes another at once; the provider's message told again changes nothing.
    checkout = cards.open_checkout(firm, now=day(2021, 3, 15, 10))
    payer = open_page(width=width, javascript=javascript)
    payer.goto(checkout.get_absolute_url())
    with payer.expect_navigation():
        payer.get_by_role("link", name="Aller sur la page de paiement").click()
    with payer.expect_navigation():
        payer.get_by_role("button", name=re.compile("Payer")).click()
    payer.get_by_role("heading", name="C’est réglé").wait_for()
    assert remaining(firm) == 0
    told = Payment.objects.count()
    payer.goto(checkout.url)
    payer.wait_for_load_state()
    if payer.get_by_role("button", name=re.compile("Payer")).count():
        with payer.expect_navigation():
            payer.get_by_role("button", name=re.compile("Payer")).click()
    assert (Payment.objects.count(), remaining(firm)) == (told, 0)
    page.goto("/admin/billing/accounts/2021/")
    see(page, "Comptes 2021", "Facturé, avoirs déduits", COUNTY)
    look(page)
