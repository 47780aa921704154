"""Doing long work: take it with a lease, tell how far it is, bring it to an end.

A worker that dies lets its lease run out, and the next sweep starts its work again from the first row: what it had told is
forgotten, what it had done is found done (functions are replay-safe). Every write is fenced by `attempt`, as for letters.
Leases follow the machines' time, which the trial's clock cannot shift.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.refusals import Refused
from records.kinds import KINDS
from records.models import Job, JobRow
from records.models.job import FOLDER
from records.states import JobState, Outcome

Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)

# Longer than a function may be silent; renewed by each telling.
LEASE = timedelta(seconds=90)
# What is told is written at most this often, in seconds.
PAUSE = 0.5
ROWS_AT_ONCE = 500
# Work that takes its worker down each time must not do so for ever.
LOST_AT_MOST = 3
LOST = "Ce travail s’est interrompu plusieurs fois de suite, sans que le portail sache pourquoi : il a été mis de côté."
FAULT = "Une faute du portail a interrompu ce travail ({}). Elle est notée ; ce qui était fait l’est toujours."
UNKNOWN = "Le portail ne sait plus faire ce travail : demandez-le de nouveau depuis sa page."


class Overtaken(Exception):
    """Another worker took the work up: this one has nothing more to write."""


class Work:
    """What a function uses to tell how its work goes."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.total, self.done = 0, 0
        self.saw_cancel = False
        self._cancel_asked = job.is_cancel_asked
        self._rows: list[JobRow] = []
        self._number = 0
        self._told_at = monotonic()
        # Nothing is written from inside a transaction of the function: nobody would see it, and a rollback would lose it.
        self._depth = len(connection.atomic_blocks)

    def expect(self, total: int) -> None:
        """Say how many rows there are: the page can then show how far the work is."""
        self.total = total
        self.write()

    def step(self, count: int = 1) -> None:
        """Say that some more rows are behind."""
        self.done += count
        self._write_now_and_then()

    def tell(self, label: str, outcome: Outcome = Outcome.DONE, message: str = "", *, step: int = 1) -> None:
        """Say what became of a row; a row told is a step, unless `step=0`."""
        self._number += 1
        words = message.replace("\x00", "")
        self._rows.append(JobRow(job=self.job, number=self._number, label=_line(label)[:200], outcome=outcome, message=words))
        self.step(step)

    def keep(self, name: str, content: bytes | Path | BinaryIO) -> None:
        """Keep the file that the person will download under this name."""
        path = f"{FOLDER}{self.job.pk}-{self.job.attempt}{Path(name).suffix}"
        with _opened(content) as file:
            stored = default_storage.save(path, file)
        if not self._mine().update(file=stored, file_name=_line(name)[-200:]):
            default_storage.delete(stored)
            raise Overtaken

    @property
    def is_cancelled(self) -> bool:
        """Tell whether somebody asked to stop: the function then returns. Asked cheaply, at each row if need be."""
        self._write_now_and_then()
        self.saw_cancel = self.saw_cancel or self._cancel_asked
        return self._cancel_asked

    def write(self) -> None:
        """Show how far the work is, hold it a while longer, hear whether to stop."""
        if len(connection.atomic_blocks) > self._depth:
            return
        self._told_at = monotonic()
        with transaction.atomic():
            if not self._mine().update(total=self.total, done=self.done, leased_until=timezone.now() + LEASE):
                raise Overtaken
            JobRow.objects.bulk_create(self._rows)
        self._rows = []
        self._cancel_asked = Job.objects.values_list("is_cancel_asked", flat=True).get(pk=self.job.pk)

    def _write_now_and_then(self) -> None:
        if len(self._rows) >= ROWS_AT_ONCE or monotonic() - self._told_at >= PAUSE:
            self.write()

    def finish(self, state: JobState, *, now: datetime, summary: str = "", error: str = "") -> None:
        """Bring the work to an end, with its last rows."""
        self.write()
        end = {"state": state, "finished_at": now, "summary": summary, "error": error.replace("\x00", "")[:2000]}
        self._mine().update(leased_until=None, **end)

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, attempt=self.job.attempt, state=JobState.RUNNING)


@contextmanager
def _opened(content: bytes | Path | BinaryIO) -> "Iterator[File[Any]]":
    if isinstance(content, Path):
        with content.open("rb") as file:
            yield File(file)
    else:
        yield ContentFile(content) if isinstance(content, bytes) else File(content)


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def work(*, clock: Clock) -> int:
    """Do all the work that waits, one piece after another; return how many pieces."""
    count = 0
    recover(now=clock())
    while job := claim(now=clock()):
        run(job, clock=clock)
        count += 1
    return count


@transaction.atomic
def recover(*, now: datetime) -> None:
    """Find what dead workers left: it starts again, unless a stop was asked or it was lost too often."""
    for job in Job.objects.left_behind(now=timezone.now()).order_by("pk").select_for_update(skip_locked=True):
        if job.is_cancel_asked:
            job.state, job.finished_at = JobState.CANCELLED, now
        elif job.lost + 1 >= LOST_AT_MOST:
            job.state, job.finished_at, job.error = JobState.FAILED, now, LOST
        else:
            job.state = JobState.WAITING
        job.lost, job.leased_until = job.lost + 1, None
        job.save(update_fields=["state", "finished_at", "error", "lost", "leased_until"])


@transaction.atomic
def claim(*, now: datetime) -> Job | None:
    """Take the oldest work that waits, if none runs. What an earlier attempt told is forgotten.

    One piece at a time: the worker of the long queue has two processes, and the other one draws the PDFs (config/celery.py).
    Whoever does the running piece takes the next ones; all that is active is locked, so that two who come at once do not take two.
    """
    active = list(Job.objects.active().order_by("pk").select_for_update(of=("self",)))
    if not active or any(job.state == JobState.RUNNING for job in active):
        return None
    job = min(active, key=lambda job: (job.created_at, job.pk))
    # Conditional, for the database that has no row locks.
    fresh = {"attempt": F("attempt") + 1, "leased_until": timezone.now() + LEASE, "started_at": now, "total": 0, "done": 0}
    if not Job.objects.filter(pk=job.pk, state=JobState.WAITING).update(state=JobState.RUNNING, file="", file_name="", **fresh):
        return None
    job.rows.all().delete()
    if job.file:
        job.file.storage.delete(str(job.file.name))
    job.refresh_from_db()
    return job


def run(job: Job, *, clock: Clock) -> None:
    """Do one piece of work; whatever its function does, the page says how it ended."""
    telling = Work(job)
    try:
        summary = _function(job)(job, telling) or ""
        state = JobState.CANCELLED if telling.saw_cancel else JobState.DONE
        telling.finish(state, now=clock(), summary=summary)
    except Overtaken:
        logger.warning("job %s was taken over by another worker", job.pk)
    except Refused as refusal:
        _fail(telling, str(refusal), clock=clock)
    except Exception as error:
        logger.exception("job %s (%s)", job.pk, job.kind)
        _fail(telling, FAULT.format(type(error).__name__), clock=clock)


def _function(job: Job) -> Callable[[Job, Work], str | None]:
    if job.kind not in KINDS:
        raise Refused(UNKNOWN)
    return KINDS[job.kind].run


def _fail(telling: Work, error: str, *, clock: Clock) -> None:
    try:
        telling.finish(JobState.FAILED, now=clock(), error=error)
    except Overtaken:
        logger.warning("job %s was taken over by another worker", telling.job.pk)
