"""The one function that changes the state of an order, and writes it in its history."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from bookings.models import Booking, BookingStep
from bookings.states import NEXT, State
from core.refusals import Refused

ENDED = frozenset({State.LAPSED, State.CANCELLED})


class Overtaken(Refused):
    """Somebody, or the clock, was faster."""

    def __init__(self) -> None:
        super().__init__("Cette commande vient de changer : rechargez la page.")


def move(
    booking: Booking,
    state: State,
    *,
    by: Any,
    now: datetime,
    words: str = "",
    changes: dict[str, list[Any]] | None = None,
    if_still: Q | None = None,
    **columns: Any,
) -> None:
    """Move an order, with the columns that go along in the same update; a faster hand, or `if_still` no longer true, raises `Overtaken`.

    It moves no place: that is `bookings.seats`, in the same transaction.
    """
    before = State(booking.state)
    if state not in NEXT[before]:
        raise Refused(f"Une commande « {before.label} » ne peut pas devenir « {state.label} ».")
    columns = {"closed_at": now if state in ENDED else None} | columns
    if not Booking.objects.filter(if_still or Q(), pk=booking.pk, state=before).update(state=state, **columns):
        raise Overtaken
    for name, value in ({"state": state} | columns).items():
        setattr(booking, name, value)
    note(booking, by=by, now=now, words=words, to_state=state, changes=changes)


def note(
    booking: Booking, *, by: Any, now: datetime, words: str = "", to_state: str = "", changes: dict[str, list[Any]] | None = None
) -> BookingStep:
    """Write a step of the history; without state, a change. `by` is a person of the team, a `ByLink`, or None for the house itself."""
    return BookingStep.objects.create(
        booking=booking,
        to_state=to_state,
        at=now,
        by=by if isinstance(by, User) else None,
        by_name=str(by)[:200] if by else "Portail",
        words=words[:300],
        changes=changes or {},
    )
