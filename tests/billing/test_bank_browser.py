"""The treasurer's minute in a browser: import, see what closed, place what waits; no barrier, no overflow, no script needed."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from billing.models import StatementEntry
from tests.accounts.factories import UserFactory, sign_in
from tests.billing import bank_samples as bank
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, association, body, dues, issued
from tests.browser import follow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "COMMUNAUTE D'AGGLOMERATION D'EXEMPLE-SUR-L'ESSAI-ET-DES-QUATRE-VALLEES / SERVICE DE GESTION COMPTABLE D'EXEMPLEVILLE"
CSV = "Date;Libellé;Débit;Crédit\n01/03/2027;VIR SEPA F2027-0001;;5 000,00\n"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW + timedelta(days=3)):
        yield


@pytest.fixture
def invoices():
    association()
    return [issued(body(name="Ville de l’Essai")), issued(), issued(), issued()]


def enter(page, live):
    client, person = Client(), UserFactory(roles=[Role.TREASURER])
    sign_in(client, person)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live}])
    return page


def statement():
    return bank.camt(
        bank.entry("5000.00", text=["F2027-0001"], reference="B1"),
        bank.entry("4999.00", text=["fact f 2027 0002"], party="DEPARTEMENT D'EXEMPLE", reference="B2"),
        bank.entry("10000.00", text=["MANDATS F2027-0003 F2027-0004"], party=LONG, reference="B3"),
        bank.entry("2500.00", text=["VIREMENT SANS REFERENCE"], party="ETS L'ESSAI", iban="", reference="B4"),
        bank.entry("-12.40", text=["FRAIS"], party="BANQUE", iban="", reference="B5"),
    )


def deposit(page, content, name="releve.xml"):
    page.goto(reverse("admin:billing_statement_deposit"))
    page.get_by_label("Relevé de la banque").set_input_files({"name": name, "mimeType": "application/xml", "buffer": content})
    follow(page, "Voir ce relevé")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_from_the_file_to_what_waits(open_page, live, invoices, javascript):
    page = enter(open_page(javascript=javascript), live)
    deposit(page, statement())
    assert page.get_by_text("se rapproche seule").count() == 2
    follow(page, "Importer ce relevé")
    page.get_by_text("5 nouvelles lignes sur 5 lues. 2 rapprochées seules, 2 à rapprocher.".replace(" :", "\u00a0:")).wait_for()
    page.goto(reverse("admin:billing_statemententry_changelist"))
    follow(page, "Compter 4\u202f999\u00a0€ sur F2027-0002")
    page.get_by_text("C’est rapproché.").wait_for()
    follow(page, "Placer, rendre ou écarter", role="link")
    page.get_by_label("Pourquoi ?").first.fill("Don de l’entreprise")
    follow(page, "Écarter")
    page.get_by_text("La ligne est écartée").wait_for()
    assert StatementEntry.objects.to_reconcile().count() == 0


def test_the_keyboard_alone_places_a_line(open_page, live, invoices):
    entry = line("4999.00", "F2027-0002")
    page = enter(open_page(), live)
    page.goto(reverse("admin:billing_statemententry_change", args=[entry.pk]))
    field = page.get_by_label("F2027-0002")
    field.focus()
    assert field.input_value() == "4999,00"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("C’est rapproché.").wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_of_the_bank_holds_a_barrier_or_runs_over(open_page, live, axe, invoices, dark):
    page = enter(open_page(dark=dark, reduced_motion="reduce"), live)
    deposit(page, b"<Document/>")
    look(page, axe, "refused", dark)
    deposit(page, CSV.encode(), "mars.csv")
    look(page, axe, "mapping", dark)
    deposit(page, statement())
    look(page, axe, "trial", dark)
    follow(page, "Importer ce relevé")
    look(page, axe, "statement", dark)
    issued(None, dues())
    line("5000.00", "X" * 90, party_name=LONG)
    for name in ("statemententry", "refund", "statement"):
        page.goto(reverse(f"admin:billing_{name}_changelist"))
        look(page, axe, f"{name}s", dark)
    for entry in StatementEntry.objects.exclude(amount__lt=0).order_by("pk"):
        page.goto(reverse("admin:billing_statemententry_change", args=[entry.pk]) + "?q=exemple")
        look(page, axe, f"line-{entry.pk}", dark)
    follow(page, "Placer")
    look(page, axe, "line-refused", dark)
    assert page.locator(".summary").count() == 1


def look(page, axe, name, dark):
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        # The layout follows the new size a moment later: a real overflow stays, and ends this in a time-out.
        page.wait_for_function(f"width => document.documentElement.clientWidth === width && {OVERFLOW} === 0", arg=width)
        axe(page)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}{'-dark' if dark else ''}.png", full_page=True)
