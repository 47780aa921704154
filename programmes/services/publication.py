"""Publishing a call or a training day, at once or at a date, and taking it back. One verb for every door."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.db.models import F

from core.clock import PARIS
from core.refusals import Refused
from core.typography import moment_in_words
from programmes import checks
from programmes.models import Edition, TrainingSession
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

RowT = TypeVar("RowT", Edition, TrainingSession)


WOULD_HIDE = "C’est déjà publié\u00a0: une date à venir le ferait disparaître du site. Retirez-le d’abord, puis publiez-le à cette date."


class Unpublishable(Refused):
    """Not in this state: `faults` says each thing to correct, and where."""

    def __init__(self, faults: list[checks.Fault]) -> None:
        super().__init__("À corriger avant de publier : " + " ; ".join(map(str, faults)))
        self.faults = faults


@transaction.atomic
def publish(row: RowT, *, by: "User", now: datetime, at: datetime | None = None) -> bool:
    """Let everybody see a row from `at` on (None: at once). Before, nothing of it is found anywhere.

    Refused while a link is empty, a weekday contradicts its date, a text or the address of a day is missing; refused too when a
    date to come would take what is public off the site. Return False when it was done already: of two people at once, one acts.
    """
    locked = lock(row)
    if _is_done(locked.published_at, at, now=now):
        row.published_at = locked.published_at
        return False
    if would_hide(locked.published_at, at, now=now):
        row.published_at = locked.published_at
        raise Refused(WOULD_HIDE)
    if faults := checks.faults_of(locked):
        raise Unpublishable(faults)
    before, start = _said(locked.published_at), _to_the_second(at or now)
    _write(row, start)
    record("publication", row, by=by, now=now, changes={"publiée à partir de": [before, _said(start)]})
    return True


@transaction.atomic
def unpublish(row: RowT, *, by: "User", now: datetime) -> bool:
    """Show it to the team alone again, its links of « Aperçu » taken back; return False when nobody saw it already."""
    locked = lock(row)
    if locked.published_at is None:
        row.published_at = None
        return False
    before = _said(locked.published_at)
    _write(row, None)
    _end_previews(row)
    record("retrait de la publication", row, by=by, now=now, changes={"publiée à partir de": [before, ""]})
    return True


@transaction.atomic
def take_previews_back(row: RowT, *, by: "User", now: datetime) -> None:
    """From now on no link of « Aperçu » given before opens."""
    _end_previews(row)
    record("liens d’aperçu repris", row, by=by, now=now)


def _end_previews(row: Edition | TrainingSession) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(previews_round=F("previews_round") + 1)
    row.refresh_from_db(fields=["previews_round"])


def lock(row: RowT) -> RowT:
    """Read the row again, alone to write it until the transaction ends."""
    locked: RowT = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    return locked


def would_hide(published_at: datetime | None, at: datetime | None, *, now: datetime) -> bool:
    """True of a date to come for what everybody sees: that is a withdrawal, and has its own verb."""
    return bool(at and at > now and published_at and published_at <= now)


def _is_done(published_at: datetime | None, at: datetime | None, *, now: datetime) -> bool:
    """Forms give back whole seconds: what was stored with less is the same date."""
    if published_at is None:
        return False
    return _to_the_second(published_at) == _to_the_second(at) if at else published_at <= now


def _to_the_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _write(row: RowT, at: datetime | None) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(published_at=at)
    row.published_at = at


def _said(moment: datetime | None) -> str:
    return moment_in_words(moment.astimezone(PARIS), weekday=False, zone=False) if moment else ""
