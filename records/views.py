"""The four pages of domain.md G4, and whom to write to."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.caching import public_page
from core.registry import CONTACTS


@login_not_required
@public_page
def contact(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    calls = [link for gather in CONTACTS for link in gather(now)]
    return render(request, "records/contact.html", {"calls": calls})


@login_not_required
@public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "records/accessibility.html")


@login_not_required
@public_page
def legal(request: HttpRequest) -> HttpResponse:
    return render(request, "records/legal.html")


@login_not_required
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "records/privacy.html")


@login_not_required
@public_page
def ecodesign(request: HttpRequest) -> HttpResponse:
    return render(request, "records/ecodesign.html")
