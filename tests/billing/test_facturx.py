"""The structured file of every kind of document, read by the validators of others (billing.md sections 3, 4, 6 and 7)."""

from datetime import date

import pytest
from lxml import etree

from billing import facturx, services
from billing.models import Counter, Invoice, Terms
from core.refusals import Refused
from tests.billing import kinds
from tests.billing.factories import NOW, association, siret
from tests.billing.kinds import KINDS
from tests.billing.validating import schematron_faults

pytestmark = pytest.mark.django_db

NAMES = {"ram": facturx._RAM, "rsm": facturx._RSM, "udt": facturx._UDT, "qdt": facturx._QDT}


@pytest.fixture(autouse=True)
def _ours():
    association()


def said(invoice: Invoice, *paths: str) -> list[list[str]]:
    """Return the texts at each path of the structured file, below the transaction or the document."""
    root = etree.fromstring(facturx.build(invoice))
    return [[node if isinstance(node, str) else (node.text or "") for node in root.xpath(f"//{path}", namespaces=NAMES)] for path in paths]


def test_every_kind_passes_the_schema_and_the_three_schematrons(tmp_path):
    files = {name: facturx.build(made()) for name, made in KINDS.items()}
    assert schematron_faults(files, tmp_path) == {name: [] for name in KINDS}


def test_the_schematrons_find_what_is_wrong(tmp_path):
    """The judges bite: a total that is not the sum, a seller without its number, a note that is missing."""
    good = facturx.build(kinds.commune())
    wrong = {
        "total": good.replace(b"<ram:DuePayableAmount>5000.00<", b"<ram:DuePayableAmount>5001.00<"),
        "note": good.replace(b"<ram:SubjectCode>PMD<", b"<ram:SubjectCode>AAI<"),
        "process": good.replace(b"<ram:ID>S1<", b"<ram:ID>A1<"),
    }
    found = schematron_faults(wrong, tmp_path)
    rules = {"total": "BR-CO-16", "note": "BR-FR-05", "process": "BR-FR-08"}
    assert {name: any(rule in fault for fault in found[name]) for name, rule in rules.items()} == dict.fromkeys(rules, True)


def test_the_schema_refuses_what_is_out_of_its_order():
    good = facturx.build(kinds.commune())
    with pytest.raises(facturx.Odd):
        facturx.refuse_odd(good.replace(b"ram:PaymentReference", b"ram:BuyerReference"))


def test_the_references_of_a_public_payer_are_where_chorus_pro_reads_them():
    number = siret(2)
    assert said(
        kinds.ministry(),
        "ram:BuyerReference",
        "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
        "ram:ContractReferencedDocument/ram:IssuerAssignedID",
        "ram:BuyerTradeParty/ram:URIUniversalCommunication/ram:URIID",
        "ram:BuyerTradeParty/ram:URIUniversalCommunication/ram:URIID/@schemeID",
        "ram:BuyerTradeParty/ram:GlobalID",
        "ram:BuyerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
        "ram:BuyerTradeParty//ram:LineThree",
    ) == [
        ["SRV-ACHATS_12"], ["1300123456"], ["2027-MAPA-17"], [f"{number[:9]}_{number}_SRV-ACHATS_12"], ["0225"], [number], [number[:9]],
        ["Service des achats, Porte 3"],
    ]  # fmt: skip


def test_a_buyer_without_a_service_is_reached_by_its_siret_and_one_without_a_siret_nowhere():
    number = siret(1)
    assert facturx.electronic_address({"siren": number[:9], "siret": number}, "") == f"{number[:9]}_{number}"
    assert facturx.electronic_address({"siren": "", "siret": ""}, "SERVICE") == ""


def test_a_hospital_pays_in_fifty_days_and_others_in_thirty():
    due = "ram:DueDateDateTime/udt:DateTimeString"
    words = "ram:SpecifiedTradePaymentTerms/ram:Description"
    assert said(kinds.hospital(), due, words) == [["20270420"], ["Paiement à 50 jours par virement."]]
    assert said(kinds.commune(), due, words) == [["20270331"], ["Paiement à 30 jours par virement."]]


def test_each_note_stands_exactly_once():
    codes, words = said(kinds.commune(), "ram:IncludedNote/ram:SubjectCode", "ram:IncludedNote/ram:Content")
    assert codes == ["PMD", "PMT", "AAB"]
    assert [part in text for part, text in zip(("huit points", "40 €", "escompte"), words, strict=True)] == [True, True, True]


def test_what_is_to_be_transferred_says_the_account_and_the_reference():
    invoice = kinds.commune()
    means = "ram:SpecifiedTradeSettlementPaymentMeans"
    assert said(invoice, f"{means}/ram:TypeCode", f"{means}//ram:IBANID", f"{means}//ram:BICID", f"{means}//ram:AccountName") == [
        ["30"], ["FR7630006000011234567890189"], ["AGRIFRPP"], ["La 27e Région"],
    ]  # fmt: skip
    assert said(invoice, "ram:PaymentReference") == [["RF60F20270001"]]


def test_what_was_paid_online_asks_for_nothing_and_is_due_the_day_it_was_paid():
    assert said(
        kinds.paid_by_card(),
        "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
        "ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode",
        "ram:IBANID",
        "ram:GrandTotalAmount",
        "ram:TotalPrepaidAmount",
        "ram:DuePayableAmount",
        "ram:DueDateDateTime/udt:DateTimeString",
        "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString",
    ) == [["S2"], ["48"], [], ["680.00"], ["680.00"], ["0.00"], ["20270227"], ["20270319"]]


def test_a_credit_note_names_what_it_corrects_has_positive_amounts_and_no_payment_mode():
    note = kinds.credit_note()
    assert said(
        note,
        "rsm:ExchangedDocument/ram:TypeCode",
        "ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
        "ram:InvoiceReferencedDocument//qdt:DateTimeString",
        "ram:DuePayableAmount",
        "ram:SpecifiedTradeSettlementPaymentMeans",
        "ram:PaymentReference",
    ) == [["381"], ["F2027-0001"], ["20270301"], ["5000.00"], [], []]


def test_outside_vat_no_vat_number_stands_in_the_file_and_no_rate():
    invoice = kinds.issued("hors", kinds.buyer(vat_number="FR00210000059"), kinds.dues("150", kinds.outside()))
    assert said(invoice, "ram:SpecifiedTaxRegistration", "ram:RateApplicablePercent", "ram:CategoryCode") == [[], [], ["O", "O"]]


def test_without_a_vat_number_an_exempt_seller_gives_its_siren():
    association(vat_number="")
    number, scheme = (
        "ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID",
        "ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID/@schemeID",
    )
    assert said(kinds.commune(), number, scheme) == [[siret(999_999)[:9]], ["FC"]]


def test_dues_and_training_are_two_regimes_and_tax_is_owed_when_paid_unless_opted():
    assert said(kinds.dues_and_training(), "ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode") == [["E", "S"]]
    assert said(kinds.private_firm(), "ram:DueDateTypeCode") == [["72"]]
    assert said(kinds.debits(), "ram:DueDateTypeCode") == [["5"]]


def test_one_line_a_person_has_four_decimals_and_adds_up():
    assert said(kinds.private_firm(), "ram:ChargeAmount", "ram:LineTotalAmount", "ram:GrandTotalAmount") == [
        ["566.6667"] * 3, ["566.67", "566.67", "566.66", "1700.00"], ["2040.00"],
    ]  # fmt: skip


def test_the_period_is_said_for_the_document_and_for_the_line():
    starts = "ram:BillingSpecifiedPeriod/ram:StartDateTime/udt:DateTimeString"
    assert said(kinds.commune(), starts) == [["20270101", "20270101"]]
    assert date(2027, 12, 31).strftime("%Y%m%d") in facturx.build(kinds.commune()).decode()


def test_signs_that_nobody_sees_do_not_break_the_file():
    invoice = kinds.issued("signes", kinds.buyer(name="Ville\x0b d’Exemple\x00"[:-1]))
    assert said(invoice, "ram:BuyerTradeParty/ram:Name") == [["Ville d’Exemple"]]


def test_what_no_file_can_be_made_of_is_refused_before_it_has_a_number():
    facturx.check(services.drawn(kinds.sale(), now=NOW))
    Terms(pk=1, discount="").save()
    with pytest.raises(Refused, match="son fichier structuré ne serait pas conforme"):
        services.issue(kinds.sale(), by=None, now=NOW)
    assert (Invoice.objects.count(), Counter.objects.filter(last__gt=0).count()) == (0, 0)
