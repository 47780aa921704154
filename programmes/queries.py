"""What the pages of programmes read: the list, the call that leads the home page, the archive."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch

from core.folding import holds
from core.prepared import Prepared
from programmes.models import (
    Change,
    Edition,
    EditionQuerySet,
    Partner,
    Phase,
    Programme,
    TrainingSession,
    TrainingSessionQuerySet,
)  # fmt: skip
from programmes.states import ACCEPTING, DayStatus, Status

# What one can act on first; then what is announced, then what is being followed.
_URGENCY = (
    Status.CLOSING, Status.OPEN, DayStatus.TO_COME, Status.ANNOUNCED, DayStatus.FULL, DayStatus.RUNNING, Status.CLOSED,
    Status.SELECTING, Status.RELEASED, Status.OVER, DayStatus.OVER, Status.CANCELLED, DayStatus.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A line of the list: a call or a training day that is not over, or a programme with neither."""

    programme: Programme
    edition: Edition | None = None
    status: Status | DayStatus | None = None
    session: TrainingSession | None = None

    @property
    def row(self) -> Edition | TrainingSession | None:
        return self.edition or self.session

    @property
    def title(self) -> str:
        if self.edition:
            return self.edition.short_title
        return (self.session or self.programme).title

    @property
    def url(self) -> str:
        return (self.row or self.programme).get_absolute_url()

    @property
    def lede(self) -> str:
        return (self.row or self.programme).lede

    @property
    def cover(self) -> str:
        """What the tiles are drawn from: each call and each day has its own, a programme keeps its own."""
        return f"{self.programme.slug}-{self.row.slug}" if self.row else self.programme.slug

    @property
    def when(self) -> str:
        return self.row.when if self.row else ""

    @property
    def where(self) -> str:
        return self.row.where if self.row else ""

    @property
    def ends_on(self) -> date:
        """Its last day, by which the archive is ordered; a programme has none."""
        return self.edition.ends_on if self.edition else self.session.day if self.session else date.max

    def matches(self, words: str) -> bool:
        """Every word is found somewhere in what the line is about, whatever its accents and capitals."""
        texts = [self.programme.title, self.programme.lede, self.title, self.lede, self.where]
        if self.edition:
            texts += [self.edition.title, self.edition.subtitle]
        return holds(" ".join(texts), words)

    def stays_for(self, *, now: datetime) -> timedelta | None:
        """How long it stays as it is by the clock alone."""
        return self.row.stays_for(now=now) if self.row else None


# What every visitor reads, its SQL written once for each process.
_PROGRAMMES = Prepared(lambda: Programme.objects.public())
_CURRENT = Prepared(lambda now: Edition.objects.current(now=now).order_by("closes_at", "pk"), now=datetime)
_PHASES = Prepared(lambda now: Phase.objects.with_places().filter(edition__in=Edition.objects.current(now=now)), now=datetime)
_TO_COME = Prepared(lambda now: _in_order(TrainingSession.objects.to_come(now=now).with_seats(now=now)), now=datetime)
_CALL = Prepared(
    lambda programme, edition, now: Edition.objects.public(now=now)
    .select_related("programme")
    .filter(programme__slug=programme, slug=edition),
    programme=str, edition=str, now=datetime,
)  # fmt: skip
_PHASES_OF = Prepared(lambda edition: Phase.objects.with_places().filter(edition=edition), edition=int)
_PARTNERS_OF = Prepared(lambda edition: Partner.objects.filter(edition=edition), edition=int)
_CHANGES_OF = Prepared(lambda edition: Change.objects.filter(edition=edition).moved(), edition=int)


def entries(*, now: datetime, kind: str = "", words: str = "") -> list[Entry]:
    """The list of programmes in their editorial order, what one can act on first (4 queries, however many rows; 1 when there is none)."""
    programmes = [programme for programme in _PROGRAMMES() if kind in ("", programme.kind)]
    if not programmes:
        return []
    rows: defaultdict[int, list[Edition | TrainingSession]] = defaultdict(list)
    current: list[Edition | TrainingSession] = [*_current_calls(now=now), *_told(_TO_COME(now=now), now=now)]
    for row in current:
        rows[row.programme_id].append(row)
    lines = [entry for programme in programmes for entry in _lines_of(programme, rows[programme.pk], now=now)]
    return [entry for entry in lines if entry.matches(words)] if words else lines


def _current_calls(*, now: datetime) -> list[Edition]:
    """The calls that are not over, the first to close first, each with its phases (2 queries)."""
    calls = _CURRENT(now=now)
    timelines: defaultdict[int, list[Phase]] = defaultdict(list)
    for phase in _PHASES(now=now) if calls else ():
        timelines[phase.edition_id].append(phase)
    for call in calls:
        call.timeline = timelines[call.pk]
    return calls


def public_call(programme: str, edition: str, *, now: datetime) -> Edition | None:
    """The call at this address with all that its page shows, if anybody may see it (4 queries)."""
    for call in _CALL(programme=programme, edition=edition, now=now):
        call.timeline = _PHASES_OF(edition=call.pk)
        call.carried_by = _PARTNERS_OF(edition=call.pk)
        call.told = _CHANGES_OF(edition=call.pk)
        return call
    return None


def leading_call(lines: Iterable[Entry]) -> Edition | None:
    """The open call that the home page leads with: of the first programme by rank, the one that closes first."""
    calls = [line.edition for line in lines if line.edition and line.status in ACCEPTING]
    return min(calls, key=lambda call: (call.programme.order, call.closes_at, call.pk), default=None)


def open_call_of(programme: Programme, *, now: datetime) -> Edition | None:
    """Where to send whom a closed call disappoints."""
    return Edition.objects.open(now=now).select_related("programme").filter(programme=programme).order_by("closes_at", "pk").first()


def open_calls(*, now: datetime) -> list[Edition]:
    """What anybody may apply to, the first to close first (2 queries)."""
    return list(_with_phases(Edition.objects.open(now=now).select_related("programme")))


def days_to_come(*, now: datetime) -> list[TrainingSession]:
    """The days that are not over, the first first (1 query)."""
    rows = TrainingSession.objects.to_come(now=now).with_places().with_seats(now=now)
    return _told(rows.order_by("day", "starts_at", "pk"), now=now)


def _told(days: Iterable[TrainingSession], *, now: datetime) -> list[TrainingSession]:
    """Days read `with_seats`, each saying what is left of them."""
    return [day.tell_seats(now=now) for day in days]


def next_day_of(programme: Programme, *, now: datetime, but: TrainingSession) -> TrainingSession | None:
    """Where to send whom a day that is over, full or called off disappoints."""
    others = TrainingSession.objects.to_come(now=now).with_places().filter(programme=programme).exclude(pk=but.pk)
    return others.order_by("day", "starts_at", "pk").first()


def content_of(programme: Programme, *, now: datetime) -> tuple[list[Entry], list[Entry]]:
    """The calls and days of a programme that anybody may see: those that live, and the archive, newest first (3 queries)."""
    days = _told(_in_order(programme.sessions.public(now=now).with_seats(now=now)), now=now)
    rows = [*_with_phases(programme.editions.public(now=now)), *days]
    lines = [_entry(programme, row, now=now) for row in rows]
    archive = [line for line in lines if _is_over(line, now=now)]
    living = [line for line in lines if line not in archive]
    return _by_urgency(living), sorted(archive, key=lambda line: line.ends_on, reverse=True)


def _is_over(line: Entry, *, now: datetime) -> bool:
    """A day called off stays among those to come until its date, so that nobody travels for nothing."""
    if line.status == DayStatus.CANCELLED and line.session:
        return line.session.ends <= now
    return line.status in (Status.OVER, DayStatus.OVER)


def _with_phases(editions: EditionQuerySet) -> EditionQuerySet:
    phases = Prefetch("phases", Phase.objects.with_places(), to_attr="timeline")  # fills the cached property
    return editions.order_by("closes_at", "pk").prefetch_related(phases)  # type: ignore[no-redef]


def _in_order(sessions: TrainingSessionQuerySet) -> TrainingSessionQuerySet:
    return sessions.select_related("venue").order_by("day", "starts_at", "pk")


def _entry(programme: Programme, row: Edition | TrainingSession, *, now: datetime) -> Entry:
    row.programme = programme
    if isinstance(row, Edition):
        return Entry(programme, row, row.status(now=now))
    return Entry(programme, None, row.status(now=now), row)


def _lines_of(programme: Programme, rows: "list[Edition | TrainingSession]", *, now: datetime) -> list[Entry]:
    return _by_urgency(_entry(programme, row, now=now) for row in rows) or [Entry(programme)]


def _by_urgency(lines: Iterable[Entry]) -> list[Entry]:
    """What one can act on first; by closing date, or by day, among equals."""
    return sorted(lines, key=lambda line: _URGENCY.index(line.status) if line.status else 0)
