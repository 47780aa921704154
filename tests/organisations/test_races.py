"""Two merges at once: one passes, the other is refused. Without the lock both pass, and each row leads to the other."""

from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from core.refusals import Refused
from organisations import services
from organisations.models import Organisation
from organisations.services import merging
from tests.accounts.factories import UserFactory
from tests.organisations.factories import NOW, OrganisationFactory
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def merge_both_ways():
    one, two, by = OrganisationFactory(name="Une"), OrganisationFactory(name="Deux"), UserFactory()
    outcomes = race(
        partial(services.merge, one, two, by=by, now=NOW), partial(services.merge, two, one, by=by, now=NOW)
    )  # fmt: skip
    return outcomes, Organisation.objects.standing().count()


@pytest.mark.parametrize("attempt", range(5))
def test_two_merges_at_once_leave_one_row(attempt):
    outcomes, standing = merge_both_ways()
    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    assert standing == 1


def test_without_the_lock_each_row_would_lead_to_the_other(monkeypatch):
    met = Barrier(2, timeout=PATIENCE)

    def look(*bodies):
        rows = {row.pk: row for row in Organisation.objects.filter(pk__in=[body.pk for body in bodies]).order_by("pk")}
        met.wait()
        return rows

    monkeypatch.setattr(merging, "lock", look)
    outcomes, standing = merge_both_ways()
    # Both went through, or PostgreSQL broke the knot by itself: never one clean refusal.
    assert (standing, [type(outcome) for outcome in outcomes].count(Refused)) != (1, 1)


def test_a_commune_needed_by_two_at_once_enters_once():
    found = race(*[partial(services.recognise, "Mairie de Rennes", now=NOW)] * 4)
    assert {str(body) for body in found} == {"Ville de Rennes"}
    assert Organisation.objects.count() == 1
    assert connection.vendor == "postgresql"
