"""The demonstration of billing: what an association needs to invoice, and invoices of invented bodies in each standing.

All invented: nobody has a SIREN that begins with seven zeros, the IBAN is the one of manuals. Real bodies owe nothing here.
Dates never go back within a series (R4): these are the oldest, from 120 to 80 days ago; what other apps issue comes after.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from billing import services
from billing.buyers import from_register
from billing.models import Invoice, SupplierFile, TaxProfile, Transmission
from billing.sale import Buyer, Item, Sale
from billing.services.numbering import day_of
from billing.states import Method, SupplierFileKind, TransmissionState, VatCategory
from billing.supplier import keep
from core import clock, pdf
from organisations.models import Organisation
from organisations.states import Kind
from records.models import Association

TOWN, HOSPITAL, FIRM = "Ville d’Exemple", "Centre hospitalier d’Exemple", "Atelier d’Exemple"
OURS = {"siret": "00000000000000", "vat_number": "FR12000000000", "iban": "FR7630006000011234567890189"}
_BODIES: dict[str, dict[str, Any]] = {
    TOWN: {"siret": "00000001800002", "postcode": "00000", "city": "Exemple"},
    HOSPITAL: {"siret": "00000002600005", "postcode": "00000", "city": "Exempleville", "kind": Kind.HOSPITAL, "payment_days": 50},
}
SEAT = Decimal("680.00")


def load(scale: int) -> None:
    """Load it, again and again without doubling."""
    with transaction.atomic():
        _ready()
        _invoices(clock.now())
    _files()


def _ready() -> None:
    """Fill what nobody has filled in: our own numbers, and those of the invented bodies."""
    ours = Association.current()
    for name, value in OURS.items():
        setattr(ours, name, getattr(ours, name) or value)
    ours.save()
    for name, fields in _BODIES.items():
        body = Organisation.objects.filter(name=name).order_by("pk").first() or Organisation(name=name, kind=Kind.COMMUNE)
        for field, value in fields.items():
            if not getattr(body, field) or field in ("kind", "payment_days"):
                setattr(body, field, value)
        body.save()


def _invoices(now: datetime) -> None:
    town, hospital = from_register(_body(TOWN), service_code="FIN", commitment_number="2027-118"), from_register(_body(HOSPITAL))
    firm = Buyer(FIRM, siret="00000003400009", address="3 rue de l’Essai", postcode="00000", city="Exempleville")
    for days, key, buyer, seats, then in (
        (120, "payee", firm, 1, _paid),
        (112, "creditee", hospital, 2, _replaced),
        (104, "trop", firm, 1, _overpaid),
        (96, "rejetee", town, 3, _rejected),
        (88, "deposee", hospital, 1, _deposited),
    ):
        if not Invoice.objects.filter(key=f"demo:{key}:1").exists():
            then(_issue(f"demo:{key}:1", buyer, seats, now - timedelta(days=days)), now - timedelta(days=days))


def _body(name: str) -> Organisation:
    return Organisation.objects.filter(name=name).order_by("pk")[0]


def _training() -> TaxProfile:
    """The seed flyer says 680 € TTC, so VAT is assumed (billing.md section 6)."""
    taxed = TaxProfile.objects.filter(category=VatCategory.TAXED, rate=20).order_by("pk").first()
    return taxed or TaxProfile.objects.create(name="Formation taxée", category=VatCategory.TAXED, rate=Decimal(20), account="706")


def _issue(key: str, buyer: Buyer, seats: int, now: datetime) -> Invoice:
    item = Item("Journée découverte", _training(), gross=SEAT, quantity=Decimal(seats))
    held = day_of(now - timedelta(days=5))
    sale = Sale(key, key, f"Journée découverte, {seats} place{'s' if seats > 1 else ''}", buyer, [item], delivered_on=held)
    return services.issue(sale, by=None, now=now)


def _paid(invoice: Invoice, now: datetime) -> None:
    """Noted the day it came, as a statement would: the history reads in order."""
    at = now + timedelta(days=21)
    services.record_payment(invoice, invoice.gross, method=Method.TRANSFER, received_on=day_of(at), by=None, now=at)


def _replaced(invoice: Invoice, now: datetime) -> None:
    """A commitment was missing; the same lines again, paid."""
    buyer = from_register(_body(HOSPITAL), commitment_number="EJ-2027-42")
    reason = "Rejetée par Chorus Pro : numéro d’engagement manquant."
    _travel(invoice, now, state=TransmissionState.REJECTED, rejection="Le numéro d’engagement est obligatoire pour ce destinataire.")
    note, new = services.correct(invoice, buyer, reason=reason, by=None, now=now + timedelta(days=4))
    for document, flow in ((note, "DEMO-000108"), (new, "DEMO-000109")):
        _travel(document, now + timedelta(days=4), state=TransmissionState.INTEGRATED, flow_number=flow)
    _paid(new, now)


def _overpaid(invoice: Invoice, now: datetime) -> None:
    _paid(invoice, now)
    extra, at = Decimal("68.00"), now + timedelta(days=40)
    services.record_payment(invoice, extra, method=Method.TRANSFER, received_on=day_of(at), by=None, now=at)


def _rejected(invoice: Invoice, now: datetime) -> None:
    _travel(invoice, now, state=TransmissionState.REJECTED, rejection="Le numéro d’engagement 2027-118 est inconnu du destinataire.")


def _deposited(invoice: Invoice, now: datetime) -> None:
    _travel(invoice, now, state=TransmissionState.DEPOSITED, flow_number="DEMO-000088")


def _travel(invoice: Invoice, now: datetime, **fields: str) -> None:
    Transmission.objects.filter(invoice=invoice).update(deposited_on=day_of(now + timedelta(days=1)), changed_at=now, **fields)


def _files() -> None:
    """The files that finance departments ask for, drawn as specimens."""
    now = clock.now()
    wanted = (
        ("RIB de La 27e Région", SupplierFileKind.RIB, None),
        ("Statuts de l’association", SupplierFileKind.STATUTES, None),
        (f"Vote des tarifs {now.year}", SupplierFileKind.RATES_VOTE, now.year),
    )
    for title, kind, year in wanted:
        if not SupplierFile.objects.filter(title=title).exists():
            content = pdf.render("billing/pdf/supplier_specimen.html", {"title": title, "iban": OURS["iban"]})
            keep(SupplierFile(kind=kind, year=year, title=title), ContentFile(content, f"{kind.value.lower()}.pdf"), now=now)
