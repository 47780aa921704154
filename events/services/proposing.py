"""Proposing an event: begin, keep what is typed, propose, correct, copy last year's, erase a draft."""

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import normalise
from core.refusals import Refused
from events import organisers, pictures
from events import proposal_emails as emails
from events.models import Event, Organiser, Season
from events.proposing import Typed, is_begun, kept, typed_of
from events.services import writing
from events.services.writing import Checked
from events.states import State
from records.services import forget, record

# Where an organiser may still write: a cancelled event is over.
WRITABLE = frozenset(State) - {State.CANCELLED}
PROPOSABLE = frozenset({State.DRAFT, State.CHANGES_REQUESTED, State.REFUSED, State.PROPOSED})
# Of one address, at once: more is somebody else typing it.
MOST_DRAFTS = 20


class Stale(Refused):
    """Another window saved something newer: nothing was overwritten."""


@transaction.atomic
def begin(season: Season, email: str, *, name: str = "", now: datetime) -> Organiser:
    """Begin a proposal, or find again the one that this address began and never wrote in."""
    if not season.is_listing(now=now):
        raise Refused("Cette saison ne prend plus de propositions.")
    mine = Organiser.objects.filter(email=normalise(email), event__state=State.DRAFT).select_related("event")
    drafts = list(mine.filter(event__season=season, is_lead=True).order_by("pk"))
    empty = next((row for row in drafts if not is_begun(row.event)), None)
    if empty:
        return empty
    if len(drafts) >= MOST_DRAFTS:
        # Said to nobody: whoever types an address learns nothing of it.
        return drafts[-1]
    event = Event.objects.create(season=season, created_at=now)
    return organisers.make(event, email, name=name, is_lead=True, now=now)


@transaction.atomic
def save(event: Event, typed: Typed, *, now: datetime, revision: int | None = None) -> Event:
    """Keep what was typed on a screen. `revision`: what the page started from; of two windows, the second is told."""
    held = writing.lock(event)
    _refuse_unless_writable(held)
    if revision is not None and revision != held.revision:
        raise Stale("Une autre fenêtre a enregistré un texte plus récent.")
    before = writing.working(held)
    fresh = {name: said for name, said in kept(typed).items() if before.get(name, _nothing(said)) != said}
    if not fresh:
        return held
    held.typed, held.revision, held.saved_at = held.typed | fresh, held.revision + 1, now
    held.save(update_fields=["typed", "revision", "saved_at"])
    return held


def _nothing(said: object) -> object:
    return [] if isinstance(said, list) else ""


def _refuse_unless_writable(event: Event) -> None:
    if event.state not in WRITABLE:
        raise Refused("Cet événement est annulé : il ne se modifie plus.")


@transaction.atomic
def propose(organiser: Organiser, *, revision: int, now: datetime) -> Event:
    """Send a proposal to its coordination, or send it again corrected. Listed, it is changed by `changing.send`."""
    event = writing.lock(organiser.event)
    _refuse_unless_proposable(event, revision, now=now)
    checked = writing.check(event, writing.working(event), now=now)
    refuse_unless_right(checked)
    was, before = State(event.state), typed_of(event) if event.proposed_at else {}
    _propose(event, checked, now=now)
    changes = writing.differences(before, typed_of(event)) if before else {}
    by = writing.by_link(organiser)
    writing.step(event, to=None if was == State.PROPOSED else State.PROPOSED, by=by, now=now, changes=changes)
    record("proposition corrigée" if before else "événement proposé", event, by=by, now=now)
    emails.post_proposed(event, again=bool(before), now=now)
    return event


def _refuse_unless_proposable(event: Event, revision: int, *, now: datetime) -> None:
    _refuse_unless_writable(event)
    if event.state not in PROPOSABLE:
        raise Refused("Cet événement est déjà au programme : envoyez vos changements.")
    if event.revision != revision:
        raise Stale("Cette proposition a changé dans une autre fenêtre : relisez-la.")
    if event.state in (State.DRAFT, State.REFUSED) and not event.season.is_listing(now=now):
        raise Refused("Les propositions sont closes pour cette saison : votre texte est gardé, écrivez-nous.")


def refuse_unless_right(checked: Checked) -> None:
    if not checked.is_complete:
        raise Refused("Il manque des réponses : elles sont signalées ci-dessous.")
    if checked.lacks_reason:
        raise Refused("Une date est hors de la saison : dites pourquoi, la coordination décidera.")
    if not checked.may_be_proposed:
        raise Refused("L’événement ne remplit pas une condition du programme : voyez ci-dessous.")


def _propose(event: Event, checked: Checked, *, now: datetime) -> None:
    if event.state != State.PROPOSED:
        event.waits_since = now
    event.state, event.typed = State.PROPOSED, {}
    event.proposed_at = event.proposed_at or now
    event.revision += 1
    writing.write(event, checked.said, now=now)


@transaction.atomic
def copy(organiser: Organiser, season: Season, *, now: datetime) -> Organiser:
    """Begin a proposal with what a past event said: all but its dates, moved to the same weekday of the season, to be checked."""
    event = organiser.event
    if not season.is_listing(now=now):
        raise Refused("Cette saison ne prend pas de proposition.")
    typed = writing.working(event) | {"parent": "", "exception_asked": ""}
    typed["sittings"] = [_moved(row, event.season, season) for row in typed.get("sittings") or []]
    made = Event.objects.create(season=season, created_at=now, saved_at=now, typed=typed, revision=1, copied_from=event)
    return organisers.make(made, organiser.email, name=organiser.name, is_lead=True, now=now)


def _moved(row: Typed, was: Season, to: Season) -> Typed:
    """The same day of the season, a year later: the Tuesday stays a Tuesday."""
    shift = to.starts_on - was.starts_on
    weeks = timedelta(days=shift.days - (to.starts_on.weekday() - was.starts_on.weekday()))
    return row | {"slot": "", "day": _shifted(row["day"], weeks), "last": _shifted(row["last"], weeks)}


def _shifted(day: str, by: timedelta) -> str:
    try:
        return (date.fromisoformat(day) + by).isoformat()
    except (ValueError, OverflowError):
        return ""


@transaction.atomic
def erase(organiser: Organiser) -> None:
    """Erase a draft that was never proposed, with whoever was of it."""
    event = writing.lock(organiser.event)
    if event.state != State.DRAFT or event.proposed_at:
        raise Refused("Cette proposition est partie : elle s’annule, elle ne s’efface pas.")
    forget(event)
    pictures.forget_of(event)
    event.delete()


@transaction.atomic
def drop_changes(organiser: Organiser) -> None:
    """Forget what was typed since and not sent."""
    event = writing.lock(organiser.event)
    if event.state != State.DRAFT and event.typed:
        event.typed, event.revision = {}, event.revision + 1
        event.save(update_fields=["typed", "revision"])
