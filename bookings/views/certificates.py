"""The public page that verifies a certificate: whoever holds its number reads what it attests, and nothing more (domain.md C4)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings import certificates, papers
from records.models import Association


@login_not_required
@never_cache
@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Say whether a number is that of a certificate, and what it attests; no search engine keeps it, no other site is told it."""
    kept = certificates.typed(number)
    if kept != number and certificates.verified(kept):
        return _private(redirect("certificate", kept))
    found = certificates.verified(number)
    if found is None:
        return _private(render(request, "bookings/certificates/unknown.html", {"association": Association.shown()}, status=404))
    context = {"found": found, "said": papers.attested(found.certificate), "association": Association.shown()}
    return _private(render(request, "bookings/certificates/certificate.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
