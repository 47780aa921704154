"""What the invoice of an order must say, typed by its payer: without account, until the invoice is issued (R14)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from bookings import links, paper_links
from bookings.models import Booking
from bookings.reference_forms import BillingForm
from bookings.services import invoicing, referencing
from bookings.services.holding import buyer
from bookings.views.changing import by_link
from core import clock
from core.refusals import Refused


@by_link
def billing(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The references of the invoice, and what it still lacks."""
    now = clock.now()
    form = BillingForm(request.POST if request.method == "POST" else None, booking=booking)
    if form.is_valid():
        try:
            referencing.give_references(booking, by=buyer(booking), now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est noté : ces références seront sur la facture.")
            return redirect(links.path_of(booking))
    context = {
        "booking": booking,
        "session": booking.session,
        "form": form,
        "is_open": referencing.may_give(booking),
        "missing": invoicing.missing(booking, now=now),
        "note": paper_links.invoice_note(booking, now=now),
        "back": links.path_of(booking),
        "back_to": "Revenir à ma commande",
    }
    return render(request, "bookings/papers/billing.html", context, status=422 if form.errors else 200)
