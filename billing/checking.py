"""What must hold of all that was issued: numbers without gap nor double, files as made (R1, R2). Read each night, and by command."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse

from billing.models import Counter, FileFault, Invoice, InvoiceFile
from billing.models.invoice import VIEW_INVOICE
from billing.states import SERIES
from core.registry import Fact, Waiting

KINDS = {letter: kind for kind, letter in SERIES.items()}
_BLOCK = 1 << 16


def number_faults() -> Iterator[str]:
    """Say what is wrong with the numbers of each series, in words; nothing is."""
    for counter in Counter.objects.order_by("year", "series"):
        rows = Invoice.objects.filter(kind=KINDS[counter.series], year=counter.year).order_by("sequence")
        found = list(rows.values_list("sequence", "number", "issued_on"))
        yield from _gaps(counter, [sequence for sequence, _, _ in found])
        for (_, before, day), (_, number, then) in zip(found, found[1:], strict=False):
            if then < day:
                yield f"{number} est datée d’avant {before}"
        if counter.last_on and found and counter.last_on != found[-1][2]:
            yield f"le compteur {counter} dit une autre dernière date que {found[-1][1]}"


def _gaps(counter: Counter, sequences: list[int]) -> Iterator[str]:
    expected = set(range(counter.first, counter.last + 1))
    for missing in sorted(expected - set(sequences)):
        yield f"{counter}-{missing:04d} manque"
    for beyond in sorted(set(sequences) - expected):
        yield f"{counter}-{beyond:04d} est hors du compteur"


def verify_files(*, now: datetime) -> int:
    """Read every file again; keep what is wrong with each, forget what was and is right now; return how many are wrong."""
    wrong = {}
    for file in InvoiceFile.objects.select_related("invoice").order_by("pk").iterator(chunk_size=200):
        if fault := file_fault(file):
            wrong[file.invoice_id] = fault
    FileFault.objects.exclude(invoice__in=wrong).delete()
    for pk, fault in wrong.items():
        FileFault.objects.get_or_create(invoice_id=pk, defaults={"what": fault, "found_at": now})
    return len(wrong)


def file_fault(file: InvoiceFile) -> str:
    """Say what is wrong with a file; nothing when its bytes are those that were issued."""
    digest = hashlib.sha256()
    try:
        with file.file.open("rb") as content:
            while block := content.read(_BLOCK):
                digest.update(block)
    except OSError:
        return "le fichier est introuvable ou illisible"
    return "" if digest.hexdigest() == file.sha256 else "le fichier n’est plus celui qui a été émis"


def waiting(now: datetime) -> Iterator[Waiting]:
    """Altered files, for whoever reads invoices."""
    found = FileFault.objects.aggregate(count=Count("pk"), since=Min("found_at"))
    url = f"{reverse('admin:billing_invoice_changelist')}?fichier=altere"
    yield Waiting("fichier de facture altéré", found["count"], url, VIEW_INVOICE, found["since"], several="fichiers de factures altérés")


def facts(now: datetime) -> Iterator[Fact]:
    """For `/sante/pret/`: a number, no name."""
    count = FileFault.objects.count()
    yield Fact("invoice-files", ok=not count, detail=f"{count} altéré{'s' if count > 1 else ''}" if count else "")
