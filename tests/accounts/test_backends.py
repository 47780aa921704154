"""Whom a session brings back."""

import pytest

from accounts.backends import RoleBackend
from accounts.roles import Role
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("roles", [[], [Role.STAFF], [Role.STAFF, Role.TREASURER]])
def test_a_person_comes_back_with_its_roles_in_one_query(django_assert_num_queries, roles):
    person = UserFactory(roles=roles)
    UserFactory(roles=[Role.REVIEWER])
    with django_assert_num_queries(1):
        found = RoleBackend().get_user(person.pk)
        assert (found, found.roles) == (person, frozenset(roles))


def test_a_closed_account_does_not_come_back():
    assert RoleBackend().get_user(UserFactory(is_active=False, roles=[Role.STAFF]).pk) is None
