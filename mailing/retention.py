"""The part of the nightly purge that is about letters (domain.md G3).

The letters about a row are forgotten with it (`outbox.forget`); those about nothing, and the addresses
that do not receive, after a year.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.registry import Erasure
from mailing.models import Message, Refusal
from mailing.outbox import blank
from mailing.states import PENDING

KEPT = timedelta(days=365)


def purge(now: datetime, dry_run: bool) -> Iterator[Erasure]:
    """Blank old letters about nothing, drop old refusals."""
    letters = Message.objects.filter(about="", created_at__lt=now - KEPT).exclude(to="").exclude(state__in=PENDING)
    refusals = Refusal.objects.filter(at__lt=now - KEPT)
    yield Erasure("lettres sans dossier : contenu et adresse effacés", letters.count() if dry_run else blank(letters))
    yield Erasure("adresses qui ne reçoivent pas : oubliées", refusals.count() if dry_run else refusals.delete()[0])
