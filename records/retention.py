"""What is erased of long work, and when (domain.md G3): its file, rows and parameters may be personal."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from core.registry import Erasure
from records.models import Job, JobRow
from records.models.job import FOLDER, JobQuerySet
from records.services import forget

CONTENT_KEPT = timedelta(days=7)
TRACE_KEPT = timedelta(days=365)


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Empty the work that ended seven days ago, forget the one that ended a year ago."""
    full = Job.objects.finished_before(now - CONTENT_KEPT).exclude(once="")
    old = Job.objects.finished_before(now - TRACE_KEPT)
    yield Erasure("travaux vidés de leur fichier et de leurs lignes", full.count() if dry_run else _each(full, _empty))
    yield Erasure("travaux oubliés", old.count() if dry_run else _each(old, _forget))
    yield Erasure("fichiers sans travail", _stray_files(dry_run))


def _each(rows: JobQuerySet, erase: Callable[[Job], None]) -> int:
    found = list(rows.order_by("pk"))
    for job in found:
        erase(job)
    return len(found)


@transaction.atomic
def _empty(job: Job) -> None:
    """Without fingerprint nothing is left to start again from."""
    storage, name = job.file.storage, job.file.name
    JobRow.objects.filter(job=job).delete()
    Job.objects.filter(pk=job.pk).update(params={}, once="", file="", file_name="", summary="", error="")
    if name:
        transaction.on_commit(lambda: storage.delete(name))


@transaction.atomic
def _forget(job: Job) -> None:
    forget(job)
    job.delete()


def _stray_files(dry_run: bool) -> int:
    """Erase the files that no work names: a worker killed between the file and the row leaves one. Files tell machines' time."""
    if not default_storage.exists(FOLDER):
        return 0
    old = timezone.now() - CONTENT_KEPT
    kept = set(Job.objects.exclude(file="").order_by("pk").values_list("file", flat=True))
    paths = [f"{FOLDER}{name}" for name in default_storage.listdir(FOLDER)[1]]
    stray = [path for path in paths if path not in kept and default_storage.get_modified_time(path) < old]
    if not dry_run:
        for path in stray:
            default_storage.delete(path)
    return len(stray)
