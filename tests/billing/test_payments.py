"""What counts for an invoice, how a mistake is undone, and what the invoice then says (D7)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from billing import services
from billing.models import GatewayEvent, Invoice, Payment, Refund
from billing.services import payments
from billing.services.payments import SMALL_DIFFERENCE
from billing.standing import Standing, condition, counts, of, said, sums, with_standing
from billing.states import Method
from core.clock import PARIS
from core.refusals import Refused
from records.models import Act
from records.services import label_of
from tests.accounts.factories import UserFactory
from tests.billing.factories import DUES, NOW, TODAY, issued

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=60)


def pay(invoice: Invoice, amount: Decimal | int = DUES, **fields: object) -> Payment:
    options = {"method": Method.TRANSFER, "received_on": TODAY, "by": None, "now": NOW} | fields
    return services.record_payment(invoice, Decimal(amount), **options)


def read(invoice: Invoice) -> Invoice:
    return with_standing(Invoice.objects.all()).get(pk=invoice.pk)


def words(invoice: Invoice, on: date = TODAY) -> str:
    return said(read(invoice), on).words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told when nothing remains to pay."""
    told: list[str] = []
    monkeypatch.setattr(payments, "CLOSED", [lambda invoice, _: told.append(invoice.number)])
    return told


def test_a_payment_counts_and_says_who_noted_it() -> None:
    invoice, by = issued(), UserFactory()
    payment = pay(invoice, 2000, by=by, reason=" Acompte. ")
    assert (payment.amount, payment.by_name, payment.reason, read(invoice).remaining) == (Decimal(2000), str(by), "Acompte.", Decimal(3000))
    act = Act.objects.get(about=label_of(invoice), verb="paiement noté")
    assert "2\u202f000\u00a0€" in act.note


def test_what_closes_an_invoice_is_told_once(closed: list[str]) -> None:
    invoice = issued()
    pay(invoice, 2000)
    assert closed == []
    pay(invoice, 3000)
    assert closed == ["F2027-0001"]
    pay(invoice, 10)
    assert closed == ["F2027-0001"]


def test_the_same_event_or_reference_is_one_payment() -> None:
    invoice = issued()
    event = GatewayEvent.objects.create(event_id="evt_1", type="paid", received_at=NOW, outcome="PAID")
    assert pay(invoice, event=event).pk == pay(invoice, event=event).pk
    other = issued()
    assert pay(other, reference="pi_9").pk == pay(other, reference="pi_9").pk
    assert Payment.objects.count() == 2


def test_more_than_what_remains_is_taken_and_is_to_refund() -> None:
    invoice = issued()
    pay(invoice)
    pay(invoice, 50)
    assert words(invoice) == "à rembourser : 50 €"


@pytest.mark.parametrize("amount", [0, -10])
def test_a_payment_of_nothing_is_refused(amount: int) -> None:
    with pytest.raises(Refused, match="plus grand que zéro"):
        pay(issued(), amount)


def test_a_credit_note_is_not_paid() -> None:
    note = services.credit(issued(), reason="Erreur.", by=None, now=NOW)
    with pytest.raises(Refused, match="est un avoir"):
        pay(note)


def test_a_payment_is_undone_by_its_opposite_and_both_stay_readable() -> None:
    invoice = issued()
    payment = pay(invoice)
    opposite = services.undo_payment(payment, reason="Mauvaise facture.", by=UserFactory(), now=LATER)
    assert (opposite.amount, opposite.undoes, opposite.received_on) == (-DUES, payment, LATER.date())
    assert (read(invoice).remaining, list(invoice.payments.standing())) == (DUES, [])
    assert Payment.objects.count() == 2
    assert [(row.is_undone, row.stands) for row in Payment.objects.order_by("pk")] == [(True, False), (False, False)]
    for undone in (payment, opposite):
        with pytest.raises(Refused, match="déjà annulé"):
            services.undo_payment(undone, reason="Encore.", by=None, now=LATER)
    with pytest.raises(Refused, match="pourquoi"):
        services.undo_payment(pay(invoice), reason=" ", by=None, now=LATER)


def test_a_payment_that_was_credited_and_given_back_is_not_undone() -> None:
    invoice, by = issued(), UserFactory()
    payment = pay(invoice)
    note = services.credit(invoice, reason="Erreur.", by=None, now=NOW)
    owed = Refund.objects.create(invoice=invoice, credit_note=note, amount=DUES, reason="Erreur.", asked_at=NOW)
    with pytest.raises(Refused, match="rendus, ou promis"):
        services.undo_payment(payment, reason="Mauvaise facture.", by=by, now=LATER)
    Refund.objects.filter(pk=owed.pk).update(done_on=TODAY, done_at=NOW)
    with pytest.raises(Refused, match="rendus, ou promis"):
        services.undo_payment(payment, reason="Mauvaise facture.", by=by, now=LATER)
    assert (read(invoice).remaining, list(invoice.payments.standing())) == (Decimal(0), [payment])


def test_what_was_paid_twice_and_given_back_is_not_undone_until_it_is_given_up() -> None:
    invoice, by = issued(), UserFactory()
    pay(invoice)
    second = pay(invoice)
    owed = Refund.objects.create(invoice=invoice, amount=DUES, reason="Payée deux fois.", asked_at=NOW)
    with pytest.raises(Refused, match="rendus, ou promis"):
        services.undo_payment(second, reason="Mauvaise facture.", by=by, now=LATER)
    Refund.objects.filter(pk=owed.pk).update(given_up_at=NOW)
    services.undo_payment(second, reason="Mauvaise facture.", by=by, now=LATER)
    assert read(invoice).remaining == 0


def test_a_payment_beyond_what_was_given_back_is_undone() -> None:
    invoice, by = issued(), UserFactory()
    pay(invoice)
    pay(invoice)
    wrong = pay(invoice, 300)
    Refund.objects.create(invoice=invoice, amount=DUES, reason="Payée deux fois.", asked_at=NOW, done_on=TODAY, done_at=NOW)
    services.undo_payment(wrong, reason="Mauvaise facture.", by=by, now=LATER)
    assert read(invoice).remaining == 0


def test_a_card_payment_is_given_back_not_undone() -> None:
    payment = pay(issued(), method=Method.CARD, reference="pi_1")
    with pytest.raises(Refused, match="rendez-le par carte"):
        services.undo_payment(payment, reason="Erreur.", by=UserFactory(), now=LATER)
    assert list(Payment.objects.standing()) == [payment]


def test_a_payment_is_never_edited_nor_erased() -> None:
    payment = pay(issued())
    for attempt in (payment.save, payment.delete, Payment.objects.all().delete):
        with pytest.raises(ValidationError):
            attempt()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"method": Method.TRANSFER}, "chèque et des espèces"),
        ({"reason": " "}, "d’où vient"),
        ({"received_on": TODAY + timedelta(days=1)}, "avant d’être reçu"),
        ({"received_on": TODAY - timedelta(days=121)}, r"bien avant la facture, émise le .*vérifiez l’année"),
        ({"received_on": date(1999, 1, 1)}, "vérifiez l’année"),
        ({"amount": DUES + 1}, "trop grand"),
    ],
)
def test_what_is_noted_by_hand_is_checked(fields: dict, refusal: str) -> None:
    values = {"amount": DUES, "method": Method.CHEQUE, "received_on": TODAY, "reason": "Remis au siège.", "by": UserFactory(), "now": NOW}
    with pytest.raises(Refused, match=refusal):
        services.record_by_hand(issued(), **(values | fields))
    assert not Payment.objects.exists()


def test_an_advance_upon_a_quote_may_be_noted_on_the_invoice_that_followed() -> None:
    before = TODAY - timedelta(days=120)
    paid = services.record_by_hand(
        issued(), DUES, method=Method.CHEQUE, received_on=before, reason="Reçu sur le devis.", by=UserFactory(), now=NOW
    )
    assert paid.received_on == before


def test_the_same_cheque_is_not_noted_twice() -> None:
    invoice, by = issued(), UserFactory()
    values = {"method": Method.CHEQUE, "received_on": TODAY, "reason": "Remis au siège.", "by": by, "now": NOW, "number": "0012345"}
    services.record_by_hand(invoice, Decimal(1000), **values)
    with pytest.raises(Refused, match="déjà noté"):
        services.record_by_hand(invoice, Decimal(1000), **values)
    assert words(invoice) == "à payer : reste 4 000 €"


def test_a_small_difference_is_closed_by_a_person_with_a_reason() -> None:
    invoice, by = issued(), UserFactory()
    pay(invoice, DUES - Decimal("1.50"))
    with pytest.raises(Refused, match="pourquoi"):
        services.close_difference(invoice, reason="", by=by, now=NOW)
    closing = services.close_difference(invoice, reason="Frais de la banque du payeur.", by=by, now=NOW)
    assert (closing.amount, closing.method, closing.by_name) == (Decimal("1.50"), Method.DIFFERENCE, str(by))
    assert of(read(invoice), TODAY) == Standing.PAID
    with pytest.raises(Refused, match="ne manque rien"):
        services.close_difference(invoice, reason="Encore.", by=by, now=NOW)


def test_a_large_difference_is_owed() -> None:
    invoice = issued()
    pay(invoice, DUES - SMALL_DIFFERENCE - Decimal("0.01"))
    with pytest.raises(Refused, match="pas un petit écart"):
        services.close_difference(invoice, reason="Tant pis.", by=UserFactory(), now=NOW)


def test_an_invoice_says_where_it_stands() -> None:
    due = date(2027, 3, 31)
    invoice = issued()
    assert (words(invoice), words(invoice, due), words(invoice, due + timedelta(days=1))) == ("à payer", "à payer", "en retard de 1 jour")
    pay(invoice, 2000)
    assert words(invoice, due + timedelta(days=3)) == "en retard de 3 jours : reste 3 000 €"
    pay(invoice, 3000, received_on=date(2027, 4, 12))
    assert words(invoice) == "payée le 12 avril 2027"
    note = services.credit(invoice, reason="Erreur.", by=None, now=NOW)
    assert (words(invoice), words(note)) == ("à rembourser : 5 000 €", "avoir sur F2027-0001")
    Refund.objects.create(invoice=invoice, credit_note=note, amount=DUES, reason="Erreur.", asked_at=NOW, done_on=TODAY)
    assert words(invoice) == "créditée"


def test_a_payment_undone_is_not_the_day_it_was_paid() -> None:
    invoice = issued()
    services.undo_payment(pay(invoice, received_on=date(2027, 3, 20)), reason="Rejetée.", by=None, now=NOW)
    pay(invoice, received_on=date(2027, 3, 10))
    assert words(invoice) == "payée le 10 mars 2027"


def test_lists_and_rows_agree_on_where_each_stands() -> None:
    on = date(2027, 4, 15)
    made = {
        Standing.TO_PAY: issued(now=datetime(2027, 3, 30, 10, tzinfo=PARIS)),
        Standing.PAID: issued(now=datetime(2027, 3, 30, 11, tzinfo=PARIS)),
        Standing.CREDITED: issued(now=datetime(2027, 3, 30, 12, tzinfo=PARIS)),
        Standing.TO_REFUND: issued(now=datetime(2027, 3, 30, 13, tzinfo=PARIS)),
    }
    pay(made[Standing.PAID])
    pay(made[Standing.TO_REFUND])
    note = services.credit(made[Standing.CREDITED], reason="Erreur.", by=None, now=datetime(2027, 4, 1, tzinfo=PARIS))
    other = services.credit(made[Standing.TO_REFUND], reason="Erreur.", by=None, now=datetime(2027, 4, 1, tzinfo=PARIS))
    late = issued(now=datetime(2027, 3, 30, 14, tzinfo=PARIS))
    on_late = late.due_on + timedelta(days=1)
    rows = with_standing(Invoice.objects.all())
    found = {standing: set(rows.filter(condition(standing, on))) for standing in Standing}
    assert found[Standing.NOTE] == {note, other}
    assert {standing: {invoice} for standing, invoice in made.items()} | {Standing.TO_PAY: {made[Standing.TO_PAY], late}} == {
        standing: found[standing] for standing in made
    }
    assert {row for row in rows if of(row, on_late) == Standing.OVERDUE} == set(rows.filter(condition(Standing.OVERDUE, on_late)))
    assert counts(rows, on) == {standing: len(found[standing]) for standing in Standing}


def test_a_list_is_summed_in_one_question(django_assert_num_queries) -> None:
    invoice, other = issued(), issued()
    pay(invoice, 2000)
    services.credit(other, reason="Erreur.", by=None, now=NOW, amount=Decimal(1000))
    with django_assert_num_queries(1):
        found = sums(with_standing(Invoice.objects.all()), date(2027, 4, 15))
    assert (found.gross, found.paid, found.remaining, found.overdue) == (Decimal(9000), Decimal(2000), Decimal(7000), Decimal(7000))


def test_cents_come_out_even_on_every_database() -> None:
    invoice = issued()
    for part in ("0.10", "0.20", "1666.57", "1666.56", "1666.57"):
        pay(invoice, Decimal(part))
    assert (read(invoice).remaining, of(read(invoice), TODAY)) == (Decimal("0.00"), Standing.PAID)
