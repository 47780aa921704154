"""Acts on communiqués: said ready, corrected, withdrawn; and the versions of their PDF, each kept.

The clock alone lifts an embargo: nothing runs at that moment. The sweep and whoever downloads first make the PDF by the same function.
"""

import hashlib
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import OuterRef, Subquery

from core import hints
from core.refusals import Refused
from core.typography import moment_in_words
from events.models import PressRelease, PressVersion
from events.press import checks, documents, reading
from events.press.differences import said_changes
from events.press.reading import Told
from programmes.checks import Fault
from records.services import record
from records.sweeping import alone

if TYPE_CHECKING:
    from accounts.models import User


TASK = "events.press"
BUDGET = 8.0  # seconds a sweep goes on beginning new drawings
NOTE_LENGTH = 300
OF_LINKS = "Contacts ou liens mis à jour."


class Unready(Refused):
    """Not in this state: `faults` says each thing to correct, and where."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("À corriger d’abord : " + " ; ".join(map(str, faults)))
        self.faults = faults


@transaction.atomic
def make_ready(release: PressRelease, *, by: "User", now: datetime) -> bool:
    """Say a communiqué ready: everybody reads it when its embargo ends. Return False when it was said already."""
    locked = _lock(release)
    if locked.ready_at:
        return False
    if faults := checks.faults_of(locked, now=now):
        raise Unready(faults)
    _write(release, ready_at=now)
    until = moment_in_words(release.embargo_until, zone=False, weekday=False)
    record("communiqué prêt", release, by=by, now=now, note=f"sous embargo jusqu’au {until}")
    hints.nudge(TASK)
    return True


@transaction.atomic
def take_back(release: PressRelease, *, by: "User", now: datetime) -> bool:
    """Not ready any more: its embargo will not end by itself. What is public is withdrawn, and says so; it is never hidden."""
    locked = _lock(release)
    if not locked.ready_at:
        return False
    if locked.is_public(now=now):
        raise Refused("Ce communiqué est public : retirez-le, sa page dira pourquoi.")
    _write(release, ready_at=None)
    record("communiqué repris", release, by=by, now=now)
    return True


@transaction.atomic
def correct(release: PressRelease, before: Told, *, note: str, by: "User", now: datetime) -> bool:
    """Say, of a public communiqué that was written again, when and what changed; without a note, name what did.

    A note that comes after its correction takes the place of the one that named it.
    """
    said = _told(release, now=now)
    is_note = bool(release.updated_at and note.strip())
    if not release.is_public(now=now) or (said.fingerprint == before.fingerprint and not is_note):
        return False
    words = (note.strip() or said_changes(before, said))[:NOTE_LENGTH]
    _write(release, updated_at=now, update_note=words)
    record("communiqué corrigé", release, by=by, now=now, note=words)
    hints.nudge(TASK)
    return True


@transaction.atomic
def withdraw(release: PressRelease, *, note: str, by: "User", now: datetime) -> bool:
    """Leave a notice in its place: it is in no list and in no feed any more, its PDF and its kit are not given."""
    locked = _lock(release)
    if locked.withdrawn_at:
        return False
    if not note.strip():
        raise Refused("Dites pourquoi : ce motif se lit à la place du communiqué.")
    if not locked.is_public(now=now):
        raise Refused("Ce communiqué n’est pas public : il n’y a rien à retirer.")
    _write(release, withdrawn_at=now, withdrawal_note=note.strip()[:NOTE_LENGTH])
    record("communiqué retiré", release, by=by, now=now, note=note.strip())
    return True


@transaction.atomic
def restore(release: PressRelease, *, by: "User", now: datetime) -> bool:
    """Put back what was withdrawn by mistake."""
    if not _lock(release).withdrawn_at:
        return False
    _write(release, withdrawn_at=None, withdrawal_note="")
    record("communiqué remis en ligne", release, by=by, now=now)
    return True


# --- The versions of its PDF ----------------------------------------------------------------------------


def to_download(release: PressRelease, *, now: datetime) -> bytes:
    """Return the PDF: of what is public, the version kept, made at once if need be; before, a drawing that nothing keeps."""
    if not release.is_public(now=now):
        return documents.draw(release, _told(release, now=now), number=0, at=now, now=now)
    version = keep(release, now=now)
    with version.file.open("rb") as file:
        content: bytes = file.read()
    return content


def keep(release: PressRelease, *, now: datetime) -> PressVersion:
    """Return the version that prints what a public communiqué says now, made if there is none: of two at once, one is kept."""
    said, last = _told(release, now=now), _last_of(release)
    if last and last.fingerprint == said.fingerprint:
        return last if default_storage.exists(str(last.file.name)) else _drawn_again(release, said, last, now=now)
    number, at = (last.number + 1, now) if last else (1, release.published_at or now)
    content = documents.draw(release, said, number=number, at=at, now=now)
    name = default_storage.save(f"presse/{release.slug}-v{number}-{said.fingerprint[:10]}.pdf", ContentFile(content))
    file = ""
    try:
        kept = _kept(release, said, number=number, at=at, name=name, sha256=hashlib.sha256(content).hexdigest())
        file = str(kept.file.name)
    finally:
        if file != name:
            default_storage.delete(name)
    return kept


@transaction.atomic
def _kept(release: PressRelease, said: Told, *, number: int, at: datetime, name: str, sha256: str) -> PressVersion:
    locked, last = _lock(release), _last_of(release)
    if last and last.number >= number:
        return last
    note = ""
    if last:
        if locked.updated_at is None or locked.updated_at < last.at:
            # A contact or a link changed elsewhere: the page says so as well.
            _write(release, updated_at=at, update_note=OF_LINKS)
            locked.update_note = OF_LINKS
        note = locked.update_note
    return PressVersion.objects.create(
        release=release, number=number, at=at, note=note, file=name, sha256=sha256, fingerprint=said.fingerprint
    )  # fmt: skip


def _drawn_again(release: PressRelease, said: Told, last: PressVersion, *, now: datetime) -> PressVersion:
    """The storage lost it (a backup restored without its files): drawn with its number and its date, under its name."""
    content = documents.draw(release, said, number=last.number, at=last.at, now=now)
    default_storage.save(str(last.file.name), ContentFile(content))
    return last


def keep_due(*, now: datetime) -> int:
    """Make the PDFs of the public communiqués that say something else than their last version; return how many."""
    made, ends = 0, monotonic() + BUDGET
    last = PressVersion.objects.filter(release=OuterRef("pk")).order_by("-number").values("fingerprint")[:1]
    for release in reading.whole(PressRelease.objects.listed(now=now)).annotate(printed=Subquery(last)).order_by("-dated_on", "pk"):
        if monotonic() > ends:
            break
        if reading.told(release, now=now).fingerprint == release.printed:  # type: ignore[attr-defined]
            continue
        with alone(release, what="PDF of a press release"):
            keep(release, now=now)
            made += 1
    return made


def _told(release: PressRelease, *, now: datetime) -> Told:
    return reading.told(reading.whole(PressRelease.objects.filter(pk=release.pk)).get(), now=now)


def _last_of(release: PressRelease) -> PressVersion | None:
    return release.versions.order_by("-number").first()


def _lock(release: PressRelease) -> PressRelease:
    return PressRelease.objects.select_for_update(of=("self",)).get(pk=release.pk)


def _write(release: PressRelease, **values: object) -> None:
    PressRelease.objects.filter(pk=release.pk).update(**values)
    for name, value in values.items():
        setattr(release, name, value)
    transaction.on_commit(reading.forget, robust=True)
