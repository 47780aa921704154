"""A day as the team follows it: seats by state with the money expected, and what waits for somebody; the days of a year together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import Invoice
from bookings import awaiting
from bookings.awaiting import Awaited
from bookings.models import Booking, PlaceOffer, Seat, SessionTerms
from bookings.openings import terms_of
from bookings.sales import ABOUT
from bookings.services import invoicing, moving_session, verdict
from bookings.situations import SOON
from bookings.states import PriceKind, State
from programmes.models import TrainingSession

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Part:
    """So many places in a state, and what they would bring."""

    label: str
    places: int
    money: Decimal
    note: str = ""


@dataclass(frozen=True)
class Followed:
    """One day: its parts, what is free, and the orders that wait for somebody."""

    session: TrainingSession
    terms: SessionTerms | None
    parts: list[Part]
    free: int
    offered: int
    unnamed: list[Booking]
    ending: list[Booking]
    to_invoice: list[Awaited]
    to_decide: list[Seat]
    other_day: list[Booking]
    firm_places: int
    decides: bool

    @property
    def money(self) -> Decimal:
        """What is expected of what is firm or held."""
        return sum((part.money for part in self.parts[:2]), ZERO)

    @property
    def is_short(self) -> bool:
        return self.terms is not None and self.firm_places < self.terms.minimum


def follow(session: TrainingSession, *, now: datetime) -> Followed:
    """Read a day in a dozen questions, whatever the number of orders; those to invoice may ask one or two each (`awaiting.of`)."""
    rows = session.bookings.all()
    firm = _part("fermes", rows.firm())
    held = _part("tenues", rows.filter(state=State.HELD, holds_until__gt=now), "pas encore fermes")
    waiting = _part("en attente", rows.waiting(), "demandées, pas encore servies")
    living = rows.select_related("session").order_by("pk")
    offers = PlaceOffer.objects.filter(booking__session=session, ending="", expires_at__gt=now).aggregate(total=Coalesce(Sum("places"), 0))
    missing = Q(seats__name="", seats__released_at=None)
    terms = terms_of(session)
    return Followed(
        session=session, terms=terms, parts=[firm, held, waiting], offered=offers["total"],
        # As the clock says it, like the other parts: a hold that ended is free before the sweep has closed its row.
        free=max(session.seats - firm.places - held.places - offers["total"], 0),
        unnamed=list(living.filter(state__in=[State.HELD, State.FIRM]).filter(missing).distinct()),
        ending=list(living.filter(state=State.HELD, proven_at__isnull=False, holds_until__gt=now, holds_until__lte=now + SOON)),
        to_invoice=awaiting.of(session, now=now),
        to_decide=invoicing.to_decide(session, now=now),
        other_day=list(moving_session.of_another_day(session)), firm_places=firm.places,
        decides=terms is not None and verdict.is_open(terms, now=now),
    )  # fmt: skip


def _part(label: str, rows: Any, note: str = "") -> Part:
    """Places not given back of these orders, at what each costs."""
    seats = Seat.objects.filter(booking__in=rows.order_by().values("pk"), released_at=None)
    told = seats.aggregate(places=Count("pk"), money=Coalesce(Sum("booking__unit_price"), ZERO))
    return Part(label, told["places"], Decimal(told["money"]).quantize(Decimal("0.01")), note)


# --- A year ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A day of the year's table."""

    session: TrainingSession
    firm: int
    members: int
    money: Decimal

    @property
    def rate(self) -> int:
        """How full it is, in percent of its seats."""
        return round(100 * self.firm / self.session.seats)


@dataclass(frozen=True)
class Year:
    """The days of a year, and their sums; what was invoiced of them is read from the invoices."""

    year: int
    lines: list[Line]
    invoiced: Decimal

    @property
    def held(self) -> list[Line]:
        return [line for line in self.lines if not line.session.cancelled_at]

    @property
    def seats(self) -> int:
        return sum(line.session.seats for line in self.held)

    @property
    def firm(self) -> int:
        return sum(line.firm for line in self.held)

    @property
    def members(self) -> int:
        return sum(line.members for line in self.held)

    @property
    def money(self) -> Decimal:
        return sum((line.money for line in self.held), ZERO)

    @property
    def rate(self) -> int:
        return round(100 * self.firm / self.seats) if self.seats else 0


def years() -> list[int]:
    """The years that have a day that is sold, the last first."""
    return [day.year for day in TrainingSession.objects.filter(terms__isnull=False).dates("day", "year", order="DESC")]


def of_year(year: int) -> Year:
    """The days of a year, in three questions."""
    sessions = TrainingSession.objects.filter(day__year=year, terms__isnull=False).select_related("programme").order_by("day", "pk")
    lines = [_line(session, counts) for session, counts in _counted(sessions)]
    return Year(year, lines, _invoiced(year))


def _counted(sessions: Any) -> Iterable[tuple[TrainingSession, dict[str, Any]]]:
    seats = Seat.objects.filter(booking__state=State.FIRM, released_at=None, booking__session__in=sessions.order_by().values("pk"))
    member = Q(booking__price_kind=PriceKind.MEMBER) | ~Q(booking__price_note="")
    told = seats.order_by().values("booking__session").annotate(
        firm=Count("pk"), members=Count("pk", filter=member), money=Sum("booking__unit_price")
    )  # fmt: skip
    by_day: dict[int, dict[str, Any]] = {row["booking__session"]: dict(row) for row in told}
    return [(session, by_day.get(session.pk, {})) for session in sessions]


def _line(session: TrainingSession, told: dict[str, Any]) -> Line:
    money = Decimal(told.get("money") or 0).quantize(Decimal("0.01"))
    return Line(session, told.get("firm", 0), told.get("members", 0), money)


def _invoiced(year: int) -> Decimal:
    """What invoices say of the days of a year, credit notes taken away: both name the day they are of."""
    rows = Invoice.objects.filter(Q(delivered_on__year=year) | Q(delivered_on=None, period_start__year=year), about__startswith=ABOUT)
    told = rows.aggregate(
        asked=Coalesce(Sum("gross", filter=Q(corrects=None)), ZERO), given=Coalesce(Sum("gross", filter=Q(corrects__isnull=False)), ZERO)
    )  # fmt: skip
    return (Decimal(told["asked"]) - Decimal(told["given"])).quantize(Decimal("0.01"))
