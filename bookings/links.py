"""The address by which an order is followed, without account: `/commandes/<token>/`, theirs for life, as `events.attending_links`.

Only the fingerprint of the secret is kept; each letter carries the same address again. Opened, it changes nothing: a button does.
"""

import hashlib
import secrets

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from bookings.models import Booking
from core.addresses import absolute

# No row has a longer key: what is longer is not asked to the database.
MOST_DIGITS = 18


def make(booking: Booking) -> Booking:
    """Give a new order its secret."""
    booking.nonce = secrets.token_hex(16)
    booking.digest = _digest(secret_of(booking))
    return booking


def secret_of(booking: Booking) -> str:
    return salted_hmac("bookings.booking", booking.nonce, algorithm="sha256").hexdigest()


def path_of(booking: Booking, name: str = "booking") -> str:
    return reverse(name, args=[secret_of(booking)])


def address_of(booking: Booking) -> str:
    """The whole address, for letters."""
    return absolute(path_of(booking))


def booking_of(token: str) -> Booking | None:
    """Return the order a secret names; what is unknown, or was anonymised, opens nothing."""
    return Booking.objects.with_day().filter(digest=_digest(token), erased_at=None).first()


# --- The finance department's: its invoices, the agreement, the references and the payment of one order, and nothing else --------


def is_apart(booking: Booking) -> bool:
    """Somebody else than who ordered pays, and is written to."""
    return bool(booking.finance_email) and booking.finance_email != booking.email


def finance_secret(booking: Booking) -> str:
    """Derived from the order's seed and their address: given another address, the former link opens nothing."""
    said = salted_hmac("bookings.finance", f"{booking.nonce}:{booking.finance_email}", algorithm="sha256")
    return f"{booking.pk}-{said.hexdigest()}"


def payer_path_of(booking: Booking) -> str:
    return reverse("booking_finance", args=[finance_secret(booking)]) if is_apart(booking) else path_of(booking)


def payer_address_of(booking: Booking) -> str:
    """What whoever pays is given: the page of papers when it is a department, else the page of the order."""
    return absolute(payer_path_of(booking))


def booking_of_finance(token: str) -> Booking | None:
    pk, _, _ = token.partition("-")
    if not (pk.isascii() and pk.isdecimal() and len(pk) <= MOST_DIGITS):
        return None
    found = Booking.objects.with_day().filter(pk=pk, erased_at=None, proven_at__isnull=False).first()
    is_theirs = found is not None and is_apart(found) and constant_time_compare(finance_secret(found), token)
    return found if is_theirs else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
