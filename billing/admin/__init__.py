"""Invoices, banks and cards in the admin."""

from billing.admin import bank, cards, chorus, invoices, lines, refunds, reminders, settings

__all__ = ["bank", "cards", "chorus", "invoices", "lines", "refunds", "reminders", "settings"]
