"""The page of the finance department (S11): one file, without account. Its address is the key, and opens nothing else of the member."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import documents
from billing.models import Invoice, SupplierFile, Terms
from billing.services import cards
from billing.standing import said, with_standing
from billing.views.invoices import sent
from core import clock
from core.clock import PARIS
from core.numbers import spaced, spaced_iban
from core.refusals import Refused
from core.secret_pages import kept_secret
from core.typography import day_in_words
from memberships import links, papers, services
from memberships.finance_forms import AnswerForm, ReferencesForm
from memberships.models import FinanceLink, Membership, Right
from memberships.services import invoicing
from memberships.services.answering import ByLink
from memberships.states import DocumentKind, State
from records.models import Association
from records.services import label_of

# The papers a finance department reads: what was signed and what is asked; nothing else of the member's.
READABLE = (DocumentKind.BULLETIN, DocumentKind.DUES_CALL)
ANSWERABLE = (State.TO_CONFIRM, State.DECLINED)
ACCEPTED = (State.ACTIVE, State.RESIGNED)
# Where one stands: references, draft, invoice, payment.
REFERENCES, DRAFT, INVOICE, PAYMENT = range(1, 5)


def by_secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the file of a secret address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        link = links.link_of(token, now=clock.now())
        response = view(request, link, *args, **kwargs) if link else render(request, "memberships/finance_gone.html", status=404)
        return kept_secret(response)

    return opened


@by_secret
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, link: FinanceLink) -> HttpResponse:
    """Everything the department needs, on one page; « Enregistrer et voir la facture » keeps the references."""
    now, membership = clock.now(), link.membership
    if request.method == "GET":
        links.note_opened(link, now=now)
    form = ReferencesForm(request.POST if request.method == "POST" else None, membership=membership)
    if form.is_valid():
        try:
            invoicing.give_references(membership, by=_who(link), now=now, **form.cleaned_data)
        except Refused as refused:
            return _page(request, link, form, refusal=str(refused))
        return redirect("finance_draft", links.secret_of(link))
    return _page(request, link, form)


def _page(request: HttpRequest, link: FinanceLink, form: ReferencesForm, *, refusal: str = "") -> HttpResponse:
    membership, now = link.membership, clock.now()
    documents_of = with_standing(Invoice.objects.about(label_of(membership))).order_by("pk")
    rows = [(row, said(row, now.astimezone(PARIS).date())) for row in documents_of]
    standing = next((row for row, _ in reversed(rows) if not row.is_credit and row.credited < row.gross), None)
    is_credited = standing is None and bool(rows)
    asks = not rows and _may_owe(membership)
    is_payable = standing is not None and standing.remaining > 0
    context = {
        **_about(link),
        "form": form,
        "refusal": refusal,
        "documents": rows,
        "standing": standing,
        "may_pay_by_card": is_payable and standing is not None and cards.is_offered(standing),
        "road": getattr(standing, "transmission", None) if standing else None,
        "asks_references": asks,
        "is_credited": is_credited,
        "step": _step(standing, asks=asks),
        "missing": invoicing.missing(membership, now=now) if standing is None else [],
        "papers": [(kind.lower(), kind.label) for kind in READABLE if _is_read(membership, kind)],
        "supplier_files": SupplierFile.objects.filter(is_offered=True).exclude(file=""),
        "may_answer": membership.state in ANSWERABLE,
    }
    return render(request, "memberships/finance.html", context, status=422 if form.errors or refusal else 200)


def _may_owe(membership: Membership) -> bool:
    """True when there is, or may soon be, something to invoice."""
    return bool(membership.amount) and membership.state in (*ACCEPTED, *ANSWERABLE)


def _step(standing: Any, *, asks: bool) -> int:
    """Return the step this page is at; 0 when nothing is left to do."""
    if standing is None:
        return REFERENCES if asks else 0
    return PAYMENT if standing.remaining > 0 else 0


def _is_read(membership: Membership, kind: str) -> bool:
    """A call of nothing is not made; a bulletin is there from the first day."""
    return kind != DocumentKind.DUES_CALL or (membership.amount > 0 and membership.state in (*ACCEPTED, *ANSWERABLE))


def _about(link: FinanceLink) -> dict[str, Any]:
    membership, association = link.membership, Association.shown()
    body = membership.organisation.at(clock.now().astimezone(PARIS).date())
    return {
        "token": links.secret_of(link),
        "membership": membership,
        "campaign": membership.campaign,
        "organisation": body,
        "supplier": association,
        "supplier_siret": spaced(association.siret),
        # Plain spaces: a narrow screen folds it between two groups.
        "supplier_iban": spaced_iban(association.iban, " "),
        "said_mark": f"Adhésion {membership.year} {_state(membership)}",
        "price_note": membership.amount_note or f"cotisation {membership.year}",
        "legal": Terms.current(),
        "terms_days": body.payment_days,
    }


def _state(membership: Membership) -> str:
    """As the member's space says it: until the day it leaves, a body that resigned has its rights."""
    last = membership.resigned_on
    if membership.state == State.RESIGNED and last and last >= clock.now().astimezone(PARIS).date():
        return f"active jusqu’au {day_in_words(last)}"
    return str(membership.get_state_display())


def _who(link: FinanceLink) -> ByLink:
    """How the journal names whoever holds the address."""
    contact = link.contact
    name = str(contact) if contact else link.address
    return ByLink(f"{name or 'service financier'} (par le lien du dossier)")


@by_secret
@require_safe
def draft(request: HttpRequest, link: FinanceLink) -> HttpResponse:
    """The exact document, marked « Projet » and without number, before « Demander la facture »."""
    membership, now = link.membership, clock.now()
    if standing := invoicing.invoice_of(membership):
        return redirect("finance_invoice", links.secret_of(link), standing.number)
    if invoicing.credited_before(membership) or not _may_owe(membership):
        return redirect("finance", links.secret_of(link))
    try:
        drawn = invoicing.drawn(membership, now=now)
    except Refused as refused:
        return _page(request, link, ReferencesForm(None, membership=membership), refusal=str(refused))
    gaps = invoicing.missing(membership, now=now)
    context = {
        **_about(link),
        **documents.context(drawn),
        "missing": gaps,
        "may_ask": not gaps and membership.state in ACCEPTED,
    }
    return render(request, "memberships/finance_draft.html", context)


@by_secret
@require_safe
def draft_pdf(request: HttpRequest, link: FinanceLink) -> HttpResponse:
    """The same, as the PDF will look."""
    now = clock.now()
    if invoicing.credited_before(link.membership) or not _may_owe(link.membership):
        raise Http404
    try:
        content = documents.draft(invoicing.drawn(link.membership, now=now), now=now)
    except Refused as refused:
        return _page(request, link, ReferencesForm(None, membership=link.membership), refusal=str(refused))
    return _pdf(content, f"projet-cotisation-{link.membership.campaign.year}.pdf")


@by_secret
@require_POST
def ask(request: HttpRequest, link: FinanceLink) -> HttpResponse:
    """« Demander la facture »: issued once, whoever asks and however often."""
    membership = link.membership
    try:
        invoice = invoicing.ask_invoice(membership, by=_who(link), now=clock.now())
    except Refused as refused:
        return _page(request, link, ReferencesForm(None, membership=membership), refusal=str(refused))
    return redirect("finance_invoice", links.secret_of(link), invoice.number)


def _document(link: FinanceLink, number: str) -> Invoice:
    return get_object_or_404(Invoice.objects.about(label_of(link.membership)), number=number)


@by_secret
@require_safe
def invoice(request: HttpRequest, link: FinanceLink, number: str) -> HttpResponse:
    """An issued document of this file, readable as a page."""
    found = _document(link, number)
    row = with_standing(Invoice.objects.filter(pk=found.pk)).get()
    step = PAYMENT if row.remaining > 0 and not row.is_credit else 0
    context = {**_about(link), **documents.reading(row), "said": said(row, clock.now().astimezone(PARIS).date()), "step": step}
    return render(request, "memberships/finance_invoice.html", context)


@by_secret
@require_safe
def invoice_file(request: HttpRequest, link: FinanceLink, number: str) -> HttpResponse:
    """Its file: the same bytes for ever."""
    try:
        return sent(_document(link, number))
    except Refused as refused:
        return _page(request, link, ReferencesForm(None, membership=link.membership), refusal=str(refused))


@by_secret
@require_POST
def pay(request: HttpRequest, link: FinanceLink, number: str) -> HttpResponse:
    """« Payer par carte »: a hosted page for what remains."""
    try:
        checkout = cards.open_checkout(_document(link, number), now=clock.now())
    except Refused as refused:
        return _page(request, link, ReferencesForm(None, membership=link.membership), refusal=str(refused))
    return redirect(checkout)


@by_secret
@require_safe
def paper(request: HttpRequest, link: FinanceLink, kind: str) -> HttpResponse:
    """The bulletin or the call of dues, as its data stands; drawn by the first who reads it."""
    wanted = kind.upper().replace("-", "_")
    if wanted not in READABLE or not _is_read(link.membership, wanted):
        raise Http404
    found = papers.publish(link.membership, wanted, clock.now())
    return _pdf(papers.read(found), papers.file_name(found))


@by_secret
@require_safe
def supplier_file(request: HttpRequest, link: FinanceLink, pk: int) -> HttpResponse:
    """RIB, statutes, vote of the rates."""
    found = get_object_or_404(SupplierFile.objects.filter(is_offered=True).exclude(file=""), pk=pk)
    try:
        with found.file.open("rb") as opened:
            return _pdf(opened.read(), f"{found.get_kind_display().lower().replace(' ', '-')}-la-27e-region.pdf")
    except FileNotFoundError as lost:
        raise Http404 from lost


@by_secret
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, link: FinanceLink) -> HttpResponse:
    """The answer to the November call: yes, by a click or an order number; or no. Reading the page changes nothing."""
    membership = link.membership
    if membership.state not in ANSWERABLE:
        return redirect("finance", links.secret_of(link))
    form = AnswerForm(request.POST if request.method == "POST" else None, membership=membership)
    if form.is_valid():
        try:
            _answer(membership, form, link)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(reverse("finance", args=[links.secret_of(link)]) + "#reponse")
    return render(
        request,
        "memberships/finance_renew.html",
        {**_about(link), "form": form, "rights": Right.objects.all()},
        status=422 if form.errors else 200,
    )


def _answer(membership: Membership, form: AnswerForm, link: FinanceLink) -> None:
    now, by = clock.now(), _who(link)
    if form.cleaned_data["answer"] == "no":
        services.decline(membership, by=by, now=now, reason=form.cleaned_data["reason"])
    else:
        services.confirm(membership, by=by, now=now, commitment_number=form.cleaned_data["commitment_number"])


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=documents.PDF, headers=headers)
