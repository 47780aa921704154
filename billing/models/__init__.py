"""What was issued, what was paid, what the bank said. Issued rows never change; what becomes of them are rows beside them."""

from billing.models.bank import BankMapping, Statement, StatementEntry
from billing.models.card import Checkout, GatewayEvent
from billing.models.invoice import Counter, FileFault, Invoice, InvoiceFile, Line
from billing.models.payment import Payment, Refund
from billing.models.terms import Accounts, SupplierFile, TaxProfile, Terms
from billing.models.transmission import ReminderHold, Transmission

__all__ = [
    "Accounts",
    "BankMapping",
    "Checkout",
    "Counter",
    "FileFault",
    "GatewayEvent",
    "Invoice",
    "InvoiceFile",
    "Line",
    "Payment",
    "Refund",
    "ReminderHold",
    "Statement",
    "StatementEntry",
    "SupplierFile",
    "TaxProfile",
    "Terms",
    "Transmission",
]
