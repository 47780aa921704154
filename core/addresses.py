"""Addresses of the portal: of its pages, and in full for letters, PDFs and calendars."""

from functools import lru_cache

from django.conf import settings
from django.urls import reverse


def absolute(path: str) -> str:
    """Return the full address of a path of the portal."""
    return f"{settings.PORTAL_URL}{path}"


def path_of(name: str, *parts: str | int) -> str:
    """Return the path of a page by its name, as `reverse` does; remembered: a page names some twenty, always the same."""
    return _reversed(settings.ROOT_URLCONF, name, *parts)


@lru_cache(maxsize=2048)
def _reversed(urlconf: str, name: str, *parts: str | int) -> str:
    return reverse(name, urlconf, args=parts)
