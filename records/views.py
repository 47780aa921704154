"""The four pages of domain.md G4, and whom to write to."""

from datetime import date

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock
from core.caching import public_page
from core.registry import CONTACTS
from records import contacts
from records.models import Association

# The day somebody last made sure that the accessibility statement is true; it is valid three years (G5).
DECLARED_ON = date(2026, 11, 21)
_DAY = 24 * 3600


@login_not_required
@public_page
def contact(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    calls = [link for gather in CONTACTS for link in gather(now)]
    association = Association.current()
    return render(request, "records/contact.html", {"calls": calls, "subjects": contacts.subjects(association), "association": association})


@login_not_required
@public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    association = Association.current()
    context = {
        "association": association,
        "accessibility_email": contacts.address_for(association, "accessibility_email"),
        "declared_on": DECLARED_ON,
        "portal": settings.PORTAL_URL,
    }
    return render(request, "records/accessibility.html", context)


@login_not_required
@public_page
def legal(request: HttpRequest) -> HttpResponse:
    return render(request, "records/legal.html")


@login_not_required
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    association = Association.current()
    context = {
        "association": association,
        "privacy_email": contacts.address_for(association, "privacy_email"),
        "uses": contacts.USES,
        "session_cookie": settings.SESSION_COOKIE_NAME,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "session_days": settings.SESSION_COOKIE_AGE // _DAY,
    }
    return render(request, "records/privacy.html", context)


@login_not_required
@public_page
def ecodesign(request: HttpRequest) -> HttpResponse:
    return render(request, "records/ecodesign.html")
