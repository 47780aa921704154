"""What an order comes to, as `billing` is given it: who pays, and one line for each place (domain.md C1, C2; billing.md R10, R10b).

The regime of VAT is the association's choice, on the terms of the day; it must say what the day's page says (C1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing import amounts
from billing.buyers import from_register
from billing.models import TaxProfile
from billing.sale import Buyer, Item, Sale
from billing.states import VatCategory
from bookings.models import Booking, Seat
from bookings.states import Payer
from core import elision
from core.clock import PARIS
from core.money import euros
from core.refusals import Refused
from core.typography import day_in_words
from organisations.states import PAYMENT_DAYS
from programmes.models import TrainingSession, VatMode
from programmes.models.session import VAT_RATE
from records.services import label_of

ABOUT = "bookings.booking:"
LABEL_LENGTH, DESCRIPTION_LENGTH, SUBJECT_LENGTH = 200, 300, 200
NO_TERMS = "Cette journée n’a pas encore de conditions de vente : l’équipe doit les fixer."
OTHER_REGIME = "Le régime de TVA choisi pour la vente n’est pas celui que dit la page de la journée : l’équipe doit les accorder."
REGIME_OF_DUES = "Le régime de TVA choisi pour la vente est celui des cotisations (compte 756) : l’équipe doit en choisir un de formation."
UNNAMED = "personne à nommer"
DUES_ACCOUNT = "756"


@dataclass(frozen=True)
class Charged:
    """A place and what is asked for it, tax included; `note` says why when it is not its presence."""

    seat: Seat
    gross: Decimal
    note: str = ""


def is_of_dues(profile: TaxProfile) -> bool:
    """Is it the regime of memberships? Their exemption is another (4-9° where training has 4-4°), and they are written to account 756."""
    return profile.account.startswith(DUES_ACCOUNT)


def tax_of(session: TrainingSession) -> TaxProfile:
    """Return the regime of the sale; refused while it does not say what the day's page says, or is the one of dues."""
    terms = getattr(session, "terms", None)
    if terms is None:
        raise Refused(NO_TERMS)
    profile: TaxProfile = terms.tax_profile
    if session.vat_mode == VatMode.EXEMPT:
        agrees = profile.category == VatCategory.EXEMPT
    else:
        agrees = profile.category == VatCategory.TAXED and profile.rate == VAT_RATE
    if not agrees:
        raise Refused(OTHER_REGIME)
    if is_of_dues(profile):
        raise Refused(REGIME_OF_DUES)
    return profile


def item_of(booking: Booking, charged: Charged, *, is_first: bool = True) -> Item:
    """One line for one place: who, and which day; the first line says what, from when to when, and where, for all of them."""
    session, place = booking.session, booking.session.venue.label if booking.session.venue else ""
    price = f"{euros(booking.unit_price)} TTC par personne"
    what = (session.title, f"{session.hours_label}, {session.duration}", price, place) if is_first else ()
    description = " · ".join(part for part in (charged.note, *what) if part)
    end = f" à la journée du {day_in_words(session.day)}"
    who = elision.of(charged.seat.name) if charged.seat.name else f"d’une {UNNAMED} (place {charged.seat.rank})"
    label = f"{f'Participation {who}'[: LABEL_LENGTH - len(end)]}{end}"
    return Item(label, tax_of(session), gross=charged.gross, description=description[:DESCRIPTION_LENGTH])


def subject_of(booking: Booking) -> str:
    """« Journée découverte…, 19 mars 2019, commande JD19-0042 »: the reference stands whatever the length of the title."""
    end = f", {day_in_words(booking.session.day)}, commande {booking.reference}"
    return f"{booking.session.title[: SUBJECT_LENGTH - len(end)]}{end}"


def buyer_of(booking: Booking, *, now: datetime) -> Buyer:
    """Return who is invoiced: what was typed is what is printed; the register says its rules and its delay."""
    typed = {
        "name": booking.payer_name,
        "siret": booking.payer_siret,
        "address": booking.payer_address,
        "postcode": booking.payer_postcode,
        "city": booking.payer_city,
        "service_code": booking.service_code.strip(),
        "commitment_number": booking.commitment_number.strip(),
        "contract_number": booking.contract_number.strip(),
    }
    if booking.payer != Payer.PUBLIC:
        return Buyer(**typed, payment_days=_days_left(booking, now), organisation=booking.body)
    days = from_register(booking.body).payment_days if booking.body else PAYMENT_DAYS
    return Buyer(**typed, payment_days=days, via_chorus=True, organisation=booking.body)


def _days_left(booking: Booking, now: datetime) -> int:
    """A payer who pays before the day has until the end of its hold; after it, the ordinary delay."""
    if booking.holds_until is None or booking.holds_until <= now:
        return PAYMENT_DAYS
    return (booking.holds_until.astimezone(PARIS).date() - now.astimezone(PARIS).date()).days


def sale_of(booking: Booking, charged: Sequence[Charged], *, key: str, now: datetime) -> Sale:
    """Return what is sold: these places, at what was agreed. The service is said done once the day is over, and not before."""
    items = [item_of(booking, each, is_first=not rank) for rank, each in enumerate(charged)]
    day = booking.session.day
    sale = Sale(key, label_of(booking), subject_of(booking), buyer_of(booking, now=now), items)
    if booking.session.ends <= now:
        return replace(sale, delivered_on=day)
    return replace(sale, period_start=day, period_end=day)


def totals_of(booking: Booking, seats: int | None = None) -> amounts.Totals:
    """Return what so many places come to, as the invoice will say it; those asked for when none is said."""
    item = Item(booking.session.title[:LABEL_LENGTH], tax_of(booking.session), gross=booking.unit_price)
    return amounts.totals([item] * (booking.asked if seats is None else seats))
