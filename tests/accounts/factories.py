"""People for tests, and `sign_in`: a session as the pages make it, with or without the second factor."""

import time
from typing import Any

import factory
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY, AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import Grant, User
from accounts.roles import Role

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class UserFactory(factory.django.DjangoModelFactory):
    """A person; `UserFactory(roles=[Role.STAFF])` holds roles. Their address is proven."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"personne{number}@ville.example")
    first_name = "Camille"
    last_name = "Exemple"
    password = "!"

    @factory.post_generation
    def roles(self: User, create: bool, extracted: list[Role] | None, **kwargs: Any) -> None:
        EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)
        Grant.objects.bulk_create(Grant(user=self, role=role) for role in extracted or [])
        self.__dict__.pop("roles", None)


def enrol(user: User, secret: str = SECRET) -> Authenticator:
    """Give a person an authenticator application."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first() or TOTP.activate(user, secret).instance


def sign_in(client: Client, user: User, *, factor: bool | None = None, seconds_ago: float = 0) -> Client:
    """Sign a person in; who holds a role shows a factor too, unless `factor=False`, so that their role is awake."""
    client.force_login(user)
    if factor if factor is not None else user.roles:
        show_factor(client, user, seconds_ago=seconds_ago)
    return client


def show_factor(client: Client, user: User, *, seconds_ago: float = 0) -> None:
    """Record in the session what the page of the second factor records."""
    authenticator, session = enrol(user), client.session
    shown = {"method": "mfa", "at": time.time() - seconds_ago, "id": authenticator.pk, "type": "totp", "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [shown]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
