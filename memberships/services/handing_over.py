"""A role ends: the addresses of finance pages it knew are closed, and whoever stays or follows receives their own (ADR 0037).

The end may come from a colleague (`contacting.end_contact`), from the register, from an imported table or from a last day that passes:
the sweep finds those that nobody told. Whoever comes to pay later, within two months, receives the page too.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core.clock import PARIS
from memberships import contact_emails as emails
from memberships import links
from memberships.models import Departure, FinanceLink, Membership
from organisations.models import Contact, Organisation
from organisations.services.succession import lock
from organisations.speaking import speakers
from organisations.states import ContactRole

# A role over for so long when an address was made never knew of it: the register is filled with contacts of old.
KNOWN_FOR = timedelta(days=366)
# Whoever pays from then on may enter the register later than the one before left it.
AWAITED_FOR = timedelta(days=60)
AT_A_TIME = 200


def pass_on(gone: list[Contact], following: Contact | None, *, by: Any, now: datetime) -> None:
    """Close what those who left one body may know; send each reader who stays, or who follows, their own."""
    today = now.astimezone(PARIS).date()
    acting = gone[0].organisation.at(today)
    family = acting.heirs_of(today)
    heir = following or speakers(acting, on=today).payer
    known = list(_known_to(gone, family, now=now))
    said = {"seen_at": now, "closed_some": bool(known), "heir": heir}
    for contact in gone:
        Departure.objects.get_or_create(contact=contact, ended_on=contact.ends_on or today, defaults=said)
    _renew(known, heir, family, by=by, now=now)


def renew(*, now: datetime) -> int:
    """See the departures that nobody told, the addresses gone astray, and who came to pay since. Return how many."""
    return _departed(now=now) + _strays(now=now) + _late_heirs(now=now)


def _known_to(gone: list[Contact], family: list[Organisation], *, now: datetime) -> Iterable[FinanceLink]:
    """Their own; and all those of the body for the general and the finance contact, whom reminders reach in copy."""
    theirs = Q(contact__in=gone)
    if days := [each.ends_on for each in gone if each.role != ContactRole.VOTING and each.ends_on]:
        since = max(days) + KNOWN_FOR
        theirs |= Q(membership__organisation__in=family, created_at__date__lte=since)
    rows = FinanceLink.objects.filter(theirs, revoked_at=None, expires_at__gt=now)
    return rows.select_related("membership__organisation", "membership__campaign", "contact").order_by("pk")


def _renew(rows: list[FinanceLink], heir: Contact | None, family: list[Organisation], *, by: Any, now: datetime) -> None:
    for link in rows:
        links.revoke(link, by=by, now=now)
    today = now.astimezone(PARIS).date()
    stays = set(Contact.objects.filter(organisation__in=family).current(on=today).exclude(email="").values_list("pk", flat=True))
    readers = {(link.membership, link.contact if link.contact_id in stays else heir) for link in rows}
    _tell(readers, now=now)


def _tell(readers: Iterable[tuple[Membership, Contact | None]], *, now: datetime) -> None:
    for membership, reader in sorted(readers, key=lambda pair: (pair[0].pk, pair[1].pk if pair[1] else 0)):
        if reader is not None:
            emails.post_finance_page(membership, reader, now=now)


# --- The sweep ----------------------------------------------------------------------------------------------


def _departed(*, now: datetime) -> int:
    """Those of one body together: what is given to the one must not be closed for the other."""
    today = now.astimezone(PARIS).date()
    by_body: dict[Organisation, list[Contact]] = {}
    for contact in _unseen(today)[:AT_A_TIME]:
        by_body.setdefault(contact.organisation.at(today), []).append(contact)
    for body, gone in by_body.items():
        with transaction.atomic():
            lock(body, *(contact.organisation for contact in gone))
            if still := list(_unseen(today).filter(pk__in=[contact.pk for contact in gone])):
                pass_on(still, None, by=None, now=now)
    return sum(map(len, by_body.values()))


def _unseen(today: date) -> Any:
    seen = Departure.objects.filter(contact=OuterRef("pk"), ended_on=OuterRef("ends_on"))
    return Contact.objects.ended_before(today).exclude(Exists(seen)).select_related("organisation").order_by("pk")


def _strays(*, now: datetime) -> int:
    """Addresses whose reader was erased, or reads elsewhere: the row of the register serves somebody else now."""
    today = now.astimezone(PARIS).date()
    rows = list(FinanceLink.objects.astray(now=now).select_related("membership__organisation").order_by("pk")[:AT_A_TIME])
    bodies = {link.membership.organisation_id: link.membership.organisation.at(today) for link in rows}
    for pk, body in bodies.items():
        with transaction.atomic():
            lock(body)
            own = [link.pk for link in rows if link.membership.organisation_id == pk]
            still = FinanceLink.objects.astray(now=now).filter(pk__in=own)
            found = list(still.select_related("membership__organisation", "membership__campaign", "contact"))
            _renew(found, speakers(body, on=today).payer, body.heirs_of(today), by=None, now=now)
    return len(rows)


def _late_heirs(*, now: datetime) -> int:
    """Who came to pay since somebody left: nobody followed then, or the general contact did in the meantime."""
    awaited = Q(heir=None) | Q(contact__role=ContactRole.FINANCE) & ~Q(heir__role=ContactRole.FINANCE)
    rows = Departure.objects.filter(awaited, closed_some=True, seen_at__gte=now - AWAITED_FOR)
    return sum(_told_later(row, now=now) for row in rows.select_related("contact__organisation", "heir").order_by("pk"))


def _told_later(departure: Departure, *, now: datetime) -> bool:
    today = now.astimezone(PARIS).date()
    acting = departure.contact.organisation.at(today)
    payer = speakers(acting, on=today).payer
    if payer is None or payer.pk == departure.heir_id:
        return False
    with transaction.atomic():
        lock(acting)
        taken = Departure.objects.filter(pk=departure.pk, heir=departure.heir).update(heir=payer)
        closed = FinanceLink.objects.filter(membership__organisation__in=acting.heirs_of(today), revoked_at=departure.seen_at)
        memberships = Membership.objects.filter(pk__in=closed.values("membership")).select_related("organisation", "campaign")
        _tell([(membership, payer) for membership in memberships if taken], now=now)
    return bool(taken)
