"""Statements imported: each line once, whatever comes again; what is odd is said before anything counts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.models import BankMapping, Invoice, Payment, Statement, StatementEntry
from billing.services import importing
from core.refusals import Refused
from records.models import Act, Association
from tests.accounts.factories import UserFactory
from tests.billing import bank_samples as bank
from tests.billing.factories import NOW, association, issued

pytestmark = pytest.mark.django_db
CSV = "Date;Libellé;Montant;Référence\n01/03/2027;VIR SEPA VILLE D'EXEMPLE F2027-0001;5 000,00;B1\n02/03/2027;PRLV ASSURANCE;-120,50;B2\n"
COLUMNS = {"date": "Date", "label": "Libellé", "amount": "Montant", "reference": "Référence"}


@pytest.fixture(autouse=True)
def _ours(db):
    association()


@pytest.fixture
def by(db):
    return UserFactory(email="tresorerie@la27eregion.example")


def deposit(content, by, name="releve.xml"):
    return importing.deposit(name, content if isinstance(content, bytes) else content.encode(), by=by, now=NOW)


def imported(content, by, **more):
    statement = deposit(content, by)
    found = importing.import_statement(statement, by=by, now=NOW, **more)
    statement.refresh_from_db()
    return statement, (statement.entries_read, statement.entries_new), (found.closed, found.left)


def amounts():
    return list(StatementEntry.objects.order_by("booked_on", "pk").values_list("amount", flat=True))


def plain(texts):
    return [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts]


def test_a_trial_says_everything_and_writes_nothing(by):
    statement = deposit(bank.camt(bank.entry("5000.00", text=["F2027-0001"]), bank.entry("-12.00"), bank.entry("1.00", status="PDNG")), by)
    trial = importing.try_out(statement)
    assert (len(trial.new), trial.known, trial.came, trial.left, trial.foreign) == (2, 0, Decimal(5000), Decimal(12), [])
    assert plain(trial.warnings) == ["1 opération(s) en attente chez la banque : elles viendront par un prochain relevé."]
    assert (amounts(), statement.imported_at, Act.objects.count()) == ([], None, 0)


def test_what_is_sure_closes_as_soon_as_it_is_imported(by):
    invoice = issued()
    statement, lines, matched = imported(bank.camt(bank.entry("5000.00", text=["F2027-0001"]), bank.entry("4999.00", text=["X"])), by)
    assert (lines, matched, statement.starts_on, statement.iban) == ((2, 2), (1, 1), date(2027, 3, 1), bank.OURS)
    assert Invoice.objects.with_balance().get(pk=invoice.pk).remaining == 0
    assert [act.note for act in Act.objects.filter(verb="relevé importé")] == ["2 lignes nouvelles sur 2."]


def test_the_same_file_again_is_refused_in_words(by):
    content = bank.camt(bank.entry("5000.00"))
    imported(content, by)
    with pytest.raises(Refused) as refused:
        deposit(content, by)
    assert plain([str(refused.value)]) == [f"Ce fichier est déjà importé (releve.xml, par {by}) : rien n’a changé."]


def test_a_file_deposited_twice_is_one(by):
    content = bank.camt(bank.entry("5000.00"))
    assert deposit(content, by) == deposit(content, by)


def test_overlapping_statements_keep_each_line_once(by):
    days = [bank.entry(f"{n}.00", on=f"2027-03-{n:02d}", reference=f"B{n}") for n in range(1, 7)]
    assert imported(bank.camt(*days[:4]), by)[1] == (4, 4)
    assert imported(bank.camt(*days[2:], on="2027-03-06"), by)[1] == (4, 2)
    assert amounts() == [Decimal(n) for n in range(1, 7)]


def test_two_lines_truly_alike_are_two_however_often_they_come(by):
    alike = bank.entry("680.00", text=["JOURNEE"])
    assert imported(bank.camt(alike, alike), by)[1] == (2, 2)
    assert imported(bank.camt(alike, alike, bank.entry("1.00")), by)[1] == (3, 1)
    assert imported(bank.camt(alike, alike, alike), by)[1] == (3, 1)
    assert amounts() == [Decimal(680), Decimal(680), Decimal(1), Decimal(680)]


def test_importing_again_after_a_fault_changes_nothing(by):
    issued()
    statement = deposit(bank.camt(bank.entry("5000.00", text=["F2027-0001"])), by)
    for _ in range(2):
        importing.import_statement(statement, by=by, now=NOW)
    assert (amounts(), Payment.objects.count(), Act.objects.filter(verb="relevé importé").count()) == ([Decimal(5000)], 1, 1)


def test_another_encoding_of_the_same_lines_keeps_them_once(by):
    lines = [bank.entry("5000.00", party="MAIRIE D'ÉTÉ")]
    imported(bank.camt(*lines), by)
    assert imported(bank.camt(*lines, encoding="ISO-8859-1"), by)[1] == (1, 0)


def test_a_csv_is_read_by_a_mapping_kept_once_and_found_again(by):
    statement = deposit(CSV, by, "releve.csv")
    assert statement.mapping is None
    with pytest.raises(Refused) as refused:
        importing.try_out(statement)
    assert str(refused.value) == "Dites d’abord quelle colonne contient quoi."
    importing.keep_mapping(statement, BankMapping(name="Banque d’Exemple", columns=COLUMNS), by=by, now=NOW)
    issued()
    found = importing.import_statement(statement, by=by, now=NOW)
    assert ((found.closed, found.left), amounts()) == ((1, 0), [Decimal(5000), Decimal("-120.50")])
    assert deposit(CSV.replace("B2", "B3"), by, "avril.csv").mapping == BankMapping.objects.get()


def test_a_mapping_that_does_not_fit_is_refused(by):
    statement = deposit(CSV, by)
    with pytest.raises(Refused) as refused:
        importing.keep_mapping(statement, BankMapping(name="X", columns={"date": "Jour", "amount": "Montant"}), by=by, now=NOW)
    assert plain([str(refused.value)]) == ["La colonne « Jour » n’est pas dans ce fichier."]
    assert not BankMapping.objects.exists()


def test_a_line_told_by_another_format_is_kept_aside(by):
    imported(bank.camt(bank.entry("5000.00", text=["F2027-0001"], reference="B1")), by)
    statement = deposit(CSV.replace(";B1", ";"), by)
    importing.keep_mapping(statement, BankMapping(name="Banque", columns=COLUMNS), by=by, now=NOW)
    assert importing.try_out(statement).told == 1
    found = importing.import_statement(statement, by=by, now=NOW)
    assert (found.left, list(StatementEntry.objects.exclude(set_aside_at=None).values_list("set_aside_reason", flat=True))) == (
        0, ["Déjà connue par le relevé releve.xml."],
    )  # fmt: skip


def test_two_lines_of_a_csv_for_one_known_keep_one_waiting(by):
    imported(bank.camt(bank.entry("5000.00", reference="B1")), by)
    statement = deposit(CSV + "01/03/2027;VIR AUTRE;5 000,00;B9\n", by)
    importing.keep_mapping(statement, BankMapping(name="Banque", columns=COLUMNS), by=by, now=NOW)
    importing.import_statement(statement, by=by, now=NOW)
    assert StatementEntry.objects.filter(statement=statement, set_aside_at=None, amount__gt=0).count() == 1


def test_an_account_that_is_not_ours_must_be_said_to_be(by):
    statement = deposit(bank.camt(bank.entry("5000.00"), iban=bank.OTHER), by)
    assert importing.try_out(statement).foreign == [bank.OTHER]
    with pytest.raises(Refused) as refused:
        importing.import_statement(statement, by=by, now=NOW)
    assert str(refused.value).startswith(f"Le compte {bank.OTHER} n’est pas celui de la fiche de l’association.")
    importing.import_statement(statement, by=by, now=NOW, said=True)
    again = deposit(bank.camt(bank.entry("1.00"), iban=bank.OTHER), by)
    assert (importing.try_out(again).foreign, amounts()) == ([], [Decimal(5000)])


def test_balances_that_do_not_follow_are_said(by):
    imported(bank.camt(bank.entry("5000.00"), opening="100.00", closing="5100.00"), by)
    good = deposit(bank.camt(bank.entry("10.00", on="2027-03-02"), opening="5100.00", closing="5110.00", on="2027-03-02"), by)
    assert importing.try_out(good).warnings == []
    bad = deposit(bank.camt(bank.entry("10.00", on="2027-03-04"), opening="6000.00", closing="6011.00", on="2027-03-04"), by)
    assert plain(importing.try_out(bad).warnings) == [
        "Les lignes mènent à 6 010 €, le relevé annonce 6 011 € : il en manque peut-être.",
        "Le relevé commence à 6 000 €, le précédent (releve.xml, jusqu’au 01/03/2027) finissait à 5 100 € : "
        "il manque peut-être un relevé entre les deux.",
    ]


def test_lines_in_another_currency_are_left_and_said(by):
    content = bank.camt(bank.entry("5000.00")).replace(b'Ccy="EUR"', b'Ccy="CHF"')
    trial = importing.try_out(deposit(content, by))
    assert (trial.new, plain(trial.warnings)) == ([], ["1 ligne(s) dans une autre devise que l’euro : laissées."])


@pytest.mark.parametrize("content", [b"", b"<Document>", b"\x7fELF\x00", b"<!DOCTYPE x><x/>"])
def test_what_cannot_be_read_is_not_kept(content, by):
    with pytest.raises(Refused):
        deposit(content, by)
    assert not Statement.objects.exists()


def test_a_file_shown_and_not_imported_can_be_put_away(by, django_capture_on_commit_callbacks):
    statement = deposit(bank.camt(bank.entry("1.00")), by)
    file = statement.file
    with django_capture_on_commit_callbacks(execute=True):
        importing.forget(statement)
    assert (Statement.objects.count(), file.storage.exists(file.name) if file.name else False) == (0, False)
    done, _, _ = imported(bank.camt(bank.entry("2.00")), by)
    with pytest.raises(Refused):
        importing.forget(done)


def test_the_search_of_a_line_is_folded(by):
    imported(bank.camt(bank.entry("5000.00", party="MAIRIE D'ÉTÉ", text=["Cotisation n° 4"])), by)
    assert "mairie d ete cotisation" in StatementEntry.objects.get().search


def test_an_association_without_account_must_say(by):
    Association.objects.update(iban="")
    Association.forget_shown()
    assert importing.try_out(deposit(bank.camt(bank.entry("1.00")), by)).foreign == [bank.OURS]


def test_the_clock_of_the_import_is_kept(by):
    statement = deposit(bank.camt(bank.entry("1.00")), by)
    importing.import_statement(statement, by=by, now=NOW + timedelta(hours=1))
    statement.refresh_from_db()
    assert statement.imported_at == NOW + timedelta(hours=1)
