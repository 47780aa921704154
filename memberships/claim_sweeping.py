"""Requests that nobody answers: the contacts are reminded once, after three working days; the team sees those that go on waiting."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.roles import ACCEPT_MEMBERSHIPS
from core.clock import PARIS
from core.registry import Planned, Waiting
from core.workdays import next_working_day
from memberships import claim_emails as emails
from memberships import claim_links
from memberships.models import Belonging
from memberships.models.membership import VIEW_MEMBERSHIP
from records.services import label_of

WORKING_DAYS, AT = 3, time(10)
# So long after, no contact has answered two letters: somebody of the team may.
LATE_AFTER = timedelta(days=10)
_ONE_DAY = timedelta(days=1)


def reminded_from(asked_at: datetime) -> datetime:
    """Return when the contacts are reminded: the third working day after the request, at ten in Paris."""
    day = asked_at.astimezone(PARIS).date()
    for _ in range(WORKING_DAYS):
        day = next_working_day(day + _ONE_DAY)
    return datetime.combine(day, AT, tzinfo=PARIS)


def remind(*, now: datetime) -> int:
    """Remind the contacts of each request once; run twice or at once, one letter each."""
    rows = Belonging.objects.waiting().filter(reminded_at=None, asked_at__lte=now - _ONE_DAY * WORKING_DAYS)
    return sum(_remind(row, now=now) for row in rows.order_by("pk") if reminded_from(row.asked_at) <= now)


@transaction.atomic
def _remind(row: Belonging, *, now: datetime) -> bool:
    same = {"pk": row.pk, "answer": "", "reminded_at": None, "asked_at": row.asked_at}
    if not Belonging.objects.filter(**same).update(reminded_at=now):
        return False
    found = Belonging.objects.select_related("organisation").get(pk=row.pk)
    return bool(emails.post_asked(found, now=now, kind=emails.REMINDER))


def planned(start: datetime, until: datetime) -> Iterator[Planned]:
    """The reminders to come, as things stand."""
    for row in Belonging.objects.waiting().filter(reminded_at=None).select_related("organisation").order_by("pk"):
        if start <= (at := reminded_from(row.asked_at)) < until:
            count = len(claim_links.answering(row, on=at.astimezone(PARIS).date()))
            what = f"Rappel d’une demande de rattachement à {row.organisation}"
            url = reverse("admin:memberships_belonging_change", args=[row.pk])
            whom = "contact" if count == 1 else "contacts"
            yield Planned(at, "envoyé", what, whom, count, url, label_of(row), permission=VIEW_MEMBERSHIP)


def waiting(now: datetime) -> Iterator[Waiting]:
    """Requests that no contact answered in ten days, or that no contact can read."""
    rows = list(Belonging.objects.waiting().filter(asked_at__lte=now - LATE_AFTER).order_by("asked_at", "pk"))
    one, several = "demande de rattachement sans réponse", "demandes de rattachement sans réponse"
    url = f"{reverse('admin:memberships_belonging_changelist')}?etat=attend"
    yield Waiting(one, len(rows), url, ACCEPT_MEMBERSHIPS, rows[0].asked_at if rows else None, several)
