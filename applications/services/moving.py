"""One move of an application that the jury, the team or the clock makes, kept as a step. Who calls holds the row of the call."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q

from applications.models import Application, Offer, Step
from applications.services import ranking
from applications.states import NEXT, Ending, State
from core.refusals import Refused
from programmes.models import Edition

if TYPE_CHECKING:
    from accounts.models import User


def hold(edition_id: int) -> Edition:
    """Lock the call, whose places and ranks are counted under this lock alone (B3): decisions are few, they wait for each other."""
    return Edition.objects.select_for_update(of=("self",)).select_related("programme").get(pk=edition_id)


def hold_files(calls: Collection[int], *also: int) -> None:
    """Lock, in the order of their keys, every file that a move may touch: who holds a place or waits for one, and `also`.

    The calls are held already. Group acts lock files in that order without the call: of two who lock in two orders, one dies.
    """
    touched = Q(edition__in=calls, state__in=(State.SELECTED, State.WAITLISTED)) | Q(pk__in=also)
    list(Application.objects.select_for_update(of=("self",)).filter(touched).order_by("pk").values_list("pk", flat=True))


def read_again(application: Application) -> Application:
    """Read the row again, locked, with its call: what the caller holds may be old."""
    return Application.objects.select_for_update(of=("self",)).with_call().get(pk=application.pk)


def move(application: Application, state: State, *, by: "User | None", now: datetime, note: str = "", **values: Any) -> Step:
    """Move a row read again under the lock, with its step; refuse what the table of moves does not hold.

    Who leaves the waiting list leaves their rank, and the offer they had; those behind move up.
    """
    before = State(application.state)
    if state not in NEXT[before]:
        raise Refused(f"Une candidature « {before.label} » ne peut pas devenir « {state.label} ».")
    if state != State.WAITLISTED:
        values["waitlist_rank"] = None
    values |= application.folded(state=state)
    found = Application.objects.filter(pk=application.pk, state=before)
    if not found.update(state=state, staff_revision=F("staff_revision") + 1, **values):
        raise Refused("Cette candidature vient de changer : rechargez la page.")
    for name, value in {"state": state, "staff_revision": application.staff_revision + 1, **values}.items():
        setattr(application, name, value)
    if before == State.WAITLISTED:
        Offer.objects.filter(application=application, ended_at=None).update(ended_at=now, ending=Ending.CLOSED)
        ranking.close_up(application.edition_id)
    return step_of(application, by=by, now=now, note=note)


def step_of(application: Application, *, by: "User | None", now: datetime, note: str = "") -> Step:
    """Keep where the row stands now as a step of its history."""
    author = str(by)[:200] if by else "Portail"
    return Step.objects.create(application=application, to_state=application.state, at=now, by=by, by_name=author, note=note)
