"""Invoices, banks and cards in the admin; the menu follows the treasurer's work, then what is set once."""

from django.contrib import admin

from billing import models
from billing.admin import accounts, bank, cards, chorus, invoices, lines, refunds, reminders, settings

__all__ = ["accounts", "bank", "cards", "chorus", "invoices", "lines", "refunds", "reminders", "settings"]

# In the order of a closing hour; a name in the words of the page where the model's own would mislead.
MENU = (
    (models.Invoice, ""),
    (models.Transmission, ""),
    (models.Statement, "Relevés de banque"),
    (models.StatementEntry, "À rapprocher"),
    (models.Refund, ""),
    (models.ReminderHold, "Relances"),
    (models.Accounts, ""),
    (models.GatewayEvent, "Cartes : ce qu’a dit le prestataire"),
    (models.Checkout, "Cartes : pages de paiement"),
    (models.Terms, ""),
    (models.TaxProfile, ""),
    (models.Counter, ""),
    (models.SupplierFile, ""),
    (models.BankMapping, ""),
)
for rank, (model, name) in enumerate(MENU, start=1):
    pages = admin.site._registry[model]
    pages.menu_rank, pages.menu_name = rank, name  # type: ignore[attr-defined]
