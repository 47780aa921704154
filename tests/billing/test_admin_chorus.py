"""The queue of Chorus Pro and the page of reminders, as the treasurer uses them."""

import hashlib
from datetime import date, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.roles import Role
from billing import chorus
from billing.chorus import Deposited, Parcel
from billing.models import ReminderHold, Transmission
from billing.services import transmitting
from billing.states import TransmissionState
from core import clock
from core.clock import PARIS
from core.refusals import Refused
from records.models import Act
from tests.accounts.factories import UserFactory, sign_in
from tests.billing.factories import firm, issued

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:billing_transmission_changelist")
REMINDERS = reverse("admin:billing_reminderhold_changelist")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(datetime(2027, 3, 22, 10, tzinfo=PARIS)):
        yield


@pytest.fixture
def treasurer(client):
    person = UserFactory(roles=[Role.TREASURER])
    sign_in(client, person)
    return person


def address(name: str, row: Transmission) -> str:
    return reverse(f"admin:billing_transmission_{name}", args=[row.pk])


def test_the_queue_gives_the_file_and_takes_the_flow_number_back(client, treasurer):
    invoice = issued()
    row = invoice.transmission
    page = client.get(f"{QUEUE}?state__exact=TO_DEPOSIT").content.decode()
    assert reverse("invoice_file", args=[invoice.number]) in page
    assert client.post(address("deposit", row), {"flow_number": "", "on": "2027-03-22"}).status_code == 422
    assert client.post(address("deposit", row), {"flow_number": "CPP 2027 118", "on": "2027-03-22"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.flow_number, row.deposited_on) == (TransmissionState.DEPOSITED, "CPP2027118", date(2027, 3, 22))
    assert row.once.startswith(f"{invoice.number}:{invoice.document.sha256}")


@pytest.mark.parametrize("day", ["2027-02-28", "2027-03-23"])
def test_a_deposit_is_between_the_issue_and_today(client, treasurer, day):
    row = issued().transmission
    answer = client.post(address("deposit", row), {"flow_number": "CPP1", "on": day})
    assert (answer.status_code, Transmission.objects.get().state) == (422, TransmissionState.TO_DEPOSIT)


def test_a_number_too_long_and_a_day_to_come_are_told_together(client, treasurer):
    errors = client.post(address("deposit", issued().transmission), {"flow_number": "F" * 300, "on": "2027-04-22"}).context["form"].errors
    assert sorted(errors) == ["flow_number", "on"]


def test_a_rejection_has_its_text_and_a_new_deposit_its_own_flow(client, treasurer):
    row = issued().transmission
    client.post(address("deposit", row), {"flow_number": "CPP1", "on": "2027-03-20"})
    assert client.post(address("answer", row), {"state": "REJECTED", "reason": ""}).status_code == 422
    assert client.post(address("answer", row), {"state": "REJECTED", "reason": "Code service inconnu."}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.rejection) == (TransmissionState.REJECTED, "Code service inconnu.")
    client.post(address("deposit", row), {"flow_number": "CPP2", "on": "2027-03-22"})
    row.refresh_from_db()
    assert (row.state, row.flow_number, row.rejection) == (TransmissionState.DEPOSITED, "CPP2", "")
    assert Act.objects.filter(verb="Chorus Pro : rejetée".replace(" :", "\u00a0:")).count() == 1


def test_a_flow_number_typed_wrong_is_corrected_with_its_before_and_after(client, treasurer):
    row = issued().transmission
    client.post(address("deposit", row), {"flow_number": "CPP1", "on": "2027-03-20"})
    assert "Corriger le dépôt" in client.get(reverse("admin:billing_transmission_change", args=[row.pk])).content.decode()
    client.post(address("deposit", row), {"flow_number": "CPP10", "on": "2027-03-21"})
    assert Act.objects.get(verb="dépôt corrigé").changes["flux"] == ["CPP1", "CPP10"]


class Api:
    """A road that answers by itself, as the client of the API will."""

    is_by_hand = False

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []

    def transmit(self, parcel: Parcel, *, carried: Deposited | None) -> Deposited:
        self.parcels.append(parcel)
        return Deposited(f"FLUX{len(self.parcels)}", date(2027, 3, 22))


def test_a_road_that_carries_by_itself_is_given_the_file_that_was_issued_and_its_number_is_kept(client, treasurer, monkeypatch):
    """An adapter of the API changes `billing.chorus` alone: one click deposits, nothing is typed back."""
    api, invoice = Api(), issued()
    monkeypatch.setattr(chorus, "road", lambda: api)
    shown = client.get(address("deposit", invoice.transmission)).content.decode()
    assert ("Déposer" in shown, "flow_number" in shown) == (True, False)
    assert client.post(address("deposit", invoice.transmission)).status_code == 302
    row, parcel = Transmission.objects.get(), api.parcels[0]
    assert (row.state, row.flow_number, row.once) == (TransmissionState.DEPOSITED, "FLUX1", parcel.key)
    assert (hashlib.sha256(parcel.read()).hexdigest(), parcel.name) == (invoice.document.sha256, f"{invoice.number}.pdf")


def test_what_is_deposited_is_not_given_to_the_road_again(treasurer, monkeypatch):
    api, row = Api(), issued().transmission
    monkeypatch.setattr(chorus, "road", lambda: api)
    transmitting.deposit(row, by=treasurer, now=clock.now())
    with pytest.raises(Refused, match="ne peut pas devenir"):
        transmitting.deposit(row, by=treasurer, now=clock.now())
    assert len(api.parcels) == 1


def test_reminders_to_come_are_listed_held_and_resumed(client, treasurer):
    invoice = issued(firm())
    page = client.get(REMINDERS).content.decode()
    assert (invoice.number in page, "J-5" in page) == (True, True)
    hold = reverse("admin:billing_reminderhold_hold", args=[invoice.pk])
    assert client.post(hold, {"reason": "", "until": ""}).status_code == 422
    assert client.post(hold, {"reason": "Ils règlent vendredi.", "until": ""}).status_code == 302
    page = client.get(REMINDERS).content.decode()
    assert ("J-5" in page, "Ils règlent vendredi." in page) == (False, True)
    client.post(reverse("admin:billing_reminderhold_release", args=[ReminderHold.objects.get().pk]))
    assert "J-5" in client.get(REMINDERS).content.decode()


def test_the_list_of_reminders_costs_the_same_for_one_and_three(client, treasurer, django_assert_max_num_queries):
    for _ in range(3):
        issued(firm())
    with django_assert_max_num_queries(14):
        client.get(REMINDERS)


def test_the_team_reads_the_reminders_and_holds_nothing(client):
    invoice = issued(firm())
    sign_in(client, UserFactory(roles=[Role.STAFF]))
    assert client.get(REMINDERS).status_code == 200
    assert client.get(reverse("admin:billing_reminderhold_hold", args=[invoice.pk])).status_code == 403
    assert client.get(QUEUE).status_code == 403
