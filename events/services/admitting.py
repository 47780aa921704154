"""Who may ask for a seat, and who may not yet, or no more: what is refused of a registration, in words."""

from datetime import datetime

from core.refusals import Refused
from events import seats
from events.models import Event, Invitation, Registration, TimeSlot
from events.states import Access, State

MOST_COMPANIONS = 9
TAKEN_BACK = "L’organisateur a repris cette invitation."


class TooEarly(Refused):
    """Reserved to members for now: said by letter, so that the page tells nothing of an address."""


def refuse_unless_open(slot: TimeSlot, *, by_invitation: Invitation | None = None, now: datetime) -> None:
    """An event that is listed, not begun, and takes registrations here; or by invitation, with one of its own."""
    refuse_over(slot, now=now)
    event = slot.event
    invited = by_invitation is not None and by_invitation.event_id == event.pk
    wanted = Access.INVITATION if invited else Access.REGISTRATION
    if event.state != State.LISTED or event.access != wanted:
        raise Refused(closed_in_words(event))


def closed_in_words(event: Event) -> str:
    if event.access == Access.INVITATION:
        return "Cet événement est sur invitation uniquement."
    return "On ne s’inscrit pas ici à cet événement."


def refuse_over(slot: TimeSlot, *, now: datetime) -> None:
    if slot.event.state == State.CANCELLED:
        raise Refused("Cet événement est annulé.")
    if slot.starts_at <= now:
        raise Refused("Cette séance a commencé : il est trop tard.")


def refuse_closed_meanwhile(row: Registration) -> None:
    """An address is proven while the door it asked at is still open: a code that was taken back, or another access, opens nothing more."""
    event, code = row.slot.event, row.invitation
    is_open = event.access == Access.REGISTRATION or (event.access == Access.INVITATION and code is not None)
    if event.state != State.LISTED or not is_open:
        raise Refused(closed_in_words(event))
    if code and not code.is_personal and Invitation.objects.exclude(revoked_at=None).filter(pk=code.pk).exists():
        raise Refused(TAKEN_BACK)


def refuse_unless_possible(row: Registration) -> None:
    """A way of coming that exists, and no more people than there will ever be seats."""
    if row.mode not in seats.modes_of(row.slot.event):
        raise Refused("Choisissez comment vous venez, parmi ce que l’événement propose.")
    most = row.invitation.companions if row.invitation else MOST_COMPANIONS
    if not 0 <= row.companions <= most:
        raise Refused(f"{most} personnes vous accompagnent au plus." if most else "Cette invitation est pour vous seul.")
    limit = seats.limit(row.slot, row.mode)
    if limit is not None and row.people > limit:
        raise Refused(f"Il n’y a que {limit} place{'s' if limit > 1 else ''} en tout : venez moins nombreux.")


def refuse_too_early(row: Registration, *, now: datetime) -> None:
    """The members' priority window."""
    until = row.slot.event.members_until
    if until and now < until and not row.is_member and row.invitation is None:
        raise TooEarly("Pour l’instant, l’inscription est réservée aux adhérents.")
