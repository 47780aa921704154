"""What was issued is never changed: it is credited, and issued again (D4, R2, R3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import ledger, services
from billing.buyers import from_register
from billing.models import Counter, Invoice, Line, StatementEntry, Transmission
from billing.sale import Paid
from billing.services import reconciling
from billing.services.correcting import drawn_again
from billing.services.crediting import creditable, drawn_credit
from billing.states import Kind, Method
from core.refusals import Refused
from organisations import services as register
from records.models import Act
from records.services import label_of
from tests.accounts.factories import UserFactory
from tests.billing.bank_factories import line
from tests.billing.factories import DUES, NOW, TODAY, association, body, dues, firm, issued, sale, seat

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


def credit(invoice: Invoice, amount: str | None = None) -> Invoice:
    return services.credit(invoice, reason="Erreur de destinataire.", by=None, now=NOW, amount=Decimal(amount) if amount else None)


def test_a_credit_note_gives_back_the_whole_invoice_in_positive_amounts() -> None:
    invoice = issued(None, dues(), seat(2))
    note = credit(invoice)
    assert (note.kind, note.type_code, note.corrects, note.reason) == (Kind.CREDIT, "381", invoice, "Erreur de destinataire.")
    assert (note.net, note.vat, note.gross) == (invoice.net, invoice.vat, invoice.gross)
    assert [(line.label, line.net, line.vat, line.quantity) for line in note.lines.all()] == [
        (line.label, line.net, line.vat, line.quantity) for line in invoice.lines.all()
    ]
    assert (note.buyer, note.seller, note.organisation, note.about) == (
        invoice.buyer, invoice.seller, invoice.organisation, invoice.about,
    )  # fmt: skip
    assert (note.due_on, note.issued_on) == (None, TODAY)
    assert Transmission.objects.filter(invoice=note).exists()


def test_a_credit_note_never_exceeds_what_remains_of_the_invoice() -> None:
    invoice = issued()
    with pytest.raises(Refused, match=r"de 0,01\s€ à 5\s000"):
        credit(invoice, "5000.01")
    credit(invoice, "2000")
    with pytest.raises(Refused, match=r"à 3\s000"):
        credit(invoice, "3000.01")
    credit(invoice)
    assert creditable(invoice) == 0
    with pytest.raises(Refused, match="déjà entièrement créditée"):
        credit(invoice, "0.01")
    assert [note.gross for note in invoice.credit_notes.order_by("pk")] == [Decimal(2000), Decimal(3000)]
    assert Counter.objects.get(series="A").last == 2


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_a_credit_note_of_nothing_is_refused(amount: str) -> None:
    invoice = issued()
    with pytest.raises(Refused):
        services.credit(invoice, reason="Erreur.", by=None, now=NOW, amount=Decimal(amount))
    assert Invoice.objects.count() == 1


def test_a_credit_note_says_why_and_is_not_credited_itself() -> None:
    invoice = issued()
    with pytest.raises(Refused, match="motif"):
        services.credit(invoice, reason="  ", by=None, now=NOW)
    with pytest.raises(Refused, match="ne se crédite pas"):
        credit(credit(invoice))


def test_a_part_is_credited_in_each_regime_by_its_share() -> None:
    invoice = issued(None, dues(), seat(2))
    note = credit(invoice, "636.00")
    assert [(line.vat_category, line.net, line.vat) for line in note.lines.all()] == [
        ("E", Decimal("500.00"), Decimal("0.00")),
        ("S", Decimal("113.33"), Decimal("22.67")),
    ]
    assert (note.gross, creditable(invoice)) == (Decimal("636.00"), Decimal("5724.00"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(min_value="0.01", max_value="3000", places=2), min_size=1, max_size=4), st.integers(1, 7))
def test_whatever_is_credited_by_parts_the_last_takes_the_last_cent(parts: list[Decimal], places: int) -> None:
    invoice = issued(None, dues(Decimal("333.33")), seat(places, gross="680.01"))
    for part in parts:
        if part < creditable(invoice):
            services.credit(invoice, reason="Partie.", by=None, now=NOW, amount=part)
    credit(invoice)
    notes = list(invoice.credit_notes.all())
    assert sum(note.net for note in notes) == invoice.net
    assert sum(note.vat for note in notes) == invoice.vat
    assert creditable(invoice) == 0
    assert all(line.net >= 0 and line.vat >= 0 for line in Line.objects.filter(invoice__in=notes))


def test_a_drawn_credit_note_is_no_row() -> None:
    invoice = issued()
    drawn = drawn_credit(invoice, reason="Erreur.", by=None, now=NOW)
    assert (drawn.pk, drawn.number, drawn.gross, len(drawn.all_lines)) == (None, "", DUES, 1)
    assert Invoice.objects.count() == 1


def test_a_replacement_credits_and_issues_both_or_neither() -> None:
    invoice = issued()
    note, new = services.replace(invoice, sale(None, dues(Decimal(4000))), reason="Mauvais tarif.", by=None, now=NOW)
    assert (note.number, new.number, new.replaces, new.gross) == ("A2027-0001", "F2027-0002", invoice, Decimal(4000))
    other = issued()
    with pytest.raises(Refused, match="il manque le code service"):
        services.replace(other, sale(from_register(body(needs_service_code=True))), reason="Erreur.", by=None, now=NOW)
    assert not other.credit_notes.exists()


def test_a_second_replacement_for_the_same_sale_is_refused() -> None:
    association()
    again = sale()
    services.replace(issued(), again, reason="Erreur.", by=None, now=NOW)
    other = issued()
    with pytest.raises(Refused, match="déjà été remplacée"):
        services.replace(other, again, reason="Erreur.", by=None, now=NOW)
    assert not other.credit_notes.exists()


def test_the_same_lines_go_to_another_payer_with_the_references_it_asks() -> None:
    by, town = UserFactory(), body()
    invoice = issued(town, dues(), seat(3), key="membre:12:1")
    town.needs_commitment = True
    town.save()
    note, new = services.correct(
        invoice, from_register(town, commitment_number="E-42"), reason="Rejetée : engagement manquant.", by=by, now=NOW
    )
    assert (note.gross, new.gross, new.net, new.vat) == (invoice.gross, invoice.gross, invoice.net, invoice.vat)
    assert (new.commitment_number, new.replaces, new.key, new.number) == ("E-42", invoice, "membre:12:2", "F2027-0002")
    assert [line.unit_net for line in new.lines.all()] == [line.unit_net for line in invoice.lines.all()]
    assert [act.verb for act in Act.objects.filter(about__in=[label_of(note), label_of(new)]).order_by("pk")] == [
        "avoir émis", "facture émise",
    ]  # fmt: skip


def test_a_correction_without_the_reference_leaves_everything_as_it_was() -> None:
    town = body(needs_commitment=True)
    invoice = issued(from_register(town, commitment_number="E-1"))
    with pytest.raises(Refused, match="il manque le numéro d’engagement"):
        services.correct(invoice, from_register(town), reason="Erreur.", by=None, now=NOW)
    assert (Invoice.objects.count(), Counter.objects.filter(series="A").exists()) == (1, False)


def test_an_invoice_credited_in_part_is_not_replaced_whole() -> None:
    invoice = issued(firm(), seat())
    credit(invoice, "100")
    with pytest.raises(Refused, match="créditée en partie"):
        services.correct(invoice, firm(), reason="Erreur.", by=None, now=NOW)
    assert invoice.credit_notes.count() == 1


def test_a_drawn_correction_says_today() -> None:
    invoice = issued(key="membre:7:1")
    drawn = drawn_again(invoice, firm(name="Autre atelier"), now=NOW)
    assert (drawn.pk, drawn.buyer_name, drawn.due_on, drawn.key) == (None, "Autre atelier", date(2027, 3, 31), "membre:7:2")


# --- Issued for good (R2): the model refuses on every database ---------------------------------------------


def test_an_issued_document_refuses_every_change() -> None:
    invoice = issued()
    line = invoice.lines.get()
    with pytest.raises(ValidationError):
        invoice.save()
    with pytest.raises(ValidationError):
        invoice.delete()
    with pytest.raises(ValidationError):
        Invoice.objects.update(gross=1)
    with pytest.raises(ValidationError):
        Invoice.objects.all().delete()
    with pytest.raises(ValidationError):
        Invoice.objects.bulk_update([invoice], ["gross"])
    with pytest.raises(ValidationError):
        line.save()
    with pytest.raises(ValidationError):
        Line.objects.filter(pk=line.pk).delete()


def test_a_merge_of_two_bodies_files_the_invoice_and_leaves_its_words() -> None:
    kept, gone = body(name="Métropole d’Exemple", siret=""), body(name="Communauté d’Exemple")
    invoice = issued(gone)
    register.merge(kept, gone, by=UserFactory(), now=NOW, reason="Doublon.", sure=True)
    after = Invoice.objects.get(pk=invoice.pk)
    assert (after.organisation, after.buyer_name, after.buyer["name"]) == (kept, "Communauté d’Exemple", "Communauté d’Exemple")


def paid(invoice: Invoice, amount: str, method: Method = Method.TRANSFER, **fields: object) -> None:
    services.record_payment(invoice, Decimal(amount), method=method, received_on=TODAY, by=None, now=NOW, **fields)


def left(*invoices: Invoice) -> list[Decimal]:
    return [Invoice.objects.with_balance().get(pk=invoice.pk).remaining for invoice in invoices]


def test_what_was_paid_goes_along_with_the_invoice_that_replaces() -> None:
    invoice = issued(firm(), seat(), key="membre:12:1")
    paid(invoice, "100")
    paid(invoice, str(invoice.gross - 100), Method.CHEQUE, reference=f"CHEQUE:77:{invoice.number}")
    _, new = services.correct(invoice, firm(), reason="Autre service.", by=None, now=LATER)
    assert left(invoice, new) == [Decimal(0), Decimal(0)]
    assert not Invoice.objects.unpaid().exists()
    assert [(row.amount, row.reference) for row in new.payments.standing()] == [
        (Decimal(100), None), (invoice.gross - 100, f"CHEQUE:77:{new.number}"),
    ]  # fmt: skip
    bank = [row for row in list(ledger.rows(2027))[1:] if row[4].startswith("51")]
    assert sum(cents_of(row[11]) - cents_of(row[12]) for row in bank) == invoice.gross


def cents_of(told: str) -> Decimal:
    return Decimal(told.replace(",", "."))


def test_what_was_paid_by_card_or_before_the_issue_is_not_carried() -> None:
    by_card = issued(firm(), seat())
    paid(by_card, "100", Method.CARD, reference="pi_1")
    with pytest.raises(Refused, match="payée par carte"):
        services.correct(by_card, firm(), reason="Erreur.", by=None, now=LATER)
    before = issued(firm(), seat(), paid=Paid(by_card.gross, TODAY))
    with pytest.raises(Refused, match="payée avant d’être émise"):
        services.correct(before, firm(), reason="Erreur.", by=None, now=LATER)
    assert (Invoice.objects.count(), left(by_card)) == (2, [by_card.gross - 100])


def test_a_line_of_the_bank_goes_along_and_is_not_to_place_again() -> None:
    by, invoice, entry = UserFactory(), issued(firm(), dues()), line()
    reconciling.place(entry, [(invoice, DUES)], by=by, now=NOW)
    _, new = services.correct(invoice, firm(), reason="Autre service.", by=by, now=LATER)
    assert [row.entry for row in new.payments.standing()] == [entry]
    assert (left(invoice, new), StatementEntry.objects.with_rest().get(pk=entry.pk).left) == ([Decimal(0)] * 2, Decimal(0))
