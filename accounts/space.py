"""What gathering pages show about accounts."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from accounts import factors
from accounts.models import User
from accounts.roles import OPENS


def account(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """« Mon compte », on `/espace/`."""
    person = request.user
    if not isinstance(person, User):
        return None
    roles = [(role.label, OPENS[role]) for role in sorted(person.roles)]
    return {"enrolled": factors.has_authenticator(person), "roles": roles, "opens_admin": person.is_staff}
