"""What a sweep does to many rows: one that fails neither stops nor undoes the others, and is named in the log."""

import pytest

from core import clock
from organisations.models import Organisation
from records.models import Act
from records.services import record
from records.sweeping import alone, each_alone
from tests.organisations.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


def _told(row: Organisation) -> None:
    record("vu", row, by=None, now=clock.now())
    if row.name == "Fautive":
        raise RuntimeError("broken")


def test_a_row_that_fails_is_undone_and_logged_and_the_others_are_done(caplog: pytest.LogCaptureFixture) -> None:
    rows = [OrganisationFactory(name=name) for name in ("Première", "Fautive", "Dernière")]
    assert each_alone(rows, _told, what="looking at bodies") == 2
    assert list(Act.objects.filter(verb="vu").order_by("pk").values_list("about_name", flat=True)) == ["Première", "Dernière"]
    assert [line.getMessage() for line in caplog.records] == [f"looking at bodies: organisations.organisation:{rows[1].pk}"]
    assert caplog.records[0].exc_info is not None


def test_what_is_done_alone_without_a_transaction_goes_on_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    rows, seen = [OrganisationFactory(name=name) for name in ("Fautive", "Autre")], []
    for row in rows:
        with alone(row, what="drawing"):
            _told(row)
            seen.append(row.name)
    assert seen == ["Autre"]
    assert [line.getMessage() for line in caplog.records] == [f"drawing: organisations.organisation:{rows[0].pk}"]
