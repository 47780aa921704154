"""What a finance department opens of an order, without account: its invoices, the agreement, the references, the payment. Nothing else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.models import Invoice
from billing.services import cards
from billing.views.invoices import sent
from bookings import links, paper_links, papers
from bookings.models import Booking
from bookings.reference_forms import BillingForm
from bookings.services import invoicing, paying, referencing
from bookings.services import papers as drawing
from bookings.services.holding import fresh
from bookings.states import Paper
from bookings.views.changing import ACTS
from bookings.views.papers import download
from core import clock
from core.refusals import Refused
from core.secret_pages import kept_secret
from memberships.services.answering import ByLink
from records.services import label_of


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the order of a finance department's address; one that is dead or invented is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @require_http_methods(ACTS)
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        booking = links.booking_of_finance(token)
        response = view(request, booking, *args, **kwargs) if booking else render(request, "bookings/change/gone.html", status=404)
        return kept_secret(response)

    return opened


@by_link
def file(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The one file of whoever pays."""
    return _file(request, booking)


def _file(request: HttpRequest, booking: Booking, *, refusal: str = "") -> HttpResponse:
    now = clock.now()
    payable = {row.pk for row in paying.to_pay(booking, now=now)} if paying.is_card_offered() else set()
    documents = Invoice.objects.about(label_of(booking)).with_balance().order_by("pk")
    context = {
        "booking": booking, "session": booking.session, "token": links.finance_secret(booking), "refusal": refusal,
        "documents": [{"row": row, "may_pay": row.pk in payable} for row in documents],
        "has_agreement": paper_links.gives(booking, paper_links.AGREEMENT),
        "may_reference": referencing.may_give(booking), "note": paper_links.invoice_note(booking, now=now),
    }  # fmt: skip
    return render(request, "bookings/finance/file.html", context, status=422 if refusal else 200)


@by_link
def agreement(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The agreement as its data stands."""
    if not paper_links.gives(booking, paper_links.AGREEMENT):
        raise Http404
    subject = papers.of_order(Paper.AGREEMENT, booking)
    try:
        row = drawing.to_download(subject, now=clock.now())
    except Refused as refusal:
        return _file(request, booking, refusal=str(refusal))
    return download(drawing.read(row), subject.file_name)


@by_link
def invoice(request: HttpRequest, booking: Booking, number: str) -> HttpResponse:
    """An invoice or a credit note of this order."""
    document = get_object_or_404(Invoice.objects.about(label_of(booking)), number=number)
    try:
        return sent(document)
    except Refused as refusal:
        return _file(request, booking, refusal=str(refusal))


@by_link
def pay(request: HttpRequest, booking: Booking, number: str) -> HttpResponse:
    """The hosted page that pays an invoice by card; by POST."""
    if request.method != "POST":
        return redirect(links.payer_path_of(booking))
    try:
        found = next((row for row in invoicing.standing(booking) if row.number == number), None)
        if found is None:
            raise Refused(cards.NO_CARD)
        return redirect(paying.open_checkout(booking, found, now=clock.now()))
    except Refused as refusal:
        return _file(request, fresh(booking), refusal=str(refusal))


@by_link
def references(request: HttpRequest, booking: Booking) -> HttpResponse:
    """What the invoice must say, until it is issued."""
    now, back = clock.now(), links.payer_path_of(booking)
    form = BillingForm(request.POST if request.method == "POST" else None, booking=booking, by_finance=True)
    if form.is_valid():
        author = ByLink(f"{booking.finance_email} (par le lien du service financier)")
        try:
            referencing.give_references(booking, by=author, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est noté : ces références seront sur la facture.")
            return redirect(back)
    context = {
        "booking": booking, "session": booking.session, "form": form, "is_open": referencing.may_give(booking),
        "missing": invoicing.missing(booking, now=now), "note": paper_links.invoice_note(booking, now=now), "back": back,
        "back_to": "Revenir à la facturation",
    }  # fmt: skip
    return render(request, "bookings/papers/billing.html", context, status=422 if form.errors else 200)
