"""What makes an order firm (C2): an order number, a signed agreement, a payment, or the team; in time, or after its hold ended."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction

from billing.models import Invoice
from bookings import emails, seats, uploads
from bookings.models import Booking, BookingPaper
from bookings.models.booking import BookingQuerySet
from bookings.sales import ABOUT
from bookings.services import holding, invoicing, offering, settling
from bookings.services.moving import Overtaken, move, note
from bookings.states import Firmness, Paper, Payer, State
from core import hints
from core.prepared import Prepared
from core.refusals import Refused
from records.services import label_of, record

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

TOO_LATE = "La journée commence, ou a eu lieu\u202f: la commande ne peut plus devenir ferme ici. Écrivez-nous."
CANCELLED = "Cette commande est annulée\u202f: elle ne peut plus devenir ferme. Commandez de nouveau."
NOT_SERVED = "Cette commande attend encore ses places\u202f: elle sera ferme quand elles seront proposées et acceptées."
PAYS_BEFORE = "Cette commande devient ferme par son paiement, avant la journée."
INVOICED = "La facture est émise, avec le numéro d’alors\u202f: il ne change plus. Une erreur se corrige par un avoir\u202f; écrivez-nous."
UNPROVEN = "L’adresse de cette commande n’est pas confirmée\u202f: ouvrez d’abord le lien reçu par courriel."
NO_SEAT = "Il n’y a plus assez de places libres, ou des personnes attendent avant\u202f: la commande ne peut pas redevenir ferme."
MOST_AN_HOUR = 5
LATE = "Arrivé après la fin de la tenue des places."


@transaction.atomic
def make_firm(booking: Booking, firmness: Firmness, *, by: Any, now: datetime, words: str = "") -> Booking:
    """Make an order firm; twice is once. Return it as it then stands.

    After its hold ended, places that are still free are given back and the order is firm. Else an order number or an agreement puts it
    in the waiting list, kept for the offer; a payment waits for a person; the team is refused.
    """
    booking = holding.fresh(booking)
    if booking.state == State.FIRM:
        return booking
    _refuse(booking, now=now)
    if booking.state == State.HELD and _still_counts(booking, now=now):
        try:
            with transaction.atomic():
                holding.firm(booking, firmness, by=by, now=now, words=words)
            return booking
        except Overtaken:
            booking = holding.fresh(booking)
            if booking.state == State.FIRM:
                return booking
    settling.settle(booking.session, now=now)
    return _revived(holding.fresh(booking), firmness, by=by, now=now, words=words)


def _still_counts(booking: Booking, *, now: datetime) -> bool:
    """Its hold runs; or it ended, and nobody waits for its places, which nothing has taken back yet."""
    runs = booking.holds_until is not None and booking.holds_until > now
    return runs or not seats.standing(booking.session, now=now).waits


def _refuse(booking: Booking, *, now: datetime) -> None:
    if booking.proven_at is None:
        raise Refused(UNPROVEN)
    if booking.state == State.CANCELLED or booking.session.cancelled_at:
        raise Refused(CANCELLED)
    if booking.state == State.WAITING:
        raise Refused(NOT_SERVED)
    if booking.session.starts <= now:
        raise Refused(TOO_LATE)


def _late(words: str) -> str:
    words = words.strip().rstrip(".")
    return f"{words}. {LATE}" if words else LATE


def _revived(booking: Booking, firmness: Firmness, *, by: Any, now: datetime, words: str) -> Booking:
    """An order whose hold ended: firm with places that are still free, else what `make_firm` says."""
    places = seats.count(booking)
    _refuse_second(booking)
    if seats.standing(booking.session, now=now).has(places) and seats.take(booking.session, places):
        holding.firm(booking, firmness, by=by, now=now, words=_late(words))
    elif firmness == Firmness.PAYMENT:
        note(booking, by=by, now=now, words=f"Paiement reçu. {LATE} Plus de place libre : à rembourser, ou à placer.")
        hints.nudge(holding.TASK)  # it tells the payer, and looks for places again
    elif firmness in (Firmness.ORDER, Firmness.AGREEMENT):
        move(
            booking,
            State.WAITING,
            by=by,
            now=now,
            words=_late(f"{firmness.label} {words}"),
            waits_since=now,
            holds_until=None,
        )
        emails.post_waiting(booking, rank=offering.rank_of(booking), why=offering.why_not(booking, now=now), now=now)
        offering.fill(booking.session, now=now)
    else:
        raise Refused(NO_SEAT)
    return booking


def _refuse_second(booking: Booking) -> None:
    """The same address ordered again meanwhile: that order counts."""
    others = Booking.objects.living().filter(session=booking.session_id, email=booking.email).exclude(pk=booking.pk)
    if booking.email and (other := others.first()):
        raise Refused(f"Vous avez une autre commande pour cette journée ({other.reference})\u202f: c’est elle qui compte.")


# --- Order number, agreement ------------------------------------------------------------------------------------------


@transaction.atomic
def give_reference(booking: Booking, *, commitment_number: str, service_code: str = "", by: Any, now: datetime) -> Booking:
    """Give the order number that makes a public body's places firm; one that still waits keeps it for the offer."""
    booking = holding.fresh(booking)
    if booking.payer != Payer.PUBLIC:
        raise Refused(PAYS_BEFORE)
    if booking.proven_at is None:
        raise Refused(UNPROVEN)
    number, code = commitment_number.strip(), service_code.strip() or booking.service_code
    if not number:
        raise Refused("Donnez le numéro de la commande ou de l’engagement.")
    changes = {"numéro de commande": [booking.commitment_number, number], "code service": [booking.service_code, code]}
    changes = {label: pair for label, pair in changes.items() if pair[0] != pair[1]}
    if changes and booking.state == State.FIRM and invoicing.standing(booking):
        raise Refused(INVOICED)
    booking.commitment_number, booking.service_code = number, code
    booking.save(update_fields=["commitment_number", "service_code"])
    if gaps := [gap for gap in invoicing.missing(booking, now=now) if "code service" in gap]:
        raise Refused(f"Il manque {' et '.join(gaps)}\u202f: cet organisme le demande sur ses factures.")
    if changes:
        note(booking, by=by, now=now, words="Numéro de commande donné.", changes=changes)
        record("numéro de commande donné", booking, by=by, now=now, changes=changes)
    if booking.state in (State.HELD, State.LAPSED):
        return make_firm(booking, Firmness.ORDER, by=by, now=now, words=number)
    return booking


@transaction.atomic
def sign(booking: Booking, upload: "UploadedFile[bytes]", *, by: Any, now: datetime) -> Booking:
    """Keep a signed agreement of a public body, looked at first, and make the order firm by it; refused in words, nothing is kept."""
    booking = holding.fresh(booking)
    if booking.payer != Payer.PUBLIC:
        raise Refused(PAYS_BEFORE)
    _refuse(booking, now=now)
    content = uploads.signed_pdf(upload)
    digest = hashlib.sha256(content).hexdigest()
    kept = BookingPaper.objects.filter(booking=booking, kind=Paper.SIGNED)
    if kept.filter(sha256=digest).exclude(file="").exists():
        return make_firm(booking, Firmness.AGREEMENT, by=by, now=now)
    if kept.filter(asked_at__gt=now - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise Refused("Vous avez déposé plusieurs fichiers en une heure\u202f: attendez un peu, ou écrivez-nous.")
    signed = BookingPaper(kind=Paper.SIGNED, booking=booking, session=booking.session, asked_at=now, made_at=now, by_name=str(by)[:200])
    signed.source = signed.sha256 = digest
    signed.file.save(f"{secrets.token_hex(8)}/convention-signee-{booking.reference}.pdf", ContentFile(content), save=False)
    signed.save()
    record("convention signée déposée", booking, by=by, now=now)
    return make_firm(booking, Firmness.AGREEMENT, by=by, now=now)


# --- Payment ----------------------------------------------------------------------------------------------------------


def paid(invoice: Invoice, now: datetime) -> None:
    """An invoice is paid: its order is firm once all its invoices are (C2). Told by billing, which holds the invoice."""
    booking = booking_of(invoice)
    if booking is None or booking.state in (State.FIRM, State.CANCELLED):
        return
    hold(booking)
    if not invoicing.is_paid(booking):
        return
    try:
        make_firm(booking, Firmness.PAYMENT, by=None, now=now, words=f"({invoice.number})")
    except Refused as refused:
        note(booking, by=None, now=now, words=f"Paiement reçu, sans place : {refused}")


def hold(booking: Booking) -> None:
    """Hold the row of an order: of two of its invoices paid at the same second, the second payment sees the first."""
    Booking.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.pk)


def _pay_before() -> BookingQuerySet:
    held = Booking.objects.with_day().filter(state=State.HELD, proven_at__isnull=False, unit_price__gt=0, session__cancelled_at=None)
    return held.exclude(payer=Payer.PUBLIC).order_by("pk")


_PAY_BEFORE = Prepared(_pay_before)


def to_firm() -> list[Booking]:
    """Held orders of which all that was asked is paid: for the sweep, whatever kept the payment from saying it."""
    rows = {label_of(row): row for row in _PAY_BEFORE()}
    if not rows:
        return []
    unpaid = set(Invoice.objects.unpaid().filter(about__in=rows).values_list("about", flat=True))
    return [row for label, row in rows.items() if label not in unpaid and invoicing.is_paid(row)]


def booking_of(invoice: Invoice) -> Booking | None:
    """The order that an invoice is about; None when it is another app's."""
    if not invoice.about.startswith(ABOUT):
        return None
    return Booking.objects.with_day().filter(pk=invoice.about.removeprefix(ABOUT)).first()


def is_paid_late(booking: Booking) -> bool:
    """Paid, in whole or in part, and its hold ended: the team gives the sum back, or finds places."""
    if booking.state != State.LAPSED or not holding.pays_before(booking):
        return False
    return any(row.paid > row.refunded and row.remaining <= 0 for row in invoicing.invoices_of(booking))
