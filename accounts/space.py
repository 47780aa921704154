"""What gathering pages show about accounts."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts import factors
from accounts.models import User


def account(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """« Mon compte », on `/espace/`."""
    person = request.user
    if not isinstance(person, User):
        return None
    return {"enrolled": factors.has_authenticator(person), "roles": person.roles, "opens_admin": person.is_staff}
