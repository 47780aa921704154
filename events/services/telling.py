"""Telling those who registered, or are invited, what changes at their event (domain.md E5): by `changing.TOLD`, in the same transaction."""

from datetime import datetime

from django.db.models import Q

from events import attending_emails as emails
from events import attending_reminders as reminders
from events import host_emails
from events.models import Event, Registration
from events.services import queueing
from events.services.changing import Change


def tell(event: Event, changes: frozenset[Change], words: str, now: datetime, moved: frozenset[int] | None = None) -> None:
    """Write to each person of a sitting that is not over who proved their address, seated or waiting; once for each sitting they come to.

    `moved`: the sittings whose date changed, when not all of them did: nobody else is told of a date.
    """
    rows, reply, said = _readers(event, now), emails.reply_to(event), words.strip()
    if Change.CANCELLED in changes:
        emails.post_cancelled(rows, words=said, now=now, reply=reply)
        host_emails.tell_invited(event, "", words=said, now=now, reply=reply)
        return
    if Change.DATE in changes:
        reminders.begin_again(event, moved=moved, now=now)
    told = ((row, _of(row, changes, moved)) for row in rows)
    emails.post_changed([(row, in_words(mine)) for row, mine in told if mine], words=said, now=now, reply=reply)
    if mine := changes - {Change.ONLINE}:
        host_emails.tell_invited(event, in_words(mine), words=said, now=now, reply=reply)
    for slot in event.slots.order_by("pk"):
        queueing.seat_next(slot, now=now)


def _readers(event: Event, now: datetime) -> list[Registration]:
    """Who walked in without an address, and who came already, are told nothing."""
    ahead = Q(slot__starts_at__gt=now) | Q(slot__ends_at__gt=now)
    rows = Registration.objects.filter(ahead, slot__event=event).confirmed().exclude(email="")
    return list(rows.select_related("slot__event__season").order_by("pk"))


def _of(row: Registration, changes: frozenset[Change], moved: frozenset[int] | None) -> frozenset[Change]:
    """What changes for this person: the date of their own sitting; the address to connect to, for those who hold it."""
    mine = set(changes)
    if moved is not None and row.slot_id not in moved:
        mine.discard(Change.DATE)
    if not emails.online_url(row):
        mine.discard(Change.ONLINE)
    return frozenset(mine)


def in_words(changes: frozenset[Change]) -> str:
    """« la date et le lieu »."""
    names = [change.value for change in Change if change in changes]
    return " et ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
