"""The programme: found, embedded in other sites, and as open data."""

from typing import Any

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from core import clock
from core.addresses import absolute, path_of
from core.caching import public_page
from events import finding, opendata, queries
from events.finding import Filters
from events.views.shared import asked, page_of
from programmes.views.shared import kept

# Any site may frame what is made to be framed, and nothing else.
ANYWHERE = {"frame-ancestors": ["*"]}


@require_safe
@login_not_required
@public_page
@vary_on_headers("HX-Request")
def events(request: HttpRequest) -> HttpResponse:
    """The list by day; htmx asks for what is found, alone."""
    now = clock.now()
    alone = request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
    found = _found(request)
    answer = render(request, "events/_found.html" if alone else "events/list.html", found | {"alone": alone, "tab": False})
    if alone:  # the address to share, without the empty fields of the form
        answer.headers["HX-Push-Url"] = path_of("events") + found["address"]
    return kept(answer, [queries.until_midnight(now)])


@xframe_options_exempt
@csp_replace(ANYWHERE)
@require_safe
@login_not_required
@public_page
def embedded(request: HttpRequest) -> HttpResponse:
    """The same list, bare, for a titled frame in another site: no cookie, no script, each event in its own tab."""
    answer = render(request, "events/embedded.html", _found(request) | {"tab": True})
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return kept(answer, [queries.until_midnight(clock.now())])


@require_safe
@login_not_required
@public_page
def open_data(request: HttpRequest) -> HttpResponse:
    """The feeds, their fields, their licence and their date."""
    now = clock.now()
    seasons = queries.public_seasons(now=now)
    season = queries.leading(seasons, now=now)
    state = queries.state_of(queries.shared(Filters(), season, now=now))
    context = {
        "season": season,
        "seasons": seasons,
        "fields": opendata.FIELDS,
        "licence": opendata.LICENCE,
        "licence_url": opendata.LICENCE_URL,
        "date": state["changed"] or state["listed"],
        "events": state["events"],
        "embed": absolute(path_of("events_embedded")),
        "vocabulary": finding.choices(),
    }
    return render(request, "events/opendata.html", context)


def _found(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    read = asked(request, now=now)
    programme = queries.programme(read.filters, read.season, page=page_of(request), now=now)
    address = read.filters.address()
    return {
        "asked": read,
        "filters": read.filters,
        "season": read.season,
        "programme": programme,
        "address": address,
        "previous": f"{address}&page={programme.page - 1}" if programme.page > 1 else "",
        "next": f"{address}&page={programme.page + 1}" if programme.page < programme.calendar.pages else "",
        "whole": read.filters.address(du=read.season.starts_on) if read.season else "",
        "anew": Filters(saison=read.filters.saison).address(),
        "words": ", ".join(finding.in_words(read.filters)),
    }
