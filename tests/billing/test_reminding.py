"""Reminders (D5, R16): on their days, once, to the right people, and none when there is a reason not to."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from billing import reminders, sale, services
from billing.models import Invoice, ReminderHold, Statement, StatementEntry
from billing.sale import Sold
from billing.services import reminding, transmitting
from billing.states import Method, TransmissionState
from core.clock import PARIS
from core.refusals import Refused
from mailing.letters import Attachment
from mailing.models import Message
from mailing.states import State
from mailing.tasks import deliver
from tests.accounts.factories import UserFactory
from tests.billing.factories import NOW, firm
from tests.billing.factories import issued as issued_to

pytestmark = pytest.mark.django_db
# Issued on Monday 1 March 2027: due on Wednesday 31 March.
DUE = date(2027, 3, 31)


@pytest.fixture(autouse=True)
def _payer(monkeypatch):
    """A finance department, its boss in copy, and a paper that is joined again."""
    paper = (Attachment("bulletin.pdf", b"%PDF-1.7", "application/pdf"),)
    said = Sold("Cotisation 2027", "https://portail.example/dossiers/x/", to="finances@ville.example", cc="direction@ville.example")
    said = Sold(said.title, said.page, to=said.to, cc=said.cc, enclosures=lambda: paper)
    monkeypatch.setattr(sale.SOLD, "_items", [(0, lambda _: said)])


def issued() -> Invoice:
    """To a payer who receives it by mail."""
    return issued_to(firm())


def at(days: int, hour: int = 9, minute: int = 0) -> datetime:
    """So many days after the due date."""
    return datetime.combine(DUE + timedelta(days=days), datetime.min.time(), PARIS) + timedelta(hours=hour, minutes=minute)


def letters() -> list[tuple[str, str, str]]:
    found = Message.objects.filter(key__contains=":reminder:").order_by("pk")
    return [(message.key.rpartition(":")[2], message.to, message.cc) for message in found]


def sweep(*days: int) -> None:
    for day in days:
        reminding.remind(now=at(day, 9, 1))


def test_four_reminders_the_last_two_with_the_general_contact_in_copy():
    issued()
    sweep(*range(-40, 60))
    finance, boss = "finances@ville.example", "direction@ville.example"
    assert letters() == [("J-5", finance, ""), ("J+5", finance, ""), ("J+20", finance, boss), ("J+45", finance, boss)]


def test_ten_sweeps_are_one_letter():
    issued()
    sweep(*([5] * 10))
    assert letters() == [("J+5", "finances@ville.example", "")]


def test_reminders_leave_on_a_working_day_at_nine():
    invoice = issued()
    shown = [(reminder.step.name, reminder.at.isoformat()) for reminder in reminders.moments(invoice)]
    assert shown == [
        ("J-5", "2027-03-26T09:00:00+01:00"),
        ("J+5", "2027-04-05T09:00:00+02:00"),
        ("J+20", "2027-04-20T09:00:00+02:00"),
        ("J+45", "2027-05-18T08:00:00+02:00"),  # 15 May is a Saturday, 17 May Whit Monday
    ]


def test_after_an_outage_only_the_latest_leaves():
    issued()
    sweep(-30, 21)
    assert [name for name, *_ in letters()] == ["J+20"]


def test_the_one_before_the_due_day_is_never_sent_after_it():
    issued()
    sweep(2)
    assert letters() == []


def test_nothing_once_paid_or_credited():
    paid, credited = issued(), issued()
    services.record_payment(paid, Decimal(5000), method=Method.TRANSFER, received_on=DUE, by=None, now=NOW)
    services.credit(credited, reason="Erreur.", by=None, now=NOW)
    sweep(-5, 5, 20, 45)
    assert letters() == []


def test_a_partial_payment_still_reminds_of_the_rest():
    invoice = issued()
    services.record_payment(invoice, Decimal("4999.00"), method=Method.TRANSFER, received_on=DUE, by=None, now=NOW)
    sweep(5)
    assert "1 €" in Message.objects.get(key__contains="J+5").subject.replace("\u00a0", " ")


def chorus() -> Invoice:
    """To a commune, which receives it through Chorus Pro."""
    return issued_to()


def deposited(invoice: Invoice, day: date) -> None:
    transmitting.deposit(invoice.transmission, flow_number="CPP 1", on=day, by=UserFactory(), now=datetime(2027, 6, 1, tzinfo=PARIS))


def test_nothing_before_the_deposit_on_chorus_then_counted_from_it():
    invoice = chorus()
    sweep(-5, 5, 20)
    assert letters() == []
    deposited(invoice, date(2027, 3, 21))
    assert reminders.day_due(Invoice.objects.get()) == date(2027, 4, 20)
    sweep(21, 26)
    assert [name for name, *_ in letters()] == ["J+5"]


@pytest.mark.parametrize("state", [TransmissionState.SUSPENDED, TransmissionState.REJECTED, TransmissionState.PAID])
def test_nothing_while_chorus_suspends_rejects_or_pays(state):
    invoice = chorus()
    deposited(invoice, NOW.date())
    transmitting.tell(invoice.transmission, state, by=UserFactory(), now=NOW, reason="Code service inconnu.")
    sweep(5, 20, 45)
    assert letters() == []


def waiting_line(**said) -> StatementEntry:
    statement = Statement.objects.create(name="releve.xml", digest="x", format="CAMT", imported_at=NOW)
    fields = {"statement": statement, "fingerprint": "f", "booked_on": DUE, "amount": Decimal("4999.00"), "label": "VIR F2027-0001"}
    return StatementEntry.objects.create(**{**fields, **said})


def test_nothing_while_a_bank_line_that_may_pay_it_waits_for_a_person():
    issued()
    line = waiting_line()
    sweep(5)
    assert letters() == []
    line.set_aside_at = NOW
    line.save()
    sweep(5)
    assert [name for name, *_ in letters()] == ["J+5"]


def test_a_sweep_with_no_letter_to_write_reads_no_line_of_the_bank(django_assert_num_queries):
    issued()
    waiting_line(amount=Decimal("1.00"), label="RIEN")
    sweep(5)
    with django_assert_num_queries(2):  # what is asked, the letters written
        sweep(6)
    with django_assert_num_queries(1):
        sweep(-20)


def test_the_look_before_a_letter_leaves_costs_the_same_whatever_else_is_owed(django_assert_num_queries):
    issued()
    waiting_line(amount=Decimal("1.00"), label="RIEN")
    sweep(5)
    message = Message.objects.get(key__contains="J+5")
    with time_machine.travel(at(5, 9, 1), tick=False):
        for _ in range(2):
            with django_assert_num_queries(3):  # the invoice, the lines that wait, whether one may pay it
                assert reminding.is_still_due(message)
            issued(), issued()


def test_a_line_of_long_before_the_invoice_holds_no_reminder():
    issued()
    waiting_line(amount=Decimal("5000.00"), label="RIEN", booked_on=NOW.date() - timedelta(days=121))
    sweep(5)
    assert [name for name, *_ in letters()] == ["J+5"]


def test_a_person_holds_a_reminder_until_a_day_and_the_latest_missed_leaves_after():
    invoice, staff = issued(), UserFactory()
    reminding.hold(invoice, reason="Ils règlent vendredi.", until=DUE + timedelta(days=21), by=staff, now=NOW)
    sweep(5, 20, 21)
    assert letters() == []
    sweep(22)
    assert [name for name, *_ in letters()] == ["J+20"]


def test_a_hold_has_a_reason_is_one_and_is_released_once():
    invoice, staff = issued(), UserFactory()
    with pytest.raises(Refused, match="Dites pourquoi"):
        reminding.hold(invoice, reason=" ", by=staff, now=NOW)
    hold = reminding.hold(invoice, reason="Litige.", by=staff, now=NOW)
    with pytest.raises(Refused, match="déjà suspendues"):
        reminding.hold(invoice, reason="Encore.", by=staff, now=NOW)
    reminding.release(hold, by=staff, now=NOW)
    with pytest.raises(Refused, match="déjà repris"):
        reminding.release(hold, by=staff, now=NOW)
    assert ReminderHold.objects.standing(on=NOW.date()).count() == 0


def test_a_letter_owed_is_dropped_when_the_money_comes_before_it_leaves(mailoutbox):
    invoice = issued()
    with time_machine.travel(at(5, 9, 1), tick=False):
        sweep(5)
        services.record_payment(invoice, Decimal(5000), method=Method.TRANSFER, received_on=DUE, by=None, now=at(5))
        deliver()
    assert Message.objects.get(key__contains="J+5").state == State.VOID
    assert [mail.subject.partition("\u00a0")[0] for mail in mailoutbox if "attente" in mail.subject] == []


def test_two_reminders_that_the_mail_kept_back_leave_as_one_the_latest(mailoutbox):
    issued()
    sweep(5, 20)
    with time_machine.travel(at(22, 10), tick=False):
        deliver()
    assert [
        (message.key.rpartition(":")[2], message.state) for message in Message.objects.filter(key__contains=":reminder:").order_by("pk")
    ] == [
        ("J+5", State.VOID),
        ("J+20", State.SENT),
    ]
    assert len([mail for mail in mailoutbox if "attente" in mail.subject]) == 1


def test_the_list_of_tomorrow_is_what_the_sweep_sends():
    issued()
    start = at(4, 12)
    assert [(found.invoice.number, found.step.name) for found in reminding.between(start, start + timedelta(days=1))] == [
        ("F2027-0001", "J+5")
    ]
    sweep(5)
    assert reminding.between(start, start + timedelta(days=1)) == []


def test_a_reminder_carries_the_invoice_and_every_paper_again(mailoutbox):
    issued()
    with time_machine.travel(at(5, 9, 1), tick=False):
        sweep(5)
        deliver()
    mail = next(mail for mail in mailoutbox if "attente" in mail.subject)
    assert [attachment[0] for attachment in mail.attachments if attachment[0]] == ["F2027-0001.pdf", "bulletin.pdf"]
