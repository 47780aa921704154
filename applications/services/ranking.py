"""The waiting list of a call: ranks 1, 2, 3…, each once, without a gap (B5). Who calls holds the row of the call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Case, F, Value, When

from applications import telling
from applications.models import Application
from core.refusals import Refused
from programmes.models import Edition

# No list is longer; ranks go through here, so that none meets another on the way (one rank, one file, by constraint).
_FAR = 10_000


def in_order(edition_id: int) -> list[int]:
    """Return the keys of the waiting list, first rank first."""
    listed = Application.objects.filter(edition=edition_id, waitlist_rank__isnull=False)
    return list(listed.order_by("waitlist_rank", "pk").values_list("pk", flat=True))


@contextmanager
def told_again(edition: Edition, now: datetime) -> Iterator[None]:
    """Around what moves ranks: while the letters of the results wait to leave, those of whoever has another rank say the new one."""
    batch = telling.waiting(edition.pk, now=now) if edition.results_released_at else None
    before = in_order(edition.pk) if batch else []
    yield
    if batch:
        moved = [pk for rank, pk in enumerate(in_order(edition.pk)) if pk in before and before.index(pk) != rank]
        for row in Application.objects.filter(pk__in=moved).with_call().order_by("pk"):
            telling.tell_rank(row, batch, now=now)


def next_rank(edition_id: int) -> int:
    """The rank of who joins last."""
    return len(in_order(edition_id)) + 1


def put(application: Application, rank: int) -> None:
    """Give a waiting file this rank: those from there on move down; past the end, it is the last."""
    if rank < 1:
        raise Refused("Un rang est un nombre à partir de 1.")
    others = [pk for pk in in_order(application.edition_id) if pk != application.pk]
    others.insert(min(rank, len(others) + 1) - 1, application.pk)
    write(application.edition_id, others)
    application.waitlist_rank = others.index(application.pk) + 1


def close_up(edition_id: int) -> None:
    """Somebody left: those behind move up."""
    write(edition_id, in_order(edition_id))


def write(edition_id: int, keys: Sequence[int]) -> None:
    """Give these files the ranks 1, 2, 3… in two queries; nothing is written when they have them."""
    rows = Application.objects.filter(edition=edition_id, pk__in=keys)
    held = dict(rows.values_list("pk", "waitlist_rank"))
    moving = [pk for rank, pk in enumerate(keys, start=1) if held.get(pk) != rank]
    if not moving:
        return
    rows.filter(pk__in=moving, waitlist_rank__isnull=False).update(waitlist_rank=F("waitlist_rank") + _FAR)
    ranks = [When(pk=pk, then=Value(rank)) for rank, pk in enumerate(keys, start=1) if pk in set(moving)]
    rows.filter(pk__in=moving).update(waitlist_rank=Case(*ranks))
