"""What an organiser writes to those who registered: a message about a sitting, thanks afterwards. One act, undone for ten minutes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core import workdays
from core.refusals import Refused
from core.typography import NBSP, agreeing
from events import host_emails as emails
from events import host_queries
from events.models import Event, Registration
from events.services import writing
from events.states import State
from mailing import batches, outbox
from mailing.batches import TEN_MINUTES
from mailing.letters import KINDS
from mailing.models import Batch
from mailing.outbox import Owed
from records.services import label_of, record

UNDO_MESSAGE, UNDO_THANKS = "events.host_message", "events.host_thanks"
UNDOS = (UNDO_MESSAGE, UNDO_THANKS)
# Read when one is on the way, a message comes too late: it leaves at once then, as reminders do, though G8 has group letters wait.
NEAR = timedelta(hours=3)
SEATED, WAITING, EVERYBODY = "inscrits", "attente", "tous"
AUDIENCES = {SEATED: "les personnes inscrites", WAITING: "la liste d’attente", EVERYBODY: "les deux"}


@dataclass(frozen=True)
class Written:
    """What the organiser wrote, to whom; `slot` None: to every sitting."""

    subject: str = ""
    words: str = ""
    slot: int | None = None
    audience: str = SEATED


@dataclass(frozen=True)
class Author:
    """Who writes, how letters name them, and where they are answered."""

    by: Any
    name: str
    reply_to: str


@dataclass(frozen=True)
class Seen:
    """A letter as one of them would read it; `whose`: of whom, when others read other words."""

    subject: str
    text: str
    whose: str = ""


@dataclass(frozen=True)
class Preview:
    """To how many it would leave, when, and what one of them would read; `near`: when it leaves to those of a sitting too near to wait."""

    count: int
    letters: list[Seen]
    leaves_at: datetime | None
    near: datetime | None = None
    # When it would leave after the hour of a sitting all the same: within ten minutes of it.
    is_late: bool = False


def register_hooks() -> None:
    """A letter that has not left is the whole act: there is nothing else to take back."""
    for name in UNDOS:
        batches.UNDOS[name] = _nothing_else


def _nothing_else(batch: Batch, *, by: Any, now: datetime) -> str:
    return ""


def readers(event: Event, written: Written, *, now: datetime) -> list[Registration]:
    """Whom a message is to, each address once: for the first of its sittings that is not over."""
    rows = host_queries.people(event, None if written.slot is None else [written.slot])
    wanted = {SEATED: _is_seated, WAITING: _is_waiting, EVERYBODY: _is_of_it}[written.audience]
    mine = [row for row in rows if wanted(row)]
    return _once(sorted(mine, key=lambda row: (host_queries.ends_of(row.slot) <= now, row.slot.starts_at)))


def _is_seated(row: Registration) -> bool:
    return row.is_seated


def _is_waiting(row: Registration) -> bool:
    return row.is_waiting


def _is_of_it(row: Registration) -> bool:
    return row.is_seated or row.is_waiting


def to_thank(event: Event) -> list[Registration]:
    """Those who came; when nobody was checked in, those who had a seat."""
    seated = [row for row in host_queries.people(event) if row.is_seated or row.came_at]
    came = [row for row in seated if row.came_at]
    return _once(came or seated)


def _once(rows: Iterable[Registration]) -> list[Registration]:
    """One row an address: the first."""
    found: dict[str, Registration] = {}
    for row in rows:
        if row.email:
            found.setdefault(row.email, row)
    return list(found.values())


def preview(event: Event, written: Written, *, author: Author, thanks: bool, now: datetime) -> Preview:
    """Show it as it would leave; nothing is written."""
    rows = _audience(event, written, thanks=thanks, now=now)
    soon = now + TEN_MINUTES
    urgent, waiting = _by_haste(rows, thanks=thanks, now=now)
    leaves = outbox.leaves_at(KINDS[_kind(thanks=thanks)], soon, in_batch=True) if waiting else None
    is_late = not thanks and any(now < row.slot.starts_at <= soon for row in rows)
    letters = _seen(urgent, waiting, written, author, thanks=thanks)
    return Preview(len(rows), letters, leaves, soon if urgent else None, is_late)


def _kind(*, thanks: bool) -> str:
    return emails.THANKS if thanks else emails.MESSAGE


def _seen(urgent: list[Registration], waiting: list[Registration], written: Written, author: Author, *, thanks: bool) -> list[Seen]:
    """What will leave, in the words of its kind (the team may have worded each); both kinds, when they do not say the same."""

    def read(row: Registration, kind: str) -> tuple[str, str]:
        context = _letter(row, written, author, "aperçu").context
        return outbox.render(KINDS[kind], context, scope=label_of(row.slot.event.season))

    kind = _kind(thanks=thanks)
    if not (urgent and waiting):
        return [Seen(*(read(urgent[0], emails.URGENT) if urgent else read(waiting[0], kind)))]
    if (soonest := read(urgent[0], emails.URGENT)) == read(urgent[0], kind):
        return [Seen(*soonest)]
    return [Seen(*soonest, "Pour les séances proches"), Seen(*read(waiting[0], kind), "Pour les autres")]


def _by_haste(rows: Iterable[Registration], *, thanks: bool, now: datetime) -> tuple[list[Registration], list[Registration]]:
    """Those of a sitting that working hours would miss, then those who can wait for them (G8)."""
    found: tuple[list[Registration], list[Registration]] = ([], [])
    for row in rows:
        found[thanks or not is_near(row, now=now)].append(row)
    return found


def is_near(row: Registration, *, now: datetime) -> bool:
    """Whether a letter that waits for working hours would miss its sitting: one that begins before, or hardly after, or ends before."""
    leaves = workdays.next_working_moment(now + TEN_MINUTES)
    ends = host_queries.ends_of(row.slot)
    if leaves <= now + TEN_MINUTES or ends <= now:
        return False
    return row.slot.starts_at - leaves < NEAR if row.slot.starts_at > now else ends <= leaves


def _audience(event: Event, written: Written, *, thanks: bool, now: datetime) -> list[Registration]:
    if thanks:
        refuse_unless_thanks(event, now=now)
    else:
        refuse_cancelled(event)
    rows = to_thank(event) if thanks else readers(event, written, now=now)
    if not rows:
        raise Refused("Personne à qui écrire : personne n’est inscrit de cette façon avec une adresse électronique.")
    return rows


def _letter(row: Registration, written: Written, author: Author, stamp: str) -> Owed:
    key = f"registration:{row.pk}:{stamp}"
    return emails.owed(row, key, by=author.name, reply_to=author.reply_to, subject=written.subject, words=written.words)


def send(event: Event, written: Written, *, author: Author, count: int, token: str, thanks: bool, now: datetime) -> Batch:
    """Write to exactly as many as were shown; the same confirmation sent twice is one act."""
    if done := Batch.objects.filter(token=token).first():
        return done
    try:
        with transaction.atomic():
            return _send(event, written, author=author, count=count, token=token, thanks=thanks, now=now)
    except IntegrityError:
        if done := Batch.objects.filter(token=token).first():
            return done
        raise


def _send(event: Event, written: Written, *, author: Author, count: int, token: str, thanks: bool, now: datetime) -> Batch:
    # One at a time: two people who thank at once thank once.
    event = writing.lock(event)
    rows = _audience(event, written, thanks=thanks, now=now)
    if len(rows) != count:
        raise Refused(f"Il y a maintenant {_counted(len(rows))}, et non {count} : relisez avant d’envoyer.")
    label = f"Remerciements{NBSP}: {event}" if thanks else f"Message aux inscrits{NBSP}: {written.subject}"
    batch = batches.open_batch(label, by=author.by, now=now, about=event, undo=UNDO_THANKS if thanks else UNDO_MESSAGE, token=token)
    _post(rows, written, author, batch, thanks=thanks, now=now)
    record("remerciements envoyés" if thanks else "message aux inscrits", event, by=author.by, now=now, note=_counted(len(rows)))
    return batch


def _post(rows: list[Registration], written: Written, author: Author, batch: Batch, *, thanks: bool, now: datetime) -> None:
    """One letter each. Once the first leave, nothing is taken back: the act can be undone until then."""
    urgent, waiting = _by_haste(rows, thanks=thanks, now=now)
    stamp, soon = "thanks" if thanks else f"message:{batch.pk}", batch.due_at
    # The urgent ones first: those that wait put the whole batch off.
    for found, kind in ((urgent, emails.URGENT), (waiting, _kind(thanks=thanks))):
        letters = [_letter(row, written, author, stamp) for row in found]
        outbox.post_all(KINDS[kind], letters, batch=batch, now=now, scope=label_of(rows[0].slot.event.season))
    if urgent:
        batch.due_at = soon
        batch.save(update_fields=["due_at"])


def _counted(count: int) -> str:
    return f"{count}{NBSP}{agreeing(count, 'personne', 'personnes')}"


def refuse_cancelled(event: Event) -> None:
    if event.state == State.CANCELLED:
        raise Refused("Cet événement est annulé : les personnes inscrites à une séance à venir en ont été prévenues.")


def refuse_unless_thanks(event: Event, *, now: datetime) -> None:
    """Once, when everything is over; of what was cancelled there is nothing to thank for."""
    refuse_cancelled(event)
    if not host_queries.is_over(event, now=now):
        raise Refused("On remercie quand tout est passé.")
    if thanked(event):
        raise Refused("Les remerciements sont déjà partis : écrivez plutôt un message.")


def thanked(event: Event) -> Batch | None:
    return sent(event).filter(undo=UNDO_THANKS, undone_at=None).first()


def sent(event: Event) -> QuerySet[Batch]:
    """What was written to those who registered, the last first."""
    return Batch.objects.filter(about=label_of(event), undo__in=UNDOS).order_by("-created_at", "-pk")


def undo(batch: Batch, *, by: Any, now: datetime) -> int:
    """Take it back while it can be: how many letters will not leave."""
    return batches.undo(batch, by=by, now=now).letters
