"""« Répartir les lectures » and « Réattribuer »: k readings a file, balanced, conflicts respected, each choice explained (docs/adr/0038).

A file that fewer people may read than it needs is served first; then whoever has least to read gets it; then readings are passed from who
has most to who has least, along a chain of files if need be, until no pass makes the loads more even. Nothing is drawn by lot: the same
files and people give the same answer, so that what was previewed is what is done.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Application, ApplicationQuerySet, Review
from applications.services.acts import Outcome, left_alone
from applications.services.assigning import (
    WHY,
    Given,
    Jurors,
    delete,
    give,
    give_taken_back,
    jurors_for,
    locked_with_reviewers,
    note_conflicts,
    refuse_unless_jury,
    take_given_back,
    taken_of,
    why_not_read,
    with_reviewers,
)
from applications.states import READ_BY_THE_JURY
from mailing.batches import UNDOS
from mailing.models import Batch
from programmes.models import Edition

if TYPE_CHECKING:
    from accounts.models import User

UNDO_SHARE = "applications.share_readings"
UNDO_MOVE = "applications.move_readings"


def register_undos() -> None:
    """Make known how our acts are undone."""
    UNDOS.update({UNDO_SHARE: _take_back, UNDO_MOVE: _move_back})


@dataclass(frozen=True)
class Load:
    """What one person has to read in all, and of it what this act would add."""

    reader: "User"
    before: int
    added: int

    @property
    def after(self) -> int:
        return self.before + self.added


@dataclass
class Share:
    """Who would read what: `short` says of a file why it does not get all it needs."""

    loads: list[Load]
    given: list[Given]
    short: dict[int, str] = field(default_factory=dict)

    def readers_of(self, application: Application) -> "list[User]":
        return [reader for row, reader in self.given if row.pk == application.pk]


def files_of(edition: Edition) -> ApplicationQuerySet:
    """What the jury of a call reads."""
    return with_reviewers(Application.objects.filter(edition=edition, state__in=READ_BY_THE_JURY, erased_at=None).order_by("pk"))


def shared(rows: Sequence[Application], reviewers: "Sequence[User]", *, readings: int) -> Share:
    """Say who would read what, so that each file has `readings` readers; those it has already count."""
    jurors = jurors_for(rows, reviewers)
    needs = {row.pk: max(readings - len(live_readers(row, jurors)), 0) for row in rows}
    return _shared([row for row in rows if needs[row.pk]], jurors, needs, _loads_now(rows, reviewers))


def live_readers(row: Application, jurors: Jurors) -> list[Review]:
    """The readings of a file that count, or will: a conflict takes one away, written down or found now."""
    written = {conflict.reviewer_id for conflict in row.conflicts.all()}
    people = {person.pk: person for person in jurors.people}
    return [
        review
        for review in row.reviews.all()
        if review.reviewer_id not in written and not (review.reviewer_id in people and jurors.conflict(row, people[review.reviewer_id]))
    ]


def _loads_now(rows: Iterable[Application], reviewers: "Sequence[User]") -> Counter[int]:
    had = Counter(review.reviewer_id for row in rows for review in row.reviews.all())
    return Counter({reviewer.pk: had[reviewer.pk] for reviewer in reviewers})


def _shared(rows: Sequence[Application], jurors: Jurors, needs: dict[int, int], before: Counter[int]) -> Share:
    able = {row.pk: [person for person in jurors.people if not jurors.why_not(row, person)] for row in rows}
    loads, taken = Counter(before), {row.pk: set[int]() for row in rows}
    for row in sorted(rows, key=lambda row: (len(able[row.pk]) - needs[row.pk], row.pk)):
        for person in sorted(able[row.pk], key=lambda person: (loads[person.pk], person.pk))[: needs[row.pk]]:
            taken[row.pk].add(person.pk)
            loads[person.pk] += 1
    _even_out(taken, {pk: {person.pk for person in people} for pk, people in able.items()}, loads)
    given = [(row, person) for row in rows for person in jurors.people if person.pk in taken[row.pk]]
    short = {row.pk: _why_short(row, jurors, needs[row.pk], len(taken[row.pk])) for row in rows if len(taken[row.pk]) < needs[row.pk]}
    told = [Load(person, before[person.pk], loads[person.pk] - before[person.pk]) for person in jurors.people]
    return Share(told, given, short)


def _even_out(taken: dict[int, set[int]], able: dict[int, set[int]], loads: Counter[int]) -> None:
    """Pass readings from who has most to who has least until nothing gets more even."""
    while path := _path(taken, able, loads):
        for file, giver, receiver in path:
            taken[file].remove(giver)
            taken[file].add(receiver)
        loads[path[0][1]] -= 1
        loads[path[-1][2]] += 1


def _path(taken: dict[int, set[int]], able: dict[int, set[int]], loads: Counter[int]) -> list[tuple[int, int, int]]:
    """Find a chain of passes (file, from, to) from a person to one who has at least two readings less; the heaviest first."""
    for heavy in sorted(loads, key=lambda pk: (-loads[pk], pk)):
        came: dict[int, tuple[int, int]] = {}
        waiting = deque([heavy])
        while waiting:
            giver = waiting.popleft()
            if loads[giver] <= loads[heavy] - 2:
                return _chain(came, heavy, giver)
            for file in (pk for pk, readers in taken.items() if giver in readers):
                for receiver in able[file] - taken[file] - came.keys() - {heavy}:
                    came[receiver] = (file, giver)
                    waiting.append(receiver)
    return []


def _chain(came: dict[int, tuple[int, int]], first: int, last: int) -> list[tuple[int, int, int]]:
    path = []
    while last != first:
        file, giver = came[last]
        path.append((file, giver, last))
        last = giver
    return path[::-1]


def _why_short(row: Application, jurors: Jurors, needed: int, found: int) -> str:
    """« il lui manque 1 lecture : Lou, même organisme »."""
    refusals = [(person, jurors.conflict(row, person)) for person in jurors.people]
    told = "\u202f; ".join(f"{person}, {WHY[kind]}" for person, kind in refusals if kind)
    missing = f"il lui manque {needed - found} lecture{'s' if needed - found > 1 else ''}"
    return f"{missing} : {told}" if told else f"{missing} : personne d’autre parmi les personnes choisies"


# --- « Répartir les lectures » --------------------------------------------------------------------------


@transaction.atomic
def share_readings(
    pairs: Collection[tuple[int, int]], reviewers: "Sequence[User]", *, by: "User", now: datetime, batch: Batch
) -> list[Outcome]:
    """Give what was previewed, (file, reader) by (file, reader), as far as it still may be; one outcome a file."""
    refuse_unless_jury(reviewers)
    wanted: dict[int, set[int]] = {}
    for file, reader in pairs:
        wanted.setdefault(file, set()).add(reader)
    found = locked_with_reviewers(wanted)
    jurors = jurors_for(found, reviewers)
    note_conflicts(jurors, [row for row in found if not why_not_read(row)], now=now)
    given = [
        (row, person)
        for row in found
        if not why_not_read(row)
        for person in reviewers
        if person.pk in wanted[row.pk] and not jurors.why_not(row, person)
    ]
    give(given, by=by, now=now, batch=batch)
    batch.undo_data = {"given": [[row.pk, reviewer.pk] for row, reviewer in given]}
    return _told(found, given)


def _told(found: Iterable[Application], given: Sequence[Given]) -> list[Outcome]:
    readers: dict[int, list[str]] = {}
    for row, person in given:
        readers.setdefault(row.pk, []).append(str(person))
    return [
        Outcome(row, note=", ".join(readers[row.pk])) if row.pk in readers else Outcome(row, "n’est plus à confier ainsi") for row in found
    ]


def _take_back(batch: Batch, *, by: "User", now: datetime) -> str:
    return left_alone(take_given_back(batch.undo_data["given"], by=by, now=now))


# --- « Réattribuer les lectures non faites » --------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One reading that was not sent, and who takes it over; nobody: it stays, and `why` says so."""

    application: Application
    review: Review
    to: "User | None"
    why: str = ""


def moves(rows: Sequence[Application], late: "Collection[User]", to: "Sequence[User]") -> list[Move]:
    """Say who would take over what `late` did not send, the least loaded first; what was sent stays."""
    from_ = {person.pk for person in late}
    jurors, loads = jurors_for(rows, to), Counter({person.pk: 0 for person in to})
    loads.update(review.reviewer_id for row in rows for review in row.reviews.all() if not review.sent_at and review.reviewer_id in loads)
    taken: dict[int, set[int]] = {}
    found = []
    # A reading in conflict counts no more: somebody else has been given the file, or will be by « Répartir ».
    unread = [(row, each) for row in rows for each in live_readers(row, jurors) if each.reviewer_id in from_ and not each.sent_at]
    for row, review in unread:
        able = [person for person in to if person.pk not in taken.get(row.pk, ()) and not jurors.why_not(row, person)]
        person = min(able, key=lambda person: (loads[person.pk], person.pk), default=None)
        if person:
            loads[person.pk] += 1
            taken.setdefault(row.pk, set()).add(person.pk)
        found.append(Move(row, review, person, "" if person else "personne d’autre ne peut la lire"))
    return found


@transaction.atomic
def move_readings(pairs: Collection[tuple[int, int]], to: "Sequence[User]", *, by: "User", now: datetime, batch: Batch) -> list[Outcome]:
    """Pass the previewed readings, (file, late reader) by (file, late reader), to others; one outcome a reading."""
    refuse_unless_jury(to)
    wanted = set(pairs)
    rows = [row for row in locked_with_reviewers({file for file, _ in wanted}) if not why_not_read(row)]
    late = {review.reviewer for row in rows for review in row.reviews.all() if (row.pk, review.reviewer_id) in wanted}
    passed = [each for each in moves(rows, late, to) if (each.application.pk, each.review.reviewer_id) in wanted]
    done = [(each.application, each.review, each.to) for each in passed if each.to]
    batch.undo_data = {
        "taken": taken_of((row, review) for row, review, _ in done),
        "given": [[row.pk, person.pk] for row, _, person in done],
    }
    delete([(row, review) for row, review, _ in done], by=by, now=now)
    give([(row, person) for row, _, person in done], by=by, now=now, batch=batch)
    return [Outcome(each.application, each.why, told(each)) for each in passed]


def told(each: Move) -> str:
    """« de Lou à Alix (commencée) »."""
    begun = " (commencée : ce qui y est tapé s’efface)" if each.review.saved_at else ""
    return f"de {each.review.reviewer} à {each.to}{begun}" if each.to else ""


def _move_back(batch: Batch, *, by: "User", now: datetime) -> str:
    """Take back what was passed and not read since, and give it to who had it."""
    read = {
        (application, reviewer)
        for application, reviewer in Review.objects.filter(
            sent_at__isnull=False, application__in={file for file, _ in batch.undo_data["given"]}
        )
        .order_by("pk")
        .values_list("application", "reviewer")
    }
    back = [
        (taken, given) for taken, given in zip(batch.undo_data["taken"], batch.undo_data["given"], strict=True) if tuple(given) not in read
    ]
    left = len(batch.undo_data["given"]) - len(back)
    left += take_given_back([given for _, given in back], by=by, now=now)
    left += give_taken_back([taken for taken, _ in back], by=by, now=now)
    return left_alone(left)
