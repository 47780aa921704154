"""A body leaves: a date and a reason (D2). Every right it has ends that day, whatever the year it comes from; what it owes is unchanged."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from core.typography import day_in_words
from memberships import rights
from memberships.models import Membership
from memberships.models.membership import MembershipQuerySet
from memberships.services.moving import family, hold_body, lock, move
from memberships.states import State
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def resign(membership: Membership, *, on: date, reason: str, by: "User", now: datetime) -> Membership:
    """End the rights of a body on a day, the last of them; a call for a later year is declined with it."""
    hold_body(membership)
    membership = lock(membership)
    reason = reason.strip()
    _refuse_unless_it_can_leave(membership, on, reason)
    _leave(membership, on, reason, by=by, now=now)
    for row in _others(membership, on, now=now):
        if row.state == State.TO_CONFIRM:
            # Dated, for the year to wait for its confirmation again if the resignation is taken back.
            move(row, State.DECLINED, resigned_on=on, resignation_reason=reason[:300])
            record("adhésion non renouvelée", row, by=by, now=now, note="Démission.")
        elif row.year > membership.year:
            _leave(row, on, reason, by=by, now=now)
        else:
            _shorten(row, on, reason, by=by, now=now)
    return membership


@transaction.atomic
def take_back_resignation(membership: Membership, *, reason: str, by: "User", now: datetime) -> Membership:
    """Forget a resignation before its day has passed: the rights are as if nothing had been said. Later, a new bulletin."""
    hold_body(membership)
    membership = lock(membership)
    today, on = now.astimezone(PARIS).date(), membership.resigned_on
    if membership.state != State.RESIGNED or on is None:
        raise Refused("Cette adhésion n’a pas de démission.")
    if on < today:
        raise Refused(f"Cette démission a pris effet le {day_in_words(on)} : l’organisme revient par un nouveau bulletin.")
    if not reason.strip():
        raise Refused("Dites pourquoi : le motif est gardé avec l’acte.")
    for row in _rows_of(membership, now=now).filter(resigned_on=on):
        _restore(row)
        record("démission reprise", row, by=by, now=now, note=reason.strip())
    membership.refresh_from_db()
    return membership


def _restore(row: Membership) -> None:
    """A year that the resignation declined waits for its confirmation again; the others have their rights back."""
    values: dict[str, Any] = {"resigned_on": None, "resignation_reason": ""}
    if row.state == State.DECLINED:
        values |= {"state": State.TO_CONFIRM}
    else:
        values |= {"state": State.ACTIVE, "rights_until": rights.grace_day_after(row.year)}
    Membership.objects.filter(pk=row.pk).update(**values)


def _refuse_unless_it_can_leave(membership: Membership, on: date, reason: str) -> None:
    if not reason:
        raise Refused("Dites pourquoi : le motif est gardé avec la date.")
    if membership.state != State.ACTIVE or membership.accepted_at is None or membership.rights_until is None:
        raise Refused("Seule une adhésion active prend fin par une démission.")
    if on < membership.accepted_at.astimezone(PARIS).date():
        raise Refused("Cette démission est datée d’avant l’adhésion.")
    if on > membership.rights_until:
        raise Refused(f"Ses droits finissent déjà le {day_in_words(membership.rights_until)}.")


def _rows_of(membership: Membership, *, now: datetime) -> MembershipQuerySet:
    """Of the body that acts today and of those it replaced: its rights come from them all."""
    bodies = family(membership, on=now.astimezone(PARIS).date())
    rows = Membership.objects.select_for_update(of=("self",), no_key=True).filter(organisation__in=bodies)
    return rows.select_related("campaign", "organisation").order_by("campaign__year", "pk")


def _others(membership: Membership, on: date, *, now: datetime) -> list[Membership]:
    """Return the other years of the body that give rights after that day, or ask for some."""
    rows = [row for row in _rows_of(membership, now=now) if row.pk != membership.pk]
    lasting = [row for row in rows if row.state == State.ACTIVE and row.rights_until and row.rights_until > on]
    return lasting + [row for row in rows if row.state == State.TO_CONFIRM and row.year > membership.year]


def _leave(row: Membership, on: date, reason: str, *, by: "User", now: datetime) -> None:
    until = min(on, row.rights_until) if row.rights_until else on
    move(row, State.RESIGNED, resigned_on=on, resignation_reason=reason[:300], rights_until=until)
    record("démission", row, by=by, now=now, note=reason, changes={"droits jusqu’au": ["", day_in_words(until)]})


def _shorten(row: Membership, on: date, reason: str, *, by: "User", now: datetime) -> None:
    """A year that is over keeps its state: only the grace it gave ends."""
    said = [day_in_words(row.rights_until or on), day_in_words(on)]
    Membership.objects.filter(pk=row.pk).update(resigned_on=on, resignation_reason=reason[:300], rights_until=on)
    record("droits écourtés par une démission", row, by=by, now=now, note=reason, changes={"droits jusqu’au": said})
