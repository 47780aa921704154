"""The doors of a sitting: who came, who walks in, how many seats, who is withdrawn. Several people at once may hold a phone there.

A mark is written once (conditional update); a seat is taken by the conditional update of reliability.md section 2. Whoever walks in
while every seat is given, and somebody has not come, sits in that place: they are counted, and hold no seat of the count.
"""

from datetime import datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum

from core.refusals import Refused
from core.typography import NBSP, agreeing
from events import seats
from events.models import Registration, TimeSlot
from events.services import attending
from events.states import Mode, State
from records.services import record

_COLUMNS = {Mode.ONSITE: "seats_onsite", Mode.ONLINE: "seats_online"}
_WHERE = {Mode.ONSITE: "sur place", Mode.ONLINE: "en ligne"}


class Full(Refused):
    """Every seat is given, and some of these people have not come: said, then let in on purpose."""


def check_in(registration: Registration, *, now: datetime) -> bool:
    """Mark that somebody came; false when another phone had it marked already."""
    _refuse_cancelled(registration.slot)
    rows = Registration.objects.filter(pk=registration.pk, withdrawn_at=None, erased_at=None)
    if not rows.filter(Q(seated_at__isnull=False) | Q(is_walk_in=True)).exists():
        raise Refused("Cette personne n’a pas de place : elle s’est désistée, ou elle attend encore.")
    return bool(rows.filter(came_at=None).update(came_at=now))


@transaction.atomic
def undo(registration: Registration) -> None:
    """Take a mark back; somebody written down at the door leaves the list, and gives the seat back."""
    _refuse_cancelled(registration.slot)
    if not registration.is_walk_in:
        Registration.objects.filter(pk=registration.pk).update(came_at=None)
        return
    slot = seats.hold(registration.slot)
    held = Registration.objects.select_for_update(of=("self",)).filter(pk=registration.pk).first()
    if held is None:
        return
    if held.is_seated:
        seats.give_back(slot, held.mode, held.people, is_member=False)
    held.delete()


@transaction.atomic
def walk_in(
    slot: TimeSlot, *, once: str, name: str, organisation: str = "", companions: int = 0, anyway: bool = False, now: datetime
) -> Registration:  # fmt: skip
    """Write down somebody who comes without having registered. `once` is the form's: sent twice, it is one person."""
    slot = seats.hold(slot)
    known = Registration.objects.filter(nonce=once).first()
    if known and known.slot_id == slot.pk:
        return known
    _refuse_cancelled(slot)
    row = Registration(slot=slot, name=name, organisation=organisation, companions=companions, is_walk_in=True, created_at=now, came_at=now)
    if _enter(slot, row, anyway=anyway, now=now):
        row.confirmed_at = row.seated_at = now
    # A form of another sitting sent here is somebody else. Nobody follows it by a link: its fingerprint is of no secret.
    once = token_hex(16) if known else once
    row.nonce, row.digest = once, sha256(f"walk-in:{once}".encode()).hexdigest()
    row.save()
    return row


@transaction.atomic
def let_in(registration: Registration, *, anyway: bool = False, now: datetime) -> bool:
    """Let in somebody of the waiting list who came all the same; false when it is done already."""
    slot = seats.hold(registration.slot)
    _refuse_cancelled(slot)
    held = Registration.objects.select_for_update(of=("self",)).get(pk=registration.pk)
    if held.withdrawn_at or held.erased_at or not held.confirmed_at:
        raise Refused("Cette personne n’attend plus : rechargez la page.")
    if held.came_at:
        return False
    if not held.seated_at and _enter(slot, held, anyway=anyway, now=now):
        held.seated_at = now
    held.came_at = now
    held.save(update_fields=["seated_at", "came_at", "mode"])
    return True


def _enter(slot: TimeSlot, row: Registration, *, anyway: bool, now: datetime) -> bool:
    """True with a seat; false in the place of people who have not come. The sitting is held: one door after the other.

    Who was to come online is in the room from now on, and counted there.
    """
    if Mode.ONSITE not in seats.modes_of(slot.event):
        raise Refused("Cet événement se tient en ligne : il n’a pas de porte.")
    row.mode = Mode.ONSITE
    if seats.take(slot, Mode.ONSITE, row.people, is_member=row.is_member, now=now):
        return True
    limit, inside = slot.seats_onsite or 0, inside_of(slot)
    if inside + row.people > limit:
        there = _counted(inside, "personne est arrivée", "personnes sont arrivées")
        raise Refused(
            f"C’est plein : {there}, pour {limit} places. Si la salle en reçoit davantage, augmentez d’abord le nombre de places."
        )
    if not anyway:
        late = _counted(limit - inside, "place est vide", "places sont vides")
        raise Full(f"Toutes les places sont données ({slot.taken_onsite} sur {limit}), mais {late} : tout le monde n’est pas arrivé.")
    return False


def _refuse_cancelled(slot: TimeSlot) -> None:
    if slot.event.state == State.CANCELLED:
        raise Refused("Cet événement est annulé : les arrivées ne s’y notent plus.")


def _counted(count: int, one: str, several: str) -> str:
    return f"{count}{NBSP}{agreeing(count, one, several)}"


def inside_of(slot: TimeSlot) -> int:
    """How many people are in the room, companions included."""
    rows = Registration.objects.filter(slot=slot, mode=Mode.ONSITE, came_at__isnull=False, withdrawn_at=None)
    return rows.aggregate(people=Sum(F("companions") + 1))["people"] or 0


@transaction.atomic
def resize(slot: TimeSlot, *, onsite: int | None, online: int | None, by: Any, now: datetime) -> None:
    """Offer more seats, or fewer; never fewer than are given: nobody is thrown out. Who waits gets what is added."""
    if slot.event.state == State.CANCELLED:
        raise Refused("Cet événement est annulé : ses places ne changent plus.")
    slot, wanted = seats.hold(slot), {Mode.ONSITE: onsite, Mode.ONLINE: online}
    for mode, most in wanted.items():
        if most is not None and seats.taken(slot, mode) > most:
            _refuse_fewer(seats.taken(slot, mode), _WHERE[mode])
    changes = {
        f"places {_WHERE[mode]}": [seats.limit(slot, mode), most] for mode, most in wanted.items() if seats.limit(slot, mode) != most
    }
    TimeSlot.objects.filter(pk=slot.pk).update(**{_COLUMNS[mode]: most for mode, most in wanted.items()})
    if changes:
        record("nombre de places changé", slot.event, by=by, now=now, changes=changes)
        attending.seat_next(slot, now=now)


def _refuse_fewer(taken: int, where: str) -> None:
    given = _counted(taken, "place est déjà donnée", "places sont déjà données")
    raise Refused(f"{given} {where} : il ne peut pas y en avoir moins. Pour libérer une place, désinscrivez quelqu’un d’abord.")


@transaction.atomic
def withdraw(registration: Registration, *, by: Any, now: datetime) -> None:
    """Withdraw somebody, who is told; the seat goes to who waits. Twice is once."""
    if Registration.objects.filter(pk=registration.pk, withdrawn_at__isnull=False).exists():
        return
    if registration.slot.event.state == State.CANCELLED:
        raise Refused("Cet événement est annulé : il n’y a plus de place à libérer.")
    attending.withdraw(registration, now=now, by_organiser=True)
    record("inscription retirée par l’organisateur", registration.slot.event, by=by, now=now, note=str(registration))
