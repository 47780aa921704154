"""The selected person's yes, and « confirmée »: the yes and the employer's word, whichever comes last (domain.md B8).

Everything that takes, keeps or frees a place locks the call's row first, then the application's: the capacity is counted under that lock.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from applications import agreements, confirming_emails
from applications.deadlines import has_lapsed
from applications.models import Application
from applications.services.moving import hold, move, read_again
from applications.states import Agreement, State
from core.refusals import Refused
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

TOO_LATE = "La date de confirmation est passée : cette place n’est plus réservée."
NO_PLACE = "Il n’y a pas de place à confirmer pour cette candidature."


def held(application: Application) -> Application:
    """Lock the call, then the application, and read both again: what the caller holds may be old."""
    hold(application.edition_id)
    return read_again(application)


@transaction.atomic
def accept_place(application: Application, *, by: "User", now: datetime) -> Application:
    """« Je confirme »: the person's yes, once; with the employer's word it confirms the place. Twice is once."""
    locked = held(application)
    if locked.state == State.CONFIRMED or (locked.state == State.SELECTED and locked.accepted_at and not has_lapsed(locked, now)):
        return locked
    if locked.state != State.SELECTED or not locked.edition.is_released(now=now):
        raise Refused(TOO_LATE if locked.public_state == State.LAPSED else NO_PLACE)
    if has_lapsed(locked, now):
        raise Refused(TOO_LATE)
    locked.accepted_at = now
    Application.objects.filter(pk=locked.pk).update(accepted_at=now)
    record("place acceptée", locked, by=by, now=now)
    if not confirmed_if_complete(locked, now, by=by):
        confirming_emails.post_accepted(locked, now=now)
    return locked


@transaction.atomic
def confirmed_if_complete(application: Application, now: datetime, *, by: Any = None) -> bool:
    """Move a selected person whose yes and whose employer's word are both there to « confirmée »; say whether it did."""
    locked = held(application)
    if locked.state != State.SELECTED or not locked.accepted_at or has_lapsed(locked, now):
        return False
    if agreements.word_of(locked) != Agreement.RECEIVED or not locked.edition.is_released(now=now):
        return False
    step = move(locked, State.CONFIRMED, by=by, now=now)
    application.state = locked.state
    record("place confirmée", locked, by=by, now=now)
    confirming_emails.post_confirmed(step, now=now)
    return True
