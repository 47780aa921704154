"""What is erased of the press room's files: those that no row names any more (replaced pictures, PDFs of a race, former cards)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from core.registry import Erasure
from events.models import PressFile, PressRelease, PressVersion
from events.press.cards import FOLDER

STRAY = timedelta(days=1)  # a file made longer ago belongs to a row, or to none
FILES = "fichiers de presse sans fiche"
PRESS = "presse"


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase the files whose row is gone, or has another by now. Files tell machines' time."""
    old = timezone.now() - STRAY
    stray = [path for path in _unnamed() if default_storage.get_modified_time(path) < old]
    for path in () if dry_run else stray:
        default_storage.delete(path)
    yield Erasure(FILES, len(stray))


def _unnamed() -> Iterator[str]:
    named = set(PressVersion.objects.order_by("pk").values_list("file", flat=True))
    for file, preview in PressFile.objects.order_by("pk").values_list("file", "preview"):
        named |= {file, preview}
    yield from (path for path in _files_in(PRESS) if path not in named)
    rows = {str(pk) for pk in PressRelease.objects.order_by("pk").values_list("pk", flat=True)}
    for folder in default_storage.listdir(FOLDER)[0] if default_storage.exists(FOLDER) else []:
        if folder not in rows:
            yield from _files_in(f"{FOLDER}/{folder}")


def _files_in(folder: str) -> list[str]:
    names = default_storage.listdir(folder)[1] if default_storage.exists(folder) else []
    return [f"{folder}/{name}" for name in names]
