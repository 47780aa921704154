"""« Laisser de côté »: the team's « no » to drafts that went on after the deadline; with a reason, logged, taken back at any time.

No letter leaves: the draft's own page has said since the deadline that it was not deposited, nobody asked for an answer, and a letter
would be a refusal of what was never sent. A kind word, where one is due, is « Écrire ».
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.deadlines import limits_running
from applications.models import Application
from applications.services.acts import Outcome, left_alone, locked
from applications.services.triage import touch_all
from applications.states import State
from core.refusals import Refused
from core.typography import moment_in_words
from mailing.batches import UNDOS
from mailing.models import Batch
from records.services import Entry, record_many

if TYPE_CHECKING:
    from accounts.models import User

UNDO_ASIDE = "applications.set_aside"
UNDO_BACK = "applications.bring_back"


def register_undos() -> None:
    """Make known how our acts are undone."""
    UNDOS.update({UNDO_ASIDE: _back_again, UNDO_BACK: _aside_again})


def planned(rows: Collection[Application], *, now: datetime) -> list[Outcome]:
    """Say of each whether it can be left aside, or why not."""
    limits = limits_running(rows, now=now)
    return [Outcome(row, _why_not(row, limits.get(row.pk), now=now)) for row in rows]


def _why_not(application: Application, limit: datetime | None, *, now: datetime) -> str:
    state = State(application.state)
    if state != State.DRAFT:
        return f"« {state.label} » : seul un brouillon se laisse de côté"
    if now < application.edition.closes_at:
        return "l’appel n’est pas encore clos : la personne peut encore déposer"
    if limit:
        return f"délai personnel jusqu’au {moment_in_words(limit, noon=True, zone=False, weekday=False)}"
    return "déjà laissé de côté" if application.set_aside_at else ""


def planned_back(rows: Collection[Application]) -> list[Outcome]:
    return [Outcome(row, "" if row.state == State.DRAFT and row.set_aside_at else "n’est pas laissé de côté") for row in rows]


@transaction.atomic
def set_aside(keys: Collection[int], reason: str, *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Leave drafts aside: they wait for nobody any more. Their persons lose nothing, and the team may still accept them."""
    if not reason.strip():
        raise Refused("Indiquez pourquoi ces brouillons sont laissés de côté.")
    outcomes = planned(locked(keys), now=now)
    rows = [outcome.application for outcome in outcomes if not outcome.why]
    _write(rows, now, "brouillon laissé de côté", by=by, now=now, note=reason.strip())
    if batch:
        batch.undo_data = {"applications": [row.pk for row in rows]}
    return outcomes


@transaction.atomic
def bring_back(keys: Collection[int], *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Put drafts back among those to decide on."""
    outcomes = planned_back(locked(keys))
    rows = [outcome.application for outcome in outcomes if not outcome.why]
    if batch:
        batch.undo_data = {"applications": {str(row.pk): row.set_aside_at.isoformat() for row in rows if row.set_aside_at}}
    _write(rows, None, "brouillon remis à décider", by=by, now=now)
    return outcomes


def _write(rows: list[Application], at: datetime | None, verb: str, *, by: "User", now: datetime, note: str = "") -> None:
    Application.objects.filter(pk__in=[row.pk for row in rows]).update(set_aside_at=at)
    touch_all(rows)
    record_many(verb, [Entry(row, note=note) for row in rows], by=by, now=now)


def _back_again(batch: Batch, *, by: "User", now: datetime) -> str:
    outcomes = bring_back(batch.undo_data["applications"], by=by, now=now)
    return left_alone(sum(bool(outcome.why) for outcome in outcomes))


def _aside_again(batch: Batch, *, by: "User", now: datetime) -> str:
    """Each since the moment it was first left aside."""
    moments = {int(pk): datetime.fromisoformat(at) for pk, at in batch.undo_data["applications"].items()}
    still = [row for row in locked(moments) if row.state == State.DRAFT and not row.set_aside_at]
    for row in still:
        _write([row], moments[row.pk], "brouillon laissé de côté", by=by, now=now)
    return left_alone(len(moments) - len(still))
