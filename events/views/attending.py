"""Coming to an event: the form without account, the proof by mail, then the page of one's registration."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User, normalise
from core import clock
from core.addresses import absolute
from core.caching import is_known
from core.clock import PARIS
from core.refusals import Refused
from core.secret_pages import kept_secret
from core.typography import moment_in_words
from events import attending_emails as emails
from events import attending_links as links
from events import host_queries, rooms, seats
from events.attending_forms import ChangeForm, RegisterForm
from events.models import Event, Registration, TimeSlot
from events.services import attending
from events.services.admitting import TooEarly
from events.states import Access, State
from events.views.by_link import asks_too_often
from memberships import belonging, held_links
from memberships.models import BookingLink
from programmes.views.pages import calendar_answer

TOO_OFTEN = "Beaucoup d’inscriptions sont parties d’ici depuis une heure : réessayez un peu plus tard."
# Asks of one network in an hour: a whole administration types behind one address.
AT_MOST = 200


# --- Register ------------------------------------------------------------------------------------------------------------


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def event_register(request: HttpRequest, season: str, event: str) -> HttpResponse:
    """The form of an event one registers to here; of another, or too late, a page that says so."""
    now = clock.now()
    shown = get_object_or_404(Event.objects.public(now=now).select_related("season"), season__slug=season, slug=event)
    slots = _slots(shown, now=now)
    if shown.state == State.CANCELLED or shown.access != Access.REGISTRATION or not slots:
        return _closed(request, shown)
    person = _person(request)
    initial = {"name": person.get_full_name(), "email": person.email} if person else {}
    data = request.POST if request.method == "POST" else None
    form = RegisterForm(data, event=shown, slots=slots, initial=initial, now=now)
    if form.is_bound and form.is_a_machine:
        return _sent(request, form, form.data.get("email", "")[:254])
    if form.is_valid() and (answer := _register(request, form, person, now=now)):
        return answer
    return _form(request, form, person, now=now)


def _slots(event: Event, *, now: datetime) -> list[TimeSlot]:
    """The sittings that have not begun."""
    rows = rooms.with_rooms(TimeSlot.objects.filter(event=event, starts_at__gt=now), now=now)
    found = list(rows.order_by("starts_at", "pk"))
    for slot in found:
        slot.event = event
    return found


def _closed(request: HttpRequest, event: Event) -> HttpResponse:
    is_here = event.access == Access.REGISTRATION
    context = {"event": event, "season": event.season, "is_here": is_here, "is_cancelled": event.state == State.CANCELLED}
    return render(request, "events/attend/closed.html", context, status=200 if is_here else 404)


def _person(request: HttpRequest) -> User | None:
    user = request.user if is_known(request) else None
    return user if isinstance(user, User) else None


def _form(request: HttpRequest, form: RegisterForm, person: User | None, *, now: datetime) -> HttpResponse:
    event = form.event
    gate = event.members_until if event.members_until and now < event.members_until else None
    kept = event.members_seats_until if event.members_seats and event.members_seats_until and now < event.members_seats_until else None
    slots = [(slot, form.room(slot)) for slot in form.slots.values()]
    context = {
        "form": form, "event": event, "season": event.season, "slots": slots, "person": person, "gate": gate, "kept": kept,
        "mine": _explained(request, person, now=now) if gate or kept else "", **form.fullness(form.slots.values()),
    }  # fmt: skip
    return render(request, "events/attend/register.html", context, status=422 if form.is_bound else 200)


def _explained(request: HttpRequest, person: User | None, *, now: datetime) -> str:
    """Which gate of members applies to a visitor who is known, by their addresses or the booking link they hold (G0)."""
    link = held_links.held(request)
    addresses = person.addresses() if person else []
    return str(belonging.explained(addresses, link, now.astimezone(PARIS).date())) if addresses or link else ""


def _register(request: HttpRequest, form: RegisterForm, person: User | None, *, now: datetime) -> HttpResponse | None:
    """The answer; None when it was refused, and the form says why."""
    email = normalise(form.cleaned_data["email"])
    is_proven = person is not None and email in person.addresses()
    if not is_proven and asks_too_often(request, "inscriptions", most=AT_MOST):
        form.add_error(None, TOO_OFTEN)
        return None
    if not is_proven and emails.has_enough(email, now=now):
        return _sent(request, form, email)
    try:
        rows = _ask(form, is_proven=is_proven, link=held_links.held(request), now=now)
    except TooEarly:
        until = form.event.members_until or now
        page = absolute(reverse("event_register", args=[form.event.season.slug, form.event.slug]))
        emails.post_too_early(form.chosen()[0], email, until=moment_in_words(until, noon=True), page=page, now=now)
        return _sent(request, form, email)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    return redirect(links.path_of(rows[0])) if is_proven else _sent(request, form, email)


@transaction.atomic
def _ask(form: RegisterForm, *, is_proven: bool, link: BookingLink | None, now: datetime) -> list[Registration]:
    """Every sitting chosen, or none."""
    rows = [attending.register(slot, **form.said(), link=link, now=now) for slot in sorted(form.chosen(), key=lambda slot: slot.pk)]
    if is_proven:
        return [attending.confirm(row, now=now) for row in rows]
    attending.ask_proof(rows, now=now)
    return rows


def _sent(request: HttpRequest, form: RegisterForm, email: str) -> HttpResponse:
    """The same page whatever is known of the address; no seat is promised of sittings that were full when they were asked for."""
    asked = form.chosen() if form.is_valid() else form.slots.values()
    context = {"event": form.event, "season": form.event.season, "email": email, **form.fullness(asked)}
    return render(request, "events/attend/sent.html", context)


# --- One's registration ----------------------------------------------------------------------------------------------------


def by_registration(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the registration of a secret address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        row = links.registration_of(token)
        response = view(request, row, *args, **kwargs) if row else render(request, "events/attend/gone.html", status=404)
        return kept_secret(response)

    return opened


@by_registration
@require_safe
def registration(request: HttpRequest, row: Registration) -> HttpResponse:
    """Where it stands; opening it confirms nothing, since scanners open links too."""
    return _page(request, row)


def _page(request: HttpRequest, row: Registration, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now = clock.now()
    context = about(row, now=now) | {
        "rank": attending.rank_of(row) if row.is_waiting else 0,
        "why": seats.is_refused_to(row, now=now) if row.is_waiting else "",
        "others": [other for other in attending.of_same_ask(row) if other != row] if row.confirmed_at is None else [],
        "holds": row.holds_until if row.holds_until and row.holds_until > now else None,
        "online_url": emails.online_url(row),
        "refusal": refusal,
    }
    return render(request, "events/attend/registration.html", context, status=status)


def about(row: Registration, *, now: datetime) -> dict[str, Any]:
    """What every page of a registration shows."""
    event = row.slot.event
    is_over = row.slot.starts_at <= now
    return {
        "row": row, "slot": row.slot, "event": event, "season": event.season, "token": links.secret_of(row), "where": emails.where(row),
        "is_over": is_over, "is_past": host_queries.ends_of(row.slot) <= now, "is_cancelled": event.state == State.CANCELLED,
        "may_act": not is_over and event.state == State.LISTED and row.withdrawn_at is None,
    }  # fmt: skip


@by_registration
@require_POST
def registration_confirm(request: HttpRequest, row: Registration) -> HttpResponse:
    """The proof: every sitting that this address asked for."""
    now = clock.now()
    try:
        attending.confirm_ask(row, now=now)
    except Refused as refusal:
        return _page(request, row, refusal=str(refusal), status=409)
    return redirect(links.path_of(row))


@by_registration
@require_http_methods(["GET", "HEAD", "POST"])
def registration_change(request: HttpRequest, row: Registration) -> HttpResponse:
    now = clock.now()
    shown = about(row, now=now)
    if not shown["may_act"] or row.confirmed_at is None:
        return redirect(links.path_of(row))
    form = ChangeForm(request.POST if request.method == "POST" else None, registration=row, slots=_slots(row.slot.event, now=now), now=now)
    if form.is_valid():
        try:
            attending.change(row, **form.said(), now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est enregistré.")
            return redirect(links.path_of(row))
    return render(request, "events/attend/change.html", shown | {"form": form}, status=422 if form.is_bound else 200)


@by_registration
@require_http_methods(["GET", "HEAD", "POST"])
def registration_withdraw(request: HttpRequest, row: Registration) -> HttpResponse:
    now = clock.now()
    if request.method != "POST":
        shown = about(row, now=now)
        return render(request, "events/attend/withdraw.html", shown) if shown["may_act"] else redirect(links.path_of(row))
    try:
        attending.withdraw(row, now=now)
    except Refused as refusal:
        return _page(request, row, refusal=str(refusal), status=409)
    return redirect(links.path_of(row))


@by_registration
@require_safe
def registration_ics(request: HttpRequest, row: Registration) -> HttpResponse:
    """« Ajouter à mon agenda »: of who has a seat, or of an event called off."""
    if not (row.is_seated or row.slot.event.state == State.CANCELLED):
        raise Http404
    return calendar_answer("inscription.ics", emails.calendar_of(row))
