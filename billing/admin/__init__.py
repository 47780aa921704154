"""Invoices, banks and cards in the admin."""

from billing.admin import cards

__all__ = ["cards"]
