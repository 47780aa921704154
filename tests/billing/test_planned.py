"""What the treasurer sees before it happens, and what waits for them."""

from datetime import datetime, timedelta

import pytest
import time_machine

from billing import planned
from billing.services import transmitting
from billing.states import TransmissionState
from core.clock import PARIS
from tests.accounts.factories import UserFactory
from tests.billing.factories import NOW, firm, issued

pytestmark = pytest.mark.django_db


def test_reminders_and_due_dates_to_come_are_told():
    with time_machine.travel(NOW, tick=False):
        issued(firm(name="Atelier d’Exemple"))
    start = datetime(2027, 3, 26, tzinfo=PARIS)
    told = [(item.act, item.what, item.at.day) for item in planned.planned(start, start + timedelta(days=6))]
    assert told == [
        ("envoyé", "Relance J-5 de la facture F2027-0001, Atelier d’Exemple", 26),
        ("échu", "Échéance de la facture F2027-0001, Atelier d’Exemple", 31),
    ]


def test_what_waits_at_chorus_is_counted_by_what_there_is_to_do():
    with time_machine.travel(NOW, tick=False):
        rows = [issued().transmission for _ in range(3)]
        for row in rows[1:]:
            transmitting.deposit(row, flow_number=f"CPP{row.pk}", on=NOW.date(), by=UserFactory(), now=NOW)
        transmitting.tell(rows[1], TransmissionState.REJECTED, by=UserFactory(), now=NOW, reason="Code service inconnu.")
        transmitting.tell(rows[2], TransmissionState.SUSPENDED, by=UserFactory(), now=NOW, reason="Pièce manquante.")
    assert [waiting.count for waiting in planned.waiting(NOW)] == [1, 1, 1]
