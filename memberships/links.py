"""The address by which a finance department reads its one file, without account (S11): unguessable, expiring, revocable.

Only the fingerprint of the secret is kept. The secret is derived from the row's seed and the portal's key, so that a reminder carries the
same address again, and a copy of the database alone opens nothing. It dies with the role of the contact it was given to.
"""

import hashlib
import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from core.addresses import absolute
from core.clock import PARIS
from memberships.models import FinanceLink, Membership
from organisations.models import Contact
from records.services import record

# A file is read for at least so long after its address was given.
AT_LEAST = timedelta(days=365)


def give(membership: Membership, contact: Contact | None, now: datetime) -> str:
    """Return the address of a membership's file for a contact: the living one again, or a new one."""
    return absolute(reverse("finance", args=[secret_of(link_for(membership, contact, now))]))


def link_for(membership: Membership, contact: Contact | None, now: datetime) -> FinanceLink:
    living = FinanceLink.objects.alive(now=now).filter(membership=membership, contact=contact).order_by("-pk").first()
    return living or _made(membership, contact, now)


def living(membership: Membership, contact: Contact | None, now: datetime) -> str:
    """Return the address already given, or nothing: to be shown, never made, by a page that is only read."""
    link = FinanceLink.objects.alive(now=now).filter(membership=membership, contact=contact).order_by("-pk").first()
    return absolute(reverse("finance", args=[secret_of(link)])) if link else ""


def secret_of(link: FinanceLink) -> str:
    return salted_hmac("memberships.finance", link.nonce, algorithm="sha256").hexdigest()


def link_of(token: str, *, now: datetime) -> FinanceLink | None:
    """Return the living link a secret opens; what is unknown, expired, revoked or of a role that ended opens nothing."""
    rows = FinanceLink.objects.alive(now=now).filter(digest=_digest(token))
    return rows.select_related("membership__organisation", "membership__campaign", "contact").first()


def note_opened(link: FinanceLink, *, now: datetime) -> None:
    """Keep when a file was first opened: staff know whether it reached somebody."""
    if link.opened_at is None:
        FinanceLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)


@transaction.atomic
def revoke(link: FinanceLink, *, by: Any, now: datetime) -> None:
    """Close an address at once."""
    if FinanceLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        record("lien du service financier retiré", link.membership, by=by, now=now, note=link.address)


def _made(membership: Membership, contact: Contact | None, now: datetime) -> FinanceLink:
    last_day = datetime.combine(date(membership.campaign.year + 1, 12, 31), time(23, 59), PARIS)
    link = FinanceLink(membership=membership, contact=contact, address=contact.email if contact else "", nonce=secrets.token_hex(16))
    link.digest, link.created_at, link.expires_at = _digest(secret_of(link)), now, max(now + AT_LEAST, last_day)
    link.save()
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
