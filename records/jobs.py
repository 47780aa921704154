"""Long work that is visible (design.md section 2): how an app makes some of its own, and what people do with it.

In a module that the app's `AppConfig.ready()` imports:

    from records import jobs
    from records.states import Outcome

    @jobs.register("organisations.import_csv", label="import d’organisations", permission="organisations.add_organisation")
    def import_csv(job, work):
        rows = read(job.params["file"])              # params: JSON, never a person's data when a key will do
        work.expect(len(rows))                       # the progress bar knows its end
        for row in rows:
            if work.is_cancelled:                    # asked cheaply: at each row
                return "Arrêté avant la fin."
            try:
                services.import_row(row, by_name=job.by_name, now=clock.now())   # one transaction a row, or a few
            except Refused as no:
                work.tell(row.name, Outcome.REFUSED, str(no))
            else:
                work.tell(row.name)                  # a row told is a step; `work.step(n)` steps without words
        work.keep("rejets.csv", content)             # bytes, a Path or an open file: the download, kept seven days
        return "212 organisations importées."        # or None: a sentence shown at the end

In the view or the admin:

    job = jobs.start("organisations.import_csv", label="Import de communes.csv", params={…}, by=request.user, now=clock.now())
    return redirect(job)                             # the progress page; closing it loses nothing

What is promised to the person, and asked of the function:
- it runs in the worker (in trial mode too), soon after commit; a lost message costs a minute, the sweep finds it;
- the same demand made twice at once (kind, params, person) is one piece of work;
- a worker killed on the way: the work starts again **from its first row** on another, after 90 s at most and a sweep. So the function
  is replay-safe: a unique key or an « already done » check makes a second run harmless. Its rows are told again;
- never silent for more than a minute (`tell`, `step` or `is_cancelled` now and then): each hold the work for 90 s more;
- nothing is written from inside a transaction of the function: tell outside `atomic`, and no single transaction around everything;
- `Refused` ends it with that sentence, any other exception with « une faute du portail »: both can be started again from the page;
- seven days after its end, file, rows and params are erased; the line « who asked what, when » is kept a year.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core import hints
from core.refusals import Refused
from records.kinds import KINDS, register
from records.models import Job
from records.services import record
from records.states import ACTIVE, JobState

__all__ = ["TASK", "cancel", "register", "restart", "start"]

TASK = "records.work"


@transaction.atomic
def start(name: str, *, label: str = "", params: dict[str, Any] | None = None, by: Any, now: datetime) -> Job:
    """Owe a piece of work, in the caller's transaction; the same one asked twice at once is the first one."""
    kind = KINDS[name]
    params = params or {}
    once = hashlib.sha256(json.dumps([name, params, str(by.pk)], sort_keys=True).encode()).hexdigest()
    if running := Job.objects.active().filter(once=once).first():
        return running
    fields = {"kind": name, "label": (label or kind.label)[:200], "params": params, "by_id": str(by.pk), "by_name": str(by)[:200]}
    try:
        with transaction.atomic():
            job = Job.objects.create(once=once, created_at=now, **fields)
    except IntegrityError:
        return Job.objects.active().get(once=once)
    record("travail demandé", job, by=by, now=now)
    hints.nudge(TASK)
    return job


@transaction.atomic
def cancel(job: Job, *, by: Any, now: datetime) -> Job:
    """Ask to stop: what waits stops at once, what runs at its next row. What is done stays done."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state not in ACTIVE:
        raise Refused("Ce travail est déjà fini.")
    if job.is_cancel_asked:
        return job
    job.is_cancel_asked = True
    if job.state == JobState.WAITING:
        job.state, job.finished_at = JobState.CANCELLED, now
    job.save(update_fields=["is_cancel_asked", "state", "finished_at"])
    record("arrêt d’un travail demandé", job, by=by, now=now)
    return job


@transaction.atomic
def restart(job: Job, *, by: Any, now: datetime) -> Job:
    """Start again, from the first row, what failed or was stopped."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.can_restart:
        raise Refused("Ce travail ne peut plus être recommencé : demandez-le de nouveau depuis sa page.")
    job.state, job.is_cancel_asked, job.lost = JobState.WAITING, False, 0
    job.finished_at, job.summary, job.error = None, "", ""
    try:
        with transaction.atomic():
            job.save(update_fields=["state", "is_cancel_asked", "lost", "finished_at", "summary", "error"])
    except IntegrityError:
        raise Refused("Le même travail est déjà en cours.") from None
    record("travail recommencé", job, by=by, now=now)
    hints.nudge(TASK)
    return job
