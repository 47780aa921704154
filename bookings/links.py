"""The address by which an order is followed, without account: `/commandes/<token>/`, theirs for life, as `events.attending_links`.

Only the fingerprint of the secret is kept; each letter carries the same address again. Opened, it changes nothing: a button does.
"""

import hashlib
import secrets

from django.urls import reverse
from django.utils.crypto import salted_hmac

from bookings.models import Booking
from core.addresses import absolute


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


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
