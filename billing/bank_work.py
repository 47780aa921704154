"""A long statement is imported as long work: kept, then what is sure is closed."""

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.roles import RECONCILE
from billing.models import Statement
from billing.services import importing, matching
from core import clock
from core.refusals import Refused
from core.registry import Link
from records import jobs

if TYPE_CHECKING:
    from records.models import Job
    from records.work import Work

IMPORT = "billing.import_statement"


def _go_on(job: "Job") -> Link:
    return Link("Voir ce qui est réglé et ce qui attend", reverse("admin:billing_statement_change", args=[job.params["statement"]]))


@jobs.register(IMPORT, label="import d’un relevé", permission=RECONCILE, then=_go_on)
def import_file(job: "Job", work: "Work") -> str:
    """Replay-safe: a statement is kept once, what no longer waits is not looked at again, a receipt is owed once.

    Money first: the thousands of receipts come after, so that what is paid is known at once.
    """
    statement = Statement.objects.filter(pk=job.params["statement"]).first()
    if statement is None:
        raise Refused(importing.GONE)
    author, now = _Author(job), clock.now()
    found = importing.import_statement(statement, by=author, now=now, said=bool(job.params.get("said")), told=work.step, writes=False)
    matching.write_receipts(statement, now=now, told=work.step)
    statement.refresh_from_db()
    return told(statement.entries_new, statement.entries_read, found.closed, found.left)


def told(new: int, read: int, closed: int, left: int) -> str:
    """What an import did, in a sentence."""
    return (
        f"{new} nouvelle{'s' if new > 1 else ''} ligne{'s' if new > 1 else ''} sur {read} lue{'s' if read > 1 else ''}. "
        f"{closed} rapprochée{'s' if closed > 1 else ''} seule{'s' if closed > 1 else ''}, {left} à rapprocher."
    )


class _Author:
    """Who asked for the work, as the journal writes it."""

    def __init__(self, job: "Job") -> None:
        self.pk, self.name = job.by_id, job.by_name

    def __str__(self) -> str:
        return self.name
