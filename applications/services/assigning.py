"""Giving applications to reviewers (B1), many at once: each file says whom it went to, or why not; the act can be undone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User as Person
from accounts.roles import Role
from applications.models import Application, ApplicationQuerySet, Review
from applications.services.acts import AT_ONCE, Outcome, left_alone, locked
from applications.services.triage import touch_all
from applications.states import READ_BY_THE_JURY, State
from core.refusals import Refused
from mailing.batches import UNDOS
from mailing.models import Batch
from records.services import Entry, record_many

if TYPE_CHECKING:
    from accounts.models import User

UNDO_ASSIGN = "applications.assign"
UNDO_UNASSIGN = "applications.unassign"


def register_undos() -> None:
    """Make known how our acts are undone."""
    UNDOS.update({UNDO_ASSIGN: _take_back, UNDO_UNASSIGN: _give_back})


def jury() -> "list[User]":
    """Whom an application may be given to."""
    return list(Person.objects.with_role(Role.REVIEWER).order_by("last_name", "first_name", "pk"))


def with_reviewers(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """With what `planned` and `planned_back` read."""
    return rows.with_call().prefetch_related("reviews__reviewer")


def known_as(reviewers: "Iterable[User]") -> "dict[User, set[str]]":
    """Reviewers with their addresses: a file entered for somebody without account may be theirs."""
    return {reviewer: set(reviewer.addresses()) for reviewer in reviewers}


def planned(application: Application, reviewers: "Mapping[User, set[str]]") -> Outcome:
    """Say to whom this application would go, and why not to the others; `reviewers` as `known_as` gives them."""
    if application.state not in READ_BY_THE_JURY:
        return Outcome(application, f"« {State(application.state).label} » : le jury lit les candidatures déposées ou en examen")
    refusals = {reviewer: why_not(application, reviewer, addresses) for reviewer, addresses in reviewers.items()}
    told = "\u202f; ".join(f"{reviewer} : {why}" for reviewer, why in refusals.items() if why)
    if all(refusals.values()):
        return Outcome(application, told)
    return Outcome(application, note=told)


def why_not(application: Application, reviewer: "User", addresses: set[str]) -> str:
    """Nobody reads a file twice, nor their own (B2)."""
    if reviewer.pk in _assigned(application):
        return "déjà confiée"
    if application.applicant_id == reviewer.pk or application.email in addresses:
        return "sa propre candidature"
    return ""


def _assigned(application: Application) -> dict[int, Review]:
    return {review.reviewer_id: review for review in application.reviews.all()}


@transaction.atomic
def assign(keys: Collection[int], reviewers: "Sequence[User]", *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Give these applications to these reviewers; what is given already stays."""
    _refuse_unless_jury(reviewers)
    jurors = known_as(reviewers)
    outcomes = [planned(row, jurors) for row in _locked_with_reviewers(keys)]
    rows = [outcome.application for outcome in outcomes if not outcome.why]
    given = [(row, person) for row in rows for person, addresses in jurors.items() if not why_not(row, person, addresses)]
    reviews = [Review(application=row, reviewer=reviewer, assigned_at=now, assigned_by=str(by)[:200]) for row, reviewer in given]
    Review.objects.bulk_create(reviews, batch_size=AT_ONCE)
    touch_all(row for row, *_ in given)
    record_many("confiée au jury", [Entry(row, note=str(reviewer)) for row, reviewer in given], by=by, now=now)
    if batch:
        batch.undo_data = {"given": [[row.pk, reviewer.pk] for row, reviewer in given]}
    return outcomes


def planned_back(application: Application, reviewers: "Sequence[User]") -> Outcome:
    """Say from whom this application would be taken, and who does not have it."""
    have = _assigned(application)
    absent = [str(reviewer) for reviewer in reviewers if reviewer.pk not in have]
    told = f"pas confiée à {', '.join(absent)}" if absent else ""
    return Outcome(application, told if len(absent) == len(reviewers) else "", told if len(absent) < len(reviewers) else "")


@transaction.atomic
def unassign(keys: Collection[int], reviewers: "Sequence[User]", *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Take these applications from these reviewers."""
    outcomes = [planned_back(row, reviewers) for row in _locked_with_reviewers(keys)]
    rows, chosen = [outcome.application for outcome in outcomes if not outcome.why], {reviewer.pk for reviewer in reviewers}
    reviews = [(row, review) for row in rows for review in row.reviews.all() if review.reviewer_id in chosen]
    _delete(reviews, by=by, now=now)
    if batch:
        kept = [[row.pk, review.reviewer_id, review.assigned_at.isoformat(), review.assigned_by] for row, review in reviews]
        batch.undo_data = {"taken": kept}
    return outcomes


def _refuse_unless_jury(reviewers: "Sequence[User]") -> None:
    if not reviewers:
        raise Refused("Choisissez au moins une personne du jury.")
    known = set(Person.objects.with_role(Role.REVIEWER).filter(pk__in=[reviewer.pk for reviewer in reviewers]).values_list("pk", flat=True))
    if lost := [str(reviewer) for reviewer in reviewers if reviewer.pk not in known]:
        raise Refused(f"{', '.join(lost)} : cette personne n’est plus du jury. Rechargez la page.")


def _locked_with_reviewers(keys: Collection[int]) -> list[Application]:
    """The rows are locked first, then what hangs on them is read: another act at once waits, and sees it."""
    locked(keys)
    return list(with_reviewers(Application.objects.filter(pk__in=keys)).order_by("pk"))


def _delete(reviews: Sequence[tuple[Application, Review]], *, by: "User", now: datetime) -> None:
    Review.objects.filter(pk__in=[review.pk for _, review in reviews]).delete()
    touch_all(row for row, _ in reviews)
    record_many("retirée au jury", [Entry(row, note=str(review.reviewer)) for row, review in reviews], by=by, now=now)


def _take_back(batch: Batch, *, by: "User", now: datetime) -> str:
    given = {(application, reviewer) for application, reviewer in batch.undo_data["given"]}
    rows = _locked_with_reviewers({application for application, _ in given})
    reviews = [(row, review) for row in rows for review in row.reviews.all() if (row.pk, review.reviewer_id) in given]
    _delete(reviews, by=by, now=now)
    return left_alone(len(given) - len(reviews))


def _give_back(batch: Batch, *, by: "User", now: datetime) -> str:
    taken = {(application, reviewer): rest for application, reviewer, *rest in batch.undo_data["taken"]}
    rows = {row.pk: row for row in _locked_with_reviewers({application for application, _ in taken})}
    people = Person.objects.in_bulk({reviewer for _, reviewer in taken})
    back = [
        (rows[application], people[reviewer], *rest)
        for (application, reviewer), rest in taken.items()
        if application in rows and reviewer in people and reviewer not in _assigned(rows[application])
    ]
    reviews = [
        Review(application=row, reviewer=person, assigned_at=datetime.fromisoformat(at), assigned_by=name) for row, person, at, name in back
    ]
    Review.objects.bulk_create(reviews, batch_size=AT_ONCE)
    touch_all(row for row, *_ in back)
    record_many("confiée au jury", [Entry(row, note=str(person)) for row, person, _, _ in back], by=by, now=now)
    return left_alone(len(taken) - len(back))
