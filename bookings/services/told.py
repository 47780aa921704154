"""Writing what changed of an order without a change of state: in its history, and in the log of the house."""

from datetime import datetime
from typing import Any

from bookings.models import Booking
from bookings.services import moving
from records.services import record


def note(booking: Booking, verb: str, *, by: Any, now: datetime, words: str = "", changes: dict[str, list[Any]] | None = None) -> None:
    """Say it once in both; `by` is a person of the team, who came by a link (`ByLink`), or None for the house itself."""
    moving.note(booking, by=by, now=now, words=f"{verb}\u00a0: {words}" if words else verb, changes=changes)
    record(verb, booking, by=by, now=now, note=words, changes=changes)
