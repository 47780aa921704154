"""What the treasurer sees before it happens, and what waits for them."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from accounts.roles import Role
from billing import planned, sale
from billing.sale import Sold
from billing.services import reminding, transmitting
from billing.states import TransmissionState
from core.clock import PARIS
from mailing.models import Message
from records.services import label_of
from tests.accounts.factories import UserFactory, sign_in
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
    assert [waiting.count for waiting in planned.waiting(NOW)] == [1, 1, 1, 0]


def test_an_invoice_to_remind_that_nobody_has_an_address_for_waits_for_the_treasurer(client, monkeypatch):
    with time_machine.travel(NOW, tick=False):
        invoice = issued(firm(name="Atelier d’Exemple"))
    late = NOW + timedelta(days=60)
    found = list(planned.waiting(late))[-1]
    assert (found.label, found.count, found.since is not None) == ("facture à relancer sans adresse où écrire", 1, True)
    with time_machine.travel(late, tick=False):
        sign_in(client, UserFactory(roles=[Role.TREASURER]))
        assert "Sans adresse où écrire" in client.get(reverse("admin:billing_reminderhold_changelist")).content.decode()
    known = Sold("Cotisation 2027", "https://portail.example/x/", to="finances@ville.example")
    monkeypatch.setattr(sale.SOLD, "_items", [(0, lambda _: known)])
    cache.clear()
    assert (reminding.remind(now=late), list(planned.waiting(late))[-1].count) == (1, 0)
    assert Message.objects.get(about=label_of(invoice)).to == "finances@ville.example"
