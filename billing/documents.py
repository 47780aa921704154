"""The one file of an issued document, and what its page, its PDF and its draft say: all from `context` (R2, D4)."""

import hashlib
import logging
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction

from billing import references
from billing.amounts import groups
from billing.models import Invoice, InvoiceFile
from core import clock, pdf
from core.refusals import Refused

logger = logging.getLogger(__name__)

PDF = "application/pdf"
TEMPLATE = "billing/pdf/invoice.html"


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
    return pdf.render(TEMPLATE, context(invoice))


def drawn(invoice: Invoice) -> bytes:
    """Return the PDF of an issued document."""
    return pdf.render(TEMPLATE, context(invoice))


def file_name(invoice: Invoice) -> str:
    """The name under which it is downloaded or joined to a letter: « facture-F2027-0001.pdf »."""
    return f"{'avoir' if invoice.is_credit else 'facture'}-{invoice.number}.pdf" if invoice.number else "projet-de-facture.pdf"


def context(invoice: Invoice) -> dict[str, Any]:
    """Return what the page (`billing/_invoice.html`), the PDF and the draft print of a document, issued or drawn."""
    lines = invoice.all_lines
    return {
        "invoice": invoice,
        "is_draft": not invoice.number,
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "terms": invoice.terms,
        "lines": lines,
        "groups": groups(lines),
        "qr": references.epc_qr(invoice),
    }


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
