"""What a member says of its own people, by its contacts: its mail domains, its booking link (domain.md G0). Every act is recorded."""

import secrets
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from core.clock import PARIS
from core.refusals import Refused
from memberships import domains
from memberships.belonging import digest, secret_of
from memberships.models import BookingLink, MailDomain
from memberships.models.belonging import validate_domain, validate_own
from organisations.models import Organisation
from organisations.services.succession import lock
from records.services import record

# A body with more has a subsidiary in each; nobody types them one by one.
DOMAINS_AT_MOST = 20


@transaction.atomic
def declare_domain(body: Organisation, typed: str, *, by: Any, now: datetime) -> MailDomain:
    """Declare a mail domain the body's own: whoever proves an address there is of the member.

    An address, a site, capitals are cleaned. What everybody shares is refused. A domain that another member declared is not: a town and
    its métropole often share one, and whoever orders says for which. Declared twice, it is declared once.
    """
    body, today = _acting(body, now), now.astimezone(PARIS).date()
    domain = domains.cleaned(typed)
    try:
        validate_domain(domain)
        validate_own(domain)
    except ValidationError as error:
        raise Refused(error.messages[0]) from error
    rows = MailDomain.objects.filter(organisation__in=body.heirs_of(today))
    if known := rows.filter(domain=domain).first():
        return known
    if rows.count() >= DOMAINS_AT_MOST:
        raise Refused(f"{DOMAINS_AT_MOST} domaines au plus : pour davantage, donnez plutôt le lien de réservation.")
    row = MailDomain.objects.create(organisation=body, domain=domain, declared_at=now, by_name=str(by)[:200] if by else "")
    record("domaine de messagerie déclaré", body, by=by, now=now, note=domains.shown(domain))
    return row


@transaction.atomic
def remove_domain(row: MailDomain, *, by: Any, now: datetime) -> None:
    """Take a domain back: from now on an address there says nothing. What was booked stays as it was."""
    if MailDomain.objects.filter(pk=row.pk).delete()[0]:
        record("domaine de messagerie retiré", row.organisation, by=by, now=now, note=domains.shown(row.domain))


@transaction.atomic
def make_link(body: Organisation, *, by: Any, now: datetime) -> BookingLink:
    """Make the body's booking link; the one before, if any, opens nothing from now on."""
    body = _acting(body, now)
    replaced = _closed(body, now)
    link = BookingLink(organisation=body, nonce=secrets.token_hex(16), created_at=now, by_name=str(by)[:200] if by else "")
    link.digest = digest(secret_of(link))
    link.save()
    record("lien de réservation remplacé" if replaced else "lien de réservation créé", body, by=by, now=now)
    return link


@transaction.atomic
def revoke_link(body: Organisation, *, by: Any, now: datetime) -> None:
    """Close the body's booking link at once, and those of the bodies it replaced: whoever holds one is nobody's by it."""
    body = _acting(body, now)
    if _closed(body, now):
        record("lien de réservation retiré", body, by=by, now=now)


@transaction.atomic
def revoke_one(link: BookingLink, *, by: Any, now: datetime) -> None:
    """Close this very link: a merger of two bodies, each with its own, waits for one to go."""
    if BookingLink.objects.alive().filter(pk=link.pk).update(revoked_at=now):
        record("lien de réservation retiré", link.organisation, by=by, now=now)


def _acting(body: Organisation, now: datetime) -> Organisation:
    """The body that acts today, locked: two contacts act one after the other."""
    acting = body.at(now.astimezone(PARIS).date())
    return lock(acting)[acting.pk]


def _closed(body: Organisation, now: datetime) -> int:
    family = body.heirs_of(now.astimezone(PARIS).date())
    return BookingLink.objects.alive().filter(organisation__in=family).update(revoked_at=now)
