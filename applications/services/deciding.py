"""What the jury decides of each application, before anybody is told (B3, B4): places, waiting list, refusals, and back.

The call is locked first, the file second, as everywhere: two people who decide at once wait for each other.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications import telling
from applications.deadlines import confirm_date, end_of
from applications.models import Application
from applications.services import places, ranking
from applications.services.moving import hold, hold_files, move, read_again, step_of
from applications.services.triage import Overtaken, touch_all
from applications.states import CHOSEN, DECIDED, State
from core.refusals import Refused
from core.typography import grouped
from programmes.models import Edition
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

MOST_OF_A_REASON = 1_000
CHANGED = "Cette candidature a changé depuis que vous avez ouvert cette page. Rien n’est perdu : relisez, puis décidez."


@transaction.atomic
def decide(
    application: Application,
    state: State,
    *,
    by: "User",
    now: datetime,
    reason: str = "",
    shared: bool = False,
    rank: int | None = None,
    revision: int | None = None,
) -> None:
    """Record the decision: selected while a place is free, on the waiting list with a rank, or not selected, with a reason.

    Nobody is told before the release; after it, this person is, in the same transaction. Twice is once. `revision` is the
    `staff_revision` of the page that was read: a file that changed since is refused.
    """
    if state not in DECIDED:
        raise Refused("Choisissez « Retenir », « Liste d’attente » ou « Non retenue ».")
    edition, row = _held(application, revision, now=now)
    if row.state == State.CONFIRMED:
        raise Refused("Cette place est confirmée : elle ne se libère que par un désistement.")
    reason = checked_reason(reason)
    if state == State.SELECTED:
        _refuse_past_the_places(edition, row, now=now)
    with ranking.told_again(edition, now):
        if row.state == state:
            _say_again(row, reason, shared, rank, by=by, now=now)
        else:
            _decided(edition, row, state, reason, shared, rank, by=by, now=now)


def _decided(
    edition: Edition, row: Application, state: State, reason: str, shared: bool, rank: int | None, *, by: "User", now: datetime
) -> None:
    values = {"reason": reason, "reason_shared": bool(reason and shared)}
    held = row.state in CHOSEN
    step = move(row, state, by=by, now=now, note=reason, **values, **_dates(edition, state, now=now))
    if state == State.WAITLISTED:
        ranking.put(row, rank or ranking.next_rank(edition.pk))
    # Before the release nothing leaves; after it, the one letter of this change does, and a place it leaves is offered.
    telling.tell_change(step)
    is_put_back = held and state == State.WAITLISTED
    places.settle_held(edition, now, left=[row.branch] if held else [], besides=row.pk if is_put_back else None)
    if is_put_back and places.can_offer(edition, now) and places.free(edition, now):
        raise Refused("Personne d’autre n’attend cette place : elle lui serait proposée de nouveau aussitôt.")


@transaction.atomic
def undecide(application: Application, *, by: "User", now: datetime, revision: int | None = None) -> None:
    """« Revenir en examen »: no decision any more. Only until the release: what was told stays told."""
    edition, row = _held(application, revision, now=now)
    if row.state == State.IN_REVIEW:
        return
    if edition.results_released_at is not None:
        raise Refused("Les résultats sont publiés : une décision annoncée se remplace par une autre.")
    if row.state not in DECIDED:
        raise Refused(f"Cette candidature est « {State(row.state).label} » : il n’y a pas de décision à reprendre.")
    move(row, State.IN_REVIEW, by=by, now=now, note="Décision reprise.", reason="", reason_shared=False)


@transaction.atomic
def rank(application: Application, rank: int, *, by: "User", now: datetime, revision: int | None = None) -> None:
    """Give a file of the waiting list another rank; the others make room, and no rank is ever held twice."""
    edition, row = _held(application, revision, now=now)
    if row.state != State.WAITLISTED:
        raise Refused("Seule une candidature de la liste d’attente a un rang.")
    with ranking.told_again(edition, now):
        _give_rank(row, rank, by=by, now=now)


def free_places(edition: Edition, *, now: datetime) -> int:
    """How many places nobody holds at `now` (B3)."""
    return edition.seats - Application.objects.filter(edition=edition).holding_a_seat(now=now).count()


def _held(application: Application, revision: int | None, *, now: datetime) -> tuple[Edition, Application]:
    edition = hold(application.edition_id)
    hold_files([edition.pk], application.pk)
    # What the clock ended since counts no more, wherever it is read: its row says so before anything is decided upon it.
    places.settle_held(edition, now)
    row = read_again(application)
    if revision is not None and revision != row.staff_revision:
        raise Overtaken(CHANGED)
    if edition.cancelled_at:
        raise Refused("L’appel est annulé : il n’y a plus rien à décider.")
    if row.erased_at:
        raise Refused("Cette candidature est anonymisée : il n’y a plus rien à décider.")
    _refuse_once_it_is_over(edition, now=now)
    return edition, row


def _refuse_once_it_is_over(edition: Edition, *, now: datetime) -> None:
    """A closed selection has told everybody its last word; once the edition is over, nobody could come any more."""
    if places.is_closed(edition):
        raise Refused("La sélection est close, et tout le monde en est prévenu : il n’y a plus rien à décider.")
    if edition.is_released(now=now) and now >= end_of(edition):
        raise Refused("Cette édition est terminée : il n’y a plus rien à décider.")


def _refuse_past_the_places(edition: Edition, row: Application, *, now: datetime) -> None:
    others = Application.objects.filter(edition=edition).exclude(pk=row.pk)
    if others.holding_a_seat(now=now).count() >= edition.seats:
        raise Refused(full(edition))


def full(edition: Edition) -> str:
    """« 20 places sur 20 », as the 21st is told."""
    return f"{edition.seats} place{'s' if edition.seats > 1 else ''} sur {edition.seats}"


def _dates(edition: Edition, state: State, *, now: datetime) -> dict[str, Any]:
    """Who is selected after the release says yes anew, by a date of their own that leaves them the time; the others have none.

    While the letters wait to leave, whoever is selected is told the date of the call, as everybody.
    """
    if not edition.is_released(now=now):
        return {}
    confirm_by = confirm_date(edition, now=now) if state == State.SELECTED else None
    return {"accepted_at": None, "confirm_by": confirm_by}


def checked_reason(text: str) -> str:
    """Return the reason as it is kept; refuse one that nobody would read."""
    text = text.replace("\x00", "").strip()
    if len(text) > MOST_OF_A_REASON:
        raise Refused(f"Ce motif est trop long : {grouped(MOST_OF_A_REASON)} caractères au plus.")
    return text


def _say_again(row: Application, reason: str, shared: bool, rank: int | None, *, by: "User", now: datetime) -> None:
    """The same decision once more: its reason or its rank may be another."""
    shared = bool(reason and shared)
    if reason and (reason, shared) != (row.reason, row.reason_shared):
        Application.objects.filter(pk=row.pk).update(reason=reason, reason_shared=shared)
        touch_all([row])
        row.reason, row.reason_shared = reason, shared
        telling.tell_reason(step_of(row, by=by, now=now, note=reason))
    if rank is not None and row.state == State.WAITLISTED:
        _give_rank(row, rank, by=by, now=now)


def _give_rank(row: Application, rank: int, *, by: "User", now: datetime) -> None:
    before = row.waitlist_rank
    ranking.put(row, rank)
    if row.waitlist_rank != before:
        touch_all([row])
        record("rang dans la liste d’attente", row, by=by, now=now, changes={"rang": [str(before or ""), str(row.waitlist_rank)]})
