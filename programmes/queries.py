"""What the pages of programmes read: the list, the call that leads the home page, the archive."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from core.folding import fold
from programmes.models import Edition, EditionQuerySet, Phase, Programme
from programmes.states import ACCEPTING, Status

_URGENCY = (Status.CLOSING, Status.OPEN, Status.ANNOUNCED, Status.CLOSED, Status.SELECTING, Status.RELEASED, Status.OVER, Status.CANCELLED)


@dataclass(frozen=True)
class Entry:
    """A line of the list: a call that is not over, or a programme between two calls."""

    programme: Programme
    edition: Edition | None = None
    status: Status | None = None

    @property
    def title(self) -> str:
        return self.edition.short_title if self.edition else self.programme.title

    @property
    def url(self) -> str:
        return (self.edition or self.programme).get_absolute_url()

    @property
    def lede(self) -> str:
        return self.edition.lede if self.edition else self.programme.lede

    @property
    def cover(self) -> str:
        """What the tiles are drawn from: each call has its own, a programme keeps its own."""
        return f"{self.programme.slug}-{self.edition.slug}" if self.edition else self.programme.slug

    def matches(self, words: str) -> bool:
        """Every word is found somewhere in what the line is about, whatever its accents and capitals."""
        texts = [self.programme.title, self.programme.lede, self.title, self.lede]
        if self.edition:
            texts += [self.edition.title, self.edition.subtitle, self.edition.where]
        text = fold(" ".join(texts))
        return all(word in text for word in fold(words).split())


def entries(*, now: datetime, kind: str = "", words: str = "") -> list[Entry]:
    """The list of programmes in their editorial order, what one can act on first (3 queries, however many rows)."""
    programmes, editions = Programme.objects.public(), Edition.objects.current(now=now)
    if kind:
        programmes, editions = programmes.filter(kind=kind), editions.filter(programme__kind=kind)
    calls: defaultdict[int, list[Edition]] = defaultdict(list)
    for edition in _with_phases(editions):
        calls[edition.programme_id].append(edition)
    lines = [entry for programme in programmes for entry in _lines_of(programme, calls[programme.pk], now=now)]
    return [entry for entry in lines if entry.matches(words)] if words else lines


def leading_call(lines: Iterable[Entry]) -> Edition | None:
    """The open call that the home page leads with: of the first programme by rank, the one that closes first."""
    calls = [line.edition for line in lines if line.edition and line.status in ACCEPTING]
    return min(calls, key=lambda call: (call.programme.order, call.closes_at, call.pk), default=None)


def open_call_of(programme: Programme, *, now: datetime) -> Edition | None:
    """Where to send whom a closed call disappoints."""
    return Edition.objects.open(now=now).select_related("programme").filter(programme=programme).order_by("closes_at", "pk").first()


def editions_of(programme: Programme, *, now: datetime) -> tuple[list[Entry], list[Edition]]:
    """The calls of a programme that anybody may see: those that live, and the archive, newest first (2 queries)."""
    living, archive = [], []
    for edition in _with_phases(programme.editions.public(now=now)):
        status = edition.status(now=now)
        if status is Status.OVER:
            archive.append(edition)
        else:
            living.append(Entry(programme, edition, status))
    return _by_urgency(living), archive[::-1]


def _with_phases(editions: EditionQuerySet) -> EditionQuerySet:
    phases = Prefetch("phases", Phase.objects.with_places(), to_attr="timeline")  # fills the cached property
    return editions.order_by("closes_at", "pk").prefetch_related(phases)  # type: ignore[no-redef]


def _lines_of(programme: Programme, editions: list[Edition], *, now: datetime) -> list[Entry]:
    for edition in editions:
        edition.programme = programme
    return _by_urgency(Entry(programme, edition, edition.status(now=now)) for edition in editions) or [Entry(programme)]


def _by_urgency(lines: Iterable[Entry]) -> list[Entry]:
    """What one can act on first; then what is announced, then what is being followed; by closing date among equals."""
    return sorted(lines, key=lambda line: _URGENCY.index(line.status) if line.status else 0)
