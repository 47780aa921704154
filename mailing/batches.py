"""Letters of one group act: due ten minutes later, until then the act can be undone; « Envoyer maintenant » skips the wait.

Whoever acts on many rows opens a batch in the act's own transaction, posts its letters with `outbox.post(…, batch=batch)`, and names in
`UNDOS` what takes the act itself back. An act without letters opens one too, so that it can be undone. The batch's row is the lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from core import hints, workdays
from core.refusals import Refused
from core.typography import moment_in_words
from mailing.models import Batch, Message
from mailing.outbox import AT_ONCE, TASK, message_id
from mailing.states import State
from records.services import label_of, record

TEN_MINUTES = timedelta(minutes=10)
LEAVING = "Ses lettres partent déjà : il est trop tard pour annuler."
TOO_LATE = "Le délai pour annuler est passé."
UNDONE = "Cet acte est déjà annulé."

# (batch, by=, now=): takes the act itself back, in the transaction that closes its letters. It may refuse (`Refused`): nothing is undone.
# It may return a sentence: what changed since, and was left as it is.
Undo = Callable[..., Any]
UNDOS: dict[str, Undo] = {}
# Of the same names. (batch, by=, now=): what follows when the letters leave at once, in the same transaction.
HURRIED: dict[str, Callable[..., Any]] = {}
# (batch): locks what the act's own verbs lock before they write in its batch, so that nobody waits for somebody who waits for them.
HELD_FIRST: dict[str, Callable[[Batch], Any]] = {}


@dataclass(frozen=True)
class Undone:
    """How many letters will not leave, and what the act itself says of its undoing."""

    letters: int
    told: str = ""


def open_batch(
    label: str,
    *,
    by: Any,
    now: datetime,
    about: models.Model | str = "",
    undo: str = "",
    undo_data: dict[str, Any] | None = None,
    token: str | None = None,
) -> Batch:
    """Begin a group act, in the caller's transaction; the caller logs what it did (`records.services.record`).

    `about` is the row it is about, or its label; `undo` a name of `UNDOS`; `token` the confirmation: the same one twice is refused
    by the database. Its letters are group letters: they wait for working hours (domain.md G8), and until then the act can be undone.
    """
    if undo and undo not in UNDOS:
        raise LookupError(f"{undo} : rien ne sait défaire cet acte")
    return Batch.objects.create(
        label=label[:200],
        about=about if isinstance(about, str) else label_of(about),
        by_id=str(by.pk) if by else "",
        by_name=str(by)[:200] if by else "Portail",
        created_at=now,
        due_at=now + TEN_MINUTES,
        undo=undo,
        undo_data=undo_data or {},
        token=token,
    )


@transaction.atomic
def send_now(batch: Batch, *, by: Any, now: datetime) -> int:
    """Skip the wait: its letters are due at once, and the act can no longer be undone. Twice is once."""
    locked = _lock(batch)
    if locked.undone_at:
        raise Refused(UNDONE)
    if not locked.can_be_undone(now=now):
        raise Refused("Le délai est passé : les lettres partent déjà.")
    if not workdays.is_working_moment(now):
        raise Refused(f"Une lettre de groupe part un jour ouvré, entre 8 h et 19 h : départ le {moment_in_words(locked.due_at)}.")
    count = locked.letters.filter(state=State.DUE).update(due_at=now, next_at=now)
    locked.due_at = locked.hurried_at = now
    locked.save(update_fields=["due_at", "hurried_at"])
    if locked.undo in HURRIED:
        HURRIED[locked.undo](locked, by=by, now=now)
    record("envoi groupé : envoyé sans attendre", locked, by=by, now=now, note=f"{count} lettre{'s' if count > 1 else ''}")
    hints.nudge(TASK)
    return count


def can_be_hurried(batch: Batch, *, now: datetime) -> bool:
    """True when « Envoyer maintenant » would send something: a letter of a group keeps to working hours (domain.md G8)."""
    waits = batch.can_be_undone(now=now) and workdays.is_working_moment(now)
    return waits and batch.letters.filter(state=State.DUE).exists()


@transaction.atomic
def undo(batch: Batch, *, by: Any, now: datetime) -> Undone:
    """Take a group act back before its letters are due: they never leave, and the act itself is undone; or nothing is.

    A letter that a worker holds, whatever the clocks say, means that it is too late: one letter never leaves for an act undone.
    """
    locked = _lock(batch)
    _refuse_unless_undoable(locked, now=now)
    letters = _held(locked)
    for letter in letters:
        letter.state = State.VOID
        # The fact is to be announced again if the act is done again: its key is given back.
        letter.key = f"{letter.key[:170]}:annulée:{locked.pk}"
        letter.message_id = message_id(letter.key)
    Message.objects.bulk_update(letters, ["state", "key", "message_id"], batch_size=AT_ONCE)
    told = (UNDOS[locked.undo](locked, by=by, now=now) or "") if locked.undo else ""
    locked.undone_at, locked.undone_by = now, str(by)[:200] if by else "Portail"
    locked.save(update_fields=["undone_at", "undone_by"])
    record("envoi groupé annulé", locked, by=by, now=now, note=f"{locked.label}. {told}" if told else locked.label)
    return Undone(len(letters), told)


def _refuse_unless_undoable(batch: Batch, *, now: datetime) -> None:
    if batch.undone_at:
        raise Refused(UNDONE)
    if batch.hurried_at:
        raise Refused("« Envoyer maintenant » a été demandé : il est trop tard pour annuler.")
    if not batch.can_be_undone(now=now):
        raise Refused(TOO_LATE)


def _held(batch: Batch) -> list[Message]:
    """Lock its letters: a worker that comes now skips them; one that came first has them, and it is too late."""
    letters = list(batch.letters.select_for_update(of=("self",)).exclude(state=State.VOID).order_by("pk"))
    if any(letter.state != State.DUE for letter in letters):
        raise Refused(LEAVING)
    return letters


@transaction.atomic
def add_paragraph(letter: Message, text: str, *, by: Any, now: datetime) -> Message:
    """Put a personal paragraph, after the greeting, in one letter of a batch before it leaves; an empty one takes it away."""
    locked = Message.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if locked.batch_id is None or locked.is_secret:
        raise Refused("Seule une lettre d’un envoi groupé reçoit un paragraphe personnel.")
    if locked.state != State.DUE or locked.next_at <= now:
        raise Refused("Cette lettre part ou est partie : elle ne se complète plus.")
    if locked.paragraph != text:
        locked.paragraph = text
        locked.save(update_fields=["paragraph"])
        record("paragraphe personnel" if text else "paragraphe personnel retiré", locked, by=by, now=now)
    return locked


def _lock(batch: Batch) -> Batch:
    if batch.undo in HELD_FIRST:
        HELD_FIRST[batch.undo](batch)
    return Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
