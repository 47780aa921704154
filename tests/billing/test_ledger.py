"""The FEC of our sales and receipts: its columns, its numbers, and that every entry balances (R17)."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing import encodings, ledger, services
from billing.models import Invoice, Payment
from billing.sale import Paid
from billing.services import matching, refunding
from billing.states import Method
from core.clock import PARIS
from tests.accounts.factories import UserFactory
from tests.billing import bank_samples as bank
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, TODAY, association, body, dues, firm, issued, seat

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=20)
R17 = [
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
]  # fmt: skip


@pytest.fixture
def by(db):
    return UserFactory(email="tresorerie@la27eregion.example")


def rows(year=2027):
    head, *lines = ledger.rows(year)
    return [dict(zip(head, line, strict=True)) for line in lines]


def short(row):
    return tuple(row[name] for name in ("JournalCode", "EcritureNum", "CompteNum", "PieceRef", "Debit", "Credit"))


def pay(invoice, amount="5000", method=Method.TRANSFER, now=LATER):
    return services.record_payment(invoice, Decimal(amount), method=method, received_on=now.date(), by=None, now=now)


def a_bit_of_all(by):
    """An invoice paid, one credited, one with VAT paid at the issue, a payment undone, a difference, a card, cash, two refunds."""
    pay(issued(body(name="Ville d’Exemple")))
    services.credit(issued(), reason="Comptée deux fois.", by=None, now=LATER)
    issued(firm(), dues(), seat(), paid=Paid(Decimal(5680), date(2027, 2, 27)))
    services.undo_payment(pay(issued()), reason="Pas la bonne facture.", by=None, now=LATER)
    nearly = issued()
    pay(nearly, "4999")
    services.close_difference(nearly, reason="Frais de la banque.", by=by, now=LATER)
    pay(issued(), method=Method.CARD)
    services.record_by_hand(
        issued(), Decimal(5000), method=Method.CASH, received_on=TODAY, reason="Remis en main propre.", by=by, now=LATER
    )
    credited = issued()
    pay(credited)
    services.credit(credited, reason="Geste.", by=None, now=LATER, amount=Decimal(100))
    to = {"to_iban": bank.PAYER, "to_name": "SGC d’Exemple", "reason": "Trop-perçu.", "by": by, "now": LATER}
    owed = refunding.refund_invoice(credited, Decimal(100), **to)
    refunding.close_refund(owed, line("-100"), by=by, now=LATER)
    entry = line("5050", label="sans référence")
    held = matching.hold_entry(entry)
    refunding.close_refund(refunding.refund_entry(held, Decimal(50), **to), line("-50"), by=by, now=LATER)


def test_the_columns_are_those_of_the_text_in_its_order():
    assert next(ledger.rows(2027)) == R17


def test_a_sale_and_its_receipt():
    invoice = issued(body(name="Ville d’Exemple"))
    pay(invoice)
    assert [short(row) for row in rows()] == [
        ("VE", "1", "411", invoice.number, "5000,00", "0,00"),
        ("VE", "1", "756", invoice.number, "0,00", "5000,00"),
        ("BQ", "1", "512", invoice.number, "5000,00", "0,00"),
        ("BQ", "1", "411", invoice.number, "0,00", "5000,00"),
    ]


def test_a_line_says_day_account_payer_and_piece():
    invoice = issued(body(name="Ville d’Exemple"))
    assert rows()[0] == {
        "JournalCode": "VE", "JournalLib": "Ventes", "EcritureNum": "1", "EcritureDate": "20270301", "CompteNum": "411",
        "CompteLib": "Clients", "CompAuxNum": invoice.buyer_siret, "CompAuxLib": "Ville d’Exemple", "PieceRef": "F2027-0001",
        "PieceDate": "20270301", "EcritureLib": "Facture F2027-0001 Ville d’Exemple", "Debit": "5000,00", "Credit": "0,00",
        "EcritureLet": "", "DateLet": "", "ValidDate": "20270301", "Montantdevise": "", "Idevise": "",
    }  # fmt: skip


def test_exempt_dues_and_a_taxed_seat_on_one_invoice_go_to_two_accounts_and_the_vat():
    issued(firm(), dues(), seat())
    assert [(row["CompteNum"], row["Debit"], row["Credit"]) for row in rows()] == [
        ("411", "5680,00", "0,00"),
        ("706", "0,00", "566,67"),
        ("756", "0,00", "5000,00"),
        ("44571", "0,00", "113,33"),
    ]


def test_a_credit_note_is_the_sale_the_other_way_round():
    invoice = issued()
    note = services.credit(invoice, reason="Comptée deux fois.", by=None, now=LATER)
    assert [short(row) for row in rows() if row["PieceRef"] == note.number] == [
        ("VE", "2", "411", "A2027-0001", "0,00", "5000,00"),
        ("VE", "2", "756", "A2027-0001", "5000,00", "0,00"),
    ]


def test_a_payment_undone_is_two_entries():
    invoice = issued()
    services.undo_payment(pay(invoice), reason="Pas la bonne facture.", by=None, now=LATER)
    assert [short(row)[:3] + short(row)[4:] for row in rows() if row["JournalCode"] == "BQ"] == [
        ("BQ", "1", "512", "5000,00", "0,00"),
        ("BQ", "1", "411", "0,00", "5000,00"),
        ("BQ", "2", "512", "0,00", "5000,00"),
        ("BQ", "2", "411", "5000,00", "0,00"),
    ]


@pytest.mark.parametrize(
    ("method", "journal", "account"),
    [
        (Method.TRANSFER, "BQ", "512"),
        (Method.CARD, "CB", "511"),
        (Method.CHEQUE, "CB", "511"),
        (Method.CASH, "CA", "530"),
        (Method.DIFFERENCE, "OD", "658"),
    ],
)
def test_each_way_of_paying_has_its_journal_and_its_account(method, journal, account):
    pay(issued(), method=method)
    assert [(row["JournalCode"], row["CompteNum"]) for row in rows()[2:]] == [(journal, account), (journal, "411")]


def test_what_was_paid_before_the_issue_is_of_the_day_of_its_payment_even_the_year_before():
    invoice = issued(firm(), seat(), paid=Paid(Decimal(680), date(2026, 12, 30)))
    assert [short(row) + (row["EcritureDate"],) for row in rows(2026)] == [
        ("CB", "1", "511", invoice.number, "680,00", "0,00", "20261230"),
        ("CB", "1", "411", invoice.number, "0,00", "680,00", "20261230"),
    ]
    assert {row["JournalCode"] for row in rows(2027)} == {"VE"}


def test_what_a_transfer_brought_above_comes_in_then_goes_back(by):
    held = matching.hold_entry(line("50", label="?", party_name="SGC D’EXEMPLE"))
    owed = refunding.refund_entry(held, Decimal(50), to_iban=bank.PAYER, to_name="", reason="Rien à payer.", by=by, now=LATER)
    assert rows() == []
    refunding.close_refund(owed, line("-50", on=date(2027, 3, 9)), by=by, now=LATER)
    assert [(row["EcritureDate"], row["CompteNum"], row["CompAuxLib"], row["Debit"], row["Credit"], row["DateLet"]) for row in rows()] == [
        ("20270301", "512", "", "50,00", "0,00", ""),
        ("20270301", "411", "SGC D’EXEMPLE", "0,00", "50,00", "20270309"),
        ("20270309", "411", "SGC D’EXEMPLE", "50,00", "0,00", "20270309"),
        ("20270309", "512", "", "0,00", "50,00", ""),
    ]


def test_a_refund_that_comes_back_is_written_after_and_moves_no_number(by):
    to = {"to_iban": bank.PAYER, "to_name": "", "reason": "Rien à payer.", "by": by, "now": LATER}
    first, second = (refunding.refund_entry(matching.hold_entry(line(amount, label="?")), Decimal(amount), **to) for amount in ("50", "70"))
    refunding.close_refund(first, line("-50"), by=by, now=LATER)
    refunding.close_refund(second, line("-70"), by=by, now=LATER + timedelta(hours=1))
    before = [short(row) for row in rows()]
    assert [number for _, number, *_ in before] == ["1", "1", "2", "2", "3", "3", "4", "4"]
    again = LATER + timedelta(days=2)
    refunding.reopen_refund(first, reason="Virement retourné.", by=by, now=again, on=again.date())
    assert [short(row) for row in rows()][:8] == before
    assert [(row["EcritureNum"], row["CompteNum"], row["Debit"], row["Credit"]) for row in rows()][8:] == [
        ("5", "411", "50,00", "0,00"),
        ("5", "512", "0,00", "50,00"),
        ("6", "512", "50,00", "0,00"),
        ("6", "411", "0,00", "50,00"),
    ]
    first.refresh_from_db()
    refunding.close_refund(first, line("-50", on=again.date()), by=by, now=again + timedelta(days=1))
    assert ([short(row) for row in rows()][:8], len(rows()), first.came_back[0][2]) == (before, 16, again.date().isoformat())
    assert all(entry.is_balanced for _, entry in ledger.entries(2027))


def test_every_entry_balances_and_numbers_follow_in_each_journal(by):
    a_bit_of_all(by)
    sums, numbers = defaultdict(Decimal), defaultdict(list)
    for row in rows():
        key = (row["JournalCode"], int(row["EcritureNum"]))
        sums[key] += Decimal(row["Debit"].replace(",", ".")) - Decimal(row["Credit"].replace(",", "."))
        numbers[key[0]] += [key[1]] if key[1] not in numbers[key[0]] else []
    assert set(numbers) == {"VE", "BQ", "CB", "CA", "OD", "RB"}
    assert set(sums.values()) == {Decimal(0)}
    assert {name: found == list(range(1, len(found) + 1)) for name, found in numbers.items()} == dict.fromkeys(numbers, True)
    assert all(entry.is_balanced for _, entry in ledger.entries(2027))


def test_the_accounts_of_payers_say_what_remains(by):
    a_bit_of_all(by)
    owed = sum((Decimal(row["Debit"].replace(",", ".")) - Decimal(row["Credit"].replace(",", "."))
                for year in (2026, 2027) for row in rows(year) if row["CompteNum"] == "411"), Decimal(0))  # fmt: skip
    assert owed == sum(invoice.remaining for invoice in Invoice.objects.invoices().with_balance())


def test_what_was_exported_keeps_its_number_when_later_rows_are_of_days_before():
    pay(issued(now=NOW))
    before = [short(row) for row in rows()]
    late = issued(now=NOW + timedelta(days=1))
    services.record_payment(
        late, Decimal(5000), method=Method.TRANSFER, received_on=TODAY, by=None, now=LATER + timedelta(days=1)
    )  # fmt: skip
    assert set(before) <= {short(row) for row in rows()}
    assert [short(row)[1] for row in rows() if row["JournalCode"] == "BQ"] == ["1", "1", "2", "2"]


def test_only_the_days_of_the_year_are_told():
    invoice = issued(now=datetime(2027, 12, 30, 9, tzinfo=PARIS))
    pay(invoice, now=datetime(2028, 1, 12, 9, tzinfo=PARIS))
    assert [{row["JournalCode"] for row in rows(year)} for year in (2026, 2027, 2028)] == [set(), {"VE"}, {"BQ"}]


# --- Lettering ---------------------------------------------------------------------------------------------


def lettered(number):
    return {
        (row["JournalCode"], row["EcritureLet"], row["DateLet"])
        for row in rows()
        if row["CompteNum"] == "411" and (number in row["EcritureLib"] or row["PieceRef"] == number)
    }


def test_a_balanced_invoice_is_lettered_with_its_receipts_on_the_day_of_the_last():
    invoice = issued()
    pay(invoice, "2000", now=LATER)
    assert lettered(invoice.number) == {("VE", "", ""), ("BQ", "", "")}
    pay(invoice, "3000", now=LATER + timedelta(days=1))
    assert lettered(invoice.number) == {("VE", "F2027-0001", "20270322"), ("BQ", "F2027-0001", "20270322")}


def test_a_credit_note_is_lettered_with_what_it_corrects():
    invoice = issued()
    note = services.credit(invoice, reason="Comptée deux fois.", by=None, now=LATER)
    assert lettered(invoice.number) == lettered(note.number) == {("VE", "F2027-0001", "20270321")}


def test_a_payment_undone_takes_the_letter_away():
    invoice = issued()
    services.undo_payment(pay(invoice), reason="Pas la bonne facture.", by=None, now=LATER)
    assert lettered(invoice.number) == {("VE", "", ""), ("BQ", "", "")}


def test_other_accounts_bear_no_letter():
    pay(issued())
    assert {row["EcritureLet"] for row in rows() if row["CompteNum"] != "411"} == {""}


# --- The file ----------------------------------------------------------------------------------------------


def test_the_file_is_named_by_our_siren_and_the_last_day():
    siren = association().siret[:9]
    assert ledger.file_name(2027, on=date(2028, 2, 1)) == f"{siren}FEC20271231.txt"
    assert ledger.file_name(2027, on=date(2027, 6, 30)) == f"{siren}FEC20270630.txt"


def test_no_value_holds_a_separator_or_a_break():
    issued(body(name="Ville\td’Exemple | région\r\nNord"))
    lines = b"".join(ledger.text(2027)).decode().split("\r\n")
    assert [line.count("\t") for line in lines] == [17, 17, 17, 0]
    assert lines[1].split("\t")[7] == "Ville d’Exemple région Nord"


@pytest.mark.parametrize("encoding", encodings.NAMES)
def test_accents_are_kept_in_both_encodings(encoding):
    issued(body(name="Région Île-de-France, œuvre à 5 €"))
    assert "Région Île-de-France, œuvre à 5 €" in b"".join(ledger.text(2027, encoding)).decode(encoding)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Ville d’Exemple — « Nord »", "Ville d'Exemple - « Nord »"),
        ("Łódź, Ğ, ș, ǆ", "Lódz, G, s, dz"),
        ("a\u0301 fi 😀 中", "a fi [U+1F600] [U+4E2D]"),
        ("1\u202f000\u00a0€", "1 000\u00a0€"),
    ],
)
def test_what_the_old_encoding_lacks_is_written_with_plain_letters(said, kept):
    assert encodings.written(said, "iso8859-15").decode("iso8859-15") == kept


def test_as_many_questions_for_one_row_as_for_ten(by, django_assert_num_queries):
    a_bit_of_all(by)
    with django_assert_num_queries(7):
        few = len(list(ledger.rows(2027)))
    for _ in range(3):
        pay(issued(body(), dues(), seat()), "5680")
    with django_assert_num_queries(7):
        assert len(list(ledger.rows(2027))) > few
    assert Payment.objects.count() == 11
