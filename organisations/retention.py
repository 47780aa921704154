"""What is erased of contacts and imports, and when (domain.md G3; docs/adr/, « Un contact dont le rôle a pris fin »)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from core.clock import PARIS
from core.registry import Erasure
from core.retention import night
from mailing import outbox
from organisations.models import Contact, ImportFile
from records.services import forget, label_of

# A selected person's file is kept three years: so is who stood for a member.
ENDED_KEPT_YEARS = 3
FILES_KEPT = timedelta(days=30)
FEBRUARY = 2
ENDED, FILES = "contacts dont le rôle a pris fin", "fichiers d’organismes importés"


def limit(today: date) -> date:
    """Return the day before which a role must have ended for its contact to go today."""
    return today.replace(year=today.year - ENDED_KEPT_YEARS, day=min(today.day, 28) if today.month == FEBRUARY else today.day)


def erased_on(ended: date) -> date:
    """Return the first day whose night erases a contact whose role ended on this one."""
    day = date(ended.year + ENDED_KEPT_YEARS, ended.month, min(ended.day, 28) if ended.month == FEBRUARY else ended.day)
    while ended >= limit(day):
        day += timedelta(days=1)
    return day


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase contacts three years after the end of their role, and imported files after thirty days."""
    today = now.astimezone(PARIS).date()
    ended, files = Contact.objects.ended_before(limit(today)), ImportFile.objects.filter(created_at__lt=now - FILES_KEPT)
    yield Erasure(ENDED, ended.count() if dry_run else _forget(ended, now))
    yield Erasure(FILES, files.count() if dry_run else _drop(files))


def nights(start: datetime) -> Counter[tuple[datetime, str]]:
    """How many each night erases, from a moment on, under the label of the purge."""
    found: Counter[tuple[datetime, str]] = Counter()
    for ended in Contact.objects.filter(ends_on__isnull=False).order_by("pk").values_list("ends_on", flat=True):
        due = datetime.combine(erased_on(ended), time(), PARIS) if ended else start
        found[night(max(due, start)), ENDED] += 1
    for created_at in ImportFile.objects.order_by("pk").values_list("created_at", flat=True):
        found[night(max(created_at + FILES_KEPT, start)), FILES] += 1
    return found


def _forget(contacts: QuerySet[Contact], now: datetime) -> int:
    rows = list(contacts.order_by("pk"))
    for row in rows:
        with transaction.atomic():
            outbox.forget(label_of(row), now)
            forget(row)
            row.delete()
    return len(rows)


def _drop(files: QuerySet[ImportFile]) -> int:
    rows = list(files.order_by("pk"))
    for row in rows:
        storage, name = row.file.storage, row.file.name
        row.delete()
        if name:
            storage.delete(name)
    return len(rows)
