"""Changing what is listed (domain.md E5): light changes show at once; a date, the place or the access waits to be read again.

The old version stays public meanwhile. Who registered is told through `TOLD`, by whoever keeps registrations.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import F

from core.refusals import Refused
from core.registry import Registry
from events import proposal_emails as emails
from events import proposing
from events.models import Event, Organiser
from events.proposing import HEAVY, Typed, typed_of
from events.services import writing
from events.services.moderating import last_step
from events.services.proposing import Stale, refuse_unless_right
from events.states import State
from records.services import record


class Change(Enum):
    """What those who registered are told of."""

    DATE = "la date"
    PLACE = "le lieu"
    ACCESS = "l’accès"
    ONLINE = "l’adresse de connexion"
    CANCELLED = "l’annulation"


# (event, what changed, why in the organiser's words, now, the sittings whose hours changed): tells those who registered, in the same
# transaction. A date concerns only who comes to those sittings.
TOLD: Registry[Callable[[Event, frozenset[Change], str, datetime, frozenset[int]], object]] = Registry()

_TOLD_OF = {
    "sittings": Change.DATE, "mode": Change.PLACE, "commune": Change.PLACE, "place": Change.PLACE, "address": Change.PLACE,
    "postcode": Change.PLACE, "access": Change.ACCESS, "online_url": Change.ONLINE,
}  # fmt: skip
# How many seats there are goes with the way of coming: where that waits, they wait.
_WITH_MODE = frozenset({"seats_onsite", "seats_online"})
# What stands in the calendar entries that people took: each gets a higher version.
_IN_CALENDARS = frozenset({"title", "mode", "commune", "place", "address", "postcode", "online_url"})


@transaction.atomic
def send(organiser: Organiser, *, revision: int, now: datetime) -> Event:
    """Send the changes of a listed event: what is light is public at once, the rest waits for the coordination."""
    event = writing.lock(organiser.event)
    if event.state != State.LISTED:
        raise Refused("Cet événement n’est pas au programme.")
    if event.revision != revision:
        raise Stale("Cet événement a changé dans une autre fenêtre : relisez-le.")
    public, checked = typed_of(event), writing.check(event, writing.working(event), now=now)
    refuse_unless_right(checked)
    wanted = writing.normal(event, checked)
    names = proposing.changed(public, wanted)
    wait = HEAVY | _WITH_MODE if "mode" in names else HEAVY
    heavy = {name: wanted[name] for name in names if name in wait}
    if "mode" in names:
        _refuse_what_does_not_fit(event, checked.said, now=now)
    by = writing.by_link(organiser)
    _show(event, wanted | {name: public[name] for name in wait}, public, by=by, now=now)
    _ask(event, heavy, public, by=by, now=now)
    return event


class _Fits(Exception):
    """Ends the try of a change that fits."""


def _refuse_what_does_not_fit(event: Event, said: dict[str, Any], *, now: datetime) -> None:
    """Try another way of being held, and undo it: people who would not all fit are told of when it is asked, not once it is read."""
    with suppress(_Fits), transaction.atomic():
        writing.write(writing.lock(event), said, now=now)
        raise _Fits


def _show(event: Event, shown: Typed, public: Typed, *, by: Any, now: datetime) -> None:
    """Publish the light changes."""
    names = proposing.changed(public, shown)
    event.typed, event.revision = {}, event.revision + 1
    if not names:
        event.save(update_fields=["typed", "revision"])
        return
    event.changed_at = now
    moved = writing.write(event, _cleaned(event, shown, now=now), now=now)
    changes = writing.differences(public, shown)
    writing.step(event, by=by, now=now, changes=changes)
    record("événement modifié", event, by=by, now=now, changes=changes)
    _follow(event, names, moved, now=now)


def _ask(event: Event, heavy: Typed, public: Typed, *, by: Any, now: datetime) -> None:
    """Leave to the coordination what it must read again; a change taken back waits no more."""
    if heavy == event.pending.get("typed", {}):
        return
    if not heavy:
        event.pending, event.pending_at, event.waits_since = {}, None, None
        event.save(update_fields=["pending", "pending_at", "waits_since"])
        writing.step(event, by=by, now=now, words="Changement repris : rien n’attend plus.")
        return
    event.pending, event.pending_at, event.waits_since = {"typed": heavy}, now, event.waits_since or now
    event.save(update_fields=["pending", "pending_at", "waits_since"])
    changes = writing.differences(public, public | heavy)
    writing.step(event, by=by, now=now, words="Changement à relire.", changes=changes)
    record("changement demandé après référencement", event, by=by, now=now, changes=changes)


@transaction.atomic
def accept(event: Event, *, by: Any, now: datetime, exception: bool = False, seen: int | None = None) -> Event:
    """Publish what waited, and tell who registered. `seen`: the last step that the coordinator read."""
    event = _waiting(event, seen)
    public = typed_of(event)
    shown = public | event.pending["typed"]
    checked = writing.check(event, shown, now=now)
    refuse_unless_right(checked)
    if checked.needs_exception and not exception and not event.exception_granted_at:
        raise Refused("Une date est hors de la saison : accordez l’exception, ou refusez le changement.")
    _settle(event, checked.needs_exception, now=now)
    moved = writing.write(event, checked.said, now=now)
    changes = writing.differences(public, shown)
    writing.step(event, by=by, now=now, words="Changement accepté.", changes=changes)
    record("changement accepté", event, by=by, now=now, changes=changes)
    emails.post_change_accepted(event, now=now)
    _follow(event, proposing.changed(public, shown), moved, now=now)
    return event


@transaction.atomic
def refuse(event: Event, words: str, *, by: Any, now: datetime, seen: int | None = None) -> Event:
    """Keep the public version, and say why."""
    if not words.strip():
        raise Refused("Dites pourquoi : l’organisateur le lira.")
    event = _waiting(event, seen)
    _settle(event, event.is_beside)
    event.save(update_fields=["pending", "pending_at", "waits_since"])
    writing.step(event, by=by, now=now, words=words)
    record("changement refusé", event, by=by, now=now, note=words)
    emails.post_change_refused(event, words, now=now)
    return event


def _waiting(event: Event, seen: int | None) -> Event:
    """Hold a change, which must be the one that was read: each that is sent writes a step."""
    held = writing.lock(event)
    if held.state != State.LISTED or not held.pending:
        raise Refused("Aucun changement n’attend plus : rechargez la page.")
    if seen is not None and seen != last_step(held):
        raise Refused("Ce changement vient d’être modifié : relisez-le, puis répondez.")
    return held


def _settle(event: Event, beside: bool, *, now: datetime | None = None) -> None:
    event.pending, event.pending_at, event.waits_since, event.is_beside = {}, None, None, beside
    if now:
        event.changed_at = now
        event.exception_granted_at = (event.exception_granted_at or now) if beside else None


@transaction.atomic
def cancel(event: Event, words: str, *, by: Any, now: datetime) -> Event:
    """Call an event off, for good: its page says so, calendars are told, and everybody who registered."""
    event = writing.lock(event)
    if event.state not in (State.PROPOSED, State.CHANGES_REQUESTED, State.LISTED):
        raise Refused("Cet événement ne peut pas être annulé.")
    was_public = event.listed_at is not None
    event.state, event.pending, event.pending_at, event.waits_since = State.CANCELLED, {}, None, None
    event.typed, event.revision, event.changed_at = {}, event.revision + 1, now
    event.save()
    event.slots.update(sequence=F("sequence") + 1)
    writing.step(event, to=State.CANCELLED, by=by, now=now, words=words)
    record("événement annulé", event, by=by, now=now, note=words)
    emails.post_cancelled(event, words, now=now)
    if was_public:
        tell(event, frozenset({Change.CANCELLED}), words, now=now)
    return event


def _follow(event: Event, names: list[str], moved: frozenset[int], *, now: datetime) -> None:
    """Raise the calendar entries, and tell who registered."""
    if _IN_CALENDARS & set(names):
        event.slots.update(sequence=F("sequence") + 1)
    found = frozenset(_TOLD_OF[name] for name in names if name in _TOLD_OF)
    if found:
        tell(event, found, "", moved, now=now)


def tell(event: Event, changes: frozenset[Change], words: str, moved: frozenset[int] = frozenset(), *, now: datetime) -> None:
    for told in TOLD:
        told(event, changes, words, now, moved)


def _cleaned(event: Event, typed: Typed, *, now: datetime) -> dict[str, Any]:
    checked = writing.check(event, typed, now=now)
    if not checked.is_complete:
        raise Refused("Il manque des réponses : relisez chaque écran.")
    return checked.said
