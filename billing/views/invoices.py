"""One issued document: its page, and its file, the same bytes for ever. Whoever may not see it is told nothing of it (404)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.http import UserRequest
from billing import documents, sale
from billing.models import Invoice, Payment
from billing.models.invoice import VIEW_INVOICE
from billing.services.numbering import day_of
from billing.standing import said, with_standing
from core import clock
from core.refusals import Refused


@require_safe
@never_cache
def invoice(request: UserRequest, number: str) -> HttpResponse:
    """The document, readable as a page, and what became of it."""
    return _page(request, number)


def _page(request: UserRequest, number: str, *, broken: str = "") -> HttpResponse:
    rows = with_standing(Invoice.objects.visible_to(request.user).select_related("corrects", "replaces"))
    document = get_object_or_404(rows, number=number)
    sold = sale.sold(document)
    context = documents.reading(document) | {
        "said": said(document, day_of(clock.now())),
        "payments": Payment.objects.standing().filter(invoice=document),
        "credit_notes": document.credit_notes.order_by("pk"),
        "replacement": document.replacements.order_by("pk").first(),
        "page": _way_back(request, sold),
        "broken": broken,
    }
    return render(request, "billing/invoice.html", context, status=503 if broken else 200)


def _way_back(request: UserRequest, sold: sale.Sold | None) -> str:
    """To the space of the contacts, or to the admin; never the address given to the payer, which outlives a reader's role."""
    if sold is None:
        return ""
    return sold.staff_page if request.user.has_perm(VIEW_INVOICE) else sold.space


@require_safe
def invoice_file(request: UserRequest, number: str) -> HttpResponse:
    """The file; drawn at once when the sweep has not come yet. A file that is no longer what was issued is not given out."""
    document = get_object_or_404(Invoice.objects.visible_to(request.user), number=number)
    try:
        return sent(document)
    except Refused as refused:
        return _page(request, number, broken=str(refused))


def sent(document: Invoice) -> HttpResponse:
    """Answer with the file of a document, to be kept by whoever asked and nobody between."""
    headers = {
        "Content-Disposition": f'attachment; filename="{documents.file_name(document)}"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(documents.read(document), content_type=documents.PDF, headers=headers)
