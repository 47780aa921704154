"""What is erased of the files of programmes: flyers, cards and portraits that no row names any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from core.registry import Erasure
from programmes import cards
from programmes.models import Edition, Flyer, Programme, Trainer, TrainingSession

STRAY = timedelta(days=1)  # a file made longer ago belongs to a row, or to none
FILES = "dépliants, images de partage et portraits sans fiche"
FLYERS, PORTRAITS = "depliants", "formateurs"


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase the files whose row is gone, or has another by now. Files tell machines' time."""
    old = timezone.now() - STRAY
    stray = [path for path in _unnamed() if default_storage.get_modified_time(path) < old]
    for path in () if dry_run else stray:
        default_storage.delete(path)
    yield Erasure(FILES, len(stray))


def _unnamed() -> Iterator[str]:
    flyers = set(Flyer.objects.exclude(file="").order_by("pk").values_list("file", flat=True))
    portraits = set(Trainer.objects.exclude(photo="").order_by("pk").values_list("photo", flat=True))
    yield from (path for path in _files_in(FLYERS) if path not in flyers)
    yield from (path for path in _files_in(PORTRAITS) if path not in portraits)
    rows = {
        f"{model._meta.model_name}-{pk}"
        for model in (Programme, Edition, TrainingSession)
        for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)
    }
    for folder in _folders_in(cards.FOLDER):
        if folder not in rows:
            yield from _files_in(f"{cards.FOLDER}/{folder}")


def _files_in(folder: str) -> list[str]:
    names = default_storage.listdir(folder)[1] if default_storage.exists(folder) else []
    return [f"{folder}/{name}" for name in names]


def _folders_in(folder: str) -> list[str]:
    return default_storage.listdir(folder)[0] if default_storage.exists(folder) else []
