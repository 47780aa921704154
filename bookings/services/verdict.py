"""« Does the day take place? », at its date: maintained, and everybody is told; or called off, by programmes' own act (docs/adr/0050)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from bookings import change_emails
from bookings.models import Booking, SessionTerms
from bookings.states import Verdict
from core.clock import PARIS
from core.refusals import Refused
from mailing import batches
from mailing.models import Batch
from programmes.models import Change, ChangeKind, TrainingSession
from records.services import record

UNDO = "bookings.verdict"
# What `SessionTerms.decision_day` says, as the database counts it.
_BEFORE = timedelta(days=21)


def firm_seats(session: TrainingSession) -> int:
    """How many people are sure to come."""
    rows = session.bookings.firm().aggregate(number=Count("seats", filter=Q(seats__released_at=None)))
    return int(rows["number"])


def to_decide(*, now: datetime) -> list[SessionTerms]:
    """The days to come whose date of decision is here, that nobody has decided: to maintain, or to call off."""
    today = now.astimezone(PARIS).date()
    rows = SessionTerms.objects.filter(verdict="", session__cancelled_at=None, session__day__gte=today, minimum__gt=1)
    rows = rows.filter(Q(decides_on__lte=today) | Q(decides_on=None, session__day__lte=today + _BEFORE))
    return list(rows.select_related("session__programme", "session__venue").order_by("session__day", "pk"))


def coming(start: date, until: date) -> list[SessionTerms]:
    """The decisions to come between two days, for the timeline."""
    rows = SessionTerms.objects.filter(verdict="", session__cancelled_at=None, minimum__gt=1).select_related("session__programme")
    return [terms for terms in rows.order_by("session__day", "pk") if start <= terms.decision_day < until]


def is_open(terms: SessionTerms, *, now: datetime) -> bool:
    """Is it still to decide: by nobody decided, of a day to come that a minimum concerns?"""
    return not terms.verdict and terms.minimum > 1 and not terms.session.cancelled_at and now.timestamp() < terms.session.starts.timestamp()


def refuse(terms: SessionTerms, *, now: datetime) -> None:
    """Why a day is not maintained now, in words."""
    if terms.session.cancelled_at:
        raise Refused("Cette journée est annulée.")
    if terms.verdict == Verdict.RUNS:
        raise Refused("Cette journée est déjà maintenue.")
    if now.timestamp() >= terms.session.starts.timestamp():
        raise Refused("La journée a commencé\u202f: il n’y a plus rien à décider.")


@transaction.atomic
def maintain(terms: SessionTerms, bookings: Iterable[Booking], *, batch: Batch, by: Any, now: datetime) -> None:
    """The day takes place: everybody is told, in a group act that is undone for ten minutes."""
    held = SessionTerms.objects.select_for_update(of=("self",)).select_related("session__programme").get(pk=terms.pk)
    refuse(held, now=now)
    SessionTerms.objects.filter(pk=held.pk).update(verdict=Verdict.RUNS, decided_at=now)
    change_emails.post_maintained(bookings, batch=batch, now=now)
    record("journée maintenue", held.session, by=by, now=now, note=f"{firm_seats(held.session)} places fermes, {held.minimum} au moins")


def told_of(session: TrainingSession) -> Any:
    """Whom it is told to: those whose places are firm."""
    return session.bookings.firm().with_day().order_by("pk")


def follow(row: Any, kind: str, now: datetime) -> None:
    """A day called off by programmes' act is decided; taken back, it is maintained or to decide as it was (registry `CHANGED`)."""
    if not isinstance(row, TrainingSession) or kind != ChangeKind.CANCELLED:
        return
    rows = SessionTerms.objects.filter(session=row)
    if row.cancelled_at:
        rows.filter(verdict=Verdict.RUNS).update(verdict=Verdict.CALLED_OFF)  # since when it was maintained is kept, to be put back
        rows.filter(verdict="").update(verdict=Verdict.CALLED_OFF, decided_at=now)
        return
    off = Change.objects.filter(session=row, kind=ChangeKind.CANCELLED).order_by("-at", "-pk").values_list("at", flat=True).first()
    rows.filter(verdict=Verdict.CALLED_OFF, decided_at__lt=off or now).update(verdict=Verdict.RUNS)
    rows.filter(verdict=Verdict.CALLED_OFF).update(verdict="", decided_at=None)


def undo(batch: Batch, *, by: Any, now: datetime) -> None:
    """Take « maintenue » back: the day is to decide again."""
    rows = SessionTerms.objects.filter(session=int(batch.about.rpartition(":")[2]), verdict=Verdict.RUNS)
    if not rows.update(verdict="", decided_at=None):
        raise Refused("La décision a changé depuis\u202f: cet acte ne se défait plus.")


def register_undo() -> None:
    batches.UNDOS[UNDO] = undo


def is_short(terms: SessionTerms) -> bool:
    """Fewer people than the minimum."""
    return firm_seats(terms.session) < terms.minimum
