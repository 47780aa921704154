"""Writing to those who registered: typed, read over with the exact count, sent once, taken back for ten minutes."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.refusals import Refused
from core.typography import moment_in_words
from events import host_queries
from events.host_forms import MessageForm, ThanksForm
from events.services import host_writing
from events.views.desk import Desk, at_desk, confirmation
from events.views.hosting import about
from events.views.proposing import number


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, desk: Desk) -> HttpResponse:
    if request.method != "POST":
        try:
            host_writing.refuse_cancelled(desk.event)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(desk.home)
    slots = [sitting.slot for sitting in host_queries.sittings(desk.event, now=clock.now())]
    initial = {"slot": request.GET.get("seance", "") or (slots[0].pk if slots else "")}
    form = MessageForm(request.POST if request.method == "POST" else None, slots=slots, initial=initial)
    return _answer(request, desk, form, thanks=False)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def thanks(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Once, when everything is over."""
    try:
        host_writing.refuse_unless_thanks(desk.event, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(desk.home)
    return _answer(request, desk, ThanksForm(request.POST if request.method == "POST" else None), thanks=True)


def _answer(request: HttpRequest, desk: Desk, form: MessageForm | ThanksForm, *, thanks: bool) -> HttpResponse:
    """Typed, then read over, then sent; « Corriger » comes back to what was typed."""
    if not form.is_bound:
        return _page(request, desk, form, thanks=thanks)
    act = request.POST.get("act", "")
    if not form.is_valid() or act == "edit":
        return _page(request, desk, form, thanks=thanks, status=422 if form.errors else 200)
    try:
        if act == "send":
            return _send(request, desk, form, thanks=thanks)
        return _preview(request, desk, form, thanks=thanks)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, desk, form, thanks=thanks, status=422)


def _preview(request: HttpRequest, desk: Desk, form: MessageForm | ThanksForm, *, thanks: bool) -> HttpResponse:
    said = host_writing.preview(desk.event, form.written(), author=desk.author, thanks=thanks, now=clock.now())
    return _page(request, desk, form, thanks=thanks, preview=said, token=secrets.token_hex(16))


def _send(request: HttpRequest, desk: Desk, form: MessageForm | ThanksForm, *, thanks: bool) -> HttpResponse:
    token, count = confirmation(request.POST.get("token")), number(request.POST.get("count")) or 0
    said: dict[str, Any] = {"author": desk.author, "thanks": thanks, "now": clock.now()}
    batch = host_writing.send(desk.event, form.written(), count=count, token=token, **said)
    messages.success(request, f"Vos lettres partent le {moment_in_words(batch.due_at)}. D’ici là, vous pouvez annuler.")
    return redirect(f"{desk.home}#envois")


def _page(request: HttpRequest, desk: Desk, form: Any, *, thanks: bool, status: int = 200, **said: Any) -> HttpResponse:
    context = about(desk, now=clock.now()) | {"form": form, "thanks": thanks, "preview": None, "author": desk.author, **said}
    return render(request, "events/host/message.html", context, status=status)


@at_desk
@require_POST
def undo(request: HttpRequest, desk: Desk, batch: int) -> HttpResponse:
    """Take back what has not left."""
    row = get_object_or_404(host_writing.sent(desk.event), pk=batch)
    try:
        count = host_writing.undo(row, by=desk.by, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"C’est annulé : {count} lettre{'s' if count > 1 else ''} ne partir{'ont' if count > 1 else 'a'} pas.")
    return redirect(f"{desk.home}#envois")
