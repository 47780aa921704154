"""The page of an order, by its secret address: where it stands, and what may be done now. Every act is a POST."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from billing.models import Invoice
from billing.services import cards
from bookings import change_links, letter_words, links, openings, paper_links, parts, seats, services
from bookings.models import Booking, Seat
from bookings.order_forms import AgreementForm, PersonForm, ReferenceForm
from bookings.services import firming, holding, invoicing, naming, offering, paying
from bookings.states import LIVING, Payer, State
from bookings.views.changing import by_link
from core import clock
from core.refusals import Refused

MADE_FIRM = "C’est fait : votre commande est ferme. Une lettre vous le confirme."
NOTED = "C’est noté."


@by_link
@require_safe
def booking(request: HttpRequest, row: Booking) -> HttpResponse:
    """Where it stands; opening it changes nothing, since scanners open links too."""
    return _page(request, row)


def _page(request: HttpRequest, row: Booking, *, refusal: str = "", **forms: Any) -> HttpResponse:
    now = clock.now()
    prefetch_related_objects([row], "seats")
    living = seats.of(row)
    context = {
        **_state(row, living, now=now),
        **_acts(row, living, forms, now=now),
        "booking": row, "session": row.session, "token": links.secret_of(row), "seats": living, "refusal": refusal,
        "comes": letter_words.what_comes(row),
        "total": letter_words.price_of(row, len(living)) if living else "", "count": letter_words.places(len(living)),
        "papers": [link for give in parts.PAPERS for link in give(row, now)],
        "paperwork": paper_links.on_page(row, now),
        "changes": change_links.acts_of(row, now=now), "steps": row.steps.exclude(to_state="").order_by("-at", "-pk"),
    }  # fmt: skip
    is_refused = bool(refusal) or any(form.errors for form in forms.values() if not isinstance(form, list))
    is_refused |= any(form.errors for form in forms.get("people", []))
    return render(request, "bookings/order/booking.html", context | {"is_refused": is_refused}, status=422 if is_refused else 200)


def _state(row: Booking, living: list[Seat], *, now: datetime) -> dict[str, Any]:
    """As the clock says it, whatever the row still says."""
    is_held = row.state == State.HELD and row.counts_at(now)
    offer = offering.open_offer(row, now=now) if row.state == State.WAITING else None
    return {
        "is_unproven": row.proven_at is None,
        "is_held": is_held,
        "is_lapsed": row.state == State.LAPSED or (row.state == State.HELD and not is_held),
        "is_over": now.timestamp() >= row.session.starts.timestamp(),
        "offer": offer,
        "is_partial": offer is not None and offer.places < len(living),
        "left_out": ", ".join(offering.left_out(row, offer.places)) if offer else "",
        "rank": offering.rank_of(row),
        "why": offering.why_not(row, now=now),
        "pays_before": holding.pays_before(row),
        "is_paid_late": firming.is_paid_late(row),
        "left": invoicing.left_of(row) if row.state == State.CANCELLED else None,
        "names_due": terms.names_due_on if (terms := openings.terms_of(row.session)) else None,
    }


def _acts(row: Booking, living: list[Seat], forms: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """The forms that make sense now; those given were just refused."""
    is_on = row.proven_at is not None and row.session.cancelled_at is None
    is_public = row.payer == Payer.PUBLIC and bool(row.unit_price)
    may_refer = is_on and is_public and row.state in (State.HELD, State.WAITING, State.LAPSED)
    may_name = is_on and row.state in LIVING and (row.state != State.HELD or row.counts_at(now))
    return {
        "reference_form": forms.get("reference") or (ReferenceForm(booking=row) if may_refer else None),
        "agreement_form": forms.get("agreement") or (AgreementForm() if may_refer and row.state != State.WAITING else None),
        "people": forms.get("people") or _people(row, living, now=now) if may_name else [],
        "to_pay": paying.to_pay(row, now=now),
        "by_card": paying.is_card_offered(),
        "may_extend": paying.may_extend(row, now=now),
        "may_withdraw": is_on and row.state in (State.HELD, State.WAITING),
    }


def _people(row: Booking, living: list[Seat], *, now: datetime, data: Any = None) -> list[PersonForm]:
    return [PersonForm(data, seat=seat) for seat in living if naming.may_name(row, seat, now=now)]


# --- Acts ----------------------------------------------------------------------------------------------------------------


def _act(request: HttpRequest, row: Booking, act: Callable[[], Booking | None], said: str) -> HttpResponse:
    """Do one thing; the page says what was done, or why not."""
    try:
        after = act()
    except Refused as refusal:
        return _page(request, holding.fresh(row), refusal=str(refusal))
    if said and (after is None or after.state != State.WAITING or row.state == State.WAITING):
        messages.success(request, said)
    return redirect(links.path_of(row))


@by_link
@require_POST
def prove(request: HttpRequest, row: Booking) -> HttpResponse:
    return _act(request, row, lambda: services.prove(row, now=clock.now()), "")


@by_link
@require_POST
def reference(request: HttpRequest, row: Booking) -> HttpResponse:
    """The order number: firm at once."""
    form = ReferenceForm(request.POST, booking=row)
    if not form.is_valid():
        return _page(request, row, reference=form)
    said = NOTED if row.state == State.WAITING else MADE_FIRM
    return _act(request, row, lambda: services.give_reference(row, **form.cleaned_data, by=holding.buyer(row), now=clock.now()), said)


@by_link
@require_POST
def agreement(request: HttpRequest, row: Booking) -> HttpResponse:
    """The signed agreement: looked at, kept, firm at once."""
    if row.payer != Payer.PUBLIC:
        return _page(request, row, refusal=firming.PAYS_BEFORE)
    form = AgreementForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            after = firming.sign(row, form.cleaned_data["file"], by=holding.buyer(row), now=clock.now())
        except (Refused, ValidationError) as refusal:
            form.add_error("file", refusal.messages if isinstance(refusal, ValidationError) else str(refusal))
        else:
            messages.success(request, MADE_FIRM if after.state == State.FIRM else "La convention est gardée.")
            return redirect(links.path_of(row))
    return _page(request, holding.fresh(row), agreement=form)


@by_link
@require_POST
def people(request: HttpRequest, row: Booking) -> HttpResponse:
    """Who comes."""
    now = clock.now()
    forms = _people(row, seats.of(row), now=now, data=request.POST)
    if not all([form.is_valid() for form in forms]):
        return _page(request, row, people=forms)
    said = {form.seat.pk: form.person() for form in forms}
    try:
        changed = naming.name_seats(row, said, by=holding.buyer(row), now=now)
    except Refused as refusal:
        # Beside the last name typed: it is the one that is there already.
        next((form for form in reversed(forms) if form.has_changed()), forms[-1]).add_error("name", str(refusal))
        return _page(request, row, people=forms)
    messages.success(request, "Les noms sont enregistrés." if changed else "Rien n’a changé.")
    return redirect(links.path_of(row))


@by_link
@require_POST
def offer(request: HttpRequest, row: Booking) -> HttpResponse:
    """Yes or no to the places offered."""
    now, found = clock.now(), row.offers.order_by("-pk").first()
    if found is None:
        return redirect(links.path_of(row))
    if "decline" in request.POST:
        return _act(request, row, lambda: services.decline(found, by=holding.buyer(row), now=now), NOTED)
    return _act(request, row, lambda: services.accept(found, by=holding.buyer(row), now=now), "C’est accepté.")


@by_link
@require_POST
def fewer(request: HttpRequest, row: Booking) -> HttpResponse:
    """Take fewer places than asked, or not, while waiting."""
    services.take_fewer(row, "yes" in request.POST, by=holding.buyer(row), now=clock.now())
    messages.success(request, NOTED)
    return redirect(links.path_of(row))


@by_link
@require_POST
def withdraw(request: HttpRequest, row: Booking) -> HttpResponse:
    """Give an order up before it is firm: asked once more by its own button."""
    said = "La commande est retirée."
    return _act(request, row, lambda: services.withdraw(row, by=holding.buyer(row), now=clock.now()), said)


@by_link
@require_POST
def pay(request: HttpRequest, row: Booking, number: str) -> HttpResponse:
    """« Payer par carte »: a hosted page for what remains of an invoice; the places are held while it is used."""
    now = clock.now()
    try:
        checkout = paying.open_checkout(row, _invoice(row, number), now=now)
    except Refused as refusal:
        return _page(request, holding.fresh(row), refusal=str(refusal))
    return redirect(checkout)


@by_link
@require_POST
def extend(request: HttpRequest, row: Booking) -> HttpResponse:
    """Thirty minutes more, once."""
    return _act(request, row, lambda: paying.extend(row, now=clock.now()), "C’est tenu trente minutes de plus.")


def _invoice(row: Booking, number: str) -> Invoice:
    for found in invoicing.standing(row):
        if found.number == number:
            return found
    raise Refused(cards.NO_CARD)
