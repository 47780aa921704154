"""The one file of an issued document, and what its page, its PDF and its draft say: all from `context` (R2, D4)."""

import hashlib
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from billing import facturx, printed, references
from billing.amounts import groups
from billing.models import Invoice, InvoiceFile
from core import clock, pdf
from core.drawing import Undrawn, drawer
from core.enclosing import Enclosed
from core.numbers import spaced, spaced_iban
from core.refusals import Refused

logger = logging.getLogger(__name__)

PDF = "application/pdf"
TEMPLATE = "billing/pdf/invoice.html"
STYLES = ("css/pdf.css", "css/pdf-invoice.css")
LIMIT = 20.0  # seconds a drawing may take, two hundred times what it takes


class NotReady(Refused):
    """The document is issued; its file could not be made, and will be tried again."""


def publish(invoice: Invoice, *, now: datetime) -> InvoiceFile:
    """Make and keep the file of an issued document, once: the sweep, the letter and whoever downloads first call this.

    Drawn outside any lock; of two at once, one file is kept. A failure leaves the document issued and unpublished: it is tried again.
    """
    if kept := InvoiceFile.objects.filter(invoice=invoice).first():
        return kept
    try:
        return _kept(invoice, drawn(invoice), now=now)
    except (OSError, Undrawn, facturx.Odd) as error:
        raise NotReady(f"Le fichier de {invoice.number} n’a pas pu être fait. La pièce est émise, un nouvel essai viendra.") from error


def read(invoice: Invoice) -> bytes:
    """Return the file, made at once if need be: always the same bytes. One that was lost or damaged is drawn again, or said to be lost."""
    file = publish(invoice, now=clock.now())
    content = _stored(file)
    return content if _fingerprint(content) == file.sha256 else _restored(file)


def draft(invoice: Invoice, *, now: datetime) -> bytes:
    """Return the PDF of a document that is not issued (`services.drawn(sale, now=)`): « Projet », without number, nothing kept."""
    return drawer.draw([_layout(invoice)], seconds=LIMIT)


def drawn(invoice: Invoice) -> bytes:
    """Return the PDF of an issued document, its structured file inside; the same document gives the same bytes."""
    content = facturx.build(invoice).decode()
    enclosed = Enclosed(facturx.FILE_NAME, content, f"{invoice.title}, données structurées Factur-X", _moment(invoice), facturx.LEVEL)
    return drawer.draw([_layout(invoice)], seconds=LIMIT, enclosed=enclosed)


def _layout(invoice: Invoice) -> pdf.Layout:
    """The page, with the association as it was at issue, and no word that depends on where it is drawn."""
    seller = invoice.seller
    association = {**seller, "contact_email": seller["email"], "siret": spaced(seller["siret"])}
    html = pdf.markup(TEMPLATE, {**context(invoice), "association": association, "moment": _moment(invoice), "trial": False})
    return pdf.Layout(html, styles=STYLES)


def _moment(invoice: Invoice) -> str:
    """The moment of the issue, as the file says it: never that of the drawing."""
    return invoice.issued_at.astimezone(UTC).isoformat(timespec="seconds")


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
        # What is owed late has no object where nothing is asked for; the file keeps them, its rules ask for each once (R8).
        "notes": [] if invoice.is_credit else [words for _, words in facturx.notes(invoice) if words],
        "is_settled": False,
        "is_payable": references.is_payable(invoice),
        "due": printed.exact(invoice.due),
        "iban": spaced_iban(seller["iban"]),
        "qr": references.epc_qr(invoice),
    }  # fmt: skip


def reading(invoice: Invoice) -> dict[str, Any]:
    """As `context`, for a page of today (`with_balance`): an invoice that nothing remains to pay of asks for nothing more."""
    settled = {"is_settled": True, "is_payable": False, "qr": ""} if not invoice.is_credit and invoice.remaining <= 0 else {}
    return context(invoice) | settled


def _kept(invoice: Invoice, content: bytes, *, now: datetime) -> InvoiceFile:
    row = InvoiceFile(invoice=invoice, sha256=_fingerprint(content), size=len(content), made_at=now)
    row.file = name = _store(row, content)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.file.storage.delete(name)
        return InvoiceFile.objects.get(invoice=invoice)
    except Exception:  # whatever it was: no file without its row; who called knows which document failed, and says it
        with suppress(OSError):  # the first fault is the one to raise
            row.file.storage.delete(name)
        raise
    return row


def _store(row: InvoiceFile, content: bytes) -> str:
    """Return the name under which it is stored; of a disk that fills up, no half is kept."""
    storage = row.file.storage
    name = storage.get_available_name(row.file.field.generate_filename(row, f"{row.invoice.number}.pdf"))
    try:
        return str(storage.save(name, ContentFile(content)))
    except OSError:
        with suppress(OSError):
            storage.delete(name)
        raise


def _stored(file: InvoiceFile) -> bytes:
    """Return what the storage holds; nothing when it has lost it. A storage that does not answer has lost nothing: later it may."""
    try:
        with file.file.open("rb") as opened:
            content: bytes = opened.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise NotReady(f"Le fichier de {file.invoice.number} ne peut pas être lu pour l’instant. Réessayez dans un moment.") from error
    return content


def _restored(file: InvoiceFile) -> bytes:
    """Draw a lost or damaged file again. Its bytes are the same as long as the portal draws as it did; else only a backup has them."""
    invoice = file.invoice
    logger.error("file of %s lost or damaged", invoice.number)
    try:
        content = drawn(invoice)
    except (OSError, Undrawn, facturx.Odd) as error:
        raise NotReady(f"Le fichier de {invoice.number} est à refaire et n’a pas pu l’être. Réessayez dans un moment.") from error
    if _fingerprint(content) != file.sha256:
        raise Refused(f"Le fichier de {invoice.number} est perdu ou abîmé : il faut le reprendre d’une sauvegarde.")
    with suppress(OSError):  # a full disk: who asked has the file all the same, and the next one draws it again
        _put_back(file, content)
    return content


def _put_back(file: InvoiceFile, content: bytes) -> None:
    storage, name = file.file.storage, str(file.file.name)
    storage.delete(name)
    if (written := storage.save(name, ContentFile(content))) != name:  # another was faster
        storage.delete(written)


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
