"""Invoices, banks and cards in the admin."""

from billing.admin import accounts, bank, cards, chorus, invoices, lines, refunds, reminders, settings

__all__ = ["accounts", "bank", "cards", "chorus", "invoices", "lines", "refunds", "reminders", "settings"]
