"""The invoices of an order: at once for whoever pays before the day, after it for a public body (domain.md C2), and their credit notes.

Each place is on one invoice (`BilledSeat`, guarded by the database), so that asking twice, or from two doors at once, is asking once.
What is not told by presences (the absent, the partly present, the unrecorded) waits for a person: `to_decide`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from billing import amounts
from billing import services as billing
from billing.models import Invoice
from billing.services.crediting import creditable
from billing.services.needs import missing_of_ours
from bookings import links
from bookings.halves import halves
from bookings.models import Attendance, BilledSeat, Booking, Seat
from bookings.sales import Charged, buyer_of, sale_of, tax_of
from bookings.states import SEATED, InvoiceBy, Payer, State
from core.clock import PARIS
from core.money import euros
from core.prepared import Prepared
from core.refusals import Refused
from programmes.models import TrainingSession, VatMode
from records.models import Association
from records.services import label_of

if TYPE_CHECKING:
    from accounts.models import User

PAYS_AFTER = "Un organisme public est facturé après la journée, une fois le service fait."
NOT_OVER = "La journée n’est pas terminée : la facture viendra ensuite."
NOT_FIRM = "La commande n’est pas ferme : elle ne se facture pas."
LATE = "Annulation tardive, somme due selon les conditions de vente"


@transaction.atomic
def invoice_now(booking: Booking, *, by: "User | None", now: datetime) -> list[Invoice]:
    """Issue at once what a private payer or a person pays before the day (C2); asked again, the same invoices.

    One invoice for the order, one line for each place, or one for each person, as the payer asked. A free day has none. Refused, saying
    what, when something is missing for the invoice (R14).
    """
    booking = _held(booking)
    if booking.payer == Payer.PUBLIC:
        raise Refused(PAYS_AFTER)
    if booking.state not in SEATED:
        raise Refused(NOT_FIRM)
    _issued(booking, [Charged(seat, booking.unit_price) for seat in _unbilled(booking) if seat.released_at is None], by=by, now=now)
    return standing(booking)


@transaction.atomic
def invoice_after(booking: Booking, *, by: "User | None", now: datetime) -> list[Invoice]:
    """Issue what the day has made due and no invoice says yet; asked again, nothing more. Return all that stands for the order.

    Due: who was there all day, whom a person decided to charge, and what a late cancellation leaves due. What waits for a decision is
    left for later: it will have an invoice of its own.
    """
    booking = _held(booking)
    if booking.state not in (State.FIRM, State.CANCELLED):
        raise Refused(NOT_FIRM)
    if booking.session.ends > now:
        raise Refused(NOT_OVER)
    _issued(booking, due(booking), by=by, now=now)
    return standing(booking)


@transaction.atomic
def credit_for(
    booking: Booking,
    *,
    reason: str,
    by: "User | None",
    now: datetime,
    seats: Iterable[Seat] | None = None,
    amount: Decimal | None = None,
    is_told: bool = False,
) -> list[Invoice]:
    """Credit what stands on invoices for these places (all of the order's when none is said), in whole, or `amount` of it, tax included.

    Return the credit notes: one for each invoice concerned; none when nothing stands. An invoice that was replaced is credited in its
    replacement; what the treasurer credited by hand is not credited twice. `is_told`: a letter of the caller's carries them.
    """
    booking = _held(booking)
    rows = BilledSeat.objects.standing().filter(seat__booking=booking).select_related("invoice").order_by("pk")
    if seats is not None:
        rows = rows.filter(seat__in=list(seats))
    found = list(rows)
    total = sum((row.left for row in found), amounts.ZERO)
    if amount is not None and not 0 <= amount <= total:
        raise Refused(f"L’avoir demandé, {euros(amount)}, ne va pas avec ce qui est facturé pour ces places : {euros(total)}.")
    parts = amounts.shared(total if amount is None else amount, [row.left for row in found])
    is_told = is_told and not links.is_apart(booking)
    return _credited(list(zip(found, parts, strict=True)), reason=reason, by=by, now=now, is_told=is_told)


_INVOICES = Prepared(lambda about: Invoice.objects.invoices().about(about).with_balance().order_by("pk"), about=str)


def invoices_of(booking: Booking) -> list[Invoice]:
    """Return the invoices of an order, with their balance, in the order of their issue."""
    return _INVOICES(about=label_of(booking))


def standing(booking: Booking) -> list[Invoice]:
    """Return the invoices of an order that are not wholly credited, with their balance, in the order of their issue."""
    return [row for row in invoices_of(booking) if row.credited < row.gross]


def places_on(booking: Booking, invoice: Invoice) -> list[Seat]:
    """Return the places that an invoice, or the one it replaces, still asks for."""
    rows = BilledSeat.objects.standing().filter(seat__booking=booking).select_related("seat", "invoice").order_by("pk")
    return [row.seat for row in rows if _last(row.invoice) == invoice]


def is_paid(booking: Booking) -> bool:
    """Whether each place is on an invoice that stands, and nothing remains to pay of any: one of several paid is not enough (C2)."""
    rows = standing(booking)
    billed = BilledSeat.objects.standing().filter(seat__booking=booking).values("seat")
    is_whole = not booking.seats.filter(released_at=None).exclude(pk__in=billed).exists()
    return bool(rows) and is_whole and all(row.remaining <= 0 for row in rows)


@dataclass(frozen=True)
class Left:
    """What an order that is closed leaves: kept of its price, still to pay, and being given back."""

    kept: Decimal
    remains: Decimal
    back: Decimal
    is_invoiced: bool


def left_of(booking: Booking) -> Left:
    """Return what a cancelled order leaves due, by its places and by its invoices."""
    kept = booking.seats.aggregate(total=Sum("kept"))["total"] or amounts.ZERO
    rows = [row.remaining for row in invoices_of(booking)]
    remains, back = sum((row for row in rows if row > 0), amounts.ZERO), -sum((row for row in rows if row < 0), amounts.ZERO)
    return Left(kept, remains, back, bool(rows))


def due(booking: Booking) -> list[Charged]:
    """Return what the day has made due and is on no invoice yet: all that is decided, by presences or by a person."""
    whole = _whole(booking)
    return [charged for seat in _unbilled(booking) if (charged := _due_of(booking, seat, whole))]


def undecided(booking: Booking) -> list[Seat]:
    """Return the places of which presences do not say whether they are due, and nobody has: they wait for a person."""
    whole = _whole(booking)
    if booking.state != State.FIRM or not booking.unit_price:
        return []
    return [seat for seat in _seats(booking) if seat.released_at is None and seat.charged is None and _there(seat) != whole]


def to_decide(session: TrainingSession, *, now: datetime) -> list[Seat]:
    """Return the places of a day that is over that wait for a person: absent, partly present, not recorded (C4, S9)."""
    if session.ends > now or session.cancelled_at:
        return []
    rows = session.bookings.firm().select_related("session").prefetch_related(seats_with_presences()).order_by("pk")
    return [seat for booking in rows for seat in undecided(booking)]


def missing(booking: Booking, *, now: datetime) -> list[str]:
    """Return in words what the invoice of this payer still lacks (R14): the invoice waits until it is there."""
    return billing.missing(buyer_of(booking, now=now), on=now.astimezone(PARIS).date())


def missing_here(session: TrainingSession) -> list[str]:
    """Return in words what we lack ourselves before anything of this day can be invoiced: for the team, not for the payer."""
    try:
        tax_of(session)
    except Refused as refusal:
        return [str(refusal)]
    return missing_of_ours(Association.current(), taxed=session.vat_mode == VatMode.TAXED_20)


def to_issue(*, now: datetime) -> "QuerySet[Booking]":
    """Those whose day is over and that have places on no invoice: the sweep invoices what is decided, staff see what waits."""
    today = now.astimezone(PARIS).date()
    rows = Booking.objects.filter(state__in=[State.FIRM, State.CANCELLED], unit_price__gt=0)
    rows = rows.filter(session__day__lt=today, session__cancelled_at=None).filter(Exists(owed()))
    return rows.select_related("session__venue", "session__terms", "body").order_by("session__day", "pk")


def owed() -> "QuerySet[Seat]":
    """The places of an order (the outer row) that no standing invoice says and that are due, or may be, as `due` and `undecided` read."""
    standing = BilledSeat.objects.standing().filter(seat=OuterRef("pk"))
    rows = Seat.objects.filter(~Exists(standing), booking=OuterRef("pk"))
    return rows.filter(Q(released_at=None, booking__state=State.FIRM) & ~Q(charged=False) | Q(kept__gt=0))


# --- What is due ------------------------------------------------------------------------------------------


def _due_of(booking: Booking, seat: Seat, whole: set[str]) -> Charged | None:
    if seat.released_at is not None:
        return Charged(seat, seat.kept, LATE) if seat.kept else None
    if booking.state != State.FIRM or seat.charged is False:
        return None
    if _there(seat) == whole:
        return Charged(seat, booking.unit_price)
    return Charged(seat, booking.unit_price, "absence, place due") if seat.charged else None


def _whole(booking: Booking) -> set[str]:
    """The half-days of its day: who was at all of them is due without anybody saying so."""
    return {str(half.half) for half in halves(booking.session)}


def _there(seat: Seat) -> set[str]:
    return {str(row.half) for row in seat.attendance.all() if row.present}


def _seats(booking: Booking) -> list[Seat]:
    prefetched = getattr(booking, "_prefetched_objects_cache", {})
    return list(booking.seats.all()) if "seats" in prefetched else list(booking.seats.prefetch_related("attendance"))


def seats_with_presences() -> "Prefetch[str]":
    """The places of orders with their presences, in two queries."""
    attendance = Prefetch("attendance", Attendance.objects.order_by("pk"))
    return Prefetch("seats", Seat.objects.prefetch_related(attendance).order_by("rank", "pk"))


def _unbilled(booking: Booking) -> list[Seat]:
    """Those that no invoice ever said, or whose line was wholly given back."""
    billed = set(BilledSeat.objects.standing().filter(seat__booking=booking).values_list("seat", flat=True))
    return [seat for seat in _seats(booking) if seat.pk not in billed]


# --- Issuing and crediting ----------------------------------------------------------------------------------


def _held(booking: Booking) -> Booking:
    """Return the order as it stands, its row locked: whoever invoices it at the same moment waits. Its invoices first, as payments do."""
    list(Invoice.objects.select_for_update(of=("self",), no_key=True).about(label_of(booking)).order_by("pk"))
    Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)
    return Booking.objects.select_related("session__programme", "session__venue", "session__terms__tax_profile", "body").get(pk=booking.pk)


def _issued(booking: Booking, charged: Sequence[Charged], *, by: "User | None", now: datetime) -> None:
    paid = [each for each in charged if each.gross]
    groups = [[each] for each in paid] if booking.invoice_by == InvoiceBy.PERSON else [paid]
    for group in filter(None, groups):
        number = Invoice.objects.invoices().about(label_of(booking)).count() + 1
        invoice = billing.issue(sale_of(booking, group, key=f"{label_of(booking)}:{number}", now=now), by=by, now=now)
        BilledSeat.objects.bulk_create([BilledSeat(seat=each.seat, invoice=invoice, gross=each.gross) for each in group])


def _credited(rows: list[tuple[BilledSeat, Decimal]], *, reason: str, by: "User | None", now: datetime, is_told: bool) -> list[Invoice]:
    notes, asked = [], dict.fromkeys(row.invoice for row, part in rows if part)
    for invoice in asked:
        mine = [(row, part) for row, part in rows if row.invoice_id == invoice.pk and part]
        last = _last(invoice)
        wanted = min(sum((part for _, part in mine), amounts.ZERO), creditable(last))
        for row, part in mine:
            row.credited += part
            row.save(update_fields=["credited"])
        if wanted:
            notes.append(billing.credit(last, reason=reason, by=by, now=now, amount=wanted, is_told=is_told))
    return notes


def _last(invoice: Invoice) -> Invoice:
    """Return the one that stands in its place, when the treasurer replaced it."""
    while replacement := invoice.replacements.order_by("-pk").first():
        invoice = replacement
    return invoice
