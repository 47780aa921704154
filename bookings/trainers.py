"""The address by which a trainer opens one day, without account, as memberships/links.py: only the fingerprint of its secret is kept.

The secret is derived from the row's seed and the portal's key, so that a second letter carries the same address. It opens one day, until
thirty days after it, and dies at once when it is withdrawn or when the trainer leaves the team of the day.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from bookings.models import TrainerLink
from core.addresses import absolute
from core.clock import PARIS
from programmes.models import Trainer, TrainingSession
from records.services import record

OPEN_AFTER = timedelta(days=30)


def link_for(session: TrainingSession, trainer: Trainer, *, now: datetime) -> TrainerLink:
    """Return the living link of a trainer to a day, or a new one."""
    living = TrainerLink.objects.filter(session=session, trainer=trainer, revoked_at=None).first()
    return living or _made(session, trainer, now)


def address_of(link: TrainerLink) -> str:
    """The whole address, for the letter."""
    return absolute(path_of(link))


def path_of(link: TrainerLink) -> str:
    return reverse("trainer", args=[secret_of(link)])


def secret_of(link: TrainerLink) -> str:
    return salted_hmac("bookings.trainer", link.nonce, algorithm="sha256").hexdigest()


def link_of(token: str, *, now: datetime) -> TrainerLink | None:
    """Return the living link that a secret opens; what is unknown, withdrawn, too old, or of who left the team opens nothing."""
    rows = TrainerLink.objects.select_related("session__programme", "session__venue", "trainer").filter(revoked_at=None)
    link = rows.filter(digest=_digest(token)).first()
    if link is None or now.astimezone(PARIS).date() > link.session.day + OPEN_AFTER:
        return None
    return link if link.session.team.filter(trainer=link.trainer).exists() else None


@transaction.atomic
def revoke(link: TrainerLink, *, by: Any, now: datetime) -> None:
    """Close an address at once."""
    if TrainerLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        record("accès d’un formateur retiré", link.session, by=by, now=now, note=str(link.trainer))


def _made(session: TrainingSession, trainer: Trainer, now: datetime) -> TrainerLink:
    link = TrainerLink(session=session, trainer=trainer, nonce=secrets.token_hex(16), created_at=now)
    link.digest = _digest(secret_of(link))
    link.save()
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
