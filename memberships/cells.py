"""The columns of an import of members: those of organisations and contacts, and what one membership of a past or current year was."""

from decimal import Decimal

from core.money import TwoReadings, amount_of
from core.numbers import compact, validate_siret
from core.refusals import Refused
from organisations.cells import COLUMNS as OF_ORGANISATIONS
from organisations.cells import Column, day, line_of

FIRST_YEAR, LAST_YEAR = 2008, 2099
LARGEST = Decimal(1_000_000)


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise Refused(f"« {text[:20]} » n’est pas une année d’adhésion : écrivez-la comme 2026.")
    return int(text)


def money(text: str) -> Decimal:
    """« 5 000,00 € », « 5000.00 », « 5.000 »: to the cent, as the bank's are read."""
    try:
        amount = amount_of(text)
    except TwoReadings:
        raise
    except Refused:
        amount = None
    if amount is None or not 0 <= amount <= LARGEST or "-" in text:
        raise Refused(f"« {text[:20]} » n’est pas un montant : écrivez-le comme 5 000,00.")
    return amount


def _siret(text: str) -> str:
    validate_siret(text)
    return compact(text)


OF_MEMBERSHIPS: dict[str, Column] = {
    "year": Column("Adhésion : année", _year, "2026"),
    "amount": Column("Adhésion : montant", money, "5 000,00"),
    "accepted_on": Column("Adhésion : acceptée le", day, "12/01/2026"),
    "resigned_on": Column("Adhésion : démission le", day),
    "resignation_reason": Column("Adhésion : motif de la démission", line_of(300)),
    "signatory_name": Column("Adhésion : signataire", line_of(120), "Dominique Exemple"),
    "signatory_job": Column("Adhésion : qualité du signataire", line_of(120), "maire"),
    "payer_siret": Column("Adhésion : SIRET du payeur", _siret),
    "service_code": Column("Adhésion : code service", line_of(100), "FIN"),
    "commitment_number": Column("Adhésion : numéro d’engagement", line_of(50), "EJ-2026-014"),
    "past_invoice": Column("Facture : numéro", line_of(60), "2026-031"),
    "past_paid_on": Column("Facture : payée le", day, "03/03/2026"),
}
COLUMNS: dict[str, Column] = OF_ORGANISATIONS | OF_MEMBERSHIPS
# Copied as they are onto the row; the others decide its period.
PLAIN = ("signatory_name", "signatory_job", "payer_siret", "service_code", "commitment_number", "past_invoice", "past_paid_on")
