"""What a payer copies or scans."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from billing import references
from billing.models import Invoice
from billing.states import Kind

SELLER = {"iban": "FR7630006000011234567890189", "bic": "AGRIFRPP", "account_name": "La 27e Région, l’association « Exemple » & Cie"}


def invoice(**changes: object) -> Invoice:
    said = {"kind": Kind.INVOICE, "gross": Decimal("5000"), "seller": SELLER, "payment_reference": "RF60F20270001"}
    return Invoice(**(said | changes))


def test_the_reference_of_a_number_is_a_creditor_reference():
    assert references.rf("F2027-0001") == "RF60F20270001"


@given(st.integers(2000, 2999), st.integers(1, 999_999))
def test_every_number_has_a_valid_reference_that_ends_with_it(year, rank):
    given_one = references.rf(f"F{year}-{rank:04d}")
    assert iso11649.is_valid(given_one)
    assert given_one.endswith(f"F{year}{rank:04d}")


def test_the_code_holds_the_account_the_amount_with_its_cents_and_the_reference():
    name = "La 27e Region, l'association Exemple + Cie"
    assert references.epc(invoice()).split("\n") == [
        "BCD", "002", "1", "SCT", "AGRIFRPP", name, SELLER["iban"], "EUR5000.00", "", "RF60F20270001",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Région Île-de-France", "Region Ile-de-France"), ("Œuvre « 27ᵉ »", "OEuvre 27e"), ("日本", ""), ("a\nb", "a b"), ("ß & ’", "+ '")],
)
def test_a_name_is_written_in_the_characters_of_sepa(text, plain):
    assert references.sepa(text) == plain


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.CREDIT},
        {"paid_at_issue": Decimal(5000)},
        {"gross": Decimal(0)},
        {"seller": SELLER | {"iban": ""}},
        {"payment_reference": ""},
    ],
)
def test_no_code_when_nothing_is_to_be_transferred_or_there_is_no_reference_yet(changes):
    assert references.epc_qr(invoice(**changes)) == ""


def test_the_code_is_an_image_written_whole_in_the_page():
    assert references.epc_qr(invoice()).startswith("data:image/svg+xml;base64,")
