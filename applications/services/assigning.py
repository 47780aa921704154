"""Giving applications to reviewers (B1), many at once: each file says whom it went to, or why not; the act can be undone.

Nobody is given a file they have a conflict with (B2); what is met is written down. A reading that was sent is never taken back.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User as Person
from accounts.roles import Role
from applications import jury_emails
from applications.conflicts import Known
from applications.models import Application, ApplicationQuerySet, ConflictOfInterest, Review
from applications.services.acts import AT_ONCE, Outcome, left_alone, locked
from applications.services.conflicts import note_all
from applications.services.triage import touch_all
from applications.states import READ_BY_THE_JURY, ConflictKind, State
from core.refusals import Refused
from mailing.batches import UNDOS
from mailing.models import Batch
from records.services import Entry, record_many

if TYPE_CHECKING:
    from accounts.models import User

UNDO_ASSIGN = "applications.assign"
UNDO_UNASSIGN = "applications.unassign"
# How a conflict is told to who gives files.
WHY = {
    ConflictKind.OWN: "sa propre candidature",
    ConflictKind.BODY: "même organisme",
    ConflictKind.DOMAIN: "même domaine de messagerie",
    ConflictKind.DECLARED: "conflit d’intérêts déclaré",
}
Given = tuple[Application, "User"]


def register_undos() -> None:
    """Make known how our acts are undone."""
    UNDOS.update({UNDO_ASSIGN: _take_back, UNDO_UNASSIGN: _give_back})


def jury() -> "list[User]":
    """Whom an application may be given to."""
    return list(Person.objects.with_role(Role.REVIEWER).order_by("last_name", "first_name", "pk"))


def with_reviewers(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """With what `planned` and `planned_back` read."""
    return rows.with_call().prefetch_related("reviews__reviewer", "conflicts")


@dataclass(frozen=True)
class Jurors:
    """Some of the jury, and what keeps them from some files: known now, or declared."""

    people: "Sequence[User]"
    known: Known
    declared: frozenset[tuple[int, int]]

    def conflict(self, application: Application, reviewer: "User") -> ConflictKind | None:
        if (application.pk, reviewer.pk) in self.declared:
            return ConflictKind.DECLARED
        return self.known.between(application, reviewer)

    def why_not(self, application: Application, reviewer: "User") -> str:
        """Nobody reads a file twice, their own, nor one they have a conflict with (B2)."""
        if reviewer.pk in _assigned(application):
            return "déjà confiée"
        conflict = self.conflict(application, reviewer)
        return WHY[conflict] if conflict else ""


def jurors_for(applications: Collection[Application], reviewers: "Sequence[User]") -> Jurors:
    """Ask once what is known of these people and these files."""
    declared = ConflictOfInterest.objects.filter(application__in=[row.pk for row in applications], kind=ConflictKind.DECLARED)
    pairs = frozenset(declared.order_by("pk").values_list("application", "reviewer"))
    return Jurors(reviewers, Known(applications, reviewers), pairs)


def planned(application: Application, jurors: Jurors) -> Outcome:
    """Say to whom this application would go, and why not to the others."""
    if told := why_not_read(application):
        return Outcome(application, told)
    refusals = {reviewer: jurors.why_not(application, reviewer) for reviewer in jurors.people}
    told = "\u202f; ".join(f"{reviewer} : {why}" for reviewer, why in refusals.items() if why)
    if all(refusals.values()):
        return Outcome(application, told)
    return Outcome(application, note=told)


def why_not_read(application: Application) -> str:
    """Say why the jury does not read this file; empty when it does."""
    if application.state not in READ_BY_THE_JURY:
        return f"« {State(application.state).label} » : le jury lit les candidatures déposées ou en examen"
    return "l’appel est annulé" if application.edition.cancelled_at else ""


def _assigned(application: Application) -> dict[int, Review]:
    return {review.reviewer_id: review for review in application.reviews.all()}


@transaction.atomic
def assign(keys: Collection[int], reviewers: "Sequence[User]", *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Give these applications to these reviewers; what is given already stays. Each is told how many, in one letter of the batch."""
    refuse_unless_jury(reviewers)
    found = locked_with_reviewers(keys)
    jurors = jurors_for(found, reviewers)
    outcomes = [planned(row, jurors) for row in found]
    rows = [outcome.application for outcome in outcomes if not outcome.why]
    given = [(row, person) for row in rows for person in reviewers if not jurors.why_not(row, person)]
    note_conflicts(jurors, [row for row in found if not why_not_read(row)], now=now)
    give(given, by=by, now=now, batch=batch)
    if batch:
        batch.undo_data = {"given": [[row.pk, reviewer.pk] for row, reviewer in given]}
    return outcomes


def note_conflicts(jurors: Jurors, rows: Iterable[Application], *, now: datetime) -> None:
    """Write down the conflicts met among these files, for the trace and for who asks why."""
    pairs = ((row, person, jurors.conflict(row, person)) for row in rows for person in jurors.people)
    note_all([((row, person), kind) for row, person, kind in pairs if kind and kind != ConflictKind.DECLARED], now=now)


def give(given: "Sequence[Given]", *, by: "User", now: datetime, batch: Batch | None) -> None:
    """Write readings whose pairs were checked under the files' locks, and owe each reader their letter."""
    reviews = [Review(application=row, reviewer=reviewer, assigned_at=now, assigned_by=str(by)[:200]) for row, reviewer in given]
    Review.objects.bulk_create(reviews, batch_size=AT_ONCE)
    touch_all(row for row, *_ in given)
    record_many("confiée au jury", [Entry(row, note=str(reviewer)) for row, reviewer in given], by=by, now=now)
    if batch:
        jury_emails.post_given(given, batch=batch, now=now)


def planned_back(application: Application, reviewers: "Sequence[User]") -> Outcome:
    """Say from whom this application would be taken, and who does not have it, or has read it."""
    have = _assigned(application)
    kept = {reviewer: _why_kept(have.get(reviewer.pk)) for reviewer in reviewers}
    told = "\u202f; ".join(f"{reviewer} : {why}" for reviewer, why in kept.items() if why)
    return Outcome(application, told) if all(kept.values()) else Outcome(application, note=told)


def _why_kept(review: Review | None) -> str:
    if review is None:
        return "ne l’a pas"
    return "l’a déjà lue, sa lecture reste" if review.sent_at else ""


@transaction.atomic
def unassign(keys: Collection[int], reviewers: "Sequence[User]", *, by: "User", now: datetime, batch: Batch | None = None) -> list[Outcome]:
    """Take these applications from these reviewers; what they sent stays."""
    outcomes = [planned_back(row, reviewers) for row in locked_with_reviewers(keys)]
    rows, chosen = [outcome.application for outcome in outcomes if not outcome.why], {reviewer.pk for reviewer in reviewers}
    reviews = [(row, review) for row in rows for review in row.reviews.all() if review.reviewer_id in chosen and not review.sent_at]
    if batch:
        batch.undo_data = {"taken": taken_of(reviews)}
    delete(reviews, by=by, now=now)
    return outcomes


def taken_of(reviews: Iterable[tuple[Application, Review]]) -> list[list[object]]:
    """What giving readings back needs."""
    return [[row.pk, review.reviewer_id, review.assigned_at.isoformat(), review.assigned_by] for row, review in reviews]


def refuse_unless_jury(reviewers: "Sequence[User]") -> None:
    """Refuse an act for nobody, or for somebody who left the jury since."""
    if not reviewers:
        raise Refused("Choisissez au moins une personne du jury.")
    known = set(Person.objects.with_role(Role.REVIEWER).filter(pk__in=[reviewer.pk for reviewer in reviewers]).values_list("pk", flat=True))
    if lost := [str(reviewer) for reviewer in reviewers if reviewer.pk not in known]:
        raise Refused(f"{', '.join(lost)} : cette personne n’est plus du jury. Rechargez la page.")


def locked_with_reviewers(keys: Collection[int]) -> list[Application]:
    """The rows are locked first, then what hangs on them is read: another act at once waits, and sees it."""
    locked(keys)
    return list(with_reviewers(Application.objects.filter(pk__in=keys)).order_by("pk"))


def delete(reviews: Sequence[tuple[Application, Review]], *, by: "User", now: datetime) -> None:
    """Take readings that were not sent, with what was typed in them."""
    Review.objects.filter(pk__in=[review.pk for _, review in reviews]).delete()
    touch_all(row for row, _ in reviews)
    record_many("retirée au jury", [Entry(row, note=str(review.reviewer)) for row, review in reviews], by=by, now=now)


def take_given_back(pairs: Iterable[Sequence[int]], *, by: "User", now: datetime) -> int:
    """Undo what was given, but what was sent since; return how many were left as they are."""
    given = {(application, reviewer) for application, reviewer in pairs}
    rows = locked_with_reviewers({application for application, _ in given})
    found = [(row, review) for row in rows for review in row.reviews.all() if (row.pk, review.reviewer_id) in given]
    reviews = [(row, review) for row, review in found if not review.sent_at]
    delete(reviews, by=by, now=now)
    return len(given) - len(reviews)


def give_taken_back(taken_rows: Iterable[Sequence[object]], *, by: "User", now: datetime) -> int:
    """Undo what was taken; return how many could not be given back."""
    taken = {(int(str(application)), int(str(reviewer))): rest for application, reviewer, *rest in taken_rows}
    rows = {row.pk: row for row in locked_with_reviewers({application for application, _ in taken})}
    people = Person.objects.in_bulk({reviewer for _, reviewer in taken})
    back = [
        (rows[application], people[reviewer], *map(str, rest))
        for (application, reviewer), rest in taken.items()
        if application in rows and reviewer in people and reviewer not in _assigned(rows[application])
    ]
    reviews = [
        Review(application=row, reviewer=person, assigned_at=datetime.fromisoformat(at), assigned_by=name) for row, person, at, name in back
    ]
    Review.objects.bulk_create(reviews, batch_size=AT_ONCE)
    touch_all(row for row, *_ in back)
    record_many("confiée au jury", [Entry(row, note=str(person)) for row, person, _, _ in back], by=by, now=now)
    return len(taken) - len(back)


def _take_back(batch: Batch, *, by: "User", now: datetime) -> str:
    return left_alone(take_given_back(batch.undo_data["given"], by=by, now=now))


def _give_back(batch: Batch, *, by: "User", now: datetime) -> str:
    return left_alone(give_taken_back(batch.undo_data["taken"], by=by, now=now))
