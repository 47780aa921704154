"""The secret of an invitation: a personal link, or a code to copy out. As `events.organisers`: only its fingerprint is kept.

The secret is derived from the row's seed and the portal's key, so that the organiser reads the same code again, and a copy of the
database alone opens nothing. A code has sixty bits and none of the signs that are taken for another.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.models import normalise
from core.addresses import absolute
from events.models import Event, Invitation

# Neither I nor L nor O nor U: read aloud, a code is copied right.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _PIECE = 12, 4
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new(event: Event, *, name: str, email: str = "", quota: int = 1, companions: int = 0, by: Any, now: datetime) -> Invitation:
    """Make a row, not saved: for a person when it has an address, else a code."""
    row = Invitation(
        event=event, name=name, email=normalise(email), quota=quota, companions=companions, nonce=secrets.token_hex(16), created_at=now,
        by_name=str(by)[:200], is_personal=bool(email),
    )  # fmt: skip
    row.digest = _digest(secret_of(row))
    return row


def secret_of(invitation: Invitation) -> str:
    made = salted_hmac("events.invitation", invitation.nonce, algorithm="sha256")
    return made.hexdigest() if invitation.is_personal else "".join(_SIGNS[byte % 32] for byte in made.digest()[:_LENGTH])


def code_of(invitation: Invitation) -> str:
    """« K7QM-2XPD-9RTA », to be read aloud."""
    secret = secret_of(invitation)
    return "-".join(secret[start : start + _PIECE] for start in range(0, _LENGTH, _PIECE))


def address_of(invitation: Invitation) -> str:
    """The whole address, for letters and posters."""
    return absolute(reverse("invitation", args=[secret_of(invitation)]))


def tidied(typed: str) -> str:
    """A code as it was copied out: capitals, dashes and signs that look alike do not matter."""
    return "".join(sign for sign in typed.upper().translate(_ALIKE) if sign in _SIGNS)[:100]


def invitation_of(token: str) -> Invitation | None:
    """Which row a link or a code names, revoked or not; what is unknown names none."""
    rows = Invitation.objects.select_related("event__season").filter(erased_at=None)
    return rows.filter(digest__in=[_digest(token), _digest(tidied(token))]).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
