"""Invitations: the guests of an event at its desk; and the page where somebody answers the invitation they hold."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import clock
from core.addresses import absolute
from core.refusals import Refused
from core.secret_pages import kept_secret
from core.typography import moment_in_words
from events import attending_links, guest_lists, invitations
from events.host_forms import CodeForm, EnterCodeForm, GuestsForm, ReplyForm
from events.models import Invitation
from events.services import inviting
from events.services.inviting import Reply
from events.views.by_link import asked_too_often, asks_too_often
from events.views.desk import Desk, at_desk, confirmation
from events.views.hosting import PER_PAGE, about
from events.views.proposing import number
from events.views.shared import page_of
from mailing import batches

TOO_OFTEN = "Beaucoup de réponses sont parties d’ici depuis une heure : réessayez un peu plus tard."
TRIED_TOO_OFTEN = "Beaucoup de codes inconnus ont été tapés d’ici depuis une heure : réessayez un peu plus tard."
UNKNOWN = "Nous ne connaissons pas ce code : vérifiez chaque signe."
# Of one network in an hour, a whole administration behind one address: codes nobody knows, and replies by a code.
MOST_TRIES, MOST_REPLIES = 200, 300


# --- At the desk -----------------------------------------------------------------------------------------------------


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def guests(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who is invited and what became of it; POST invites, makes a code, takes back."""
    if not desk.is_by_invitation:
        raise Http404
    if request.method == "POST":
        return ACTS.get(request.POST.get("act", ""), _unknown)(request, desk)
    return _page(request, desk)


def _unknown(request: HttpRequest, desk: Desk) -> HttpResponse:
    raise Http404


def _invite(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Read the list over, line by line; then send to those that were shown."""
    form, act = GuestsForm(request.POST), request.POST.get("act")
    if not form.is_valid() or act == "edit":
        return _page(request, desk, guests=form, status=422 if form.errors else 200)
    now, companions = clock.now(), form.cleaned_data["companions"]
    read = guest_lists.read(form.cleaned_data["guests"], inviting.invited(desk.event))
    try:
        inviting.refuse_unless_it_invites(desk.event, now=now)
        if act != "send" or str(len(read.found)) != request.POST.get("count"):
            return _page(request, desk, guests=form, read=read, token=secrets.token_hex(16))
        token = confirmation(request.POST.get("token"))
        batch = inviting.invite(
            desk.event, read.found, companions=companions, by=desk.by, reply_to=desk.author.reply_to, token=token, now=now
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, desk, guests=form, status=422)
    messages.success(request, f"Les invitations partent le {moment_in_words(batch.due_at)}. D’ici là, vous pouvez annuler.")
    return redirect("host_guests", desk.key)


def _give_code(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = CodeForm(request.POST, prefix="code")
    if form.is_valid():
        try:
            inviting.give_code(desk.event, **form.cleaned_data, by=desk.by, now=clock.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Le code est prêt : il est dans la liste, à donner vous-même.")
            return redirect("host_guests", desk.key)
    return _page(request, desk, code=form, status=422)


def _revoke(request: HttpRequest, desk: Desk) -> HttpResponse:
    row = get_object_or_404(desk.event.invitations, pk=number(request.POST.get("invitation")) or 0)
    inviting.revoke(row, by=desk.by, now=clock.now())
    messages.success(request, "L’invitation est reprise : elle n’ouvre plus rien. Qui s’était inscrit le reste.")
    return redirect("host_guests", desk.key)


def _undo(request: HttpRequest, desk: Desk) -> HttpResponse:
    row = get_object_or_404(inviting.sent(desk.event), pk=number(request.POST.get("batch")) or 0)
    try:
        done = batches.undo(row, by=desk.by, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"C’est annulé : {done.told}")
    return redirect("host_guests", desk.key)


ACTS = {"read": _invite, "send": _invite, "edit": _invite, "code": _give_code, "revoke": _revoke, "undo": _undo}


def _page(request: HttpRequest, desk: Desk, *, status: int = 200, **said: Any) -> HttpResponse:
    now = clock.now()
    rows = Paginator(inviting.guests_of(desk.event), PER_PAGE).get_page(page_of(request))
    form, code = said.pop("guests", None) or GuestsForm(), said.pop("code", None) or CodeForm(prefix="code")
    context = about(desk, now=now) | {
        "form": code if code.is_bound else form,
        "guests": form,
        "code": code,
        "page": rows,
        "lines": [(row, "" if row.is_personal else invitations.code_of(row), list(row.registrations.all())) for row in rows],
        "undoable": [row for row in inviting.sent(desk.event)[:5] if row.can_be_undone(now=now)],
        "counts": inviting.counts(desk.event),
        "read": None,
        "code_address": absolute(reverse("invitation_code")),
        "invites": not inviting.why_not(desk.event, now=now),
        **said,
    }
    return render(request, "events/host/guests.html", context, status=status)


# --- Somebody who is invited ---------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Where a code is typed that was read aloud or printed."""
    form = EnterCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if asked_too_often(request, "codes", most=MOST_TRIES):
            form.add_error(None, TRIED_TOO_OFTEN)
        elif found := invitations.invitation_of(form.cleaned_data["code"]):
            return redirect("invitation", invitations.secret_of(found))
        else:
            asks_too_often(request, "codes", most=MOST_TRIES)
            form.add_error("code", UNKNOWN)
    context = {"form": form}
    return kept_secret(render(request, "events/invitation/code.html", context, status=422 if form.is_bound else 200))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The event, and the answer. Opened, it changes nothing; a used, forwarded or taken back link says so."""
    found = invitations.invitation_of(token)
    if found is None:
        return kept_secret(render(request, "events/invitation/closed.html", {"why": ""}, status=404))
    why = inviting.obstacle(found, now=clock.now())
    if why:
        return kept_secret(_closed(request, found, why, status=409 if request.method == "POST" else 200))
    return kept_secret(_reply(request, found, token) if request.method == "POST" else _invited(request, found, token))


def _form(request: HttpRequest, found: Invitation) -> ReplyForm:
    slots = inviting.to_come(found.event, now=clock.now())
    return ReplyForm(request.POST if request.method == "POST" else None, invitation=found, slots=slots)


def _invited(request: HttpRequest, found: Invitation, token: str, form: ReplyForm | None = None, *, status: int = 200) -> HttpResponse:
    event = found.event
    context = {
        "form": form or _form(request, found),
        "invitation": found,
        "event": event,
        "season": event.season,
        "slots": inviting.to_come(event, now=clock.now()),
        "token": token,
    }
    return render(request, "events/invitation/reply.html", context, status=status)


def _reply(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    form = _form(request, found)
    if not form.is_valid():
        return _invited(request, found, token, form, status=422)
    try:
        # A personal invitation writes to its own address, once: only a code may be used to write to anybody.
        if not found.is_personal and asks_too_often(request, "réponses", most=MOST_REPLIES):
            raise Refused(TOO_OFTEN)
        row = inviting.accept(found, form.chosen(), Reply(**form.reply()), now=clock.now())
    except Refused as refusal:
        fresh = Invitation.objects.select_related("event__season").get(pk=found.pk)
        if why := inviting.obstacle(fresh, now=clock.now()):
            return _closed(request, fresh, why, status=409)
        form.add_error(None, str(refusal))
        return _invited(request, found, token, form, status=422)
    if found.is_personal:
        messages.success(
            request, "Votre réponse est enregistrée." if row.is_seated else "C’est complet : vous êtes sur la liste d’attente."
        )
        return redirect(attending_links.path_of(row))
    return render(request, "events/invitation/sent.html", {"event": found.event, "season": found.event.season, "email": row.email})


def _closed(request: HttpRequest, found: Invitation, why: str, *, status: int) -> HttpResponse:
    context = {"why": why, "event": found.event, "season": found.event.season, "is_used": why == inviting.USED}
    return render(request, "events/invitation/closed.html", context, status=status)
