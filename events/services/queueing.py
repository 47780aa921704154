"""The waiting list of a sitting: its order is (moment, row), computed and never stored; nobody overtakes those who wait.

Who comes first and does not fit is waited for: a group learns that it may come smaller. What is kept for members passes by the others.
Seats move under the lock of the sitting, taken before any registration, so that two promotions never give one seat twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from core.registry import Registry
from events import attending_emails as emails
from events import seats
from events.models import Registration, TimeSlot
from events.services import carrying
from events.states import Mode, State

# (registration, now): it leaves, or the hold of an address that was not proven lapses: what it uses is free again. It is given as it was
# until then; in the same transaction.
GONE: Registry[Callable[[Registration, datetime], object]] = Registry()
# (registration, people, now): it comes to use so many more people, or fewer; may refuse.
MOVED: Registry[Callable[[Registration, int, datetime], object]] = Registry()


def waiting(slot: TimeSlot, mode: str) -> list[Registration]:
    return list(Registration.objects.filter(slot=slot, mode=mode).waiting())


def rank_of(registration: Registration) -> int:
    """Its place in the list, from 1; 0 for whoever does not wait."""
    before = Registration.objects.filter(slot=registration.slot_id, mode=registration.mode).waiting()
    order = list(before.values_list("pk", flat=True)) if registration.is_waiting else []
    return order.index(registration.pk) + 1 if registration.pk in order else 0


class NoSeat(Exception):
    """Raised in a savepoint, which it rolls back: an update that waited for another and then moved nothing has locked the sitting."""


def seat(registration: Registration, *, now: datetime, or_raise: bool = False) -> bool:
    """Give a newcomer their seats if nobody waits for them and there are enough; a member may have what is kept while others wait.

    `or_raise`: seats that were asked of the sitting and were not there are `NoSeat`, so that whoever begins to wait holds it no longer.
    """
    ahead = Registration.objects.filter(slot=registration.slot_id, mode=registration.mode).waiting().exclude(pk=registration.pk)
    members = set(ahead.values_list("is_member", flat=True).order_by().distinct())
    is_member = registration.is_member
    if members and (not is_member or True in members):
        return False
    asked = registration.slot, registration.mode, registration.people
    is_taken = seats.take(*asked, is_member=is_member, only_kept=bool(members), now=now)
    if or_raise and not is_taken:
        raise NoSeat
    return is_taken


@transaction.atomic
def settle(slot: TimeSlot, *, now: datetime) -> list[Registration]:
    """Take back the seats that the clock took back, and give them to those who wait (G7). Nothing lapsed, nothing is locked."""
    if not Registration.objects.filter(slot=slot).lapsed(now=now).exists():
        return []
    held = seats.hold(slot)
    # A row that is being confirmed at this very moment is left to whoever confirms it.
    rows = Registration.objects.select_for_update(of=("self",), skip_locked=True).filter(slot=held).lapsed(now=now).order_by("pk")
    for row in list(rows):
        for gone in GONE:
            gone(row, now)
        seats.give_back(held, row.mode, row.people, is_member=row.is_member)
        Registration.objects.filter(pk=row.pk).update(holds_until=None)
    return seat_next(held, now=now)


@transaction.atomic
def seat_next(slot: TimeSlot, *, now: datetime) -> list[Registration]:
    """Give what is free to those who wait, in their order, and write to each; return them. Safe to run twice, or at once."""
    if not Registration.objects.filter(slot=slot).waiting().exists():
        return []
    held = seats.hold(slot)
    if held.event.state == State.CANCELLED or held.starts_at <= now:
        return []
    _bring_back(held)
    return [row for mode in seats.modes_of(held.event) for row in _promote(held, mode, now=now)]


def _bring_back(slot: TimeSlot) -> None:
    """Who came to wait in a way that ended at that very moment waits in the one there is, at their rank."""
    gone, there = carrying.gone_of(slot.event)
    if gone is not None:
        carrying.strays(slot, gone).waiting().update(mode=there)


def _promote(slot: TimeSlot, mode: Mode, *, now: datetime) -> Iterable[Registration]:
    is_blocked = False
    for row in waiting(slot, mode):
        if is_blocked and not row.is_member:
            continue
        row.slot = slot
        if seats.take(slot, mode, row.people, is_member=row.is_member, only_kept=is_blocked, now=now):
            Registration.objects.filter(pk=row.pk).update(seated_at=now)
            row.seated_at = now
            emails.post_promoted(row, now=now)
            yield row
        elif row.is_member:
            return
        else:
            is_blocked = True
