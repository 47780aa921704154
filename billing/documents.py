"""The one file of an issued document, and what its page, its PDF and its draft say: all from `context` (R2, D4)."""

import hashlib
import logging
from datetime import UTC, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction

from billing import facturx, printed, references
from billing.amounts import groups
from billing.models import Invoice, InvoiceFile
from core import clock, pdf
from core.drawing import drawer
from core.enclosing import Enclosed
from core.numbers import spaced
from core.refusals import Refused

logger = logging.getLogger(__name__)

PDF = "application/pdf"
TEMPLATE = "billing/pdf/invoice.html"
STYLES = ("css/pdf.css", "css/pdf-invoice.css")
LIMIT = 20.0  # seconds a drawing may take, two hundred times what it takes


def publish(invoice: Invoice, *, now: datetime) -> InvoiceFile:
    """Make and keep the file of an issued document, once: the sweep, the letter and whoever downloads first call this.

    Drawn outside any lock; of two at once, one file is kept. A failure leaves the document issued and unpublished: it is tried again.
    """
    if kept := InvoiceFile.objects.filter(invoice=invoice).first():
        return kept
    return _kept(invoice, drawn(invoice), now=now)


def read(invoice: Invoice) -> bytes:
    """Return the file, made at once if need be, always the same bytes."""
    file = publish(invoice, now=clock.now())
    with file.file.open("rb") as opened:
        content: bytes = opened.read()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise Refused(f"Le fichier de {invoice.number} n’est plus celui qui a été émis.")
    return content


def draft(invoice: Invoice, *, now: datetime) -> bytes:
    """Return the PDF of a document that is not issued (`services.drawn(sale, now=)`): « Projet », without number, nothing kept."""
    return drawer.draw([_layout(invoice)], seconds=LIMIT)


def drawn(invoice: Invoice) -> bytes:
    """Return the PDF of an issued document, its structured file inside; the same document gives the same bytes."""
    moment = invoice.issued_at.astimezone(UTC).isoformat(timespec="seconds")
    content = facturx.build(invoice).decode()
    enclosed = Enclosed(facturx.FILE_NAME, content, f"{invoice.title}, données structurées Factur-X", moment, facturx.LEVEL)
    return drawer.draw([_layout(invoice)], seconds=LIMIT, enclosed=enclosed)


def _layout(invoice: Invoice) -> pdf.Layout:
    """The page, with the association as it was at issue, and no word that depends on where it is drawn."""
    seller = invoice.seller
    association = {**seller, "contact_email": seller["email"], "siret": spaced(seller["siret"])}
    html = pdf.markup(TEMPLATE, {**context(invoice), "association": association, "trial": False})
    return pdf.Layout(html, styles=STYLES)


def file_name(invoice: Invoice) -> str:
    """The name under which it is downloaded or joined to a letter: « facture-F2027-0001.pdf »."""
    return f"{'avoir' if invoice.is_credit else 'facture'}-{invoice.number}.pdf" if invoice.number else "projet-de-facture.pdf"


def context(invoice: Invoice) -> dict[str, Any]:
    """Return what the page (`billing/_invoice.html`), the PDF and the draft print of a document, issued or drawn.

    Nothing in it depends on today: what was issued is printed alike for ever.
    """
    lines = invoice.all_lines
    regimes = groups(lines)
    seller, buyer = invoice.seller, invoice.buyer
    return {
        "invoice": invoice,
        "title": invoice.title if invoice.number else "Projet de facture",
        "is_draft": not invoice.number,
        "parties": [("Émetteur", seller, printed.address(seller), printed.identity(seller)),
                    ("Destinataire", buyer, printed.address(buyer), printed.identity(buyer))],
        "references": printed.references(invoice),
        "lines": printed.lines(lines),
        "taxes": printed.taxes(regimes),
        "tax_mentions": printed.mentions(invoice, regimes),
        "totals": printed.totals(invoice),
        "payment_terms": facturx.payment_terms(invoice),
        "notes": [words for _, words in facturx.notes(invoice) if words],
        "is_payable": references.is_payable(invoice),
        "due": printed.exact(invoice.due),
        "iban": printed.iban(seller["iban"]),
        "qr": references.epc_qr(invoice),
    }  # fmt: skip


def _kept(invoice: Invoice, content: bytes, *, now: datetime) -> InvoiceFile:
    field = InvoiceFile._meta.get_field("file")
    storage: Storage = field.storage
    name = storage.save(field.generate_filename(InvoiceFile(invoice=invoice), f"{invoice.number}.pdf"), ContentFile(content))
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            return InvoiceFile.objects.create(invoice=invoice, file=name, sha256=sha256, size=len(content), made_at=now)
    except IntegrityError:
        storage.delete(name)
        return InvoiceFile.objects.get(invoice=invoice)
    except Exception:
        storage.delete(name)
        raise
