"""The second factor of those who hold a role: it wakes the roles, and nobody enters the admin without it."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts import factors
from accounts.models import User


class SecondFactorMiddleware:
    """Two locks. Roles sleep in a session that has not shown a factor, whatever page it opens; and the admin sends it away.

    The second asks the resolved view, not the address, so that no spelling of the address goes round it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Lazy: a public page that does not look at the person carries no `Vary: Cookie`.
        request.user = SimpleLazyObject(lambda: _person_of(request))  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or "admin" not in match.app_names or not request.user.is_authenticated:
            return None
        if request.user.is_staff and not request.user.factor_shown:
            return factors.ask_again(request)
        factors.forget_kept(request)
        return None


def _person_of(request: HttpRequest) -> User | AnonymousUser:
    person = get_user(request)
    if isinstance(person, User) and person.roles:
        person.factor_shown = factors.shown_at(request, person) is not None
    return person
