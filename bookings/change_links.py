"""What may be changed of an order, for its page: a link to each act that makes sense now."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from bookings import links, seats
from bookings.models import Booking
from bookings.services import calling_off, cancelling, changing, invoicing, moving_session
from bookings.states import LIVING, State
from core.registry import Link
from core.typography import day_in_words, moment_in_words


def may_cancel(booking: Booking, *, now: datetime) -> bool:
    has_begun = now.timestamp() >= booking.session.starts.timestamp()
    return booking.proven_at is not None and booking.state in LIVING and not has_begun and not booking.session.cancelled_at


def may_move(booking: Booking, *, now: datetime) -> bool:
    """By its link, as long as cancelling would give everything back; after that, by writing to us."""
    return booking.state == State.FIRM and may_cancel(booking, now=now) and cancelling.rule_of(booking, now=now)[0] == cancelling.WHOLE


def _of_another_day(booking: Booking, secret: str) -> Iterator[Link]:
    """An invoice that could not be replaced names the former day: it is said where it is read."""
    for invoice in invoicing.standing(booking) if booking.state in LIVING else ():
        named = moving_session.day_on(invoice)
        if named and named != booking.session.day:
            note = f"Émise pour le {day_in_words(named)}\u202f; elle vaut pour le {day_in_words(booking.session.day)}."
            yield Link(str(invoice.title), reverse("booking_invoice", args=[secret, invoice.number]), note)


def acts_of(booking: Booking, *, now: datetime) -> list[Link]:
    """The changes open to whoever holds the address of the order, now."""
    buyer, secret = None, links.secret_of(booking)
    found = list(_of_another_day(booking, secret))
    if changing.may_replace(booking, by=buyer, now=now):
        until = moment_in_words(changing.replaced_until(booking.session), zone=False)
        for seat in seats.of(booking):
            if seat.name:
                found.append(Link(f"Remplacer {seat.name}", reverse("booking_replace", args=[secret, seat.pk]), f"Jusqu’au {until}."))
    if may_move(booking, now=now) and moving_session.other_days(booking, now=now):
        found.append(Link("Changer de date", reverse("booking_move", args=[secret]), "Mêmes personnes, même prix."))
    if calling_off.may_take_again(booking, now=now) and not calling_off.was_taken_again(booking):
        found.append(Link("Choisir une autre date", reverse("booking_again", args=[secret]), "Mêmes personnes, même prix."))
    if may_cancel(booking, now=now) and booking.state == State.FIRM:
        percent, why = cancelling.rule_of(booking, now=now)
        note = f"{percent}\u00a0% rendus aujourd’hui, {why}." if booking.unit_price else ""
        found.append(Link("Annuler des places", reverse("booking_cancel", args=[secret]), note))
    return found
