"""Reading CAMT files: what they say is kept exactly, what means harm or is broken is refused in words."""

from datetime import date
from decimal import Decimal

import pytest

from billing import camt
from core.refusals import Refused
from tests.billing import bank_samples as bank

VERSIONS = ("02", "03", "04", "06", "08")


def refusal(content):
    with pytest.raises(Refused) as refused:
        camt.read(content)
    return str(refused.value).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_line_is_read_whole_whatever_the_version(version):
    line = bank.entry(
        "5000.00", text=["Cotisation 2027", "F2027-0001"], rf="RF18F20270001", e2e="MANDAT 4412", ultimate="SGC D'EXEMPLE",
        reference="BQ1", version=version,
    )  # fmt: skip
    [read] = camt.read(bank.camt(line, version=version)).entries
    assert read == camt.ReadEntry(
        booked_on=date(2027, 3, 1), value_on=date(2027, 3, 1), amount=Decimal("5000.00"), currency="EUR", iban=bank.OURS,
        bank_reference="BQ1", label="Cotisation 2027 F2027-0001", structured_reference="RF18F20270001", end_to_end="MANDAT 4412",
        party_name="SGC D'EXEMPLE / VILLE D'EXEMPLE", party_iban=bank.PAYER,
    )  # fmt: skip


def test_what_goes_out_is_negative_and_names_who_received_it():
    [read] = camt.read(bank.camt(bank.entry("-120.50", party="IMPRIMEUR EXEMPLE", iban=bank.OTHER))).entries
    assert (read.amount, read.party_name, read.party_iban, read.is_return) == (Decimal("-120.50"), "IMPRIMEUR EXEMPLE", bank.OTHER, False)


def test_a_notice_is_read_like_a_statement():
    [read] = camt.read(bank.camt(bank.entry("5000.00", rf="RF18F20270001"), kind="054")).entries
    assert (read.amount, read.structured_reference) == (Decimal(5000), "RF18F20270001")


def test_pending_lines_are_left_out_and_counted():
    for version in VERSIONS:
        lines = [bank.entry("1.00", status=status, version=version) for status in ("BOOK", "PDNG", "INFO")]
        read = camt.read(bank.camt(*lines, version=version))
        assert ([line.amount for line in read.entries], read.left_out) == ([Decimal(1)], 2)


def test_a_batch_gives_one_line_for_each_transfer():
    both = [
        bank.details(amount, "CRDT", "Dbtr", text=[text], party=text, iban=bank.PAYER) for amount, text in (("680.00", "A"), ("20.5", "B"))
    ]
    batch = bank.entry("700.50").replace("<NtryDtls>", "<NtryDtls>" + both[0], 1)
    head, tail = batch.split("<NtryDtls>")
    batch = head + f"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{both[0]}{both[1]}</NtryDtls></Ntry>"
    assert tail
    read = camt.read(bank.camt(batch)).entries
    assert [(line.amount, line.label, line.party_name) for line in read] == [(Decimal(680), "A", "A"), (Decimal("20.5"), "B", "B")]


def test_a_batch_whose_amounts_do_not_add_up_stays_one_line_that_tells_everything():
    both = [
        bank.details(amount, "CRDT", "Dbtr", text=[text], party="X", iban=bank.PAYER) for amount, text in (("680.00", "A"), ("20.5", "B"))
    ]
    head, _ = bank.entry("999.00").split("<NtryDtls>")
    [read] = camt.read(bank.camt(head + f"<NtryDtls>{both[0]}{both[1]}</NtryDtls></Ntry>")).entries
    assert (read.amount, read.label, read.party_name) == (Decimal(999), "A B", "X")


def test_a_returned_transfer_says_so_and_names_its_payer():
    [read] = camt.read(bank.camt(bank.entry("-5000.00", returned="AC04", e2e="M1", text=["F2027-0001"]))).entries
    assert (read.amount, read.is_return, read.party_iban, read.label) == (Decimal(-5000), True, bank.PAYER, "F2027-0001 AC04")


def test_a_reversal_says_so_without_reason():
    line = bank.entry("-5000.00").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    [read] = camt.read(bank.camt(line)).entries
    assert (read.amount, read.is_return) == (Decimal(-5000), True)


def test_the_balances_and_the_days_are_read():
    read = camt.read(bank.camt(bank.entry("5000.00"), bank.entry("-100.00", on="2027-03-04"), opening="-20.10", closing="4879.90"))
    assert (read.opening, read.closing, read.starts_on, read.ends_on, read.ibans) == (
        Decimal("-20.10"), Decimal("4879.90"), date(2027, 3, 1), date(2027, 3, 4), [bank.OURS],
    )  # fmt: skip


def test_a_statement_without_lines_is_read():
    read = camt.read(bank.camt(opening="1.00", closing="1.00"))
    assert (read.entries, read.starts_on, read.closing) == ([], None, Decimal(1))


def test_another_encoding_is_read_as_it_is_announced():
    [read] = camt.read(bank.camt(bank.entry("1.00", party="MAIRIE D’ÉTÉ".replace("’", "'")), encoding="ISO-8859-1")).entries
    assert read.party_name == "MAIRIE D'ÉTÉ"


def test_an_encoding_that_is_not_the_announced_one_is_refused():
    content = bank.camt(bank.entry("1.00", party="MAIRIE D'ÉTÉ")).decode().encode("latin-1")
    assert refusal(content) == (
        "Ce relevé n’est pas écrit dans l’encodage qu’il annonce : téléchargez-le de nouveau, sans l’ouvrir ni l’enregistrer."
    )


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(share):
    content = bank.camt(bank.entry("5000.00"), bank.entry("2.00"))
    assert refusal(content[: int(len(content) * share)]) == (
        "Ce relevé est incomplet : le fichier s’arrête avant sa fin. Téléchargez-le de nouveau depuis votre banque."
    )


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">'.encode() for n in range(1, 10))
    + b"]><Document><BkToCstmrStmt><Stmt><Id>&lol9;</Id></Stmt></BkToCstmrStmt></Document>"
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document><BkToCstmrStmt><Stmt><Id>&e;</Id></Stmt>'
        b"</BkToCstmrStmt></Document>",
        b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><Document><BkToCstmrStmt/></Document>',
        b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><Document><BkToCstmrStmt/></Document>',
        "<!DOCTYPE d><Document><BkToCstmrStmt/></Document>".encode("utf-16"),
    ],
)
def test_a_bomb_or_an_external_entity_is_refused_at_once(content):
    assert refusal(content).startswith("Ce fichier XML contient des déclarations qu’un relevé de banque n’a jamais (DOCTYPE, entités).")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Ce fichier est vide."),
        (b"Date;Montant\n01/03/2027;5 000,00", "Ce fichier n’est pas un relevé CAMT : ce n’est pas du XML lisible."),
        (b"%PDF-1.7", "Ce fichier n’est pas un relevé CAMT : ce n’est pas du XML lisible."),
        (b"<html><body>Session</body></html>", "Ce fichier XML n’est pas un relevé de banque (CAMT.053 ou CAMT.054)."),
        (b" " * (30 * 1024 * 1024), "Ce relevé est trop lourd : 10 Mo au plus."),
        (bank.camt(bank.entry("1.00")).replace(b">1.00<", b">1 000,00<"), "Un montant de ce relevé ne se lit pas : « 1 000,00 »."),
        (bank.camt(bank.entry("1.00")).replace(b">1.00<", b">NaN<"), "Un montant de ce relevé ne se lit pas : « NaN »."),
        (bank.camt(bank.entry("1.00")).replace(b">1.00<", b">1e400<"), "Un montant de ce relevé ne se lit pas : « 1e400 »."),
        (bank.camt(bank.entry("1.00", on="2027-02-30")), "Une date de ce relevé ne se lit pas : « 2027-02-30 »."),
    ],
)
def test_what_is_no_statement_is_refused_in_words(content, words):
    assert refusal(content) == words


def test_a_tree_too_deep_is_refused():
    deep = b"<a>" * 5000 + b"</a>" * 5000
    assert refusal(b"<Document>" + deep + b"</Document>").startswith("Ce fichier n’est pas un relevé CAMT")
