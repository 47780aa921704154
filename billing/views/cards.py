"""Paying by card: our page before and after the provider's, the provider's events, and the provider that the trial mode plays."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import gateway
from billing.models import Checkout, Invoice
from billing.services import cards
from core import clock
from core.refusals import Refused

# The largest event a provider sends is a few kilobytes.
LARGEST_EVENT = 256 * 1024


@login_not_required
@never_cache
@require_safe
def payment(request: HttpRequest, key: str) -> HttpResponse:
    """The page of one payment, for whoever came from the invoice: a link to the provider's page, then what became of it.

    A link, not a redirect of the form: our Content-Security-Policy lets forms go nowhere else. Its key was at the provider's and has no
    end: it opens no file of anybody. Who is signed in and may read the invoice is led to it.
    """
    checkout = get_object_or_404(Checkout.objects.select_related("invoice"), idempotency_key=key)
    invoice = Invoice.objects.with_balance().get(pk=checkout.invoice_id)
    now = clock.now()
    is_alive = bool(checkout.url and checkout.expires_at and checkout.expires_at > now)
    context = {"checkout": checkout, "invoice": invoice, "is_paid": invoice.remaining <= 0, "is_alive": is_alive}
    return render(request, "billing/payment.html", {**context, "page": _way_back(request, invoice)})


def _way_back(request: HttpRequest, invoice: Invoice) -> str:
    user = request.user
    if not user.is_authenticated or not Invoice.objects.visible_to(user).filter(pk=invoice.pk).exists():
        return ""
    return reverse("invoice", args=[invoice.number])


@login_not_required
@csrf_exempt  # the provider has no token of ours: its signature is checked instead
@never_cache
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """What the provider tells. 400 for what it did not sign; 200 for whatever was taken, once or again, so that it stops telling."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_EVENT:
        return HttpResponse(status=413)
    try:
        cards.receive(request.body, request.headers.get("Stripe-Signature", ""), now=clock.now())
    except gateway.Forged:
        return HttpResponse("Signature refusée.", status=400, content_type="text/plain; charset=utf-8")
    except Refused as refused:  # no provider is set
        return HttpResponse(str(refused), status=404, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=200)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def trial_payment(request: HttpRequest, session: str) -> HttpResponse:
    """The hosted page of the trial mode: it tells the portal what a provider would, signed, and leads back."""
    if not settings.TRIAL:
        raise Http404
    checkout = get_object_or_404(Checkout.objects.select_related("invoice"), session_id=session)
    if request.method == "POST":
        payload, signature = gateway.trial_event(session, checkout.invoice.number, str(checkout.amount))
        cards.receive(payload, signature, now=clock.now())
        return redirect(checkout)
    return render(request, "billing/trial_payment.html", {"checkout": checkout})
