"""Acts on what is issued and paid: one module for each, called by name from here."""

from billing.services.correcting import correct
from billing.services.crediting import credit, replace
from billing.services.issuing import drawn, issue, missing
from billing.services.payments import close_difference, record_by_hand, record_payment, undo_payment

__all__ = [
    "close_difference",
    "correct",
    "credit",
    "drawn",
    "issue",
    "missing",
    "record_by_hand",
    "record_payment",
    "replace",
    "undo_payment",
]
