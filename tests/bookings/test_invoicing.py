"""Invoices of orders: once for each place, exact to the cent, when they are due and to whom, and their credit notes (C1, C2, R10)."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from facturx import get_facturx_xml_from_pdf
from lxml import etree

from billing import documents, facturx
from billing import services as billing
from billing.models import Invoice
from billing.services.payments import record_payment
from billing.states import Method
from bookings import papers, sales
from bookings.models import BilledSeat, Booking
from bookings.services import invoicing
from bookings.states import InvoiceBy, Paper, Payer, State
from core.refusals import Refused
from mailing.models import Message
from programmes.models import VatMode
from tests.billing.factories import exempt, siret, taxed
from tests.billing.validating import schematron_faults
from tests.bookings.factories import ordered
from tests.bookings.paper_factories import (
    MORNING_AFTER,
    ORDERED,
    day_2019,
    employer,
    named,
    seats_of,
    was_away,
    was_there,
    words_of,
)

pytestmark = pytest.mark.django_db
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
PRICE = Decimal("680.00")
ALL = range(1, 21)
# With tax, every number has its own roundings; without, a few say all: each PDF takes its time.
DRAWN = {VatMode.TAXED_20: set(ALL), VatMode.EXEMPT: {1, 2, 7, 20}}


def issued_after(booking: Booking) -> list[Invoice]:
    was_there(seats_of(booking))
    return invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)


def expected(count: int, mode: str) -> tuple[Decimal, Decimal, Decimal]:
    """What billing.md says: the price that holds its tax is honoured whatever the number; the net by subtraction."""
    gross = PRICE * count
    net = (gross / Decimal("1.2")).quantize(Decimal("0.01"), ROUND_HALF_UP) if mode == VatMode.TAXED_20 else gross
    return net, gross - net, gross


def in_french(amount: Decimal) -> str:
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")


def of_the_file(content: bytes) -> list[Decimal]:
    root = etree.fromstring(content)
    names = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount")
    found = [Decimal(root.findtext(f".//{RAM}SpecifiedTradeSettlementHeaderMonetarySummation/{RAM}{name}")) for name in names]
    lines = [Decimal(node.text) for node in root.iter(f"{RAM}LineTotalAmount")]
    assert lines[-1] == sum(lines[:-1]) == found[0]  # the last one is that of the document (BT-106)
    return found


def plain(words: str) -> str:
    return words.replace("\u202f", " ").replace("\u00a0", " ")


def lines_in_pdf(invoice: Invoice, amounts: tuple[Decimal, ...], folder: Path) -> bool:
    """Whether the PDF prints each label with its amount, and holds the very file that was checked."""
    pdf = documents.drawn(invoice)
    words = words_of(pdf, folder, "-layout")
    labels = zip(("Total HT", "Total TVA", "Total TTC", "Net à payer"), (*amounts, amounts[2]), strict=True)
    return all(f"{label} {in_french(amount)}" in words for label, amount in labels) and get_facturx_xml_from_pdf(pdf)[1] == facturx.build(
        invoice
    )


@pytest.mark.parametrize("mode", list(DRAWN))
def test_totals_of_1_to_20_places_are_exact_on_page_in_pdf_and_in_xml(mode, tmp_path):
    day = day_2019(mode, seats=sum(ALL))
    files, told = {}, {}
    for count in ALL:
        booking = employer(day, count)
        (invoice,) = issued_after(booking)
        amounts = expected(count, mode)
        files[f"{mode}-{count}"] = content = facturx.build(invoice)
        quoted = papers.content_of(papers.of_order(Paper.QUOTE, booking))["order"]
        told[count] = [
            (invoice.net, invoice.vat, invoice.gross) == amounts,
            [plain(quoted[name]) for name in ("net", "vat", "gross")] == list(map(in_french, amounts)),
            [plain(said.value) for said in documents.context(invoice)["totals"]] == list(map(in_french, (*amounts, amounts[2]))),
            count not in DRAWN[mode] or lines_in_pdf(invoice, amounts, tmp_path),
            of_the_file(content) == list(amounts),
        ]
    assert told == {count: [True] * 5 for count in ALL}
    assert schematron_faults(files, tmp_path) == {name: [] for name in files}


def test_one_place_is_566_67_and_113_33_or_680_with_its_mention():
    taxed_day, exempt_day = day_2019(), day_2019(VatMode.EXEMPT, slug="exempte")
    (one,) = issued_after(employer(taxed_day, 1))
    (other,) = issued_after(employer(exempt_day, 1))
    assert (one.net, one.vat, one.gross, other.net, other.vat, other.gross) == (
        Decimal("566.67"), Decimal("113.33"), PRICE, PRICE, Decimal(0), PRICE,
    )  # fmt: skip
    assert documents.context(other)["tax_mentions"] == ["Exonération de TVA, article 261, 4-4° a du CGI"]


def test_a_regime_that_is_not_that_of_the_page_invoices_nothing():
    """The association decides, the code never guesses (C1)."""
    booking = employer(day_2019(), 1)
    booking.session.terms.tax_profile = taxed("5.5")
    booking.session.terms.save()
    with pytest.raises(Refused, match=r"n’est pas celui que dit la page"):
        issued_after(booking)
    assert invoicing.missing_here(booking.session) == [sales.OTHER_REGIME]


def test_the_regime_of_dues_invoices_no_day_though_it_is_exempt_too():
    booking = employer(day_2019(VatMode.EXEMPT), 1)
    booking.session.terms.tax_profile = exempt()
    booking.session.terms.save()
    with pytest.raises(Refused, match=r"celui des cotisations \(compte 756\)"):
        issued_after(booking)
    assert (invoicing.missing_here(booking.session), Invoice.objects.count()) == ([sales.REGIME_OF_DUES], 0)


# --- After the day -----------------------------------------------------------------------------------------------


def test_a_public_body_is_invoiced_after_the_day_one_line_for_each_person():
    booking = employer(day_2019(), 3, finance_email="finances@ville.example")
    (invoice,) = issued_after(booking)
    lines = [(line.label, line.net + line.vat) for line in invoice.lines.all()]
    assert lines == [(f"Participation de Personne Exemple {number} à la journée du 19\u00a0mars 2019", PRICE) for number in (1, 2, 3)]
    assert (invoice.delivered_on, invoice.period_start, invoice.via_chorus, invoice.commitment_number, invoice.terms["payment_days"]) == (
        booking.session.day, None, True, "EJ-2027-001", 30,
    )  # fmt: skip


def test_asked_twice_it_is_the_same_invoice():
    booking = employer(day_2019(), 2)
    first = issued_after(booking)
    again = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    assert ([row.pk for row in again], Invoice.objects.count(), BilledSeat.objects.count()) == ([row.pk for row in first], 1, 2)


def test_an_invoice_for_each_person_when_the_payer_asks():
    invoices = issued_after(employer(day_2019(), 3, invoice_by=InvoiceBy.PERSON))
    assert [(row.gross, row.line_count) for row in invoices] == [(PRICE, 1)] * 3


def test_the_database_refuses_a_place_twice():
    booking = employer(day_2019(), 1)
    (invoice,) = issued_after(booking)
    (seat,) = seats_of(booking)
    with pytest.raises(IntegrityError), transaction.atomic():
        BilledSeat.objects.create(seat=seat, invoice=invoice, gross=PRICE)


def test_nothing_is_invoiced_before_the_day_is_over_nor_an_order_that_is_not_firm():
    booking = employer(day_2019(), 1)
    with pytest.raises(Refused, match="n’est pas terminée"):
        invoicing.invoice_after(booking, by=None, now=booking.session.starts)
    held = ordered(day_2019(slug="autre"), now=ORDERED, commitment_number="")
    with pytest.raises(Refused, match="pas ferme"):
        invoicing.invoice_after(held, by=None, now=MORNING_AFTER)


def test_the_absent_the_partly_present_and_the_unrecorded_wait_for_a_person():
    booking = employer(day_2019(), 4)
    there, partly, away, unknown = seats_of(booking)
    was_there([there])
    was_there([partly], "MORNING")
    was_away(partly, "AFTERNOON")
    was_away(away)
    (invoice,) = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    assert (invoice.gross, invoicing.to_decide(booking.session, now=MORNING_AFTER)) == (PRICE, [partly, away, unknown])
    assert invoicing.to_decide(booking.session, now=booking.session.starts) == []


def test_what_a_person_decides_to_charge_has_an_invoice_of_its_own_and_the_rest_has_none():
    booking = employer(day_2019(), 3)
    there, away, spared = seats_of(booking)
    was_there([there])
    first = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    for seat, charged in ((away, True), (spared, False)):
        seat.charged = charged
        seat.save()
    invoices = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    said = [(row.gross, row.lines.get().description.partition(" · ")[0]) for row in invoices]
    assert (len(first), said) == (1, [(PRICE, booking.session.title), (PRICE, "absence, place due")])
    assert invoicing.to_decide(booking.session, now=MORNING_AFTER) == []


def test_a_late_cancellation_is_invoiced_for_what_it_leaves_due():
    booking = employer(day_2019(), 2)
    kept, gone = seats_of(booking)
    gone.released_at, gone.kept = ORDERED, Decimal("340.00")
    gone.save()
    was_there([kept])
    (invoice,) = invoicing.invoice_after(booking, by=None, now=MORNING_AFTER)
    assert (invoice.gross, invoice.lines.count()) == (Decimal("1020.00"), 2)


def test_a_missing_reference_makes_the_invoice_wait_and_is_said():
    booking = employer(day_2019(), 1, payer_siret="")
    with pytest.raises(Refused, match="il manque le SIRET du payeur"):
        issued_after(booking)
    assert (invoicing.missing(booking, now=MORNING_AFTER), list(invoicing.to_issue(now=MORNING_AFTER))) == (
        ["le SIRET du payeur"],
        [booking],
    )
    assert Invoice.objects.count() == 0


def test_a_free_day_has_no_invoice():
    booking = employer(day_2019(price=Decimal(0)), 2)
    assert (issued_after(booking), list(invoicing.to_issue(now=MORNING_AFTER)), invoicing.undecided(booking)) == ([], [], [])


# --- Before the day, and back ------------------------------------------------------------------------------------------


def private(day, count: int = 2, **fields) -> Booking:
    said = {"payer": Payer.PRIVATE, "places": count, "people": named(count), "payer_siret": siret(), "now": ORDERED} | fields
    return ordered(day, **said)


def test_a_private_payer_is_invoiced_at_once_until_the_end_of_the_hold():
    booking = private(day_2019())
    (invoice,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    days = (booking.holds_until.date() - ORDERED.date()).days
    assert (invoice.gross, invoice.terms["payment_days"], invoice.via_chorus, invoice.delivered_on, invoice.period_start) == (
        2 * PRICE, days, False, None, booking.session.day,
    )  # fmt: skip
    assert [row.pk for row in invoicing.invoice_now(booking, by=None, now=ORDERED)] == [invoice.pk]


def test_a_public_body_is_not_invoiced_before_the_day():
    with pytest.raises(Refused, match="après la journée"):
        invoicing.invoice_now(employer(day_2019(), 1), by=None, now=ORDERED)


def test_places_given_back_are_credited_alone_and_once():
    booking = private(day_2019(), 3)
    (invoice,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    first, *_ = seats_of(booking)
    (note,) = invoicing.credit_for(booking, seats=[first], reason="une place annulée", by=None, now=ORDERED)
    again = invoicing.credit_for(booking, seats=[first], reason="encore", by=None, now=ORDERED)
    assert (note.gross, note.corrects, again) == (PRICE, invoice, [])
    (rest,) = invoicing.credit_for(booking, reason="tout", by=None, now=ORDERED)
    assert (rest.gross, invoicing.standing(booking)) == (2 * PRICE, [])


def test_a_part_is_credited_and_the_place_is_not_invoiced_again():
    booking = private(day_2019(), 1)
    invoicing.invoice_now(booking, by=None, now=ORDERED)
    (note,) = invoicing.credit_for(booking, amount=Decimal("340.00"), reason="palier de 50 %", by=None, now=ORDERED)
    with pytest.raises(Refused, match="ne va pas avec ce qui est facturé"):
        invoicing.credit_for(booking, amount=Decimal("340.01"), reason="trop", by=None, now=ORDERED)
    (standing,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    assert (note.gross, standing.remaining, Invoice.objects.invoices().count()) == (Decimal("340.00"), Decimal("340.00"), 1)


def test_one_amount_is_shared_between_the_invoices_of_an_order():
    booking = private(day_2019(), 3, invoice_by=InvoiceBy.PERSON)
    invoicing.invoice_now(booking, by=None, now=ORDERED)
    notes = invoicing.credit_for(booking, amount=Decimal("100.00"), reason="geste", by=None, now=ORDERED)
    assert [note.gross for note in notes] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_an_order_that_lapsed_then_was_paid_is_invoiced_again():
    booking = private(day_2019(), 1)
    (first,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    invoicing.credit_for(booking, reason="réservation expirée", by=None, now=ORDERED)
    (second,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    assert (second.pk != first.pk, second.gross, second.key) == (True, PRICE, f"bookings.booking:{booking.pk}:2")


def test_an_invoice_replaced_by_the_treasurer_is_credited_in_its_replacement():
    booking = private(day_2019(), 1)
    (invoice,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    buyer = sales.buyer_of(booking, now=ORDERED)
    _, new = billing.correct(invoice, buyer, reason="autre adresse", by=None, now=ORDERED)
    (note,) = invoicing.credit_for(booking, reason="annulée", by=None, now=ORDERED)
    assert (note.corrects, note.gross) == (new, PRICE)


def test_what_the_treasurer_credited_by_hand_is_not_credited_twice():
    booking = private(day_2019(), 1)
    (invoice,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    billing.credit(invoice, reason="à la main", by=None, now=ORDERED)
    assert invoicing.credit_for(booking, reason="annulée", by=None, now=ORDERED) == []


def test_an_invoice_tells_whom_to_write_to_and_is_told_once():
    """Before the day `billing` announces it; after it, it leaves with the certificates."""
    booking = private(day_2019(), 1, finance_email="finances@atelier.example")
    (invoice,) = invoicing.invoice_now(booking, by=None, now=ORDERED)
    issued_after(employer(booking.session, 1))
    told = list(Message.objects.filter(kind__startswith="billing.").values_list("kind", "to"))
    assert told == [("billing.issued", "finances@atelier.example")]
    record_payment(invoice, PRICE, method=Method.TRANSFER, received_on=ORDERED.date(), by=None, now=ORDERED)
    booking.refresh_from_db()
    assert (booking.state, invoicing.standing(booking)[0].remaining) == (State.FIRM, Decimal(0))
