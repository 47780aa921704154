"""Opening a door to a partner, sending its address again, taking it back (S17). Each act is the team's, and is recorded."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import normalise
from core.refusals import Refused
from events import partner_emails as emails
from events import partners
from events.models import PartnerLink
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

# From one season to the report of the next.
LASTS = timedelta(days=400)


@transaction.atomic
def open_door(*, organisation: str, email: str, name: str = "", by: "User", now: datetime) -> PartnerLink:
    """Give a partner their address, by mail; who has a living one is sent it again, rather than a second."""
    known = PartnerLink.objects.alive(now=now).filter(email=normalise(email)).first()
    if known:
        raise Refused("Cette adresse a déjà une porte ouverte : renvoyez-la.")
    link = PartnerLink(organisation=organisation.strip(), name=name.strip(), email=normalise(email), nonce=secrets.token_hex(16))
    link.digest, link.created_at, link.expires_at = partners.digest(partners.secret_of(link)), now, now + LASTS
    link.by_name = str(by)
    link.save()
    record("porte ouverte à un partenaire", link, by=by, now=now, note=link.organisation)
    emails.post_door(link, now=now)
    return link


@transaction.atomic
def send_again(link: PartnerLink, *, by: "User", now: datetime) -> None:
    """The same address, in a new letter."""
    if link.revoked_at or link.expires_at <= now:
        raise Refused("Cette porte est fermée : ouvrez-en une autre.")
    record("adresse renvoyée à un partenaire", link, by=by, now=now, note=link.organisation)
    emails.post_door(link, now=now)


@transaction.atomic
def close(link: PartnerLink, *, by: "User", now: datetime) -> bool:
    """Close a door at once. Return False when it was."""
    if not PartnerLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        return False
    link.revoked_at = now
    record("porte d’un partenaire fermée", link, by=by, now=now, note=link.organisation)
    return True
