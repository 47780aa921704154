"""Priority of members at an event (domain.md 2.3, G0): a time when only they register, seats kept for them until a day. The team's act."""

from datetime import datetime
from typing import Any

from django.db import transaction

from core.refusals import Refused
from core.typography import moment_in_words
from events import seats
from events.models import Event, TimeSlot
from events.services import queueing, writing
from events.states import Access
from records.services import record


@transaction.atomic
def give(
    event: Event, *, members_until: datetime | None, members_seats: int | None, members_seats_until: datetime | None, by: Any, now: datetime
) -> bool:
    """Set both, or take them back; whoever may then have a seat has it at once. Return whether anything changed."""
    row = writing.lock(event)
    if row.access != Access.REGISTRATION:
        raise Refused("On ne s’inscrit pas ici à cet événement : il n’y a pas de priorité à donner.")
    if bool(members_seats) != bool(members_seats_until):
        raise Refused("Des places gardées le sont jusqu’à une date : donnez les deux, ou aucune.")
    _refuse_after_the_last_sitting(row, members_until, members_seats_until)
    _refuse_more_than_there_are(row, members_seats)
    wanted = {"members_until": members_until, "members_seats": members_seats or None, "members_seats_until": members_seats_until}
    before = {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return False
    for name, value in wanted.items():
        setattr(row, name, value)
    row.changed_at = now
    row.save(update_fields=[*wanted, "changed_at"])
    changes = {name: [_said(before[name]), _said(value)] for name, value in wanted.items() if before[name] != value}
    record("priorité des adhérents", row, by=by, now=now, changes=changes)
    for slot in TimeSlot.objects.filter(event=row).order_by("pk"):
        queueing.seat_next(slot, now=now)
    return True


def _refuse_after_the_last_sitting(event: Event, *ends: datetime | None) -> None:
    """A priority that outlives the event would leave nothing to anybody else (E2: open at least in part to the public)."""
    last = max((slot.starts_at for slot in event.slots.all()), default=None)
    if last and any(end and end >= last for end in ends):
        raise Refused(f"La priorité finit avant la dernière séance, le {moment_in_words(last)} : les autres doivent pouvoir s’inscrire.")


def _refuse_more_than_there_are(event: Event, number: int | None) -> None:
    mode = seats.modes_of(event)[0]
    limits = [limit for slot in event.slots.all() if (limit := seats.limit(slot, mode)) is not None]
    if number and not limits:
        raise Refused("Cet événement n’a pas de limite de places : il n’y a rien à garder.")
    if number and number > min(limits):
        raise Refused(f"Il n’y a que {min(limits)} places par date : on ne peut pas en garder {number}.")


def _said(value: object) -> str:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value or "")
