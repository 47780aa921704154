"""What is not kept for ever (domain.md G3): drafts, the people of bulletins that came to nothing, addresses that open nothing."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.clock import PARIS
from mailing import outbox
from memberships import rights
from memberships.models import Belonging, BookingLink, FinanceLink, JoiningDraft, MailDomain, Membership
from memberships.rights import Word
from memberships.services.claiming import forget_it
from memberships.states import UPLOADED, Answer, DocumentKind, State
from organisations.models import Organisation
from records.services import forget, label_of

DRAFTS_FOR = timedelta(days=30)
# A bulletin refused or taken back, after the end of its year: as long as an application that was not chosen.
MONTHS_AFTER = 6
CLOSED_FOR = timedelta(days=365)
OF_PEOPLE: dict[str, Any] = {
    "bulletin": {},
    "asked_by": "",
    "asker": None,
    "signatory_name": "",
    "signatory_job": "",
    "question": "",
    "note": "",
}
PAPERS = [*UPLOADED, DocumentKind.BULLETIN]


def erase_drafts(now: datetime, *, dry_run: bool) -> int:
    rows = JoiningDraft.objects.filter(saved_at__lt=now - DRAFTS_FOR)
    if dry_run:
        return rows.count()
    return rows.delete()[0]


def came_to_nothing(now: datetime) -> QuerySet[Membership]:
    """Bulletins refused or taken back, six months after the year they were for, that still name people or keep their papers."""
    today = now.astimezone(PARIS).date()
    last = today.year - (1 if today.month > MONTHS_AFTER else 2)
    rows = Membership.objects.filter(state__in=[State.REFUSED, State.WITHDRAWN], campaign__year__lte=last)
    return rows.exclude(bulletin={}, asked_by="", signatory_name="", question="")


def erase_bulletins(now: datetime, *, dry_run: bool) -> int:
    """Leave the row, which says that a body asked for a year: neither who, nor their papers, letters and words."""
    rows = list(came_to_nothing(now).order_by("pk"))
    for row in [] if dry_run else rows:
        _erase(row, now)
    return len(rows)


@transaction.atomic
def _erase(row: Membership, now: datetime) -> None:
    papers = list(row.documents.filter(kind__in=PAPERS))
    for name, nothing in OF_PEOPLE.items():
        setattr(row, name, nothing)
    row.save()
    for paper in papers:
        paper.delete()
        if paper.file:
            transaction.on_commit(partial(paper.file.storage.delete, str(paper.file.name)))
    outbox.forget(label_of(row), now)
    forget(row)


def erase_links(now: datetime, *, dry_run: bool) -> int:
    """Addresses of finance pages that have opened nothing for a year, with whom they were given to."""
    gone = now - CLOSED_FOR
    rows = FinanceLink.objects.filter(expires_at__lt=gone) | FinanceLink.objects.filter(revoked_at__lt=gone)
    return rows.count() if dry_run else rows.delete()[0]


# --- Who is of a member (G0, ADR 0051) ------------------------------------------------------------------------

# Nobody answered: the day it was asked for is over.
CLAIMS_FOR = timedelta(days=92)
# A no, and a yes once the body has had no rights for so long.
ANSWERS_FOR = timedelta(days=183)
# Domains and links of a body without rights: a member that comes back within the year finds them again.
DECLARED_FOR = timedelta(days=365)


def stale_claims(now: datetime) -> list[Belonging]:
    """Requests that nobody answered in three months; a no after six; a yes six months after the end of the member's rights."""
    asked = Belonging.objects.waiting().filter(asked_at__lt=now - CLAIMS_FOR)
    refused = Belonging.objects.filter(answer=Answer.NO, answered_at__lt=now - ANSWERS_FOR)
    accepted = Belonging.objects.filter(answer=Answer.YES, answered_at__lt=now - ANSWERS_FOR)
    ended = accepted.filter(organisation__in=_without_rights(accepted, now, ANSWERS_FOR))
    return list((asked | refused | ended).select_related("organisation").order_by("pk"))


def erase_claims(now: datetime, *, dry_run: bool) -> int:
    rows = stale_claims(now)
    for row in [] if dry_run else rows:
        with transaction.atomic():
            forget_it(row, now=now)
    return len(rows)


def erase_gates(now: datetime, *, dry_run: bool) -> int:
    """Booking links closed for a year; domains and links of bodies that have had no rights for a year."""
    old = now - DECLARED_FOR
    domains, links = MailDomain.objects.filter(declared_at__lt=old), BookingLink.objects.filter(created_at__lt=old)
    closed = BookingLink.objects.filter(revoked_at__lt=old) | links.filter(organisation__in=_without_rights(links, now, DECLARED_FOR))
    ended = domains.filter(organisation__in=_without_rights(domains, now, DECLARED_FOR))
    if dry_run:
        return closed.count() + ended.count()
    return sum(rows.delete()[0] for rows in (closed, ended))


def _without_rights(rows: QuerySet[Any], now: datetime, lasting: timedelta) -> list[int]:
    """Return the bodies of these rows that have had no rights for so long, by whoever acts in their place."""
    today = now.astimezone(PARIS).date()
    bodies = Organisation.objects.filter(pk__in=rows.values("organisation")).select_related("merged_into", "replaced_by").order_by("pk")
    return [body.pk for body in bodies if _ended(rights.standing(body.at(today), today), today - lasting)]


def _ended(standing: rights.Standing, limit: date) -> bool:
    return standing.word == Word.NEVER or (standing.word == Word.FORMER and standing.until is not None and standing.until < limit)
