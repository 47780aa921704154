"""What the page of one order shows: facts, places, money, papers, letters, history."""

from datetime import datetime
from typing import Any

from accounts.roles import RUN_BOOKINGS
from billing.models import Invoice
from billing.models.invoice import VIEW_INVOICE
from billing.standing import said, with_standing
from bookings import links, situations
from bookings.halves import halves
from bookings.models import BilledSeat, Booking, Seat
from bookings.services import attending, cancelling, invoicing, moving_session, offering
from bookings.situations import Situation
from bookings.states import State
from core.clock import PARIS
from mailing.models import Message
from records.models import Act as Recorded
from records.services import label_of


def of(booking: Booking, user: Any, *, now: datetime) -> dict[str, Any]:
    """Everything, read in a number of questions that does not grow with the places."""
    from bookings.admin.orders import pill

    label = label_of(booking)
    row = situations.situated(Booking.objects.filter(pk=booking.pk), now=now).get()
    seats, standing = list(booking.seats.order_by("rank", "pk")), invoicing.standing(booking)
    return {
        "pill": pill(row.situation),
        "rank": offering.rank_of(booking) if row.situation == Situation.WAITING else 0,
        "is_ending": row.situation in (Situation.HELD, Situation.ENDING),
        "seats": _seats(booking, seats, now=now),
        "standing_places": sum(seat.released_at is None for seat in seats),
        "halves": halves(booking.session),
        "rule": cancelling.rule_of(booking, now=now) if booking.session.starts.timestamp() > now.timestamp() else None,
        "invoices": _invoices(booking, user, now=now),
        "other_day": [(row, moving_session.day_on(row)) for row in standing if moving_session.day_on(row) != booking.session.day],
        "papers": booking.papers.exclude(file="").select_related("seat").order_by("-asked_at", "-pk")[:20],
        "address": links.path_of(booking) if user.has_perm(RUN_BOOKINGS) else "",
        "letters": Message.objects.filter(about=label).order_by("-created_at", "-pk")[:20],
        "steps": booking.steps.select_related("by").order_by("-at", "-pk")[:40],
        "history": Recorded.objects.filter(about=label).order_by("-at", "-pk")[:30],
        "may_run": user.has_perm(RUN_BOOKINGS),
    }


def _seats(booking: Booking, seats: list[Seat], *, now: datetime) -> list[dict[str, Any]]:
    """Each place with what was said of its half-days, what is invoiced, and whether somebody has to decide."""
    presences = attending.said_of(seats)
    billed = {row.seat_id: row for row in BilledSeat.objects.filter(seat__in=seats).select_related("invoice").order_by("pk")}
    days = halves(booking.session)
    is_over = booking.session.ends.timestamp() <= now.timestamp() and not booking.session.cancelled_at
    lines = []
    for seat in seats:
        there = [presences.get((seat.pk, day.half)) for day in days]
        expected = booking.state == State.FIRM and seat.released_at is None
        to_decide = is_over and expected and bool(booking.unit_price) and not all(there)
        acts = {"to_decide": to_decide, "may_certify": is_over and expected and True in there}
        lines.append({"seat": seat, "there": there, "billed": billed.get(seat.pk), **acts})
    return lines


def _invoices(booking: Booking, user: Any, *, now: datetime) -> list[Any]:
    if not user.has_perm(VIEW_INVOICE):
        return []
    rows = with_standing(Invoice.objects.about(label_of(booking))).order_by("issued_at", "pk")
    today = now.astimezone(PARIS).date()
    return [(row, said(row, today)) for row in rows]
