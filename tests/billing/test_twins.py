"""One transfer told by several statements is one; another transfer of the same day and amount is never swallowed (docs/adr/0032)."""

import random
from datetime import date
from decimal import Decimal

import pytest

from billing.models import BankMapping, Invoice, Payment, Statement, StatementEntry
from billing.services import importing
from billing.states import StatementFormat
from billing.twins import Likeness, likeness, read
from tests.accounts.factories import UserFactory
from tests.billing import bank_samples as bank
from tests.billing.factories import NOW, association, issued

COLUMNS = {"date": "Date", "label": "Libellé", "amount": "Montant", "reference": "Référence"}
PARTY = {"party_name": "VILLE D'EXEMPLE", "party_iban": bank.PAYER}


def told(kind, **fields):
    entry = StatementEntry(booked_on=date(2027, 3, 1), amount=Decimal(2040), iban=bank.OURS, **fields)
    entry.statement = Statement(format=kind, name=f"releve.{kind}")
    return read(entry)


@pytest.mark.parametrize(
    ("camt", "csv", "wanted"),
    [
        ({**PARTY, "label": "F2027-0001"}, {"label": "VIR SEPA VILLE D'EXEMPLE F2027-0001"}, Likeness.NUMBERS),
        ({**PARTY, "structured_reference": "RF18F20270001"}, {"label": "F2027-0001"}, Likeness.NUMBERS),
        ({**PARTY, "label": "Cotisation"}, {"label": "VIR RECU VILLE D EXEMPLE COTISATION 2027"}, Likeness.WORDS),
        ({**PARTY, "bank_reference": "B1"}, {"label": "VIR X F2027-0001", "bank_reference": "B1"}, Likeness.REFERENCE),
        ({**PARTY, "end_to_end": "MANDAT-118"}, {"label": "VIR", "bank_reference": "mandat 118"}, Likeness.REFERENCE),
        # The finding: another transfer of the same day and amount, which names another invoice.
        ({**PARTY, "label": "F2026-0013 F2026-0014"}, {"label": "VIR RÉGION D’EXEMPLE F2026-0015"}, Likeness.TWO),
        ({**PARTY, "label": "X"}, {"label": "VILLE D'EXEMPLE X", "party_iban": bank.OTHER}, Likeness.TWO),
        # Neither proven nor contradicted: somebody must look.
        ({**PARTY, "label": "Cotisation"}, {"label": "VIR RÉGION D’EXEMPLE F2026-0015"}, Likeness.DOUBT),
        ({**PARTY, "label": "F2026-0015"}, {"label": "VIR VILLE D'EXEMPLE"}, Likeness.DOUBT),
        ({**PARTY, "label": "F2026-0013 F2026-0014"}, {"label": "VILLE D'EXEMPLE F2026-0014 F2026-0015"}, Likeness.DOUBT),
        ({**PARTY, "label": "F2026-0015"}, {"label": "VIR OFFICE MODELE F2026-0015"}, Likeness.DOUBT),
        ({**PARTY, "label": "Cotisation"}, {"label": "VIR OFFICE MODELE"}, Likeness.DOUBT),
        ({**PARTY, "bank_reference": "B1"}, {"label": "VILLE D'EXEMPLE", "bank_reference": "B2"}, Likeness.DOUBT),
        ({**PARTY, "end_to_end": "COTIS"}, {"label": "F2027-0001", "bank_reference": "COTIS"}, Likeness.DOUBT),
        ({**PARTY}, {"label": ""}, Likeness.DOUBT),
        ({"label": "COTISATION 2027"}, {"label": "VIR COTISATION 2027 OFFICE MODELE"}, Likeness.DOUBT),
    ],
)
def test_two_lines_are_one_only_when_something_proves_it(camt, csv, wanted):
    one, other = told(StatementFormat.CAMT, **camt), told(StatementFormat.CSV, **csv)
    assert (likeness(one, other), likeness(other, one)) == (wanted, wanted)


def test_in_one_format_only_a_reference_makes_two_lines_one():
    notice = told(StatementFormat.CAMT, **PARTY, label="F2027-0001", bank_reference="B1")
    assert likeness(notice, told(StatementFormat.CAMT, **PARTY, label="F2027-0001", bank_reference="B1")) == Likeness.REFERENCE
    assert likeness(notice, told(StatementFormat.CAMT, **PARTY, label="F2027-0001", bank_reference="B2")) == Likeness.TWO
    assert likeness(notice, told(StatementFormat.CAMT, **PARTY, label="F2027-0001")) == Likeness.TWO


# --- Imported --------------------------------------------------------------------------------------------------


@pytest.fixture
def by(db):
    association()
    BankMapping.objects.create(name="Banque d’Exemple", columns=COLUMNS)
    return UserFactory(email="tresorerie@la27eregion.example")


def csv(*lines):
    rows = [f"01/03/2027;{label};{amount};{reference}" for label, amount, reference in lines]
    return "\n".join(["Date;Libellé;Montant;Référence", *rows, ""]).encode()


def bring(content, by, name="releve"):
    statement = importing.deposit(name, content, by=by, now=NOW)
    found = importing.import_statement(statement, by=by, now=NOW)
    return (found.closed, found.left), statement


def remaining(invoice):
    return Invoice.objects.with_balance().get(pk=invoice.pk).remaining


@pytest.mark.django_db
def test_a_line_that_names_another_open_invoice_pays_it_whatever_came_that_day(by):
    first, second = issued(), issued()
    bring(bank.camt(bank.entry("5000.00", text=[first.number], party="VILLE D'EXEMPLE")), by)
    matched, _ = bring(csv((f"VIR RÉGION D’EXEMPLE {second.number}", "5 000,00", "")), by)
    assert (matched, remaining(first), remaining(second)) == ((1, 0), 0, 0)
    assert not StatementEntry.objects.exclude(set_aside_at=None).exists()


@pytest.mark.django_db
def test_a_doubt_waits_for_a_person_and_closes_nothing(by):
    invoice = issued()
    bring(bank.camt(bank.entry("5000.00", text=["Cotisation"], party="OFFICE MODELE", iban="")), by, "mars.xml")
    statement = importing.deposit("mars.csv", csv((f"VIR VILLE {invoice.number}", "5 000,00", "")), by=by, now=NOW)
    trial = importing.try_out(statement)
    assert (trial.told, trial.doubted) == (0, 1)
    found = importing.import_statement(statement, by=by, now=NOW)
    entry = StatementEntry.objects.to_reconcile().get(statement=statement)
    words = entry.doubt.replace("\u00a0", " ").replace("\u202f", " ")
    assert words == "Le relevé mars.xml a déjà une ligne de ce montant, ce jour-là, dite autrement : est-ce la même ?"
    assert ((found.closed, found.left), Payment.objects.count(), remaining(invoice)) == ((0, 1), 0, Decimal(5000))


@pytest.mark.django_db
def test_of_two_lines_the_one_that_is_proven_frees_the_other_of_any_doubt(by):
    first, second = issued(), issued()
    bring(bank.camt(bank.entry("5000.00", text=[first.number], party="VILLE D'EXEMPLE")), by)
    lines = (("VIR OFFICE MODELE COTISATION", "5 000,00", ""), (f"VIR VILLE D'EXEMPLE {first.number}", "5 000,00", ""))
    matched, statement = bring(csv(*lines), by)
    rows = [(row.label, bool(row.set_aside_at), row.doubt) for row in statement.entries.order_by("pk")]
    assert rows == [("VIR OFFICE MODELE COTISATION", False, ""), (f"VIR VILLE D'EXEMPLE {first.number}", True, "")]
    assert (matched, remaining(second)) == ((0, 1), Decimal(5000))
    # The next export of the bank tells the same two, and a third: only the third is new, and nobody doubts it.
    again, later = bring(csv(*lines, (f"VIR RÉGION {second.number}", "5 000,00", "")), by)
    assert (again, later.entries.count(), later.entries.get().doubt, remaining(second)) == ((1, 0), 1, "", 0)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_each_line_is_once_and_none_that_names_an_open_invoice_is_swallowed(by, seed):
    """Random statements in both formats, each imported twice in two writings: the same rows, nothing lost, no invoice paid twice."""
    chance = random.Random(seed)
    invoices = [issued() for _ in range(4)]
    payers = ["VILLE D'EXEMPLE", "OFFICE MODELE", "SGC FICTIF"]
    truth = [(chance.choice(payers), chance.choice([*(row.number for row in invoices), "Cotisation"])) for _ in range(5)]
    half = chance.randint(1, 4)
    first = bank.camt(*(bank.entry("5000.00", text=[text], party=payer) for payer, text in truth[:half]))
    second = csv(*((f"VIR SEPA {payer} {text}", "5 000,00", "") for payer, text in truth[chance.randint(0, half) :]))
    bring(first, by, "a.xml")
    bring(second, by, "b.csv")
    before = list(StatementEntry.objects.order_by("pk").values_list("fingerprint", "set_aside_at", "doubt"))
    bring(first + b"\n", by, "a2.xml")
    bring(second + b"\n", by, "b2.csv")
    assert list(StatementEntry.objects.order_by("pk").values_list("fingerprint", "set_aside_at", "doubt")) == before
    assert [remaining(row) >= 0 for row in invoices] == [True] * 4
    open_numbers = {row.number for row in invoices if remaining(row) > 0}
    for entry in StatementEntry.objects.exclude(set_aside_at=None).filter(statement__format=StatementFormat.CSV):
        named = {number for number in open_numbers if number in entry.label}
        twins = StatementEntry.objects.filter(statement__format=StatementFormat.CAMT, amount=entry.amount)
        assert all(twins.filter(label__contains=number).exists() for number in named)
