"""The communication kit, by the organiser's link: a page with its texts, and its files. Nothing before the event is listed."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core import clock
from events import kit_texts, organisers, posters
from events.models import Event, Organiser
from events.services import kits
from events.views.by_link import by_link
from events.views.proposing import about

FILES = ("affiche.pdf", "code-qr.png", "code-qr.svg", "textes.txt", "kit.zip")


@by_link
@require_safe
def kit(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    event = _listed(organiser)
    if event is None:
        return redirect("proposal", organisers.secret_of(organiser))
    context = {"texts": kit_texts.texts_of(event), "is_invited": event.access == "INVITATION", "is_behind": kits.is_behind(event)}
    return render(request, "events/kit/kit.html", about(organiser) | context)


@by_link
@require_safe
def kit_file(request: HttpRequest, organiser: Organiser, name: str) -> HttpResponse | FileResponse:
    event = _listed(organiser)
    if event is None or name not in FILES:
        raise Http404
    if name == "kit.zip":
        return FileResponse(kits.archive(event, now=clock.now()), as_attachment=True, filename=f"{event.season.slug}-{event.slug}-kit.zip")
    if name == "affiche.pdf":
        return _poster(request, organiser, event)
    made, content_type = {
        "code-qr.png": (posters.qr_picture, "image/png"),
        "code-qr.svg": (posters.qr_drawing, "image/svg+xml"),
        "textes.txt": (_texts, "text/plain; charset=utf-8"),
    }[name]
    return _attached(made(event), content_type, f"{event.season.slug}-{event.slug}-{name}")


def _listed(organiser: Organiser) -> Event | None:
    return kits.listed(now=clock.now()).filter(pk=organiser.event_id).first()


def _texts(event: Event) -> bytes:
    return ("\ufeff" + kit_texts.in_a_file(event)).encode()


def _poster(request: HttpRequest, organiser: Organiser, event: Event) -> HttpResponse:
    try:
        content = kits.poster_of(event, now=clock.now())
    except kits.NotReady as refusal:
        answer = render(request, "events/kit/away.html", about(organiser) | {"refusal": str(refusal)}, status=503)
        answer.headers["Retry-After"] = "60"
        return answer
    return _attached(content, "application/pdf", posters.file_name(event))


def _attached(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
