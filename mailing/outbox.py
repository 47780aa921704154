"""Owing a letter, and what staff do with those that went wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models.utils import resolve_callables
from django.urls import reverse
from django.utils.crypto import salted_hmac

from core import hints, workdays
from core.addresses import absolute
from core.refusals import Refused
from mailing import rendering, wordings
from mailing.letters import KINDS, Context, LetterKind
from mailing.models import Batch, Message, MessageQuerySet, Refusal
from mailing.states import CLOSED, PENDING, State
from records import services as records

TASK = "mailing.deliver"
AT_ONCE = 500  # rows written in one go


def post(
    key: str,
    kind: LetterKind,
    *,
    to: str,
    context: Context,
    now: datetime,
    reader: models.Model | None = None,
    about: str = "",
    reply_to: str = "",
    cc: str = "",
    due_at: datetime | None = None,
    is_new: bool = False,
    batch: Batch | None = None,
    scope: str = "",
) -> Message:
    """Owe a letter, in the caller's transaction; the second post of a key is the first one, and renders nothing.

    `reader`: the person it is to, who reads it in their space whatever becomes of the address; without one, whoever has the address.
    `is_new`: the fact was born in this very transaction, so that nobody can have posted its letter yet: nothing is asked first.
    `batch`: the group act it is part of: it leaves when the act can no longer be undone (`mailing.batches`).
    `scope`: the label of the row (an edition) that may have its own words for this kind.
    """
    letter = cache(lambda: render(kind, context, scope=scope))
    said: dict[str, Any] = {"reader": reader, "about": about, "reply_to": reply_to, "cc": cc, "due_at": due_at, "batch": batch}
    fields = {**_fields(key, kind, to=to, now=now, **said), "subject": lambda: letter()[0], "text": lambda: letter()[1]}
    _hold(batch, fields["due_at"])
    return _written(key, fields, is_new=is_new)


@dataclass(frozen=True)
class Owed:
    """One of many letters of a kind, for `post_all`."""

    key: str
    to: str
    context: Context
    reader: models.Model | None = None
    about: str = ""
    reply_to: str = ""
    due_at: datetime | None = None


def post_all(kind: LetterKind, letters: Iterable[Owed], *, batch: Batch | None = None, now: datetime, scope: str = "") -> set[str]:
    """Owe many letters, in the caller's transaction and a few queries; return the keys that were not owed yet.

    `batch`: the group act they are, which waits to be undone; without one, each leaves at its own `due_at`.
    """
    owed = {letter.key: letter for letter in letters}
    known = _known(owed)
    owed = {key: letter for key, letter in owed.items() if key not in known}
    words, rows = wordings.current(kind, scope=scope), []
    for key, letter in owed.items():
        said: dict[str, Any] = {"reader": letter.reader, "about": letter.about, "reply_to": letter.reply_to, "batch": batch}
        fields = _fields(key, kind, to=letter.to, now=now, due_at=letter.due_at, **said)
        _hold(batch, fields["due_at"])
        subject, text = rendering.render(kind, words, letter.context)
        rows.append(Message(key=key, subject=subject, text=text, next_at=fields["due_at"], **fields).derive())
    Message.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    if rows:
        hints.nudge(TASK)
    return set(owed)


def _known(keys: Iterable[str]) -> set[str]:
    return set(Message.objects.filter(key__in=list(keys)).order_by("pk").values_list("key", flat=True))


def _fields(
    key: str,
    kind: LetterKind,
    *,
    to: str,
    now: datetime,
    reader: models.Model | None = None,
    about: str = "",
    reply_to: str = "",
    cc: str = "",
    due_at: datetime | None = None,
    batch: Batch | None = None,
) -> dict[str, Any]:
    """What a letter is, but its words."""
    return {
        "message_id": message_id(key),
        "kind": kind.name,
        "rank": 0 if kind.secret else 1,
        "about": about,
        "to": to.strip().lower(),
        "reader": records.label_of(reader) if reader else "",
        "cc": cc,
        "reply_to": reply_to,
        "batch": batch,
        "unsubscribe": unsubscribe_url(key) if kind.unsubscribe else "",
        "created_at": now,
        "due_at": leaves_at(kind, due_at or (batch.due_at if batch else now), in_batch=batch is not None),
    }


def _hold(batch: Batch | None, due: datetime) -> None:
    """A batch whose letters wait for working hours may be undone until then."""
    if batch and due > batch.due_at:
        batch.due_at = due
        Batch.objects.filter(pk=batch.pk).update(due_at=due)


def leaves_at(kind: LetterKind, moment: datetime, *, in_batch: bool = False) -> datetime:
    """Return when a letter due at `moment` leaves: what we start, and what a group act sends, waits for working hours (domain.md G8)."""
    waits = kind.in_working_hours or (in_batch and not kind.at_once)
    return workdays.next_working_moment(moment) if waits else moment


def _written(key: str, fields: dict[str, Any], *, is_new: bool) -> Message:
    """Write the letter, unless it was, and hint that there is one to send."""
    defaults = {**fields, "next_at": fields["due_at"]}
    if is_new:
        message, created = Message.objects.create(key=key, **dict(resolve_callables(defaults))), True
    else:
        message, created = Message.objects.get_or_create(key=key, defaults=defaults)
    if created:
        hints.nudge(TASK)
    return message


def render(kind: LetterKind, context: Context, *, scope: str = "") -> tuple[str, str]:
    """Return subject and text, in the words that count today for this scope (`mailing.wordings`)."""
    return rendering.render(kind, wordings.current(kind, scope=scope), context)


def message_id(key: str) -> str:
    """Derive the Message-ID from the key, keyed so that it tells nothing about the fact or the person."""
    digest = salted_hmac("mailing.message-id", key, algorithm="sha256").hexdigest()[:40]
    return f"<{digest}@{urlsplit(settings.PORTAL_URL).hostname}>"


def unsubscribe_url(key: str) -> str:
    """Make the secret address that one click of the reader's mailbox calls; nothing but this letter holds it."""
    secret = salted_hmac("mailing.unsubscribe", key, algorithm="sha256").hexdigest()
    return absolute(reverse("unsubscribe", args=[secret]))


def unsubscribe(secret: str, *, now: datetime) -> None:
    """Stop what a letter was about, for whoever holds its secret address; what is unknown, or was stopped, is as well done."""
    kinds = [kind.name for kind in KINDS.values() if kind.unsubscribe]
    path = reverse("unsubscribe", args=[secret])
    letter = Message.objects.filter(kind__in=kinds, unsubscribe__endswith=path).order_by("pk").first()
    if letter and letter.to and (stop := letter.letter.unsubscribe):
        stop(letter, now)


def forget(about: str, now: datetime) -> int:
    """Blank whom and what the letters about a purged row said; what had not left never will (domain.md G3)."""
    letters = Message.objects.filter(about=about).exclude(to="")
    letters.filter(state__in=[State.DUE, State.UNCERTAIN, State.FAILED]).update(state=State.VOID)
    return blank(letters)


def blank(letters: MessageQuerySet) -> int:
    """Erase everything personal from these letters; state and dates stay, so that nothing is sent twice."""
    words = dict.fromkeys(("to", "reader", "cc", "reply_to", "subject", "search", "text", "paragraph", "unsubscribe", "error"), "")
    return letters.exclude(state__in=PENDING).update(**words, files=[])


@transaction.atomic
def resend(message: Message, *, by: Any, now: datetime) -> Message:
    """Send again, on a person's decision: a refused letter itself, or a copy of one that left."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.is_secret:
        raise Refused("Un code ou un lien personnel ne se renvoie pas : la personne en demande un nouveau.")
    if not message.to or not message.text:
        raise Refused("Cette lettre a été effacée : elle ne peut plus être renvoyée.")
    if message.state not in (State.FAILED, State.SENT):
        raise Refused(f"Une lettre « {State(message.state).label} » ne se renvoie pas.")
    if overtaken := message.letter.overtaken(message):
        raise Refused(f"{overtaken} Cette lettre est sans objet : elle ne se renvoie plus.")
    note = _follow_the_reader(message)
    again = _copy(message, now=now) if message.state == State.SENT else _requeue(message, now=now)
    records.record("lettre renvoyée", message, by=by, now=now, note=note)
    hints.nudge(TASK)
    return again


def _follow_the_reader(message: Message) -> str:
    """Write to the person where they are now: an address they left receives nothing any more. Return what the log says of it."""
    reader = message.reader_now()
    if reader is None or message.to in reader.addresses():
        return ""
    message.to = reader.email
    return "À l’adresse actuelle de la personne."


def _requeue(message: Message, *, now: datetime) -> Message:
    due = leaves_at(message.letter, now, in_batch=message.batch_id is not None)
    message.state, message.attempt, message.failures = State.DUE, message.attempt + 1, 0
    message.resends, message.due_at, message.next_at, message.error = message.resends + 1, due, due, ""
    message.save()
    return message


def _copy(message: Message, *, now: datetime) -> Message:
    """A copy is another letter with its own Message-ID, else mailboxes would drop it as a double."""
    Message.objects.filter(pk=message.pk).update(resends=message.resends + 1)
    key = f"{message.key[:180]}:renvoi:{message.resends + 1}"
    fields = ("kind", "rank", "about", "to", "reader", "cc", "reply_to", "subject", "text", "paragraph", "unsubscribe")
    due = leaves_at(message.letter, now)
    return Message.objects.create(
        key=key, message_id=message_id(key), created_at=now, due_at=due, next_at=due, **{name: getattr(message, name) for name in fields}
    )


@transaction.atomic
def settle(message: Message, *, left: bool, by: Any, now: datetime) -> Message:
    """Settle an uncertain letter, on a person's decision: it left, or it is sent again with the same Message-ID."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.state != State.UNCERTAIN:
        raise Refused("Cette lettre n’est plus incertaine : rechargez la page.")
    if left:
        close(message, State.SENT, now=now)
    else:
        _requeue(message, now=now)
        hints.nudge(TASK)
    records.record("lettre incertaine : partie" if left else "lettre incertaine : renvoyée", message, by=by, now=now)
    return message


def close(message: Message, state: State, *, now: datetime) -> None:
    """Bring a letter to an end; a secret one keeps no word of what it said."""
    changes = closing(message, state, now=now)
    Message.objects.filter(pk=message.pk).update(**changes)
    message.refresh_from_db()


def closing(message: Message, state: State, *, now: datetime, error: str = "") -> dict[str, Any]:
    """Return what a closed letter becomes."""
    changes: dict[str, Any] = {"state": state, "leased_until": None, "error": error}
    if state == State.SENT:
        changes["sent_at"] = now
    if state in CLOSED and message.is_secret:
        changes |= {"text": "", "subject": "", "search": "", "paragraph": ""}
    return changes


@transaction.atomic
def readdress(old: str, new: str, *, now: datetime) -> int:
    """A corrected address gets again what is still true: what was refused leaves once more, if still due."""
    letters = [letter for letter in Message.objects.select_for_update().failed_for([old.strip().lower()]) if not letter.is_secret]
    for letter in letters:
        letter.to = new.strip().lower()
        _requeue(letter, now=now)
    Refusal.objects.filter(address=old.strip().lower()).delete()
    if letters:
        hints.nudge(TASK)
    return len(letters)


@transaction.atomic
def mark_refused(address: str, *, reason: str, by: Any, now: datetime) -> Refusal:
    """Staff learnt that an address does not receive (a bounce, a phone call)."""
    refusal, _ = Refusal.objects.update_or_create(address=address.strip().lower(), defaults={"reason": reason, "at": now, "by_staff": True})
    records.record("adresse marquée « ne reçoit pas »", refusal, by=by, now=now, note=reason)
    return refusal


@transaction.atomic
def lift_refusal(refusal: Refusal, *, by: Any, now: datetime) -> None:
    """The address receives again."""
    records.record("adresse de nouveau bonne", refusal, by=by, now=now)
    refusal.delete()
