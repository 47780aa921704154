"""What a change of a call does to applications: a deadline strands nobody; offers are closed, armed again, or given the time to think."""

from datetime import datetime
from typing import Any

from applications.models import Step
from applications.services import places
from core.refusals import Refused
from core.typography import moment_in_words
from mailing.batches import TEN_MINUTES
from programmes.models import ChangeKind, Edition


def refuse_stranding(row: Any, kind: str, now: datetime) -> None:
    """Refuse dates that would leave behind the deadline what was just deposited in time: an extension is no longer undone then.

    Only of these ten minutes, in which an act is undone; what passed late by a limit or by the team says why in its note.
    """
    if not isinstance(row, Edition):
        return
    since = max(row.closes_at, now - TEN_MINUTES)
    if Step.objects.deposits().filter(application__edition=row, at__gte=since, note="").exists():
        closing = moment_in_words(row.closes_at, noon=True, zone=False, weekday=False)
        raise Refused(
            f"Une candidature vient d’être déposée, dans le délai annoncé : avec une clôture le {closing}, elle serait hors délai. "
            "Cet acte ne se défait plus ; pour clore, donnez une nouvelle clôture à venir."
        )


def follow_offers(row: Any, kind: str, now: datetime) -> None:
    """Called off, nothing is offered any more; called on again, the same offers stand; other dates, and 72 h to think again (B5)."""
    if not isinstance(row, Edition):
        return
    if row.cancelled_at:
        places.close_offers(row, now)
    elif kind == ChangeKind.CANCELLED:
        places.open_again(row, now)
    elif kind in (ChangeKind.POSTPONED, ChangeKind.DATES):
        places.prolong(row, now)
