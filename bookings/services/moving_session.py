"""Taking an order to another day, with its people and its price: places taken there and freed here in one transaction (docs/adr/0050).

What was invoiced names the former day: it is credited and issued again for the new one, and what was paid goes along. An invoice paid by
card cannot be replaced, the provider knows the payment under its number: it stays, a line says so wherever it is read, and it waits for
the treasurer. The same is done for orders whose day itself was given another date, once that can no longer be undone.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from accounts.models import User
from billing import services as billing
from billing.models import Invoice
from billing.services import carrying
from bookings import change_emails, openings, seats
from bookings.models import BilledSeat, Booking
from bookings.openings import Phase, closes_at
from bookings.sales import Charged, sale_of
from bookings.services import cancelling, holding, invoicing, settling, told
from bookings.states import LIVING, SEATED
from core.clock import PARIS
from core.refusals import Refused
from core.typography import agreeing
from mailing.models import Batch
from memberships.belonging import member_of
from programmes.models import TrainingSession
from programmes.services.changes import UNDO
from records.services import label_of

NOT_SOLD = "Cette journée ne se réserve pas, ou plus."
QUEUED = "Des personnes attendent déjà des places à cette date\u202f: elles passent avant. Écrivez-nous."


def other_days(booking: Booking, *, now: datetime, for_team: bool = False) -> list[TrainingSession]:
    """The days to come of the same programme that have room for the whole order, the nearest first; to the team, all of them."""
    wanted = seats.count(booking) or booking.asked
    rows = TrainingSession.objects.to_come(now=now).filter(programme=booking.session.programme_id, terms__isnull=False)
    rows = rows.filter(taken__lte=F("seats") - wanted).exclude(pk=booking.session_id).exclude(bookings__in=_of_same_address(booking))
    found = rows.with_places().select_related("terms__tax_profile").order_by("day", "pk")
    days = [day for day in found if closes_at(day).timestamp() > now.timestamp()]
    return days if for_team else [day for day in days if not why_not(booking, day, now=now)]


def why_not(booking: Booking, target: TrainingSession, *, now: datetime) -> str:
    """Why whoever holds its address may not take an order to that day, in words: its gates (C3), and those who wait there, come first."""
    opening = openings.of(target, now=now)
    if not opening.takes_orders:
        return opening.in_words or NOT_SOLD
    if opening.phase == Phase.MEMBERS and member_of([booking.email], now.astimezone(PARIS).date()) is None:
        return opening.in_words
    return QUEUED if seats.standing(target, now=now).waits else ""


def _of_same_address(booking: Booking) -> Any:
    return Booking.objects.filter(email=booking.email, state__in=LIVING).exclude(pk=booking.pk)


def move(booking: Booking, target: TrainingSession, *, by: Any, now: datetime, words: str = "") -> list[Invoice]:
    """Move an order; return the invoices that could not be replaced, and stay with their former day.

    What the clock ended there is given back first, in a transaction of its own: it holds orders of that day, then the day itself.
    """
    settling.settle(target, now=now)
    return _move(booking, target, by=by, now=now, words=words)


def _hold_with_lines(booking: Booking) -> Booking:
    """Hold an order whose invoices may be replaced: the lines that paid them first, then invoices and order (docs/adr/0032)."""
    carrying.hold_lines(Invoice.objects.about(label_of(booking)).order_by("pk"))
    return cancelling.hold(booking)


@transaction.atomic
def _move(booking: Booking, target: TrainingSession, *, by: Any, now: datetime, words: str) -> list[Invoice]:
    held = _hold_with_lines(booking)
    before = held.session
    count = seats.count(held)
    _refuse(held, target, count, by=by, now=now)
    # Both days in the order of their keys: two orders that cross wait for each other in the same order.
    days = TrainingSession.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[before.pk, target.pk])
    list(days.order_by("pk").values_list("pk", flat=True))
    if not seats.take(target, count):
        raise Refused(f"Il ne reste plus {count}\u00a0{agreeing(count, 'place', 'places')} à cette date.")
    until = min(held.holds_until, closes_at(target), key=datetime.timestamp) if held.holds_until else None
    Booking.objects.filter(pk=held.pk).update(session=target, holds_until=until, firm_day=target.day if held.firm_at else None)
    settling.give_back(before, count, now=now)
    moved = holding.fresh(held)
    told.note(moved, "commande déplacée", by=by, now=now, words=words, changes={"journée": [before.when, moved.session.when]})
    stays = follow_day(moved, reason=f"Journée du {before.day:%d/%m/%Y} passée au {moved.session.day:%d/%m/%Y}", by=by, now=now)
    change_emails.post_moved(moved, before, words=words, now=now)
    return stays


def _refuse(booking: Booking, target: TrainingSession, count: int, *, by: Any, now: datetime) -> None:
    if booking.proven_at is None:
        raise Refused(cancelling.UNPROVEN)
    if booking.state not in SEATED or not booking.counts_at(now) or not count:
        raise Refused("Seule une commande dont les places sont tenues ou fermes change de journée.")
    if target.pk == booking.session_id:
        raise Refused("C’est déjà la journée de cette commande.")
    if target.cancelled_at or not target.is_public(now=now) or now.timestamp() >= closes_at(target).timestamp():
        raise Refused(NOT_SOLD)
    if now.timestamp() >= booking.session.starts.timestamp() and not booking.session.cancelled_at:
        raise Refused("La journée a commencé\u202f: la commande ne change plus de date.")
    if _of_same_address(booking).filter(session=target).exists():
        raise Refused("Cette adresse a déjà une commande à cette date\u202f: écrivez-nous, nous les réunirons.")
    if not isinstance(by, User) and (why := why_not(booking, target, now=now)):
        raise Refused(why)


# --- Invoices that name another day --------------------------------------------------------------------------------


def follow_day(booking: Booking, *, reason: str, by: Any, now: datetime) -> list[Invoice]:
    """Replace what names another day than the order's; return what could not be, each left as it was."""
    stays = []
    for invoice in invoicing.standing(booking):
        if day_on(invoice) == booking.session.day:
            continue
        try:
            with transaction.atomic():
                _replaced(booking, invoice, reason=reason, by=by, now=now)
        except Refused:
            stays.append(invoice)
    return stays


def _replaced(booking: Booking, invoice: Invoice, *, reason: str, by: Any, now: datetime) -> None:
    rows = [row for row in _billed(booking) if last(row.invoice).pk == invoice.pk]
    if sum(row.left for row in rows) != invoice.gross - invoice.credited:
        raise Refused("Cette facture a été créditée à la main\u202f: le trésorier la corrige.")
    number = Invoice.objects.invoices().about(label_of(booking)).count() + 1
    charged = [Charged(row.seat, row.left) for row in rows]
    sale = sale_of(booking, charged, key=f"{label_of(booking)}:{number}", now=now)
    _, new = billing.replace(invoice, sale, reason=reason, by=by, now=now)
    for row in rows:
        row.invoice, row.gross, row.credited = new, row.left, Decimal(0)
        row.save(update_fields=["invoice", "gross", "credited"])


def _billed(booking: Booking) -> list[BilledSeat]:
    return list(BilledSeat.objects.standing().filter(seat__booking=booking).select_related("seat", "invoice").order_by("seat__rank", "pk"))


def last(invoice: Invoice) -> Invoice:
    """The one that stands in its place, when it was replaced."""
    while replacement := invoice.replacements.order_by("-pk").first():
        invoice = replacement
    return invoice


def day_on(invoice: Invoice) -> date | None:
    """The day that an invoice names: when the service was done, or before it, when it will be."""
    return invoice.delivered_on or invoice.period_start


def of_another_day(session: TrainingSession | None = None) -> Iterator[Booking]:
    """Orders with an invoice that names another day than theirs: for the sweep, and for a person once the sweep could do nothing."""
    rows = BilledSeat.objects.standing().filter(seat__booking__state__in=SEATED, seat__booking__session__cancelled_at=None)
    named = Coalesce("invoice__delivered_on", "invoice__period_start")
    rows = rows.exclude(Exact(named, F("seat__booking__session__day"))).select_related("invoice", "seat__booking__session")
    seen: set[int] = set()
    for row in (rows.filter(seat__booking__session=session) if session else rows).order_by("seat__booking", "pk"):
        booking = row.seat.booking
        if booking.pk not in seen and day_on(last(row.invoice)) != booking.session.day:
            seen.add(booking.pk)
            yield booking


def may_be_undone(session: TrainingSession, *, now: datetime) -> bool:
    """Whether moving or cancelling this day may still be taken back: nothing of money follows before."""
    rows = Batch.objects.filter(about=label_of(session), undo=UNDO, undone_at=None, due_at__gt=now)
    return rows.exists()


@transaction.atomic
def follow_moved_day(booking: Booking, *, now: datetime) -> list[Invoice]:
    """One order of the sweep: its day was given another date."""
    held = _hold_with_lines(booking)
    if held.state not in SEATED or may_be_undone(held.session, now=now):
        return []
    return follow_day(held, reason=f"Journée reportée au {held.session.day:%d/%m/%Y}", by=None, now=now)
