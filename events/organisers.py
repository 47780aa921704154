"""The address by which an organiser follows an event, without account: theirs for life, as memberships/links.py.

Only the fingerprint of the secret is kept; the secret is derived from the row's seed and the portal's key, so that each letter carries
the same address. Somebody who leaves the event loses their row, and with it the address.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.models import normalise
from core.addresses import absolute
from core.registry import Link, Registry
from events.models import Event, Organiser

# (organiser, now) -> what else they may do on the page of their event: who registered, the communication kit.
TOOLS: Registry[Callable[[Organiser, datetime], Iterable[Link]]] = Registry()


def make(event: Event, email: str, *, name: str = "", is_lead: bool = False, now: datetime) -> Organiser:
    """Give somebody an event to organise; who is of it already keeps their row."""
    known = event.organisers.filter(email=normalise(email)).first()
    if known:
        return known
    row = Organiser(event=event, email=normalise(email), name=name, is_lead=is_lead, nonce=secrets.token_hex(16), added_at=now)
    row.digest = _digest(secret_of(row))
    row.save()
    return row


def address_of(organiser: Organiser) -> str:
    """The whole address, for letters."""
    return absolute(path_of(organiser))


def path_of(organiser: Organiser) -> str:
    return reverse("proposal", args=[secret_of(organiser)])


def secret_of(organiser: Organiser) -> str:
    return salted_hmac("events.organiser", organiser.nonce, algorithm="sha256").hexdigest()


def organiser_of(token: str) -> Organiser | None:
    """Whom a secret names; what is unknown, or of somebody who left, opens nothing."""
    rows = Organiser.objects.select_related("event__season", "event__parent")
    return rows.filter(digest=_digest(token)).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
