"""Absolute addresses for letters, PDFs and calendars."""

from django.conf import settings


def absolute(path: str) -> str:
    """Return the full address of a path of the portal."""
    return f"{settings.PORTAL_URL}{path}"
