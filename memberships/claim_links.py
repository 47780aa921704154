"""The address by which a contact answers a request without account: one a contact and request, derived from the row's seed.

It names the row and the contact, so that a forwarded letter still says whose it was, and dies with the role of that contact, with the
request, and when the request is made anew. Answered, it says who answered.
"""

import secrets
from datetime import date

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from core.addresses import absolute
from memberships.belonging import digest
from memberships.models import Belonging
from organisations.models import Contact
from organisations.states import ContactRole

_ROW, _MARK = 32, 32
ANSWERING = (ContactRole.GENERAL, ContactRole.FINANCE, ContactRole.VOTING)


def renewed(row: Belonging) -> Belonging:
    """Give a request its seed: addresses of before open nothing any more."""
    row.nonce = secrets.token_hex(16)
    row.digest = digest(_row_secret(row))
    return row


def address_of(row: Belonging, contact: Contact) -> str:
    return absolute(reverse("belonging_answer", args=[token_of(row, contact)]))


def token_of(row: Belonging, contact: Contact) -> str:
    return f"{_row_secret(row)}{_mark(row, contact.pk)}-{contact.pk}"


def opened(token: str, *, on: date) -> tuple[Belonging, Contact] | None:
    """Return the request and the contact an address names, while that contact speaks for the body; else nothing."""
    secret, _, number = token.partition("-")
    if not (number.isdecimal() and len(number) < 12 and len(secret) == _ROW + _MARK):  # noqa: PLR2004 - a bigint at most
        return None
    row = Belonging.objects.filter(digest=digest(secret[:_ROW])).select_related("organisation").first()
    if row is None or not constant_time_compare(secret[_ROW:], _mark(row, int(number))):
        return None
    contact = Contact.objects.of(row.organisation.at(on), on=on).filter(pk=number).select_related("account").first()
    return (row, contact) if contact else None


def answering(row: Belonging, *, on: date) -> list[Contact]:
    """Those who are asked: the general contacts with an address; without any, the finance contacts, then who votes."""
    held = list(Contact.objects.of(row.organisation.at(on), on=on).exclude(email="").select_related("account").order_by("pk"))
    for role in ANSWERING:
        if found := {contact.email: contact for contact in held if contact.role == role}:
            return list(found.values())
    return []


def _row_secret(row: Belonging) -> str:
    return salted_hmac("memberships.belonging", row.nonce, algorithm="sha256").hexdigest()[:_ROW]


def _mark(row: Belonging, contact: int) -> str:
    return salted_hmac("memberships.belonging.contact", f"{row.nonce}:{contact}", algorithm="sha256").hexdigest()[:_MARK]
