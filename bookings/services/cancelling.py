"""Cancelling places: by whoever ordered, by the tiers they accepted; by the team; by us, who give everything back (docs/adr/0050).

What is given back is said before, and what was said is what is done: past midnight the tier may be another, and the act asks again. The
credit note is issued in the transaction that frees the places; a card is given its money back by the sweep of `billing`, a transfer waits
for the treasurer among what is to give back. What a late cancellation leaves due stays on its invoice, or is invoiced after the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from billing.models import Invoice
from bookings import change_emails, tiers
from bookings.models import BilledSeat, Booking, Seat
from bookings.services import holding, invoicing, moving, owing, settling, told
from bookings.states import LIVING, State
from core.money import euros
from core.refusals import Refused
from core.typography import agreeing
from records.services import record

ZERO, WHOLE = Decimal("0.00"), 100
OVER = "La journée a commencé\u202f: les places ne s’annulent plus ici. Écrivez-nous."
CLOSED = "Cette commande est close\u202f: rien ne s’y annule."
UNPROVEN = "L’adresse de cette commande n’est pas confirmée\u202f: ouvrez d’abord le lien reçu par courriel."


@dataclass(frozen=True)
class Foreseen:
    """What cancelling these places would do, before it is done."""

    booking: Booking
    seats: Sequence[Seat]
    percent: int
    why: str
    price: Decimal
    invoiced: Decimal
    is_whole: bool

    @property
    def back(self) -> Decimal:
        """What is not asked for any more, or is given back."""
        return tiers.given_back(self.price, self.percent) * len(self.seats)

    @property
    def kept(self) -> Decimal:
        return self.price * len(self.seats) - self.back

    @property
    def is_free(self) -> bool:
        """Nothing was due of these places, or nothing stays so."""
        return not self.kept

    @property
    def places(self) -> str:
        return f"{len(self.seats)}\u00a0{agreeing(len(self.seats), 'place', 'places')}"


def foresee(booking: Booking, seats: Sequence[Seat], *, now: datetime, percent: int | None = None) -> Foreseen:
    """Say what would be given back; `percent` is what a person of the team decides instead of the tiers."""
    rule, why = rule_of(booking, now=now)
    billed = BilledSeat.objects.standing().filter(seat__in=[seat.pk for seat in seats]).order_by("pk")
    standing = booking.seats.filter(released_at=None).count()
    return Foreseen(
        booking, seats, rule if percent is None else percent, why if percent is None else "décision de l’équipe",
        booking.unit_price if booking.state == State.FIRM else ZERO, sum((row.left for row in billed), ZERO), len(seats) == standing,
    )  # fmt: skip


def rule_of(booking: Booking, *, now: datetime) -> tuple[int, str]:
    """Return how much is given back of an order cancelled now, and why."""
    if booking.state != State.FIRM:
        return WHOLE, "la commande n’est pas ferme"
    if booking.session.cancelled_at:
        return WHOLE, "la journée est annulée"
    if moved_since(booking):
        return WHOLE, "la journée a changé de date depuis votre commande"
    return tiers.percent_at(booking.conditions, booking.session.day, now=now), "selon les conditions acceptées"


def moved_since(booking: Booking) -> bool:
    """Whether we gave the day another date after the order was firm for it, told or not: whoever cannot come then owes nothing.

    Another room or another hour is not another date; an order that was itself taken to another day is firm for that one.
    """
    return booking.firm_day is not None and booking.firm_day != booking.session.day


@transaction.atomic
def cancel(
    booking: Booking, seats: Sequence[Seat], *, by: Any, now: datetime, seen: int, words: str = "", percent: int | None = None
) -> Foreseen:
    """Free these places and give back what is due, in one transaction; `seen` is the percentage that was shown before.

    By staff, `percent` is what they decide, and `words` says why. Raises `Refused`; nothing is done then.
    """
    held = hold(booking)
    wanted = {seat.pk for seat in seats}
    rows = [seat for seat in held.seats.filter(released_at=None).order_by("rank", "pk") if seat.pk in wanted]
    refuse(held, rows, len(wanted), now=now)
    foreseen = foresee(held, rows, now=now, percent=percent)
    if foreseen.percent != seen:
        raise Refused("Le remboursement n’est plus celui que vous avez lu\u202f: relisez-le, puis confirmez.")
    if foreseen.is_whole and held.state != State.FIRM:
        settling.withdraw(held, by=by, now=now, words=words or settling.GIVEN_UP)
        return foreseen
    _free(foreseen, words or "places annulées par qui les a commandées", by=by, now=now)
    notes = _given_back(foreseen, words, by=by, now=now)
    change_emails.post_cancelled(held, foreseen.places, foreseen.back, foreseen.kept, notes, words=words if by else "", now=now)
    return foreseen


def hold(booking: Booking) -> Booking:
    """Return the order as it stands, with its invoices held before it, as payments do (`bookings.seats`): whoever comes at once waits."""
    holding.hold_invoices(booking)
    Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)
    return holding.fresh(booking)


def refuse(booking: Booking, seats: Sequence[Seat], asked: int, *, now: datetime) -> None:
    """Why these places cannot be cancelled, in words."""
    if booking.state not in LIVING:
        raise Refused(CLOSED)
    if booking.proven_at is None:
        raise Refused(UNPROVEN)  # what it leaves could not be removed with it a week later (G7)
    if not asked or (booking.state == State.WAITING and len(seats) != booking.seats.filter(released_at=None).count()):
        raise Refused("Choisissez au moins une place à annuler." if not asked else "Une attente s’annule tout entière.")
    if len(seats) != asked:
        raise Refused("Une de ces places a déjà été annulée\u202f: rechargez la page.")
    if now.timestamp() >= booking.session.starts.timestamp() and not booking.session.cancelled_at:
        raise Refused(OVER)


def _free(foreseen: Foreseen, words: str, *, by: Any, now: datetime) -> None:
    booking = foreseen.booking
    each = foreseen.price - tiers.given_back(foreseen.price, foreseen.percent)
    Seat.objects.filter(pk__in=[seat.pk for seat in foreseen.seats]).update(kept=each)
    changes = {"places annulées": [", ".join(str(seat.rank) for seat in foreseen.seats), f"{foreseen.percent} %"]}
    settling.release_seats(booking, foreseen.seats, now=now)
    if not foreseen.is_whole:  # what letters and figures say is asked: what is left of it
        Booking.objects.filter(pk=booking.pk).update(asked=F("asked") - len(foreseen.seats))
        booking.refresh_from_db(fields=["asked"])
    if foreseen.is_whole and booking.state != State.CANCELLED:
        moving.move(booking, State.CANCELLED, by=by, now=now, words=words, changes=changes)
        record("commande annulée", booking, by=by, now=now, note=words, changes=changes)
    else:
        told.note(booking, "places annulées", by=by, now=now, words=f"{foreseen.places}. {words}", changes=changes)


def _given_back(foreseen: Foreseen, words: str, *, by: Any, now: datetime) -> list[Invoice]:
    """Credit what is invoiced of these places beyond what stays due, and owe back what was paid of it."""
    amount = max(foreseen.invoiced - foreseen.kept, ZERO)
    if not amount:
        return []
    what = f"{foreseen.places} annulée{'s' if len(foreseen.seats) > 1 else ''}, {foreseen.percent} % rendus"
    reason = ". ".join(part for part in (what, words.strip()) if part).rstrip(".")  # the letter ends the sentence
    notes = invoicing.credit_for(foreseen.booking, seats=foreseen.seats, amount=amount, reason=reason[:300], by=by, now=now, is_told=True)
    owing.owe_back(notes, reason=reason, by=by, now=now)
    return notes


def effects(foreseen: Foreseen) -> list[str]:
    """Say in words what confirming does, money first."""
    said = []
    if foreseen.price:
        said.append(f"{foreseen.places} à {euros(foreseen.price)}\u00a0: {foreseen.percent}\u00a0% rendus, {foreseen.why}.")
    if foreseen.price and foreseen.invoiced > foreseen.kept:
        said.append(f"Un avoir de {euros(foreseen.invoiced - foreseen.kept)} est émis aussitôt.")
    if foreseen.kept:
        where = "La facture reste due pour " if foreseen.invoiced else "Il sera facturé après la journée\u00a0: "
        said.append(f"{where}{euros(foreseen.kept)}.")
    elif foreseen.price:
        said.append("Rien ne restera dû pour ces places.")
    else:
        said.append("Rien n’est dû\u202f: la facture déjà émise est annulée par un avoir." if foreseen.invoiced else "Rien n’est dû.")
    said.append("La commande est close." if foreseen.is_whole else "Les autres places restent à vous.")
    return said
