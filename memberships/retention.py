"""What is not kept for ever (domain.md G3): drafts, the people of bulletins that came to nothing, addresses that open nothing."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.clock import PARIS
from mailing import outbox
from memberships.models import FinanceLink, JoiningDraft, Membership
from memberships.states import UPLOADED, DocumentKind, State
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
