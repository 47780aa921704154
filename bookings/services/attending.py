"""Who was there, half-day by half-day (C4): typed by the trainer on a phone or by the team from the paper, twice at once without harm."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django.db import transaction

from bookings.halves import halves
from bookings.models import Attendance, Certificate, Seat
from bookings.services import told
from bookings.states import CHARGED, Half, State
from core.clock import PARIS
from core.refusals import Refused
from programmes.models import TrainingSession

TOO_EARLY = "La journée n’a pas commencé\u202f: les présences se notent à partir du matin."
CALLED_OFF = "Cette journée est annulée\u202f: il n’y a pas de présence à noter."
NOT_OF_IT = "Cette personne n’est plus de la journée\u202f: rechargez la page."


def present_at(session: TrainingSession) -> Any:
    """The seats whose people are expected: firm, and not given back; by name, those without name last."""
    rows = Seat.objects.filter(booking__session=session, booking__state=State.FIRM, released_at=None)
    return rows.select_related("booking").order_by("booking_id", "rank", "pk")


def refuse_unless_begun(session: TrainingSession, *, now: datetime) -> None:
    """Presences are those of the day: from its first minute in Paris, whatever the hour it begins at."""
    if session.cancelled_at:
        raise Refused(CALLED_OFF)
    if now.timestamp() < datetime.combine(session.day, time(), PARIS).timestamp():
        raise Refused(TOO_EARLY)


@transaction.atomic
def note(seat: Seat, half: Half, present: bool, *, by: Any, now: datetime) -> Attendance:
    """Say that a person was there, or was not. The same said twice is said once; a correction says by whom, in the order's history."""
    _refuse_unless_of(seat, half, now=now)
    row, created = Attendance.objects.get_or_create(
        seat=seat, half=half, defaults={"present": present, "at": now, "by_name": str(by)[:200]}
    )
    if not created and row.present != present:
        _corrected(row, present, by=by, now=now)
    elif created and present:
        _ask_again(seat, by=by, now=now)
    return row


@transaction.atomic
def take_back(seat: Seat, half: Half, *, by: Any, now: datetime) -> None:
    """Undo: nothing is known of this half-day any more. Twice is once."""
    _refuse_unless_of(seat, half, now=now)
    row = Attendance.objects.filter(seat=seat, half=half).first()
    if row and Attendance.objects.filter(pk=row.pk).delete()[0]:
        told.note(seat.booking, "présence effacée", by=by, now=now, words=_of(seat, half))
        if row.present:
            _follow(seat, by=by, now=now)


@transaction.atomic
def note_all(session: TrainingSession, half: Half, *, by: Any, now: datetime) -> int:
    """« Tous présents »: everybody of whom nothing was said yet; who was said absent stays so. Return how many."""
    refuse_unless_begun(session, now=now)
    _refuse_other_half(session, half)
    unsaid = list(present_at(session).exclude(attendance__half=half))
    rows = [Attendance(seat=seat, half=half, present=True, at=now, by_name=str(by)[:200]) for seat in unsaid]
    Attendance.objects.bulk_create(rows, ignore_conflicts=True)
    for seat in (seat for seat in unsaid if seat.charged is not None):
        _ask_again(seat, by=by, now=now)
    return len(rows)


def _corrected(row: Attendance, present: bool, *, by: Any, now: datetime) -> None:
    said = {True: "présent", False: "absent"}
    if not Attendance.objects.filter(pk=row.pk, present=not present).update(present=present, at=now, by_name=str(by)[:200]):
        return
    changes = {_of(row.seat, Half(row.half)): [said[not present], said[present]]}
    told.note(row.seat.booking, "présence corrigée", by=by, now=now, words=_of(row.seat, Half(row.half)), changes=changes)
    row.present = present
    _follow(row.seat, by=by, now=now)


def _follow(seat: Seat, *, by: Any, now: datetime) -> None:
    """What was decided and attested of another presence stands no more; both are said in the history."""
    _ask_again(seat, by=by, now=now)
    for row in Certificate.objects.standing().filter(seat=seat).exclude(pk__in=Certificate.objects.good()).order_by("pk"):
        words = f"place {seat.rank}, {row.number}, la présence qu’il atteste n’est plus notée"
        told.note(seat.booking, "certificat retiré", by=by, now=now, words=words)


def _ask_again(seat: Seat, *, by: Any, now: datetime) -> None:
    """A decision about an absence is about what was recorded then: presences tell again whether the place is due, or a person does (C4)."""
    charged = Seat.objects.filter(pk=seat.pk).values_list("charged", flat=True).first()
    if charged is None or not Seat.objects.filter(pk=seat.pk, charged=charged).update(charged=None, charged_by=""):
        return
    changes = {f"place {seat.rank}, absence": [CHARGED[charged], CHARGED[None]]}
    told.note(seat.booking, "absence à décider de nouveau", by=by, now=now, words=f"place {seat.rank}, présence corrigée", changes=changes)


def _of(seat: Seat, half: Half) -> str:
    """Named by its rank: the history is kept longer than the names."""
    return f"place {seat.rank}, {half.label}"


def _refuse_unless_of(seat: Seat, half: Half, *, now: datetime) -> None:
    refuse_unless_begun(seat.booking.session, now=now)
    _refuse_other_half(seat.booking.session, half)
    if not Seat.objects.filter(pk=seat.pk, released_at=None, booking__state=State.FIRM).exists():
        raise Refused(NOT_OF_IT)


def _refuse_other_half(session: TrainingSession, half: Half) -> None:
    if half not in {each.half for each in halves(session)}:
        raise Refused(f"Cette journée n’a pas de {Half(half).label}.")


# --- What was said, read ------------------------------------------------------------------------------------------


def said_of(seats: Iterable[Seat]) -> dict[tuple[int, str], bool]:
    """What was said of these seats, by seat and half-day; one question."""
    rows = Attendance.objects.filter(seat__in=[seat.pk for seat in seats]).order_by("pk")
    return {(seat, half): present for seat, half, present in rows.values_list("seat_id", "half", "present")}
