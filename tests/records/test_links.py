"""What the log knows by a key, in words: nobody reads « programmes.edition:2 »."""

import pytest

from accounts.roles import Role
from core.registry import Link
from records.links import as_text, link_to, links_to
from records.services import label_of
from tests.accounts.factories import UserFactory
from tests.programmes.factories import EditionFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return UserFactory(roles=[Role.STAFF])


def test_a_row_is_named_with_what_it_is_and_its_page(staff):
    edition = EditionFactory()
    link = link_to(label_of(edition), user=staff)
    assert link == Link(str(edition), f"/admin/programmes/edition/{edition.pk}/change/", "Appel")
    assert as_text(link) == f'Appel\u00a0: <a href="{link.url}">{edition}</a>'


def test_what_is_no_more_is_only_what_it_was_and_what_is_not_mine_only_what_it_is(staff):
    key = label_of(EditionFactory())
    assert link_to("programmes.edition:999", user=staff) == Link("Appel qui n’existe plus", "")
    assert link_to(key, user=UserFactory()) == Link("Appel", "")


@pytest.mark.parametrize("key", ["", "nulle.part:1", "programmes.edition", "programmes.edition:x", f"programmes.edition:{10**30}"])
def test_a_key_of_nothing_means_nothing(staff, key):
    assert (links_to([key], user=staff), as_text(link_to(key, user=staff))) == ({}, "—")


@pytest.mark.parametrize("count", [1, 3])
def test_many_keys_cost_one_query_a_model(staff, count, django_assert_num_queries):
    keys = [label_of(row) for row in [*EditionFactory.create_batch(count), *VenueFactory.create_batch(count)]]
    staff.has_perm("programmes.view_edition")
    with django_assert_num_queries(2):
        assert len(links_to(keys, user=staff)) == 2 * count
