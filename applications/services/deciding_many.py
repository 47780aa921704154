"""The same decision for many files, before the release: each says what became of it, and all can be taken back (B3, B4).

After the release each change is one letter to one person: it is decided one at a time (`services.deciding`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from applications.models import Application, Offer, Step
from applications.services import ranking
from applications.services.acts import AT_ONCE, Outcome, left_alone, locked
from applications.services.deciding import checked_reason, free_places, full
from applications.services.moving import hold, hold_files
from applications.states import DECIDED, NEXT, State
from core.refusals import Refused
from mailing.batches import UNDOS
from mailing.models import Batch
from programmes.models import Edition

if TYPE_CHECKING:
    from accounts.models import User

UNDO_DECIDE = "applications.decide"
ONE_BY_ONE = "les résultats sont publiés : cette décision se change une à une, sur le tableau de sélection"
_KEPT = ("state", "waitlist_rank", "reason", "reason_shared")


def register_undos() -> None:
    """Make known how our acts are undone."""
    UNDOS[UNDO_DECIDE] = _take_back


def planned(rows: Collection[Application], state: State, *, now: datetime) -> list[Outcome]:
    """Say of each whether it would get this decision, in the order of the rows: places go to the first."""
    room: dict[int, int] = {}
    outcomes = []
    for row in rows:
        why = _why_not(row, state)
        if not why and state == State.SELECTED:
            if row.edition_id not in room:
                room[row.edition_id] = free_places(row.edition, now=now)
            why = "" if room[row.edition_id] > 0 else full(row.edition)
            room[row.edition_id] -= 1
        outcomes.append(Outcome(row, why))
    return outcomes


def _why_not(row: Application, state: State) -> str:
    before = State(row.state)
    if row.edition.cancelled_at:
        return "l’appel est annulé"
    if row.edition.results_released_at:
        return ONE_BY_ONE
    if row.erased_at:
        return "anonymisée"
    if before == state:
        return f"déjà « {state.label} »"
    if before == State.SUBMITTED:
        return "pas encore en examen : mettez-la d’abord en examen"
    if state not in NEXT[before] or before not in (State.IN_REVIEW, *DECIDED):
        return f"« {before.label} » : il n’y a rien à décider"
    return ""


@transaction.atomic
def decide_all(
    keys: Sequence[int],
    state: State,
    *,
    by: "User",
    now: datetime,
    reason: str = "",
    shared: bool = False,
    batch: Batch | None = None,
) -> list[Outcome]:
    """Give these files this decision, in the order of `keys`, as far as there are places; `IN_REVIEW` takes decisions back."""
    reason = checked_reason(reason)
    outcomes = planned(_locked_in_order(keys), state, now=now)
    rows = [each.application for each in outcomes if not each.why]
    if batch:
        batch.undo_data = {"to": state.value, "before": [[row.pk, *(getattr(row, name) for name in _KEPT)] for row in rows]}
    note = "Décision reprise." if state == State.IN_REVIEW else reason
    write(rows, state, by=by, now=now, note=note, reason=reason, reason_shared=bool(reason and shared))
    return outcomes


def write(rows: Sequence[Application], state: State, *, by: "User", now: datetime, note: str, **values: Any) -> None:
    """Move checked rows of held calls in a few queries, with a step each; ranks follow those that are given, or close up."""
    pks = [row.pk for row in rows]
    Application.objects.filter(pk__in=pks).update(state=state, waitlist_rank=None, staff_revision=F("staff_revision") + 1, **values)
    Offer.objects.filter(application__in=pks, ended_at=None).update(ended_at=now, ending="CLOSED")
    author = {"to_state": state, "at": now, "by": by, "by_name": str(by)[:200] if by else "Portail", "note": note}
    Step.objects.bulk_create([Step(application=row, **author) for row in rows], batch_size=AT_ONCE)
    for call in {row.edition_id for row in rows}:
        joining = [row.pk for row in rows if row.edition_id == call] if state == State.WAITLISTED else []
        ranking.write(call, [*ranking.in_order(call), *joining])
    for row in rows:
        row.state = state


def _locked_in_order(keys: Sequence[int]) -> list[Application]:
    """Lock the calls first, then the files, as everywhere; give them back in the order asked for."""
    calls = Application.objects.filter(pk__in=keys).order_by("edition").values_list("edition", flat=True).distinct()
    held: dict[int, Edition] = {pk: hold(pk) for pk in calls}
    hold_files(held, *keys)
    place = {pk: rank for rank, pk in enumerate(keys)}
    rows = sorted(locked(keys), key=lambda row: place[row.pk])
    for row in rows:
        row.edition = held[row.edition_id]
    return rows


def _take_back(batch: Batch, *, by: "User", now: datetime) -> str:
    """Put each file back where it was, unless it moved since, or the results are out."""
    before = {pk: State(state) for pk, state, *_ in batch.undo_data["before"]}
    rows = _locked_in_order([pk for pk, *_ in batch.undo_data["before"]])
    if any(row.edition.results_released_at for row in rows):
        raise Refused("Les résultats sont publiés : ces décisions se changent une à une.")
    still = [row for row in rows if row.state == batch.undo_data["to"]]
    kept = {pk: rest for pk, *rest in batch.undo_data["before"]}
    back = [row for state, where in _grouped(still, before).items() for row in _restored(where, state, kept, by=by, now=now)]
    return left_alone(len(before) - len(back))


def _grouped(rows: Sequence[Application], before: dict[int, State]) -> dict[State, list[Application]]:
    """Those that were chosen last: the places that the others leave are free by then."""
    states = sorted({before[row.pk] for row in rows}, key=lambda state: (state == State.SELECTED, state.value))
    return {state: [row for row in rows if before[row.pk] == state] for state in states}


def _restored(rows: Sequence[Application], state: State, kept: dict[int, list[Any]], *, by: "User", now: datetime) -> Sequence[Application]:
    """Give these files the state they had, with its reason and its rank."""
    if state == State.SELECTED and rows:
        rows = rows[: max(0, free_places(rows[0].edition, now=now))]
    if state == State.WAITLISTED:
        rows = sorted(rows, key=lambda row: kept[row.pk][1])
    write(rows, state, by=by, now=now, note="Acte groupé annulé.")
    for row in rows:
        _, rank, reason, shared = kept[row.pk]
        Application.objects.filter(pk=row.pk).update(reason=reason, reason_shared=shared)
        if rank:
            ranking.put(row, rank)
    return rows
