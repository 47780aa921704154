"""Publishing a call or a training day, at once or at a date, and taking it back. One verb for every door."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from core.typography import moment_in_words
from programmes import checks
from programmes.models import Edition, TrainingSession
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

RowT = TypeVar("RowT", Edition, TrainingSession)


class Unpublishable(Refused):
    """Not in this state: `faults` says each thing to correct, and where."""

    def __init__(self, faults: list[checks.Fault]) -> None:
        super().__init__("À corriger avant de publier : " + " ; ".join(map(str, faults)))
        self.faults = faults


@transaction.atomic
def publish(row: RowT, *, by: "User", now: datetime, at: datetime | None = None) -> bool:
    """Let everybody see a row from `at` on (None: at once). Before, nothing of it is found anywhere.

    Refused while a link is empty, a weekday contradicts its date, a text or the address of a day is missing.
    Return False when it was done already: of two people at once, one acts.
    """
    locked = lock(row)
    if locked.published_at == at if at else locked.published_at is not None and locked.published_at <= now:
        row.published_at = locked.published_at
        return False
    if faults := checks.faults_of(locked):
        raise Unpublishable(faults)
    before = _said(locked.published_at)
    _write(row, at or now)
    record("publication", row, by=by, now=now, changes={"publiée à partir de": [before, _said(at or now)]})
    return True


@transaction.atomic
def unpublish(row: RowT, *, by: "User", now: datetime) -> bool:
    """Show it to the team alone again; return False when nobody saw it already."""
    locked = lock(row)
    if locked.published_at is None:
        row.published_at = None
        return False
    before = _said(locked.published_at)
    _write(row, None)
    record("retrait de la publication", row, by=by, now=now, changes={"publiée à partir de": [before, ""]})
    return True


def lock(row: RowT) -> RowT:
    """Read the row again, alone to write it until the transaction ends."""
    locked: RowT = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    return locked


def _write(row: RowT, at: datetime | None) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(published_at=at)
    row.published_at = at


def _said(moment: datetime | None) -> str:
    return moment_in_words(moment.astimezone(PARIS), weekday=False, zone=False) if moment else ""
