"""The page of a proposal, for life: where it stands, the thread with the coordination, who organises, cancel, erase."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.refusals import Refused
from events import organisers, pictures
from events.models import Event, Organiser, Season
from events.proposal_forms import CancelForm, ColleagueForm, MessageForm
from events.services import changing, moderating, teaming, writing
from events.services import proposing as services
from events.states import State
from events.views.by_link import by_link
from events.views.proposing import about

CANCELLABLE = frozenset({State.PROPOSED, State.CHANGES_REQUESTED, State.LISTED})


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """Where it stands; POST is a message to the coordination."""
    if request.method != "POST":
        return _page(request, organiser, MessageForm())
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            moderating.write_to_coordination(organiser, form.cleaned_data["words"], now=clock.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Votre message est parti.")
            return redirect("proposal", organisers.secret_of(organiser))
    return _page(request, organiser, form, status=422)


def _page(request: HttpRequest, organiser: Organiser, form: MessageForm, *, status: int = 200) -> HttpResponse:
    now, event = clock.now(), organiser.event
    seasons = Season.objects.taking_proposals(now=now).exclude(pk=event.season_id).order_by("starts_on", "pk")
    context = about(organiser) | {
        "form": form,
        "thread": list(event.steps.filter(is_told=True).order_by("-at", "-pk")),
        "tools": [link for tools in organisers.TOOLS for link in tools(organiser, now)],
        "seasons": list(seasons) if event.proposed_at else [],
        "has_picture": event.proposed_at is not None and pictures.shown(event) is not None,
        "may_cancel": event.state in CANCELLABLE,
        "may_write": event.state != State.CANCELLED,
        "has_unsent": bool(event.typed) and event.state != State.DRAFT,
        "team": list(event.organisers.order_by("-is_lead", "pk")),
    }
    return render(request, "events/propose/proposal.html", context, status=status)


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """Add a colleague, hand over; or leave, when somebody stays."""
    if request.method == "POST" and request.POST.get("act") == "leave":
        return _leave(request, organiser)
    form = ColleagueForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            teaming.add(organiser, **form.cleaned_data, now=clock.now())
        except Refused as refusal:
            form.add_error("email", str(refusal))
        else:
            return _added(request, organiser, form.cleaned_data)
    context = about(organiser) | {"form": form, "team": list(organiser.event.organisers.order_by("-is_lead", "pk"))}
    return render(request, "events/propose/team.html", context, status=422 if form.is_bound else 200)


def _added(request: HttpRequest, organiser: Organiser, said: dict[str, Any]) -> HttpResponse:
    if said["hands_over"]:
        return render(request, "events/propose/gone.html", {"handed_to": said["email"]})
    messages.success(request, f"Le lien de {said['email']} vient de partir.")
    return redirect("proposal_team", organisers.secret_of(organiser))


def _leave(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    try:
        teaming.leave(organiser, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("proposal_team", organisers.secret_of(organiser))
    return render(request, "events/propose/gone.html", {"left": True})


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """Call the event off, after a page that asks."""
    if organiser.event.state not in CANCELLABLE:
        return redirect("proposal", organisers.secret_of(organiser))
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changing.cancel(organiser.event, form.cleaned_data["words"], by=writing.by_link(organiser), now=clock.now())
        except Refused:
            messages.info(request, "L’événement n’est plus à annuler : voyez où il en est.")
        else:
            messages.success(request, "L’événement est annulé.")
        return redirect("proposal", organisers.secret_of(organiser))
    return render(request, "events/propose/cancel.html", about(organiser) | {"form": form}, status=422 if form.is_bound else 200)


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """Erase a draft, after a page that asks."""
    if organiser.event.state != State.DRAFT:
        return redirect("proposal", organisers.secret_of(organiser))
    if request.method == "POST":
        try:
            services.erase(organiser)
        except Event.DoesNotExist:
            # Erased by the first of two clicks: it is done.
            return redirect("events")
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("proposal", organisers.secret_of(organiser))
        messages.success(request, "Votre brouillon est effacé.")
        return redirect("events")
    return render(request, "events/propose/erase.html", about(organiser))


@by_link
@require_POST
def drop(request: HttpRequest, organiser: Organiser) -> HttpResponse:
    """Forget what was typed since, and not sent."""
    try:
        services.drop_changes(organiser)
    except Event.DoesNotExist:
        return render(request, "events/propose/gone.html", status=404)
    messages.success(request, "Ce qui n’était pas envoyé est oublié.")
    return redirect("proposal", organisers.secret_of(organiser))
