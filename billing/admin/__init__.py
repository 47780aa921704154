"""Invoices, banks and cards in the admin."""

from billing.admin import cards, chorus, reminders

__all__ = ["cards", "chorus", "reminders"]
