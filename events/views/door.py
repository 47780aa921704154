"""The door, on a phone: a name, a button. Each arrival is one POST, that may be sent twice and taken back; several phones may be there."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from core import clock
from core.refusals import Refused
from events import host_queries
from events.host_forms import WalkInForm
from events.host_queries import Sitting
from events.models import Registration, TimeSlot
from events.services import hosting
from events.services.hosting import Full
from events.states import Mode
from events.views.desk import Desk, at_desk, confirmation
from events.views.hosting import about, slot_or_404
from events.views.proposing import number

# Beyond, one types a name: a phone does not scroll through five hundred.
AT_MOST = 150


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who is expected, who is there; POST is an arrival, or its undoing, or somebody who walks in."""
    if request.method == "POST":
        return ACTS.get(request.POST.get("act", ""), _unknown)(request, desk)
    return _page(request, desk, WalkInForm())


def _unknown(request: HttpRequest, desk: Desk) -> HttpResponse:
    raise Http404


def _came(request: HttpRequest, desk: Desk) -> HttpResponse:
    row, now = _person(request, desk), clock.now()
    if row is None:
        return _gone(request, desk)
    try:
        if row.is_waiting and not row.is_walk_in:
            hosting.let_in(row, anyway="anyway" in request.POST, now=now)
        else:
            hosting.check_in(row, now=now)
    except Full as full:
        return _page(request, desk, WalkInForm(), status=409, full={"person": row.pk, "name": row.name, "words": str(full)})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, desk, row.slot, f"p{row.pk}")


def _undo(request: HttpRequest, desk: Desk) -> HttpResponse:
    row = _person(request, desk)
    if row is None:
        return _gone(request, desk)
    try:
        hosting.undo(row)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, desk, row.slot, f"p{row.pk}")


def _gone(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Another phone took them off the list, or they withdrew on their way."""
    messages.error(request, "Cette personne n’est plus sur la liste : elle vient de se désister, ou d’en être retirée.")
    return _back(request, desk, slot_or_404(desk, request.POST.get("seance")), "liste")


def _walk_in(request: HttpRequest, desk: Desk) -> HttpResponse:
    slot, form = slot_or_404(desk, request.POST.get("seance")), WalkInForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    once = confirmation(request.POST.get("once"))
    try:
        row = hosting.walk_in(slot, once=once, **form.cleaned_data, anyway="anyway" in request.POST, now=clock.now())
    except Full as full:
        return _page(request, desk, form, status=409, full={**form.cleaned_data, "words": str(full)}, once=once)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, desk, form, status=422)
    messages.success(request, f"{row.name} est noté.")
    return _back(request, desk, slot, f"p{row.pk}")


ACTS = {"came": _came, "undo": _undo, "walk_in": _walk_in}


def _person(request: HttpRequest, desk: Desk) -> Registration | None:
    rows = Registration.objects.filter(slot__event=desk.event, erased_at=None, withdrawn_at=None).select_related("slot__event__season")
    return rows.filter(pk=number(request.POST.get("person")) or 0).first()


def _back(request: HttpRequest, desk: Desk, slot: TimeSlot, anchor: str) -> HttpResponse:
    """The same page, at the same person; a phone with scripts is given its list only."""
    if request.headers.get("HX-Request") == "true":
        return _page(request, desk, WalkInForm(), slot=slot)
    asked = {"seance": str(slot.pk), "q": request.POST.get("q", "")[:100]}
    query = urlencode({name: said for name, said in asked.items() if said})
    return redirect(f"{reverse('host_door', args=[desk.key])}?{query}#{anchor}")


def _page(
    request: HttpRequest, desk: Desk, form: WalkInForm, *, status: int = 200, slot: TimeSlot | None = None, **said: Any
) -> HttpResponse:
    now = clock.now()
    asked = request.POST if request.method == "POST" else request.GET
    context = about(desk, now=now) | _people(desk, str(slot.pk) if slot else asked.get("seance", ""), asked.get("q", "")[:100], now=now)
    context |= {"form": form, "once": secrets.token_hex(16), "full": None, **said}
    context["is_part"] = is_part = request.headers.get("HX-Request") == "true"
    return render(request, "events/host/_door.html" if is_part else "events/host/door.html", context, status=200 if is_part else status)


def _people(desk: Desk, asked: str, words: str, *, now: datetime) -> dict[str, Any]:
    found = host_queries.sittings(desk.event, now=now)
    shown = host_queries.chosen(found, asked, now=now)
    if shown is None:
        return {"sittings": [], "sitting": None, "people": [], "waiting": [], "words": words, "more": 0, "is_early": False}
    sitting = host_queries.with_people(shown, host_queries.people(desk.event, [shown.slot.pk]))
    people = host_queries.matching(sitting.seated, words)
    return {
        "sittings": found,
        "sitting": sitting,
        "words": words,
        "people": people[:AT_MOST],
        "more": max(0, len(people) - AT_MOST),
        "waiting": host_queries.matching(sitting.waiting, words),
        "came": _there(sitting),
        "is_early": host_queries.is_early(sitting.slot, now=now),
        "takes_walk_ins": desk.event.mode != Mode.ONLINE and not desk.is_cancelled,
    }


def _there(sitting: Sitting) -> int:
    return sum(row.people for row in (*sitting.seated, *sitting.waiting) if row.came_at)
