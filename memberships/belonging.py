"""Of which member somebody is, and by what gate (domain.md G0): what member prices and priorities are read from.

An address counts once it is proven. The body must be a member that day: rights are periods (`memberships.rights`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.crypto import salted_hmac

from memberships import rights
from memberships.models import Belonging, BookingLink, MailDomain
from memberships.states import Answer, Gate
from organisations.models import Contact, Organisation


@dataclass(frozen=True)
class Belongs:
    """The member somebody is of, and the gate that opened."""

    organisation: Organisation
    gate: Gate


def member_of(addresses: Iterable[str], on: date, *, link: BookingLink | None = None, body: Organisation | None = None) -> Belongs | None:
    """Return the member that proven addresses, or a booking link, make somebody of on a day; `body` narrows it to one. None: no member's.

    Of several the first gate wins: its contact, its link, its mail domain, its contact's word.
    """
    wanted = body.at(on) if body else None
    for said, gate in _gates([address.lower() for address in addresses], link, on):
        acting = said.at(on)
        if (wanted is None or acting.pk == wanted.pk) and rights.in_force(acting, on):
            return Belongs(acting, gate)
    return None


def _gates(addresses: list[str], link: BookingLink | None, on: date) -> Iterator[tuple[Organisation, Gate]]:
    speaks = Contact.objects.current(on=on).filter(email__in=addresses)
    for contact in speaks.select_related("organisation__merged_into", "organisation__replaced_by").order_by("pk"):
        yield contact.organisation, Gate.CONTACT
    if link and link.revoked_at is None:
        yield link.organisation, Gate.LINK
    domains = {address.rpartition("@")[2] for address in addresses}
    for row in MailDomain.objects.filter(domain__in=domains).select_related("organisation").order_by("pk"):
        yield row.organisation, Gate.DOMAIN
    said = Belonging.objects.filter(email__in=addresses, answer=Answer.YES)
    for belonging in said.select_related("organisation").order_by("pk"):
        yield belonging.organisation, Gate.APPROVED


def secret_of(link: BookingLink) -> str:
    return salted_hmac("memberships.booking", link.nonce, algorithm="sha256").hexdigest()


def link_of(token: str) -> BookingLink | None:
    """Return the living link a secret names; what is unknown or revoked opens nothing."""
    rows = BookingLink.objects.alive().select_related("organisation__merged_into", "organisation__replaced_by")
    return rows.filter(digest=digest(token)).first()


def digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
