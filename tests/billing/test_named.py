"""Numbers recognised in what payers write."""

import pytest

from billing.named import numbers_in
from billing.references import rf


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("F2027-0001", ["F2027-0001"]),
        ("vir sepa f 2027 0001 ville d'exemple", ["F2027-0001"]),
        ("FACTURE N° F2027-0001 DU 01/03/2027", ["F2027-0001"]),
        ("F-2027-0001/F-2027-0002", ["F2027-0001", "F2027-0002"]),
        ("F2027_0001,F2027.0003", ["F2027-0001", "F2027-0003"]),
        ("F2027-0001 5000,00", ["F2027-0001"]),
        ("F2027-0001 50 EUR", ["F2027-0001"]),
        ("F2027 00 01", ["F2027-0001"]),
        ("F2027 - 0001", ["F2027-0001"]),
        ("F20270001", ["F2027-0001"]),
        ("RF18F20270001", ["F2027-0001"]),
        ("RF18 F202 7000 1", ["F2027-0001"]),
        ("F2027-10005", ["F2027-10005"]),
        ("F2027-0001F2027-0002", ["F2027-0001", "F2027-0002"]),
        ("F2027-0001 f2027-0001", ["F2027-0001"]),
        ("A2027-0001", []),
        ("F2027-00015", []),
        ("F20270001999", []),
        ("F1027-0001", []),
        ("REF2027-0001", []),
        ("COTISATION 2027", []),
        ("F٢٠٢٧-٠٠٠١", []),
        ("", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text, numbers):
    assert numbers_in(text) == numbers


def test_our_own_reference_names_its_invoice():
    assert numbers_in(rf("F2027-0042"), "autre") == ["F2027-0042"]
