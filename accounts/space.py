"""What gathering pages show about accounts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts import factors
from accounts.models import User
from core.registry import Link


def account(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """« Mon compte », on `/espace/`."""
    person = request.user
    if not isinstance(person, User):
        return None
    return {"enrolled": factors.has_authenticator(person), "roles": person.roles, "opens_admin": person.is_staff}


def pages(now: datetime) -> Iterable[Link]:
    """The way in, on the site map."""
    return [Link("Se connecter", reverse("account_login"))]
