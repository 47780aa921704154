"""What waits for the treasurer, what the search finds, what is no longer kept; and the demonstration of the bank."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.roles import RECONCILE, Role
from billing import demo, demo_bank, waiting_bank
from billing.models import Invoice, Payment, Refund, Statement, StatementEntry
from billing.services import importing, reconciling, refunding
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.billing import bank_samples as bank
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, association, dues, issued

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db):
    return UserFactory(roles=[Role.TREASURER], email="tresorerie@la27eregion.example")


def waiting():
    return [(row.label, row.count, row.permission) for row in waiting_bank.waiting(NOW)]


def test_lines_and_refunds_that_wait_are_counted(by):
    assert [count for _, count, _ in waiting()] == [0, 0, 0]
    line("10.00", "DON"), line("-800.00", "LOYER")
    reconciling.give_back(line("20.00"), Decimal(20), to_iban=bank.PAYER, to_name="", reason="Trop", by=by, now=NOW)
    assert waiting() == [
        ("ligne de relevé à rapprocher", 1, RECONCILE), ("remboursement à faire par virement", 1, RECONCILE),
        ("remboursement à décider", 0, RECONCILE),
    ]  # fmt: skip


@pytest.mark.parametrize("words", ["4 999,00", "4999", "essai", bank.PAYER[:12], "b77"])
def test_a_line_is_found_by_amount_name_iban_or_reference(by, words):
    entry = line("4999.00", "COTISATION", party_name="Ville de l’Essai", bank_reference="B77")
    assert [row.url for row in waiting_bank.found(by, words)] == [f"/admin/billing/statemententry/{entry.pk}/change/"]


def test_who_may_not_reconcile_finds_no_line():
    line("4999.00")
    assert list(waiting_bank.found(UserFactory(roles=[Role.STAFF]), "4999")) == []


def purged(now, *, dry_run=False):
    return [row.count for row in waiting_bank.purge(now, dry_run)]


def test_a_file_never_imported_goes_after_a_week_and_an_imported_one_after_ten_years(by):
    association()
    kept = importing.deposit("vu.xml", bank.camt(bank.entry("1.00")), by=by, now=NOW)
    done = importing.deposit("fait.xml", bank.camt(bank.entry("2.00")), by=by, now=NOW)
    importing.import_statement(done, by=by, now=NOW)
    storage, names = kept.file.storage, (kept.file.name, done.file.name)
    assert purged(NOW + timedelta(days=6)) == [0, 0, 0, 0]
    assert purged(NOW + timedelta(days=8), dry_run=True) == [1, 0, 0, 0]
    assert purged(NOW + timedelta(days=8)) == [1, 0, 0, 0]
    assert ([storage.exists(name) for name in names], Statement.objects.count()) == ([False, True], 1)
    assert purged(NOW.replace(year=2037, month=12)) == [0, 0, 0, 0]
    assert purged(NOW.replace(year=2038, month=1)) == [0, 1, 0, 1]
    assert ([storage.exists(name) for name in names], StatementEntry.objects.count()) == ([False, False], 0)


def test_a_line_that_never_counted_goes_after_thirteen_months_and_its_acts_say_no_more(by):
    line("-800.00", "SALAIRE")
    kept, waits = line("900.00"), line("20.00", "DON")
    aside = line("30.00", "DON")
    reconciling.set_aside(aside, reason="Un don de Mme Exemple.", by=by, now=NOW)
    (payment,) = reconciling.place(kept, [(issued(None, dues(Decimal(900))), Decimal(900))], by=by, now=NOW)
    assert purged(NOW + timedelta(days=396)) == [0, 0, 0, 0]
    assert purged(NOW + timedelta(days=397), dry_run=True) == [0, 0, 0, 2]
    assert purged(NOW + timedelta(days=397)) == [0, 0, 0, 2]
    assert list(StatementEntry.objects.order_by("pk")) == [kept, waits]
    assert list(Act.objects.filter(verb="ligne écartée").values_list("about_name", "note")) == [("", "")]
    # What was counted, even if it is undone since, stays with its payments.
    reconciling.undo_match(payment, reason="Erreur.", by=by, now=NOW)
    reconciling.set_aside(StatementEntry.objects.with_rest().get(pk=kept.pk), reason="Rien.", by=by, now=NOW)
    assert purged(NOW.replace(year=2036)) == [0, 0, 0, 0]


def test_what_was_given_back_without_invoice_goes_with_its_lines_after_ten_years(by):
    came, left = line("20.00"), line("-20.00")
    refund = reconciling.give_back(came, Decimal(20), to_iban=bank.PAYER, to_name="", reason="Trop", by=by, now=NOW)
    refunding.close_refund(refund, left, by=by, now=NOW)
    assert purged(NOW.replace(year=2037, month=12)) == [0, 0, 0, 0]
    assert purged(NOW.replace(year=2038, month=1)) == [0, 0, 1, 2]
    assert (Refund.objects.count(), StatementEntry.objects.count()) == (0, 0)


def test_the_demonstration_holds_what_closed_and_what_waits():
    association()
    with time_machine.travel(NOW, tick=False):
        for _ in range(2):
            demo.load(1)
            demo_bank.load(1)
    assert list(StatementEntry.objects.to_reconcile().order_by("pk").values_list("amount", flat=True)) == [Decimal(4999), Decimal(2500)]
    assert Payment.objects.filter(entry__isnull=False).count() == 3
    assert list(Statement.objects.order_by("pk").values_list("name", "imported_at")) == [
        ("releve-importe.xml", NOW), ("releve-a-importer.xml", None),
    ]  # fmt: skip
    trial = importing.try_out(Statement.objects.tried().get())
    assert (len(trial.new), trial.foreign, trial.warnings) == (2, [], [])
    assert {name for name in Invoice.objects.values_list("buyer_name", flat=True) if "Exemple" not in name} == set()
