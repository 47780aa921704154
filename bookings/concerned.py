"""Whom a change of a day concerns: those who ordered places, by their order; who waits too. Participants are told through their order."""

from collections.abc import Iterator
from typing import Any

from bookings import links
from bookings.models import Booking
from bookings.states import LIVING, State
from core.registry import Concerned
from programmes.models import TrainingSession
from records.services import label_of

SEAT = "seat"
_WHY = {
    State.FIRM: "vous avez des places fermes pour cette journée",
    State.HELD: "vous avez des places tenues pour cette journée",
    State.WAITING: "vous êtes en liste d’attente pour cette journée",
}


def people(row: Any) -> Iterator[Concerned]:
    """Each living order of this day whose address is proven, in order."""
    if not isinstance(row, TrainingSession):
        return
    for booking in Booking.objects.filter(session=row, state__in=LIVING, proven_at__isnull=False).order_by("pk"):
        yield Concerned(
            email=booking.email,
            greeting=f"Bonjour {booking.name}".strip(),
            why=f"{_WHY[State(booking.state)]} (commande {booking.reference})",
            about=label_of(booking),
            page=links.path_of(booking),
            holds=SEAT,
            name=f"{booking.name}, {booking.reference}",
        )
