"""« Publier les résultats »: everyone answered at once, once, from whatever tab (domain.md B4); undone until the letters leave.

`Edition.results_released_at` is the moment the letters leave, so that no page tells before its letter.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from applications import telling
from applications.models import Application, ApplicationQuerySet, LateLink, ResultsRelease, Selection
from applications.results_preview import Changed, Shown, changes_since, previews
from applications.services.moving import hold
from applications.states import DECIDED, READ_BY_THE_JURY, State
from core.refusals import Refused
from core.typography import agreeing, moment_in_words
from mailing import batches, outbox
from mailing.batches import TEN_MINUTES, open_batch
from mailing.letters import KINDS
from mailing.models import Batch
from programmes.models import Edition
from records.services import label_of, record

if TYPE_CHECKING:
    from accounts.models import User

UNDO = "applications.release"
LABEL = "Publication des résultats"
_ORDER = (State.SELECTED, State.WAITLISTED, State.DECLINED)
ENDED = "Cet appel est annulé : il n’y a pas de résultats à publier."


@dataclass(frozen=True)
class Obstacle:
    """Why the results cannot be published, and the files it is about."""

    why: str
    rows: Sequence[Application] = field(default=())


@dataclass(frozen=True)
class Results:
    """Everyone who would be answered, as the decisions stand, and what stands in the way."""

    edition: Edition
    rows: Sequence[Application]
    obstacles: Sequence[Obstacle]
    # Drafts that went on after the deadline: deposited by nobody, they get no answer, and can be accepted no more.
    late: Sequence[Application] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many letters of each kind, in the order of `DECIDED`."""
        found = Counter(row.state for row in self.rows)
        return {state.value: found[state] for state in _ORDER}


def register_hooks() -> None:
    """Make known how a release is undone, hurried, and what it locks before its batch."""
    batches.UNDOS[UNDO] = _take_back
    batches.HURRIED[UNDO] = _hurry
    batches.HELD_FIRST[UNDO] = _hold_call


def looked_at(edition: Edition, *, now: datetime) -> Results:
    """Say who would be answered what, and what stands in the way; writes nothing."""
    files = list(to_answer(edition).with_call().order_by("reference", "pk"))
    for row in files:
        row.edition = edition
    rows = sorted((row for row in files if row.state in DECIDED), key=lambda row: (_ORDER.index(State(row.state)), row.waitlist_rank or 0))
    late = Application.objects.filter(edition=edition, state=State.DRAFT, set_aside_at=None, saved_at__gte=edition.closes_at)
    return Results(edition, rows, list(_obstacles(edition, files, now=now)), list(late.with_call().order_by("pk")))


def to_answer(edition: Edition) -> ApplicationQuerySet:
    """Everyone who deposited and is owed an answer."""
    nobody = (State.DRAFT, State.WITHDRAWN, State.DUPLICATE)
    return Application.objects.filter(edition=edition, erased_at=None).exclude(state__in=nobody)


@transaction.atomic
def release(edition: Edition, *, by: "User", now: datetime, token: str, shown: Shown | None = None) -> ResultsRelease:
    """Publish the results: one letter each, in a batch that may be undone until it leaves. The same confirmation twice is one act.

    `shown` is what the page that confirms showed: what changed since is told, and nothing is published.
    """
    edition = hold(edition.pk)
    if known := released(edition):
        if known.batch and known.batch.token == token:
            return known
        raise Refused(already(known))
    results = looked_at(edition, now=now)
    if results.obstacles:
        raise Refused(" ".join(obstacle.why for obstacle in results.obstacles))
    if shown is not None and (changes := changes_since(previews(results.rows, edition, now=now), shown)):
        raise Changed(changes)
    batch = open_batch(LABEL, by=by, now=now, about=edition, undo=UNDO, token=token)
    telling.post_results(results.rows, edition, batch=batch, now=now)
    _refuse_unless_time_to_confirm(results, batch)
    return _written(results, batch, by=by, now=now)


def released(edition: Edition) -> ResultsRelease | None:
    """The act, once it is asked for and not undone."""
    return ResultsRelease.objects.select_related("batch", "edition").filter(edition=edition).first()


def already(known: ResultsRelease) -> str:
    """What the second tab reads."""
    when = moment_in_words(known.at, zone=False, weekday=False)
    who = known.by_name or "une personne de l’équipe"
    return f"Les résultats sont déjà publiés : {who} l’a demandé le {when}. Rien n’est parti deux fois."


def leaves_at(now: datetime) -> datetime:
    """When the letters of a release asked for now leave: ten minutes later, or at the next working hour (G8)."""
    return outbox.leaves_at(KINDS["applications.selected"], now + TEN_MINUTES, in_batch=True)


def _written(results: Results, batch: Batch, *, by: "User", now: datetime) -> ResultsRelease:
    edition = results.edition
    Edition.objects.filter(pk=edition.pk).update(results_released_at=batch.due_at)
    edition.results_released_at = batch.due_at
    batch.results = [[label_of(row), "", State(row.state).label] for row in results.rows]
    batch.save(update_fields=["results"])
    author = str(by)[:200]
    made = ResultsRelease.objects.create(edition=edition, at=now, by_name=author, counts=results.counts, batch=batch)
    record("résultats publiés", edition, by=by, now=now, note=tally(results.counts))
    return made


def tally(counts: dict[str, int]) -> str:
    """« 20 retenues, 5 en liste d’attente, 95 non retenues »"""
    words = {
        State.SELECTED: ("retenue", "retenues"),
        State.WAITLISTED: ("en liste d’attente", "en liste d’attente"),
        State.DECLINED: ("non retenue", "non retenues"),
    }
    return ", ".join(f"{counts.get(state, 0)} {agreeing(counts.get(state, 0), *words[state])}" for state in words)


# --- What stands in the way -----------------------------------------------------------------------------


def _obstacles(edition: Edition, files: Sequence[Application], *, now: datetime) -> Iterator[Obstacle]:
    if edition.cancelled_at:
        yield Obstacle(ENDED)
        return
    if now.astimezone(UTC) < edition.closes_at.astimezone(UTC):
        yield Obstacle("L’appel n’est pas encore clos.")
        return
    if not files:
        yield Obstacle("Aucune candidature n’est déposée : il n’y a personne à qui répondre.")
    yield from _undecided(files)
    yield from _still_to_come(edition, now=now)
    yield from _over(edition, files)
    yield from _dates(edition, files, now=now)


def _undecided(files: Sequence[Application]) -> Iterator[Obstacle]:
    if bare := [row for row in files if row.state in READ_BY_THE_JURY]:
        count = len(bare)
        yield Obstacle(f"{count} {agreeing(count, 'personne n’a', 'personnes n’ont')} pas encore de décision.", bare)
    if unranked := [row for row in files if row.state == State.WAITLISTED and row.waitlist_rank is None]:
        yield Obstacle("Sur la liste d’attente, il manque un rang.", unranked)


def _still_to_come(edition: Edition, *, now: datetime) -> Iterator[Obstacle]:
    """Somebody may still deposit, by a limit of their own: they would never be answered."""
    links = LateLink.objects.filter(edition=edition).valid(now=now).order_by("until", "pk")
    for link in links:
        until = moment_in_words(link.until, noon=True, zone=False, weekday=False)
        yield Obstacle(f"Un délai personnel court encore, jusqu’au {until} ({link.email}) : attendez sa fin, ou reprenez-le.")


def _over(edition: Edition, files: Sequence[Application]) -> Iterator[Obstacle]:
    held = sum(row.state in (State.SELECTED, State.CONFIRMED) for row in files)
    if held > edition.seats:
        yield Obstacle(f"{held} personnes sont retenues pour {edition.seats} {agreeing(edition.seats, 'place', 'places')}.")


def _dates(edition: Edition, files: Sequence[Application], *, now: datetime) -> Iterator[Obstacle]:
    """Nobody can be asked to confirm by a date that is not set, or past when the letter leaves."""
    if not any(row.state in (State.SELECTED, State.WAITLISTED) for row in files):
        return
    leaves = leaves_at(now)
    confirm_by = Selection.objects.filter(edition=edition).values_list("confirm_by", flat=True).first()
    if past_own := [row for row in files if row.state == State.SELECTED and row.confirm_by and row.confirm_by <= leaves]:
        yield Obstacle("Une date de confirmation propre à une personne serait passée au départ des lettres.", past_own)
    if confirm_by is None:
        yield Obstacle("La date avant laquelle une place se confirme n’est pas fixée.")
    elif confirm_by <= leaves:
        past = moment_in_words(confirm_by, noon=True, zone=False, weekday=False)
        yield Obstacle(f"La date de confirmation, le {past}, serait passée au départ des lettres.")


def _refuse_unless_time_to_confirm(results: Results, batch: Batch) -> None:
    """The batch knows its hour better than the preview did."""
    for obstacle in _dates(results.edition, results.rows, now=batch.due_at - TEN_MINUTES):
        raise Refused(obstacle.why)


# --- Undone, hurried ------------------------------------------------------------------------------------


def _hold_call(batch: Batch) -> None:
    """The call first, its batch second, as everybody who decides and writes in it."""
    hold(int(batch.about.rpartition(":")[2]))


def _take_back(batch: Batch, *, by: "User", now: datetime) -> str:
    """Nothing has left: nobody knows anything, decisions may change again, and nobody has a date of their own."""
    made = ResultsRelease.objects.select_related("edition").get(batch=batch)
    edition = made.edition
    files = Application.objects.filter(edition=edition)
    if files.filter(accepted_at__isnull=False).exists():
        raise Refused("Une personne a déjà répondu à sa lettre : il est trop tard pour annuler.")
    files.filter(confirm_by__isnull=False).update(confirm_by=None)
    made.delete()
    Edition.objects.filter(pk=edition.pk).update(results_released_at=None)
    record("publication des résultats annulée", edition, by=by, now=now)
    return "Les résultats ne sont pas publiés : les décisions restent, et peuvent changer."


def _hurry(batch: Batch, *, by: "User", now: datetime) -> None:
    """The letters leave now: the pages tell from now on."""
    Edition.objects.filter(release__batch=batch).update(results_released_at=now)
