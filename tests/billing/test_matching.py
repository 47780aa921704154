"""What closes by itself, what waits for a person and why, and that nothing closes twice (D7, billing.md section 8)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing import services
from billing.models import Invoice, Payment, Refund, StatementEntry
from billing.references import rf
from billing.services import matching, refunding
from billing.services.proposing import Desk
from billing.states import Method
from records.models import Act
from tests.accounts.factories import UserFactory
from tests.billing import bank_samples as bank
from tests.billing.bank_factories import line
from tests.billing.factories import NOW, TODAY, body, dues, issued

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def by(db):
    return UserFactory(email="tresorerie@la27eregion.example")


def match(*entries, by=None):
    found = matching.match([entry.pk for entry in entries], by=by, now=LATER)
    return found.closed, found.left


def remaining(*invoices):
    return [Invoice.objects.with_balance().get(pk=invoice.pk).remaining for invoice in invoices]


def why(entry):
    found = StatementEntry.objects.with_rest().get(pk=entry.pk)
    return [
        (proposal.why.replace("\u00a0", " ").replace("\u202f", " "), proposal.numbers, proposal.closes)
        for proposal in Desk([found]).proposals(found)
    ]


# --- Closed without anybody -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        {"label": "VIR F2027-0001"},
        {"label": "vir sepa f 2027 0001 cotisation"},
        {"label": "COTISATION", "structured_reference": rf("F2027-0001")},
        {"label": "COTISATION", "end_to_end": "F2027-0001"},
    ],
)
def test_a_reference_and_the_exact_amount_close_the_invoice(written, by):
    invoice = issued()
    entry = line(**written)
    assert (match(entry, by=by), remaining(invoice)) == ((1, 0), [0])
    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.received_on, payment.entry_id, payment.by_name) == (
        Decimal(5000), Method.TRANSFER, TODAY, entry.pk, str(by),
    )  # fmt: skip
    assert payment.reason.replace("\u00a0", " ") == "F2027-0001 : nommée, et le montant est exact."
    assert Act.objects.filter(verb="paiement noté").count() == 1


def test_a_line_is_looked_at_again_without_effect():
    invoice, entry = issued(), line(label="F2027-0001")
    assert [match(entry), match(entry)] == [(1, 0), (0, 0)]
    assert (remaining(invoice), Payment.objects.count()) == ([0], 1)


def test_one_transfer_closes_the_invoices_it_names_when_their_sum_is_exact():
    invoices = [issued(), issued(None, dues(Decimal(680))), issued()]
    entry = line("10680.00", "MANDATS F2027-0001 F2027-0002 F2027-0003")
    assert (match(entry), remaining(*invoices)) == ((1, 0), [0, 0, 0])
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [Decimal(680), Decimal(5000), Decimal(5000)]


def test_a_known_account_and_the_exact_amount_of_its_one_open_invoice_close_it():
    town = body()
    first = issued(town)
    match(line(label="F2027-0001"))
    second = issued(town, now=NOW + timedelta(days=1))
    other = issued(None, dues(Decimal(680)), now=NOW + timedelta(days=1))
    entry = line(label="VIREMENT", on=TODAY + timedelta(days=3))
    assert (match(entry), remaining(first, second, other)) == ((1, 0), [0, 0, 680])
    assert Payment.objects.get(entry=entry).reason.startswith("Ce compte a déjà payé pour")


def test_the_account_that_a_line_teaches_serves_those_of_the_same_statement():
    town = body()
    invoices = [issued(town), issued(town, dues(Decimal(680)))]
    entries = [line("680.00", "SANS REFERENCE"), line(label="F2027-0001")]
    assert (match(*entries), remaining(*invoices)) == ((2, 0), [0, 0])


def test_an_outgoing_line_closes_the_refund_that_waited_for_it(by):
    invoice = paid_then_credited(by)
    refund = refunding.refund_invoice(invoice, Decimal(5000), to_iban=bank.PAYER, to_name="Ville", reason="Avoir", by=by, now=NOW)
    left = line("-5000.00", "REMBOURSEMENT")
    assert match(left, by=by) == (1, 0)
    refund.refresh_from_db()
    assert (refund.closed_by, refund.done_on, remaining(invoice)) == (left, TODAY, [0])
    assert Act.objects.filter(verb="remboursement parti").count() == 1


def test_a_returned_transfer_opens_its_invoice_again():
    invoice = issued()
    came = line(label="F2027-0001", end_to_end="MANDAT 4412")
    match(came)
    back = line("-5000.00", "RETOUR AC04", on=TODAY + timedelta(days=2), end_to_end="MANDAT 4412", is_return=True)
    assert (match(back), remaining(invoice)) == ((1, 0), [5000])
    assert list(Payment.objects.order_by("pk").values_list("amount", "entry")) == [(Decimal(5000), came.pk), (Decimal(-5000), back.pk)]
    assert match(came, back) == (0, 0)


def test_a_returned_transfer_opens_every_invoice_it_had_paid():
    invoices = [issued(), issued()]
    match(line("10000.00", "F2027-0001 F2027-0002"))
    back = line("-10000.00", "REJET F2027-0002 F2027-0001", is_return=True, party_iban="")
    assert (match(back), remaining(*invoices)) == ((1, 0), [5000, 5000])


def test_our_refund_that_comes_back_waits_again(by):
    invoice = paid_then_credited(by)
    refund = refunding.refund_invoice(invoice, Decimal(5000), to_iban=bank.PAYER, to_name="Ville", reason="Avoir", by=by, now=NOW)
    left = line("-5000.00")
    match(left, by=by)
    back = line("5000.00", "RETOUR", on=TODAY + timedelta(days=2), is_return=True)
    assert match(back, by=by) == (1, 0)
    refund.refresh_from_db()
    assert (refund.closed_by, refund.done_on, list(Refund.objects.open())) == (None, None, [refund])
    assert list(StatementEntry.objects.to_reconcile()) == []


# --- What waits for a person ------------------------------------------------------------------------------


def test_a_named_invoice_with_another_amount_waits():
    invoice, entry = issued(), line("4999.00", "F2027-0001")
    assert (match(entry), remaining(invoice)) == ((0, 1), [5000])
    assert why(entry) == [("F2027-0001 : nommée, il y reste 5 000 € à payer, il manque 1 €.", ["F2027-0001"], False)]


def test_too_much_money_waits():
    entry = issued() and line("5010.00", "F2027-0001")
    assert (match(entry), why(entry)[0][0]) == ((0, 1), "F2027-0001 : nommée, il y reste 5 000 € à payer, 10 € de trop.")


def test_an_invoice_paid_before_waits():
    invoice = issued()
    match(line(label="F2027-0001"))
    again = line(label="F2027-0001", on=TODAY + timedelta(days=1))
    assert (match(again), remaining(invoice)) == ((0, 1), [0])
    assert why(again) == [("F2027-0001 : nommée, mais il n’y reste rien à payer. Elle est déjà payée.", [], False)]


def test_two_lines_that_name_the_same_invoice_close_it_once():
    invoice = issued()
    assert (match(line(label="F2027-0001"), line(label="F2027-0001")), remaining(invoice)) == ((1, 1), [0])


def test_several_named_whose_sum_is_not_exact_wait():
    invoices = [issued(), issued()]
    entry = line("9000.00", "F2027-0001 F2027-0002")
    assert (match(entry), remaining(*invoices)) == ((0, 1), [5000, 5000])
    assert why(entry)[0][1:] == (["F2027-0001", "F2027-0002"], False)


def test_an_account_that_pays_for_several_bodies_never_closes():
    issued(), issued()
    match(line(label="F2027-0001"), line(label="F2027-0002"))
    third = issued(Invoice.objects.get(number="F2027-0001").organisation)
    entry = line(label="VIREMENT")
    assert (match(entry), remaining(third)) == ((0, 1), [5000])
    assert why(entry)[0][0].startswith("Ce compte paie pour plusieurs organismes, dont")


def test_a_known_account_waits_when_another_body_owes_the_same_amount():
    town = body()
    issued(town)
    match(line(label="F2027-0001"))
    theirs, other = issued(town), issued()
    entry = line(label="VIREMENT")
    assert (match(entry), remaining(theirs, other)) == ((0, 1), [5000, 5000])
    told = f"Ce compte a déjà payé pour {theirs.buyer_name}, mais un autre organisme doit aussi ce montant."
    assert why(entry) == [(told, ["F2027-0002"], False)]
    issued()
    assert "mais 2 autres organismes doivent aussi ce montant." in why(entry)[0][0]


def test_a_known_account_closes_no_invoice_issued_after_the_line():
    town = body()
    issued(town)
    match(line(label="F2027-0001"))
    late = issued(town, now=NOW + timedelta(days=20))
    entry = line(label="VIREMENT", on=TODAY + timedelta(days=1))
    assert (match(entry), remaining(late)) == ((0, 1), [5000])


def test_the_only_open_invoice_of_an_amount_is_a_suggestion():
    invoice = issued()
    issued(None, dues(Decimal(680)))
    entry = line(label="VIREMENT", party_name="PAIERIE")
    assert match(entry) == (0, 1)
    assert why(entry) == [(f"Seule facture ouverte de ce montant : {invoice.buyer_name}.", ["F2027-0001"], False)]


def test_of_several_open_invoices_of_an_amount_the_name_tells_which_first():
    issued(), issued(body(name="Communauté de communes du Clunisois d’Exemple"))
    entry = line(label="VIREMENT", party_name="CC CLUNISOIS")
    assert (match(entry), why(entry)[0][1:]) == ((0, 1), (["F2027-0002"], False))
    assert [numbers for _, numbers, _ in why(line(label="VIREMENT", party_name="X"))] == [["F2027-0001"], ["F2027-0002"]]


def test_the_sum_of_what_a_known_payer_owes_is_a_suggestion():
    town = body()
    issued(town)
    match(line(label="F2027-0001"))
    issued(town), issued(town, dues(Decimal(680)))
    entry = line("5680.00", "VIREMENT")
    assert (match(entry), why(entry)[0][1:]) == ((0, 1), (["F2027-0002", "F2027-0003"], False))


def test_an_unknown_payer_waits_without_proposal():
    entry = line("123.45", "DON")
    assert (match(entry), why(entry)) == ((0, 1), [])


def test_a_number_that_is_no_invoice_changes_nothing():
    issued()
    entry = line("4000.00", "F2027-0999")
    assert (match(entry), why(entry)) == ((0, 1), [])


def test_other_spending_waits_for_nobody():
    assert match(line("-800.00", "LOYER")) == (0, 0)


def test_a_refund_whose_account_is_not_told_waits(by):
    invoice = paid_then_credited(by)
    refunding.refund_invoice(invoice, Decimal(5000), to_iban=bank.PAYER, to_name="Ville", reason="Avoir", by=by, now=NOW)
    entry = line("-5000.00", "VIREMENT EMIS", party_iban="")
    assert (match(entry), why(entry)) == ((0, 1), [("Remboursement de 5 000 € à Ville, attendu.", [], False)])


def test_a_return_that_resembles_two_transfers_waits():
    issued(), issued()
    match(line(label="F2027-0001"), line(label="F2027-0002"))
    back = line("-5000.00", "RETOUR", is_return=True)
    assert (match(back), len(why(back))) == ((0, 1), 2)


# --- No reminder while it may be paid -------------------------------------------------------------------------


def held_back():
    return [row.number for row in matching.may_be_paid_by_waiting_entry(Invoice.objects.unpaid()).order_by("pk")]


def test_an_invoice_that_a_waiting_line_may_pay_is_not_reminded():
    town = body()
    issued(town)
    match(line(label="F2027-0001"))
    issued(town, dues(Decimal(700))), issued(None, dues(Decimal(680))), issued(None, dues(Decimal(20)))
    assert held_back() == []
    waiting = line("19.00", "F2027-0004", party_iban="")
    assert held_back() == ["F2027-0004"]
    line("680.00", "RIEN", party_iban="")
    assert held_back() == ["F2027-0003", "F2027-0004"]
    line("1.00", "RIEN")
    assert held_back() == ["F2027-0002", "F2027-0003", "F2027-0004"]
    StatementEntry.objects.exclude(pk=waiting.pk).update(set_aside_at=NOW)
    assert held_back() == ["F2027-0004"]


# --- Queries ---------------------------------------------------------------------------------------------------


def test_looking_at_more_lines_asks_no_more_queries(django_assert_num_queries):
    issued(), issued()
    match(line(label="F2027-0001"))
    kinds = [("5000.00", {"label": "F2027-0002"}), ("7.00", {}), ("-5.00", {"is_return": True}), ("4999.00", {"label": "F2027-0001"})]
    rows = [line(amount, **fields) for amount, fields in kinds * 3]
    for some in (rows[:4], rows):
        with django_assert_num_queries(7):
            desk = Desk(some)
            assert all(isinstance(desk.proposals(entry), list) for entry in some)


def paid_then_credited(by):
    invoice = issued()
    services.record_payment(invoice, Decimal(5000), method=Method.TRANSFER, received_on=TODAY, by=by, now=NOW)
    services.credit(invoice, reason="Erreur de destinataire", by=by, now=NOW)
    return invoice
