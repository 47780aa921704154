"""The picture of an event: where it is read, and what the third screen of a proposal does of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core import clock
from core.caching import public_page
from core.refusals import Refused
from events import pictures
from events.models import Event, EventPicture, Organiser
from events.picture_forms import PictureForm
from events.services import picturing
from events.states import State
from events.views.by_link import by_link
from programmes.views.shared import visitor_of


@require_safe
@login_not_required
@public_page
def event_picture(request: HttpRequest, season: str, event: str, size: str) -> HttpResponse:
    """For who may read the page of the event; for anybody else, there is none."""
    rows = EventPicture.objects.filter(event__season__slug=season, event__slug=event).exclude(alt="")
    row = rows.filter(event__in=Event.objects.public(now=clock.now()).values("pk")).first()
    if row:
        answer = _answer(row, size)
        # Pages of other sites show it, as they read it in our data.
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer
    visitor = visitor_of(request)
    mine = rows.filter(event__in=Event.objects.visible_to(visitor).values("pk")) if visitor.is_authenticated else rows.none()
    return _answer(mine.first(), size)


@by_link
@require_safe
def proposal_picture(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """For its organiser, at once."""
    return _answer(get_object_or_404(EventPicture, event=organiser.event_id), "petite")


def _answer(row: EventPicture | None, size: str) -> HttpResponse:
    content = pictures.read(row, size) if row and size in pictures.SIZES else None
    if content is None:
        raise Http404
    return HttpResponse(content, content_type=pictures.CONTENT_TYPE, headers={"X-Content-Type-Options": "nosniff"})


def keep(request: HttpRequest, organiser: Organiser) -> PictureForm:
    """Keep what was sent of the picture: the file when it is right, its words when they are; say what is done."""
    if "picture_alt" not in request.POST:
        return PictureForm(event=organiser.event)
    form = PictureForm(request.POST, request.FILES, event=organiser.event)
    if form.is_valid() or form.drawn:
        try:
            done = _remove(organiser) if form.removes else _give(organiser, form)
        except Refused as refusal:
            form.add_error("picture", str(refusal))
        else:
            if done:
                messages.success(request, done)
    return form


def _remove(organiser: Organiser) -> str:
    picturing.remove(organiser, now=clock.now())
    return "L’image est retirée."


def _give(organiser: Organiser, form: PictureForm) -> str:
    said = {name: form.cleaned_data.get(f"picture_{name}", "") for name in ("alt", "credit")}
    before = form.there and (form.there.alt, form.there.credit)
    row = picturing.give(organiser, form.drawn, **said, now=clock.now())
    if row is None or (form.drawn is None and before == (row.alt, row.credit)):
        return ""
    form.fields["picture"].label = "Remplacer l’image"
    return "L’image est visible dès maintenant." if row.alt and organiser.event.state == State.LISTED else "L’image est gardée."
