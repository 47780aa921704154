"""What everybody reads: what joining means and costs, the blank bulletin, who is a member."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from core import clock
from core.caching import public_page
from memberships import documents, queries, rights
from memberships.models import Right
from memberships.states import CATEGORY_OF
from organisations.regions import Region
from records.models import Association

WORDS_LENGTH = 100


@require_safe
@login_not_required
@public_page
def membership(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """« Adhérer »: every fact of domain.md 2.3, read from the campaign."""
    now = clock.now()
    campaign = queries.shown_campaign(now, year)
    if year is not None and campaign is None:
        raise Http404
    context = {
        "campaign": campaign,
        "rights": list(Right.objects.all()),
        "grid": queries.grid_of(campaign) if campaign else None,
        "grace": rights.grace_day_after(campaign.year) if campaign else None,
        "late": queries.late_in_words(campaign) if campaign else "",
        "is_open": bool(campaign and campaign.is_open and campaign.year >= queries.today(now).year),
        "is_ahead": bool(campaign and campaign.year > queries.today(now).year),
        "next_year": queries.next_year(campaign, now),
        "dues_email": Association.shown().dues_email or Association.shown().contact_email,
    }
    return render(request, "memberships/membership.html", context)


@require_safe
@login_not_required
@public_page
def bulletin_pdf(request: HttpRequest) -> HttpResponse:
    """The blank bulletin, to fill by hand."""
    campaign = queries.shown_campaign(clock.now())
    if campaign is None:
        raise Http404
    name = f"bulletin-adhesion-{campaign.year}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(documents.blank_bulletin(campaign), content_type="application/pdf", headers=headers)


@require_safe
@login_not_required
@public_page
@vary_on_headers("HX-Request")
def members(request: HttpRequest) -> HttpResponse:
    """Who is a member today: organisations, never people."""
    region, kind = request.GET.get("region", ""), request.GET.get("type", "").upper()
    region = region if region in Region.values else ""
    kind = kind if kind in CATEGORY_OF else ""
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH]
    found = queries.directory(clock.now(), region=region, kind=kind, words=words)
    alone = request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
    context = {"directory": found, "region": region, "kind": kind, "words": words, "regions": Region.choices}
    return render(request, "memberships/_members.html" if alone else "memberships/members.html", context)
