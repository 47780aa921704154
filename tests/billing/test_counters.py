"""Numbers under fire, on the database that serves production: real transactions, each race with its unlocked twin (R1)."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from billing import services
from billing.models import Counter, Invoice, Line, Payment
from billing.services import crediting, issuing, numbering, payments
from billing.states import Method
from core import hints
from core.refusals import Refused
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.billing.factories import DUES, NOW, TODAY, association, issued, sale
from tests.billing.issuers import COMMIT, KILL, ROLLBACK, Storm, outcome
from tests.patience import PATIENCE
from tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_nudge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "_send", lambda _: None)


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], None]:
    """Once this function has looked, each waits until the other has looked too: without the lock both go on from the same sight."""

    def install(module: object, name: str) -> None:
        both, plain = Barrier(2, timeout=PATIENCE), getattr(module, name)

        def look(*args: object, **options: object) -> object:
            found = plain(*args, **options)
            both.wait()
            return found

        monkeypatch.setattr(module, name, look)

    return install


def unlocked_and_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two issuers, without the lock, who have both looked for what was asked before and read the same counter when they take a number."""
    both, plain = Barrier(2, timeout=PATIENCE), issuing.take

    def take(*args: object) -> object:
        both.wait()
        return plain(*args)

    monkeypatch.setattr(issuing, "hold", unlocked)
    monkeypatch.setattr(issuing, "take", take)


def kinds(outcomes: list[object]) -> list[str]:
    return sorted(type(each).__name__ for each in outcomes)


def test_twelve_issuers_with_rollbacks_and_kills_leave_neither_gap_nor_double() -> None:
    storm = Storm(wanted=120, issuers=12).run()
    assert outcome() == {"issued": 120, "gaps": 0, "doubles": 0, "dates_back": 0, "counter": 120}
    assert storm.fates[COMMIT] == 120
    assert storm.fates[ROLLBACK] > 10
    assert storm.fates[KILL] > 5
    assert Line.objects.count() == Act.objects.filter(verb="facture émise").count() == 120


def test_two_issues_at_once_have_two_numbers_in_order() -> None:
    association()
    outcomes = race(*(partial(services.issue, sale(), by=None, now=NOW) for _ in range(4)))
    assert sorted(each.number for each in outcomes) == ["F2027-0001", "F2027-0002", "F2027-0003", "F2027-0004"]


def unlocked(series: str, year: int) -> Counter:
    return Counter.objects.get_or_create(series=series, year=year)[0]


def test_without_the_lock_two_would_take_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    issued()
    unlocked_and_met(monkeypatch)
    outcomes = race(*(partial(services.issue, sale(), by=None, now=NOW) for _ in range(2)))
    # The database's own rule is the last net: one is issued, the other's work is lost.
    assert kinds(outcomes) == ["IntegrityError", "Invoice"]


def test_an_invoice_asked_by_two_people_at_once_is_one() -> None:
    association()
    asked = sale()
    outcomes = race(*(partial(services.issue, asked, by=UserFactory(), now=NOW) for _ in range(4)))
    assert len({each.pk for each in outcomes}) == 1
    assert (Invoice.objects.count(), Counter.objects.get().last, Line.objects.count()) == (1, 1, 1)
    assert Act.objects.filter(verb="facture émise").count() == 1


def test_without_the_lock_the_second_would_fail_in_the_face_of_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    issued()
    asked = sale()
    unlocked_and_met(monkeypatch)
    outcomes = race(*(partial(services.issue, asked, by=None, now=NOW) for _ in range(2)))
    assert kinds(outcomes) == ["IntegrityError", "Invoice"]


def test_the_first_of_a_year_may_be_two_at_once() -> None:
    association()
    assert not Counter.objects.exists()
    outcomes = race(*(partial(services.issue, sale(), by=None, now=NOW) for _ in range(6)))
    assert sorted(each.sequence for each in outcomes) == [1, 2, 3, 4, 5, 6]
    assert Counter.objects.count() == 1


def test_one_invoice_is_credited_once_by_two_at_once() -> None:
    invoice = issued()
    outcomes = race(*(partial(services.credit, invoice, reason="Erreur.", by=None, now=NOW) for _ in range(2)))
    assert kinds(outcomes) == ["Invoice", "Refused"]
    assert Invoice.objects.filter(corrects=invoice).count() == 1


def test_without_the_lock_both_credits_would_be_drawn(monkeypatch: pytest.MonkeyPatch, meeting: Callable) -> None:
    invoice = issued()
    monkeypatch.setattr(crediting, "hold_invoice", lambda row: Invoice.objects.with_balance().get(pk=row.pk))
    meeting(crediting, "drawn_credit")
    outcomes = race(*(partial(services.credit, invoice, reason="Erreur.", by=None, now=NOW) for _ in range(2)))
    # Both passed the rule « never above what remains »: only their key, the same, keeps the second out, without a word.
    assert not any(isinstance(each, Refused) for each in outcomes)


def pay_twice(invoice: Invoice) -> tuple[list[str], int]:
    by = UserFactory()
    pay = partial(services.record_by_hand, invoice, DUES, method=Method.CHEQUE, received_on=TODAY, reason="Remis au siège.", by=by, now=NOW)
    return kinds(race(pay, pay)), Payment.objects.count()


def test_two_cheques_for_one_debt_are_one_payment_and_one_refusal() -> None:
    assert pay_twice(issued()) == (["Payment", "Refused"], 1)


def test_without_the_lock_both_cheques_would_count(monkeypatch: pytest.MonkeyPatch, meeting: Callable) -> None:
    monkeypatch.setattr(payments, "hold_invoice", lambda row: Invoice.objects.with_balance().get(pk=row.pk))
    meeting(payments, "hold_invoice")
    assert pay_twice(issued()) == (["Payment", "Payment"], 2)


def undo_twice() -> list[str]:
    payment = services.record_payment(issued(), DUES, method=Method.TRANSFER, received_on=TODAY, by=None, now=NOW)
    undo = partial(services.undo_payment, payment, reason="Mauvaise facture.", by=None, now=NOW)
    return kinds(race(undo, undo))


def test_a_payment_is_undone_once_by_two_at_once() -> None:
    assert undo_twice() == ["Payment", "Refused"]


def test_without_the_lock_the_second_undoing_would_fail_without_a_word(monkeypatch: pytest.MonkeyPatch, meeting: Callable) -> None:
    monkeypatch.setattr(payments, "hold_invoice", lambda row: Invoice.objects.with_balance().get(pk=row.pk))
    meeting(payments, "_standing")
    assert undo_twice() == ["IntegrityError", "Payment"]


def first_twice() -> list[str]:
    by = UserFactory()
    return kinds(race(*(partial(numbering.set_first, "F", 2027, first, by=by, now=NOW) for first in (40, 50))))


def test_the_first_number_is_chosen_once_by_two_at_once() -> None:
    assert first_twice() == ["Counter", "Refused"]


def test_without_the_lock_the_second_choice_would_win(monkeypatch: pytest.MonkeyPatch, meeting: Callable) -> None:
    unlocked("F", 2027)
    monkeypatch.setattr(numbering, "hold", unlocked)
    meeting(numbering, "hold")
    assert first_twice() == ["Counter", "Counter"]


KILLED = """
import os, sys, django
django.setup()
from django.db import transaction
from billing import services
from tests.billing.factories import NOW, sale
with transaction.atomic():
    invoice = services.issue(sale(), by=None, now=NOW)
    print(invoice.number, flush=True)
    sys.stdin.read()
"""


def test_a_worker_killed_with_a_number_in_its_hand_leaves_it_to_the_next() -> None:
    """A real process, a real SIGKILL, between the number and the commit."""
    association()
    shown = connection.settings_dict
    url = f"postgresql://{shown['USER']}:{shown['PASSWORD']}@{shown['HOST']}:{shown['PORT']}/{shown['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "F2027-0001"
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert not Invoice.objects.exists()
    assert [issued().number, issued().number] == ["F2027-0001", "F2027-0002"]


# --- What the database refuses, by whatever road (R2) -----------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_invoice SET gross = 1, net = 1, vat = 0",
        "UPDATE billing_invoice SET buyer_name = 'Autre'",
        "UPDATE billing_invoice SET number = 'F2027-0009'",
        "UPDATE billing_line SET label = 'Autre'",
        "UPDATE billing_payment SET amount = 1",
        "DELETE FROM billing_payment",
        "DELETE FROM billing_line",
        "INSERT INTO billing_line (invoice_id, rank, label, description, quantity, unit_net, net, vat, vat_category, vat_rate,"
        " exemption_code, exemption_text, account) SELECT invoice_id, 2, label, '', 1, 1, 1, 0, 'E', 0, 'X', 'X', '756' FROM billing_line",
    ],
)
def test_the_database_itself_refuses_what_would_change_a_document(statement: str) -> None:
    invoice = issued()
    services.record_payment(invoice, DUES, method=Method.TRANSFER, received_on=TODAY, by=None, now=NOW)
    with pytest.raises(IntegrityError, match="pièce émise"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    kept = Invoice.objects.get(pk=invoice.pk)
    assert (kept.gross, kept.number, kept.lines.count(), kept.payments.count()) == (DUES, "F2027-0001", 1, 1)


def test_the_database_lets_a_document_be_filed_under_the_body_that_stays() -> None:
    invoice = issued()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_invoice SET organisation_id = NULL")
    invoice.refresh_from_db()
    assert (invoice.organisation, invoice.buyer_name.startswith("Ville d’Exemple")) == (None, True)
