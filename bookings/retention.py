"""What is not kept for ever of orders (domain.md G3): an address never proven, a week; what was never firm, six months after the day; who
came, five years. Invoices keep theirs ten years, apart. Needs are erased fifteen days after the day (`bookings.needs`).

An anonymised order stays a row: how many asked, came and paid is counted from it for good.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from bookings import emails
from bookings.models import Attendance, BilledSeat, Booking, BookingPaper, BookingStep, Certificate, Seat
from bookings.models.booking import VIEW_BOOKING
from bookings.services import ordering
from bookings.states import State
from core.clock import PARIS
from core.registry import Erasure, Planned
from core.retention import night
from records.models import Act
from records.services import forget, label_of
from records.sweeping import each_alone

UNPROVEN = "commandes de places jamais confirmées"
NEVER_FIRM = "commandes de places jamais fermes, six mois après la journée"
PEOPLE = "commandes et participants d’une journée, cinq ans après"
UNPROVEN_FOR = timedelta(days=7)
MONTHS_NEVER_FIRM, YEARS_KEPT = 6, 5
MONTHS = 12
_PAYER = (
    "payer_name",
    "payer_siret",
    "payer_address",
    "payer_postcode",
    "payer_city",
    "service_code",
    "commitment_number",
    "contract_number",
)
_BLANK = ("name", "email", "phone", "finance_email", "price_note", "note", "entered_by", *_PAYER)


def _before(now: datetime, months: int) -> date:
    """The last day whose people are kept no longer."""
    today = now.astimezone(PARIS).date()
    count = today.year * MONTHS + today.month - 1 - months
    return date(count // MONTHS, count % MONTHS + 1, min(today.day, 28))


def unproven(now: datetime) -> QuerySet[Booking]:
    return Booking.objects.filter(proven_at=None, erased_at=None, created_at__lt=now - UNPROVEN_FOR).order_by("pk")


def never_firm(now: datetime) -> QuerySet[Booking]:
    """Nothing was agreed, and nothing invoiced."""
    rows = Booking.objects.filter(session__day__lt=_before(now, MONTHS_NEVER_FIRM), firm_at=None, erased_at=None, proven_at__isnull=False)
    billed = BilledSeat.objects.values("seat__booking")
    return rows.filter(state__in=[State.LAPSED, State.CANCELLED, State.WAITING, State.HELD]).exclude(pk__in=billed).order_by("pk")


def people(now: datetime) -> QuerySet[Booking]:
    return Booking.objects.filter(session__day__lt=_before(now, YEARS_KEPT * MONTHS), erased_at=None).order_by("pk")


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    yield Erasure(UNPROVEN, _each(unproven(now), dry_run, lambda row: ordering.forget(row, now=now), what=UNPROVEN))
    yield Erasure(NEVER_FIRM, _each(never_firm(now), dry_run, lambda row: anonymise(row, now=now), what=NEVER_FIRM))
    yield Erasure(PEOPLE, _each(people(now), dry_run, lambda row: anonymise(row, now=now), what=PEOPLE))


def _each(rows: QuerySet[Booking], dry_run: bool, act: Callable[[Booking], object], *, what: str) -> int:
    """Each row in its own transaction: one that resists is logged, and neither stops the others nor the purges that come after ours."""
    found = list(rows)
    return len(found) if dry_run else each_alone(found, act, what=what)


@transaction.atomic
def anonymise(booking: Booking, *, now: datetime) -> None:
    """Blank who ordered, who came and what was written; dates, places and amounts stay."""
    seats = Seat.objects.filter(booking=booking)
    keys = list(seats.values_list("pk", flat=True))
    papers = BookingPaper.objects.filter(booking=booking) | BookingPaper.objects.filter(seat__in=keys)
    for paper in papers.exclude(file=""):
        default_storage.delete(str(paper.file.name))
    papers.delete()
    Attendance.objects.filter(seat__in=keys).update(by_name="")
    Certificate.objects.filter(seat__in=keys).blank("name", "employer")
    seats.update(name="", email="", job="", needs="", charged_by="")
    BookingStep.objects.filter(booking=booking).blank("words", "by_name", "changes")
    emails.forget(booking, now=now)
    forget(booking)
    Act.objects.filter(about=label_of(booking), by_id="").blank("by_name")
    nothing = f"effacée-{booking.pk}"
    blank = dict.fromkeys(_BLANK, "")
    Booking.objects.filter(pk=booking.pk).update(**blank, nonce=nothing[:32], digest=nothing, search="", erased_at=now)


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """When the people of each day are forgotten."""
    first, last = (moment.astimezone(PARIS).date() for moment in (start, until))
    rows = Booking.objects.filter(
        erased_at=None, proven_at__isnull=False, session__day__gte=first.replace(year=first.year - YEARS_KEPT, day=1)
    )
    rows = (
        rows.filter(session__day__lte=last.replace(year=last.year - YEARS_KEPT, day=28)).select_related("session").order_by("session__day")
    )
    days: dict[int, list[Booking]] = {}
    for row in rows:
        days.setdefault(row.session_id, []).append(row)
    for found in days.values():
        session = found[0].session
        moment = night(datetime.combine(session.day.replace(year=session.day.year + YEARS_KEPT), time(23), PARIS))
        if start <= moment < until:
            what = f"Commandes et participants : {session.title}"
            yield Planned(moment, "effacé", what, count=len(found), about=label_of(session), erasure=PEOPLE, permission=VIEW_BOOKING)
