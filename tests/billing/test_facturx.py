"""The structured file of every kind of document, read by the validators of others (billing.md sections 3, 4 and 6)."""

import pytest

from billing import facturx
from tests.billing.factories import association
from tests.billing.kinds import KINDS
from tests.billing.validating import schematron_faults

pytestmark = pytest.mark.django_db


def test_every_kind_passes_the_schema_and_the_three_schematrons(tmp_path):
    association()
    files = {name: facturx.build(made()) for name, made in KINDS.items()}
    assert schematron_faults(files, tmp_path) == {name: [] for name in KINDS}
