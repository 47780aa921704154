"""What every page's shell shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.caching import is_known
from records.models import Association


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give the shell the association (read only when shown), whether this is a demonstration, and whether the visitor is known.

    `known` is told by the cookie alone, so that a public page asks neither the session nor the database who reads it.
    """
    return {"association": SimpleLazyObject(Association.shown), "trial": settings.TRIAL, "known": is_known(request)}
