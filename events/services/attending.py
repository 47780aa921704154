"""Coming to an event: register, prove the address, change, withdraw (domain.md E6, G7). The seats are those of `events.seats`.

Contracts for whoever calls from elsewhere (invitations, the organiser's side):

- `register` writes the row and holds its seats for 30 minutes; it posts nothing. `ask_proof` mails the link that proves the address.
- `confirm` is the proof: seated, or on the waiting list, with the letter that says so. An invitation by name may confirm at once.
- `withdraw`, `change`, `seat_next` write to the person, and move the waiting list in the same transaction.
- An event by invitation takes registrations with `by_invitation` only; counting its uses is the caller's, in the same transaction. What
  counts is who proved their address, and whose seats are held: `GONE` tells when one of them is of it no more, `MOVED` when one comes to be
  after the hold, or with more people or fewer. Asked twice, the row of that address is the first one.
- All take `now=`, refuse with `Refused`, and lock the sitting before any registration: do the same.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import normalise
from core import hints
from core.refusals import Refused
from events import attending_emails as emails
from events import attending_links as links
from events import attending_reminders as reminders
from events import members, seats
from events.models import Invitation, Registration, TimeSlot
from events.services import admitting, queueing
from events.services.queueing import GONE, MOVED, NoSeat, rank_of, seat_next, settle
from events.states import Mode
from memberships.models import BookingLink
from memberships.services.answering import ByLink
from records.services import record

__all__ = [
    "GONE",
    "HOLD",
    "MOVED",
    "ask_proof",
    "change",
    "confirm",
    "confirm_ask",
    "rank_of",
    "register",
    "seat_next",
    "settle",
    "withdraw",
]

TASK = "events.attending"
HOLD = timedelta(minutes=30)
VISITOR = ByLink("la personne inscrite")
ORGANISER = ByLink("l’organisateur")
CHANGED = "Cet événement vient de changer : rechargez la page."


@transaction.atomic
def register(
    slot: TimeSlot,
    *,
    email: str,
    name: str,
    organisation: str = "",
    needs: str = "",
    mode: str = "",
    companions: int = 0,
    by_invitation: Invitation | None = None,
    link: BookingLink | None = None,
    now: datetime,
) -> Registration:
    """Ask for a seat, held 30 minutes for an address that is not proven; full, or while somebody waits, nothing is held.

    An address asks once for a sitting: asked again, it is the same row. Not proven yet, it takes what was typed last, within the hold of
    the first time; proven, nothing of it moves. `link`: the member's booking link that the visitor holds (G0).
    """
    admitting.refuse_unless_open(slot, by_invitation=by_invitation, now=now)
    mode = mode or seats.modes_of(slot.event)[0]
    row = Registration(
        slot=slot, email=normalise(email), name=name, organisation=organisation, needs=needs, mode=mode, companions=companions,
        created_at=now, invitation=by_invitation, is_member=members.count(slot.event, email, link, now=now),
    )  # fmt: skip
    admitting.refuse_unless_possible(row)
    admitting.refuse_too_early(row, now=now)
    settle(slot, now=now)
    try:
        return _write(row, until=now + HOLD, now=now)
    except IntegrityError:
        return _again(row, now=now)


def _write(row: Registration, *, until: datetime, now: datetime) -> Registration:
    """Insert it with its seats; those that a faster hand took roll it back, so that it waits without holding the sitting for its letter."""
    try:
        with transaction.atomic():
            links.sign(row).save(force_insert=True)
            _hold(row, until=until, now=now, or_raise=True)
    except NoSeat:
        row.pk = None
        with transaction.atomic():
            links.sign(row).save(force_insert=True)
    return row


def _hold(row: Registration, *, until: datetime, now: datetime, or_raise: bool = False) -> None:
    if queueing.seat(row, now=now, or_raise=or_raise):
        row.holds_until = until
        if not write_hold(row):
            raise Refused(CHANGED)


def write_hold(row: Registration) -> bool:
    """False in a way of coming that there is no more: asked of the event once the seats are taken, since it may change meanwhile."""
    there = Registration.objects.filter(pk=row.pk, slot__event__mode__in=[row.mode, Mode.HYBRID])
    return bool(there.update(holds_until=row.holds_until))


def _again(row: Registration, *, now: datetime) -> Registration:
    """The row that this address has already."""
    slot = seats.hold(row.slot)
    known = Registration.objects.select_for_update(of=("self",)).filter(slot=slot, email=row.email).live().first()
    if known is None:
        raise Refused("Cette inscription vient de changer : recommencez.")
    known.slot = slot
    if known.confirmed_at:
        return known
    until, typed = known.holds_until, ("name", "organisation", "needs", "mode", "companions", "is_member", "invitation")
    if until:
        _give_all_back(known, now=now)
    for field in typed:
        setattr(known, field, getattr(row, field))
    known.holds_until = None
    known.save(update_fields=[*typed, "holds_until"])
    if until:
        _hold(known, until=until, now=now)
    return known


def _give_all_back(row: Registration, *, now: datetime) -> None:
    """What a registration has, while it still says so."""
    for gone in GONE:
        gone(row, now)
    if row.is_seated or row.holds_until:
        seats.give_back(row.slot, row.mode, row.people, is_member=row.is_member)


def ask_proof(rows: Sequence[Registration], *, now: datetime) -> None:
    """Mail the link: to be proven, or given again to somebody who is registered already. One letter for all the sittings of an ask.

    An address never proven is kept a week from its last ask (G3): the link that was just mailed lives as long as it says.
    """
    unproven = [row for row in rows if row.confirmed_at is None]
    if unproven:
        Registration.objects.filter(pk__in=[row.pk for row in unproven], created_at__lt=now).update(created_at=now)
        emails.post_to_confirm(unproven, now=now)
    for row in rows:
        if row.confirmed_at:
            emails.post_link(row, now=now)


@transaction.atomic
def confirm(registration: Registration, *, now: datetime) -> Registration:
    """Prove the address: the seats held are given; held no more, the person comes after those who wait. Twice is once."""
    slot = registration.slot
    admitting.refuse_over(slot, now=now)
    if registration.confirmed_at or registration.withdrawn_at:
        return _confirmed_before(registration)
    admitting.refuse_closed_meanwhile(registration)
    rows = Registration.objects.filter(pk=registration.pk, confirmed_at=None, withdrawn_at=None)
    if rows.filter(holds_until__gt=now).update(confirmed_at=now, seated_at=now, holds_until=None):
        return _confirmed(registration, now=now)
    settle(slot, now=now)
    modes = seats.modes_of(slot.event)
    mode = registration.mode = registration.mode if registration.mode in modes else modes[0]
    # The sitting before the registration, here too; and who finds no seat locks no sitting.
    is_seated = _seated(registration, now=now)
    if is_seated and not seats.exists(slot, mode):
        raise Refused(CHANGED)
    if rows.filter(holds_until=None).update(confirmed_at=now, mode=mode, seated_at=now if is_seated else None):
        for moved in MOVED:
            moved(registration, registration.people, now)
        # A seat that was given back at this very moment is found by the sweep.
        hints.nudge(TASK)
        return _confirmed(registration, now=now)
    if is_seated:
        seats.give_back(slot, registration.mode, registration.people, is_member=registration.is_member)
    return _confirmed_before(registration)


def _seated(registration: Registration, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return queueing.seat(registration, now=now, or_raise=True)
    except NoSeat:
        return False


def _confirmed_before(registration: Registration) -> Registration:
    registration.refresh_from_db(from_queryset=Registration.objects.select_related("slot__event__season", "invitation"))
    if registration.withdrawn_at or registration.confirmed_at is None:
        raise Refused("Cette inscription a été retirée : inscrivez-vous de nouveau.")
    return registration


def _confirmed(registration: Registration, *, now: datetime) -> Registration:
    registration.refresh_from_db(fields=["confirmed_at", "seated_at", "holds_until", "mode"])
    record("inscription confirmée" if registration.is_seated else "liste d’attente", registration, by=VISITOR, now=now)
    emails.post_answer(registration, now=now)
    return registration


def of_same_ask(registration: Registration) -> list[Registration]:
    """The sittings of the event that this address asked for and did not prove."""
    rows = Registration.objects.filter(slot__event=registration.slot.event_id, email=registration.email, confirmed_at=None)
    found = rows.live().exclude(email="").select_related("slot__event__season", "invitation")
    return list(found.order_by("slot__starts_at", "slot", "pk"))


@transaction.atomic
def confirm_ask(registration: Registration, *, now: datetime) -> Registration:
    """Prove the address for every sitting it asked for at this event; another that is refused meanwhile is left out, its own refuses all.

    Sittings are locked in the order of their keys, here as everywhere: its own comes in its turn.
    """
    rows = {row.pk: row for row in of_same_ask(registration)} | {registration.pk: registration}
    found = registration
    for row in in_order(rows.values()):
        if row.pk == registration.pk:
            found = confirm(row, now=now)
            continue
        with suppress(Refused):
            confirm(row, now=now)
    return found


def in_order(rows: Iterable[Registration]) -> list[Registration]:
    return sorted(rows, key=lambda row: (row.slot_id, row.pk))


@transaction.atomic
def withdraw(registration: Registration, *, now: datetime, by_organiser: bool = False) -> Registration:
    """Give the seats back: to those who wait, at once. The person has a receipt; twice is once."""
    slot = seats.hold(registration.slot)
    row = _lock(registration, slot)
    if row.withdrawn_at:
        return row
    if not by_organiser:
        admitting.refuse_over(slot, now=now)
    _give_all_back(row, now=now)
    row.withdrawn_at, row.holds_until = now, None
    row.save(update_fields=["withdrawn_at", "holds_until"])
    record("inscription retirée", row, by=ORGANISER if by_organiser else VISITOR, now=now)
    if row.confirmed_at:
        emails.post_withdrawn(row, by_organiser=by_organiser, now=now)
    seat_next(slot, now=now)
    return row


@transaction.atomic
def change(
    registration: Registration,
    *,
    slot: TimeSlot | None = None,
    mode: str | None = None,
    companions: int | None = None,
    needs: str | None = None,
    name: str | None = None,
    organisation: str | None = None,
    now: datetime,
) -> Registration:
    """Change what is said, the sitting, the way or how many come. A seat that one has is never lost by asking for another.

    Who waits and asks for more, for another sitting or another way, waits from now on: nobody is overtaken.
    """
    held = {row.pk: row for row in _hold_both(registration.slot, slot)}
    row = _lock(registration, held[registration.slot_id])
    admitting.refuse_over(row.slot, now=now)
    if row.withdrawn_at or row.confirmed_at is None:
        raise Refused("Cette inscription n’est pas confirmée, ou a été retirée.")
    wanted = _wanted(row, slot=held[slot.pk] if slot else row.slot, mode=mode, companions=companions)
    texts = {"needs": needs, "name": name, "organisation": organisation}
    said = {field: text for field, text in texts.items() if text is not None and text != getattr(row, field)}
    for field, text in said.items():
        setattr(row, field, text)
    moved = _move(row, wanted, now=now)
    if not (moved or said):
        return row
    row.save()
    record("inscription modifiée", row, by=VISITOR, now=now)
    promoted = [other for freed in held.values() for other in seat_next(freed, now=now)] if moved else []
    row.refresh_from_db(fields=["seated_at"])
    if moved and row not in promoted:
        emails.post_answer(row, was=registration.slot, now=now)
    return row


def _hold_both(*slots: TimeSlot | None) -> list[TimeSlot]:
    """Lock sittings always in the same order."""
    return [seats.hold(slot) for slot in sorted({row.pk: row for row in slots if row}.values(), key=lambda row: row.pk)]


def _lock(registration: Registration, slot: TimeSlot) -> Registration:
    row = Registration.objects.select_for_update(of=("self",)).select_related("invitation").get(pk=registration.pk)
    if row.slot_id != slot.pk:
        raise Refused("Cette inscription vient de changer : rechargez la page.")
    row.slot = slot
    return row


def _wanted(row: Registration, *, slot: TimeSlot, mode: str | None, companions: int | None) -> Registration:
    """The row as it would be; `None` keeps what is."""
    return Registration(
        slot=slot, mode=mode or row.mode, companions=row.companions if companions is None else companions, is_member=row.is_member,
        invitation=row.invitation, email=row.email,
    )  # fmt: skip


def _move(row: Registration, wanted: Registration, *, now: datetime) -> bool:
    """Bring a row to where it is wanted; True when seats or rank moved."""
    is_elsewhere = (row.slot_id, row.mode) != (wanted.slot_id, wanted.mode)
    if not is_elsewhere and row.companions == wanted.companions:
        return False
    admitting.refuse_unless_open(wanted.slot, by_invitation=row.invitation, now=now)
    admitting.refuse_unless_possible(wanted)
    if row.slot_id != wanted.slot_id and Registration.objects.filter(slot=wanted.slot, email=row.email).live().exists():
        raise Refused("Vous êtes déjà inscrit à cette autre date.")
    if row.is_seated:
        _move_seats(row, wanted, is_elsewhere=is_elsewhere, now=now)
    elif is_elsewhere or wanted.companions > row.companions:
        row.confirmed_at = now
    if wanted.people != row.people:
        for moved in MOVED:
            moved(row, wanted.people - row.people, now)
    if row.slot_id != wanted.slot_id:
        # Reminded anew for another date, unless this answer comes as late as that reminder.
        row.reminded_at = now if reminders.moment_of(wanted.slot) <= now else None
    row.slot, row.mode, row.companions = wanted.slot, wanted.mode, wanted.companions
    return True


def _move_seats(row: Registration, wanted: Registration, *, is_elsewhere: bool, now: datetime) -> None:
    """Take the new seats first: refused, the old ones stay."""
    more = wanted.people if is_elsewhere else wanted.people - row.people
    asked = Registration(pk=row.pk, slot=wanted.slot, mode=wanted.mode, companions=more - 1, is_member=row.is_member)
    if more > 0 and not queueing.seat(asked, now=now):
        kept = f"Vous gardez {'votre place' if row.people == 1 else f'vos {row.people} places'}."
        raise Refused(f"Il n’y a pas assez de places libres. {kept}")
    given_back = row.people if is_elsewhere else max(0, -more)
    if given_back:
        seats.give_back(row.slot, row.mode, given_back, is_member=row.is_member)
