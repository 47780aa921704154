"""What the letters and the page of an order say in the same words: places, price, end of hold, what makes it firm."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bookings import moments, openings, prices
from bookings.models import Booking
from bookings.states import Payer
from core.clock import PARIS
from core.typography import day_in_words, moment_in_words

Context = Mapping[str, Any]


def places(count: int) -> str:
    return f"{count}\u00a0place{'s' if count > 1 else ''}"


def moment(at: datetime | None) -> str:
    """« mardi 5 mars 2019 à 14 h (heure de Paris) »; midnight is the end of the day before."""
    return moment_in_words(at.astimezone(PARIS), noon=True) if at else ""


def end(context: Context) -> str:
    return moment(context["booking"].holds_until)


def price(context: Context) -> str:
    booking: Booking = context["booking"]
    return price_of(booking, context["count"])


def offered_price(context: Context) -> str:
    return price_of(context["booking"], context["offer"].places)


def price_of(booking: Booking, count: int) -> str:
    return prices.in_words(booking.session, booking.unit_price, count)


def what_next(context: Context) -> str:
    """What makes the order firm, by who pays (C2)."""
    booking: Booking = context["booking"]
    if booking.payer == Payer.PUBLIC:
        return (
            "Votre commande devient ferme dès que vous donnez le numéro de commande ou d’engagement, ou que vous déposez la convention "
            "signée. Rien n’est à payer avant la journée\u00a0: la facture vient après."
        )
    if booking.by_card:
        return "Votre commande devient ferme dès que vous payez par carte, sur cette page. La facture y est aussi."
    return "Votre commande devient ferme dès que la facture est payée, par virement ou par carte, avant cette date."


def names(context: Context) -> str:
    """Until when to give the names, when some are missing."""
    booking: Booking = context["booking"]
    terms = openings.terms_of(booking.session)
    if booking.just_made and booking.all_named:
        return ""
    if terms is None or (booking.pk and not booking.just_made and not booking.seats.filter(released_at=None, name="").exists()):
        return ""
    return f"Les noms des personnes se donnent sur cette page jusqu’au {day_in_words(terms.names_due_on, weekday=True)}."


def after_firm(context: Context) -> str:
    return what_comes(context["booking"])


def what_comes(booking: Booking) -> str:
    """When the joining letter comes (C4), at once where the day is near; then the invoice of who pays after."""
    is_near = (booking.firm_at or booking.created_at) >= moments.joining_from(booking.session)
    words = "La convocation suit, au prochain jour ouvré" if is_near else "La convocation vient quinze jours avant la journée"
    if booking.payer != Payer.PUBLIC or not booking.unit_price:
        return f"{words}."
    return f"{words}\u202f; la facture, après {'la journée' if is_near else 'elle'}."


def held_or_waits(context: Context) -> str:
    """Until when places are held, or why none is."""
    booking: Booking = context["booking"]
    if booking.holds_until is None:
        return "Il n’y a plus assez de places libres\u00a0: votre demande va sur la liste d’attente, et nous vous disons votre rang."
    until = booking.holds_until.astimezone(PARIS)
    return f"{places(booking.asked).capitalize()} {'sont tenues' if booking.asked > 1 else 'est tenue'} pour vous jusqu’à {hour(until)}."


def hour(at: datetime) -> str:
    """« 14 h 32 », « 14 h »."""
    return f"{at.hour}\u00a0h\u00a0{at:%M}" if at.minute else f"{at.hour}\u00a0h"


def partial_offer(context: Context) -> str:
    offered, count = context["offer"].places, context["count"]
    if offered >= count:
        return ""
    them = "les" if offered > 1 else "la"
    return f"Vous en demandez {count}\u00a0: vous pouvez {them} prendre, ou attendre que toutes soient libres sans perdre votre rang."
