"""The part of the nightly purge that is about letters (domain.md G3).

The letters about a row are forgotten with it (`outbox.forget`); those about nothing, and the addresses
that do not receive, after a year. A group act names people, tags and reasons: thirty days later it keeps what was done, by whom and when.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from core.registry import Erasure
from mailing.models import Batch, Message, Refusal
from mailing.outbox import blank
from mailing.states import PENDING
from records.services import forget

KEPT = timedelta(days=365)
BATCHES_KEPT = timedelta(days=30)
# What follows in the name of a group act: a person of the jury, a tag, the subject of a letter.
_NAMED = re.compile(r"\s*[:«].*", re.DOTALL)


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Blank old letters about nothing, drop old refusals."""
    letters = Message.objects.filter(about="", created_at__lt=now - KEPT).exclude(to="").exclude(state__in=PENDING)
    refusals = Refusal.objects.filter(at__lt=now - KEPT)
    yield Erasure("lettres sans dossier : contenu et adresse effacés", letters.count() if dry_run else blank(letters))
    yield Erasure("adresses qui ne reçoivent pas : oubliées", refusals.count() if dry_run else refusals.delete()[0])
    named = Q(label__contains=":") | Q(label__contains="«") | ~Q(undo_data={}) | ~Q(results=[])
    batches = Batch.objects.filter(named, due_at__lt=now - BATCHES_KEPT)
    yield Erasure("actes groupés vidés de leurs noms", batches.count() if dry_run else _empty(batches))


def _empty(batches: QuerySet[Batch]) -> int:
    rows = list(batches.only("label").order_by("pk"))
    for row in rows:
        with transaction.atomic():
            Batch.objects.filter(pk=row.pk).update(label=_NAMED.sub("", row.label) or "Acte groupé", undo_data={}, results=[])
            forget(row)
    return len(rows)
