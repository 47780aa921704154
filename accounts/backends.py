"""Where rights come from."""

from django.contrib.auth.backends import BaseBackend
from django.db.models import F
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role


class RoleBackend(BaseBackend):
    """Finds the person of a session: only an open account, so that closing one ends every session at once."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:
        return None

    def get_user(self, user_id: int) -> User | None:
        """Return the person with its roles, in one query: each request of somebody signed in asks."""
        rows = list(User.objects.filter(pk=user_id, is_active=True).annotate(held=F("grants__role")))
        if not rows:
            return None
        person = rows[0]
        person.roles = frozenset(Role(row.held) for row in rows if row.held)
        return person
