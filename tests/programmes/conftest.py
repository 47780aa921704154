"""The browser of a colleague of the team, second factor shown."""

import pytest
from django.test import Client

from accounts.roles import Role
from tests.accounts.factories import UserFactory, sign_in


@pytest.fixture
def desk(db):
    return sign_in(Client(), UserFactory(roles=[Role.STAFF]))
