"""What is erased of contacts and imports, and when (domain.md G3; docs/adr/, « Un contact dont le rôle a pris fin »)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from core.clock import PARIS
from core.registry import Erasure
from mailing import outbox
from organisations.models import Contact, ImportFile
from records.services import forget, label_of

# A selected person's file is kept three years: so is who stood for a member.
ENDED_KEPT_YEARS = 3
FILES_KEPT = timedelta(days=30)
FEBRUARY = 2


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Erase contacts three years after the end of their role, and imported files after thirty days."""
    today = now.astimezone(PARIS).date()
    limit = today.replace(year=today.year - ENDED_KEPT_YEARS, day=min(today.day, 28) if today.month == FEBRUARY else today.day)
    ended, files = Contact.objects.ended_before(limit), ImportFile.objects.filter(created_at__lt=now - FILES_KEPT)
    yield Erasure("contacts dont le rôle a pris fin", ended.count() if dry_run else _forget(ended, now))
    yield Erasure("fichiers d’organismes importés", files.count() if dry_run else _drop(files))


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
