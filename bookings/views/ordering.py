"""Ordering: the form, read over, sent. Without account, a letter proves the address; signed in with it, the order is made at once."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User, normalise
from bookings import emails, links, openings, prices, seats, services
from bookings.forms import OrderForm, SendForm
from bookings.models import SaleConditions
from bookings.openings import Opening, Phase
from bookings.review import copy_of, typed_again
from bookings.services import TooEarly
from core import clock
from core.caching import is_known
from core.clock import PARIS
from core.refusals import Refused
from memberships import held_links
from memberships.belonging import Belongs, member_of
from memberships.models import BookingLink
from programmes.models import TrainingSession

TOO_OFTEN = "Beaucoup de commandes sont parties d’ici depuis une heure : réessayez un peu plus tard."
CHANGED = "Le prix ou les conditions de vente ont changé pendant que vous tapiez : relisez, puis envoyez."
# Orders of one network in an hour: a whole administration types behind one address.
AT_MOST, HOUR = 120, 3600
NOBODY = "personne"


@dataclass(frozen=True)
class Door:
    """Who orders, what, and on what terms."""

    session: TrainingSession
    opening: Opening
    person: User | None
    link: BookingLink | None
    now: datetime
    known: dict[str, Belongs | None] = field(default_factory=dict)

    @cached_property
    def proven(self) -> set[str]:
        return set(self.person.addresses()) if self.person else set()

    @cached_property
    def conditions(self) -> SaleConditions | None:
        return openings.conditions(now=self.now)

    @cached_property
    def standing(self) -> seats.Standing:
        return seats.standing(self.session, now=self.now)

    def belongs(self, email: str = "") -> Belongs | None:
        """Of which member, as far as the screen may say it: proven addresses, the link held, and the domain of the address typed."""
        if email not in self.known:
            self.known[email] = self._belongs(email)
        return self.known[email]

    def _belongs(self, email: str) -> Belongs | None:
        if not openings.gates_matter(self.session, self.opening):
            return None
        shown = {f"{NOBODY}@{normalise(email).rpartition('@')[2]}"} if email else set()
        return member_of({*self.proven, *shown}, self.now.astimezone(PARIS).date(), link=self.link)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, programme: str, session: str) -> HttpResponse:
    """The form of a day that is sold here; of another, or too early, or too late, a page that says so."""
    door = _door(request, programme, session)
    if not door.opening.takes_orders:
        return _closed(request, door)
    if request.method != "POST":
        return _form(request, door, _blank(door))
    if door.conditions is None:
        return _closed(request, door)
    form = OrderForm(request.POST, session=door.session, on=door.now.astimezone(PARIS).date())
    if form.is_a_machine:
        return _sent(request, door, form.data.get("email", "")[:254])
    if "back" in request.POST or not form.is_valid():
        return _form(request, door, form, status=200 if "back" in request.POST else 422)
    return _send(request, door, form, door.conditions) if "send" in request.POST else _review(request, door, form)


def _door(request: HttpRequest, programme: str, session: str) -> Door:
    now = clock.now()
    rows = TrainingSession.objects.public(now=now).select_related("programme", "venue", "terms__tax_profile")
    shown = get_object_or_404(rows, programme__slug=programme, slug=session)
    user = request.user if is_known(request) else None
    opening = openings.of(shown, now=now)
    return Door(shown, opening, user if isinstance(user, User) else None, held_links.held(request), now)


def _blank(door: Door) -> OrderForm:
    person = door.person
    initial = {"name": person.get_full_name(), "email": person.email} if person else {}
    return OrderForm(session=door.session, on=door.now.astimezone(PARIS).date(), initial=initial)


def _closed(request: HttpRequest, door: Door) -> HttpResponse:
    context = {"session": door.session, "opening": door.opening, "belongs": door.belongs() if door.opening.phase == Phase.SOON else None}
    return render(request, "bookings/order/closed.html", context)


def _form(request: HttpRequest, door: Door, form: OrderForm, *, status: int = 200) -> HttpResponse:
    context = _about(door) | {"form": form, "is_back": form.is_bound and status == 200}  # noqa: PLR2004
    # Once it is open to all, the price of a member is told when the address is known: nothing is asked before.
    context["belongs"] = None if door.opening.phase == Phase.OPEN else door.belongs()
    return render(request, "bookings/order/form.html", context, status=status)


def _about(door: Door) -> dict[str, Any]:
    terms = openings.terms_of(door.session)
    return {
        "session": door.session, "opening": door.opening, "person": door.person, "link": door.link, "terms": terms,
        "standing": door.standing, "price": prices.in_words(door.session, door.session.price, 1),
        "members_price": prices.in_words(door.session, terms.member_price, 1) if terms and terms.member_price is not None else "",
    }  # fmt: skip


# --- Read over, send -------------------------------------------------------------------------------------------------------


def _review(
    request: HttpRequest, door: Door, form: OrderForm, sending: SendForm | None = None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """What will be ordered, at what price, and whether there are places; nothing is kept yet."""
    standing, ask = door.standing, form.ask()
    belongs = door.belongs(ask.email)
    price = prices.price_for(door.session, belongs)
    context = {
        "session": door.session, "opening": door.opening, "form": form, "ask": ask, "belongs": belongs,
        "unit": price.unit, "unit_sent": str(price.unit), "total": prices.parts(door.session, price.unit, ask.places),
        "each": prices.in_words(door.session, price.unit, 1),
        "copy": copy_of(ask, form.body, is_free=not door.session.price),
        "typed": typed_again(form), "conditions": door.conditions, "person": door.person,
        "standing": standing, "has_places": standing.has(ask.places), "refusal": refusal,
        "for_left": prices.in_words(door.session, price.unit, standing.left),
        "left_out": ", ".join(who.name or who.email for who in ask.people[_short(standing, ask.places) :]),
        "sending": sending or SendForm(left=_short(standing, ask.places), places=_waited_for(standing, ask.places)),
        "is_recognised": belongs is not None or door.opening.phase == Phase.OPEN, "needs": form.body,
    }  # fmt: skip
    return render(request, "bookings/order/review.html", context, status=status)


def _short(standing: seats.Standing, places: int) -> int:
    """What is left when it is fewer than asked and nobody waits for it."""
    return standing.left if not standing.waits and 0 < standing.left < places else 0


def _waited_for(standing: seats.Standing, places: int) -> int:
    """How many would be waited for: of places that are there, nobody asks whether fewer would do."""
    return 1 if standing.has(places) else places


def _send(request: HttpRequest, door: Door, form: OrderForm, conditions: SaleConditions) -> HttpResponse:
    ask = form.ask()
    left = _short(door.standing, ask.places)
    sending = SendForm(request.POST, left=left, places=_waited_for(door.standing, ask.places))
    if not sending.is_valid():
        return _review(request, door, form, sending, status=422)
    seen = prices.price_for(door.session, door.belongs(ask.email)).unit
    if (request.POST.get("unit"), request.POST.get("version")) != (str(seen), str(conditions.version)):
        return _review(request, door, form, refusal=CHANGED, status=409)
    email = normalise(ask.email)
    is_proven = email in door.proven
    if not is_proven and asks_too_often(request):
        return _review(request, door, form, sending, refusal=TOO_OFTEN, status=429)
    if not is_proven and emails.has_enough(email, now=door.now):
        return _sent(request, door, email)
    return _ordered(request, door, form, sending, conditions)


def _ordered(request: HttpRequest, door: Door, form: OrderForm, sending: SendForm, conditions: SaleConditions) -> HttpResponse:
    takes_left, takes_fewer = sending.said()
    ask = form.ask(takes_left=takes_left, takes_fewer=takes_fewer)
    is_proven = normalise(ask.email) in door.proven
    # Proven, all that is known of the address was asked for the page; else the letter may know more than the screen says.
    more: dict[str, Any] = {"is_of": door.belongs(ask.email)} if is_proven else {}
    try:
        row = services.order(
            door.session, ask, conditions=conditions, now=door.now, proven=door.proven, link=door.link, standing=door.standing, **more
        )
    except TooEarly as early:
        if is_proven:
            return _review(request, door, form, sending, refusal=str(early), status=409)
        emails.post_too_early(door.session, normalise(ask.email), opening=str(early), now=door.now)
        return _sent(request, door, ask.email)
    except Refused as refusal:
        return _review(request, door, form, sending, refusal=str(refusal), status=409)
    return redirect(links.path_of(row)) if is_proven else _sent(request, door, ask.email)


def _sent(request: HttpRequest, door: Door, email: str) -> HttpResponse:
    """The same page whatever is known of the address."""
    return render(request, "bookings/order/sent.html", {"session": door.session, "email": email})


def asks_too_often(request: HttpRequest) -> bool:
    """Count a network's orders of this hour; a cache that fails counts nothing and refuses nobody."""
    key = f"commandes:{truncate_ip(get_client_ip(request) or '')}"
    if cache.add(key, 1, HOUR):
        return False
    try:
        return cache.incr(key) > AT_MOST
    except ValueError:  # it ended between the two
        return False
