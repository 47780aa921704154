"""What a payer copies or scans: the RF reference (ISO 11649) and the EPC QR code (EPC069-12)."""

import base64
import io
import unicodedata
from decimal import Decimal

import segno
from stdnum import iso11649

from billing.models import Invoice

# The characters every bank of the SEPA area accepts; others are read wrong by some readers of QR codes (billing.md section 8).
_SEPA = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
_ALIKE = str.maketrans({"’": "'", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "–": "-", "—": "-", "&": "+"})
_NAME_AT_MOST, _RF_BODY_AT_MOST = 70, 21


def rf(number: str) -> str:
    """Return the creditor reference of a document's number: F2027-0001 gives RF…F20270001."""
    body = "".join(sign for sign in number.upper() if sign.isascii() and sign.isalnum())[-_RF_BODY_AT_MOST:]
    check = 98 - int("".join(str(int(sign, 36)) for sign in f"{body}RF00")) % 97
    return str(iso11649.validate(f"RF{check:02d}{body}"))


def is_payable(invoice: Invoice) -> bool:
    """Whether a transfer is asked for: something is due on it, and there is an account to pay to."""
    return not invoice.is_credit and invoice.due > 0 and bool(invoice.seller["iban"])


def epc(invoice: Invoice) -> str:
    """Return the lines of the QR code: amount, account and reference are those of the structured file (R12)."""
    seller = invoice.seller
    amount = f"EUR{invoice.due.quantize(Decimal('0.01'))}"
    name = sepa(seller["account_name"])[:_NAME_AT_MOST]
    return "\n".join(["BCD", "002", "1", "SCT", seller["bic"], name, seller["iban"], amount, "", invoice.payment_reference])


def epc_qr(invoice: Invoice) -> str:
    """Return the QR code as an SVG in a data URI; nothing when no transfer is asked for, nor before there is a reference to give."""
    if not (is_payable(invoice) and invoice.payment_reference):
        return ""
    drawn = io.BytesIO()
    segno.make_qr(epc(invoice), error="m", boost_error=False, encoding="utf-8").save(
        drawn, kind="svg", border=4, xmldecl=False, omitsize=True, dark="#1b1533", light="#fff"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"


def sepa(text: str) -> str:
    """Return a text in the characters of SEPA: « Région » becomes « Region »."""
    plain = unicodedata.normalize("NFKD", text.translate(_ALIKE))
    return " ".join("".join(sign if sign in _SEPA else " " for sign in plain if not unicodedata.combining(sign)).split())
