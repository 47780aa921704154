"""The address by which somebody follows their registration, without account: theirs for life, as `events.organisers`.

Only the fingerprint of the secret is kept; each letter carries the same address again. Opened, it changes nothing: a button does.
"""

import hashlib
import secrets

from django.urls import reverse
from django.utils.crypto import salted_hmac

from core.addresses import absolute
from events.models import Registration


def sign(registration: Registration) -> Registration:
    """Give a new row its secret."""
    registration.nonce = secrets.token_hex(16)
    registration.digest = _digest(secret_of(registration))
    return registration


def secret_of(registration: Registration) -> str:
    return salted_hmac("events.registration", registration.nonce, algorithm="sha256").hexdigest()


def path_of(registration: Registration) -> str:
    return reverse("registration", args=[secret_of(registration)])


def address_of(registration: Registration) -> str:
    """The whole address, for letters."""
    return absolute(path_of(registration))


def registration_of(token: str) -> Registration | None:
    """Whom a secret names; what is unknown, or was anonymised, opens nothing."""
    rows = Registration.objects.select_related("slot__event__season", "invitation").filter(erased_at=None)
    return rows.filter(digest=_digest(token)).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
