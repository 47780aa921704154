"""The address by which a partner reads the figures of the seasons, without account (S17), as memberships/links.py: expiring, revocable.

Only the fingerprint of the secret is kept; the secret is derived from the row's seed and the portal's key, so that a letter sent again
carries the same address, and a copy of the database alone opens nothing.
"""

import hashlib
from datetime import datetime

from django.urls import reverse
from django.utils.crypto import salted_hmac

from core.addresses import absolute
from events.models import PartnerLink


def secret_of(link: PartnerLink) -> str:
    return salted_hmac("events.partner", link.nonce, algorithm="sha256").hexdigest()


def address_of(link: PartnerLink) -> str:
    """The whole address, for letters."""
    return absolute(reverse("partner", args=[secret_of(link)]))


def link_of(token: str, *, now: datetime) -> PartnerLink | None:
    """Return the living door that a secret opens; what is unknown, expired or taken back opens nothing."""
    return PartnerLink.objects.alive(now=now).filter(digest=digest(token)).first()


def note_opened(link: PartnerLink, *, now: datetime) -> None:
    """Keep when it was first opened: staff know whether it reached somebody."""
    if link.opened_at is None:
        PartnerLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
