"""What the gathering pages of `core` ask of people."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.roles import VIEW_USER
from core.registry import Found
from core.search import MOST


def found(user: Any, words: str) -> Iterator[Found]:
    """People by any part of their name or addresses, for who may see them."""
    if not user.has_perm(VIEW_USER):
        return
    for person in User.objects.matching(words).order_by("last_name", "first_name", "pk")[:MOST]:
        name = person.get_full_name()
        note = person.email if name else ""
        yield Found("Personnes", name or person.email, reverse("admin:accounts_user_change", args=[person.pk]), _note(person, note))


def _note(person: User, address: str) -> str:
    return ", ".join(part for part in (address, "" if person.is_active else "compte fermé") if part)
