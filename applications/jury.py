"""What is known of a jury at work: each reader's queue and progress, what a reader and the team read of a file's readings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Avg, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models import Count as Count_
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import User as Person
from accounts.roles import Role
from applications.models import Application, ConflictOfInterest, Criterion, Review, Selection
from applications.services.juries import amendable, selection_of
from applications.states import READ_BY_THE_JURY, State
from programmes.models import Edition

if TYPE_CHECKING:
    from accounts.models import User

# A reader never sees these: the person left, or the file is read elsewhere.
GONE = (State.WITHDRAWN, State.DUPLICATE, State.DRAFT)


@dataclass(frozen=True)
class Progress:
    """Where one reader stands in one call."""

    reader: "User"
    given: int
    sent: int
    abstained: int
    mean: Decimal | None
    last_at: datetime | None
    conflicts: int

    @property
    def left(self) -> int:
        return self.given - self.sent

    @property
    def percent(self) -> int:
        return 100 * self.sent // self.given if self.given else 0


def progress(edition: Edition) -> list[Progress]:
    """Where each reader of the call stands, who has most left first; files that left the jury unread do not count."""
    sent = Q(sent_at__isnull=False)
    rows = (
        Review.objects.without_conflict()
        .filter(application__edition=edition)
        .filter(Q(application__state__in=READ_BY_THE_JURY) | sent)
        .order_by()
        .values("reviewer")
        .annotate(
            given=Count_("pk"),
            sent=Count_("pk", filter=sent),
            abstained=Count_("pk", filter=Q(abstained=True)),
            mean=Avg("mark"),
            last_at=Max("sent_at"),
        )
    )
    found: dict[int, Any] = {row["reviewer"]: {name: value for name, value in row.items() if name != "reviewer"} for row in rows}
    conflicts = dict(
        ConflictOfInterest.objects.filter(application__edition=edition).order_by().values_list("reviewer").annotate(count=Count_("pk"))
    )
    people = Person.objects.select_related("juror").in_bulk({*found, *conflicts})
    nothing = {"given": 0, "sent": 0, "abstained": 0, "mean": None, "last_at": None}
    told = [Progress(person, conflicts=conflicts.get(pk, 0), **found.get(pk, nothing)) for pk, person in people.items()]
    return sorted(told, key=lambda each: (-each.left, str(each.reader), each.reader.pk))


def queue(reader: "User", edition: Edition | None = None) -> list[Review]:
    """What this reader has to read, the least-read file first; of two alike, not the same first for every reader."""
    rows = _light(Review.objects.to_read().filter(reviewer=reader.pk))
    if edition is not None:
        rows = rows.filter(application__edition=edition)
    return in_order(reader, rows.order_by("pk"))


def _light(rows: "QuerySet[Review]") -> "QuerySet[Review]":
    """With the file and its call, but not its texts: a queue of three hundred names them, and reads none."""
    texts = ("motivation", "typed", "search", "reason", "masked_words")
    return rows.select_related("application__edition__programme").defer("comment", *(f"application__{name}" for name in texts))


def in_order(reader: "User", reviews: Iterable[Review]) -> list[Review]:
    """Sort as `queue` does."""
    return sorted(reviews, key=lambda review: (review.application.readings, _own_order(reader, review)))


def _own_order(reader: "User", review: Review) -> str:
    return sha256(f"{reader.pk}:{review.application_id}".encode()).hexdigest()


@dataclass(frozen=True)
class Count:
    """« 3 sur 12 »."""

    sent: int
    given: int

    @property
    def left(self) -> int:
        return self.given - self.sent


@dataclass(frozen=True)
class CallToRead:
    """One call, for one reader: what is left, in the order of the queue, and what was sent, the latest first."""

    edition: Edition
    selection: Selection
    left: Sequence[Review]
    sent: Sequence[Review]
    is_late: bool

    @property
    def count(self) -> Count:
        return Count(len(self.sent), len(self.sent) + len(self.left))


def calls_of(reader: "User", *, now: datetime) -> list[CallToRead]:
    """The calls of which this reader has files, until the results are out: those with something left first, as they close."""
    rows = _light(Review.objects.visible_to(reader).exclude(application__state__in=GONE))
    by_call: dict[Edition, list[Review]] = {}
    for review in rows.order_by("application__edition__closes_at", "application__edition", "pk"):
        if not review.application.edition.is_released(now=now):
            by_call.setdefault(review.application.edition, []).append(review)
    selections = {row.edition_id: row for row in Selection.objects.filter(edition__in=by_call).order_by("pk")}
    calls = [_call(reader, edition, selections.get(edition.pk), reviews, now=now) for edition, reviews in by_call.items()]
    return sorted(calls, key=lambda call: not call.left)


def _call(reader: "User", edition: Edition, selection: Selection | None, reviews: Sequence[Review], *, now: datetime) -> CallToRead:
    selection = selection or selection_of(edition)
    is_open = edition.results_released_at is None
    left = [row for row in reviews if is_open and row.sent_at is None and row.application.state in READ_BY_THE_JURY]
    sent = sorted((row for row in reviews if row.sent_at), key=lambda row: (row.sent_at, row.pk), reverse=True)
    return CallToRead(edition, selection, in_order(reader, left), sent, bool(left) and not amendable(selection, now=now))


def count_of(reader: "User", edition: Edition) -> Count:
    """« 3 sur 12 »: what this reader sent, of what they were given and may read."""
    rows = Review.objects.visible_to(reader).filter(application__edition=edition).exclude(application__state__in=GONE)
    live = rows.filter(Q(application__state__in=READ_BY_THE_JURY) | Q(sent_at__isnull=False))
    told = live.aggregate(sent=Count_("pk", filter=Q(sent_at__isnull=False)), given=Count_("pk"))
    return Count(told["sent"], told["given"])


def in_words(mark: Decimal | None) -> str:
    """« 3,67 », « 4 »; a dash for none."""
    return f"{mark:f}".rstrip("0").rstrip(".").replace(".", ",") if mark is not None else "—"


def page_of(review: Review) -> str:
    return reverse("reading", args=[review.application.reference])


def idle(edition: Edition, people: "Sequence[User]") -> "list[User]":
    """Of the jury, who was given nothing of this call."""
    busy = set(Review.objects.filter(application__edition=edition).order_by().values_list("reviewer", flat=True))
    return [person for person in people if person.pk not in busy]


@dataclass(frozen=True)
class Advance:
    """How far the reading of a call is: files before the jury, those with too few readers, those read enough."""

    files: int
    short: int
    done: int
    sent: int
    given: int


def state_of(selection: Selection) -> Advance:
    """Count the files of a call by their readings that count, or will."""
    live = Review.objects.without_conflict().filter(application=OuterRef("pk")).order_by().values("application")
    many = Coalesce(Subquery(live.annotate(many=Count_("pk")).values("many")), 0, output_field=IntegerField())
    sent = live.filter(sent_at__isnull=False)
    read = Coalesce(Subquery(sent.annotate(many=Count_("pk")).values("many")), 0, output_field=IntegerField())
    files = Application.objects.filter(edition=selection.edition_id, state__in=READ_BY_THE_JURY, erased_at=None).order_by()
    told = files.annotate(live=many, read=read).aggregate(
        files=Count_("pk"),
        short=Count_("pk", filter=Q(live__lt=selection.readings)),
        done=Count_("pk", filter=Q(read__gte=selection.readings)),
        sent=Coalesce(Sum("read"), 0),
        given=Coalesce(Sum("live"), 0),
    )
    return Advance(**told)


def conflicts_of(edition: Edition) -> QuerySet[ConflictOfInterest]:
    """The conflicts of files that are before the jury."""
    return ConflictOfInterest.objects.filter(application__edition=edition, application__state__in=READ_BY_THE_JURY)


class Version(NamedTuple):
    """A reading as it was sent once."""

    at: datetime
    mark: Decimal | None
    scores: Sequence[tuple[str, int | None]]
    comment: str
    abstained: bool


@dataclass(frozen=True)
class Reading:
    """One reading of a file, as it is shown once it may be: the scores in the order of the criteria."""

    review: Review
    scores: Sequence[tuple[str, int | None]]
    versions: Sequence[Version] = ()


def readings_of(application: Application, criteria: Sequence[Criterion], *, but: "User | None" = None) -> list[Reading]:
    """Give the readings that were sent, without conflict, with their scores and versions."""
    sent = application.reviews.without_conflict().filter(sent_at__isnull=False).select_related("reviewer")
    if but is not None:
        sent = sent.exclude(reviewer=but.pk)
    rows = sent.prefetch_related("scores", "versions").order_by("sent_at", "pk")
    return [_reading(review, criteria) for review in rows]


def own_reading(review: Review, criteria: Sequence[Criterion]) -> Reading:
    """Give a reader's own, versions included."""
    return _reading(review, criteria)


def _reading(review: Review, criteria: Sequence[Criterion]) -> Reading:
    values = {score.criterion_id: score.value for score in review.scores.all()}
    versions = [
        Version(kept.at, kept.mark, _named(criteria, {int(pk): value for pk, value in kept.scores.items()}), kept.comment, kept.abstained)
        for kept in sorted(review.versions.all(), key=lambda kept: kept.pk, reverse=True)
    ]
    return Reading(review, _named(criteria, values), versions)


def _named(criteria: Iterable[Criterion], values: dict[int, int]) -> list[tuple[str, int | None]]:
    return [(criterion.label, values.get(criterion.pk)) for criterion in criteria]


def reads_it(application: Application, person: "User") -> bool:
    """True while this person still has to send their own reading of the file: they see no other score before (B2)."""
    return Review.objects.to_read().filter(application=application, reviewer=person.pk).exists()


def left_to(person: "User", edition: Edition) -> frozenset[int]:
    """The files of a call that this person still has to read: nothing of what the others say is shown to them before (B2)."""
    if Role.REVIEWER not in person.roles:
        return frozenset()
    rows = Review.objects.to_read().filter(application__edition=edition, reviewer=person.pk)
    return frozenset(rows.values_list("application", flat=True))


def has_left(edition: Edition, person: "User") -> bool:
    """True while this person still has readings of the call to send: they are shown no mean of it."""
    return Review.objects.to_read().filter(application__edition=edition, reviewer=person.pk).exists()


@dataclass(frozen=True)
class FileJury:
    """The jury of one file, for the team: `hidden` when who asks still has to send their own reading of it (B2)."""

    hidden: bool
    waiting: Sequence[Review]
    readings: Sequence[Reading]
    conflicts: Sequence[ConflictOfInterest]


def of_file(application: Application, viewer: "User") -> FileJury:
    """Who was given the file, what they sent, who has a conflict with it."""
    rows = application.reviews.without_conflict().select_related("reviewer")
    waiting = list(rows.filter(sent_at=None).order_by("assigned_at", "pk"))
    conflicts = list(application.conflicts.select_related("reviewer").order_by("at", "pk"))
    if any(review.reviewer_id == viewer.pk for review in waiting) and reads_it(application, viewer):
        return FileJury(True, waiting, (), conflicts)
    criteria = list(application.edition.criteria.order_by("order", "pk"))
    return FileJury(False, waiting, readings_of(application, criteria), conflicts)
