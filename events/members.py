"""Who may take what is kept for members (domain.md G0, 2.3): read from the memberships of the day, never stored as a right.

The priority is a right of membership, given by the team (`services.priority`); who organises the event reads it, and changes nothing of it.
"""

from datetime import datetime

from core.clock import PARIS
from core.typography import NBSP, agreeing, moment_in_words
from events import seats
from events.models import Event, TimeSlot
from events.states import Access
from memberships import belonging
from memberships.models import BookingLink


def is_of_a_member(email: str, *, link: BookingLink | None = None, now: datetime) -> bool:
    """True for an address, or the holder of a booking link, of a body that has its rights that day."""
    return belonging.member_of([email], now.astimezone(PARIS).date(), link=link) is not None


def count(event: Event, email: str, link: BookingLink | None, *, now: datetime) -> bool:
    """The same, asked only for an event that makes a difference."""
    return bool(event.members_until or event.members_seats) and is_of_a_member(email, link=link, now=now)


def in_words(event: Event, *, now: datetime) -> list[str]:
    """The priority that runs, for who organises: until when only members register, how many seats are kept for them; once over, nothing."""
    said: list[str] = []
    if event.access != Access.REGISTRATION:
        return said
    if event.members_until and now < event.members_until:
        said.append(f"Jusqu’au {moment_in_words(event.members_until, noon=True)}, seuls les adhérents de La 27e Région s’inscrivent.")
    until, count = event.members_seats_until, event.members_seats or 0
    if until and count and now < until:
        kept = agreeing(count, "place leur est gardée", "places leur sont gardées")
        then = agreeing(count, "elle est", "elles sont")
        said.append(f"{count}{NBSP}{kept} pour chaque date jusqu’au {moment_in_words(until, noon=True)}\u202f; ensuite {then} à tous.")
    return said


def kept_in_words(slot: TimeSlot, *, now: datetime) -> str:
    """What no member has taken yet of what is kept at a sitting; nothing kept, nothing said."""
    mode = seats.modes_of(slot.event)[0]
    if not seats.kept(slot, mode, now=now):
        return ""
    count = seats.still_kept(slot, mode, now=now)
    kept = agreeing(count, "place encore gardée aux adhérents", "places encore gardées aux adhérents")
    return f"{count}{NBSP}{kept}" if count else "les adhérents ont pris toutes les places qui leur étaient gardées"
