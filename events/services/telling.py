"""Telling those who registered what changes at their event (domain.md E5): through `changing.TOLD`, in the same transaction."""

from datetime import datetime

from events import attending_emails as emails
from events import attending_reminders as reminders
from events.models import Event, Registration
from events.services import queueing
from events.services.changing import Change


def tell(event: Event, changes: frozenset[Change], words: str, now: datetime) -> None:
    """Write to each person who proved their address and is still of it, seated or waiting; once for each sitting they come to."""
    rows = Registration.objects.filter(slot__event=event).confirmed().select_related("slot__event__season").order_by("pk")
    reply = emails.reply_to(event)
    if Change.CANCELLED in changes:
        for row in rows:
            emails.post_cancelled(row, words=words.strip(), now=now, reply=reply)
        return
    if Change.DATE in changes:
        reminders.begin_again(event, now=now)
    said = in_words(changes)
    for row in rows:
        if _concerns(row, changes):
            emails.post_changed(row, changes=said, words=words.strip(), now=now, reply=reply)
    for slot in event.slots.order_by("pk"):
        queueing.seat_next(slot, now=now)


def _concerns(row: Registration, changes: frozenset[Change]) -> bool:
    """The address to connect to concerns only those who hold it."""
    return changes != {Change.ONLINE} or bool(emails.online_url(row))


def in_words(changes: frozenset[Change]) -> str:
    """« la date et le lieu »."""
    names = [change.value for change in Change if change in changes]
    return " et ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
