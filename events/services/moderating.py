"""Answering proposals: list, ask for a change, refuse, write, give to another queue (domain.md E1, E2, E9)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from core.refusals import Refused
from events import proposal_emails as emails
from events.models import Event, EventStep, Organiser
from events.models.event import NATIONAL
from events.proposing import typed_of
from events.services import writing
from events.states import NEXT, State
from organisations.regions import Region
from records.services import record


@transaction.atomic
def list_event(event: Event, *, by: Any, now: datetime, exception: bool = False, words: str = "", seen: int | None = None) -> Event:
    """« Référencer »: it is in the programme at once. What needs an exception is listed when the coordinator grants it."""
    event = _held(event, State.LISTED, seen)
    checked = writing.check(event, typed_of(event), now=now)
    if not checked.is_complete or any(answer.blocks for answer in checked.answers):
        raise Refused("L’événement ne remplit pas toutes les conditions : demandez un changement.")
    if checked.needs_exception and not exception:
        raise Refused("Une date est hors de la saison : cochez l’exception pour le référencer.")
    event.is_beside = checked.needs_exception
    event.exception_granted_at = now if checked.needs_exception else None
    event.listed_at = event.listed_at or now
    event.changed_at = now
    _move(event, State.LISTED, words, by=by, now=now)
    record("événement référencé", event, by=by, now=now, note="Par exception." if event.is_beside else "")
    emails.post_listed(event, words, now=now)
    return event


@transaction.atomic
def ask_changes(event: Event, words: str, *, by: Any, now: datetime, seen: int | None = None) -> Event:
    """Ask the organiser for something, in words."""
    event = _held(event, State.CHANGES_REQUESTED, seen)
    _move(event, State.CHANGES_REQUESTED, _said(words), by=by, now=now)
    record("complément demandé", event, by=by, now=now, note=words)
    emails.post_changes_asked(event, words, now=now)
    return event


@transaction.atomic
def refuse(event: Event, words: str, *, by: Any, now: datetime, seen: int | None = None) -> Event:
    """Refuse, with reasons; corrected, it may be proposed again."""
    event = _held(event, State.REFUSED, seen)
    _move(event, State.REFUSED, _said(words), by=by, now=now)
    record("événement refusé", event, by=by, now=now, note=words)
    emails.post_refused(event, words, now=now)
    return event


@transaction.atomic
def write_to_organiser(event: Event, words: str, *, by: Any, now: datetime) -> EventStep:
    """A message of the thread: each organiser has it by mail, and answers on their page."""
    row = writing.step(writing.lock(event), by=by, now=now, words=_said(words))
    record("message à l’organisateur", event, by=by, now=now)
    emails.post_message(event, row, now=now)
    return row


@transaction.atomic
def note(event: Event, words: str, *, by: Any, now: datetime) -> EventStep:
    """A word between coordinators, that the organiser never reads."""
    return writing.step(writing.lock(event), by=by, now=now, words=_said(words), is_told=False)


@transaction.atomic
def write_to_coordination(organiser: Organiser, words: str, *, now: datetime) -> EventStep:
    """A message of the organiser: whoever answers the proposal has it by mail."""
    event = writing.lock(organiser.event)
    if event.state == State.DRAFT:
        raise Refused("Cette proposition n’est pas encore partie : proposez-la d’abord.")
    row = writing.step(event, by=writing.by_link(organiser), now=now, words=_said(words))
    record("message de l’organisateur", event, by=writing.by_link(organiser), now=now)
    emails.post_to_coordination(event, row, now=now)
    return row


@transaction.atomic
def reassign(event: Event, queue: str, *, by: Any, now: datetime) -> Event:
    """Give a proposal to another queue, in one act; empty, back to its region's."""
    if queue not in ("", NATIONAL, *Region.values):
        raise Refused("Choisissez une région de la liste, ou la file nationale.")
    event = writing.lock(event)
    queue = "" if queue == event.region else queue
    if event.queue == queue:
        raise Refused("Cette proposition y est déjà.")
    event.queue = queue
    event.save(update_fields=["queue"])
    name = str(event.get_queue_display()) if queue else event.area
    writing.step(event, by=by, now=now, words=f"Confié à : {name}.", is_told=False)
    record("proposition confiée à une autre file", event, by=by, now=now, note=name)
    emails.post_given(event, now=now)
    return event


def _held(event: Event, to: State, seen: int | None) -> Event:
    """Hold the event, which must be as the coordinator read it: `seen` is the last step of its page."""
    held = writing.lock(event)
    if to not in NEXT[State(held.state)]:
        raise Refused(f"Un événement « {State(held.state).label} » ne peut pas devenir « {to.label} ».")
    if seen is not None and seen != last_step(held):
        raise Refused("Cette proposition vient de changer : relisez-la, puis répondez.")
    return held


def last_step(event: Event) -> int:
    return event.steps.order_by("-pk").values_list("pk", flat=True).first() or 0


def _move(event: Event, to: State, words: str, *, by: Any, now: datetime) -> None:
    event.state, event.waits_since = to, None
    event.save()
    writing.step(event, to=to, by=by, now=now, words=words)


def _said(words: str) -> str:
    if not words.strip():
        raise Refused("Écrivez ce que l’organisateur doit lire.")
    return words.strip()
