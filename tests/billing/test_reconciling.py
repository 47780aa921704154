"""What a person undoes on a line of the bank: it waits again, whatever had been said of its rest."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing import services
from billing.models import Invoice, Payment, StatementEntry
from billing.services import reconciling
from billing.services.proposing import Desk
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, issued

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def by(db):
    return UserFactory(email="tresorerie@la27eregion.example")


def read_again(entry):
    return StatementEntry.objects.with_rest().get(pk=entry.pk)


def test_a_match_undone_puts_back_to_wait_a_line_whose_rest_was_set_aside(by):
    invoice, entry = issued(), line("5100.00", "VIREMENT")
    (payment,) = reconciling.place(entry, [(invoice, Decimal(5000))], by=by, now=LATER)
    reconciling.set_aside(read_again(entry), reason="Le reste est un don.", by=by, now=LATER)
    assert list(StatementEntry.objects.to_reconcile()) == []
    reconciling.undo_match(payment, reason="Pas la bonne facture.", by=by, now=LATER)
    assert [(row.pk, row.left, row.set_aside_at, row.set_aside_reason) for row in StatementEntry.objects.to_reconcile()] == [
        (entry.pk, Decimal(5100), None, "")
    ]
    assert Act.objects.get(verb="ligne reprise").note == "Son rapprochement est annulé : Pas la bonne facture."


def test_a_match_undone_on_a_line_that_waits_writes_one_act(by):
    invoice, entry = issued(), line(label="VIREMENT")
    (payment,) = reconciling.place(entry, [(invoice, Decimal(5000))], by=by, now=LATER)
    reconciling.undo_match(payment, reason="Pas la bonne facture.", by=by, now=LATER)
    assert (list(StatementEntry.objects.to_reconcile()), Act.objects.filter(verb="ligne reprise").count()) == ([entry], 0)
    assert list(Payment.objects.order_by("pk").values_list("amount", flat=True)) == [Decimal(5000), Decimal(-5000)]


def settled_short(by):
    invoice, entry = issued(), line("4999.00", "VIREMENT")
    (payment,) = reconciling.place(entry, [(invoice, Decimal(4999))], by=by, now=LATER, difference="Frais de banque.")
    assert Invoice.objects.with_balance().get(pk=invoice.pk).remaining == 0
    return invoice, entry, payment


def test_a_match_undone_owes_again_the_small_difference_it_left(by):
    invoice, entry, payment = settled_short(by)
    reconciling.undo_match(payment, reason="Pas la bonne facture.", by=by, now=LATER)
    assert Invoice.objects.with_balance().get(pk=invoice.pk).remaining == 5000
    assert (read_again(entry).left, Payment.objects.standing().count()) == (4999, 0)
    assert [note.split(".")[0] for note in Act.objects.filter(verb="paiement annulé").order_by("pk").values_list("note", flat=True)] == [
        "4\u202f999\u00a0€, virement du 31\u00a0mars 2027", "1\u00a0€, écart soldé du 31\u00a0mars 2027",
    ]  # fmt: skip
    assert [proposal.closes for proposal in Desk([read_again(entry)]).proposals(read_again(entry))] == []


def test_a_difference_undone_alone_leaves_the_payment(by):
    invoice, _, payment = settled_short(by)
    services.undo_payment(Payment.objects.get(method="DIFFERENCE"), reason="Elle est due.", by=by, now=LATER)
    assert (Invoice.objects.with_balance().get(pk=invoice.pk).remaining, list(Payment.objects.standing())) == (1, [payment])
