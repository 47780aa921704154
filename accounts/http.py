"""A request whose person is known to be signed in."""

from django.http import HttpRequest

from accounts.models import User


class UserRequest(HttpRequest):
    """What views behind the login receive."""

    user: User
