"""Giving an event its picture, replacing it, taking it away: light changes, seen at once (domain.md E5)."""

from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from core.refusals import Refused
from core.typography import NBSP
from events import pictures
from events import proposal_emails as emails
from events.models import Event, EventPicture, Organiser
from events.pictures import Drawn
from events.services import writing
from events.services.proposing import WRITABLE
from events.states import SHOWN
from records.services import record

_LABEL = "Image"


@transaction.atomic
def give(organiser: Organiser, drawn: Drawn | None, *, alt: str, credit: str, now: datetime) -> EventPicture | None:
    """Keep a picture, or (`drawn` None) what is said of the one that is there; nothing new, nothing is done."""
    event = _held(organiser)
    row = EventPicture.objects.filter(event=event).first()
    if drawn is None and (row is None or (row.alt, row.credit) == (alt, credit)):
        return row
    before = _words(row)
    row = row or EventPicture(event=event)
    if drawn:
        _fill(row, drawn)
    row.alt, row.credit, row.changed_at = alt, credit, now
    row.save()
    after = _words(row) + (" (nouveau fichier)" if drawn and before else "")
    _tell(event, before, after, by=writing.by_link(organiser), now=now)
    return row


@transaction.atomic
def remove(organiser: Organiser, *, now: datetime) -> None:
    """Take the picture away, files and words."""
    _remove(_held(organiser), by=writing.by_link(organiser), now=now)


@transaction.atomic
def remove_by_team(event: Event, words: str, *, by: Any, now: datetime) -> bool:
    """Take away a picture that must not stay, whatever became of its event, and write why to its organisers; False when there is none."""
    if not words.strip():
        raise Refused("Dites pourquoi : l’organisateur le lira.")
    return _remove(writing.lock(event), by=by, now=now, words=f"Nous avons retiré l’image de votre événement. {words.strip()}")


def _remove(event: Event, *, by: Any, now: datetime, words: str = "") -> bool:
    row = EventPicture.objects.filter(event=event).first()
    if row is None:
        return False
    pictures.forget_files(row)
    row.delete()
    _tell(event, _words(row), "", by=by, now=now, words=words)
    return True


def copy(event: Event, to: Event, *, now: datetime) -> None:
    """Give an event begun again the picture of the former, in files of its own; one that the storage lost is left."""
    row = pictures.shown(event)
    contents = [pictures.read(row, size) for size in pictures.SIZES] if row else []
    if row is None or None in contents:
        return
    large, small = (ContentFile(content or b"", name=pictures.new_name()) for content in contents)
    made = EventPicture(event=to, alt=row.alt, credit=row.credit, changed_at=now)
    _fill(made, Drawn(large, small, row.width, row.height, row.small_width))
    made.save()


def _held(organiser: Organiser) -> Event:
    event = writing.lock(organiser.event)
    if event.state not in WRITABLE:
        raise Refused("Cet événement est annulé : il ne se modifie plus.")
    return event


def _fill(row: EventPicture, drawn: Drawn) -> None:
    if row.pk:
        pictures.forget_files(row)
    row.large.save(str(drawn.large.name), drawn.large, save=False)
    row.small.save(str(drawn.small.name), drawn.small, save=False)
    row.width, row.height, row.small_width = drawn.width, drawn.height, drawn.small_width


def _words(row: EventPicture | None) -> str:
    if row is None:
        return ""
    said = f"«{NBSP}{row.alt}{NBSP}»" if row.alt else "pas encore décrite"
    return f"{said}, {row.credit}" if row.credit else said


def _tell(event: Event, before: str, after: str, *, by: Any, now: datetime, words: str = "") -> None:
    """Once somebody may have read the proposal, each change is a step: who answers it must have seen it."""
    if not event.proposed_at and not words:
        return
    changes = {_LABEL: [before, after]}
    row = writing.step(event, by=by, now=now, changes=changes, words=words)
    if words:
        emails.post_message(event, row, now=now)
    record("image de l’événement changée", event, by=by, now=now, changes=changes, note=words)
    if event.listed_at and event.state in SHOWN:  # what is public says when it changed: called off, it still is
        event.changed_at = now
        event.save(update_fields=["changed_at"])
