"""What a reader does with a file (B1): save what they type, send it, amend it until the date, and say a conflict.

Every verb locks the application's row, then the reading, and keeps the file's mean in the same transaction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Sum

from accounts.roles import VIEW_APPLICATION
from applications import answers as asked
from applications.models import HIGHEST, Application, ConflictOfInterest, Criterion, Review, ReviewVersion, Score, Selection
from applications.services.juries import amendable, criteria_are_frozen, selection_of
from applications.states import READ_BY_THE_JURY, ConflictKind
from core.refusals import Refused
from core.typography import grouped, moment_in_words
from records.services import record

if TYPE_CHECKING:
    from accounts.models import User

_CENT = Decimal("0.01")
MOST_OF_A_COMMENT = 5_000
SEEN_SINCE = "Votre abstention reste : depuis, l’administration vous montre les autres lectures de cette candidature."
Scores = Mapping[int, int]  # {criterion's pk: 0 to 5}


class Outdated(Refused):
    """Another tab saved or sent this reading since: nothing was overwritten."""


@dataclass(frozen=True)
class Seen:
    """What a page showed: the reading's revision, and the deposit that was read."""

    revision: int | None = None
    deposited: str = ""


UNSEEN = Seen()


@transaction.atomic
def save_review(review: Review, scores: Scores, *, comment: str = "", by: "User", now: datetime, seen: Seen = UNSEEN) -> Review:
    """Keep what is being typed without sending it; scores may be missing."""
    locked, _ = _open(review, by=by)
    _refuse_outdated(locked, seen)
    if locked.sent_at:
        raise Refused("Cette lecture est déjà envoyée : renvoyez-la pour la corriger.")
    _keep(locked, _checked(locked, scores), _comment(comment), now=now)
    return locked


@transaction.atomic
def send_review(
    review: Review, scores: Scores, *, comment: str = "", abstained: bool = False, by: "User", now: datetime, seen: Seen = UNSEEN
) -> Review:
    """Send a reading, or send it again corrected: a version is kept. A second click, or one that changes nothing, is the first."""
    locked, selection = _open(review, by=by)
    given, comment = ({} if abstained else _checked(locked, scores, complete=True)), _comment(comment)
    if _same(locked, given, comment, abstained):
        return locked
    if locked.sent_at and not amendable(selection, now=now):
        raise Refused(f"Une lecture se corrigeait jusqu’au {_until(selection)} : la vôtre reste comme vous l’avez envoyée.")
    if locked.abstained and given and by.has_perm(VIEW_APPLICATION):
        raise Refused(SEEN_SINCE)
    _refuse_outdated(locked, seen)
    first = locked.sent_at is None
    locked.abstained, locked.sent_at, locked.mark = abstained, now, mark_of(locked.application, given)
    _keep(locked, given, comment, now=now)
    ReviewVersion.objects.create(
        review=locked,
        at=now,
        abstained=abstained,
        mark=locked.mark,
        scores={str(pk): value for pk, value in given.items()},
        comment=comment,
    )
    recount([locked.application])
    record("lecture envoyée" if first else "lecture corrigée", locked.application, by=by, now=now)
    return locked


@transaction.atomic
def declare_conflict(review: Review, *, note: str, by: "User", now: datetime) -> ConflictOfInterest:
    """Take a file out of its reader's sight, and of its mean; the team is told. Twice is once."""
    note = asked.storable(note).strip()
    application = _lock(review.application_id)
    if known := ConflictOfInterest.objects.filter(application=application, reviewer=review.reviewer_id).first():
        return known
    if not note:
        raise Refused("Dites en un mot de quoi il s’agit : l’équipe confiera cette candidature à quelqu’un d’autre.")
    if application.edition.results_released_at:
        raise Refused("Les résultats de cet appel sont publiés : écrivez à l’équipe.")
    conflict = ConflictOfInterest.objects.create(
        application=application, reviewer=by, kind=ConflictKind.DECLARED, note=note[:1000], at=now, by_name=str(by)[:200]
    )
    recount([application])
    record("conflit d’intérêts déclaré", application, by=by, now=now)
    return conflict


def mark_of(application: Application, scores: Scores) -> Decimal | None:
    """Return the weighted mean of the scores, 0 to 5; none without scores."""
    weights = dict(Criterion.objects.filter(pk__in=scores).values_list("pk", "weight"))
    total = sum(weights.values())
    return (Decimal(sum(scores[pk] * weight for pk, weight in weights.items())) / total).quantize(_CENT, ROUND_HALF_UP) if total else None


@transaction.atomic
def recount(applications: Collection[Application]) -> None:
    """Write the mean, the spread (highest minus lowest) and the number of the readings that count, under the files' locks."""
    keys = [application.pk for application in applications]
    held = {row.pk: row for row in Application.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk")}
    for row in held.values():
        row.mean, row.spread, row.readings = None, None, 0
    for pk, mean, spread, readings in counted(keys):
        held[pk].mean, held[pk].spread, held[pk].readings = mean, spread, readings
    Application.objects.bulk_update(held.values(), ["mean", "spread", "readings"], batch_size=500)
    for application in applications:
        row = held[application.pk]
        application.mean, application.spread, application.readings = row.mean, row.spread, row.readings


def counted(keys: Collection[int]) -> list[tuple[int, Decimal, Decimal, int]]:
    """Give (file, mean, spread, number) of the readings that count.

    From the points, not from the marks as they are shown: files with as many points have the same mean, rounded once.
    """
    rows = Review.objects.counted().filter(application__in=keys).order_by()
    weighed = rows.annotate(points=Sum(F("scores__value") * F("scores__criterion__weight")), weights=Sum("scores__criterion__weight"))
    marks: dict[int, list[Fraction]] = {}
    for pk, mark, points, weights in weighed.values_list("application", "mark", "points", "weights"):
        marks.setdefault(pk, []).append(Fraction(points, weights) if weights else Fraction(mark or 0))
    return [(pk, _cents(sum(each, Fraction()) / len(each)), _cents(max(each) - min(each)), len(each)) for pk, each in marks.items()]


def _cents(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / exact.denominator).quantize(_CENT, ROUND_HALF_UP)


def _lock(pk: int) -> Application:
    return Application.objects.select_for_update(of=("self",)).with_call().get(pk=pk)


def _open(review: Review, *, by: "User") -> tuple[Review, Selection]:
    """Lock the file, then its reading; refuse who may not write it any more.

    The selection's row is held too until the first reading of the call is sent: its criteria do not change under it.
    """
    application = _lock(review.application_id)
    locked = Review.objects.select_for_update(of=("self",)).filter(pk=review.pk, reviewer=by.pk).first()
    if locked is None:
        raise Refused("Cette candidature ne vous est plus confiée.")
    locked.application = application
    if ConflictOfInterest.objects.filter(application=application, reviewer=by.pk).exists():
        raise Refused("Cette candidature ne vous est plus confiée : un conflit d’intérêts est noté.")
    closed = application.edition.cancelled_at or application.edition.results_released_at
    if closed or application.state not in READ_BY_THE_JURY:
        raise Refused("Cette candidature n’est plus à lire : rien n’a été enregistré.")
    selection = selection_of(application.edition)
    if not criteria_are_frozen(application.edition):
        Selection.objects.select_for_update(of=("self",)).get(pk=selection.pk)
    return locked, selection


def _refuse_outdated(locked: Review, seen: Seen) -> None:
    deposited = locked.application.deposited_at
    if seen.deposited and deposited and seen.deposited != deposited.isoformat():
        raise Outdated("La personne a déposé de nouveau sa candidature depuis que vous la lisez : relisez-la, puis renvoyez.")
    if seen.revision is not None and seen.revision != locked.revision:
        raise Outdated("Cette lecture a changé dans une autre fenêtre : rien n’a été écrasé. Relisez, puis renvoyez.")


def _checked(review: Review, scores: Scores, *, complete: bool = False) -> dict[int, int]:
    """Keep the scores of the call's criteria; refuse what is not 0 to 5, and what is missing when all are asked."""
    criteria = {criterion.pk: criterion.label for criterion in review.application.edition.criteria.order_by("order", "pk")}
    given = {pk: value for pk, value in scores.items() if pk in criteria}
    if any(value not in range(HIGHEST + 1) for value in given.values()):
        raise Refused(f"Une note va de 0 à {HIGHEST}.")
    if complete and (missing := [f"« {label} »" for pk, label in criteria.items() if pk not in given]):
        raise Refused(f"Il manque une note : {', '.join(missing)}.")
    return given


def _comment(text: str) -> str:
    text = asked.storable(text).strip()
    if len(text) > MOST_OF_A_COMMENT:
        raise Refused(f"Ce commentaire est trop long : {grouped(MOST_OF_A_COMMENT)} caractères au plus.")
    return text


def _same(review: Review, given: Mapping[int, int], comment: str, abstained: bool) -> bool:
    if review.sent_at is None or (review.comment, review.abstained) != (comment, abstained):
        return False
    return dict(review.scores.order_by("pk").values_list("criterion", "value")) == given


def _keep(review: Review, given: Mapping[int, int], comment: str, *, now: datetime) -> None:
    review.scores.all().delete()
    Score.objects.bulk_create([Score(review=review, criterion_id=pk, value=value) for pk, value in given.items()])
    review.comment, review.saved_at, review.revision = comment, now, review.revision + 1
    review.save()


def _until(selection: Selection) -> str:
    return moment_in_words(selection.read_by, noon=True) if selection.read_by else ""
