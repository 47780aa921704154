"""Changing an order by its address: who comes, fewer places, another day. Each act is shown before it is done, and every act is a POST."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings import change_links, links, seats, tiers
from bookings.change_forms import DateForm, PlacesForm, ReplaceForm
from bookings.models import Booking
from bookings.services import calling_off, cancelling, changing, moving_session
from bookings.services.holding import buyer
from core import clock
from core.refusals import Refused
from core.secret_pages import kept_secret

ACTS = ["GET", "HEAD", "POST"]
# What the link of an order opens before its address is proven: its page, and the button that proves it. The rest leads to that page.
BEFORE_PROOF = ("booking", "prove")


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the order of a secret address; a dead or invented one is told kindly, the same whichever it is."""

    @login_not_required
    @never_cache
    @require_http_methods(ACTS)
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        booking = links.booking_of(token)
        if booking is None:
            response = render(request, "bookings/change/gone.html", status=404)
        elif booking.proven_at is None and view.__name__ not in BEFORE_PROOF:
            response = redirect(links.path_of(booking))
        else:
            response = view(request, booking, *args, **kwargs)
        return kept_secret(response)

    return opened


@by_link
def replace(request: HttpRequest, booking: Booking, seat: int) -> HttpResponse:
    """Somebody else comes."""
    place = next((each for each in seats.of(booking) if each.pk == seat), None)
    if place is None or not place.name:
        raise Http404
    now, form = clock.now(), ReplaceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changing.replace(place, form.person(), by=buyer(booking), now=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "C’est noté. Chaque personne dont nous avons l’adresse est prévenue.")
            return redirect(links.path_of(booking))
    until = changing.replaced_until(booking.session)
    shown = {"form": form, "seat": place, "until": until, "is_open": changing.may_replace(booking, by=None, now=now)}
    return _page(request, booking, "replace.html", shown, form)


@by_link
def cancel(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Give places up: first which ones and what is given back, then the act, on what was read."""
    now = clock.now()
    if not change_links.may_cancel(booking, now=now):
        return _page(request, booking, "closed.html", {"why": cancelling.CLOSED})
    form, foreseen = PlacesForm(request.POST if request.method == "POST" else None, seats=seats.of(booking)), None
    if form.is_valid():
        foreseen = cancelling.foresee(booking, form.chosen(), now=now)
        if "confirm" in request.POST:
            try:
                done = cancelling.cancel(booking, form.chosen(), by=buyer(booking), now=now, seen=_seen(request))
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{done.places}\u00a0: c’est annulé. Une lettre vous le confirme.")
                return redirect(links.path_of(booking))
    effects = cancelling.effects(foreseen) if foreseen else []
    said = tiers.in_words(booking.conditions, booking.session.day) if booking.unit_price else []
    return _page(request, booking, "cancel.html", {"form": form, "foreseen": foreseen, "effects": effects, "tiers": said}, form)


def _seen(request: HttpRequest) -> int:
    """The percentage that was read; anything else is none that could be."""
    typed = request.POST.get("seen", "")
    return int(typed) if typed.isdecimal() and len(typed) <= 3 else -1  # noqa: PLR2004 - « 100 »


@by_link
def move(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The whole order goes to another day."""
    now = clock.now()
    if not change_links.may_move(booking, now=now):
        return _page(request, booking, "closed.html", {"why": "Cette commande ne change plus de date ici\u202f: écrivez-nous."})
    return _other_date(request, booking, lambda day: moving_session.move(booking, day, by=buyer(booking), now=clock.now()))


@by_link
def again(request: HttpRequest, booking: Booking) -> HttpResponse:
    """We called the day off: the same places on another one."""
    if not calling_off.may_take_again(booking, now=clock.now()):
        return _page(request, booking, "closed.html", {"why": "Cette commande ne se reprend pas à une autre date."})
    return _other_date(request, booking, lambda day: calling_off.take_again(booking, day, by=buyer(booking), now=clock.now()))


def _other_date(request: HttpRequest, booking: Booking, act: Callable[[Any], Any]) -> HttpResponse:
    days = moving_session.other_days(booking, now=clock.now())
    form = DateForm(request.POST if request.method == "POST" else None, days=days)
    if form.is_valid():
        try:
            done = act(form.chosen())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"C’est fait\u00a0: {form.chosen().when}. Une lettre vous le confirme.")
            return redirect(links.path_of(done if isinstance(done, Booking) else booking))
    return _page(request, booking, "date.html", {"form": form, "days": days}, form)


def _page(request: HttpRequest, booking: Booking, name: str, shown: dict[str, Any], form: Any = None) -> HttpResponse:
    context = {"booking": booking, "session": booking.session, "back": links.path_of(booking), **shown}
    return render(request, f"bookings/change/{name}", context, status=422 if form is not None and form.errors else 200)
