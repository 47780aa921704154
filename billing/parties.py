"""Seller and buyer as they are printed, copied onto the invoice at issue and never followed afterwards (R2, R6, R7)."""

from typing import Any

from billing.models import Terms
from billing.sale import Buyer
from core.numbers import SIREN_DIGITS, compact
from records.models import Association


def seller(association: Association, terms: Terms) -> dict[str, Any]:
    """Return who sells, every value a text: name, legal_form, baseline, address, postcode, city, country, siret, siren, vat_number, email,
    phone, website, iban (without spaces), bic, account_name (the holder of the account), provider_number (of a training body, R7).
    """
    return {
        "name": association.name,
        "legal_form": association.legal_form,
        "baseline": association.baseline,
        "address": association.address,
        "postcode": association.postcode,
        "city": association.city,
        "country": "FR",
        "siret": compact(association.siret),
        "siren": compact(association.siret)[:SIREN_DIGITS],
        "vat_number": compact(association.vat_number).upper(),
        "email": association.dues_email or association.contact_email,
        "phone": association.phone,
        "website": association.website,
        "iban": compact(association.iban).upper(),
        "bic": compact(association.bic).upper(),
        "account_name": association.name,
        "provider_number": association.provider_number,
    }


def buyer(of: Buyer) -> dict[str, Any]:
    """Return who is invoiced, every value a text: name, address (lines), postcode, city, country, siret, siren, vat_number.

    Its references (service code, commitment, contract) are columns of the invoice.
    """
    return {
        "name": of.name,
        "address": of.address.strip(),
        "postcode": of.postcode,
        "city": of.city,
        "country": of.country,
        "siret": compact(of.siret),
        "siren": compact(of.siret)[:SIREN_DIGITS],
        "vat_number": compact(of.vat_number).upper(),
    }


def mentions(terms: Terms, of: Buyer) -> dict[str, Any]:
    """Return what `Invoice.terms` keeps: late_penalty (PMD), indemnity (PMT), discount (AAB), vat_on_debits, payment_days (R8, R9)."""
    return {
        "late_penalty": terms.late_penalty,
        "indemnity": terms.indemnity,
        "discount": terms.discount,
        "vat_on_debits": terms.vat_on_debits,
        "payment_days": of.payment_days,
    }
