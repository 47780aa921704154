"""Reading a bank's CSV: amounts and dates as French banks write them, headings recognised, a mapping kept."""

from datetime import date
from decimal import Decimal

import pytest

from billing import statements
from billing.models import BankMapping
from core.refusals import Refused
from tests.billing import bank_samples as bank

SIGNED = (
    "Date;Libellé;Montant;Référence\n01/03/2027;VIR SEPA VILLE D'EXEMPLE F2027-0001;5 000,00;B1\n02/03/2027;PRLV ASSURANCE;-120,50;B2\n"
)
TWO_SIDES = (
    "Compte;FR76 3000 6000 0112 3456 7890 189;;;\nSolde au 31/03/2027;9 000,00;;;\n\n"
    "Date opération;Date valeur;Libellé;Débit euros;Crédit euros\n"
    "01/03/2027;02/03/2027;VIR RECU FACTURE F2027-0002;;4 999.00\n03/03/2027;03/03/2027;FRAIS;12,00;\n"
    ";;Total des mouvements;12,00;4 999,00\n"
)


def mapping(headings, **more):
    return BankMapping(name="Essai", columns=statements.proposed(headings), **more)


def read(text, encoding="utf-8", **more):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    return statements.read(content, mapping(statements.table(content).headings, **more))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5 000,00", "5000.00"), ("5\u00a0000,00", "5000.00"), ("5\u202f000,00\u00a0€", "5000.00"), ("-1.234,56", "-1234.56"),
        ("4 999.00", "4999.00"), ("1,234.56", "1234.56"), ("1 234,5", "1234.50"), ("+12", "12.00"), ("12,00-", "-12.00"),
        ("\u221212,00 EUR", "-12.00"), ("1.234.567,89", "1234567.89"), ("0,05", "0.05"), ("5.000", "5000.00"), ("- 7,00", "-7.00"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text, amount):
    assert statements.amount_of(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "cinq mille", "5,000,00", "0.500", "5000,000", "1.2.3", "٣", "1e9", "12,00,", "99999999999", "--3 4 x"]
)
def test_an_amount_that_means_nothing_is_refused(text):
    with pytest.raises(Refused) as refused:
        statements.amount_of(text)
    assert str(refused.value) == f"le montant «\u00a0{text}\u00a0» ne se lit pas."


@pytest.mark.parametrize(
    "text", ["01/03/2027", "01/03/27", "2027-03-01", "1er mars 2027", "01-03-2027", "01.03.2027", "01/03/2027 10:31", "2027-03-01T00:00:00"]
)
def test_a_day_is_read_as_banks_write_it(text):
    assert statements.day_of(text, "%d/%m/%Y") == date(2027, 3, 1)


@pytest.mark.parametrize("text", ["31/02/2027", "hier", "32 mars 2027", "2027"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(Refused):
        statements.day_of(text, "%d/%m/%Y")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_lines_are_read_in_every_usual_encoding(encoding):
    found = read(SIGNED, encoding)
    assert [(line.booked_on, line.amount, line.label, line.bank_reference) for line in found.entries] == [
        (date(2027, 3, 1), Decimal(5000), "VIR SEPA VILLE D'EXEMPLE F2027-0001", "B1"),
        (date(2027, 3, 2), Decimal("-120.50"), "PRLV ASSURANCE", "B2"),
    ]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_recognised(separator):
    found = read(SIGNED.replace("5 000,00", "5000.00").replace("120,50", "120.50").replace(";", separator))
    assert [line.amount for line in found.entries] == [Decimal(5000), Decimal("-120.50")]


def test_debit_and_credit_columns_an_account_above_and_totals_below():
    found = read(TWO_SIDES)
    assert [(line.amount, line.value_on, line.iban) for line in found.entries] == [
        (Decimal(4999), date(2027, 3, 2), bank.OURS),
        (Decimal(-12), date(2027, 3, 3), bank.OURS),
    ]
    assert (found.ibans, found.starts_on, found.ends_on, found.refused) == ([bank.OURS], date(2027, 3, 1), date(2027, 3, 3), [])


def test_a_column_may_say_which_way_money_went():
    found = read("Date,Libellé,Montant,Sens\n01/03/2027,LOYER,800.00,Débit\n01/03/2027,VIR,5.00,C\n")
    assert [line.amount for line in found.entries] == [Decimal(-800), Decimal(5)]


def test_the_payer_and_their_iban_are_read_from_columns_or_from_the_label():
    found = read(
        f"Date;Libellé;Montant;Contrepartie;IBAN contrepartie\n01/03/2027;VIR;5,00;Ville d’Exemple;{bank.PAYER}\n"
        "01/03/2027;VIR DE FR76 1450 8059 4000 0000 0000 192;6,00;;\n01/03/2027;VIR;7,00;X;FR7630001007941234567890186\n"
    )
    assert [(line.party_name, line.party_iban) for line in found.entries] == [("Ville d’Exemple", bank.PAYER), ("", bank.OTHER), ("X", "")]


def test_a_returned_transfer_is_recognised_by_its_words():
    found = read(
        "Date;Libellé;Montant\n01/03/2027;REJET VIR SEPA F2027-0001;-5,00\n01/03/2027;VIR RETOURNÉ;-5,00\n01/03/2027;VIREMENT;-5,00\n"
    )
    assert [line.is_return for line in found.entries] == [True, True, False]


def test_a_line_that_does_not_read_is_told_and_the_others_are_read():
    found = read("Date;Libellé;Débit;Crédit\n31/02/2027;A;;1,00\n01/03/2027;B;1,00;2,00\n01/03/2027;C;;x\n01/03/2027;D;;4,00\n")
    assert [line.label for line in found.entries] == ["D"]
    assert [line.replace("\u00a0", " ") for line in found.refused] == [
        "Ligne 2 : la date « 31/02/2027 » ne se lit pas.",
        "Ligne 3 : un débit et un crédit sur la même ligne.",
        "Ligne 4 : le montant « x » ne se lit pas.",
    ]


def test_a_mapping_is_proposed_from_the_headings():
    assert statements.proposed(["Date de valeur", "Date comptable", "Libellé", "Informations complémentaires", "Montant", "Devise"]) == {
        "date": "Date comptable", "value_on": "Date de valeur", "label": "Libellé", "details": "Informations complémentaires",
        "amount": "Montant",
    }  # fmt: skip


@pytest.mark.django_db
def test_a_kept_mapping_is_found_again_by_its_headings():
    kept = BankMapping.objects.create(name="Banque d’Exemple", columns={"date": "Jour", "amount": "Somme", "label": "Quoi"})
    BankMapping.objects.create(name="Autre", columns={"date": "Jour", "amount": "Somme"})
    assert statements.fitting(["Jour", "Quoi", "Somme", "Reste"]) == kept
    assert statements.fitting(["Date", "Libellé", "Montant"]) is None
    [line] = statements.read(b"Jour;Quoi;Somme\n2027-03-01;VIR;1,00\n", kept).entries
    assert (line.booked_on, line.amount, line.label) == (date(2027, 3, 1), Decimal(1), "VIR")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Ce fichier est vide."),
        (b"\x7fELF\x00\x01", "Ce fichier n’est ni un relevé CAMT ni un tableau CSV : il contient autre chose que du texte."),
        (b"Nom;Ville\na;b\n", "Dites quelle colonne donne la date. "
         "Dites quelle colonne donne le montant, ou lesquelles donnent le débit et le crédit."),
        (b"x" * (11 * 1024 * 1024), "Ce relevé est trop lourd : 10 Mo au plus."),
        (b"Date;Montant\n" + b"01/03/2027;1\n" * 20_001, "Ce fichier a 20 002 lignes : 20 000 au plus. Coupez-le en plusieurs."),
        (b'Date;Montant\n01/03/2027;"1' + b"x" * 6000, "Ligne 2 : cette ligne ne se lit pas "
         "(un guillemet en trop, ou une cellule sans fin)."),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_in_words(content, words):
    with pytest.raises(Refused) as refused:
        read(content)
    assert str(refused.value).replace("\u00a0", " ") == words


def test_a_mapping_of_another_file_says_which_column_is_missing():
    with pytest.raises(Refused) as refused:
        statements.read(SIGNED.encode(), BankMapping(columns={"date": "Jour", "amount": "Montant"}))
    assert str(refused.value).replace("\u00a0", " ") == "La colonne « Jour » n’est pas dans ce fichier."
