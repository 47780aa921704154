"""The demonstration of billing: invented bodies in each standing, numbers in order, loaded again without doubling."""

import pytest

from billing import demo
from billing.checking import number_faults
from billing.models import Invoice, Payment, SupplierFile, Transmission
from billing.services.numbering import day_of
from billing.standing import Standing, counts, with_standing
from billing.states import TransmissionState
from core import clock
from organisations import demo as register
from records import demo as house
from records.models import Association

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> None:
    for part in (house, register, demo, demo):
        part.load(1)


@pytest.mark.usefixtures("loaded")
def test_each_standing_is_shown_and_nothing_is_doubled() -> None:
    found = counts(with_standing(Invoice.objects.all()), day_of(clock.now()))
    assert found == {
        Standing.OVERDUE: 2, Standing.TO_PAY: 0, Standing.TO_REFUND: 1, Standing.PAID: 2, Standing.CREDITED: 1, Standing.NOTE: 1,
    }  # fmt: skip
    assert list(number_faults()) == []
    assert (SupplierFile.objects.count(), Payment.objects.count()) == (3, 4)


@pytest.mark.usefixtures("loaded")
def test_what_is_late_or_rejected_is_invented() -> None:
    rejected = Transmission.objects.filter(state=TransmissionState.REJECTED).values_list("invoice__buyer_name", flat=True)
    assert demo.TOWN in set(rejected)
    assert set(Invoice.objects.values_list("buyer_name", flat=True)) == {demo.TOWN, demo.HOSPITAL, demo.FIRM}
    assert {row.buyer_siret[:7] for row in Invoice.objects.all()} == {"0000000"}


@pytest.mark.usefixtures("loaded")
def test_what_somebody_filled_in_stays() -> None:
    ours = Association.current()
    ours.iban = "FR7630001007941234567890185"
    ours.save()
    demo.load(1)
    assert Association.objects.get().iban == "FR7630001007941234567890185"
