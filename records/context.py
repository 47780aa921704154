"""What every page's shell shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from records.models import Association


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give the shell the association (read only when shown) and whether this is a demonstration."""
    return {"association": SimpleLazyObject(Association.current), "trial": settings.TRIAL}
