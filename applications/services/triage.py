"""What the team adds to a file while it sorts: notes and tags. Two people who do it at once are told."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from applications import answers as asked
from applications.models import Application, Note, Tag
from core.folding import fold
from core.refusals import Refused
from core.typography import grouped
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

MOST_OF_A_NOTE = 5_000
_NAME = 40


class Overtaken(Refused):
    """A colleague changed this file since the page was opened: nothing was written, what was typed is kept."""


@transaction.atomic
def add_note(application: Application, text: str, *, by: "User", now: datetime, revision: int | None = None) -> Note:
    """Append an internal note. A second click is the first one."""
    text = asked.storable(text).strip()
    if not text:
        raise Refused("Écrivez votre note avant de l’ajouter.")
    if len(text) > MOST_OF_A_NOTE:
        raise Refused(f"Cette note est trop longue : {grouped(MOST_OF_A_NOTE)} caractères au plus.")
    locked = _lock(application)
    if revision == locked.staff_revision - 1 and (twice := locked.notes.filter(by=by, text=text, at__lte=now).last()):
        return twice
    touch(locked, revision)
    note = Note.objects.create(application=locked, text=text, at=now, by=by, by_name=str(by)[:200])
    # The log is read by people who may not read notes: it says that there is one.
    record("note interne ajoutée", locked, by=by, now=now)
    return note


@transaction.atomic
def remove_note(note: Note, *, by: "User", now: datetime) -> None:
    """Erase one's own note; the history keeps that there was one."""
    if note.by_id != by.pk:
        raise Refused("Seule la personne qui a écrit une note peut l’effacer.")
    locked = _lock(note.application)
    if note.__class__.objects.filter(pk=note.pk).delete()[0]:
        touch(locked, None)
        record("note interne effacée", locked, by=by, now=now)


@transaction.atomic
def add_tag(application: Application, name: str, *, by: "User", now: datetime, revision: int | None = None) -> Tag:
    """Put a word on a file; a new word is made on the fly, the same word otherwise written is the same."""
    locked = _lock(application)
    tag, before = tag_named(name), _names(locked)
    if tag.name not in before:
        touch(locked, revision)
        locked.tags.add(tag)
        record("étiquette ajoutée", locked, by=by, now=now, changes={"étiquettes": [", ".join(before), ", ".join(_names(locked))]})
    return tag


@transaction.atomic
def remove_tag(application: Application, tag: Tag, *, by: "User", now: datetime) -> None:
    """Take a word away; a word that no file holds any more goes too."""
    locked = _lock(application)
    before = _names(locked)
    if tag.name not in before:
        return
    touch(locked, None)
    locked.tags.remove(tag)
    record("étiquette retirée", locked, by=by, now=now, changes={"étiquettes": [", ".join(before), ", ".join(_names(locked))]})
    forget_unused_tags()


def forget_unused_tags() -> None:
    """Erase the words that no file holds. One that a colleague is putting on a file is locked (`tag_named`): it is left alone."""
    with transaction.atomic():
        unused = Tag.objects.filter(applications=None).order_by("pk").select_for_update(of=("self",), skip_locked=True)
        # Asked again once they are ours: a link may have been written since.
        Tag.objects.filter(pk__in=[tag.pk for tag in unused], applications=None).delete()


def tag_named(name: str) -> Tag:
    """Return the tag of this name, made on the fly; the same word otherwise written is the same.

    It is locked until the caller's transaction ends, so that nobody erases it as unused meanwhile; files are locked before it.
    """
    name = " ".join(asked.storable(name).split())
    if not fold(name):
        raise Refused("Écrivez l’étiquette avant de l’ajouter.")
    if len(name) > _NAME:
        raise Refused(f"Une étiquette a {_NAME} caractères au plus.")
    while (tag := _held(known_tag(name) or Tag.objects.get_or_create(name=name)[0])) is None:
        pass  # erased just before: it is made anew
    return tag


def _held(tag: Tag) -> Tag | None:
    return Tag.objects.select_for_update(no_key=True).filter(pk=tag.pk).first()


def known_tag(name: str) -> Tag | None:
    """Find the tag of this name, however written."""
    folded = fold(name)
    return next((tag for tag in Tag.objects.order_by("pk") if fold(tag.name) == folded), None)


def _names(application: Application) -> list[str]:
    return list(application.tags.order_by("name").values_list("name", flat=True))


def _lock(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def touch(locked: Application, revision: int | None) -> None:
    """Note that the team changed the file; refuse who started from an older one (None starts from no page)."""
    if revision is not None and revision != locked.staff_revision:
        raise Overtaken("Cette candidature a changé depuis que vous avez ouvert cette page. Rien n’est perdu : relisez, puis renvoyez.")
    if locked.erased_at:
        raise Refused("Cette candidature est anonymisée : elle ne reçoit plus de notes.")
    touch_all([locked])


def touch_all(rows: Iterable[Application]) -> None:
    """Note that the team changed these files, for the colleague who has one open."""
    Application.objects.filter(pk__in=[row.pk for row in rows]).update(staff_revision=F("staff_revision") + 1)
