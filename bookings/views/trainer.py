"""The trainer's one page, by their own link: the group, its needs, the sheet, the material, presences on a phone (domain.md C4)."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bookings import papers, staffing, trainers
from bookings.halves import halves
from bookings.models import TrainerLink
from bookings.services import attending
from bookings.services import papers as drawing
from bookings.staffing import HALVES, SAID, SLUGS
from bookings.states import Half
from core import clock
from core.refusals import Refused
from core.secret_pages import kept_secret
from memberships.services.answering import ByLink


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the day of a trainer's address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        link = trainers.link_of(token, now=clock.now())
        response = view(request, link, *args, **kwargs) if link else render(request, "bookings/trainer/gone.html", status=404)
        return kept_secret(response)

    return opened


@by_link
@require_safe
def trainer(request: HttpRequest, link: TrainerLink) -> HttpResponse:
    """The day and its people, one half-day at a time."""
    now, session = clock.now(), link.session
    lines = staffing.group(session)
    shown = staffing.shown(session, lines, HALVES.get(request.GET.get("demi", ""), ""), now=now)
    terms = getattr(session, "terms", None)
    context = {
        "link": link,
        "token": trainers.secret_of(link),
        "session": session,
        "lines": lines,
        "needs": staffing.needs(lines),
        "material": terms.material if terms else "",
        "shown": shown,
        "tabs": [(day, SLUGS[day.half]) for day in halves(session)],
        "half": SLUGS[shown.day.half],
        "has_begun": staffing.has_begun(session, now=now) and not session.cancelled_at,
    }
    return render(request, "bookings/trainer/day.html", context)


@by_link
@require_POST
def note(request: HttpRequest, link: TrainerLink) -> HttpResponse:
    """One person, one half-day; or everybody nothing was said of. Pressed twice, on two phones, it is done once."""
    half, now = HALVES.get(request.POST.get("demi", "")), clock.now()
    if half is None:
        raise Http404
    by, place = ByLink(f"{link.trainer} (formateur)"), ""
    try:
        if "tous" in request.POST:
            attending.note_all(link.session, half, by=by, now=now)
        else:
            place = _one(request, link, half, by)
    except Refused as refusal:
        messages.error(request, str(refusal))
    address = f"{trainers.path_of(link)}?{urlencode({'demi': SLUGS[half]})}"
    return HttpResponseRedirect(f"{address}#{place or 'presences'}")


def _one(request: HttpRequest, link: TrainerLink, half: Half, by: ByLink) -> str:
    asked, act = request.POST.get("place", ""), request.POST.get("act", "")
    if not asked.isdecimal() or len(asked) > 18 or act not in (*SAID, "effacer"):  # noqa: PLR2004 - what a database counts to
        raise Http404
    seat = get_object_or_404(attending.present_at(link.session).select_related("booking__session"), pk=asked)
    if act in SAID:
        attending.note(seat, half, SAID[act], by=by, now=clock.now())
    else:
        attending.take_back(seat, half, by=by, now=clock.now())
    return f"place-{seat.pk}"


@by_link
@require_safe
def sheet(request: HttpRequest, link: TrainerLink) -> HttpResponse:
    """The attendance sheet, as the group stands."""
    subject = papers.of_day(link.session)
    try:
        row = drawing.to_download(subject, now=clock.now())
    except Refused as refusal:
        return render(request, "bookings/trainer/sheet_refused.html", {"refusal": str(refusal), "link": link}, status=503)
    response = HttpResponse(drawing.read(row), content_type=papers.PDF)
    response["Content-Disposition"] = f'attachment; filename="{subject.file_name}"'
    return response
