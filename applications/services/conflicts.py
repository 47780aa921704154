"""Writing what conflicts are known (B2): asked again when a body changes, when a file is given, and when its page is opened."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from applications.conflicts import Known
from applications.models import Application, ConflictOfInterest, Review
from applications.services.reading import recount
from applications.states import ConflictKind
from records.services import Entry, record_many

if TYPE_CHECKING:
    from accounts.models import User

Pair = tuple[Application, "User"]


def recheck(reviews: "QuerySet[Review]", *, now: datetime) -> int:
    """Compare what is written with what is known now of these readings; return how many changed. What was declared stays."""
    rows = list(reviews.select_related("application__edition__programme", "application__applicant", "reviewer").order_by("pk"))
    known = Known([row.application for row in rows], list({row.reviewer_id: row.reviewer for row in rows}.values()))
    found = {(row.application_id, row.reviewer_id): known.between(row.application, row.reviewer) for row in rows}
    written = _written(rows)
    changed = [row for row in rows if _differs(written.get(_pair(row)), found[_pair(row)])]
    if changed:
        _write(changed, found, now=now)
    return len(changed)


def recheck_open(*, now: datetime, **which: Any) -> int:
    """The same, of the files that are still before a jury: `reviewer=…` or `application=…`."""
    alive = Review.objects.filter(application__edition__results_released_at=None, application__edition__cancelled_at=None)
    return recheck(alive.filter(application__erased_at=None, **which), now=now)


def note_all(found: "Iterable[tuple[Pair, ConflictKind]]", *, now: datetime) -> None:
    """Write the conflicts met while files were given: the trace of why somebody does not read them."""
    rows = [
        ConflictOfInterest(application=application, reviewer=reviewer, kind=kind, at=now, by_name="Portail")
        for (application, reviewer), kind in found
    ]
    held = ConflictOfInterest.objects.filter(application__in=[row.application_id for row in rows]).order_by("pk")
    before = set(held.values_list("application", "reviewer"))
    new = [row for row in rows if (row.application_id, row.reviewer_id) not in before]
    ConflictOfInterest.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    entries = [Entry(row.application, note=f"{row.reviewer} : {row.get_kind_display()}") for row in new]
    record_many("conflit d’intérêts noté", entries, by=None, now=now)


def _pair(review: Review) -> tuple[int, int]:
    return review.application_id, review.reviewer_id


def _written(rows: Collection[Review]) -> dict[tuple[int, int], str]:
    kept = ConflictOfInterest.objects.filter(application__in={row.application_id for row in rows}).order_by("pk")
    return {(application, reviewer): kind for application, reviewer, kind in kept.values_list("application", "reviewer", "kind")}


def _differs(written: str | None, found: ConflictKind | None) -> bool:
    return written != ConflictKind.DECLARED and written != found


@transaction.atomic
def _write(changed: Collection[Review], found: dict[tuple[int, int], ConflictKind | None], *, now: datetime) -> None:
    """Under the files' locks: the row of each pair becomes what is known, and the means follow."""
    files = {row.application_id: row.application for row in changed}
    list(Application.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=files).order_by("pk"))
    told: dict[str, list[Entry]] = defaultdict(list)
    for row in changed:
        computed = ConflictOfInterest.objects.filter(application=row.application_id, reviewer=row.reviewer_id)
        computed.exclude(kind=ConflictKind.DECLARED).delete()
        kind = found[_pair(row)]
        if kind:
            said = {"kind": kind, "at": now, "by_name": "Portail"}
            ConflictOfInterest.objects.get_or_create(application=row.application, reviewer=row.reviewer, defaults=said)
        verb = "conflit d’intérêts noté" if kind else "conflit d’intérêts levé"
        told[verb].append(Entry(row.application, note=f"{row.reviewer} : {kind.label}" if kind else str(row.reviewer)))
    for verb, entries in told.items():
        record_many(verb, entries, by=None, now=now)
    recount(list(files.values()))
