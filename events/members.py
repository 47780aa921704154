"""Who may take what is kept for members (domain.md G0, 2.3): read from the memberships of the day, never stored as a right."""

from datetime import datetime

from core.clock import PARIS
from events.models import Event
from memberships import belonging
from memberships.models import BookingLink


def is_of_a_member(email: str, *, link: BookingLink | None = None, now: datetime) -> bool:
    """True for an address, or the holder of a booking link, of a body that has its rights that day."""
    return belonging.member_of([email], now.astimezone(PARIS).date(), link=link) is not None


def count(event: Event, email: str, link: BookingLink | None, *, now: datetime) -> bool:
    """The same, asked only for an event that makes a difference."""
    return bool(event.members_until or event.members_seats) and is_of_a_member(email, link=link, now=now)
